//! From a range to scale and zero point.

use crate::graph::Quantization;

/// Smallest and largest code.
const CODES: [f64; 2] = [-128.0, 127.0];

/// Scale and zero point of int8 codes for a range that holds zero. The zero point is nudged to a code, so that zero is
/// exact (TFLite's `ChooseQuantizationParams`). An empty range counts as 0 to 1.
pub fn from_range([low, high]: [f64; 2]) -> (f32, i32) {
    let (low, high) = (low.min(0.0), high.max(0.0));
    let high = if low < high { high } else { 1.0 };
    let scale = ((high - low) / (CODES[1] - CODES[0])).max(f64::from(f32::MIN_POSITIVE));
    let from_low = CODES[0] - low / scale;
    let from_high = CODES[1] - high / scale;
    let error_low = CODES[0].abs() + (low / scale).abs();
    let error_high = CODES[1].abs() + (high / scale).abs();
    let zero_point = if error_low < error_high {
        from_low
    } else {
        from_high
    };
    let zero_point = zero_point.round().clamp(CODES[0], CODES[1]) as i32;
    (scale as f32, zero_point)
}

/// The real numbers of the smallest and the largest code.
pub fn ends(quantization: &Quantization) -> [f32; 2] {
    let (scale, zero_point) = (quantization.scales[0], quantization.zero_points[0]);
    [-128, 127].map(|code| scale * (code - zero_point) as f32)
}
