//! The host's answers, worked out on a thread of their own while the board is built, flashed and run.

use super::request::Inputs;
use crate::error::BoardError;
use crate::types::Cancel;
use std::sync::mpsc::SyncSender;
use tinyscope_core::plan::{Plan, digest};
use tinyscope_core::quant::{self, Runner, Trace, Value};

/// What the host's run of an input comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// The digest that each step's output must have, in step order.
    pub digests: Vec<u32>,
    /// Codes of the outputs, one after the other.
    pub output: Vec<i8>,
}

/// The codes of every input, in order.
pub(super) fn codes(plan: &Plan, inputs: &Inputs) -> Result<Vec<Vec<i8>>, BoardError> {
    let graph = &plan.graph;
    let bytes: usize = graph
        .inputs
        .iter()
        .map(|&id| graph.tensor(id).bytes())
        .sum();
    let refused = |message: String| Err(BoardError::Model { message });
    match inputs {
        Inputs::Seeded(seed) => {
            let values = quant::random_input(graph, *seed);
            let codes = values.iter().filter_map(Value::as_i8).flatten();
            Ok(vec![codes.copied().collect()])
        }
        Inputs::Given(samples) if samples.items.is_empty() => {
            refused("no input was given".to_owned())
        }
        Inputs::Given(samples) => {
            if let Some(odd) = samples.items.iter().find(|s| s.codes.len() != bytes) {
                return refused(format!(
                    "it takes {bytes} input codes, {} has {}",
                    odd.name,
                    odd.codes.len()
                ));
            }
            Ok(samples.items.iter().map(|s| s.codes.clone()).collect())
        }
    }
}

/// Input codes as the values of the graph's inputs.
fn values(plan: &Plan, input: &[i8]) -> Vec<Value> {
    let mut rest = input;
    let ids = plan.graph.inputs.iter();
    ids.map(|&id| {
        let (codes, others) = rest.split_at(plan.graph.tensor(id).bytes().min(rest.len()));
        rest = others;
        Value::I8(codes.to_vec())
    })
    .collect()
}

fn model(error: &quant::QuantError) -> BoardError {
    BoardError::Model {
        message: error.to_string(),
    }
}

/// The host's whole run on these codes.
pub(super) fn trace(plan: &Plan, input: &[i8]) -> Result<Trace, BoardError> {
    quant::run(&plan.graph, &values(plan, input)).map_err(|error| model(&error))
}

fn answer(plan: &Plan, trace: &Trace) -> Result<Answer, BoardError> {
    let missing = |what: &str| BoardError::Model {
        message: format!("the host run has no {what}"),
    };
    let digests = (plan.steps.iter())
        .map(|step| {
            digest::expected(plan, trace, step.id)
                .ok_or_else(|| missing(&format!("output of {}", step.symbol)))
        })
        .collect::<Result<_, _>>()?;
    let outputs: Option<Vec<&[i8]>> = (plan.graph.outputs.iter())
        .map(|&id| trace.get(id).and_then(Value::as_i8))
        .collect();
    Ok(Answer {
        digests,
        output: outputs.ok_or_else(|| missing("output"))?.concat(),
    })
}

/// Sends the answer to each input, in order, until all are sent, nobody listens any more, or `cancel`.
pub(super) fn answer_all(
    plan: &Plan,
    inputs: &[Vec<i8>],
    answers: &SyncSender<Result<Answer, BoardError>>,
    cancel: &Cancel,
) {
    let runner = match Runner::new(&plan.graph) {
        Ok(runner) => runner,
        Err(error) => {
            // The listener may have given up for a reason of its own.
            let _ = answers.send(Err(model(&error)));
            return;
        }
    };
    for input in inputs {
        if cancel.is_cancelled() {
            return;
        }
        let run = runner.run(&values(plan, input));
        let run = run.map_err(|error| model(&error));
        if (answers.send(run.and_then(|trace| answer(plan, &trace)))).is_err() {
            return;
        }
    }
}
