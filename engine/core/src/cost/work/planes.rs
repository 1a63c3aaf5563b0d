//! Terms of the depthwise kernel in planes whose tiles have several widths.

use super::{Layer, Span};
use crate::cost::{Kernel, PLANES};
use crate::graph::Window;

pub(super) const TERMS: [&str; 15] = [
    "calls",
    "words cleared",
    "fills",
    "pixel pairs filled",
    "codes filled one by one",
    "words copied",
    "weight rows",
    "runs",
    "blocks",
    "block rows",
    "pair rows",
    "single outputs",
    "single rows",
    "rounded",
    "exact",
];

/// Kernels of at most this many rows are unrolled: they multiply rows of padding too.
const UNROLLED_ROWS: usize = 3;

pub(super) fn planes(layer: &Layer<'_>, rows: &Span, columns: &Span) -> [u64; TERMS.len()] {
    let (Kernel::DepthwisePlanes { rows: strip }, Some(window)) =
        (layer.kernel, layer.kind.window())
    else {
        return [0; TERMS.len()];
    };
    let [kh, kw] = window.kernel;
    let strip = usize::from(strip).clamp(1, rows.out.max(1));
    let channels = layer.output[2];
    let (lanes, groups, left) = (
        channels as u64,
        (channels / PLANES) as u64,
        (channels % PLANES) as u64,
    );
    let reached = columns.out.saturating_sub(1) * window.stride[1] + kw;
    let held = (columns.held as isize - columns.start).max(0) as usize;
    let plane_row = reached.max(held).next_multiple_of(4) as u64;
    let plane_rows = ((strip - 1) * window.stride[0] + kh) as u64;
    let refill = refill(window, rows, strip);
    let filled_pixels = (columns.held as isize - columns.start.max(0)).max(0) as u64;
    let (height, width) = (rows.out as u64, columns.out as u64);
    let tap_rows = if kh <= UNROLLED_ROWS {
        height * kh as u64
    } else {
        rows.taps_inside(window, 0)
    };
    let (blocks, pair, single) = (width / 4, (width / 2) % 2, width % 2);
    let [rounded, exact] = layer.requantising.terms(lanes * height * width);
    [
        1,
        (4 * plane_rows + refill.padding * lanes) * plane_row / 4,
        refill.filled * (groups + left.min(1)),
        refill.filled * groups * (filled_pixels / 2),
        refill.filled * (left * filled_pixels + groups * 4 * (filled_pixels % 2)),
        refill.copied * lanes * plane_row / 2,
        refill.strips * lanes * kh as u64,
        height * lanes,
        height * lanes * blocks,
        tap_rows * lanes * blocks,
        tap_rows * lanes * pair,
        height * lanes * (2 * pair + single),
        tap_rows * lanes * single,
        rounded,
        exact,
    ]
}

/// How the rows of a plane are renewed over all strips.
#[derive(Default)]
pub(super) struct Refill {
    pub strips: u64,
    /// Rows read from the input.
    pub filled: u64,
    /// Rows cleared between strips.
    pub padding: u64,
    /// Rows moved to the top of the plane for the next strip.
    pub copied: u64,
}

pub(super) fn refill(window: &Window, rows: &Span, strip: usize) -> Refill {
    let (kernel, stride) = (window.kernel[0], window.stride[0]);
    let shared = kernel.saturating_sub(stride);
    let mut refill = Refill::default();
    for done in (0..rows.out).step_by(strip) {
        let now = strip.min(rows.out - done);
        let top = rows.start + (done * stride) as isize;
        let slots = ((now - 1) * stride + kernel) as isize;
        let kept = if done > 0 { shared as isize } else { 0 };
        let inside = |at: isize| at.clamp(0, rows.held as isize);
        let filled = (inside(top + slots) - inside(top + kept)).max(0);
        refill.strips += 1;
        refill.filled += filled as u64;
        refill.copied += kept as u64;
        if strip < rows.out {
            refill.padding += (slots - kept - filled).max(0) as u64;
        }
    }
    refill
}
