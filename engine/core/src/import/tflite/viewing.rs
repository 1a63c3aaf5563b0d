//! Fills the [`View`] of a TensorFlow Lite file, whatever its operators are.

use super::buffers::Buffers;
use super::codes::OpCodes;
use super::generated::tflite::{Model, SubGraph, Tensor};
use super::types;
use crate::graph;
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
    let mut shape: Vec<i64> = dims.take(SHOWN_RANK).map(i64::from).collect();
    // What the signature leaves open is a placeholder in the shape.
    for (axis, open) in raw.shape_signature().into_iter().flatten().enumerate() {
        if let (-1, Some(dim)) = (open, shape.get_mut(axis)) {
            *dim = -1;
        }
    }
    let is_whole = raw.shape().is_none_or(|s| s.len() <= SHOWN_RANK);
    ViewedTensor {
        label: escape(raw.name().map_or(&[][..], |n| n.bytes())),
        bytes: bytes(&shape, raw.type_()).filter(|_| is_whole),
        shape,
        dtype: types::known_name(raw.type_()),
        constant: matches!(buffers.bytes(raw.buffer()), Ok(Some(_))),
    }
}

/// Size of a tensor of `shape`, in which an open batch counts as 1.
fn bytes(shape: &[i64], dtype: i8) -> Option<u64> {
    let mut dims = shape.iter().enumerate();
    let elements = dims.try_fold(1_u64, |n, (axis, &dim)| match dim {
        -1 if axis == 0 => Some(n),
        _ => n.checked_mul(u64::try_from(dim).ok()?),
    })?;
    Some(elements.checked_mul(types::bits(dtype)?)?.div_ceil(8))
}

/// Puts in the shapes that are `known` by now, where the file leaves them open.
pub(super) fn learn<'t>(
    view: &mut View,
    subgraph: &SubGraph<'_>,
    known: impl Iterator<Item = &'t graph::Tensor>,
) {
    let Some(raw) = subgraph.tensors() else {
        return;
    };
    for tensor in known {
        let index = tensor.source_index.map_or(usize::MAX, |i| i as usize);
        let Some(viewed) = view.tensors.get_mut(index) else {
            continue;
        };
        viewed.shape = tensor.shape.iter().map(|&d| d as i64).collect();
        viewed.bytes = bytes(&viewed.shape, raw.get(index).type_());
        viewed.constant |= tensor.is_constant();
    }
}
