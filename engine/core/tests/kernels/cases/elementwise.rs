//! Operators of one or two tensors, element by element.

use super::{Random, activation_tensor, fused, graph, shape};
use tinyscope_core::graph::{
    Combine, Data, Function, Graph, OpKind, Quantization, Tensor, TensorId,
};

/// A shape that broadcasts to `to`: some extents 1, some leading ones left out.
fn narrower(random: &mut Random, to: &[usize]) -> Vec<usize> {
    let from = to.iter().map(|&d| if random.below(3) == 0 { 1 } else { d });
    let from: Vec<usize> = from.collect();
    let leave_out = random.below(to.len() + 1);
    let droppable = from.iter().take_while(|&&d| d == 1).count();
    from[leave_out.min(droppable)..].to_vec()
}

/// Makes a tensor a constant.
fn filled(random: &mut Random, mut tensor: Tensor) -> Tensor {
    tensor.data = Some(Data::I8(random.codes(tensor.elements()).into()));
    tensor
}

/// Addition (0) to minimum (4) of operands that are broadcast to each other; one may be constant.
pub fn pair(rank: usize, which: usize, seed: u64) -> Graph {
    let random = &mut Random(seed);
    let to = shape(random, rank, 6);
    let mut shapes = [to.clone(), to.clone()];
    match random.below(4) {
        0 => shapes[0] = narrower(random, &to),
        1 => shapes[1] = narrower(random, &to),
        2 => {
            // Each gives way on axes where the other does not.
            let [a, b] = &mut shapes;
            for (a, b) in a.iter_mut().zip(b) {
                match random.below(4) {
                    0 => *a = 1,
                    1 => *b = 1,
                    _ => {}
                }
            }
        }
        _ => {}
    }
    let mut inputs = shapes
        .map(|shape| activation_tensor(random, &shape))
        .to_vec();
    let mut output = activation_tensor(random, &to);
    let kind = match which {
        0 => OpKind::Add(fused(random)),
        1 => OpKind::Combine(Combine::Sub(fused(random))),
        2 => OpKind::Combine(Combine::Mul(fused(random))),
        kind => {
            output.quant.clone_from(&inputs[0].quant);
            inputs[1].quant.clone_from(&output.quant);
            OpKind::Combine(if kind == 3 {
                Combine::Maximum
            } else {
                Combine::Minimum
            })
        }
    };
    let constant = random.below(4);
    if constant < 2 {
        let tensor = inputs[constant].clone();
        inputs[constant] = filled(random, tensor);
    }
    let mut graph = graph(kind, inputs, output, vec![]);
    if constant < 2 {
        graph.inputs.remove(constant);
    }
    graph
}

/// Slopes for each channel, or any that broadcast to the input.
pub fn prelu(rank: usize, seed: u64) -> Graph {
    let random = &mut Random(seed);
    let to = shape(random, rank, 7);
    let mut slopes = narrower(random, &to);
    if random.below(2) == 0 {
        slopes = vec![1; rank];
        slopes[rank - 1] = to[rank - 1];
    }
    let slopes = activation_tensor(random, &slopes);
    let slopes = filled(random, slopes);
    let (input, output) = (
        activation_tensor(random, &to),
        activation_tensor(random, &to),
    );
    let kind = OpKind::Prelu {
        slopes: TensorId(2),
    };
    graph(kind, vec![input], output, vec![slopes])
}

/// A function of all 256 codes.
pub fn unary(which: usize, seed: u64) -> Graph {
    let random = &mut Random(seed);
    let input = activation_tensor(random, &[1, 16, 16, 1]);
    let mut output = activation_tensor(random, &[1, 16, 16, 1]);
    let mut fixed = |scale: f32, zero| output.quant = Some(Quantization::per_tensor(scale, zero));
    let function = match which {
        0 => Function::Relu,
        1 => Function::Relu6,
        2 => Function::ReluN1To1,
        3 => Function::LeakyRelu {
            alpha: [0.01, 0.1, 0.25, 1.5, -0.25][random.below(5)],
        },
        4 => {
            // The kernel takes ratios of scales up to 128, and its 16 bits hold them from about 1/256 on.
            let (scale, _) = input.scale_zero().expect("quantised");
            fixed(scale * random.scale(0.02, 100.0), random.integer(-128, 127));
            Function::HardSwish
        }
        5 => {
            fixed(1.0 / 256.0, -128);
            Function::Logistic
        }
        _ => {
            fixed(1.0 / 128.0, 0);
            Function::Tanh
        }
    };
    graph(OpKind::Unary(function), vec![input], output, vec![])
}

/// `QUANTIZE` from int8.
pub fn requantize(extent: [usize; 3], seed: u64) -> Graph {
    let random = &mut Random(seed);
    let [h, w, c] = extent;
    let mut map = || activation_tensor(random, &[1, h, w, c]);
    let (input, output) = (map(), map());
    graph(OpKind::Quantize, vec![input], output, vec![])
}

/// A tensor of every code once.
pub fn all_codes() -> Vec<i8> {
    (i8::MIN..=i8::MAX).collect()
}
