//! Terms of the matrix kernels: 1×1 convolutions, gathered convolutions, fully connected layers.

use super::{Layer, Span};
use crate::cost::BLOCK_PIXELS;
use crate::graph::OpKind;
use crate::packing::padded;

pub(super) const POINTWISE: [&str; 17] = [
    "calls",
    "rows",
    "blocks",
    "block pairs",
    "block rounds",
    "twos",
    "two pairs",
    "two rounds",
    "ones",
    "one pairs",
    "one rounds",
    "words widened",
    "words widened by pixel",
    "rounds streamed",
    "rounded",
    "exact",
    "exact rounds",
];

pub(super) const IM2COL: [&str; 20] = [
    "calls",
    "rows",
    "fields",
    "field rows",
    "field rows with bytes left",
    "words widened",
    "bytes left",
    "taps gathered",
    "bytes gathered",
    "words widened by field",
    "block pairs",
    "block rounds",
    "two pairs",
    "two rounds",
    "one pairs",
    "one rounds",
    "rounds streamed",
    "rounded",
    "exact",
    "exact rounds",
];

pub(super) const DENSE: [&str; 7] = [
    "calls",
    "pairs",
    "rounds",
    "words",
    "rounded",
    "exact",
    "exact rounds",
];

/// Products of an output pixel: pairs of output channels, rounds of four taps.
const fn product(taps: usize, outputs: usize) -> (u64, u64) {
    (outputs.div_ceil(2) as u64, padded(taps) as u64 / 4)
}

/// How pixels side by side are multiplied: four, two and one at a time.
struct Blocks {
    four: u64,
    two: u64,
    one: u64,
}

const fn blocks(runs: u64, pixels: usize) -> Blocks {
    Blocks {
        four: runs * (pixels / BLOCK_PIXELS) as u64,
        two: runs * (pixels / 2 % 2) as u64,
        one: runs * (pixels % 2) as u64,
    }
}

/// Bytes of weights and pixels above which the weights come out of the flash for every block: the data cache of the
/// STM32F746, which the fit is made for.
const CACHED_BYTES: u64 = 4096;

impl Blocks {
    /// Rounds whose weights are not in the cache.
    const fn streamed(&self, taps: usize, outputs: usize) -> u64 {
        let (pairs, rounds) = product(taps, outputs);
        let bytes = pairs * (8 * rounds + 24) + 32 * rounds;
        if bytes > CACHED_BYTES {
            (self.four + self.two + self.one) * pairs * rounds
        } else {
            0
        }
    }

    /// Pairs and rounds of each kind of block, of the exact form none; `rounded`, `exact`, `exact rounds`.
    fn terms(&self, layer: &Layer<'_>, taps: usize, outputs: usize) -> ([u64; 6], [u64; 3]) {
        let (pairs, rounds) = product(taps, outputs);
        let pixels = 4 * self.four + 2 * self.two + self.one;
        let [rounded, exact] = layer.requantising.terms(pixels * pairs);
        if exact > 0 {
            return ([0; 6], [0, exact, exact * rounds]);
        }
        let each = [self.four, self.two, self.one].map(|n| [n * pairs, n * pairs * rounds]);
        let [[a, b], [c, d], [e, f]] = each;
        ([a, b, c, d, e, f], [rounded, 0, 0])
    }
}

pub(super) fn pointwise(layer: &Layer<'_>, rows: &Span, columns: &Span) -> [u64; POINTWISE.len()] {
    let (taps, outputs) = (layer.input[2], layer.output[2]);
    let words = product(taps, outputs).1;
    // Maps without gaps between rows are one long row.
    let gapless = columns.out == columns.held && columns.out == columns.stored;
    let (runs, length) = if gapless {
        (1, rows.out * columns.out)
    } else {
        (rows.out as u64, columns.out)
    };
    let blocks = blocks(runs, length);
    let in_fours = 4 * blocks.four * words;
    let whole = taps.is_multiple_of(4);
    let ([a, b, c, d, e, f], [rounded, exact, exact_rounds]) = blocks.terms(layer, taps, outputs);
    [
        1,
        runs,
        blocks.four,
        a,
        b,
        blocks.two,
        c,
        d,
        blocks.one,
        e,
        f,
        if whole { in_fours } else { 0 },
        (2 * blocks.two + blocks.one) * words + if whole { 0 } else { in_fours },
        blocks.streamed(taps, outputs),
        rounded,
        exact,
        exact_rounds,
    ]
}

pub(super) fn im2col(layer: &Layer<'_>, rows: &Span, columns: &Span) -> [u64; IM2COL.len()] {
    let Some(window) = layer.kind.window() else {
        return [0; IM2COL.len()];
    };
    let (channels, outputs) = (layer.input[2], layer.output[2]);
    let [kh, kw] = window.kernel;
    let taps = kh * kw * channels;
    let run = kw * channels;
    let (height, width) = (rows.out as u64, columns.out as u64);
    // Only columns decide: a row outside is read from a row of padding.
    let inside = if window.dilation[1] == 1 {
        columns.windows_inside(window, 1)
    } else {
        0
    };
    let direct = height * inside;
    let gathered = height * (width - inside);
    let whole_words = (kh * (run / 4)) as u64;
    let all_words = padded(taps) as u64 / 4;
    let blocks = blocks(height, columns.out);
    let ([a, b, c, d, e, f], [rounded, exact, exact_rounds]) = blocks.terms(layer, taps, outputs);
    [
        1,
        height,
        height * width,
        direct * kh as u64,
        if run.is_multiple_of(4) {
            0
        } else {
            direct * kh as u64
        },
        direct * whole_words,
        direct * (kh * (run % 4)) as u64,
        gathered * (kh * kw) as u64,
        gathered * taps as u64,
        gathered * all_words + direct * (all_words - whole_words.min(all_words)),
        a,
        b,
        c,
        d,
        e,
        f,
        blocks.streamed(taps, outputs),
        rounded,
        exact,
        exact_rounds,
    ]
}

pub(super) fn dense(layer: &Layer<'_>) -> [u64; DENSE.len()] {
    debug_assert!(matches!(layer.kind, OpKind::FullyConnected(_)));
    let [outputs, _, _, inputs] = layer.weights;
    let all: usize = layer.output.iter().product();
    let rows = (all / outputs.max(1)) as u64;
    let words = product(inputs, outputs).1;
    let ([.., pairs, rounds], [rounded, exact, exact_rounds]) = Blocks {
        four: 0,
        two: 0,
        one: rows,
    }
    .terms(layer, inputs, outputs);
    [
        rows,
        pairs,
        rounds,
        rows * words,
        rounded,
        exact,
        exact_rounds,
    ]
}
