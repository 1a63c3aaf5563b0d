//! Malformed and hostile files get what `bad/expect.json` asks for.

mod support;

use std::collections::BTreeMap;
use tinyscope_core::import;

#[derive(serde::Deserialize)]
struct Expected {
    expect: String,
}

#[test]
fn every_bad_file_gets_its_answer() {
    let Some(json) = support::shared_bytes("bad/expect.json") else {
        return;
    };
    let expected: BTreeMap<String, Expected> =
        serde_json::from_slice(&json).expect("expect.json is JSON");
    assert!(expected.len() > 60);
    let mut wrong = Vec::new();
    for (name, Expected { expect }) in &expected {
        let Some(bytes) = support::shared_bytes(&format!("bad/{name}")) else {
            wrong.push(format!("{name} is missing"));
            continue;
        };
        let imported = import::import(name, &bytes);
        let refused = import::has_errors(&imported.diagnostics);
        assert_eq!(refused, imported.graph.is_none(), "{name}");
        println!("{name}: {}", if refused { "refused" } else { "opened" });
        for d in imported.diagnostics.iter().take(3) {
            println!("    {d}");
            assert!(!d.message.is_empty() && !d.message.contains('\n'), "{name}");
        }
        // ONNX files are all refused for now, whatever else would become of them.
        let right = match expect.as_str() {
            "reject" | "reject-or-ask" | "reject-or-sort" | "reject-or-accept" => refused,
            "accept-or-warn" | "reject-or-report" => !refused,
            "no-crash" => true,
            other => panic!("{name}: unknown expectation {other}"),
        };
        if !right {
            wrong.push(format!("{name}: expected {expect}, refused: {refused}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_git_lfs_pointer_and_onnx_are_named() {
    let cases = [
        ("lfs_pointer.tflite", "Git LFS"),
        ("onnx_named.tflite", "ONNX"),
    ];
    for (file, word) in cases {
        let Some(bytes) = support::shared_bytes(&format!("bad/{file}")) else {
            return;
        };
        let refused = import::load(file, &bytes).expect_err("not a TensorFlow Lite file");
        assert!(refused[0].message.contains(word), "{}", refused[0]);
    }
}
