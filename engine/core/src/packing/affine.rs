//! Requantising with one multiplication: constants found for a channel, and the proof that they give the reference's
//! code for every accumulator that the channel can have. Knows nothing of layers or C.

/// `code(x) = (⌊2^scaled·(x + bias)·multiplier / 2³²⌋ + offset) >> (shift + scaled)`, saturated to int8.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Affine {
    /// Positive, or 0 where the code is always the same.
    pub multiplier: i32,
    /// To be added to the accumulator's bias; from 0 to below [`BIAS_LIMIT`].
    pub bias: i32,
    pub offset: i32,
}

/// What is added to a bias stays below this.
const BIAS_LIMIT: i64 = 1 << 20;
/// Multipliers next to the rounded one that are tried.
const NEIGHBOURS: i64 = 16;
/// Accumulators stay below this in magnitude, so that they do not wrap.
const REACH_LIMIT: i64 = 1 << 31;

/// The least accumulators that have each code: a non-decreasing function from an interval to codes, as its steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Steps {
    reach: [i64; 2],
    /// Code of the least accumulator.
    first: i64,
    /// Where each higher code begins, upwards.
    starts: Vec<i64>,
}

impl Steps {
    /// The steps of `code`, which does not decrease and has values of int8, over `reach`, both ends included.
    /// `None` where the reach is empty or too far.
    pub(super) fn of(reach: [i64; 2], code: impl Fn(i32) -> i32) -> Option<Self> {
        let [low, high] = reach;
        if low > high || low <= -REACH_LIMIT || high >= REACH_LIMIT {
            return None;
        }
        let at = |x: i64| i64::from(code(i32::try_from(x).unwrap_or(i32::MAX)));
        let first = at(low);
        let mut starts: Vec<i64> = Vec::new();
        for wanted in first + 1..=at(high) {
            let (mut below, mut reached) = (starts.last().map_or(low, |last| last - 1), high);
            while reached - below > 1 {
                let middle = below + (reached - below) / 2;
                if at(middle) < wanted {
                    below = middle;
                } else {
                    reached = middle;
                }
            }
            starts.push(reached);
        }
        Some(Self {
            reach,
            first,
            starts,
        })
    }

    /// The one code that all accumulators have, if it is one.
    pub(super) fn constant(&self) -> Option<i32> {
        (self.starts.is_empty())
            .then(|| i32::try_from(self.first).ok())
            .flatten()
    }

    /// Constants that give every step of this function where it is: `factor` is about codes to an accumulator, times
    /// 2^(32 + shift).
    ///
    /// The form is ⌊(x·M + S) / 2^(32 + shift)⌋ with S = bias·M + offset·2^(32 − scaled), which does not decrease
    /// either: it is the same function where it reaches each code at its start and not one accumulator before, and
    /// saturates where the function does. Each of these bounds S; bias and offset are then chosen so that S lies within.
    pub(super) fn affine(&self, factor: i64, shift: u32, scaled: u32) -> Option<Affine> {
        let [low, high] = self.reach;
        let last = self.first + self.starts.len() as i64;
        if self.starts.is_empty() {
            return Some(Affine {
                multiplier: 0,
                bias: 0,
                offset: i32::try_from(self.first << (shift + scaled)).ok()?,
            });
        }
        let unit = 1_i64 << (32 - scaled);
        let one = 1_i64 << (32 + shift);
        let nearest =
            (0..=NEIGHBOURS).map(|i| factor + if i % 2 == 0 { i / 2 } else { -(i + 1) / 2 });
        for multiplier in nearest.filter(|m| (1..=i64::from(i32::MAX)).contains(m)) {
            // S is at least `least` and below `limit`.
            let (mut least, mut limit) = (i64::MIN, i64::MAX);
            for (code, &start) in (self.first + 1..).zip(&self.starts) {
                let exact = code * one - start * multiplier;
                least = least.max(exact);
                limit = limit.min(exact + multiplier);
            }
            if self.first > i64::from(i8::MIN) {
                least = least.max(self.first * one - low * multiplier);
            }
            if last < i64::from(i8::MAX) {
                limit = limit.min((last + 1) * one - high * multiplier);
            }
            if least >= limit {
                continue;
            }
            let width = (limit - 1 - least).min(unit - 1);
            let from = least.rem_euclid(unit);
            let Some(bias) = first_within(multiplier % unit, unit, from, from + width) else {
                continue;
            };
            let offset = (least - bias * multiplier + unit - 1).div_euclid(unit);
            let furthest = (low.abs().max(high.abs()) + bias) << scaled;
            if bias < BIAS_LIMIT && furthest < 1 << 31 && offset.abs() < 1 << 30 {
                return Some(Affine {
                    multiplier: i32::try_from(multiplier).ok()?,
                    bias: i32::try_from(bias).ok()?,
                    offset: i32::try_from(offset).ok()?,
                });
            }
        }
        None
    }
}

