//! Rules that operands obey: what activations may hold, what must be constant, which axes there are.

use super::{OpReader, REPAIR};
use crate::graph::{Activation, DType, Data, TensorId};

/// What an activation holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::import::tflite) enum Numbers {
    /// int8 codes with one scale and zero point.
    Int8 { scale: f32, zero_point: i32 },
    /// float32 numbers.
    Float,
}

impl Numbers {
    pub fn is_float(self) -> bool {
        self == Self::Float
    }
}

impl OpReader<'_, '_> {
    /// What tensor `id` holds: int8 with one scale and zero point, or float32. Reports anything else.
    pub fn numbers(&mut self, id: TensorId) -> Option<Numbers> {
        let tensor = self.tensor(id);
        let (dtype, pair) = (tensor.dtype, tensor.scale_zero());
        match (dtype, pair) {
            (DType::F32, _) => Some(Numbers::Float),
            (DType::I8, Some((scale, zero_point))) if scale > 0.0 => {
                Some(Numbers::Int8 { scale, zero_point })
            }
            (DType::I8, _) => {
                let label = self.label(id);
                self.error(
                    "bad-quantisation",
                    format!(
                        "{label} needs one positive scale and a zero point for the whole tensor"
                    ),
                    "quantise the model again",
                );
                None
            }
            _ => {
                let label = self.label(id);
                self.error(
                    "unsupported-type",
                    format!("{label} is {dtype:?}; operators compute in int8 or float32"),
                    "convert with full-integer quantisation, inference input and output type int8",
                );
                None
            }
        }
    }

    /// What all of `ids` hold: int8, or float32. Reports a mixture. The numbers are in the order of `ids`.
    pub fn all_numbers<const N: usize>(&mut self, ids: [TensorId; N]) -> Option<[Numbers; N]> {
        let found = ids.map(|id| self.numbers(id));
        let mut numbers = [Numbers::Float; N];
        for (slot, found) in numbers.iter_mut().zip(found) {
            *slot = found?;
        }
        let odd = (1..N).find(|&i| numbers[i].is_float() != numbers[0].is_float());
        if let Some(i) = odd {
            let kind = |n: Numbers| if n.is_float() { "float32" } else { "int8" };
            let (a, b) = (self.label(ids[0]), self.label(ids[i]));
            self.error(
                "mixed-types",
                format!(
                    "{a} is {}, but {b} is {}",
                    kind(numbers[0]),
                    kind(numbers[i])
                ),
                "put a QUANTIZE or DEQUANTIZE between them; convert the model again",
            );
            return None;
        }
        Some(numbers)
    }

    /// Input 0 and output 0, both int8 or both float32.
    pub fn in_out(&mut self) -> Option<(TensorId, TensorId, Numbers)> {
        let (input, output) = (self.input(0), self.output(0));
        let (input, output) = (input?, output?);
        let [numbers, _] = self.all_numbers([input, output])?;
        Some((input, output, numbers))
    }

    /// Whether int8 tensors have the same scale, give or take `tolerance` parts, and zero point, as an operator needs
    /// that copies codes. Reports it otherwise; float32 is always right.
    pub fn alike(&mut self, a: TensorId, b: TensorId, tolerance: f32) -> Option<()> {
        if self.tensor(a).dtype != DType::I8 {
            return Some(());
        }
        let pair = |id| self.tensor(id).scale_zero();
        let (x, y) = (pair(a)?, pair(b)?);
        if x.1 == y.1 && (x.0 - y.0).abs() <= tolerance * x.0 {
            return Some(());
        }
        let (a, b) = (self.label(a), self.label(b));
        self.error(
            "scale-changes",
            format!(
                "{a} (scale {}, zero point {}) and {b} (scale {}, zero point {}) must be quantised alike",
                x.0, x.1, y.0, y.1
            ),
            "quantise the model again; this operator does not rescale",
        );
        None
    }

