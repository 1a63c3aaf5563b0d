//! The whole quantisation, from float graph to report.

use super::bias;
use super::build::{Decisions, build, with_border};
use super::channels::numbers;
use super::compare::{Networks, compare};
use super::equalize::equalize;
use super::error::CalibrateError;
use super::observe;
use super::options::{Method, Options};
use super::prepare::{Prepared, prepare};
use super::progress::Progress;
use super::report::{Quantized, Report};
use super::samples::Samples;
use super::scale;
use super::weights;
use crate::graph::{Combine, Graph, OpId, OpKind, verify};
use std::ops::ControlFlow;

/// Quantises a float32 network to int8 with ranges from `samples`.
///
/// `progress` is called often; [`ControlFlow::Break`] cancels. The samples pass two to four times, depending on the options.
///
/// # Errors
/// When there is no sample or one does not fit, the graph is not float32 throughout, a value is not finite, an option is
/// out of range, a run fails, or `progress` breaks.
pub fn quantize<S: Samples + ?Sized>(
    graph: &Graph,
    samples: &S,
    options: &Options,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Quantized, CalibrateError> {
    check(options)?;
    if samples.is_empty() {
        return Err(CalibrateError::NoSamples);
    }
    let mut prepared = prepare(graph)?;
    let equalized_pairs = if options.equalize {
        equalize(&mut prepared.graph)
    } else {
        0
    };
    let float = &prepared.graph;
    let mut ranges = observe::ranges(float, samples, options.method, progress)?;
    add_constants(float, &mut ranges);
    let activations = scale::activations(&prepared, &ranges);
    let of = |id: crate::graph::TensorId| activations[id.0 as usize].0;
    let weights: Vec<Option<weights::Weights>> = (float.ops.iter())
        .map(|op| {
            let scales = [of(op.inputs[0]), of(op.outputs[0])];
            weights::quantize(float, op, scales, options.dense_per_channel)
        })
        .collect();
    let mut biases = bias::plain(float);
    let corrected_biases = if options.correct_bias {
        bias::correct(float, &weights, &mut biases, samples, progress)?
    } else {
        0
    };
    let widened_scales = weights.iter().flatten().map(|w| w.widened).sum();
    let decisions = Decisions {
        activations,
        weights,
        biases,
    };
    let int8 = build(&prepared, &decisions);
    if let Err(violations) = verify(&int8) {
        let text = violations.first().map(ToString::to_string);
        return Err(CalibrateError::Malformed(text.unwrap_or_default()));
    }
    let networks = Networks {
        original: graph,
        reference: float,
        int8: &int8,
    };
    let (mut steps, agreement) = compare(&networks, samples, progress)?;
    let (int8, before) = with_border(int8, options.border);
    for step in &mut steps {
        step.op = OpId(step.op.0 + before as u32);
    }
    let Prepared {
        graph: reference,
        folded,
        fused,
        ..
    } = prepared;
    Ok(Quantized {
        graph: int8,
        reference,
        report: Report {
            options: *options,
            samples: samples.len(),
            folded_constants: folded,
            fused_activations: fused,
            equalized_pairs,
            corrected_biases,
            widened_scales,
            steps,
            agreement,
        },
    })
}

fn check(options: &Options) -> Result<(), CalibrateError> {
    let (what, value, fine, must) = match options.method {
        Method::MinMax | Method::Mse => return Ok(()),
        Method::MovingAverage { momentum } => (
            "momentum",
            momentum,
            (0.0..1.0).contains(&momentum),
            "at least 0 and below 1",
        ),
        Method::Percentile { percent } => (
            "percentile",
            percent,
            percent > 50.0 && percent <= 100.0,
            "above 50 and at most 100",
        ),
    };
    if fine {
        Ok(())
    } else {
        Err(CalibrateError::Option { what, value, must })
    }
}

/// Adds the ranges of constant operands that have a scale of their own.
fn add_constants(graph: &Graph, ranges: &mut [Option<[f32; 2]>]) {
    for op in &graph.ops {
        let own_scale = matches!(
            op.kind,
            OpKind::Add(_) | OpKind::Combine(Combine::Sub(_) | Combine::Mul(_))
        );
        for id in op.inputs.iter().filter(|_| own_scale) {
            let values = numbers(graph.tensor(*id));
            if !values.is_empty() {
                let ends = values
                    .iter()
                    .fold([0.0_f32; 2], |[low, high], &x| [low.min(x), high.max(x)]);
                ranges[id.0 as usize] = Some(ends);
            }
        }
    }
}
