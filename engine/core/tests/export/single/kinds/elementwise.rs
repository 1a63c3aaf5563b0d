//! Operators on elements, one or two at a time, and over whole axes.

use super::network::{Network, Random};
use tinyscope_core::graph::{
    Activation, Combine, Function, Graph, OpKind, Quantization, Reduce, TensorId,
};

/// Two operands that broadcast: of one shape, or with extents of 1, or fewer dimensions; one may be constant.
fn operands(n: &mut Network, alike: bool) -> [TensorId; 2] {
    let rank = n.random.within(1, 4);
    let shape = n.random.shape(rank, 6);
    let mut other = shape.clone();
    match n.random.within(0, 3) {
        0 | 1 => {}
        2 => {
            for extent in &mut other {
                if n.random.once_in(2) {
                    *extent = 1;
                }
            }
        }
        _ => {
            let kept = n.random.within(0, rank - 1);
            other.drain(..kept);
        }
    }
    let a = n.input(&shape);
    let quant = if alike {
        n.quant_of(a)
    } else {
        n.quantization()
    };
    let b = if n.random.once_in(3) {
        n.codes(&other, quant)
    } else {
        n.input_as(&other, quant)
    };
    if n.random.once_in(2) { [a, b] } else { [b, a] }
}

/// Quantisation for numbers around `size` times the scale of a code.
fn around(n: &mut Network, size: f32) -> Quantization {
    let scale = size * n.random.scale(0.5, 2.0);
    Quantization::per_tensor(scale, n.random.integer(-128, 127))
}

fn sum(seed: u64, kind: fn(Activation) -> OpKind) -> Graph {
    let mut n = Network::new(seed);
    let inputs = operands(&mut n, false);
    let size = inputs.map(|id| n.quant_of(id).scales[0]).iter().sum();
    let quant = around(&mut n, size);
    let kind = kind(n.random.activation());
    n.finish_shaped(kind, &inputs, Some(quant))
}

pub fn add(seed: u64) -> Graph {
    sum(seed, OpKind::Add)
}

pub fn sub(seed: u64) -> Graph {
    sum(seed, |activation| OpKind::Combine(Combine::Sub(activation)))
}

pub fn mul(seed: u64) -> Graph {
    let mut n = Network::new(seed);
    let inputs = operands(&mut n, false);
    let size: f32 = inputs.map(|id| n.quant_of(id).scales[0]).iter().product();
    let quant = around(&mut n, size * 60.0);
    let kind = OpKind::Combine(Combine::Mul(n.random.activation()));
    n.finish_shaped(kind, &inputs, Some(quant))
}

fn extreme(seed: u64, combine: Combine) -> Graph {
    let mut n = Network::new(seed);
    let inputs = operands(&mut n, true);
    let quant = n.quant_of(inputs[0]);
    n.finish_shaped(OpKind::Combine(combine), &inputs, Some(quant))
}

pub fn maximum(seed: u64) -> Graph {
    extreme(seed, Combine::Maximum)
}

pub fn minimum(seed: u64) -> Graph {
    extreme(seed, Combine::Minimum)
}

fn any_input(n: &mut Network) -> TensorId {
    let rank = n.random.within(1, 4);
    let shape = n.random.shape(rank, 8);
    n.input(&shape)
}

fn unary(seed: u64, function: fn(&mut Random) -> Function, fixed: Option<(f32, i32)>) -> Graph {
    let mut n = Network::new(seed);
    let input = any_input(&mut n);
    let size = n.quant_of(input).scales[0];
    let quant = match fixed {
        Some((scale, zero_point)) => Quantization::per_tensor(scale, zero_point),
        None => around(&mut n, size),
    };
    let kind = OpKind::Unary(function(&mut n.random));
    n.finish_shaped(kind, &[input], Some(quant))
}

pub fn relu(seed: u64) -> Graph {
    unary(seed, |_| Function::Relu, None)
}

/// Clamps codes: the output is quantised as the input is.
fn clamped(seed: u64, function: Function) -> Graph {
    let mut n = Network::new(seed);
    let input = any_input(&mut n);
    let quant = n.quant_of(input);
    n.finish_shaped(OpKind::Unary(function), &[input], Some(quant))
}

