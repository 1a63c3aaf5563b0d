//! Random networks of one operator.

pub mod elementwise;
pub mod moves;
pub mod windows;

use tinyscope_core::graph::{
    Activation, DType, Data, Graph, Op, OpKind, Quantization, Reduce, Tensor, TensorId,
};

/// Pseudo-random numbers from a seed that proptest draws (a linear congruential generator, upper bits).
pub struct Random(pub u64);

impl Random {
    pub fn bits(&mut self) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 32) as u32
    }

    /// Uniform in `low..=high`.
    pub fn integer(&mut self, low: i32, high: i32) -> i32 {
        low + ((u64::from(self.bits()) * (i64::from(high) - i64::from(low) + 1) as u64) >> 32)
            as i32
    }

    pub fn below(&mut self, n: usize) -> usize {
        self.integer(0, n as i32 - 1) as usize
    }

    /// Log-uniform.
    pub fn scale(&mut self, low: f32, high: f32) -> f32 {
        let t = self.bits() as f32 / u32::MAX as f32;
        low * (high / low).powf(t)
    }

    pub fn codes(&mut self, n: usize) -> Vec<i8> {
        (0..n).map(|_| self.bits() as i8).collect()
    }
}

pub fn activation_tensor(random: &mut Random, shape: &[usize]) -> Tensor {
    // Mostly like those of real networks, sometimes far apart.
    let scale = if random.below(6) == 0 {
        random.scale(1e-4, 8.0)
    } else {
        random.scale(0.01, 0.2)
    };
    quantized(
        shape,
        Quantization::per_tensor(scale, random.integer(-128, 127)),
        None,
    )
}

pub fn quantized(shape: &[usize], quant: Quantization, data: Option<Data>) -> Tensor {
    Tensor {
        name: String::new(),
        shape: shape.to_vec(),
        dtype: if matches!(data, Some(Data::I32(_))) {
            DType::I32
        } else {
            DType::I8
        },
        quant: Some(quant),
        data,
        source_index: None,
    }
}

pub fn fused(random: &mut Random) -> Activation {
    [
        Activation::None,
        Activation::Relu,
        Activation::Relu6,
        Activation::ReluN1To1,
    ][random.below(4)]
}

/// A graph of `kind` over `inputs` activations; `constants` follow output in the tensor list.
pub fn graph(kind: OpKind, inputs: Vec<Tensor>, output: Tensor, constants: Vec<Tensor>) -> Graph {
    let ids: Vec<TensorId> = (0..inputs.len() as u32).map(TensorId).collect();
    let result = TensorId(inputs.len() as u32);
    let tensors = inputs
        .into_iter()
        .chain([output])
        .chain(constants)
        .collect();
    Graph {
        name: "case".into(),
        tensors,
        ops: vec![Op {
            kind,
            inputs: ids.clone(),
            outputs: vec![result],
            source_index: 0,
        }],
        inputs: ids,
        outputs: vec![result],
    }
}

/// A random shape of `rank` dimensions, each up to `most`.
pub fn shape(random: &mut Random, rank: usize, most: usize) -> Vec<usize> {
    (0..rank).map(|_| 1 + random.below(most)).collect()
}

/// A mean (0), sum (1) or maximum (2) over random axes.
pub fn reduction(rank: usize, which: usize, seed: u64) -> Graph {
    let random = &mut Random(seed);
    let from = shape(random, rank, 7);
    let mut axes: Vec<usize> = (0..rank).filter(|_| random.below(2) == 0).collect();
    if axes.is_empty() {
        axes.push(random.below(rank));
    }
    let keep_dims = random.below(2) == 0;
    let to: Vec<usize> = (0..rank)
        .filter(|a| keep_dims || !axes.contains(a))
        .map(|a| if axes.contains(&a) { 1 } else { from[a] })
        .collect();
    let input = activation_tensor(random, &from);
    let mut output = activation_tensor(random, &to);
    let op = Reduce { axes, keep_dims };
    let kind = match which {
        0 => OpKind::Mean(op),
        1 => OpKind::Sum(op),
        _ => {
            output.quant.clone_from(&input.quant);
            OpKind::ReduceMax(op)
        }
    };
    graph(kind, vec![input], output, vec![])
}

/// Rows of logits; the last axis has `classes`.
pub fn softmax(mut shape: Vec<usize>, classes: usize, scale: f32, beta: f32) -> Graph {
    shape.push(classes);
    let input = quantized(&shape, Quantization::per_tensor(scale, 3), None);
    let output = quantized(&shape, Quantization::per_tensor(1.0 / 256.0, -128), None);
    graph(OpKind::Softmax { beta }, vec![input], output, vec![])
}
