//! Fills the [`View`] of a TensorFlow Lite file, whatever its operators are.

use super::buffers::Buffers;
use super::codes::OpCodes;
use super::generated::tflite::{Model, SubGraph, Tensor};
use super::types;
use crate::import::report::escape;
use crate::import::{View, ViewedOp, ViewedTensor};

/// Dimensions of a tensor that are shown at most.
const SHOWN_RANK: usize = 16;

/// Describes tensors, operators and border. Counts must have been bounded before.
pub(super) fn fill(
    view: &mut View,
    file: &[u8],
    model: Model<'_>,
    subgraph: &SubGraph<'_>,
    codes: &OpCodes,
) {
    let buffers = Buffers::new(file, model);
    let tensors = subgraph.tensors().into_iter().flatten();
    view.tensors = tensors.map(|t| tensor(&t, &buffers)).collect();
    let count = view.tensors.len();
    let known = |indices: Option<flatbuffers::Vector<'_, i32>>| -> Vec<u32> {
        let indices = indices.into_iter().flatten();
        let known = indices.filter_map(|i| u32::try_from(i).ok());
        known.filter(|&i| (i as usize) < count).collect()
    };
    view.inputs = known(subgraph.inputs());
    view.outputs = known(subgraph.outputs());
    let entries = subgraph.operators().into_iter().flatten();
    view.operators = (codes.ops.iter().zip(entries))
        .map(|(op, entry)| ViewedOp::new(op.clone(), known(entry.inputs()), known(entry.outputs())))
        .collect();
}

fn tensor(raw: &Tensor<'_>, buffers: &Buffers<'_>) -> ViewedTensor {
    let dims = raw.shape().into_iter().flatten();
    let shape: Vec<i64> = dims.take(SHOWN_RANK).map(i64::from).collect();
    let is_whole = raw.shape().is_none_or(|s| s.len() <= SHOWN_RANK);
    let elements = shape.iter().enumerate().try_fold(1_u64, |n, (axis, &dim)| {
        let extent = match dim {
            -1 if axis == 0 => 1,
            _ => u64::try_from(dim).ok()?,
        };
        n.checked_mul(extent)
    });
    let bits = types::bits(raw.type_()).filter(|_| is_whole);
    let bytes = elements.zip(bits).and_then(|(n, b)| n.checked_mul(b));
    ViewedTensor {
        label: escape(raw.name().map_or(&[][..], |n| n.bytes())),
        shape,
        dtype: types::known_name(raw.type_()),
        bytes: bytes.map(|bits| bits.div_ceil(8)),
        constant: matches!(buffers.bytes(raw.buffer()), Ok(Some(_))),
    }
}
