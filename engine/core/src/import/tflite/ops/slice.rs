//! `SLICE` and `STRIDED_SLICE`.

use super::reshape::becomes;
use super::{OpReader, Parsed, REPAIR, Step, one};
use crate::graph::shape::text;
use crate::graph::{OpKind, Slice, TensorId};

pub(in crate::import::tflite) fn read_slice(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(3, 3)?;
    let tensors = cx.moved(0);
    let begin = cx.integers(1, "first indices");
    let size = cx.integers(2, "extents");
    let ((input, output), begin, size) = (tensors?, begin?, size?);
    let shape = cx.shape(input).to_vec();
    if begin.len() != shape.len() || size.len() != shape.len() {
        let message = format!(
            "{} first indices and {} extents for {} dimensions",
            begin.len(),
            size.len(),
            shape.len()
        );
        cx.error("bad-options", message, REPAIR);
        return None;
    }
    let mut slice = Slice {
        begin: Vec::new(),
        stride: vec![1; shape.len()],
        extent: Vec::new(),
    };
    for (axis, &dim) in shape.iter().enumerate() {
        let first = usize::try_from(begin[axis]).ok().filter(|&b| b < dim);
        let extent = first.and_then(|first| match size[axis] {
            -1 => Some(dim - first),
            size => usize::try_from(size)
                .ok()
                .filter(|&e| e > 0 && e <= dim - first),
        });
        let (Some(first), Some(extent)) = (first, extent) else {
            let message = format!(
                "takes {} elements from index {} of dimension {axis}, which has {dim}",
                size[axis], begin[axis]
            );
            cx.error("bad-options", message, REPAIR);
            return None;
        };
        slice.begin.push(first);
        slice.extent.push(extent);
    }
    Some(one(OpKind::Slice(slice), vec![input], output))
}

/// Bits of the options, one per entry of the index lists.
struct Masks {
    begin: i32,
    end: i32,
    ellipsis: i32,
    new_axis: i32,
    shrink: i32,
    offset: bool,
}

fn bit(mask: i32, entry: usize) -> bool {
    entry < 32 && mask >> entry & 1 == 1
}

pub(in crate::import::tflite) fn read_strided(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(4, 4)?;
    let options = cx.op.builtin_options_as_strided_slice_options();
    let options = cx.options(options, "StridedSliceOptions");
    let tensors = cx.moved(0);
    let [begin, end, stride] = [
        cx.integers(1, "first indices"),
        cx.integers(2, "last indices"),
        cx.integers(3, "steps"),
    ];
    let (options, (input, output)) = (options?, tensors?);
    let (begin, end, stride) = (begin?, end?, stride?);
    let masks = Masks {
        begin: options.begin_mask(),
        end: options.end_mask(),
        ellipsis: options.ellipsis_mask(),
        new_axis: options.new_axis_mask(),
        shrink: options.shrink_axis_mask(),
        offset: options.offset(),
    };
    let shape = cx.shape(input).to_vec();
    let (slice, kept) = match resolve(&shape, [&begin, &end, &stride], &masks) {
        Ok(resolved) => resolved,
        Err(why) => {
            cx.error("bad-options", why, REPAIR);
            return None;
        }
    };
    becomes(cx, &kept, output)?;
    if slice.extent == kept {
        return Some(one(OpKind::Slice(slice), vec![input], output));
    }
    let whole = slice.extent == shape
        && slice
            .stride
            .iter()
            .zip(&shape)
            .all(|(&s, &d)| s > 0 || d == 1);
    if whole {
        return Some(one(OpKind::Reshape, vec![input], output));
    }
    cut_then_reshape(cx, input, slice, output)
}

/// A slice, and a reshape of it to the output's shape.
pub(super) fn cut_then_reshape(
    cx: &mut OpReader<'_, '_>,
    input: TensorId,
    slice: Slice,
    output: TensorId,
) -> Option<Parsed> {
    let cut = cx.make(output, slice.extent.clone())?;
    Some(vec![
        Step {
            kind: OpKind::Slice(slice),
            inputs: vec![input],
            output: cut,
        },
        Step {
            kind: OpKind::Reshape,
            inputs: vec![cut],
            output,
        },
    ])
}

