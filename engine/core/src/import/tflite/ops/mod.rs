//! What the operator families share: operands, and how a problem is reported. The rules that operands obey are in
//! [`rules`].
//!
//! A family's `read` returns the operators of the graph that the file's operator becomes, or `None` after it has
//! reported why not. It looks on after the first problem where that tells the user more.

pub(super) mod conv;
pub(super) mod elementwise;
pub(super) mod fully_connected;
pub(super) mod integers;
pub(super) mod join;
pub(super) mod pad;
pub(super) mod pool;
pub(super) mod quantize;
pub(super) mod reduce;
pub(super) mod reshape;
pub(super) mod resize;
mod rules;
pub(super) mod slice;
pub(super) mod split;
pub(super) mod transpose_conv;
pub(super) mod unary;
mod weights;
mod window;

use super::generated::tflite::Operator;
use super::tensors::{Problem, Tensors};
use crate::diagnostic::{OpRef, Severity};
use crate::graph::{OpKind, Tensor, TensorId};
use crate::import::report::{self, Report, escape};

pub(super) const REPAIR: &str = "the file is damaged or was edited; convert the model again";
/// Tensors that import adds to those of the file, at most.
const MAX_MADE: usize = 65_536;

/// An operator of the graph in the making.
pub(super) struct Step {
    pub kind: OpKind,
    pub inputs: Vec<TensorId>,
    pub output: TensorId,
}

/// The operators that one operator of the file becomes, in order; none when it was computed at import.
pub(super) type Parsed = Vec<Step>;

/// The usual case: one operator.
pub(super) fn one(kind: OpKind, inputs: Vec<TensorId>, output: TensorId) -> Parsed {
    vec![Step {
        kind,
        inputs,
        output,
    }]
}

/// The problem is among the diagnostics already.
pub(super) struct Reported;

/// One operator while it is read.
pub(super) struct OpReader<'r, 'a> {
    pub op: Operator<'a>,
    pub me: OpRef,
    pub tensors: &'r mut Tensors<'a>,
    pub report: &'r mut Report,
}

impl OpReader<'_, '_> {
    /// Reports an error at this operator.
    pub fn error(&mut self, code: &'static str, message: impl Into<String>, remedy: &'static str) {
        let found = report::at(Severity::Error, &self.me, code, message, remedy);
        self.report.push(found);
    }

    /// Reports a warning or note at this operator.
    pub fn remark(&mut self, severity: Severity, code: &'static str, message: String) {
        let found = report::at(severity, &self.me, code, message, "");
        self.report.push(found);
    }

    /// Reports a problem with a tensor that an operator family found itself.
    pub fn problem(&mut self, id: TensorId, (code, why, remedy): Problem) {
        let label = self.label(id);
        self.error(code, format!("{label} {why}"), remedy);
    }

    /// How many inputs the operator has.
    pub fn inputs(&self) -> usize {
        self.op.inputs().map_or(0, |v| v.len())
    }

    /// How many outputs the operator has.
    pub fn outputs(&self) -> usize {
        self.op.outputs().map_or(0, |v| v.len())
    }

    /// The file's index of input `slot`; `None` when the operator has no such input (or −1, which means the same).
    pub fn input_index(&self, slot: usize) -> Option<i32> {
        let inputs = self.op.inputs()?;
        (slot < inputs.len())
            .then(|| inputs.get(slot))
            .filter(|&i| i != -1)
    }

    /// Whether the operator has `least` to `most` inputs and one output; reports it otherwise.
    pub fn arity(&mut self, least: usize, most: usize) -> Option<()> {
        let inputs = self.takes(least, most);
        let outputs = self.gives(1);
        inputs.and(outputs)
    }

