//! `AVERAGE_POOL_2D` and `MAX_POOL_2D`.

use super::window::{RawWindow, resolve};
use super::{OpReader, Parsed, one};
use crate::graph::{OpKind, Pool2d, TensorId};

pub(in crate::import::tflite) fn read_average(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    let (pool, input, output) = read(cx)?;
    Some(one(OpKind::AveragePool2d(pool), vec![input], output))
}

pub(in crate::import::tflite) fn read_max(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    let (pool, input, output) = read(cx)?;
    Some(one(OpKind::MaxPool2d(pool), vec![input], output))
}

fn read(cx: &mut OpReader<'_, '_>) -> Option<(Pool2d, TensorId, TensorId)> {
    cx.arity(1, 1)?;
    let options = cx.op.builtin_options_as_pool_2_doptions();
    let options = cx.options(options, "Pool2DOptions");
    let (input, output, _) = cx.in_out()?;
    let alike = cx.alike(input, output, 1e-6);
    let (options, ()) = (options?, alike?);
    let raw = RawWindow {
        kernel: [
            i64::from(options.filter_height()),
            i64::from(options.filter_width()),
        ],
        stride: [options.stride_h(), options.stride_w()],
        dilation: [1, 1],
        padding: options.padding(),
    };
    let window = resolve(cx, input, &raw);
    let activation = cx.activation(options.fused_activation_function());
    let pool = Pool2d {
        window: window?,
        activation: activation?,
    };
    Some((pool, input, output))
}
