//! Terms of the packed sum and of the plain kernels.

use super::{Layer, Span};
use crate::graph::OpKind;

pub(super) const ADD: [&str; 5] = ["calls", "rows", "fours", "codes one by one", "clamped"];
pub(super) const WINDOW: [&str; 5] = ["calls", "pixels", "outputs", "taps", "products"];
pub(super) const DENSE: [&str; 3] = ["calls", "outputs", "products"];
pub(super) const POOL: [&str; 5] = ["calls", "pixels", "outputs", "tap rows", "taps"];
pub(super) const MEAN: [&str; 3] = ["calls", "outputs", "inputs"];
pub(super) const CODES: [&str; 3] = ["calls", "rows", "codes"];

pub(super) fn add(layer: &Layer<'_>, rows: &Span, columns: &Span) -> [u64; ADD.len()] {
    let height = rows.out as u64;
    let row = (columns.out * layer.output[2]) as u64;
    let [_, clamped] = layer.requantising.terms(height * row);
    if clamped > 0 {
        return [1, height, 0, 0, clamped];
    }
    [1, height, height * (row / 4), height * (row % 4), 0]
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
        OpKind::Conv2d(_) => layer.input[2] as u64,
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

pub(super) fn dense(layer: &Layer<'_>) -> [u64; DENSE.len()] {
    let [inputs, outputs] = [layer.input, layer.output].map(elements);
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

fn elements(map: [usize; 3]) -> u64 {
    map.iter().product::<usize>() as u64
}
