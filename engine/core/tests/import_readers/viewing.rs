//! A file can be looked at whatever its operators are.

use crate::build::{File, O, T, none};
use tinyscope_core::import::{self, ViewedOp};

/// LSTM between two RELUs: the shapes are known, the operator is not.
fn file() -> File {
    File {
        tensors: vec![
            T::float(&[1, 4, 8]).named("in\n\x1b[2J"),
            T::float(&[1, 4, 8]),
            T::float(&[16, 8]).with(vec![0; 512]).named("weights"),
            T::float(&[1, 4, 16]),
            T::float(&[1, 4, 16]),
        ],
        ops: vec![
            O::new(19, none(), &[0], &[1]),
            O::new(16, none(), &[1, 2, -1, 77], &[3]),
            O::new(19, none(), &[3], &[4]),
        ],
        inputs: vec![0],
        outputs: vec![4],
    }
}

#[test]
fn an_unsupported_model_shows_its_operators_shapes_and_memory() {
    let imported = import::import("x", &file().bytes());
    assert!(imported.graph.is_none());
    let view = &imported.view;
    assert_eq!(view.tensors[0].label, "in\\n\\u{1b}[2J");
    assert_eq!((&view.inputs[..], &view.outputs[..]), (&[0][..], &[4][..]));
    let weights = &view.tensors[2];
    assert!(weights.constant && weights.bytes == Some(512) && weights.dtype == "FLOAT32");
    let lstm = &view.operators[1];
    // Operands that are left out or do not exist are not shown.
    assert_eq!(
        (&lstm.inputs[..], &lstm.outputs[..]),
        (&[1, 2][..], &[3][..])
    );
    let is_supported = |op: &ViewedOp| op.problem.is_none();
    let supported: Vec<bool> = view.operators.iter().map(is_supported).collect();
    assert_eq!(supported, [true, false, true]);
    assert!(!view.is_supported());
    // Constants do not count: 128 B in and out, then 128 B + 256 B, then 256 B twice.
    let live: Vec<_> = view.operators.iter().map(|op| op.live_bytes).collect();
    assert_eq!(live, [Some(256), Some(384), Some(512)]);
    assert_eq!(
        view.peak().map(|(op, bytes)| (op.op.index, bytes)),
        Some((2, 512))
    );
}

#[test]
fn sizes_that_the_file_leaves_open_are_unknown() {
    let mut file = file();
    file.tensors[3] = T::float(&[1, 1, 16]).open(&[-1, -1, 16]);
    let imported = import::import("x", &file.bytes());
    let live: Vec<_> = imported
        .view
        .operators
        .iter()
        .map(|op| op.live_bytes)
        .collect();
    assert_eq!(live, [Some(256), None, None]);
    assert_eq!(imported.view.tensors[3].shape, [-1, -1, 16]);
}
