//! Lowering the shared models leaves the operators that compute, and every reference to the file.

mod support;

use std::collections::BTreeMap;
use tinyscope_core::graph::{DType, verify};
use tinyscope_core::{Graph, import, schedule};

fn lowered(name: &str) -> Option<(Graph, Graph, Vec<String>)> {
    let graph = import::load(name, &support::model(name)?).expect("it imports");
    let (lowered, notes) = schedule::lower(&graph);
    let notes = notes.iter().map(ToString::to_string).collect();
    Some((graph, lowered, notes))
}

/// Name, and how many operators are left. PAD, RESHAPE and the border's QUANTIZE and DEQUANTIZE are gone.
const STEPS: [(&str, usize); 9] = [
    ("vww_96_int8", 30),
    ("pretrainedResnet_quant", 15),
    ("kws_ref_model", 12),
    ("ad01_int8", 10),
    ("person_detect", 30),
    ("mcunet_vww", 57),
    ("mcunet-5fps_imagenet", 51),
    ("mbv2-w0.35_imagenet", 63),
    ("mcunet-320kb-1mb_imagenet", 67),
];

#[test]
fn what_moves_no_data_is_gone() {
    for (name, steps) in STEPS {
        let Some((graph, lowered, notes)) = lowered(name) else {
            return;
        };
        assert_eq!(verify(&lowered), Ok(()), "{name}");
        assert_eq!(lowered.ops.len(), steps, "{name}");
        for op in &lowered.ops {
            let kind = op.kind.name();
            assert!(
                !["PAD", "RESHAPE", "QUANTIZE", "DEQUANTIZE"].contains(&kind),
                "{name}: {kind} is left"
            );
        }
        let folded = steps < graph.ops.len();
        assert_eq!(!notes.is_empty(), folded, "{name}: {notes:?}");
    }
}

#[test]
fn outputs_keep_their_place_in_the_file() {
    for (name, _) in STEPS {
        let Some((graph, lowered, _)) = lowered(name) else {
            return;
        };
        // Where each operator of the file writes.
        let written: BTreeMap<u32, Option<u32>> = graph
            .ops
            .iter()
            .map(|op| (op.source_index, graph.tensor(op.outputs[0]).source_index))
            .collect();
        for op in &lowered.ops {
            let output = lowered.tensor(op.outputs[0]);
            assert_eq!(output.source_index, written[&op.source_index], "{name}");
        }
    }
}

#[test]
fn the_program_of_mcunet_vww_takes_and_gives_int8() {
    let Some((_, lowered, notes)) = lowered("mcunet_vww") else {
        return;
    };
    assert!(
        lowered
            .tensors
            .iter()
            .all(|t| matches!(t.dtype, DType::I8 | DType::I32))
    );
    assert!(
        notes
            .iter()
            .any(|n| n.contains("4 PAD folded into their convolutions")),
        "{notes:?}"
    );
    assert!(
        notes.iter().any(|n| n.contains("the program takes int8")),
        "{notes:?}"
    );
}
