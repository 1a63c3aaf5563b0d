//! Single operators of the kinds that the random networks do not have, in many sizes. Nothing reads their outputs, so
//! that a program of them needs little memory.

use super::networks::Net;
use tinyscope_core::graph::shape::output_shape;
use tinyscope_core::graph::{
    Activation, Combine, Conv2d, Data, Function, Graph, Interpolation, OpKind, Padding,
    Quantization, Reduce, Resize, TensorId, TransposeConv2d, Window,
};

/// Inputs of a program: every kind of operator reads each.
const INPUTS: usize = 3;

/// The same program for the same seed.
pub fn garden(seed: u64) -> Graph {
    let mut net = Net::empty("operators", seed);
    for _ in 0..INPUTS {
        let (height, width) = (net.between(3, 20), net.between(3, 20));
        let channels = 4 * net.between(1, 9);
        let input = net.activation(vec![1, height, width, channels]);
        net.graph.inputs.push(input);
    }
    for input in net.graph.inputs.clone() {
        windows(&mut net, input);
        by_element(&mut net, input);
        others(&mut net, input);
    }
    // The last one is the program's answer.
    let last = net.graph.ops.last().map(|op| op.outputs[0]);
    net.graph.outputs.extend(last);
    net.graph
}

fn channels(net: &Net, id: TensorId) -> usize {
    net.graph.tensor(id).hwc()[2]
}

/// Pushes an operator whose output has the shape that follows, and its first input's scale where `keep` says so.
fn push(net: &mut Net, kind: OpKind, inputs: &[TensorId], keep: bool) {
    let shape = output_shape(&net.graph.tensors, &kind, inputs);
    if let Ok(Some(shape)) = shape {
        net.push(kind, inputs.to_vec(), shape);
        let output = net.graph.tensors.len() - 1;
        if keep {
            let quant = net.graph.tensor(inputs[0]).quant.clone();
            net.graph.tensors[output].quant = quant;
        }
    }
}

fn windows(net: &mut Net, input: TensorId) {
    let channels = channels(net, input);
    for groups in [2, 4] {
        let (kernel, outputs) = (net.of(&[1, 3, 3]), groups * net.between(1, 4));
        let weights = net.weights(vec![outputs, kernel, kernel, channels / groups], 0);
        let pad = kernel / 2;
        let conv = Conv2d {
            weights,
            bias: Some(net.biases(outputs)),
            window: Window {
                kernel: [kernel; 2],
                stride: [net.of(&[1, 1, 2]); 2],
                dilation: [1; 2],
                padding: Padding {
                    top: pad,
                    bottom: pad,
                    left: pad,
                    right: pad,
                },
            },
            activation: Activation::None,
        };
        push(net, OpKind::Conv2d(conv), &[input], false);
    }
    let [height, width, _] = net.graph.tensor(input).hwc();
    for stride in [1, 2] {
        let (kernel, outputs) = (net.between(2, 4), net.between(1, 8));
        let weights = net.weights(vec![outputs, kernel, kernel, channels], 0);
        let conv = TransposeConv2d {
            weights,
            bias: Some(net.biases(outputs)),
            stride: [stride; 2],
            padding: [net.between(0, 1); 2],
            output: [height * stride, width * stride],
            activation: Activation::None,
        };
        push(net, OpKind::TransposeConv2d(conv), &[input], false);
    }
}

fn by_element(net: &mut Net, input: TensorId) {
    let [height, width, channels] = net.graph.tensor(input).hwc();
    let kinds = [
        OpKind::Add(Activation::None),
        OpKind::Combine(Combine::Sub(Activation::None)),
        OpKind::Combine(Combine::Mul(Activation::None)),
        OpKind::Combine(Combine::Maximum),
    ];
    for kind in kinds {
        for shape in [[1, 1, 1, channels], [1, height, width, 1]] {
            let other = constant(net, shape.to_vec());
            push(net, kind.clone(), &[input, other], false);
        }
    }
    push(net, OpKind::Unary(Function::Relu), &[input], false);
    for shape in [vec![channels], vec![1]] {
        let slopes = constant(net, shape);
        push(net, OpKind::Prelu { slopes }, &[input], false);
    }
}

fn others(net: &mut Net, input: TensorId) {
    for axes in [vec![1, 2], vec![3], vec![2]] {
        let reduce = Reduce {
            axes,
            keep_dims: true,
        };
        push(net, OpKind::ReduceMax(reduce), &[input], true);
    }
    for interpolation in [Interpolation::Nearest, Interpolation::Bilinear] {
        for _ in 0..2 {
            let resize = Resize {
                interpolation,
                output: [net.between(3, 30), net.between(3, 30)],
                align_corners: false,
                half_pixel_centers: true,
            };
            push(net, OpKind::Resize(resize), &[input], true);
        }
    }
    for parts in [2, 3] {
        push(
            net,
            OpKind::Concatenation { axis: 3 },
            &vec![input; parts],
            true,
        );
    }
}

fn constant(net: &mut Net, shape: Vec<usize>) -> TensorId {
    let count = shape.iter().product();
    let codes: Vec<i8> = (0..count)
        .map(|_| net.between(0, 255) as u8 as i8)
        .collect();
    let quant = Quantization::per_tensor(0.02, 3);
    net.tensor(shape, quant, Some(Data::I8(codes.into())))
}
