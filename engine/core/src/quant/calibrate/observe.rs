//! The float network over the samples: ranges, then distributions where the method needs them.

use super::clip::{least_squared_error, percentile};
use super::error::CalibrateError;
use super::histogram::Histogram;
use super::options::Method;
use super::progress::{Phase, Progress};
use super::samples::{Samples, sample};
use super::stream::in_batches;
use crate::graph::{Graph, Op};
use crate::quant::{Trace, Value, run};
use rayon::prelude::*;
use std::ops::ControlFlow;

/// Smallest and largest value by tensor; `None` for constants. Without clipping.
type Ranges = Vec<Option<[f32; 2]>>;

/// The range of every activation of a float graph, zero not yet added.
///
/// # Errors
/// When a sample does not fit, a value is not finite, or `progress` breaks.
pub fn ranges<S: Samples + ?Sized>(
    graph: &Graph,
    samples: &S,
    method: Method,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Ranges, CalibrateError> {
    let mut whole: Ranges = vec![None; graph.tensors.len()];
    let mut average: Ranges = vec![None; graph.tensors.len()];
    let momentum = match method {
        Method::MovingAverage { momentum } => momentum,
        _ => 0.0,
    };
    in_batches(
        samples.len(),
        Phase::Ranges,
        progress,
        |index| extremes(graph, &run(graph, &sample(graph, samples, index)?)?),
        |seen: Ranges| {
            for ((whole, average), seen) in whole.iter_mut().zip(&mut average).zip(seen) {
                let Some([low, high]) = seen else { continue };
                *whole = Some(whole.map_or([low, high], |[a, b]| [a.min(low), b.max(high)]));
                let mix = |past: f32, new: f32| momentum * past + (1.0 - momentum) * new;
                *average = Some(average.map_or([low, high], |[a, b]| [mix(a, low), mix(b, high)]));
            }
        },
    )?;
    let clip = |histogram: &Histogram| match method {
        Method::Percentile { percent } => percentile(histogram, percent),
        _ => least_squared_error(histogram),
    };
    match method {
        Method::MinMax => return Ok(whole),
        Method::MovingAverage { .. } => return Ok(average),
        Method::Percentile { .. } | Method::Mse => {}
    }
    let histograms = histograms(graph, samples, &whole, progress)?;
    Ok(histograms
        .par_iter()
        .map(|histogram| histogram.as_ref().map(clip))
        .collect())
}

/// Smallest and largest value of every activation in one run.
fn extremes(graph: &Graph, trace: &Trace) -> Result<Ranges, CalibrateError> {
    let ends = |values: &[f32]| {
        let start = [f32::INFINITY, f32::NEG_INFINITY];
        values.iter().fold(start, |[low, high], &x| {
            // A value that is no number makes both ends none.
            let low = if x < low || x.is_nan() { x } else { low };
            [low, if x > high || x.is_nan() { x } else { high }]
        })
    };
    let of = |value: &Option<Value>| value.as_ref().and_then(Value::as_f32).map(ends);
    let ranges: Ranges = trace.values.iter().map(of).collect();
    let is_finite = |id: &crate::graph::TensorId| {
        ranges[id.0 as usize].is_none_or(|ends| ends.iter().all(|x| x.is_finite()))
    };
    let broken = |op: &Op| !op.inputs.iter().chain(&op.outputs).all(is_finite);
    match graph.ops.iter().position(broken) {
        Some(index) => Err(CalibrateError::NotFinite {
            index,
            name: graph.ops[index].kind.name(),
        }),
        None => Ok(ranges),
    }
}

fn histograms<S: Samples + ?Sized>(
    graph: &Graph,
    samples: &S,
    ranges: &Ranges,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Vec<Option<Histogram>>, CalibrateError> {
    let empty: Vec<Option<Histogram>> = (ranges.iter())
        .map(|ends| ends.map(Histogram::new))
        .collect();
    let mut all = empty.clone();
    in_batches(
        samples.len(),
        Phase::Histograms,
        progress,
        |index| {
            let trace = run(graph, &sample(graph, samples, index)?)?;
            let mut counted = empty.clone();
            for (histogram, value) in counted.iter_mut().zip(&trace.values) {
                if let (Some(histogram), Some(Value::F32(values))) = (histogram, value) {
                    histogram.add(values);
                }
            }
            Ok(counted)
        },
        |counted| {
            for (all, counted) in all.iter_mut().zip(&counted) {
                if let (Some(all), Some(counted)) = (all, counted) {
                    all.merge(counted);
                }
            }
        },
    )?;
    Ok(all)
}
