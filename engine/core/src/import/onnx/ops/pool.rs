//! Pools: `MaxPool`, `AveragePool` and the global ones.

use super::window::{Image, Taps};
use crate::graph::{Activation, OpKind, Pad, PadFill, Padding, Pool2d, Reduce, TensorId, Window};
use crate::import::onnx::build::Act;
use crate::import::onnx::layout::Layout;
use crate::import::onnx::node::Cx;
use crate::import::onnx::problem::{Read, bad_options, unsupported};

pub(in crate::import::onnx) fn read_max(cx: &mut Cx<'_, '_>) -> Read<()> {
    if cx.outputs.get(1).copied().flatten().is_some() {
        return Err(unsupported(
            "the positions of the maxima are asked for",
            "use MaxPool without its second result",
        ));
    }
    if cx.attributes().int_or("storage_order", 0)? != 0 {
        return Err(unsupported(
            "column-major storage_order",
            "use row-major order",
        ));
    }
    let x = cx.act(0)?;
    let image = Image::of(cx, &x)?;
    let (window, _) = window(cx, &image)?;
    let activation = Activation::None;
    let kind = OpKind::MaxPool2d(Pool2d { window, activation });
    finish(cx, &image, kind, image.tensor)
}

pub(in crate::import::onnx) fn read_average(cx: &mut Cx<'_, '_>) -> Read<()> {
    let x = cx.real(0)?;
    let (tensor, layout) = average(cx, &x)?;
    cx.set_tensor(0, tensor, layout);
    Ok(())
}

/// Emits an average pool.
pub(super) fn average(cx: &mut Cx<'_, '_>, x: &Act) -> Read<(TensorId, Layout)> {
    let image = Image::of(cx, x)?;
    let (mut window, is_ragged) = window(cx, &image)?;
    let mut tensor = image.tensor;
    if cx.attributes().flag("count_include_pad")? && window.padding != Padding::default() {
        if is_ragged {
            return Err(unsupported(
                "count_include_pad with ceil_mode, where the last window leaves the padded image",
                "use ceil_mode 0",
            ));
        }
        // Padding that counts is padding with zeros.
        let Padding {
            top,
            bottom,
            left,
            right,
        } = window.padding;
        let amounts = vec![[0, 0], [top, bottom], [left, right], [0, 0]];
        let fill = PadFill::Zero;
        let name = cx.input_name(0);
        tensor = cx
            .build
            .emit(name, OpKind::Pad(Pad { amounts, fill }), vec![tensor])?;
        window.padding = Padding::default();
    }
    let activation = Activation::None;
    let kind = OpKind::AveragePool2d(Pool2d { window, activation });
    let output = cx.build.emit(cx.name(0), kind, vec![tensor])?;
    let shape = &cx.build.tensor(output).shape;
    Ok((output, image.result(image.channels, [shape[1], shape[2]])?))
}

pub(in crate::import::onnx) fn read_global_average(cx: &mut Cx<'_, '_>) -> Read<()> {
    let x = cx.real(0)?;
    let (tensor, layout) = global_average(cx, &x)?;
    cx.set_tensor(0, tensor, layout);
    Ok(())
}

/// Emits the mean over an image.
pub(super) fn global_average(cx: &mut Cx<'_, '_>, x: &Act) -> Read<(TensorId, Layout)> {
    let image = Image::of(cx, x)?;
    let kind = OpKind::Mean(Reduce {
        axes: vec![1, 2],
        keep_dims: true,
    });
    let output = cx.build.emit(cx.name(0), kind, vec![image.tensor])?;
    Ok((output, image.result(image.channels, [1, 1])?))
}

pub(in crate::import::onnx) fn read_global_max(cx: &mut Cx<'_, '_>) -> Read<()> {
    let x = cx.act(0)?;
    let image = Image::of(cx, &x)?;
    let window = Window {
        kernel: image.size,
        stride: [1, 1],
        dilation: [1, 1],
        padding: Padding::default(),
    };
    let activation = Activation::None;
    let kind = OpKind::MaxPool2d(Pool2d { window, activation });
    finish(cx, &image, kind, image.tensor)
}

fn finish(cx: &mut Cx<'_, '_>, image: &Image, kind: OpKind, input: TensorId) -> Read<()> {
    let output = cx.build.emit(cx.name(0), kind, vec![input])?;
    let shape = &cx.build.tensor(output).shape;
    let layout = image.result(image.channels, [shape[1], shape[2]])?;
    cx.set_tensor(0, output, layout);
    Ok(())
}

/// The window of a pool, and whether `ceil_mode` lets its last position leave the padded image. Such a window is had
/// by more padding at the end: pools skip padded taps.
fn window(cx: &Cx<'_, '_>, image: &Image) -> Read<(Window, bool)> {
    let taps = Taps::read(cx, image.dimensions, None)?;
    let extent = taps.extent()?;
    let mut window = taps.window(cx, image.size, image.dimensions)?;
    let Padding {
        top,
        bottom,
        left,
        right,
    } = window.padding;
    let beyond = [[top, bottom], [left, right]];
    if (0..2).any(|i| beyond[i].iter().any(|&p| p >= extent[i])) {
        return Err(bad_options(
            "a pad is as wide as the kernel: some windows would be empty",
        ));
    }
    let mut ragged = [0; 2];
    if cx.attributes().flag("ceil_mode")? {
        for axis in 0..2 {
            let [before, after] = beyond[axis];
            let stride = window.stride[axis];
            let padded = image.size[axis]
                .saturating_add(before)
                .saturating_add(after);
            let room = padded.saturating_sub(extent[axis]);
            let steps = room.div_ceil(stride);
            // A window must begin inside the image or the padding before it.
            let begins_inside =
                steps.saturating_mul(stride) < image.size[axis].saturating_add(before);
            if room % stride != 0 && begins_inside {
                ragged[axis] = steps.saturating_mul(stride) - room;
            }
        }
        window.padding.bottom += ragged[0];
        window.padding.right += ragged[1];
    }
    Ok((window, ragged != [0, 0]))
}
