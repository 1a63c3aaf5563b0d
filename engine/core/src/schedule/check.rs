//! Which stages are legal, and why the others are not.

use super::stream::Stream;
use super::{Flow, InputMode, Method, ScheduleError, Source, Stage};
use std::ops::Range;

/// Whether a stage can be run as it asks.
///
/// # Errors
/// The first reason why not, in step order.
pub fn check_stage(flow: &Flow, stage: &Stage, input: InputMode) -> Result<(), ScheduleError> {
    let steps = stage.steps.clone();
    if steps.is_empty() {
        return Err(ScheduleError::NoSteps {
            start: steps.start,
            end: steps.end,
        });
    }
    if steps.end > flow.steps.len() {
        let length = flow.steps.len();
        return Err(ScheduleError::TooLong {
            stage: steps,
            steps: length,
        });
    }
    if input == InputMode::Rows && !matches!(stage.method, Method::LineBuffers { .. }) {
        check_resident(flow, &steps)?;
    }
    match stage.method {
        Method::Layer => Ok(()),
        Method::LineBuffers { .. } => check_lines(flow, &steps, input),
        Method::Patch { grid } => {
            check_closed(flow, &steps)?;
            check_grid(flow, &steps, grid)
        }
        Method::HorizontalCache { rows } => {
            check_closed(flow, &steps)?;
            check_tile(flow, &steps, [rows, 1])
        }
        Method::TileCache { tile } => {
            check_closed(flow, &steps)?;
            check_tile(flow, &steps, tile)
        }
    }
}

/// An input that arrives row by row must be read by line buffers, all of it in one stage.
fn check_resident(flow: &Flow, steps: &Range<usize>) -> Result<(), ScheduleError> {
    let reads_input = |&step: &usize| {
        let mut sources = flow.steps[step].inputs.iter();
        sources.any(|source| matches!(source, Source::Input(_)))
    };
    match steps.clone().find(reads_input) {
        Some(step) => Err(ScheduleError::InputByRows { step }),
        None => Ok(()),
    }
}

fn check_lines(flow: &Flow, steps: &Range<usize>, input: InputMode) -> Result<(), ScheduleError> {
    let stream = Stream {
        flow,
        steps,
        unit: super::stream::Unit::Row,
        fed: input == InputMode::Rows,
    };
    for step in steps.clone() {
        let node = &flow.steps[step];
        // A step that makes one pixel of its whole input may stand where that lies in memory whole.
        let whole_inputs = node.inputs.iter().all(|source| match *source {
            Source::Step(producer) => !steps.contains(&producer) || stream.escapes(producer),
            Source::Input(_) => !stream.fed,
            Source::Constant => true,
        });
        let alone = whole_inputs && steps.len() == 1 && node.map[..2] == [1, 1];
        if !(node.local || node.single_pixel() || stream.accumulates(step) || alone) {
            return Err(ScheduleError::NotLocal {
                stage: steps.clone(),
                step,
                op: node.op,
            });
        }
        if stream.fed {
            for source in &node.inputs {
                if let Source::Input(index) = *source
                    && flow.input_last_readers[index] >= steps.end
                {
                    let step = flow.input_last_readers[index];
                    return Err(ScheduleError::InputByRows { step });
                }
            }
        }
    }
    Ok(())
}

/// Every step is spatially local and leads to the last; one tensor leaves the stage.
fn check_closed(flow: &Flow, steps: &Range<usize>) -> Result<(), ScheduleError> {
    let stage = steps.clone();
    let mut input = None;
    for (step, node) in flow
        .steps
        .iter()
        .enumerate()
        .take(steps.end)
        .skip(steps.start)
    {
        if !node.local {
            let op = node.op;
            return Err(ScheduleError::NotLocal { stage, step, op });
        }
        for source in &node.inputs {
            if let Source::Input(index) = *source
                && *input.get_or_insert(index) != index
            {
                return Err(ScheduleError::SeveralInputs { stage });
            }
        }
        if step + 1 == steps.end {
            break;
        }
        if node.is_output {
            return Err(ScheduleError::OutputInside { stage, step });
        }
        if node.last_reader >= steps.end {
            let reads = |n: &super::Node| n.inputs.contains(&Source::Step(step));
            let reader = (flow.steps[steps.end..].iter().position(reads))
                .map_or(steps.end, |i| i + steps.end);
            return Err(ScheduleError::Crosses {
                stage,
                step,
                reader,
            });
        }
        if node.last_reader == step {
            return Err(ScheduleError::DeadEnd { stage, step });
        }
    }
    Ok(())
}

fn check_grid(
    flow: &Flow,
    steps: &Range<usize>,
    [rows, columns]: [usize; 2],
) -> Result<(), ScheduleError> {
    if rows == 0 || columns == 0 {
        return Err(ScheduleError::EmptyGrid { rows, columns });
    }
    let [height, width, _] = flow.steps[steps.end - 1].map;
    if rows > height || columns > width {
        return Err(ScheduleError::GridTooFine {
            rows,
            columns,
            height,
            width,
        });
    }
    Ok(())
}

fn check_tile(
    flow: &Flow,
    steps: &Range<usize>,
    [rows, columns]: [usize; 2],
) -> Result<(), ScheduleError> {
    let [height, width, _] = flow.steps[steps.end - 1].map;
    if rows == 0 || columns == 0 || rows > height || columns > width {
        return Err(ScheduleError::TileSize {
            rows,
            columns,
            height,
            width,
        });
    }
    Ok(())
}

/// Every length at which a patch stage that begins with the network can end, ascending.
pub fn legal_splits(flow: &Flow) -> Vec<usize> {
    (1..=flow.steps.len())
        .take_while(|&split| flow.steps[split - 1].local)
        .filter(|&split| check_closed(flow, &(0..split)).is_ok())
        .collect()
}
