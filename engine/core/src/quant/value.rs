//! Values of tensors on the host.

use super::error::{QuantError, same_size};
use crate::graph::{DType, Graph, TensorId};

/// The elements of one tensor in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Quantised codes.
    I8(Vec<i8>),
    /// Real numbers, at the borders of a network.
    F32(Vec<f32>),
}

impl Value {
    /// The codes, if the value is quantised.
    pub fn as_i8(&self) -> Option<&[i8]> {
        match self {
            Self::I8(codes) => Some(codes),
            Self::F32(_) => None,
        }
    }

    /// The numbers, if the value is floating point.
    pub fn as_f32(&self) -> Option<&[f32]> {
        match self {
            Self::I8(_) => None,
            Self::F32(numbers) => Some(numbers),
        }
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        match self {
            Self::I8(codes) => codes.len(),
            Self::F32(numbers) => numbers.len(),
        }
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements as they lie in memory, little-endian.
    pub fn to_le_bytes(&self) -> Vec<u8> {
        match self {
            Self::I8(codes) => codes.iter().map(|&code| code as u8).collect(),
            Self::F32(numbers) => numbers.iter().flat_map(|x| x.to_le_bytes()).collect(),
        }
    }

    /// Fails unless the value has the type and number of elements of tensor `id`.
    pub(super) fn check(&self, graph: &Graph, id: TensorId) -> Result<(), QuantError> {
        let tensor = graph.tensor(id);
        let dtype = match self {
            Self::I8(_) => DType::I8,
            Self::F32(_) => DType::F32,
        };
        if tensor.dtype != dtype {
            return Err(QuantError::Type {
                tensor: id.0,
                dtype: tensor.dtype,
            });
        }
        same_size("elements of a value", tensor.elements(), self.len())
    }
}

/// Every value of one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// By tensor index: graph inputs and operators' outputs; `None` for constants.
    pub values: Vec<Option<Value>>,
}

impl Trace {
    /// The value of a tensor; `None` for constants.
    pub fn get(&self, id: TensorId) -> Option<&Value> {
        self.values.get(id.0 as usize)?.as_ref()
    }
}