/// The slice, and the output's shape: shrunk axes gone, new ones put in (`strided_slice_logic.h`).
fn resolve(
    shape: &[usize],
    [begin, end, stride]: [&[i64]; 3],
    masks: &Masks,
) -> Result<(Slice, Vec<usize>), String> {
    let entries = begin.len();
    if end.len() != entries || stride.len() != entries || entries > 32 {
        return Err(format!(
            "has {entries} first indices, {} last ones and {} steps",
            end.len(),
            stride.len()
        ));
    }
    let ellipsis = (0..entries).find(|&e| bit(masks.ellipsis, e));
    let is_new = |e: usize| Some(e) != ellipsis && bit(masks.new_axis, e);
    let named = (0..entries)
        .filter(|&e| Some(e) != ellipsis && !is_new(e))
        .count();
    let several = (0..entries).filter(|&e| bit(masks.ellipsis, e)).count() > 1;
    if several || named > shape.len() {
        return Err(format!(
            "its {entries} indices do not fit the input {}",
            text(shape)
        ));
    }
    let mut slice = Slice {
        begin: Vec::new(),
        stride: Vec::new(),
        extent: Vec::new(),
    };
    let mut kept = Vec::new();
    let take_whole = |slice: &mut Slice, kept: &mut Vec<usize>, count: usize| {
        for _ in 0..count {
            let dim = shape[slice.begin.len()];
            slice.begin.push(0);
            slice.stride.push(1);
            slice.extent.push(dim);
            kept.push(dim);
        }
    };
    for entry in 0..entries {
        if Some(entry) == ellipsis {
            take_whole(&mut slice, &mut kept, shape.len() - named);
            continue;
        }
        if is_new(entry) {
            kept.push(1);
            continue;
        }
        let axis = slice.begin.len();
        let range = Range {
            begin: (!bit(masks.begin, entry)).then_some(begin[entry]),
            end: (!bit(masks.end, entry)).then_some(end[entry]),
            stride: stride[entry],
            offset: masks.offset,
            single: bit(masks.shrink, entry),
        };
        let (first, step, extent) = range
            .within(shape[axis])
            .ok_or_else(|| format!("takes nothing from dimension {axis} of {}", text(shape)))?;
        slice.begin.push(first);
        slice.stride.push(step);
        slice.extent.push(extent);
        if !range.single {
            kept.push(extent);
        }
    }
    let rest = shape.len() - slice.begin.len();
    take_whole(&mut slice, &mut kept, rest);
    Ok((slice, kept))
}

/// Indices along one axis as the file gives them; what is masked is absent.
struct Range {
    begin: Option<i64>,
    end: Option<i64>,
    stride: i64,
    /// The end counts from the begin.
    offset: bool,
    /// One element, whose axis goes.
    single: bool,
}

impl Range {
    /// First index, step and extent along an axis of `dim`; `None` when nothing is taken.
    fn within(&self, dim: usize) -> Option<(usize, isize, usize)> {
        let dim = i64::try_from(dim).ok()?;
        // Steps beyond the axis all mean the same.
        let stride = if self.single {
            1
        } else {
            self.stride.clamp(-dim, dim)
        };
        let forwards = match stride {
            0 => return None,
            s => s > 0,
        };
        let from_end = |index: i64| {
            if index < 0 {
                index.saturating_add(dim)
            } else {
                index
            }
        };
        let bound = |index: i64| {
            if forwards {
                index.clamp(0, dim)
            } else {
                index.clamp(-1, dim - 1)
            }
        };
        let first = match self.begin {
            Some(index) => from_end(index),
            None if forwards => 0,
            None => dim - 1,
        };
        if self.single {
            return (0..dim).contains(&first).then_some((first as usize, 1, 1));
        }
        let first = bound(first);
        let last = match self.end {
            Some(length) if self.offset => bound(first.saturating_add(length)),
            Some(index) => bound(from_end(index)),
            None if forwards => dim,
            None => -1,
        };
        let way = if forwards { last - first } else { first - last };
        let extent = way.max(0).unsigned_abs().div_ceil(stride.unsigned_abs());
        (extent > 0).then_some((first as usize, stride as isize, extent as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::Range;

    /// Python's own rules, element by element: the oracle for what a range takes.
    fn python(dim: i64, begin: Option<i64>, end: Option<i64>, stride: i64) -> Vec<i64> {
        let clip = |index: i64| {
            let index = if index < 0 { index + dim } else { index };
            if stride > 0 {
                index.clamp(0, dim)
            } else {
                index.clamp(-1, dim - 1)
            }
        };
        let mut at = begin.map_or(if stride > 0 { 0 } else { dim - 1 }, clip);
        let stop = end.map_or(if stride > 0 { dim } else { -1 }, clip);
        let mut taken = Vec::new();
        while (stride > 0 && at < stop) || (stride < 0 && at > stop) {
            taken.push(at);
            at += stride;
        }
        taken
    }

    #[test]
    fn ranges_take_what_python_takes() {
        for dim in 1..6_i64 {
            for stride in (-7..8).filter(|&s| s != 0) {
                for begin in (-7..8).map(Some).chain([None]) {
                    for end in (-7..8).map(Some).chain([None]) {
                        let range = Range {
                            begin,
                            end,
                            stride,
                            offset: false,
                            single: false,
                        };
                        let taken: Vec<i64> = range
                            .within(dim as usize)
                            .map(|(first, step, extent)| {
                                let at = |i| first as i64 + i * step as i64;
                                (0..extent as i64).map(at).collect()
                            })
                            .unwrap_or_default();
                        let expected = python(dim, begin, end, stride);
                        assert_eq!(taken, expected, "{dim} {begin:?} {end:?} {stride}");
                    }
                }
            }
        }
    }

    #[test]
    fn extreme_indices_do_not_overflow() {
        for value in [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX] {
            for stride in [i64::MIN, -1, 1, i64::MAX] {
                for offset in [false, true] {
                    let range = Range {
                        begin: Some(value),
                        end: Some(value),
                        stride,
                        offset,
                        single: false,
                    };
                    let taken = range.within(4);
                    assert!(taken.is_none_or(|(first, _, extent)| first < 4 && extent <= 4));
                }
            }
        }
    }
}
