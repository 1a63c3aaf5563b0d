//! Float and int8 side by side: the noise of each step, and the agreement of the outputs.

use super::affine::ends;
use super::agreement::Difference;
use super::error::CalibrateError;
use super::progress::{Phase, Progress};
use super::report::{Agreement, StepNoise};
use super::samples::{Samples, sample};
use super::stream::in_batches;
use crate::graph::{Graph, TensorId};
use crate::quant::{QuantError, Trace, Value, dequantize, run};
use std::ops::ControlFlow;

/// The three networks that are compared.
pub struct Networks<'a> {
    /// As it was given.
    pub original: &'a Graph,
    /// Folded and equalised; ids as in `int8`.
    pub reference: &'a Graph,
    /// With an int8 border.
    pub int8: &'a Graph,
}

/// Power of a signal and of its noise, summed over elements.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Power {
    /// `Σ x²`.
    pub signal: f64,
    /// `Σ (x − x̂)²`.
    pub noise: f64,
}

impl Power {
    fn new(float: &[f32], found: &[f32]) -> Self {
        let mut power = Self::default();
        for (&x, &y) in float.iter().zip(found) {
            let (x, y) = (f64::from(x), f64::from(y));
            power.signal += x * x;
            power.noise += (x - y) * (x - y);
        }
        power
    }

    /// Signal-to-quantisation-noise ratio in dB; `None` without noise. Noise without signal has the ratio of the
    /// smallest number.
    fn sqnr_db(self) -> Option<f64> {
        let signal = self.signal.max(f64::MIN_POSITIVE);
        (self.noise > 0.0).then(|| 10.0 * (signal.log10() - self.noise.log10()))
    }
}

/// Runs all three networks on every sample.
///
/// # Errors
/// When a run fails or `progress` breaks.
pub fn compare<S: Samples + ?Sized>(
    networks: &Networks<'_>,
    samples: &S,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<(Vec<StepNoise>, Agreement), CalibrateError> {
    let Networks {
        original,
        reference,
        int8,
    } = *networks;
    let mut powers = vec![Power::default(); int8.ops.len()];
    let mut differences = Vec::new();
    in_batches(
        samples.len(),
        Phase::Compare,
        progress,
        |index| {
            let float = run(reference, &sample(reference, samples, index)?)?;
            let found = run(int8, &sample(int8, samples, index)?)?;
            let powers: Result<Vec<Power>, QuantError> = (int8.ops.iter())
                .map(|op| {
                    let id = op.outputs[0];
                    Ok(Power::new(numbers(&float, id)?, &reals(int8, &found, id)?))
                })
                .collect();
            drop(float);
            let given = run(original, &sample(original, samples, index)?)?;
            let outputs = original.outputs.iter().zip(&int8.outputs);
            let differences: Result<Vec<Difference>, QuantError> = outputs
                .map(|(&a, &b)| {
                    Ok(Difference::new(
                        numbers(&given, a)?,
                        &reals(int8, &found, b)?,
                    ))
                })
                .collect();
            Ok((powers?, differences?))
        },
        |(seen, different)| {
            for (sum, power) in powers.iter_mut().zip(seen) {
                sum.signal += power.signal;
                sum.noise += power.noise;
            }
            differences.extend(different);
        },
    )?;
    let steps = int8.op_ids().zip(powers).filter_map(|((id, op), power)| {
        let quantization = int8.tensor(op.outputs[0]).quant.as_ref()?;
        Some(StepNoise {
            op: id,
            source_index: op.source_index,
            name: op.kind.name(),
            sqnr_db: power.sqnr_db(),
            range: ends(quantization),
            scale: quantization.scales[0],
            zero_point: quantization.zero_points[0],
        })
    });
    Ok((steps.collect(), Agreement::of(&differences)))
}

fn numbers(trace: &Trace, id: TensorId) -> Result<&[f32], QuantError> {
    let value = trace.get(id).and_then(Value::as_f32);
    value.ok_or(QuantError::Malformed {
        what: "a float step has no value",
    })
}

/// The real numbers that the codes of a tensor stand for.
fn reals(graph: &Graph, trace: &Trace, id: TensorId) -> Result<Vec<f32>, QuantError> {
    let (scale, zero_point) = graph
        .tensor(id)
        .scale_zero()
        .ok_or(QuantError::Unquantized { tensor: id.0 })?;
    let codes = trace.get(id).and_then(Value::as_i8);
    let codes = codes.ok_or(QuantError::Malformed {
        what: "an int8 step has no value",
    })?;
    Ok(codes
        .iter()
        .map(|&code| dequantize(code, scale, zero_point))
        .collect())
}
