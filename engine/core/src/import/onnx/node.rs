//! One node while it is read: its operands, its attributes, and how its results are handed on.

use super::attributes::Attributes;
use super::build::{Act, Builder, Fact};
use super::constant::Constant;
use super::layout::Layout;
use super::problem::{Problem, Read, bad_shape, problem};
use crate::format::onnx::NodeProto;
use crate::graph::shape::text;
use crate::graph::{DType, OpKind, TensorId};
use crate::import::report::escape;

/// Longest list of axes, sizes or indices.
pub(super) const MOST_INTEGERS: usize = 1 << 16;

/// An operand: computed, or known now.
#[derive(Clone, Debug)]
pub(super) enum Operand {
    Act(Act),
    Constant(Constant),
}

impl Operand {
    pub fn shape(&self) -> Vec<usize> {
        match self {
            Self::Act(act) => act.shape(),
            Self::Constant(constant) => constant.shape.clone(),
        }
    }
}

/// The values of the file, by number, and how often each is read.
#[derive(Default)]
pub(super) struct Values {
    pub facts: Vec<Fact>,
    /// Nodes that read the value, with multiplicity.
    pub readers: Vec<Vec<u32>>,
    /// Whether the caller reads it.
    pub is_output: Vec<bool>,
}

impl Values {
    /// Lets go of the constants that no node after `node` reads; `inputs` are what that one reads. Their shapes stay.
    pub fn spend(&mut self, node: u32, inputs: &[Option<usize>]) {
        for &value in inputs.iter().flatten() {
            let last = self.readers[value].iter().max() == Some(&node);
            if let Fact::Constant(constant) = &mut self.facts[value]
                && last
                && !self.is_output[value]
            {
                constant.spend();
            }
        }
    }
}

/// What a reader of a node works with.
pub(super) struct Cx<'a, 'b> {
    pub node: &'a NodeProto,
    /// Numbers of the operands; `None` where one is left out.
    pub inputs: &'b [Option<usize>],
    pub outputs: &'b [Option<usize>],
    pub values: &'b mut Values,
    pub build: &'b mut Builder,
    /// All nodes' operands, for looking ahead.
    pub nodes: &'a [NodeProto],
    /// Version of the operator set that the node belongs to.
    pub opset: i64,
}

