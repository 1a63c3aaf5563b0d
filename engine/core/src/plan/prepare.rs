//! What depends on the model alone, looked up once: a plan per mouse move starts from here.

use super::PlanError;
use super::names::{display_name, symbol};
use crate::cost::{Requantising, macs_per_pixel};
use crate::diagnostic::Diagnostic;
use crate::graph::{DType, Graph, Op};
use crate::quant::{OpParams, op_params};
use crate::schedule::{Flow, legal_splits, lower};
use std::sync::Arc;

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
    /// Number of weights and biases.
    pub parameters: usize,
    /// Lengths at which a patch stage can end.
    pub legal_splits: Vec<usize>,
}

impl Prepared {
    /// Lowers and checks a model.
    ///
    /// # Errors
    /// When the network is empty or a step is not an int8 operator on one image.
    pub fn new(graph: &Graph) -> Result<Self, PlanError> {
        let (graph, notes) = lower(graph);
        if graph.ops.is_empty() {
            return Err(PlanError::Empty);
        }
        let params: Vec<OpParams> = (graph.ops.iter().enumerate())
            .map(|(step, op)| check(&graph, step, op))
            .collect::<Result<_, _>>()?;
        let flow = Flow::new(&graph);
        let facts = (graph.ops.iter().zip(&flow.steps).zip(&params).enumerate())
            .map(|(step, ((op, node), params))| {
                let each = macs_per_pixel(&graph, op);
                let [height, width, _] = node.map;
                StepFacts {
                    name: display_name(&graph, op),
                    symbol: symbol(step, op),
                    macs_per_pixel: each,
                    macs_once: each * (height * width) as u64,
                    requantising: Requantising::of(params),
                }
            })
            .collect();
        let parameters = (graph.ops.iter())
            .filter_map(|op| op.kind.parameters())
            .flat_map(|(weights, bias)| std::iter::once(weights).chain(bias))
            .map(|id| graph.tensor(id).elements())
            .sum();
        Ok(Self {
            legal_splits: legal_splits(&flow),
            graph: Arc::new(graph),
            notes,
            flow,
            facts,
            parameters,
        })
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
        if tensor.hwc().iter().product::<usize>() != tensor.elements() {
            return Err(shape(
                "works on a batch of several images; convert the model with batch 1",
            ));
        }
    }
    Ok(op_params(graph, op).map_err(|error| error.at(step, name))?)
}
