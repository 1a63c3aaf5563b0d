//! Inputs to take ranges from, one sample at a time.

use super::error::CalibrateError;
use crate::graph::{DType, Graph};
use crate::quant::{Value, quantize as code, random_input};
use std::borrow::Cow;

/// A list of inputs: one [`Value`] for each graph input. Only a few samples are asked for at a time, from several
/// threads, and more than once: an implementation may decode them as they are asked for, but must always give the same.
pub trait Samples: Sync {
    /// Number of samples.
    fn len(&self) -> usize;

    /// Whether there is no sample.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Sample `index`, below [`Samples::len`].
    ///
    /// # Errors
    /// A sentence that says what is wrong with the sample.
    fn get(&self, index: usize) -> Result<Cow<'_, [Value]>, String>;
}

impl Samples for [Vec<Value>] {
    fn len(&self) -> usize {
        self.len()
    }

    fn get(&self, index: usize) -> Result<Cow<'_, [Value]>, String> {
        Ok(Cow::Borrowed(&self[index]))
    }
}

impl Samples for Vec<Vec<Value>> {
    fn len(&self) -> usize {
        self.len()
    }

    fn get(&self, index: usize) -> Result<Cow<'_, [Value]>, String> {
        Ok(Cow::Borrowed(&self[index]))
    }
}

/// The sample as `graph` takes it: real numbers are rounded to codes for an int8 input. So one list of float samples
/// serves a float network and its int8 form.
///
/// # Errors
/// A sentence that says which input does not fit.
pub fn fit_input(graph: &Graph, sample: &[Value]) -> Result<Vec<Value>, String> {
    if sample.len() != graph.inputs.len() {
        let (found, expected) = (sample.len(), graph.inputs.len());
        return Err(format!("it has {found} inputs, the network {expected}"));
    }
    let fitted = graph.inputs.iter().zip(sample).enumerate();
    fitted
        .map(|(index, (&id, value))| {
            let tensor = graph.tensor(id);
            if value.len() != tensor.elements() {
                let (found, expected) = (value.len(), tensor.elements());
                return Err(format!(
                    "input {index} has {found} elements, the network takes {expected}"
                ));
            }
            match (value, tensor.dtype, tensor.scale_zero()) {
                (Value::F32(_), DType::F32, _) | (Value::I8(_), DType::I8, _) => Ok(value.clone()),
                (Value::F32(numbers), DType::I8, Some((scale, zero_point))) => {
                    let codes = numbers.iter().map(|&x| code(x, scale, zero_point));
                    Ok(Value::I8(codes.collect()))
                }
                _ => Err(format!(
                    "input {index} is not of the type {:?} that the network takes",
                    tensor.dtype
                )),
            }
        })
        .collect()
}

/// `count` samples of uniform random numbers, the same for the same `seed`: float inputs lie in −1 to 1.
pub fn random_samples(graph: &Graph, count: usize, seed: u64) -> Vec<Vec<Value>> {
    (0..count as u64)
        .map(|i| {
            random_input(
                graph,
                seed.wrapping_add(i.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
            )
        })
        .collect()
}

/// The sample with this index, fitted to `graph`.
pub(super) fn sample(
    graph: &Graph,
    samples: &(impl Samples + ?Sized),
    index: usize,
) -> Result<Vec<Value>, CalibrateError> {
    samples
        .get(index)
        .and_then(|sample| fit_input(graph, &sample))
        .map_err(|why| CalibrateError::Sample { sample: index, why })
}
