//! Outputs of two networks, compared.

use super::report::Agreement;
use crate::quant::Value;

/// Index of the first largest element; `None` where there is none. A value that is no number counts as smallest.
pub fn argmax(value: &Value) -> Option<usize> {
    fn first<T: PartialOrd + Copy>(elements: &[T]) -> Option<usize> {
        let larger = |best: usize, i: usize| {
            let is_number = |x: T| x.partial_cmp(&x).is_some();
            let (a, b) = (elements[best], elements[i]);
            if b > a || (!is_number(a) && is_number(b)) {
                i
            } else {
                best
            }
        };
        (!elements.is_empty()).then(|| (1..elements.len()).fold(0, larger))
    }
    match value {
        Value::I8(codes) => first(codes),
        Value::F32(numbers) => first(numbers),
    }
}

/// How one output differs; the mean of many makes an [`Agreement`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Difference {
    /// Whether the largest element is the same one.
    pub same_argmax: bool,
    /// Cosine of the angle between the outputs.
    pub cosine: f64,
    /// Largest difference of one element.
    pub max_abs_error: f64,
}

impl Difference {
    /// Compares an output with that of the float network.
    pub fn new(float: &[f32], found: &[f32]) -> Self {
        let (mut product, mut own, mut other) = (0.0, 0.0, 0.0);
        let mut max_abs_error: f64 = 0.0;
        for (&a, &b) in float.iter().zip(found) {
            let (a, b) = (f64::from(a), f64::from(b));
            product += a * b;
            own += a * a;
            other += b * b;
            max_abs_error = max_abs_error.max((a - b).abs());
        }
        let lengths = (own * other).sqrt();
        let cosine = if lengths > 0.0 {
            (product / lengths).clamp(-1.0, 1.0)
        } else {
            // Two zeros point the same way; a zero and something else have no angle.
            f64::from(u8::from(own + other == 0.0))
        };
        let top = |values: &[f32]| argmax(&Value::F32(values.to_vec()));
        Self {
            same_argmax: top(float) == top(found),
            cosine,
            max_abs_error,
        }
    }
}

impl Agreement {
    /// The mean of differences; all agree where there is none.
    pub(super) fn of(differences: &[Difference]) -> Self {
        if differences.is_empty() {
            return Self {
                argmax: 1.0,
                cosine: 1.0,
                max_abs_error: 0.0,
            };
        }
        let share = 1.0 / differences.len() as f64;
        let same = differences.iter().filter(|d| d.same_argmax).count();
        let largest = differences.iter().map(|d| d.max_abs_error);
        Self {
            argmax: same as f64 * share,
            cosine: differences.iter().map(|d| d.cosine).sum::<f64>() * share,
            max_abs_error: largest.fold(0.0, f64::max),
        }
    }
}
