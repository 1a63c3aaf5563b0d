//! Inputs that once broke something, and may not do so again.

mod support;
#[path = "support/survives.rs"]
mod survives;

#[test]
fn no_finding_comes_back() {
    let folder = support::workspace().join("engine/core/tests/findings");
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .expect("the folder of findings")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|e| e == "tflite" || e == "onnx")
        })
        .collect();
    names.sort();
    for path in &names {
        println!("replaying {}", path.display());
        survives::model(&std::fs::read(path).expect("a finding"));
    }
    println!("{} findings replayed", names.len());
}
