//! The network as a plain value: tensors, operators, shapes. Knows nothing of files, boards or schedules.
//!
//! A graph is cheap to clone (constants are shared) and never changed in place: rewrites return a new one.
//! Images are NHWC with N = 1.

mod op;
mod options;
mod prune;
mod region;
pub mod shape;
mod tensor;
mod verify;

pub use op::{Op, OpKind};
pub use options::{
    Activation, Combine, Conv2d, DepthwiseConv2d, FullyConnected, Function, Interpolation, Pad,
    PadFill, Padding, Pool2d, Reduce, Resize, Slice, TransposeConv2d, Window,
};
pub use prune::without_unused_tensors;
pub use region::{Interval, Region};
pub use tensor::{DType, Data, Quantization, Tensor};
pub use verify::{Violation, verify};

use serde::Serialize;

/// Index of a tensor in [`Graph::tensors`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct TensorId(pub u32);

/// Index of an operator in [`Graph::ops`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct OpId(pub u32);

/// A network: operators in execution order over tensors.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    /// Name for people, from the file's name or description. Untrusted text.
    pub name: String,
    /// All tensors, constants included.
    pub tensors: Vec<Tensor>,
    /// Operators in an order that respects their dependencies.
    pub ops: Vec<Op>,
    /// Tensors that the caller fills.
    pub inputs: Vec<TensorId>,
    /// Tensors that the caller reads.
    pub outputs: Vec<TensorId>,
}

impl Graph {
    /// The tensor with this id.
    pub fn tensor(&self, id: TensorId) -> &Tensor {
        &self.tensors[id.0 as usize]
    }

    /// The operator with this id.
    pub fn op(&self, id: OpId) -> &Op {
        &self.ops[id.0 as usize]
    }

    /// All operators with their ids, in execution order.
    pub fn op_ids(&self) -> impl Iterator<Item = (OpId, &Op)> {
        self.ops
            .iter()
            .enumerate()
            .map(|(i, op)| (OpId(i as u32), op))
    }

    /// The operator that writes `tensor`; `None` for graph inputs and constants.
    pub fn producer(&self, tensor: TensorId) -> Option<OpId> {
        self.op_ids()
            .find(|(_, op)| op.outputs.contains(&tensor))
            .map(|(id, _)| id)
    }

    /// The operators that read `tensor` as an activation, in execution order.
    pub fn consumers(&self, tensor: TensorId) -> impl Iterator<Item = OpId> + '_ {
        self.op_ids()
            .filter(move |(_, op)| op.inputs.contains(&tensor))
            .map(|(id, _)| id)
    }
}
