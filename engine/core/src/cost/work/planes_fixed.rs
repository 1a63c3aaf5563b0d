//! Terms of the depthwise kernel in planes whose tiles all have the same columns: blocks of up to six outputs.

use super::planes::refill;
use super::{Layer, Span};
use crate::cost::{Kernel, PLANES, WIDEST_BLOCK, block_widths};

pub(super) const TERMS: [&str; 17] = [
    "calls",
    "words cleared",
    "fills",
    "pixel pairs filled",
    "words moved",
    "strips of a channel",
    "rows",
    "rows of one block",
    "blocks of six",
    "rows of six",
    "other blocks",
    "rows of others",
    "products of others",
    "outputs of others",
    "blocks at an edge",
    "rounded",
    "exact",
];

pub(super) fn blocks(layer: &Layer<'_>, rows: &Span, columns: &Span) -> [u64; TERMS.len()] {
    let (Kernel::DepthwisePlanes { rows: strip }, Some(window)) =
        (layer.kernel, layer.kind.window())
    else {
        return [0; TERMS.len()];
    };
    let [kh, kw] = window.kernel;
    let strip = usize::from(strip).clamp(1, rows.out.max(1));
    let channels = layer.output[2] as u64;
    let quads = channels / PLANES as u64;
    let reached = columns.out.saturating_sub(1) * window.stride[1] + kw;
    let words = reached.div_ceil(2) as u64;
    let refill = refill(window, rows, strip);
    let pixels = (columns.held as isize - columns.start.max(0)).max(0) as u64;
    let plane_rows = ((strip - 1) * window.stride[0] + kh) as u64;
    let (height, width) = (rows.out as u64, columns.out as u64);
    let live = rows.taps_inside(window, 0);
    // Three rows are one piece, and rows in the padding are left out only where a block is a row.
    let live = if kh == 3 && columns.out > WIDEST_BLOCK {
        3 * height
    } else {
        live
    };
    let at_edge = (0..rows.out)
        .filter(|&row| {
            let top = rows.start + (row * window.stride[0]) as isize;
            top < 0 || top + kh as isize > rows.held as isize
        })
        .count() as u64;
    let (mut sixes, mut count, mut outputs) = (0, 0, 0);
    for (wide, n) in block_widths(columns.out) {
        if wide == WIDEST_BLOCK {
            sixes += n as u64;
        } else {
            count += n as u64;
            outputs += (wide * n) as u64;
        }
    }
    let [rounded, exact] = layer.requantising.terms(channels * height * width);
    [
        1,
        4 * plane_rows * words + refill.padding * quads * 4 * words,
        refill.filled * quads,
        refill.filled * quads * (pixels.div_ceil(2)).min(words),
        refill.copied * quads * 4 * words,
        refill.strips * channels,
        if sixes + count > 1 {
            height * channels
        } else {
            0
        },
        if sixes + count > 1 {
            0
        } else {
            height * channels
        },
        height * channels * sixes,
        live * channels * sixes,
        height * channels * count,
        live * channels * count,
        live * channels * outputs,
        height * channels * outputs,
        at_edge * channels * (sixes + count),
        rounded,
        exact,
    ]
}
