//! Operators of the graph as operators of the file.

use super::file::{Builder, Options};
use super::windows;
use crate::format::tflite_schema::tflite::{
    AddOptionsArgs, ConcatenationOptionsArgs, LeakyReluOptionsArgs, MirrorPadOptionsArgs,
    MulOptionsArgs, ReducerOptionsArgs, ResizeBilinearOptionsArgs,
    ResizeNearestNeighborOptionsArgs, SoftmaxOptionsArgs, StridedSliceOptionsArgs, SubOptionsArgs,
};
use crate::graph::{
    Activation, Combine, DType, Data, Function, Interpolation, Op, OpKind, Pad, PadFill, Reduce,
    Resize, Slice, Tensor,
};

/// Adds the file's operator, or operators, for `op`.
///
/// # Errors
/// What the format cannot say, as a sentence.
pub(super) fn add(b: &mut Builder<'_>, op: &Op) -> Result<(), String> {
    let (Some(&input), Some(&output)) = (op.inputs.first(), op.outputs.first()) else {
        return Err("it has no input or no output".into());
    };
    let (name, graph) = (op.kind.name(), b.graph);
    let options = match &op.kind {
        OpKind::Conv2d(conv) => return windows::conv(b, conv, input, output),
        OpKind::DepthwiseConv2d(conv) => return windows::depthwise(b, conv, input, output),
        OpKind::TransposeConv2d(conv) => return windows::transpose_conv(b, conv, input, output),
        OpKind::FullyConnected(dense) => return windows::dense(b, dense, input, output),
        OpKind::AveragePool2d(pool) => return windows::average_pool(b, pool, input, output),
        OpKind::MaxPool2d(pool) => return windows::max_pool(b, pool, input, output),
        OpKind::Add(activation) => Options::Add(AddOptionsArgs {
            fused_activation_function: activation_code(*activation),
        }),
        OpKind::Combine(Combine::Sub(activation)) => Options::Sub(SubOptionsArgs {
            fused_activation_function: activation_code(*activation),
        }),
        OpKind::Combine(Combine::Mul(activation)) => Options::Mul(MulOptionsArgs {
            fused_activation_function: activation_code(*activation),
        }),
        OpKind::Combine(Combine::Maximum | Combine::Minimum) => Options::MaximumMinimum,
        OpKind::Unary(Function::LeakyRelu { alpha }) => {
            Options::LeakyRelu(LeakyReluOptionsArgs { alpha: *alpha })
        }
        OpKind::Unary(Function::HardSwish) => Options::HardSwish,
        OpKind::Unary(_) => Options::None,
        OpKind::Concatenation { axis } => Options::Concatenation(ConcatenationOptionsArgs {
            axis: *axis as i32,
            fused_activation_function: 0,
        }),
        OpKind::Softmax { beta } => Options::Softmax(SoftmaxOptionsArgs { beta: *beta }),
        OpKind::Quantize => Options::Quantize,
        OpKind::Dequantize => Options::Dequantize,
        OpKind::Prelu { slopes } => {
            let inputs = vec![b.tensor(input), b.tensor(*slopes)];
            let output = b.tensor(output);
            b.push(name, Options::None, inputs, output);
            return Ok(());
        }
        OpKind::Reshape => {
            let shape = integers(&graph.tensor(output).shape);
            with_integers(b, op, Options::Reshape(shape.clone()), &[("shape", shape)]);
            return Ok(());
        }
        OpKind::Transpose { permutation } => {
            let list = [("permutation", integers(permutation))];
            with_integers(b, op, Options::Transpose, &list);
            return Ok(());
        }
        OpKind::Mean(reduce) | OpKind::Sum(reduce) | OpKind::ReduceMax(reduce) => {
            return add_reduction(b, op, reduce);
        }
        OpKind::Resize(resize) => {
            let list = [("size", integers(&resize.output))];
            with_integers(b, op, resize_options(resize), &list);
            return Ok(());
        }
        OpKind::Slice(slice) => {
            add_slice(b, op, slice);
            return Ok(());
        }
        OpKind::Pad(pad) => {
            add_pad(b, op, pad);
            return Ok(());
        }
    };
    let inputs = op.inputs.iter().map(|&id| b.tensor(id)).collect();
    let output = b.tensor(output);
    b.push(name, options, inputs, output);
    Ok(())
}

/// The format's number of a fused activation.
pub(super) const fn activation_code(activation: Activation) -> i8 {
    match activation {
        Activation::None => 0,
        Activation::Relu => 1,
        Activation::ReluN1To1 => 2,
        Activation::Relu6 => 3,
    }
}

