//! Operators of the graph as nodes of the file.

use super::build::Builder;
use super::layout::{axes, stored, stored_axis};
use super::proto::{float, int, ints, string};
use super::windows;
use crate::graph::{
    Combine, Function, Interpolation, Op, OpKind, Pad, PadFill, Reduce, Resize, Slice, TensorId,
};

/// Adds the nodes for `op`.
///
/// # Errors
/// What ONNX cannot say, as a sentence.
pub(super) fn add(b: &mut Builder<'_>, op: &Op) -> Result<(), String> {
    let (Some(&input), Some(&output)) = (op.inputs.first(), op.outputs.first()) else {
        return Err("it has no input or no output".into());
    };
    let graph = b.graph;
    let (from, to) = (&graph.tensor(input).shape, &graph.tensor(output).shape);
    let rank = from.len();
    let real = match &op.kind {
        OpKind::Conv2d(conv) => return windows::conv(b, conv, input, output),
        OpKind::DepthwiseConv2d(conv) => return windows::depthwise(b, conv, input, output),
        OpKind::TransposeConv2d(conv) => return windows::transpose_conv(b, conv, input, output),
        OpKind::FullyConnected(dense) => return windows::dense(b, dense, input, output),
        OpKind::AveragePool2d(pool) => {
            return windows::pool(b, "AveragePool", pool, input, output);
        }
        OpKind::MaxPool2d(pool) => return windows::pool(b, "MaxPool", pool, input, output),
        OpKind::Add(activation) => {
            let real = two(b, "Add", op)?;
            b.activated(real, *activation)
        }
        OpKind::Combine(combine) => match combine {
            Combine::Sub(activation) => {
                let real = two(b, "Sub", op)?;
                b.activated(real, *activation)
            }
            Combine::Mul(activation) => {
                let real = two(b, "Mul", op)?;
                b.activated(real, *activation)
            }
            Combine::Maximum => two(b, "Max", op)?,
            Combine::Minimum => two(b, "Min", op)?,
        },
        OpKind::Unary(function) => unary(b, *function, input)?,
        OpKind::Prelu { slopes } => {
            let inputs = vec![b.read(input)?, b.operand(*slopes, rank)?];
            b.node("PRelu", inputs, Vec::new())
        }
        OpKind::Mean(reduce) => reduction(b, "ReduceMean", reduce, input, output)?,
        OpKind::Sum(reduce) => reduction(b, "ReduceSum", reduce, input, output)?,
        OpKind::ReduceMax(reduce) => reduction(b, "ReduceMax", reduce, input, output)?,
        OpKind::Pad(pad) => add_pad(b, pad, input)?,
        OpKind::Concatenation { axis } => {
            let inputs: Result<Vec<String>, String> =
                op.inputs.iter().map(|&id| b.read(id)).collect();
            let axis = stored_axis(rank, *axis) as i64;
            b.node("Concat", inputs?, vec![int("axis", axis)])
        }
        OpKind::Slice(slice) => add_slice(b, slice, input)?,
        OpKind::Resize(resize) => add_resize(b, resize, input)?,
        OpKind::Reshape => {
            // A reshape keeps codes, even where the file gives its output another scale.
            if graph.tensor(input).quant != graph.tensor(output).quant {
                let codes = b.codes(input);
                let codes = b.reshaped(codes, from, to);
                b.write_codes(codes, output);
                return Ok(());
            }
            let real = b.read(input)?;
            b.reshaped(real, from, to)
        }
        OpKind::Transpose { permutation } => {
            let moved = axes(rank);
            let place = |&axis: &usize| stored_axis(rank, permutation[axis]);
            let permutation: Vec<usize> = moved.iter().map(place).collect();
            let real = b.read(input)?;
            b.node("Transpose", vec![real], vec![ints("perm", permutation)])
        }
        OpKind::Softmax { beta } => {
            let mut real = b.read(input)?;
            if beta.to_bits() != 1.0_f32.to_bits() {
                let beta = b.scalar("beta", *beta);
                real = b.node("Mul", vec![real, beta], Vec::new());
            }
            let axis = stored_axis(rank, rank.saturating_sub(1)) as i64;
            b.node("Softmax", vec![real], vec![int("axis", axis)])
        }
        OpKind::Quantize | OpKind::Dequantize => b.read(input)?,
    };
    b.write(real, output)
}

/// A node of two operands that broadcast.
fn two(b: &mut Builder<'_>, op_type: &str, op: &Op) -> Result<String, String> {
    let rank = b.graph.tensor(op.outputs[0]).shape.len();
    let inputs: Result<Vec<String>, String> =
        op.inputs.iter().map(|&id| b.operand(id, rank)).collect();
    Ok(b.node(op_type, inputs?, Vec::new()))
}

fn unary(b: &mut Builder<'_>, function: Function, input: TensorId) -> Result<String, String> {
    let real = b.read(input)?;
    let (op_type, attributes) = match function {
        Function::Relu6 => return Ok(b.clipped(real, 0.0, 6.0)),
        Function::ReluN1To1 => return Ok(b.clipped(real, -1.0, 1.0)),
        Function::Relu => ("Relu", Vec::new()),
        Function::LeakyRelu { alpha } => ("LeakyRelu", vec![float("alpha", alpha)]),
        Function::HardSwish => ("HardSwish", Vec::new()),
        Function::Logistic => ("Sigmoid", Vec::new()),
        Function::Tanh => ("Tanh", Vec::new()),
    };
    Ok(b.node(op_type, vec![real], attributes))
}

