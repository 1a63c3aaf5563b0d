//! Versions of operators: the lowest that means what is written, by the rules of TensorFlow Lite's
//! `tools/versioning/op_version.cc`.

use super::file::{FileOp, Options};
use crate::graph::{DType, Tensor};

/// The version that `op` needs.
pub(super) fn version(op: &FileOp, tensors: &[Tensor]) -> i32 {
    let tensor = |slot: usize| {
        let index = *op.inputs.get(slot)?;
        tensors.get(index as usize)
    };
    // TRANSPOSE_CONV starts with the shape of its output, all others with an activation.
    let input = tensor(if op.name == "TRANSPOSE_CONV" { 2 } else { 0 });
    let rank = input.map_or(0, |t| t.shape.len());
    let int8 = input.is_some_and(|t| t.dtype == DType::I8);
    let by_type = if int8 { 2 } else { 1 };
    match (op.name, &op.options) {
        ("CONV_2D", _) => {
            let depth = |t: Option<&Tensor>| t.and_then(|t| t.shape.last().copied());
            match (depth(input) == depth(tensor(1)), int8) {
                (false, _) => 6,
                (true, true) => 3,
                (true, false) => 1,
            }
        }
        ("DEPTHWISE_CONV_2D", Options::DepthwiseConv2D(o)) => {
            let dilated = o.dilation_w_factor != 1 || o.dilation_h_factor != 1;
            match (int8, dilated) {
                (true, _) => 3,
                (false, true) => 2,
                (false, false) => 1,
            }
        }
        ("FULLY_CONNECTED", Options::FullyConnected(o)) => match (op.inputs.len(), int8) {
            (2, _) => 6,
            _ if o.keep_num_dims => 5,
            (_, true) => 4,
            (_, false) => 1,
        },
        ("TRANSPOSE_CONV", Options::TransposeConv(o)) => {
            match (o.fused_activation_function, op.inputs.len()) {
                (1.., _) => 4,
                (_, 4) => 3,
                _ => by_type,
            }
        }
        ("MUL", _) if int8 => {
            let scale = |t: Option<&Tensor>| t.and_then(Tensor::scale_zero).map_or(0.0, |q| q.0);
            let output = scale(tensors.get(op.output as usize));
            if scale(tensor(0)) * scale(tensor(1)) / output >= 1.0 {
                3
            } else {
                2
            }
        }
        ("SUB" | "MAXIMUM" | "MINIMUM", _) if wide_broadcast(tensor(0), tensor(1)) => 3,
        ("SLICE", _) if rank > 4 => 5,
        ("STRIDED_SLICE" | "TRANSPOSE", _) if rank == 5 => 4,
        ("TRANSPOSE", _) if rank > 5 => 6,
        ("STRIDED_SLICE" | "PAD" | "PADV2", _) if rank > 4 => 4,
        ("RESIZE_BILINEAR", Options::ResizeBilinear(o)) if o.half_pixel_centers => 3,
        ("RESIZE_NEAREST_NEIGHBOR", Options::ResizeNearestNeighbor(o))
            if o.half_pixel_centers || o.align_corners =>
        {
            3
        }
        ("QUANTIZE" | "RESHAPE" | "RELU_N1_TO_1" | "LEAKY_RELU" | "PRELU" | "HARD_SWISH", _) => 1,
        _ => by_type,
    }
}

fn wide_broadcast(a: Option<&Tensor>, b: Option<&Tensor>) -> bool {
    a.zip(b)
        .is_some_and(|(a, b)| a.shape != b.shape && a.shape.len().max(b.shape.len()) > 4)
}
