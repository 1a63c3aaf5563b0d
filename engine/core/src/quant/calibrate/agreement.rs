//! Outputs of two networks, compared.

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