fn integers(values: &[usize]) -> Vec<i32> {
    values.iter().map(|&v| v as i32).collect()
}

/// An operator with one activation and constant lists of integers behind it.
fn with_integers(b: &mut Builder<'_>, op: &Op, options: Options, lists: &[(&str, Vec<i32>)]) {
    let output = &b.graph.tensor(op.outputs[0]).name;
    let mut inputs = vec![b.tensor(op.inputs[0])];
    for (what, values) in lists {
        let name = format!("{output}/{what}");
        inputs.push(b.integers(&name, &[values.len()], values.clone()));
    }
    let output = b.tensor(op.outputs[0]);
    b.push(op.kind.name(), options, inputs, output);
}

fn add_reduction(b: &mut Builder<'_>, op: &Op, reduce: &Reduce) -> Result<(), String> {
    if reduce.axes.is_empty() {
        return Err("it reduces no axis; use QUANTIZE or RESHAPE instead".into());
    }
    let options = Options::Reducer(ReducerOptionsArgs {
        keep_dims: reduce.keep_dims,
    });
    with_integers(b, op, options, &[("axes", integers(&reduce.axes))]);
    Ok(())
}

fn resize_options(resize: &Resize) -> Options {
    let (align_corners, half_pixel_centers) = (resize.align_corners, resize.half_pixel_centers);
    match resize.interpolation {
        Interpolation::Nearest => {
            Options::ResizeNearestNeighbor(ResizeNearestNeighborOptionsArgs {
                align_corners,
                half_pixel_centers,
            })
        }
        Interpolation::Bilinear => Options::ResizeBilinear(ResizeBilinearOptionsArgs {
            align_corners,
            half_pixel_centers,
        }),
    }
}

fn add_slice(b: &mut Builder<'_>, op: &Op, slice: &Slice) {
    let begin = integers(&slice.begin);
    if slice.stride.iter().all(|&s| s == 1) {
        let lists = [("begin", begin), ("size", integers(&slice.extent))];
        with_integers(b, op, Options::Slice, &lists);
        return;
    }
    let mut end = Vec::new();
    let mut end_mask = 0;
    for (axis, (&first, &stride)) in slice.begin.iter().zip(&slice.stride).enumerate() {
        // One step of 1 behind the last element; before the first element there is no index, only the mask.
        let last = first as isize + stride * (slice.extent[axis] as isize - 1);
        let stop = last + stride.signum();
        if stop < 0 {
            end_mask |= 1 << axis;
        }
        end.push(stop.max(0) as i32);
    }
    let options = Options::StridedSlice(StridedSliceOptionsArgs {
        end_mask,
        ..StridedSliceOptionsArgs::default()
    });
    let strides = slice.stride.iter().map(|&s| s as i32).collect();
    let lists = [("begin", begin), ("end", end), ("strides", strides)];
    with_integers(b, op, options, &lists);
}

fn add_pad(b: &mut Builder<'_>, op: &Op, pad: &Pad) {
    let inner = b.graph.tensor(op.outputs[0]);
    let mut inputs = vec![b.tensor(op.inputs[0])];
    let amounts: Vec<i32> = pad.amounts.iter().flatten().map(|&a| a as i32).collect();
    let name = format!("{}/amounts", inner.name);
    inputs.push(b.integers(&name, &[pad.amounts.len(), 2], amounts));
    let options = match pad.fill {
        PadFill::Zero => Options::Pad,
        PadFill::Constant(value) => {
            inputs.push(fill(b, inner, value));
            Options::PadV2
        }
        PadFill::Reflect => Options::MirrorPad(MirrorPadOptionsArgs { mode: 0 }),
        PadFill::Symmetric => Options::MirrorPad(MirrorPadOptionsArgs { mode: 1 }),
    };
    let output = b.tensor(op.outputs[0]);
    b.push(op.kind.name(), options, inputs, output);
}

/// The constant that PADV2 pads with: type and quantisation of `like`.
pub(super) fn fill(b: &mut Builder<'_>, like: &Tensor, value: f32) -> i32 {
    let data = match (like.dtype, like.scale_zero()) {
        (DType::I8, Some((scale, zero_point))) => {
            let code = ((value / scale).round() as i32).saturating_add(zero_point);
            Data::I8([code.clamp(-128, 127) as i8].into())
        }
        _ => Data::F32([value].into()),
    };
    b.add(Tensor {
        name: format!("{}/fill", like.name),
        shape: vec![1],
        dtype: like.dtype,
        quant: like.quant.clone(),
        data: Some(data),
        source_index: None,
    })
}