    /// Input `slot` and output 0 of an operator that moves elements without computing: int8 quantised alike, float32,
    /// or constants of any type.
    pub fn moved(&mut self, slot: usize) -> Option<(TensorId, TensorId)> {
        let (input, output) = (self.input(slot), self.output(0));
        let (input, output) = (input?, output?);
        self.moves(input, output)?;
        Some((input, output))
    }

    /// [`Self::moved`] for given tensors.
    pub fn moves(&mut self, input: TensorId, output: TensorId) -> Option<()> {
        if self.is_plain_constant(input) {
            return self.same_type(input, output);
        }
        self.all_numbers([input, output])?;
        self.alike(input, output, 1e-6)
    }

    /// Whether `id` is a constant that stands for itself: not a quantised one.
    pub fn is_plain_constant(&self, id: TensorId) -> bool {
        let tensor = self.tensor(id);
        tensor.is_constant() && tensor.dtype != DType::I8
    }

    /// Whether two tensors have the same element type; reports it otherwise.
    pub fn same_type(&mut self, a: TensorId, b: TensorId) -> Option<()> {
        let (x, y) = (self.tensor(a).dtype, self.tensor(b).dtype);
        if x == y {
            return Some(());
        }
        let (a, b) = (self.label(a), self.label(b));
        self.error(
            "mixed-types",
            format!("{a} is {x:?}, but {b} is {y:?}"),
            REPAIR,
        );
        None
    }

    /// The constant integers of input `slot`, int32 or int64: shapes, axes, amounts.
    pub fn integers(&mut self, slot: usize, what: &str) -> Option<Vec<i64>> {
        let id = self.input(slot)?;
        match &self.tensor(id).data {
            Some(Data::I32(v)) => Some(v.iter().map(|&x| i64::from(x)).collect()),
            Some(Data::I64(v)) => Some(v.to_vec()),
            _ => {
                let label = self.label(id);
                self.error(
                    "not-constant",
                    format!("{label} must hold the {what} as constant integers"),
                    "export the model with fixed shapes",
                );
                None
            }
        }
    }

    /// The one constant integer of input `slot`.
    pub fn integer(&mut self, slot: usize, what: &str) -> Option<i64> {
        let values = self.integers(slot, what)?;
        if let [value] = values[..] {
            return Some(value);
        }
        self.error(
            "bad-options",
            format!("{} numbers are given as the {what}", values.len()),
            REPAIR,
        );
        None
    }

    /// `axis` among `rank` dimensions; a negative one counts from the end.
    pub fn axis(&mut self, axis: i64, rank: usize) -> Option<usize> {
        let signed = rank as i64;
        if (-signed..signed).contains(&axis) {
            return Some(axis.rem_euclid(signed) as usize);
        }
        self.error(
            "bad-options",
            format!("axis {axis} is not among the {rank} dimensions of the tensor"),
            REPAIR,
        );
        None
    }

    /// The fused activation with this number.
    pub fn activation(&mut self, code: i8) -> Option<Activation> {
        match code {
            0 => Some(Activation::None),
            1 => Some(Activation::Relu),
            2 => Some(Activation::ReluN1To1),
            3 => Some(Activation::Relu6),
            _ => {
                let name = match code {
                    4 => "TANH".to_owned(),
                    5 => "SIGN_BIT".to_owned(),
                    _ => format!("number {code}"),
                };
                self.error(
                    "unsupported-activation",
                    format!(
                        "the fused activation {name} is not supported; NONE, RELU, RELU6 and RELU_N1_TO_1 are"
                    ),
                    "use one of these activations",
                );
                None
            }
        }
    }
}

/// Whether a ratio of scales can be expressed as a 32-bit multiplier and a shift; reports it otherwise.
pub(in crate::import::tflite) fn ratio(
    cx: &mut OpReader<'_, '_>,
    ratio: f64,
    what: &str,
) -> Option<()> {
    if ratio < f64::from(1 << 30) {
        return Some(());
    }
    cx.error(
        "bad-quantisation",
        format!("{what} is {ratio:e} times what it is turned into: no result fits int8"),
        "quantise the model again",
    );
    None
}
