//! Random networks of one operator: the parts.

use tinyscope_core::graph::{
    Activation, DType, Data, Graph, Op, OpKind, Quantization, Tensor, TensorId, verify,
};

/// Pseudo-random numbers (splitmix64: Steele, Lea, Flood 2014), the same for the same seed everywhere.
pub struct Random(pub u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in `low..=high`.
    pub fn within(&mut self, low: usize, high: usize) -> usize {
        low + (self.bits() % (high - low + 1) as u64) as usize
    }

    /// Uniform in `low..=high`.
    pub fn integer(&mut self, low: i32, high: i32) -> i32 {
        low + (self.bits() % (i64::from(high) - i64::from(low) + 1) as u64) as i32
    }

    /// True once in `n` times.
    pub fn once_in(&mut self, n: u64) -> bool {
        self.bits().is_multiple_of(n)
    }

    /// Log-uniform.
    pub fn scale(&mut self, low: f32, high: f32) -> f32 {
        let t = (self.bits() >> 40) as f32 / (1 << 24) as f32;
        low * (high / low).powf(t)
    }

    pub fn codes(&mut self, n: usize) -> Vec<i8> {
        (0..n).map(|_| self.bits() as i8).collect()
    }

    pub fn activation(&mut self) -> Activation {
        match self.within(0, 5) {
            0 => Activation::Relu,
            1 => Activation::Relu6,
            2 => Activation::ReluN1To1,
            _ => Activation::None,
        }
    }

    /// A shape of `rank` dimensions with extents up to `most`; a batch of 1 in front if it is an image.
    pub fn shape(&mut self, rank: usize, most: usize) -> Vec<usize> {
        let mut shape: Vec<usize> = (0..rank).map(|_| self.within(1, most)).collect();
        if rank == 4 {
            shape[0] = 1;
        }
        shape
    }
}

/// A network in the making.
pub struct Network {
    pub random: Random,
    graph: Graph,
}

impl Network {
    pub fn new(seed: u64) -> Self {
        Self {
            random: Random(seed),
            graph: Graph::default(),
        }
    }

    pub fn add(
        &mut self,
        dtype: DType,
        shape: &[usize],
        quant: Option<Quantization>,
        data: Option<Data>,
    ) -> TensorId {
        self.graph.tensors.push(Tensor {
            name: String::new(),
            shape: shape.to_vec(),
            dtype,
            quant,
            data,
            source_index: None,
        });
        TensorId(self.graph.tensors.len() as u32 - 1)
    }

    /// Scale and zero point that an activation could have.
    pub fn quantization(&mut self) -> Quantization {
        let scale = self.random.scale(0.004, 0.3);
        Quantization::per_tensor(scale, self.random.integer(-128, 127))
    }

    pub fn quant_of(&self, id: TensorId) -> Quantization {
        let quant = self.graph.tensor(id).quant.clone();
        quant.expect("an int8 tensor is quantised")
    }

    pub fn shape_of(&self, id: TensorId) -> Vec<usize> {
        self.graph.tensor(id).shape.clone()
    }

    /// An int8 input of the network.
    pub fn input(&mut self, shape: &[usize]) -> TensorId {
        let quant = self.quantization();
        self.input_as(shape, quant)
    }

    pub fn input_as(&mut self, shape: &[usize], quant: Quantization) -> TensorId {
        let id = self.add(DType::I8, shape, Some(quant), None);
        self.graph.inputs.push(id);
        id
    }

    /// A float32 input of the network.
    pub fn float_input(&mut self, shape: &[usize]) -> TensorId {
        let id = self.add(DType::F32, shape, None, None);
        self.graph.inputs.push(id);
        id
    }

    /// Constant codes with this quantisation.
    pub fn codes(&mut self, shape: &[usize], quant: Quantization) -> TensorId {
        let codes = self.random.codes(shape.iter().product());
        self.add(DType::I8, shape, Some(quant), Some(Data::I8(codes.into())))
    }

