//! Constant operands of convolutions and fully connected layers: weights, bias, and how their scales fit together.

use super::super::tensors::Problem;
use super::rules::Numbers;
use super::{OpReader, REPAIR, Reported};
use crate::diagnostic::Severity;
use crate::graph::shape::text;
use crate::graph::{DType, Data, TensorId};

const REQUANTISE: &str = "quantise the model again";

/// What an operator asks of its weights.
pub(super) struct Wanted {
    /// The operator's input slot.
    pub slot: usize,
    /// Dimensions.
    pub rank: usize,
    /// The dimension of the output channels, along which int8 weights may have scales.
    pub axis: usize,
    /// Whether the reference honours a zero point of int8 weights.
    pub zero_point: bool,
}

/// The operator's constant weights: int8 for int8 activations, float32 for float32 ones. int8 weights of a float32
/// operator are turned into float32.
pub(super) fn weights(
    cx: &mut OpReader<'_, '_>,
    numbers: Numbers,
    wanted: &Wanted,
) -> Option<TensorId> {
    let id = cx.input(wanted.slot)?;
    let tensor = cx.tensor(id);
    let fits = match tensor.dtype {
        DType::I8 => true,
        DType::F32 => numbers.is_float(),
        _ => false,
    };
    let problem = if !fits {
        let remedy = if numbers.is_float() {
            "convert the model with float32, float16 or int8 weights"
        } else {
            "quantise the model to int8 weights and activations"
        };
        Some((
            "unsupported-type",
            format!("holds weights of type {:?}", tensor.dtype),
            remedy,
        ))
    } else if tensor.data.is_none() {
        Some((
            "no-data",
            "should hold the weights, but has no data".into(),
            "weights must be constants in the file; convert the model again",
        ))
    } else if tensor.shape.len() != wanted.rank {
        let (shape, rank) = (text(&tensor.shape), wanted.rank);
        Some((
            "bad-shape",
            format!("holds weights of shape {shape}, not of {rank} dimensions"),
            REPAIR,
        ))
    } else if tensor.dtype == DType::I8 {
        quantisation(cx, id, wanted)
    } else {
        None
    };
    if let Some(problem) = problem {
        cx.problem(id, problem);
        return None;
    }
    if numbers.is_float() && cx.tensor(id).dtype == DType::I8 {
        return match cx.tensors.dequantised(id) {
            Ok(float) => Some(float),
            Err(problem) => {
                cx.problem(id, problem);
                None
            }
        };
    }
    if let Err(problem) = centre(cx, id) {
        cx.problem(id, problem);
        return None;
    }
    Some(id)
}

/// What is wrong with the quantisation of int8 weights.
fn quantisation(cx: &OpReader<'_, '_>, id: TensorId, wanted: &Wanted) -> Option<Problem> {
    let tensor = cx.tensor(id);
    let Some(quant) = &tensor.quant else {
        return Some((
            "bad-quantisation",
            "holds weights without a scale".into(),
            REQUANTISE,
        ));
    };
    let axis = wanted.axis;
    if quant.scales.len() > 1 && (quant.axis != axis || quant.scales.len() != tensor.shape[axis]) {
        let message = format!(
            "has {} scales along dimension {}; its {} output channels lie along dimension {axis}",
            quant.scales.len(),
            quant.axis,
            tensor.shape[axis]
        );
        return Some(("bad-quantisation", message, REQUANTISE));
    }
    // The reference ignores the zero point of int8 weights in most places, and then its results mean nothing.
    let allowed = quant.scales.len() == 1 && (wanted.zero_point || cx.tensors.is_shifted(id));
    if !allowed && quant.zero_points.iter().any(|&z| z != 0) {
        return Some((
            "bad-quantisation",
            "holds weights with a zero point other than 0".into(),
            "quantise the weights symmetrically",
        ));
    }
    None
}

/// Folds the zero point of int8 weights into them where every difference is still an int8.
fn centre(cx: &mut OpReader<'_, '_>, id: TensorId) -> Result<(), Problem> {
    let tensor = &mut cx.tensors.done[id.0 as usize];
    let (Some(Data::I8(codes)), Some(quant)) = (&tensor.data, &mut tensor.quant) else {
        return Ok(());
    };
    let zero_point = match quant.zero_points[..] {
        [zero_point] if zero_point != 0 => zero_point,
        _ => return Ok(()),
    };
    let centred = |code: &i8| i8::try_from(i32::from(*code) - zero_point).ok();
    if codes.iter().all(|code| centred(code).is_some()) {
        cx.tensors.buffers.spend(codes.len())?;
        tensor.data = Some(Data::I8(codes.iter().filter_map(centred).collect()));
        quant.zero_points = vec![0];
    }
    Ok(())
}

