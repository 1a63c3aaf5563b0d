//! Values that are known at import: initialisers, constants and what is folded from them.

use super::layout::offsets;
use super::problem::{Read, bad_shape, problem};
use crate::graph::shape::{strides, text};
use crate::graph::{DType, Data, Quantization};

/// A constant. Where `quant` is there, `data` holds codes and the constant stands for real numbers: what
/// `DequantizeLinear` made of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Constant {
    pub shape: Vec<usize>,
    /// Row-major.
    pub data: Data,
    pub quant: Option<Quantization>,
}

/// Runs an expression on the elements of any [`Data`], and makes [`Data`] of the same type from its result.
macro_rules! same_type {
    ($data:expr, $v:ident => $result:expr) => {
        match $data {
            Data::I8($v) => Data::I8($result),
            Data::U8($v) => Data::U8($result),
            Data::I16($v) => Data::I16($result),
            Data::I32($v) => Data::I32($result),
            Data::I64($v) => Data::I64($result),
            Data::F32($v) => Data::F32($result),
        }
    };
}

impl Constant {
    pub fn new(shape: &[usize], data: Data) -> Self {
        let shape = shape.to_vec();
        Self {
            shape,
            data,
            quant: None,
        }
    }

    /// Lets go of the elements; shape and type stay.
    pub fn spend(&mut self) {
        self.data = same_type!(&self.data, _v => [].into());
    }

    /// Whole numbers in one dimension.
    pub fn integers(values: Vec<i64>) -> Self {
        Self::new(&[values.len()], Data::I64(values.into()))
    }

    /// Real numbers.
    pub fn reals(shape: &[usize], values: Vec<f32>) -> Self {
        Self::new(shape, Data::F32(values.into()))
    }

    pub fn elements(&self) -> usize {
        self.shape.iter().product()
    }

    pub const fn dtype(&self) -> DType {
        dtype(&self.data)
    }

    /// Element type in words, for messages.
    pub fn is_real(&self) -> bool {
        self.quant.is_some() || matches!(self.data, Data::F32(_))
    }

    /// The elements at a walk over `shape` with these strides from `first` on.
    pub fn walked(&self, shape: &[usize], steps: &[usize], first: usize) -> Self {
        let data = same_type!(&self.data, v => {
            offsets(shape, steps).map(|i| v[first + i]).collect()
        });
        Self {
            shape: shape.to_vec(),
            data,
            quant: self.quant.clone(),
        }
    }

    /// Axis `i` becomes what axis `permutation[i]` was.
    pub fn transposed(&self, permutation: &[usize]) -> Self {
        let old = strides(&self.shape);
        let shape: Vec<usize> = permutation.iter().map(|&p| self.shape[p]).collect();
        let steps: Vec<usize> = permutation.iter().map(|&p| old[p]).collect();
        let mut out = if self.is_in_order(permutation) {
            Self {
                shape,
                ..self.clone()
            }
        } else {
            self.walked(&shape, &steps, 0)
        };
        if let Some(quant) = &mut out.quant
            && let Some(axis) = permutation.iter().position(|&p| p == quant.axis)
        {
            quant.axis = axis;
        }
        out
    }

    /// Whether permuting the axes moves nothing.
    fn is_in_order(&self, permutation: &[usize]) -> bool {
        let real = permutation.iter().filter(|&&p| self.shape[p] != 1);
        real.is_sorted()
    }

    /// The same elements in another shape. Scales along an axis stay only where the axis does.
    pub fn reshaped(&self, shape: &[usize]) -> Read<Self> {
        let elements = shape.iter().try_fold(1_usize, |n, &d| n.checked_mul(d));
        if elements != Some(self.elements()) {
            return Err(bad_shape(format!(
                "a constant of shape {} cannot become {}",
                text(&self.shape),
                text(shape)
            )));
        }
        let mut out = Self {
            shape: shape.to_vec(),
            ..self.clone()
        };
        if let Some(quant) = &mut out.quant
            && quant.scales.len() > 1
        {
            let before: usize = self.shape[..quant.axis].iter().product();
            let count = quant.scales.len();
            let place = (0..shape.len())
                .find(|&a| shape[a] == count && shape[..a].iter().product::<usize>() == before);
            match place {
                Some(axis) => quant.axis = axis,
                None => return self.real()?.reshaped(shape),
            }
        }
        Ok(out)
    }

    /// The constant as real numbers without codes.
    pub fn real(&self) -> Read<Self> {
        let Some(quant) = &self.quant else {
            return match &self.data {
                Data::F32(_) => Ok(self.clone()),
                _ => Err(problem(
                    "unsupported-type",
                    format!(
                        "a constant is {:?} where real numbers are needed",
                        self.dtype()
                    ),
                    "export the model with float weights, or quantised with QuantizeLinear",
                )),
            };
        };
        let stride = strides(&self.shape).get(quant.axis).copied().unwrap_or(1);
        let count = quant.scales.len();
        let real = |(index, code): (usize, i32)| {
            let c = if count == 1 {
                0
            } else {
                index / stride % count
            };
            // The same float32 arithmetic as DequantizeLinear.
            code.wrapping_sub(quant.zero_points[c]) as f32 * quant.scales[c]
        };
        let values = match &self.data {
            Data::I8(v) => v.iter().map(|&x| x.into()).enumerate().map(real).collect(),
            Data::I16(v) => v.iter().map(|&x| x.into()).enumerate().map(real).collect(),
            Data::I32(v) => v.iter().copied().enumerate().map(real).collect(),
            _ => return Err(bad_shape("a constant's codes have no type for codes")),
        };
        Ok(Self {
            shape: self.shape.clone(),
            data: Data::F32(values),
            quant: None,
        })
    }

    /// The real numbers, without codes.
    pub fn floats(&self) -> Read<Vec<f32>> {
        match self.real()?.data {
            Data::F32(v) => Ok(v.to_vec()),
            _ => Ok(Vec::new()),
        }
    }

    /// The one real number of a constant of one element.
    pub fn scalar(&self) -> Read<f32> {
        let one = (self.elements() == 1).then(|| self.floats()).transpose()?;
        one.and_then(|list| list.first().copied()).ok_or_else(|| {
            bad_shape(format!(
                "a constant of shape {} stands where one number is needed",
                text(&self.shape)
            ))
        })
    }

    /// Whole numbers of any width; `None` for other types.
    pub fn whole(&self) -> Option<Vec<i64>> {
        if self.quant.is_some() {
            return None;
        }
        Some(match &self.data {
            Data::I8(v) => v.iter().map(|&x| x.into()).collect(),
            Data::U8(v) => v.iter().map(|&x| x.into()).collect(),
            Data::I16(v) => v.iter().map(|&x| x.into()).collect(),
            Data::I32(v) => v.iter().map(|&x| x.into()).collect(),
            Data::I64(v) => v.to_vec(),
            Data::F32(_) => return None,
        })
    }

    /// Unsigned codes become signed ones, 128 lower. Their zero points must be lowered as much.
    pub fn lowered(mut self) -> Self {
        if let Data::U8(v) = &self.data {
            self.data = Data::I8(v.iter().map(|&x| (x ^ 0x80) as i8).collect());
        }
        self
    }
}

/// The element type of constant data.
pub(super) const fn dtype(data: &Data) -> DType {
    match data {
        Data::I8(_) => DType::I8,
        Data::U8(_) => DType::U8,
        Data::I16(_) => DType::I16,
        Data::I32(_) => DType::I32,
        Data::I64(_) => DType::I64,
        Data::F32(_) => DType::F32,
    }
}