    /// Weights with one scale or one per index of `axis`; some are negative, as in real files.
    pub fn weights(&mut self, shape: &[usize], axis: usize) -> TensorId {
        let count = if self.random.once_in(3) {
            1
        } else {
            shape[axis]
        };
        let sign = |random: &mut Random| if random.once_in(9) { -1.0 } else { 1.0 };
        let base = self.random.scale(1e-4, 0.02);
        let scales = (0..count)
            .map(|_| base * self.random.scale(0.3, 3.0) * sign(&mut self.random))
            .collect();
        let quant = Quantization {
            scales,
            zero_points: vec![0; count],
            axis,
        };
        self.codes(shape, quant)
    }

    /// Weights of a matrix: with a zero point, as models that were uint8 have them, or one scale for each row.
    pub fn matrix(&mut self, rows: usize, columns: usize) -> TensorId {
        if self.random.once_in(2) {
            let zero_point = self.random.integer(-40, 40);
            let scale = self.random.scale(1e-4, 0.02);
            return self.codes(
                &[rows, columns],
                Quantization::per_tensor(scale, zero_point),
            );
        }
        let scales = (0..rows).map(|_| self.random.scale(1e-4, 0.02)).collect();
        let quant = Quantization {
            scales,
            zero_points: vec![0; rows],
            axis: 0,
        };
        self.codes(&[rows, columns], quant)
    }

    /// No bias, or small ones with a saturated one among them now and then.
    pub fn bias(&mut self, channels: usize) -> Option<TensorId> {
        if self.random.once_in(6) {
            return None;
        }
        let one = |random: &mut Random| match random.within(0, 11) {
            0 => i32::MAX,
            1 => i32::MIN,
            _ => random.integer(-9000, 9000),
        };
        let values: Vec<i32> = (0..channels).map(|_| one(&mut self.random)).collect();
        let quant = Quantization::per_tensor(1.0, 0);
        Some(self.add(
            DType::I32,
            &[channels],
            Some(quant),
            Some(Data::I32(values.into())),
        ))
    }

    /// Quantisation for sums of `taps` products of `input` and `weights`, in which few codes saturate.
    pub fn quantization_of_sums(
        &mut self,
        input: TensorId,
        weights: TensorId,
        taps: usize,
    ) -> Quantization {
        let scales = self.quant_of(weights).scales;
        let typical = scales.iter().map(|s| s.abs()).sum::<f32>() / scales.len() as f32;
        let spread = self.quant_of(input).scales[0] * typical * 40.0 * (taps as f32).sqrt();
        let scale = spread * self.random.scale(0.5, 4.0);
        Quantization::per_tensor(scale, self.random.integer(-128, 127))
    }

    /// The network of this one operator, whose output is int8 with `quant`, or float32 without.
    pub fn finish(
        mut self,
        kind: OpKind,
        inputs: &[TensorId],
        shape: &[usize],
        quant: Option<Quantization>,
    ) -> Graph {
        let dtype = if quant.is_some() {
            DType::I8
        } else {
            DType::F32
        };
        let output = self.add(dtype, shape, quant, None);
        self.graph.outputs.push(output);
        self.graph.ops.push(Op {
            kind,
            inputs: inputs.to_vec(),
            outputs: vec![output],
            source_index: 0,
        });
        assert_eq!(
            verify(&self.graph),
            Ok(()),
            "the generator makes sound networks"
        );
        self.graph
    }

    /// [`Self::finish`] with the shape that follows from the operator.
    pub fn finish_shaped(
        self,
        kind: OpKind,
        inputs: &[TensorId],
        quant: Option<Quantization>,
    ) -> Graph {
        let shape = tinyscope_core::graph::shape::output_shape(&self.graph.tensors, &kind, inputs);
        let shape = shape.expect("the generator makes sound operators");
        let shape = shape.expect("the operator says its shape");
        self.finish(kind, inputs, &shape, quant)
    }
}