/// Reduced axes stay at first, which keeps the layout; then the shape becomes the graph's.
fn reduction(
    b: &mut Builder<'_>,
    op_type: &str,
    reduce: &Reduce,
    input: TensorId,
    output: TensorId,
) -> Result<String, String> {
    if reduce.axes.is_empty() {
        return Err("it reduces no axis".into());
    }
    let graph = b.graph;
    let (from, to) = (&graph.tensor(input).shape, &graph.tensor(output).shape);
    let mut list: Vec<usize> = reduce
        .axes
        .iter()
        .map(|&a| stored_axis(from.len(), a))
        .collect();
    list.sort_unstable();
    let mut inputs = vec![b.read(input)?];
    let mut attributes = vec![int("keepdims", 1)];
    // Of the three, only the sum has taken its axes as an input since operator set 13.
    if op_type == "ReduceSum" {
        inputs.push(b.integers("axes", list.iter().map(|&a| a as i64).collect()));
    } else {
        attributes.push(ints("axes", list));
    }
    let real = b.node(op_type, inputs, attributes);
    let kept = (0..from.len()).map(|a| if reduce.axes.contains(&a) { 1 } else { from[a] });
    Ok(b.reshaped(real, &kept.collect::<Vec<_>>(), to))
}

fn add_pad(b: &mut Builder<'_>, pad: &Pad, input: TensorId) -> Result<String, String> {
    let amounts = stored(&pad.amounts);
    let narrow = pad.amounts.iter().all(|a| a[0] <= 1 && a[1] <= 1);
    let (mode, value) = match pad.fill {
        PadFill::Zero => ("constant", 0.0),
        PadFill::Constant(value) => ("constant", value),
        PadFill::Reflect => ("reflect", 0.0),
        // One element of mirrored edge is the edge.
        PadFill::Symmetric if narrow => ("edge", 0.0),
        PadFill::Symmetric => {
            return Err("ONNX has no padding that mirrors and repeats the edge".into());
        }
    };
    let ends = |end: usize| amounts.iter().map(move |a| a[end] as i64);
    let list = ends(0).chain(ends(1)).collect();
    let mut inputs = vec![b.read(input)?, b.integers("pads", list)];
    if mode == "constant" {
        inputs.push(b.scalar("fill", value));
    }
    Ok(b.node("Pad", inputs, vec![string("mode", mode)]))
}

fn add_slice(b: &mut Builder<'_>, slice: &Slice, input: TensorId) -> Result<String, String> {
    let rank = slice.begin.len();
    let end = |axis: usize| {
        let (stride, extent) = (slice.stride[axis] as i64, slice.extent[axis] as i64);
        let stop = slice.begin[axis] as i64 + stride * (extent - 1) + stride.signum();
        // Before the first element there is no index: the smallest number stands for it.
        if stop < 0 { i64::from(i32::MIN) } else { stop }
    };
    let ends: Vec<i64> = (0..rank).map(end).collect();
    let starts: Vec<i64> = slice.begin.iter().map(|&v| v as i64).collect();
    let steps: Vec<i64> = slice.stride.iter().map(|&v| v as i64).collect();
    let inputs = vec![
        b.read(input)?,
        b.integers("starts", stored(&starts)),
        b.integers("ends", stored(&ends)),
        b.integers("axes", (0..rank as i64).collect()),
        b.integers("steps", stored(&steps)),
    ];
    Ok(b.node("Slice", inputs, Vec::new()))
}

fn add_resize(b: &mut Builder<'_>, resize: &Resize, input: TensorId) -> Result<String, String> {
    let shape = &b.graph.tensor(input).shape;
    let &[n, _, _, c] = shape.as_slice() else {
        return Err("it resamples something that is no image".into());
    };
    let coordinates = match (resize.align_corners, resize.half_pixel_centers) {
        (true, true) => return Err("its pixels are placed by corners and by centres".into()),
        (true, false) => "align_corners",
        (false, true) => "half_pixel",
        (false, false) => "asymmetric",
    };
    let mut attributes = vec![string("coordinate_transformation_mode", coordinates)];
    match resize.interpolation {
        Interpolation::Bilinear => attributes.push(string("mode", "linear")),
        Interpolation::Nearest => {
            attributes.push(string("mode", "nearest"));
            let rounding = if coordinates == "asymmetric" {
                "floor"
            } else {
                "round_prefer_ceil"
            };
            attributes.push(string("nearest_mode", rounding));
        }
    }
    let [h, w] = resize.output;
    let sizes = [n, c, h, w].map(|d| d as i64).to_vec();
    let inputs = vec![
        b.read(input)?,
        String::new(),
        String::new(),
        b.integers("sizes", sizes),
    ];
    Ok(b.node("Resize", inputs, attributes))
}
