//! The numbers of a depthwise convolution: weights as its channels have them, and three constants to a channel.

use super::finish::{Channel, DOUBLED_LIMIT, Finish, SHIFTS, channels};
use crate::quant::ConvParams;

/// One channel in so many may be exact among affine ones.
const FEW: usize = 8;

/// What the kernel in planes reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Depthwise {
    /// All taps of a channel, then those of the next.
    pub weights: Vec<i8>,
    /// Of each channel: bias, multiplier, and the affine form's offset or the exponent.
    pub constants: Vec<[i32; 3]>,
    /// The form that is exact for every channel.
    pub finish: Finish,
}

/// `weights` hold `taps` of a channel, then those of the next. The kernel adds the bias to products of weights with
/// codes less the zero point.
pub(crate) fn depthwise(
    params: &ConvParams,
    biases: &[i32],
    weights: &[i8],
    taps: usize,
) -> Depthwise {
    let channels = channels(params, biases, weights, taps);
    (SHIFTS
        .iter()
        .find_map(|&shift| affine(params, &channels, shift)))
    .or_else(|| mixed(params, &channels))
    .or_else(|| rounded(params, &channels))
    .unwrap_or_else(|| exact(&channels))
}

fn constants_of_affine(params: &ConvParams, channel: &Channel, shift: u32) -> Option<[i32; 3]> {
    let by = channel.affine(params, shift, 0)?;
    Some([channel.bias.wrapping_add(by.bias), by.multiplier, by.offset])
}

fn affine(params: &ConvParams, channels: &[Channel], shift: u32) -> Option<Depthwise> {
    let constants = channels
        .iter()
        .map(|channel| constants_of_affine(params, channel, shift));
    Some(Depthwise {
        constants: constants.collect::<Option<_>>()?,
        weights: weights(channels),
        finish: Finish::Affine(shift),
    })
}

/// Most channels affine, the others exact.
fn mixed(params: &ConvParams, channels: &[Channel]) -> Option<Depthwise> {
    let attempt = |&shift: &u32| {
        let each = channels
            .iter()
            .map(|channel| constants_of_affine(params, channel, shift));
        (shift, each.collect::<Vec<_>>())
    };
    let others = |each: &[Option<[i32; 3]>]| each.iter().filter(|by| by.is_none()).count();
    let (shift, each) = SHIFTS
        .iter()
        .map(attempt)
        .min_by_key(|(_, each)| others(each))?;
    // An exact channel takes as long as six others.
    (others(&each) * FEW <= channels.len()).then_some(())?;
    let constants = channels.iter().zip(each).map(|(channel, affine)| {
        let by = channel.by;
        let exact = (by.mantissa > 0).then_some([channel.bias, -by.mantissa, by.shift]);
        affine.or(exact)
    });
    Some(Depthwise {
        constants: constants.collect::<Option<_>>()?,
        weights: weights(channels),
        finish: Finish::Mixed(shift),
    })
}

fn rounded(params: &ConvParams, channels: &[Channel]) -> Option<Depthwise> {
    let channels: Vec<Channel> = (channels.iter())
        .map(|channel| channel.rounded(params, DOUBLED_LIMIT))
        .collect::<Option<_>>()?;
    let constants = |channel: &Channel| [channel.bias, channel.by.mantissa, -channel.by.shift];
    Some(Depthwise {
        weights: weights(&channels),
        constants: channels.iter().map(constants).collect(),
        finish: Finish::Rounded,
    })
}

fn exact(channels: &[Channel]) -> Depthwise {
    let constants = |channel: &Channel| [channel.bias, channel.by.mantissa, channel.by.shift];
    Depthwise {
        weights: weights(channels),
        constants: channels.iter().map(constants).collect(),
        finish: Finish::Exact,
    }
}

fn weights(channels: &[Channel]) -> Vec<i8> {
    channels
        .iter()
        .flat_map(|c| c.weights.iter().copied())
        .collect()
}
