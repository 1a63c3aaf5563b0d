//! Recognises a model that is not int8 as a whole, to say that once instead of at every operator.

use super::codes::OpCodes;
use super::generated::tflite::SubGraph;
use super::types;
use crate::import::report::Report;
use std::collections::BTreeMap;

const FLOAT32: i8 = 0;
const UINT8: i8 = 3;
const INT16: i8 = 7;
const INT8: i8 = 9;
/// Builtin codes of QUANTIZE and DEQUANTIZE, whose inputs say nothing about the network.
const BORDER: [&str; 2] = ["QUANTIZE", "DEQUANTIZE"];

/// `None`, after one error, when no operator computes in int8.
pub(super) fn check(subgraph: &SubGraph<'_>, codes: &OpCodes, report: &mut Report) -> Option<()> {
    let tensors = subgraph.tensors()?;
    let mut counts: BTreeMap<i8, usize> = BTreeMap::new();
    for (op, entry) in codes.ops.iter().zip(subgraph.operators()?) {
        let first = entry.inputs().filter(|v| !v.is_empty()).map(|v| v.get(0));
        let tensor = first
            .and_then(|t| usize::try_from(t).ok())
            .filter(|&t| t < tensors.len());
        if let Some(index) = tensor
            && !BORDER.contains(&op.name.as_str())
        {
            *counts.entry(tensors.get(index).type_()).or_default() += 1;
        }
    }
    if counts.contains_key(&INT8) {
        return Some(());
    }
    let Some((&kind, &count)) = counts.iter().max_by_key(|(_, count)| **count) else {
        return Some(());
    };
    let (what, remedy) = match kind {
        FLOAT32 => (
            "computes in float32",
            "quantise it: convert with a representative data set and full-integer int8 operators",
        ),
        UINT8 => (
            "is quantised to uint8, the older scheme",
            "convert it again with int8 quantisation",
        ),
        INT16 => (
            "has 16-bit activations",
            "convert it again with int8 activations",
        ),
        _ => ("is not quantised to int8", "quantise it to int8"),
    };
    report.error(
        "not-int8",
        format!(
            "the model {what} ({count} of {} operators read {}); only int8 networks can be run",
            codes.ops.len(),
            types::name(kind)
        ),
        remedy,
    );
    None
}
