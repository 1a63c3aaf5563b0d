//! `SPLIT`, `SPLIT_V` and `UNPACK`: a slice for each output.

use super::reshape::becomes;
use super::slice::cut_then_reshape;
use super::{OpReader, Parsed, REPAIR, Step};
use crate::graph::{OpKind, Slice, TensorId};

/// Parts of one tensor at most.
const MAX_PARTS: usize = 1_000;

pub(in crate::import::tflite) fn read_split(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.takes(2, 2)?;
    let options = cx.op.builtin_options_as_split_options();
    let options = cx.options(options, "SplitOptions");
    let axis = cx.integer(0, "axis to split");
    let input = cx.input(1);
    let (options, axis, input) = (options?, axis?, input?);
    let axis = cx.axis(axis, cx.shape(input).len())?;
    let parts = parts(cx, options.num_splits())?;
    let extent = cx.shape(input)[axis];
    if !extent.is_multiple_of(parts) {
        cx.error(
            "bad-options",
            format!("{extent} elements do not divide into {parts} equal parts"),
            REPAIR,
        );
        return None;
    }
    pieces(cx, input, axis, &vec![extent / parts; parts])
}

pub(in crate::import::tflite) fn read_split_v(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.takes(3, 3)?;
    let options = cx.op.builtin_options_as_split_voptions();
    let options = cx.options(options, "SplitVOptions");
    let input = cx.input(0);
    let sizes = cx.integers(1, "sizes of the parts");
    let axis = cx.integer(2, "axis to split");
    let (options, input, sizes, axis) = (options?, input?, sizes?, axis?);
    let axis = cx.axis(axis, cx.shape(input).len())?;
    let parts = parts(cx, options.num_splits())?;
    let extent = cx.shape(input)[axis];
    // One size may be −1: the rest.
    let known = sizes.iter().filter(|&&s| s != -1);
    let known = known
        .map(|&s| usize::try_from(s).ok())
        .try_fold(0_usize, |sum, s| sum.checked_add(s?));
    let rest = known.and_then(|known| extent.checked_sub(known));
    let open = sizes.iter().filter(|&&s| s == -1).count();
    let resolved: Option<Vec<usize>> = rest
        .filter(|&rest| sizes.len() == parts && (open == 1 || (open == 0 && rest == 0)))
        .and_then(|rest| {
            let size = |&s: &i64| {
                if s == -1 {
                    Some(rest)
                } else {
                    usize::try_from(s).ok()
                }
            };
            let sizes = sizes.iter().map(size);
            sizes.map(|s| s.filter(|&s| s > 0)).collect()
        });
    let Some(sizes) = resolved else {
        let shown = &sizes[..sizes.len().min(8)];
        cx.error(
            "bad-options",
            format!("sizes {shown:?} do not make {parts} parts of {extent} elements"),
            REPAIR,
        );
        return None;
    };
    pieces(cx, input, axis, &sizes)
}

pub(in crate::import::tflite) fn read_unpack(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.takes(1, 1)?;
    let options = cx.op.builtin_options_as_unpack_options();
    let options = cx.options(options, "UnpackOptions");
    let input = cx.input(0);
    let (options, input) = (options?, input?);
    let shape = cx.shape(input).to_vec();
    let axis = cx.axis(i64::from(options.axis()), shape.len())?;
    let parts = parts(cx, options.num())?;
    if shape[axis] != parts {
        let found = shape[axis];
        cx.error(
            "bad-options",
            format!("unpacks {parts} tensors from an axis of {found}"),
            REPAIR,
        );
        return None;
    }
    let mut kept = shape.clone();
    kept.remove(axis);
    let mut steps = Vec::new();
    for part in 0..parts {
        let output = cx.output(part)?;
        cx.moves(input, output)?;
        becomes(cx, &kept, output)?;
        steps.extend(cut_then_reshape(
            cx,
            input,
            cut(&shape, axis, part, 1),
            output,
        )?);
    }
    Some(steps)
}

/// The number of parts that the options state, which must be the number of outputs.
fn parts(cx: &mut OpReader<'_, '_>, stated: i32) -> Option<usize> {
    let outputs = cx.outputs();
    match usize::try_from(stated) {
        Ok(parts) if parts == outputs && (1..=MAX_PARTS).contains(&parts) => Some(parts),
        _ => {
            cx.error(
                "bad-options",
                format!(
                    "says that it has {stated} parts, but has {outputs} outputs (1 to {MAX_PARTS})"
                ),
                REPAIR,
            );
            None
        }
    }
}

/// `size` elements of a tensor of `shape`, from index `first` of `axis`.
fn cut(shape: &[usize], axis: usize, first: usize, size: usize) -> Slice {
    let mut slice = Slice {
        begin: vec![0; shape.len()],
        stride: vec![1; shape.len()],
        extent: shape.to_vec(),
    };
    slice.begin[axis] = first;
    slice.extent[axis] = size;
    slice
}

/// One slice along `axis` for each output.
fn pieces(
    cx: &mut OpReader<'_, '_>,
    input: TensorId,
    axis: usize,
    sizes: &[usize],
) -> Option<Parsed> {
    let shape = cx.shape(input).to_vec();
    let mut steps = Vec::new();
    let mut first = 0;
    for (part, &size) in sizes.iter().enumerate() {
        let output = cx.output(part)?;
        cx.moves(input, output)?;
        steps.push(Step {
            kind: OpKind::Slice(cut(&shape, axis, first, size)),
            inputs: vec![input],
            output,
        });
        first += size;
    }
    Some(steps)
}
