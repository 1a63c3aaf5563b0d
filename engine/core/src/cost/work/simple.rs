//! Terms of the packed sum and of the plain kernels.

use super::{Layer, Span};
use crate::graph::{Combine, Interpolation, OpKind};

pub(super) const ADD: [&str; 6] = [
    "calls",
    "rows",
    "fours",
    "codes one by one",
    "rounded",
    "exact",
];
pub(super) const WINDOW: [&str; 5] = ["calls", "pixels", "outputs", "taps", "products"];
pub(super) const DENSE: [&str; 3] = ["calls", "outputs", "products"];
pub(super) const POOL: [&str; 5] = ["calls", "pixels", "outputs", "tap rows", "taps"];
pub(super) const MEAN: [&str; 3] = ["calls", "outputs", "inputs"];
pub(super) const CODES: [&str; 3] = ["calls", "rows", "codes"];
pub(super) const PIXELS: [&str; 3] = ["calls", "pixels", "codes"];
pub(super) const COMBINE: [&str; 5] = ["calls", "pixels", "sums", "products", "extremes"];
pub(super) const RESIZE: [&str; 4] = ["calls", "pixels", "nearest codes", "bilinear codes"];

pub(super) fn add(layer: &Layer<'_>, rows: &Span, columns: &Span) -> [u64; ADD.len()] {
    let height = rows.out as u64;
    let row = (columns.out * layer.output[2]) as u64;
    let [rounded, exact] = layer.requantising.terms(height * row);
    if rounded + exact > 0 {
        return [1, height, 0, 0, rounded, exact];
    }
    [1, height, height * (row / 4), height * (row % 4), 0, 0]
}

/// Convolutions, depthwise ones too.
pub(super) fn window(layer: &Layer<'_>, rows: &Span, columns: &Span) -> [u64; WINDOW.len()] {
    let Some(window) = layer.kind.window() else {
        return [0; WINDOW.len()];
    };
    let pixels = (rows.out * columns.out) as u64;
    let outputs = layer.output[2] as u64;
    let taps: usize = window.kernel.iter().product();
    let inside = rows.taps_inside(window, 0) * columns.taps_inside(window, 1);
    let depth = match layer.kind {
        OpKind::Conv2d(_) => layer.weights[3] as u64,
        _ => 1,
    };
    [
        1,
        pixels,
        pixels * outputs,
        pixels * outputs * taps as u64,
        inside * outputs * depth,
    ]
}

/// Each output pixel meets the taps that its place in the stride allows.
pub(super) fn transposed(layer: &Layer<'_>) -> [u64; WINDOW.len()] {
    let OpKind::TransposeConv2d(conv) = layer.kind else {
        return [0; WINDOW.len()];
    };
    let [_, kernel_h, kernel_w, depth] = layer.weights;
    let kernel = [kernel_h, kernel_w];
    // Taps tried and taps that meet an input pixel, over the outputs of an axis.
    let axis = |axis: usize| {
        let (stride, input) = (conv.stride[axis].max(1), layer.input[axis]);
        (0..layer.output[axis])
            .flat_map(|out| {
                let at = out + conv.padding[axis];
                let taps = (at % stride..kernel[axis]).step_by(stride);
                taps.map(move |tap| at >= tap && (at - tap) / stride < input)
            })
            .fold((0_u64, 0_u64), |(tried, met), inside| {
                (tried + 1, met + u64::from(inside))
            })
    };
    let (rows, columns) = (axis(0), axis(1));
    let outputs = layer.output[2] as u64;
    let pixels = (layer.output[0] * layer.output[1]) as u64;
    [
        1,
        pixels,
        pixels * outputs,
        rows.0 * columns.0 * outputs,
        rows.1 * columns.1 * outputs * depth as u64,
    ]
}

pub(super) fn dense(layer: &Layer<'_>) -> [u64; DENSE.len()] {
    let (inputs, outputs) = (layer.weights[3] as u64, elements(layer.output));
    [1, outputs, inputs * outputs]
}

pub(super) fn pool(layer: &Layer<'_>, rows: &Span, columns: &Span) -> [u64; POOL.len()] {
    let Some(window) = layer.kind.window() else {
        return [0; POOL.len()];
    };
    let channels = layer.output[2] as u64;
    let (height, width) = (rows.out as u64, columns.out as u64);
    let tap_rows = rows.taps_inside(window, 0);
    [
        1,
        height * width,
        height * width * channels,
        tap_rows * width * channels,
        tap_rows * columns.taps_inside(window, 1) * channels,
    ]
}

pub(super) fn mean(layer: &Layer<'_>) -> [u64; MEAN.len()] {
    [1, elements(layer.output), elements(layer.input)]
}

/// Code by code.
pub(super) fn codes(layer: &Layer<'_>, rows: &Span, columns: &Span) -> [u64; CODES.len()] {
    let height = rows.out as u64;
    [1, height, height * (columns.out * layer.output[2]) as u64]
}

/// Pixel by pixel, each of them `times`.
pub(super) fn pixels(
    layer: &Layer<'_>,
    rows: &Span,
    columns: &Span,
    times: u64,
) -> [u64; PIXELS.len()] {
    let pixels = (rows.out * columns.out) as u64;
    [1, pixels * times, pixels * layer.output[2] as u64]
}

pub(super) fn combine(layer: &Layer<'_>, rows: &Span, columns: &Span) -> [u64; COMBINE.len()] {
    let [calls, pixels, codes] = self::pixels(layer, rows, columns, 1);
    let [sums, products, extremes] = match layer.kind {
        OpKind::Combine(Combine::Mul(_)) => [0, codes, 0],
        OpKind::Combine(Combine::Maximum | Combine::Minimum) => [0, 0, codes],
        _ => [codes, 0, 0],
    };
    [calls, pixels, sums, products, extremes]
}

pub(super) fn resize(layer: &Layer<'_>) -> [u64; RESIZE.len()] {
    let [height, width, _] = layer.output;
    let codes = elements(layer.output);
    let bilinear =
        matches!(layer.kind, OpKind::Resize(op) if op.interpolation == Interpolation::Bilinear);
    let [nearest, bilinear] = if bilinear { [0, codes] } else { [codes, 0] };
    [1, (height * width) as u64, nearest, bilinear]
}

fn elements(map: [usize; 3]) -> u64 {
    map.iter().product::<usize>() as u64
}