pub fn relu6(seed: u64) -> Graph {
    clamped(seed, Function::Relu6)
}

pub fn relu_n1_to_1(seed: u64) -> Graph {
    clamped(seed, Function::ReluN1To1)
}

pub fn leaky_relu(seed: u64) -> Graph {
    let alpha = |random: &mut Random| Function::LeakyRelu {
        alpha: random.scale(0.01, 1.5),
    };
    unary(seed, alpha, None)
}

pub fn hard_swish(seed: u64) -> Graph {
    unary(seed, |_| Function::HardSwish, None)
}

pub fn logistic(seed: u64) -> Graph {
    unary(seed, |_| Function::Logistic, Some((1.0 / 256.0, -128)))
}

pub fn tanh(seed: u64) -> Graph {
    unary(seed, |_| Function::Tanh, Some((1.0 / 128.0, 0)))
}

pub fn prelu(seed: u64) -> Graph {
    let mut n = Network::new(seed);
    let shape = n.random.shape(4, 6);
    let input = n.input(&shape);
    let slopes = match n.random.within(0, 2) {
        0 => vec![1, 1, shape[3]],
        1 => shape[1..].to_vec(),
        _ => vec![1, 1, 1],
    };
    let quant = Quantization::per_tensor(n.random.scale(0.001, 0.02), n.random.integer(-20, 20));
    let slopes = n.codes(&slopes, quant);
    let size = n.quant_of(input).scales[0];
    let quant = around(&mut n, size);
    n.finish_shaped(OpKind::Prelu { slopes }, &[input], Some(quant))
}

pub fn softmax(seed: u64) -> Graph {
    let mut n = Network::new(seed);
    let input = any_input(&mut n);
    let beta = if n.random.once_in(2) {
        1.0
    } else {
        n.random.scale(0.1, 4.0)
    };
    let quant = Quantization::per_tensor(1.0 / 256.0, -128);
    n.finish_shaped(OpKind::Softmax { beta }, &[input], Some(quant))
}

fn reduction(seed: u64, kind: fn(Reduce) -> OpKind, alike: bool, sums: bool) -> Graph {
    let mut n = Network::new(seed);
    let rank = n.random.within(1, 4);
    let shape = n.random.shape(rank, 7);
    let mut axes: Vec<usize> = (0..rank).filter(|_| n.random.once_in(2)).collect();
    if axes.is_empty() {
        axes.push(rank - 1);
    }
    let keep_dims = axes.len() == rank || n.random.once_in(2);
    let input = n.input(&shape);
    let size = n.quant_of(input).scales[0];
    let count: usize = axes.iter().map(|&axis| shape[axis]).product();
    let quant = match (alike, sums) {
        (true, _) => n.quant_of(input),
        (_, true) => around(&mut n, size * (count as f32).sqrt()),
        (_, false) => around(&mut n, size),
    };
    let kind = kind(Reduce { axes, keep_dims });
    n.finish_shaped(kind, &[input], Some(quant))
}

pub fn mean(seed: u64) -> Graph {
    reduction(seed, OpKind::Mean, false, false)
}

pub fn total(seed: u64) -> Graph {
    reduction(seed, OpKind::Sum, false, true)
}

pub fn reduce_max(seed: u64) -> Graph {
    reduction(seed, OpKind::ReduceMax, true, false)
}

pub fn requantize(seed: u64) -> Graph {
    let mut n = Network::new(seed);
    let input = any_input(&mut n);
    let size = n.quant_of(input).scales[0];
    let quant = around(&mut n, size);
    n.finish_shaped(OpKind::Quantize, &[input], Some(quant))
}

pub fn quantize(seed: u64) -> Graph {
    let mut n = Network::new(seed);
    let rank = n.random.within(1, 4);
    let shape = n.random.shape(rank, 8);
    let input = n.float_input(&shape);
    let quant = n.quantization();
    n.finish_shaped(OpKind::Quantize, &[input], Some(quant))
}

pub fn dequantize(seed: u64) -> Graph {
    let mut n = Network::new(seed);
    let input = any_input(&mut n);
    n.finish_shaped(OpKind::Dequantize, &[input], None)
}
