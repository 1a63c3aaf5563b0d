//! Terms of the matrix kernels: 1×1 convolutions, gathered convolutions, fully connected layers.

use super::{Layer, Span};
use crate::cost::BLOCK_PIXELS;
use crate::graph::OpKind;

pub(super) const POINTWISE: [&str; 12] = [
    "calls",
    "rows",
    "blocks",
    "block pairs",
    "block rounds",
    "singles",
    "single pairs",
    "single rounds",
    "words widened",
    "words widened by pixel",
    "rounded",
    "clamped",
];

pub(super) const IM2COL: [&str; 15] = [
    "calls",
    "rows",
    "fields",
    "field rows",
    "words copied",
    "bytes copied",
    "bytes at an edge",
    "bytes of padding",
    "words widened",
    "block pairs",
    "block rounds",
    "single pairs",
    "single rounds",
    "rounded",
    "clamped",
];

pub(super) const DENSE: [&str; 6] = ["calls", "pairs", "rounds", "words", "rounded", "clamped"];

/// Products of an output pixel: pairs of output channels, rounds of four taps.
const fn product(taps: usize, outputs: usize) -> (u64, u64) {
    (outputs.div_ceil(2) as u64, taps.div_ceil(4) as u64)
}

/// Blocks of pixels that are multiplied together, and pixels left over.
const fn blocks(pixels: usize) -> (u64, u64) {
    (
        (pixels / BLOCK_PIXELS) as u64,
        (pixels % BLOCK_PIXELS) as u64,
    )
}

pub(super) fn pointwise(layer: &Layer<'_>, rows: &Span, columns: &Span) -> [u64; POINTWISE.len()] {
    let (taps, outputs) = (layer.input[2], layer.output[2]);
    let (pairs, rounds) = product(taps, outputs);
    // Maps without gaps between rows are one long row.
    let gapless = columns.out == columns.held && columns.out == columns.stored;
    let (runs, length) = if gapless {
        (1, rows.out * columns.out)
    } else {
        (rows.out as u64, columns.out)
    };
    let (blocks, singles) = blocks(length);
    let (blocks, singles) = (runs * blocks, runs * singles);
    let words = blocks * 4 * rounds;
    let whole = taps.is_multiple_of(4);
    let [rounded, clamped] = layer
        .requantising
        .terms(runs * length as u64 * outputs as u64);
    [
        1,
        runs,
        blocks,
        blocks * pairs,
        blocks * pairs * rounds,
        singles,
        singles * pairs,
        singles * pairs * rounds,
        if whole { words } else { 0 },
        singles * rounds + if whole { 0 } else { words },
        rounded,
        clamped,
    ]
}

pub(super) fn im2col(layer: &Layer<'_>, rows: &Span, columns: &Span) -> [u64; IM2COL.len()] {
    let Some(window) = layer.kind.window() else {
        return [0; IM2COL.len()];
    };
    let (channels, outputs) = (layer.input[2], layer.output[2]);
    let [kh, kw] = window.kernel;
    let (pairs, rounds) = product(kh * kw * channels, outputs);
    let run = kw * channels;
    let (blocks, singles) = blocks(columns.out);
    let (height, width) = (rows.out as u64, columns.out as u64);
    let field_rows = height * width * kh as u64;
    let rows_inside = rows.taps_inside(window, 0);
    let fields_inside = if window.dilation[1] == 1 {
        columns.windows_inside(window, 1)
    } else {
        0
    };
    let copies = rows_inside * fields_inside;
    let [rounded, clamped] = layer.requantising.terms(height * width * outputs as u64);
    [
        1,
        height,
        height * width,
        field_rows,
        copies * (run / 4) as u64,
        copies * (run % 4) as u64,
        rows_inside * (width - fields_inside) * run as u64,
        (height * kh as u64 - rows_inside) * width * run as u64,
        height * width * rounds,
        height * blocks * pairs,
        height * blocks * pairs * rounds,
        height * singles * pairs,
        height * singles * pairs * rounds,
        rounded,
        clamped,
    ]
}

pub(super) fn dense(layer: &Layer<'_>) -> [u64; DENSE.len()] {
    debug_assert!(matches!(layer.kind, OpKind::FullyConnected(_)));
    let [outputs, _, _, inputs] = layer.weights;
    let all: usize = layer.output.iter().product();
    let rows = (all / outputs.max(1)) as u64;
    let (pairs, rounds) = product(inputs, outputs);
    let [rounded, clamped] = layer.requantising.terms(all as u64);
    [
        rows,
        rows * pairs,
        rows * pairs * rounds,
        rows * rounds,
        rounded,
        clamped,
    ]
}
