//! Reads the reference's answers: an npz archive with a JSON table of every operator's output.

use npyz::npz::NpzArchive;
use npyz::{Deserialize, NpyFile};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use tinyscope_core::quant::Value;

/// The answers for one model.
pub struct Golden {
    archive: NpzArchive<BufReader<File>>,
    /// TFLite tensor indices of the network's inputs.
    pub inputs: Vec<u32>,
    /// Output tensors of each operator, in file order.
    pub ops: Vec<Vec<u32>>,
    /// SHA-256 in hexadecimal of each tensor's bytes, by run (`A`, `B`).
    pub hashes: BTreeMap<char, BTreeMap<u32, String>>,
}

impl Golden {
    /// Opens the archive; panics with what is wrong, since the archive is part of the test.
    pub fn open(path: &Path) -> Self {
        let file = File::open(path).expect("the archive opens");
        let mut archive = NpzArchive::new(BufReader::new(file)).expect("the archive is npz");
        let meta: Vec<u8> = array(&mut archive, "meta").expect("the archive has `meta`");
        let meta: Json = serde_json::from_slice(&meta).expect("`meta` is JSON");
        let indices = |list: &Json| -> Vec<u32> {
            let list = list.as_array().expect("a list of tensors");
            list.iter()
                .map(|t| t.as_u64().expect("an index") as u32)
                .collect()
        };
        let ops = meta["ops"].as_array().expect("operators");
        let hashes = ['A', 'B'].map(|run| {
            let tensors = meta["runs"][run.to_string()]["tensors"].as_object();
            let hash = |(index, entry): (&String, &Json)| {
                let hash = entry["sha256"].as_str().expect("a hash").to_owned();
                (index.parse().expect("an index"), hash)
            };
            (
                run,
                tensors
                    .expect("tensors of the run")
                    .iter()
                    .map(hash)
                    .collect(),
            )
        });
        Self {
            inputs: indices(&meta["inputs"]),
            ops: ops.iter().map(|op| indices(&op["outputs"])).collect(),
            hashes: hashes.into(),
            archive,
        }
    }

    /// A network input of a run.
    pub fn input(&mut self, run: char, tensor: u32) -> Value {
        self.value(&format!("{run}_in{tensor}"))
            .expect("the archive has the inputs")
    }

    /// The first position where `value` differs from the stored array, with both elements; `None` where the archive
    /// keeps only a hash, or the stored head agrees.
    pub fn first_difference(&mut self, run: char, tensor: u32, value: &Value) -> Option<String> {
        let name = format!("{run}_t{tensor}");
        let expected = self
            .value(&name)
            .or_else(|| self.value(&format!("{name}_head")))?;
        match (&expected, value) {
            (Value::I8(expected), Value::I8(found)) => differ(expected, found),
            (Value::F32(expected), Value::F32(found)) => differ(expected, found),
            _ => Some("another type".to_owned()),
        }
    }

    fn value(&mut self, name: &str) -> Option<Value> {
        array(&mut self.archive, name)
            .map(Value::I8)
            .or_else(|| array(&mut self.archive, name).map(Value::F32))
    }
}

fn differ<T: PartialEq + std::fmt::Debug>(expected: &[T], found: &[T]) -> Option<String> {
    let at = expected.iter().zip(found).position(|(e, f)| e != f)?;
    Some(format!(
        "element {at} is {:?}, the reference has {:?}",
        found[at], expected[at]
    ))
}

/// An array of the archive; `None` if it is not there or has another type.
fn array<T: Deserialize>(archive: &mut NpzArchive<BufReader<File>>, name: &str) -> Option<Vec<T>> {
    let file: NpyFile<_> = archive.by_name(name).expect("the archive can be read")?;
    file.into_vec().ok()
}

/// SHA-256 in hexadecimal of a value's bytes.
pub fn hash(value: &Value) -> String {
    use std::fmt::Write as _;
    let digest = Sha256::digest(value.to_le_bytes());
    digest.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a string succeeds");
        hex
    })
}
