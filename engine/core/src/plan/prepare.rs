//! What depends on the model alone, looked up once: a plan per mouse move starts from here.

use super::PlanError;
use super::names::{display_name, symbol};
use crate::cost::{Requantising, macs, macs_per_pixel};
use crate::diagnostic::Diagnostic;
use crate::graph::{DType, Graph, Op, TensorId};
use crate::quant::{OpParams, op_params};
use crate::schedule::{
    Flow, InputMode, Method, ScheduleError, Segment, Stage, legal_splits, lower,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Most elements of a tensor: places in it, and one step beyond it, are 32-bit numbers in the generated program.
const LARGEST: usize = 1 << 30;

/// Most rows or columns of a map: 16-bit numbers in the generated program.
const LONGEST: usize = i16::MAX as usize;

/// What is known of a step before any choice is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepFacts {
    /// Name for people.
    pub name: String,
    /// C identifier.
    pub symbol: String,
    /// Multiply-accumulates for one pixel of its output.
    pub macs_per_pixel: u64,
    /// Multiply-accumulates over its whole map.
    pub macs_once: u64,
    /// How its accumulators become codes.
    pub requantising: Requantising,
}

/// A model, lowered and checked, with everything that planning reads again and again. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The lowered graph: one operator is one step.
    pub graph: Arc<Graph>,
    /// What lowering folded.
    pub notes: Vec<Diagnostic>,
    /// Who feeds whom.
    pub flow: Flow,
    /// Per step.
    pub facts: Vec<StepFacts>,
    /// Number of weights, biases and slopes.
    pub parameters: usize,
    /// Lengths at which a patch stage can end.
    pub legal_splits: Vec<usize>,
    /// Stages that were worked out before: a plan per mouse move asks for the same ones again.
    worked_out: Arc<Mutex<BTreeMap<StageKey, Arc<Segment>>>>,
}

/// First step, one past the last, method, input.
type StageKey = (usize, usize, Method, InputMode);

/// Stages that are remembered; then all are forgotten.
const REMEMBERED: usize = 4096;

impl Prepared {
    /// Lowers and checks a model.
    ///
    /// # Errors
    /// When the network is empty, a step is not an int8 operator, or an output is constant.
    pub fn new(graph: &Graph) -> Result<Self, PlanError> {
        let (graph, notes) = lower(graph);
        if graph.ops.is_empty() {
            return Err(PlanError::Empty);
        }
        let constant = |&id: &TensorId| graph.tensor(id).is_constant();
        if let Some(index) = graph.outputs.iter().position(constant) {
            return Err(PlanError::ConstantOutput { index });
        }
        let params: Vec<OpParams> = (graph.ops.iter().enumerate())
            .map(|(step, op)| check(&graph, step, op))
            .collect::<Result<_, _>>()?;
        let flow = Flow::new(&graph);
        let facts = (graph.ops.iter().zip(&params).enumerate())
            .map(|(step, (op, params))| StepFacts {
                name: display_name(&graph, op),
                symbol: symbol(step, op),
                macs_per_pixel: macs_per_pixel(&graph, op),
                macs_once: macs(&graph, op),
                requantising: Requantising::of(&graph, op, params),
            })
            .collect();
        let parameters = (graph.ops.iter())
            .flat_map(|op| op.kind.constants())
            .map(|id| graph.tensor(id).elements())
            .sum();
        Ok(Self {
            legal_splits: legal_splits(&flow),
            graph: Arc::new(graph),
            notes,
            flow,
            facts,
            parameters,
            worked_out: Arc::default(),
        })
    }

    /// The same model with no stage worked out yet.
    #[must_use]
    pub fn forgetting(&self) -> Self {
        Self {
            worked_out: Arc::default(),
            ..self.clone()
        }
    }

    /// Multiply-accumulates of a step in a segment, those done again counted again.
    pub(super) fn macs(&self, segment: &Segment, step: usize) -> u64 {
        let facts = &self.facts[step];
        if segment.does_once(&self.flow, step) {
            return facts.macs_once;
        }
        let pixels = segment.computed_pixels(&self.flow, step) as u64;
        facts.macs_per_pixel.saturating_mul(pixels)
    }

    /// A stage, worked out.
    ///
    /// # Errors
    /// When it is illegal.
    pub fn segment(&self, stage: &Stage, input: InputMode) -> Result<Arc<Segment>, ScheduleError> {
        let key = (stage.steps.start, stage.steps.end, stage.method, input);
        let known = || {
            self.worked_out
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(segment) = known().get(&key) {
            return Ok(Arc::clone(segment));
        }
        let segment = Arc::new(Segment::new(&self.flow, stage, input)?);
        let mut known = known();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(key, Arc::clone(&segment));
        Ok(segment)
    }
}

/// The arithmetic of `op`; fails unless it is one that a step can be.
fn check(graph: &Graph, step: usize, op: &Op) -> Result<OpParams, PlanError> {
    let name = op.kind.name();
    let shape = |what| PlanError::Shape {
        step,
        op: name,
        what,
    };
    if op.outputs.len() != 1 {
        return Err(shape(
            "does not have exactly one output; simplify the model",
        ));
    }
    if op.inputs.is_empty() {
        return Err(shape(
            "has no input; constants are to be folded before conversion",
        ));
    }
    for &id in op.inputs.iter().chain(&op.outputs) {
        let tensor = graph.tensor(id);
        if tensor.dtype != DType::I8 {
            return Err(PlanError::NotInt8 {
                step,
                op: name,
                dtype: tensor.dtype,
            });
        }
        if tensor.elements() > LARGEST {
            return Err(shape(
                "has a tensor of more than 1 GiB; lower the model's resolution",
            ));
        }
        let [height, width, _] = tensor.hwc();
        if height.max(width) > LONGEST {
            return Err(shape(
                "has a map of more than 32,767 rows or columns; lower the model's resolution",
            ));
        }
    }
    Ok(op_params(graph, op).map_err(|error| error.at(step, name))?)
}
