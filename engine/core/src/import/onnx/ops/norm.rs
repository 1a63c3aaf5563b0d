//! `BatchNormalization`: folded into the operator before, or a product and a sum where it stands alone.

use super::elementwise::{Binary, binary};
use super::fuse;
use crate::import::onnx::build::{Act, Fact};
use crate::import::onnx::constant::Constant;
use crate::import::onnx::node::{Cx, Operand};
use crate::import::onnx::problem::{Read, bad_options, bad_shape, unsupported};

pub(in crate::import::onnx) fn read_batch(cx: &mut Cx<'_, '_>) -> Read<()> {
    let x = cx.real(0)?;
    let attributes = cx.attributes();
    if attributes.flag("training_mode")? || cx.outputs.iter().skip(1).flatten().next().is_some() {
        return Err(unsupported(
            "the network is in training mode",
            "export the model in evaluation mode",
        ));
    }
    let shape = x.shape();
    let Some(&channels) = shape.get(1) else {
        return Err(bad_shape("the operand has no channels"));
    };
    let list = |cx: &Cx<'_, '_>, i: usize| -> Read<Vec<f64>> {
        let constant = cx.constant(i)?;
        if constant.elements() == channels {
            Ok(constant.floats()?.into_iter().map(f64::from).collect())
        } else {
            Err(bad_shape(format!(
                "operand {i} holds {} numbers for {channels} channels",
                constant.elements()
            )))
        }
    };
    let (scale, bias, mean, variance) = (list(cx, 1)?, list(cx, 2)?, list(cx, 3)?, list(cx, 4)?);
    let epsilon = f64::from(attributes.float_or("epsilon", 1e-5)?);
    let factors = scale
        .iter()
        .zip(&variance)
        .map(|(s, v)| s / (v + epsilon).sqrt());
    let factors: Vec<f64> = factors.collect();
    if factors.iter().any(|f| !f.is_finite()) {
        return Err(bad_options("a variance is negative or not finite"));
    }
    let addends = bias
        .iter()
        .zip(&mean)
        .zip(&factors)
        .map(|((b, m), f)| b - m * f);
    let addends: Vec<f64> = addends.collect();
    if fuse::scale_channels(cx, &x, &factors, &addends)? {
        return Ok(());
    }
    let mut wide = vec![1; shape.len()];
    wide[1] = channels;
    let mut act = x;
    for (function, values, name) in [(Binary::Mul, factors, 1), (Binary::Add, addends, 2)] {
        let values = values.into_iter().map(|v| v as f32).collect();
        let constant = Operand::Constant(Constant::reals(&wide, values));
        let (tensor, layout) = binary(cx, function, &[Operand::Act(act), constant], [0, name])?;
        act = Act {
            tensor,
            layout,
            exclusive: true,
        };
    }
    cx.set(0, Fact::Act(act));
    Ok(())
}
