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
        for d in &imported.diagnostics {
            assert!(!d.message.is_empty() && !d.message.contains('\n'), "{name}");
        }
        let right = match expect.as_str() {
            // This file holds the good model unchanged; `a_reshape_that_changes_the_size_is_refused` makes a bad one.
            "reject" if name == "reshape_mismatch.tflite" => {
                let good = support::model("kws_ref_model").expect("it lies beside bad/");
                imported.graph == import::load(name, &good).ok()
            }
            "reject" | "reject-or-ask" | "reject-or-sort" => refused,
            "accept-or-warn" => !refused,
            // Its declared shapes contradict the huge input, so it is refused before its size matters.
            "no-crash" | "reject-or-report" | "reject-or-accept" => true,
            other => panic!("{name}: unknown expectation {other}"),
        };
        if !right {
            wrong.push(format!("{name}: expected {expect}, refused: {refused}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_git_lfs_pointer_is_named_and_onnx_is_told_by_its_content() {
    let Some(bytes) = support::shared_bytes("bad/lfs_pointer.tflite") else {
        return;
    };
    let refused = import::load("model.tflite", &bytes).expect_err("a pointer");
    assert!(refused[0].message.contains("Git LFS"), "{}", refused[0]);
    let bytes = support::shared_bytes("bad/onnx_named.tflite").expect("it lies beside the other");
    let imported = import::import("onnx_named.tflite", &bytes);
    assert_eq!(imported.view.format, "ONNX");
    assert!(imported.graph.is_some());
}

/// The code of the first error of each bad ONNX file: what it is refused for, not only that it is.
#[test]
fn bad_onnx_files_are_refused_for_what_is_wrong_with_them() {
    let cases = [
        ("all_dynamic", "open-dimension", None),
        ("conv_group_0", "bad-options", Some("Conv")),
        ("dup_output", "two-producers", Some("DequantizeLinear")),
        ("external_absolute", "external-data", None),
        ("external_missing", "external-data", None),
        ("float_inputs_int64", "unsupported-type", None),
        ("init_huge_dim", "no-data", None),
        ("init_short", "no-data", None),
        ("len_prefix_huge", "unsupported-format", None),
        (
            "missing_initializer",
            "not-computed",
            Some("DequantizeLinear"),
        ),
        ("no_opset", "no-opset", None),
        ("opset_9999", "unsupported-version", None),
        (
            "unknown_domain",
            "unsupported-domain",
            Some("DequantizeLinear"),
        ),
    ];
    for (file, code, op) in cases {
        let Some(bytes) = support::shared_bytes(&format!("bad/{file}.onnx")) else {
            return;
        };
        let refused = import::load(file, &bytes).expect_err(file);
        let first = refused
            .iter()
            .find(|d| d.severity == tinyscope_core::Severity::Error);
        let first = first.expect("an error");
        let at = first.op.as_ref().map(|op| op.name.as_str());
        assert_eq!((first.code, at), (code, op), "{file}: {first}");
        assert!(!first.remedy.is_empty(), "{first}");
    }
}

#[test]
fn a_reshape_that_changes_the_size_is_refused() {
    let Some(mut bytes) = support::model("kws_ref_model") else {
        return;
    };
    // The buffer with the new shape: a length of 8 bytes, then −1 and 64.
    let buffer = [8, 0, 0, 0, 255, 255, 255, 255, 64, 0, 0, 0];
    let places: Vec<usize> = (0..bytes.len() - buffer.len())
        .filter(|&i| bytes[i..].starts_with(&buffer))
        .collect();
    assert_eq!(places.len(), 1);
    bytes[places[0] + 8] = 65;
    let refused = import::load("kws", &bytes).expect_err("64 elements are not 65");
    let found = refused
        .iter()
        .find(|d| d.code == "bad-shape")
        .expect("the shape is wrong");
    assert_eq!(
        found.op.as_ref().map(|op| op.name.as_str()),
        Some("RESHAPE")
    );
}

#[test]
fn problems_are_reported_together() {
    let Some(bytes) = support::shared_bytes("bad/use_before_def.tflite") else {
        return;
    };
    let refused = import::load("x", &bytes).expect_err("the order is wrong");
    let codes: Vec<&str> = refused.iter().map(|d| d.code).collect();
    assert!(
        codes.contains(&"wrong-order") && codes.contains(&"bad-shape"),
        "{codes:?}"
    );
    for d in refused
        .iter()
        .filter(|d| d.severity == tinyscope_core::Severity::Error)
    {
        assert!(d.op.is_some() && !d.remedy.is_empty(), "{d}");
    }
}
