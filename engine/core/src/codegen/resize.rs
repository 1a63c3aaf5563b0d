//! Resampling of images, by tables of positions.

use super::CodegenError;
use super::fragment::Fragment;
use super::step::{Context, StepCode};
use super::text::half_array;
use crate::graph::{Interpolation, Resize};
use crate::quant::{ResizeParams, ResizeTap};

/// `RESIZE_NEAREST_NEIGHBOR` or `RESIZE_BILINEAR`.
pub(super) fn resize(
    c: &Context<'_>,
    op: &Resize,
    params: &ResizeParams,
) -> Result<StepCode, CodegenError> {
    c.needs_whole()?;
    let [height, width, channels] = c.output_map();
    if [params.rows.len(), params.columns.len()] != [height, width] {
        return Err(c.inconsistent("it has not one position for each row and column"));
    }
    let (kernel, fragment) = match op.interpolation {
        Interpolation::Nearest => ("nearest", Fragment::ResizeNearest),
        Interpolation::Bilinear => ("bilinear", Fragment::ResizeBilinear),
    };
    let [rows, columns] = ["rows", "columns"].map(|axis| format!("{}_{axis}", c.global));
    let arrays = vec![
        half_array(&rows, &numbers(c, &params.rows)?),
        half_array(&columns, &numbers(c, &params.columns)?),
    ];
    Ok(StepCode {
        call: format!("ts_resize_{kernel}(in, out, {channels}, {rows}, {columns}, tile);"),
        arrays,
        fragments: vec![fragment],
        ..StepCode::default()
    })
}

/// Three numbers to a position. Where both pixels are one, its weight is of no account.
fn numbers(c: &Context<'_>, taps: &[ResizeTap]) -> Result<Vec<i16>, CodegenError> {
    let half = |n: usize| i16::try_from(n).map_err(|_| c.unsupported("the map is too large"));
    let mut out = Vec::with_capacity(3 * taps.len());
    for tap in taps {
        let weight = if tap.lower == tap.upper {
            0
        } else {
            i16::try_from(tap.weight)
                .ok()
                .filter(|weight| (0..=1024).contains(weight))
                .ok_or_else(|| c.inconsistent("the weight of a position is not 0 to 1"))?
        };
        out.extend([half(tap.lower)?, half(tap.upper)?, weight]);
    }
    Ok(out)
}
