//! Recognises a model that computes in 16 bits as a whole, to say that once instead of at every operator.

use super::codes::OpCodes;
use super::generated::tflite::SubGraph;
use super::types;
use crate::graph::DType;
use crate::import::report::Report;

/// Operators whose inputs say nothing about the network.
const BORDER: [&str; 2] = ["QUANTIZE", "DEQUANTIZE"];

/// `None`, after one error, when operators compute in int16 and none in int8.
pub(super) fn check(subgraph: &SubGraph<'_>, codes: &OpCodes, report: &mut Report) -> Option<()> {
    let (Some(tensors), Some(operators)) = (subgraph.tensors(), subgraph.operators()) else {
        return Some(());
    };
    let (mut words, mut bytes) = (0, 0);
    for (op, entry) in codes.ops.iter().zip(operators) {
        let first = entry.inputs().filter(|v| !v.is_empty()).map(|v| v.get(0));
        let tensor = first
            .and_then(|t| usize::try_from(t).ok())
            .filter(|&t| t < tensors.len());
        let dtype = tensor.and_then(|index| types::dtype(tensors.get(index).type_()));
        if !BORDER.contains(&op.name.as_str()) {
            words += usize::from(dtype == Some(DType::I16));
            bytes += usize::from(matches!(dtype, Some(DType::I8 | DType::U8)));
        }
    }
    if words == 0 || bytes > 0 {
        return Some(());
    }
    report.error(
        "not-int8",
        format!(
            "the model has 16-bit activations ({words} of {} operators read INT16); only int8 and float32 networks \
             can be opened",
            codes.ops.len(),
        ),
        "convert it again with int8 activations, or without quantisation to quantise it here",
    );
    None
}
