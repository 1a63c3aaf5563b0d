//! What the operator families share: operands, quantisation rules, and how a problem is reported.
//!
//! A family's `read` returns the operator, or `None` after it has reported why not. It looks on after the first problem
//! where that tells the user more.

pub(super) mod add;
pub(super) mod conv;
pub(super) mod fully_connected;
pub(super) mod mean;
pub(super) mod moves;
pub(super) mod pool;
pub(super) mod quantize;
pub(super) mod softmax;
mod window;

use super::generated::tflite::Operator;
use super::tensors::{Problem, Tensors};
use crate::diagnostic::{OpRef, Severity};
use crate::graph::{Activation, DType, OpKind, Tensor, TensorId};
use crate::import::report::{self, Report};

/// An operator's kind and the activations that it reads.
pub(super) type Parsed = (OpKind, Vec<TensorId>);

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

    /// The file's index of input `slot`; `None` when the operator has no such input (or −1, which means the same).
    pub fn input_index(&self, slot: usize) -> Option<i32> {
        let inputs = self.op.inputs()?;
        (slot < inputs.len())
            .then(|| inputs.get(slot))
            .filter(|&i| i != -1)
    }

    /// Whether the operator has `least` to `most` inputs and one output; reports it otherwise.
    pub fn arity(&mut self, least: usize, most: usize) -> Option<()> {
        let inputs = self.op.inputs().map_or(0, |v| v.len());
        let outputs = self.op.outputs().map_or(0, |v| v.len());
        if !(least..=most).contains(&inputs) {
            let expected = if least == most {
                format!("{least}")
            } else {
                format!("{least} to {most}")
            };
            self.error(
                "operand-count",
                format!("has {inputs} inputs instead of {expected}"),
                "the file is damaged; convert the model again",
            );
        }
        if outputs != 1 {
            self.error(
                "operand-count",
                format!("has {outputs} outputs instead of 1"),
                "the file is damaged; convert the model again",
            );
        }
        ((least..=most).contains(&inputs) && outputs == 1).then_some(())
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

    /// Output 0, which must be there.
    pub fn output(&mut self) -> Option<TensorId> {
        let index = self.op.outputs()?.iter().next()?;
        self.tensor_at(index)
    }

    pub fn tensor(&self, id: TensorId) -> &Tensor {
        &self.tensors.done[id.0 as usize]
    }

    /// How a message names a tensor that was converted.
    pub fn label(&self, id: TensorId) -> String {
        self.tensors
            .label(self.tensor(id).source_index.map_or(-1, |i| i as i32))
    }

    /// Whether `id` is int8 with one scale and zero point; reports it otherwise. Returns the scale.
    pub fn int8(&mut self, id: TensorId) -> Option<f32> {
        let tensor = self.tensor(id);
        let (dtype, pair) = (tensor.dtype, tensor.scale_zero());
        let label = self.label(id);
        if dtype != DType::I8 {
            self.error(
                "unsupported-type",
                format!("{label} is {dtype:?}, the operator computes in int8 only"),
                "convert with full-integer quantisation, inference input and output type int8",
            );
            return None;
        }
        let scale = pair.map(|(scale, _)| scale).filter(|s| *s > 0.0);
        if scale.is_none() {
            self.error(
                "bad-quantisation",
                format!("{label} needs one positive scale and a zero point for the whole tensor"),
                "quantise the model again",
            );
        }
        scale
    }

    /// Input 0 and the output as int8 activations.
    pub fn int8_in_out(&mut self) -> Option<(TensorId, TensorId)> {
        let (input, output) = (self.input(0), self.output());
        let (input, output) = (input?, output?);
        let (a, b) = (self.int8(input), self.int8(output));
        (a.is_some() && b.is_some()).then_some((input, output))
    }

    /// [`Self::int8_in_out`] for operators that only move or compare codes: scale and zero point must not change.
    pub fn same_scale_in_out(&mut self) -> Option<TensorId> {
        let (input, output) = self.int8_in_out()?;
        let a = self.tensor(input).scale_zero()?;
        let b = self.tensor(output).scale_zero()?;
        if a.1 == b.1 && (a.0 - b.0).abs() <= 1e-6 * a.0 {
            return Some(input);
        }
        self.error(
            "scale-changes",
            format!(
                "input (scale {}, zero point {}) and output (scale {}, zero point {}) must be quantised alike",
                a.0, a.1, b.0, b.1
            ),
            "quantise the model again; this operator does not rescale",
        );
        None
    }

    /// The constant integers of input `slot`, int32 or int64: shapes, axes, amounts.
    pub fn integers(&mut self, slot: usize, what: &str) -> Option<Vec<i64>> {
        use crate::graph::Data;
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

    /// `options` if they are there; reports a missing or wrong table otherwise.
    pub fn options<T>(&mut self, options: Option<T>, table: &str) -> Option<T> {
        if options.is_none() {
            let found = self.op.builtin_options_type();
            let message = match (found.0, found.variant_name()) {
                (0, _) => format!("the options ({table}) are missing"),
                (_, Some(name)) => format!("carries {name} instead of {table}"),
                (n, None) => format!("carries options of type {n} instead of {table}"),
            };
            self.error(
                "bad-options",
                message,
                "the file is damaged or was edited; convert the model again",
            );
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

    /// Reports a problem with a tensor that an operator family found itself.
    pub fn problem(&mut self, id: TensorId, (code, why, remedy): Problem) {
        let label = self.label(id);
        self.error(code, format!("{label} {why}"), remedy);
    }
}