/// The least n ≥ 0 for which n·a mod m lies in `from..=to`, where the interval may go on beyond m − 1 and then begins
/// again at 0. By the steps of Euclid's algorithm.
fn first_within(a: i64, m: i64, from: i64, to: i64) -> Option<i64> {
    if from == 0 || to >= m {
        return Some(0);
    }
    // From here 0 < from ≤ to < m.
    if a == 0 {
        return None;
    }
    if 2 * a > m {
        return first_within(m - a, m, m - to, m - from);
    }
    let n = (from + a - 1) / a;
    if n * a <= to {
        return Some(n);
    }
    // No multiple of a lies within: n·a − k·m does for the least k for which k·m mod a lies in −to..=−from.
    let turns = first_within(m % a, a, (-to).rem_euclid(a), (-from).rem_euclid(a))?;
    Some((from + turns * m + a - 1) / a)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quant::Multiplier;
    use crate::quant::fixed::requantize;
    use proptest::prelude::*;

    fn applied(affine: &Affine, x: i64, shift: u32, scaled: u32) -> i64 {
        let product = ((x + i64::from(affine.bias)) << scaled) * i64::from(affine.multiplier);
        (((product >> 32) + i64::from(affine.offset)) >> (shift + scaled)).clamp(-128, 127)
    }

    proptest! {
        #[test]
        fn the_first_multiple_is_the_first(m in 1_i64..300, a in 0_i64..300, from in 0_i64..300, width in 0_i64..40) {
            let (a, from) = (a % m, from % m);
            let to = from + width.min(m - 1);
            let within = |n: i64| { let r = n * a % m; (from..=to).contains(&r) || (from..=to).contains(&(r + m)) };
            prop_assert_eq!(first_within(a, m, from, to), (0..m).find(|&n| within(n)));
        }

        /// Whatever is found is the reference's function, at every threshold, around it and anywhere.
        #[test]
        fn constants_give_the_references_codes(
            mantissa in (1_i32 << 30)..=i32::MAX,
            exponent in 4_i32..16,
            zero_point in -128_i32..128,
            low in -(1_i64 << 22)..(1 << 22),
            length in 0_i64..(1 << 23),
            scaled in prop_oneof![Just(0_u32), Just(8)],
            anywhere in proptest::collection::vec(0.0..1.0_f64, 200),
        ) {
            let by = Multiplier { mantissa, shift: -exponent };
            let code = |x: i32| (requantize(x, by) + zero_point).clamp(-128, 127);
            let reach = [low, (low + length).min(1 << 22)];
            let steps = Steps::of(reach, code).expect("a reach that is near");
            let shift = 3;
            let factor = i64::from(mantissa) >> (exponent - 1 - shift as i32);
            let Some(affine) = steps.affine(factor, shift, scaled) else { return Ok(()) };
            let edges = steps.starts.iter().flat_map(|&start| [start - 1, start, start + 1]).chain(reach);
            let random = anywhere.iter().map(|&f| reach[0] + ((reach[1] - reach[0]) as f64 * f) as i64);
            for x in edges.chain(random).filter(|x| (reach[0]..=reach[1]).contains(x)) {
                prop_assert_eq!(applied(&affine, x, shift, scaled), i64::from(code(x as i32)), "at {}", x);
            }
        }

        /// A zero point of −128 is what layers with a fused ReLU have: there it is always found.
        #[test]
        fn rectified_channels_have_constants(
            mantissa in (1_i32 << 30)..=i32::MAX,
            exponent in 6_i32..10,
            low in -(1_i64 << 21)..0,
            high in 0_i64..(1 << 21),
        ) {
            let by = Multiplier { mantissa, shift: -exponent };
            let code = |x: i32| (requantize(x, by) - 128).clamp(-128, 127);
            let steps = Steps::of([low, high], code).expect("a reach that is near");
            let shift = 5;
            prop_assert!(steps.affine(i64::from(mantissa) >> (exponent - 1 - shift as i32), shift, 0).is_some());
        }
    }
}
