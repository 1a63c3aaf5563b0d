//! Model files that tests make of the bundled ones.

use tinyscope_core::import;

/// The example `digits` with an operator that nobody knows in place of its softmax.
///
/// # Panics
/// When the example has no softmax.
pub fn unsupported() -> Vec<u8> {
    const SOFTMAX: u8 = 25;
    const NOBODYS: u8 = 126;
    let digits = tinyscope::examples::find("digits").expect("it is bundled");
    let mut bytes = digits.bytes.to_vec();
    for at in 0..bytes.len() {
        if bytes[at] != SOFTMAX {
            continue;
        }
        bytes[at] = NOBODYS;
        let read = import::import("digits", &bytes);
        if read
            .diagnostics
            .iter()
            .any(|d| d.code == "unsupported-operator")
        {
            return bytes;
        }
        bytes[at] = SOFTMAX;
    }
    panic!("no byte of the file names the softmax");
}
