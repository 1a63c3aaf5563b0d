//! Seeded weights, and what they make of the numbers that flow through them.
//!
//! Codes are uniform. Scales and biases follow in closed form: each channel's mean and variance are carried from
//! operator to operator as if its pixels were independent and normal, and every weighted sum is brought to a mean and a
//! deviation drawn for its channel, as batch normalisation would. So activations fill their codes and few are cut off,
//! however deep the network; a float run to calibrate with would take a hundred times as long.

use crate::design::types::Activation;
use crate::quant::splitmix64;

/// A channel's numbers: mean and variance.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    pub mean: f64,
    pub variance: f64,
}

/// Deviations from the mean that a range without bounds holds.
pub const REACH: f64 = 4.5;

/// The middles of sixteen equally likely parts of the standard normal distribution, its upper half.
const NORMAL: [f64; 8] = [
    0.078_412, 0.237_202, 0.402_250, 0.579_132, 0.776_422, 1.009_990, 1.318_011, 1.862_732,
];

/// Codes of weights, biases and deviations, one after the other from one seed.
pub struct Source(u64);

impl Source {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Uniform in `low` to `high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        let unit = (splitmix64(&mut self.0) >> 11) as f64 / (1_u64 << 53) as f64;
        low + (high - low) * unit
    }

    /// Uniform codes, −127 to 127.
    pub fn codes(&mut self, count: usize) -> Vec<i8> {
        let mut codes = Vec::with_capacity(count.next_multiple_of(8));
        while codes.len() < count {
            let bytes = splitmix64(&mut self.0).to_le_bytes();
            codes.extend(bytes.map(|byte| (byte as i8).max(-127)));
        }
        codes.truncate(count);
        codes
    }

    /// Mean and deviation that a channel gets before its activation.
    pub fn wanted(&mut self, activation: Activation) -> Moments {
        let ([low, high], [narrow, wide]) = match activation {
            Activation::Relu6 => ([0.0, 2.0], [1.0, 2.0]),
            Activation::Relu => ([0.0, 1.0], [0.7, 1.3]),
            Activation::Linear => ([-0.5, 0.5], [0.7, 1.3]),
        };
        let deviation = self.between(narrow, wide);
        Moments {
            mean: self.between(low, high),
            variance: deviation * deviation,
        }
    }
}

impl Moments {
    /// What an activation leaves of a normal distribution.
    pub fn bounded(self, activation: Activation) -> Self {
        let bound: fn(f64) -> f64 = match activation {
            Activation::Linear => return self,
            Activation::Relu => |x| x.max(0.0),
            Activation::Relu6 => |x| x.clamp(0.0, 6.0),
        };
        let deviation = self.variance.sqrt();
        let (mut sum, mut squares) = (0.0, 0.0);
        for at in NORMAL.iter().flat_map(|&z| [-z, z]) {
            let x = bound(self.mean + at * deviation);
            sum += x;
            squares += x * x;
        }
        let count = 2.0 * NORMAL.len() as f64;
        let mean = sum / count;
        Self {
            mean,
            variance: (squares / count - mean * mean).max(0.0),
        }
    }

    /// Of a sum of two independent numbers.
    pub fn plus(self, other: Self) -> Self {
        Self {
            mean: self.mean + other.mean,
            variance: self.variance + other.variance,
        }
    }
}

/// The range that holds nearly all numbers of all channels, under the bounds of `activation`.
pub fn range(channels: &[Moments], activation: Activation) -> [f64; 2] {
    let free = channels.iter().fold([0.0_f64; 2], |[low, high], of| {
        let reach = REACH * of.variance.sqrt();
        [low.min(of.mean - reach), high.max(of.mean + reach)]
    });
    match activation {
        Activation::Linear => free,
        Activation::Relu => [0.0, free[1]],
        Activation::Relu6 => [0.0, 6.0],
    }
}

/// A weighted sum over codes: the mean and variance that the codes alone give it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum {
    pub mean: f64,
    pub variance: f64,
}

impl Sum {
    pub fn add(&mut self, code: i8, of: Moments) {
        let code = f64::from(code);
        self.mean += code * of.mean;
        self.variance += code * code * of.variance;
    }
}

/// Weight scale and real bias that bring a sum to the moments wanted.
pub fn normalised(sum: Sum, wanted: Moments) -> (f32, f64) {
    let scale = (wanted.variance / sum.variance.max(f64::MIN_POSITIVE)).sqrt();
    // Codes that are all zero, or inputs that never change: any scale will do.
    let scale = scale.min(1.0).max(f64::from(f32::MIN_POSITIVE)) as f32;
    (scale, wanted.mean - f64::from(scale) * sum.mean)
}
