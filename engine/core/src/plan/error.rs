//! Why a network cannot be planned.

use crate::diagnostic::{Diagnostic, NOT_INT8, QUANTISE, Severity};
use crate::graph::DType;
use crate::memory::PackingError;
use crate::quant::QuantError;
use crate::schedule::ScheduleError;

/// Why there is no plan. That something does not fit a chip is no error: the plan says so in its diagnostics.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// There is nothing to run.
    #[error("the network has no operators")]
    Empty,
    /// An operator without exactly one output, or with more than one image in a batch.
    #[error("step {step} ({op}) {what}")]
    Shape {
        /// Index in the lowered graph.
        step: usize,
        /// TFLite's name of the operator.
        op: &'static str,
        /// What is wrong and what to do.
        what: &'static str,
    },
    /// An operator on something else than int8.
    #[error("step {step} ({op}) works on {}; only int8 networks run on the chip", dtype.name())]
    NotInt8 {
        /// Index in the lowered graph.
        step: usize,
        /// TFLite's name of the operator.
        op: &'static str,
        /// The type found.
        dtype: DType,
    },
    /// An output of the network that no operator computes.
    #[error("output {index} of the network is constant; remove it from the model's outputs")]
    ConstantOutput {
        /// Index among the network's outputs.
        index: usize,
    },
    /// An operator's arithmetic cannot be derived.
    #[error(transparent)]
    Quant(#[from] QuantError),
    /// The schedule that was asked for is illegal.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    /// The arena's solver made a packing that its validator refuses: a defect of this program.
    #[error("the arena's packing is invalid ({0}); please report this as a defect")]
    Packing(#[from] PackingError),
}

impl PlanError {
    /// The error as one finding among others.
    pub fn diagnostic(&self) -> Diagnostic {
        let (code, remedy) = match self {
            Self::NotInt8 { .. } => (NOT_INT8, QUANTISE),
            _ => ("plan", ""),
        };
        Diagnostic::new(Severity::Error, code, self.to_string(), remedy)
    }
}
