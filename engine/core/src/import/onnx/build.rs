//! The graph in the making: tensors, operators, and where each operator's result lies.

use super::constant::Constant;
use super::layout::Layout;
use super::problem::{Problem, Read, bad_shape, problem};
use crate::graph::shape::{output_shape, text};
use crate::graph::{DType, Op, OpKind, Quantization, Tensor, TensorId};

/// A value that is computed when the network runs.
#[derive(Clone, Debug)]
pub(super) struct Act {
    /// The tensor that holds it.
    pub tensor: TensorId,
    /// How it lies there.
    pub layout: Layout,
    /// Nothing else reads the tensor: what it holds may still be changed.
    pub exclusive: bool,
}

impl Act {
    pub fn shape(&self) -> Vec<usize> {
        self.layout.shape()
    }
}

/// What is known of a value of the file.
#[derive(Clone, Debug)]
pub(super) enum Fact {
    /// Its node could not be read; that has been reported.
    Unknown,
    /// Known now.
    Constant(Constant),
    /// Computed at run time.
    Act(Act),
    /// The hard sigmoid of this value, about to be multiplied by the same value: a hard swish.
    Gate(Act),
}

/// Most elements of a tensor; far beyond any device, far below where sizes overflow.
const MOST_ELEMENTS: usize = 1 << 40;

/// Tensors and operators so far.
pub(super) struct Builder {
    pub tensors: Vec<Tensor>,
    pub ops: Vec<Op>,
    /// The operator that wrote each tensor.
    pub producers: Vec<Option<usize>>,
    /// The node that is being read.
    pub source: u32,
    /// Transpositions that the current node needed.
    pub transposes: usize,
    /// Bytes that constants may still take.
    budget: usize,
    /// Whether they wanted more: nothing further is read then.
    pub exhausted: bool,
    /// Tensors that were brought into another order before: from, permutation and shape, to.
    arranged: Vec<(TensorId, Vec<usize>, Vec<usize>, TensorId)>,
}

impl Builder {
    /// `budget` bounds the bytes of all constants, copies included.
    pub const fn new(budget: usize) -> Self {
        Self {
            tensors: Vec::new(),
            ops: Vec::new(),
            producers: Vec::new(),
            source: 0,
            transposes: 0,
            budget,
            exhausted: false,
            arranged: Vec::new(),
        }
    }

    pub fn tensor(&self, id: TensorId) -> &Tensor {
        &self.tensors[id.0 as usize]
    }

    /// Adds a tensor.
    pub fn add(
        &mut self,
        name: &str,
        shape: Vec<usize>,
        dtype: DType,
        quant: Option<Quantization>,
    ) -> Read<TensorId> {
        let elements = shape.iter().try_fold(1_usize, |n, &d| n.checked_mul(d));
        if !elements.is_some_and(|n| (1..=MOST_ELEMENTS).contains(&n)) {
            return Err(bad_shape(format!(
                "a result of shape {} is empty or impossibly large",
                text(&shape)
            )));
        }
        let id = TensorId(self.tensors.len() as u32);
        self.tensors.push(Tensor {
            name: name.to_owned(),
            shape,
            dtype,
            quant,
            data: None,
            source_index: None,
        });
        self.producers.push(None);
        Ok(id)
    }

    /// Counts bytes of a constant that is kept.
    pub fn charge(&mut self, bytes: usize) -> Read<()> {
        let left = self.budget.checked_sub(bytes);
        self.exhausted |= left.is_none();
        self.budget = left.ok_or_else(too_large)?;
        Ok(())
    }

    /// Adds a constant: real numbers as they are, codes with their quantisation.
    pub fn constant(&mut self, name: &str, constant: &Constant) -> Read<TensorId> {
        self.charge(constant.data.bytes())?;
        let shape = constant.shape.clone();
        let id = self.add(name, shape, constant.dtype(), constant.quant.clone())?;
        self.tensors[id.0 as usize].data = Some(constant.data.clone());
        Ok(id)
    }

    /// Adds an operator whose result is real numbers, or codes like `like`'s.
    pub fn emit(&mut self, name: &str, kind: OpKind, inputs: Vec<TensorId>) -> Read<TensorId> {
        let first = self.tensor(inputs[0]);
        let (dtype, quant) = match kind {
            OpKind::Dequantize => (DType::F32, None),
            _ => (first.dtype, first.quant.clone()),
        };
        self.emit_as(name, kind, inputs, dtype, quant)
    }

    /// Adds an operator whose result has this type.
    pub fn emit_as(
        &mut self,
        name: &str,
        kind: OpKind,
        inputs: Vec<TensorId>,
        dtype: DType,
        quant: Option<Quantization>,
    ) -> Read<TensorId> {
        let shape = output_shape(&self.tensors, &kind, &inputs).map_err(bad_shape)?;
        let shape = shape.ok_or_else(|| bad_shape("the result has no shape"))?;
        let output = self.add(name, shape, dtype, quant)?;
        self.push(kind, inputs, output);
        Ok(output)
    }

    /// The tensor's elements in another shape.
    pub fn reshape(&mut self, name: &str, input: TensorId, shape: Vec<usize>) -> Read<TensorId> {
        let tensor = self.tensor(input);
        if tensor.shape == shape {
            return Ok(input);
        }
        let (dtype, quant) = (tensor.dtype, tensor.quant.clone());
        let output = self.add(name, shape, dtype, quant)?;
        self.push(OpKind::Reshape, vec![input], output);
        Ok(output)
    }

    fn push(&mut self, kind: OpKind, inputs: Vec<TensorId>, output: TensorId) {
        self.producers[output.0 as usize] = Some(self.ops.len());
        self.ops.push(Op {
            kind,
            inputs,
            outputs: vec![output],
            source_index: self.source,
        });
    }

    /// A tensor that holds `act` with its axis `order[i]` as dimension `i`. Moves elements only if they lie otherwise.
    pub fn arrange(&mut self, act: &Act, order: &[usize]) -> Read<TensorId> {
        let shape = act.shape();
        let target: Vec<usize> = order.iter().map(|&axis| shape[axis]).collect();
        let (start, permutation) = act.layout.moves(order);
        if self.tensor(act.tensor).shape == target && act.layout.lies(order) {
            return Ok(act.tensor);
        }
        let known = |(from, p, s, _): &&(TensorId, Vec<usize>, Vec<usize>, TensorId)| {
            (*from, p, s) == (act.tensor, &permutation, &target)
        };
        if let Some(&(.., to)) = self.arranged.iter().find(known) {
            return Ok(to);
        }
        let name = self.tensor(act.tensor).name.clone();
        let to = if act.layout.lies(order) {
            self.reshape(&name, act.tensor, target.clone())?
        } else {
            let flat = self.reshape(&name, act.tensor, start)?;
            let kind = OpKind::Transpose {
                permutation: permutation.clone(),
            };
            let moved = self.emit(&name, kind, vec![flat])?;
            self.transposes += 1;
            self.reshape(&name, moved, target.clone())?
        };
        self.arranged.push((act.tensor, permutation, target, to));
        Ok(to)
    }
}

fn too_large() -> Problem {
    problem(
        "too-large",
        "the constants of the network take several times the size of the file",
        "the file is not a sensible model; export it again",
    )
}
