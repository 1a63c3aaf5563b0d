//! The target's answers held against the host's run.

use crate::error::BoardError;
use crate::protocol::RunReport;
use crate::session::Program;
use crate::types::{Cancel, Difference};
use std::time::Duration;
use tinyscope_core::plan::{Plan, StepId, digest};
use tinyscope_core::quant::{self, Trace, Value};

/// The host's run of the plan's graph on these codes, one input after the other.
pub(super) fn host_run(plan: &Plan, input: &[i8]) -> Result<Trace, BoardError> {
    let mut rest = input;
    let values: Vec<Value> = plan
        .graph
        .inputs
        .iter()
        .map(|&id| {
            let (codes, others) = rest.split_at(plan.graph.tensor(id).bytes().min(rest.len()));
            rest = others;
            Value::I8(codes.to_vec())
        })
        .collect();
    quant::run(&plan.graph, &values).map_err(|error| BoardError::Model {
        message: error.to_string(),
    })
}

/// For each step, whether every run's digest is the host's.
pub(super) fn exact_steps(
    plan: &Plan,
    trace: &Trace,
    reports: &[RunReport],
) -> Result<Vec<bool>, BoardError> {
    plan.steps
        .iter()
        .enumerate()
        .map(|(index, step)| {
            let expected =
                digest::expected(plan, trace, step.id).ok_or_else(|| BoardError::Model {
                    message: format!("the host run has no output of {}", step.symbol),
                })?;
            Ok(reports
                .iter()
                .all(|report| report.steps[index].digest == expected))
        })
        .collect()
}

/// Runs again, stopping after each pass of the first step that differs, and compares codes. `None` when the repeated
/// run shows no difference: the target does not answer the same every time.
pub(super) fn find_difference(
    program: &mut Program<'_>,
    plan: &Plan,
    trace: &Trace,
    step: StepId,
    input: &[i8],
    limit: Duration,
    cancel: &Cancel,
) -> Result<Option<Difference>, BoardError> {
    let tensor = plan.step(step).output.tensor;
    let Some(host) = trace.get(tensor).and_then(Value::as_i8) else {
        return Ok(None);
    };
    let shape = plan.graph.tensor(tensor).hwc();
    let regions = digest::regions_in_run_order(plan, step);
    let mut found = None;
    program.watch_step(
        input,
        step.0,
        &mut |pass, stopped| {
            let Some(&region) = regions.get(pass as usize) else {
                return false;
            };
            let host: Vec<i8> = digest::rows(host, shape, region)
                .flatten()
                .copied()
                .collect();
            let target = stopped.data.iter().map(|&byte| byte as i8);
            let differing: Vec<(usize, i8)> = target
                .enumerate()
                .filter(|&(i, code)| host.get(i) != Some(&code))
                .collect();
            let Some(&(first, code)) = differing.first() else {
                return false;
            };
            let (width, channels) = (region.x.len().max(1), shape[2].max(1));
            found = Some(Difference {
                step,
                at: [
                    region.y.start + first / channels / width,
                    region.x.start + first / channels % width,
                    first % channels,
                ],
                target: code,
                host: host.get(first).copied().unwrap_or_default(),
                count: differing.len(),
            });
            true
        },
        limit,
        cancel,
    )?;
    Ok(found)
}