    /// Whether the operator has `least` to `most` inputs; reports it otherwise.
    pub fn takes(&mut self, least: usize, most: usize) -> Option<()> {
        let inputs = self.inputs();
        if (least..=most).contains(&inputs) {
            return Some(());
        }
        let expected = match (least, most) {
            (_, usize::MAX) => format!("at least {least}"),
            _ if least == most => format!("{least}"),
            _ => format!("{least} to {most}"),
        };
        self.error(
            "operand-count",
            format!("has {inputs} inputs instead of {expected}"),
            "the file is damaged; convert the model again",
        );
        None
    }

    /// Whether the operator has `expected` outputs; reports it otherwise.
    pub fn gives(&mut self, expected: usize) -> Option<()> {
        let outputs = self.outputs();
        if outputs == expected {
            return Some(());
        }
        self.error(
            "operand-count",
            format!("has {outputs} outputs instead of {expected}"),
            "the file is damaged; convert the model again",
        );
        None
    }

    /// The tensor with the file's index `index`.
    pub fn tensor_at(&mut self, index: i32) -> Option<TensorId> {
        match self.tensors.get(index) {
            Ok(id) => Some(id),
            Err(None) => None,
            Err(Some((code, why, remedy))) => {
                let label = self.tensors.label(index);
                self.error(code, format!("{label} {why}"), remedy);
                None
            }
        }
    }

    /// Input `slot`, which must be there.
    pub fn input(&mut self, slot: usize) -> Option<TensorId> {
        let Some(index) = self.input_index(slot) else {
            self.error(
                "operand-count",
                format!("input {slot} is missing"),
                "the file is damaged; convert the model again",
            );
            return None;
        };
        self.tensor_at(index)
    }

    /// Output `slot`; its absence is reported by [`Self::gives`].
    pub fn output(&mut self, slot: usize) -> Option<TensorId> {
        let index = self.op.outputs()?.iter().nth(slot)?;
        self.tensor_at(index)
    }

    pub fn tensor(&self, id: TensorId) -> &Tensor {
        &self.tensors.done[id.0 as usize]
    }

    /// The shape of a converted tensor.
    pub fn shape(&self, id: TensorId) -> &[usize] {
        &self.tensor(id).shape
    }

    /// How a message names a tensor that was converted.
    pub fn label(&self, id: TensorId) -> String {
        let tensor = self.tensor(id);
        match tensor.source_index {
            Some(index) => self.tensors.label(index as i32),
            None => format!("a part of \"{}\"", escape(tensor.name.as_bytes())),
        }
    }

    /// A new activation like `model`, of another shape.
    pub fn make(&mut self, model: TensorId, shape: Vec<usize>) -> Option<TensorId> {
        if self.tensors.made >= MAX_MADE {
            self.error(
                "too-large",
                "the network has too many parts",
                "no network for a microcontroller is that large: check where the file comes from",
            );
            return None;
        }
        self.tensors.made += 1;
        let model = self.tensor(model);
        let tensor = Tensor {
            name: model.name.clone(),
            shape,
            dtype: model.dtype,
            quant: model.quant.clone(),
            data: None,
            source_index: None,
        };
        Some(self.tensors.add(tensor))
    }

    /// `options` if they are there; reports a missing or wrong table otherwise.
    pub fn options<T>(&mut self, options: Option<T>, table: &str) -> Option<T> {
        if options.is_none() {
            let found = self.op.builtin_options_type();
            let message = match (found.0, found.variant_name()) {
                (0, _) => format!("the options ({table}) are missing"),
                (_, Some(name)) => format!("carries {name} instead of {table}"),
                (n, None) => format!("carries options of type {n} instead of {table}"),
            };
            self.error("bad-options", message, REPAIR);
        }
        options
    }

    /// [`Self::options`] for operators whose options all have a default: a missing table means the defaults.
    pub fn optional<T>(&mut self, options: Option<T>, table: &str) -> Result<Option<T>, Reported> {
        if options.is_none() && self.op.builtin_options_type().0 != 0 {
            return self.options(options, table).map(Some).ok_or(Reported);
        }
        Ok(options)
    }
}