impl<'a> Cx<'a, '_> {
    pub const fn attributes(&self) -> Attributes<'a> {
        Attributes::new(self.node)
    }

    /// Whether operand `i` is given.
    pub fn has(&self, i: usize) -> bool {
        self.inputs.get(i).copied().flatten().is_some()
    }

    pub fn fact(&self, i: usize) -> Read<&Fact> {
        let value = self.inputs.get(i).copied().flatten();
        let value = value.ok_or_else(|| bad_shape(format!("operand {i} is missing")))?;
        match &self.values.facts[value] {
            Fact::Unknown => Err(silent()),
            fact => Ok(fact),
        }
    }

    pub fn operand(&self, i: usize) -> Read<Operand> {
        Ok(match self.fact(i)? {
            Fact::Act(act) => Operand::Act(act.clone()),
            Fact::Constant(constant) => Operand::Constant(constant.clone()),
            Fact::Gate(_) | Fact::Unknown => return Err(silent()),
        })
    }

    /// Operand `i`, which must be computed at run time.
    pub fn act(&self, i: usize) -> Read<Act> {
        match self.operand(i)? {
            Operand::Act(act) => Ok(act),
            Operand::Constant(_) => Err(problem(
                "constant-operand",
                format!("operand {i} is a constant, and the operator is not folded"),
                "simplify the model, for example with onnxsim, so that constants are folded",
            )),
        }
    }

    /// Operand `i` as real numbers computed at run time.
    pub fn real(&self, i: usize) -> Read<Act> {
        let act = self.act(i)?;
        self.check_real(&act)?;
        Ok(act)
    }

    pub fn check_real(&self, act: &Act) -> Read<()> {
        if self.build.tensor(act.tensor).dtype == DType::F32 {
            Ok(())
        } else {
            Err(problem(
                "unsupported-type",
                "the operator works on codes; only real numbers are supported here",
                "quantise the model in QDQ form (QuantizeLinear and DequantizeLinear around every operator)",
            ))
        }
    }

    /// Operand `i`, which must be known now.
    pub fn constant(&self, i: usize) -> Read<Constant> {
        match self.operand(i)? {
            Operand::Constant(constant) => Ok(constant),
            Operand::Act(_) => Err(problem(
                "not-constant",
                format!("operand {i} is computed at run time; it must be constant"),
                "export the model with constant weights and shapes",
            )),
        }
    }

    /// Operand `i` as whole numbers; `None` where it is left out.
    pub fn integers(&self, i: usize) -> Read<Option<Vec<i64>>> {
        if !self.has(i) {
            return Ok(None);
        }
        let constant = self.constant(i)?;
        // Axes, sizes and indices; not a tensor of weights that stands in their place.
        let whole = if constant.elements() <= MOST_INTEGERS {
            constant.whole()
        } else {
            None
        };
        whole
            .map(Some)
            .ok_or_else(|| bad_shape(format!("operand {i} does not hold whole numbers")))
    }

    /// The name of result `i` in the file.
    pub fn name(&self, i: usize) -> &'a str {
        self.node.output.get(i).map_or("", String::as_str)
    }

    /// The name of operand `i` in the file.
    pub fn input_name(&self, i: usize) -> &'a str {
        self.node.input.get(i).map_or("", String::as_str)
    }

    /// How many read the value of operand `i`, the caller counted.
    pub fn uses(&self, i: usize) -> usize {
        let value = self.inputs.get(i).copied().flatten();
        value.map_or(0, |v| {
            self.values.readers[v].len() + usize::from(self.values.is_output[v])
        })
    }

    /// Hands on result `i`.
    pub fn set(&mut self, i: usize, fact: Fact) {
        if let Some(&Some(value)) = self.outputs.get(i) {
            self.values.facts[value] = fact;
        }
    }

    /// Hands on a fresh tensor as result `i`.
    pub fn set_tensor(&mut self, i: usize, tensor: TensorId, layout: Layout) {
        let exclusive = true;
        self.set(
            i,
            Fact::Act(Act {
                tensor,
                layout,
                exclusive,
            }),
        );
    }

    /// Hands on operand 0's tensor as result 0, seen otherwise.
    pub fn set_view(&mut self, act: &Act, layout: Layout) {
        let exclusive = act.exclusive && self.uses(0) == 1;
        let tensor = act.tensor;
        self.set(
            0,
            Fact::Act(Act {
                tensor,
                layout,
                exclusive,
            }),
        );
    }

    /// Emits an operator on `input` that keeps shape and order, and hands it on as result 0.
    pub fn each(&mut self, kind: OpKind, input: &Act) -> Read<()> {
        let output = self.build.emit(self.name(0), kind, vec![input.tensor])?;
        self.set_tensor(0, output, input.layout.clone());
        Ok(())
    }

    /// The operand for a message.
    pub fn described(&self, i: usize) -> String {
        let name = escape(self.input_name(i).as_bytes());
        match self.operand(i) {
            Ok(operand) => format!("\"{name}\" ({})", text(&operand.shape())),
            Err(_) => format!("\"{name}\""),
        }
    }
}

/// The order of axes that all of `acts`, which have as many axes, lie in, if there is one; else that of the first.
pub(super) fn common_order(acts: &[&Act]) -> Vec<usize> {
    let orders = acts.iter().filter_map(|act| act.layout.order());
    let mut orders: Vec<Vec<usize>> = orders.collect();
    let rank = acts.first().map_or(0, |act| act.shape().len());
    orders.push((0..rank).collect());
    let fits = |order: &&Vec<usize>| acts.iter().all(|act| act.layout.lies(order));
    orders.iter().find(fits).unwrap_or(&orders[0]).clone()
}

/// One of `rank` axes; a negative one is counted from the end.
pub(super) fn axis_of(axis: i64, rank: usize) -> Read<usize> {
    let counted = if axis < 0 {
        axis.saturating_add(rank as i64)
    } else {
        axis
    };
    usize::try_from(counted)
        .ok()
        .filter(|&a| a < rank)
        .ok_or_else(|| bad_shape(format!("axis {axis} is not one of {rank}")))
}

/// What depends on a node that could not be read is not reported again.
pub(super) fn silent() -> Problem {
    problem("", "", "")
}

impl Problem {
    pub const fn is_silent(&self) -> bool {
        self.code.is_empty()
    }
}