/// Input `slot` as a constant bias of `channels` values: int32, or float32 for a float32 operator.
pub(super) fn bias(
    cx: &mut OpReader<'_, '_>,
    slot: usize,
    numbers: Numbers,
    channels: usize,
) -> Result<Option<TensorId>, Reported> {
    if cx.input_index(slot).is_none() {
        return Ok(None);
    }
    let id = cx.input(slot).ok_or(Reported)?;
    let tensor = cx.tensor(id);
    let (expected, name) = if numbers.is_float() {
        (DType::F32, "float32")
    } else {
        (DType::I32, "int32")
    };
    let problem = if tensor.dtype != expected {
        Some((
            "unsupported-type",
            format!(
                "holds a bias of type {:?}; only {name} is supported",
                tensor.dtype
            ),
            "quantise the model to int8 with 32-bit biases",
        ))
    } else if tensor.data.is_none() {
        Some((
            "no-data",
            "should hold the bias, but has no data".into(),
            "biases must be constants in the file; convert the model again",
        ))
    } else if tensor.elements() != channels {
        Some((
            "bad-shape",
            format!(
                "holds {} biases for {channels} output channels",
                tensor.elements()
            ),
            REPAIR,
        ))
    } else {
        match &tensor.quant {
            Some(q) if q.scales.len() != 1 && q.scales.len() != channels => Some((
                "bad-quantisation",
                format!(
                    "has {} scales for {channels} output channels",
                    q.scales.len()
                ),
                REQUANTISE,
            )),
            _ => None,
        }
    };
    if let Some(problem) = problem {
        cx.problem(id, problem);
        return Err(Reported);
    }
    // Some writers give a bias the axis of its weights (3, in a tensor of one dimension): one value per channel is the
    // only reading.
    let tensor = &mut cx.tensors.done[id.0 as usize];
    if let Some(quant) = &mut tensor.quant {
        let axis = tensor.shape.iter().position(|&d| d == channels);
        quant.axis = axis.unwrap_or(0);
    }
    Ok(Some(id))
}

/// Checks the scales of int8 input, weights, bias and output against each other; the tensors have passed on their own.
pub(super) fn scales(
    cx: &mut OpReader<'_, '_>,
    input: TensorId,
    weights: TensorId,
    bias: Option<TensorId>,
    output: TensorId,
) -> Option<()> {
    if cx.tensor(input).dtype == DType::F32 {
        return Some(());
    }
    let sx = f64::from(cx.tensor(input).scale_zero()?.0);
    let sy = f64::from(cx.tensor(output).scale_zero()?.0);
    let quant = cx.tensor(weights).quant.as_ref()?;
    let largest = quant.scales.iter().fold(0.0, |m: f32, s| m.max(s.abs()));
    let effective = sx * f64::from(largest) / sy;
    if effective >= f64::from(1 << 30) {
        cx.error(
            "bad-quantisation",
            format!(
                "input × weight scale is {effective:e} times the output scale: no result fits int8"
            ),
            REQUANTISE,
        );
        return None;
    }
    let Some(bias) = bias else {
        return Some(());
    };
    // The reference asks for this and then uses only input × weight scale.
    let worst = cx.tensor(bias).quant.as_ref().map_or(0.0, |b| {
        let channels = b.scales.len().max(quant.scales.len());
        let gap = |c| (sx * f64::from(quant.scale(c)) - f64::from(b.scale(c))).abs() / sy;
        (0..channels).map(gap).fold(0.0, f64::max)
    });
    if worst > 0.02 {
        cx.remark(
            Severity::Warning,
            "bias-scale",
            format!(
                "{}'s scale is not input × weight scale; the bias is used as if it were",
                cx.label(bias)
            ),
        );
    }
    let tensor = cx.tensor(bias);
    let values = tensor.data.as_ref().and_then(Data::as_i32).unwrap_or(&[]);
    let is_saturated = |&&x: &&i32| x == i32::MAX || x == i32::MIN;
    let saturated = values.iter().filter(is_saturated).count();
    if saturated > 0 {
        cx.remark(
            Severity::Warning,
            "saturated-bias",
            format!(
                "{saturated} of {} biases are saturated at ±2^31: those channels are probably constant",
                tensor.elements()
            ),
        );
    }
    Some(())
}
