//! Operators that move codes: PAD, TRANSPOSE, RESHAPE, SLICE, CONCATENATION.

use super::CodegenError;
use super::fragment::Fragment;
use super::step::{Context, StepCode, operand};
use super::walk::{Axis, list, strides, walks};
use crate::graph::{Pad, PadFill, Slice};

/// Axes that the transpose kernel knows.
const TRANSPOSE_AXES: usize = 4;
/// Axes that a mirrored pad knows.
const MIRROR_AXES: usize = 6;

/// PAD, `PADV2` or `MIRROR_PAD`; `fill` is what the first two put around the tensor.
pub(super) fn pad(c: &Context<'_>, op: &Pad, fill: i32) -> Result<StepCode, CodegenError> {
    let shape = &c.input(0).shape;
    if op.amounts.len() != shape.len() {
        return Err(c.inconsistent("its padding does not fit its input"));
    }
    match op.fill {
        PadFill::Reflect => mirror(c, op, 1),
        PadFill::Symmetric => mirror(c, op, 0),
        PadFill::Zero | PadFill::Constant(_) => match op.amounts[..] {
            // An image.
            [[0, 0], _, _, [front, _]] if shape[0] == 1 => {
                let ([_, _, inputs], [_, _, outputs]) = (c.input_map(0), c.output_map());
                Ok(StepCode {
                    call: format!("ts_pad(in, out, {inputs}, {outputs}, {front}, {fill}, tile);"),
                    fragments: vec![Fragment::Pad],
                    ..StepCode::default()
                })
            }
            _ => pad_any(c, op, fill),
        },
    }
}

fn pad_any(c: &Context<'_>, op: &Pad, fill: i32) -> Result<StepCode, CodegenError> {
    c.needs_whole()?;
    let (shape, output) = (&c.input(0).shape, &c.output().shape);
    if output.len() != shape.len() {
        return Err(c.inconsistent("its output has another number of dimensions"));
    }
    let steps = strides(output);
    let before = op.amounts.iter().zip(&steps);
    let first: isize = before.map(|(&[n, _], step)| n as isize * step).sum();
    let axes: Vec<Axis<1>> = (shape.iter().zip(&steps))
        .map(|(&extent, &step)| Axis {
            extent,
            steps: [step],
        })
        .collect();
    let [walk] = walks(c, &axes)?;
    Ok(StepCode {
        constants: format!("    static const ts_walk walk = {walk};\n"),
        call: format!(
            "ts_pad_any(in, out, {}, {fill}, {first}, &walk);",
            c.output().elements()
        ),
        fragments: vec![Fragment::PadAny],
        ..StepCode::default()
    })
}

fn mirror(c: &Context<'_>, op: &Pad, edge: usize) -> Result<StepCode, CodegenError> {
    c.needs_whole()?;
    let shape = &c.input(0).shape;
    let mut axes: Vec<[usize; 4]> = (shape.iter().zip(strides(shape)).zip(&op.amounts))
        .map(|((&inside, step), &[before, after])| {
            [before + inside + after, before, inside, step as usize]
        })
        .filter(|&[extent, ..]| extent != 1)
        .collect();
    if axes.len() > MIRROR_AXES {
        return Err(c.unsupported("at most six axes can be padded; do it in two steps"));
    }
    while axes.len() < MIRROR_AXES {
        axes.insert(0, [1, 0, 1, 0]);
    }
    let runs: usize = axes[..MIRROR_AXES - 1].iter().map(|axis| axis[0]).product();
    let part = |i: usize| list(axes.iter().map(|axis| axis[i]));
    Ok(StepCode {
        constants: format!(
            "    static const ts_mirror layer = {{{{{}}}, {{{}}}, {{{}}}, {{{}}}, {edge}}};\n",
            part(0),
            part(1),
            part(2),
            part(3)
        ),
        call: format!("ts_mirror_pad(in, out, {runs}, &layer);"),
        fragments: vec![Fragment::Mirror],
        ..StepCode::default()
    })
}

/// TRANSPOSE.
pub(super) fn transpose(c: &Context<'_>, permutation: &[usize]) -> Result<StepCode, CodegenError> {
    c.needs_whole()?;
    let shape = &c.input(0).shape;
    if permutation.len() != shape.len() || permutation.iter().any(|&axis| axis >= shape.len()) {
        return Err(c.inconsistent("its permutation does not fit its input"));
    }
    let steps = strides(shape);
    let all: Vec<Axis<1>> = permutation
        .iter()
        .map(|&axis| Axis {
            extent: shape[axis],
            steps: [steps[axis]],
        })
        .collect();
    let mut axes: Vec<[usize; 2]> = (all.iter().filter(|axis| axis.extent != 1))
        .map(|axis| [axis.extent, axis.steps[0] as usize])
        .collect();
    if axes.len() > TRANSPOSE_AXES {
        return gather(c, 0, &all);
    }
    while axes.len() < TRANSPOSE_AXES {
        axes.insert(0, [1, 0]);
    }
    let part = |i: usize| list(axes.iter().map(|axis| axis[i]));
    Ok(StepCode {
        constants: format!(
            "    static const ts_permutation layer = {{{{{}}}, {{{}}}}};\n",
            part(0),
            part(1)
        ),
        call: "ts_transpose(in, out, &layer);".into(),
        fragments: vec![Fragment::Transpose],
        ..StepCode::default()
    })
}

/// SLICE or `STRIDED_SLICE`.
pub(super) fn slice(c: &Context<'_>, op: &Slice) -> Result<StepCode, CodegenError> {
    c.needs_whole()?;
    let shape = &c.input(0).shape;
    let rank = shape.len();
    if [op.begin.len(), op.stride.len(), op.extent.len()] != [rank; 3] {
        return Err(c.inconsistent("its slice does not fit its input"));
    }
    let steps = strides(shape);
    let first = op.begin.iter().zip(&steps);
    let first: isize = first.map(|(&n, step)| n as isize * step).sum();
    let axes: Vec<Axis<1>> = (0..rank)
        .map(|axis| Axis {
            extent: op.extent[axis],
            steps: [steps[axis] * op.stride[axis]],
        })
        .collect();
    gather(c, first, &axes)
}

fn gather(c: &Context<'_>, first: isize, axes: &[Axis<1>]) -> Result<StepCode, CodegenError> {
    let [walk] = walks(c, axes)?;
    Ok(StepCode {
        constants: format!("    static const ts_walk walk = {walk};\n"),
        call: format!("ts_gather(in, out, {first}, &walk);"),
        fragments: vec![Fragment::Gather],
        ..StepCode::default()
    })
}

/// CONCATENATION: each part copied to its place.
pub(super) fn concatenation(c: &Context<'_>, axis: usize) -> Result<StepCode, CodegenError> {
    let output = &c.output().shape;
    let parts = || (0..c.step.inputs.len()).map(|i| &c.input(i).shape);
    if axis >= output.len() || parts().any(|shape| shape.len() != output.len()) {
        return Err(c.inconsistent("its inputs do not fit its output"));
    }
    let whole = c.needs_whole();
    if axis + 1 != output.len() {
        whole.clone()?;
    }
    let by_pixel = whole.is_err();
    let run = |shape: &[usize]| shape[axis..].iter().product::<usize>();
    let (rows, step): (usize, usize) = (output[..axis].iter().product(), run(output));
    let (mut calls, mut front) = (Vec::new(), 0);
    for (i, shape) in parts().enumerate() {
        let (from, bytes) = (operand(i), run(shape));
        calls.push(if by_pixel {
            format!(
                "ts_join({from} + tile[{i}].y * tile[{i}].in_stride + tile[{i}].x * {bytes}, \
                 out + tile->out_offset + {front}, {bytes}, {step}, tile->out_h, tile->out_w, \
                 tile[{i}].in_stride, tile->out_stride);"
            )
        } else {
            format!("ts_join({from}, out + {front}, {bytes}, {step}, {rows}, 1, {bytes}, {step});")
        });
        front += bytes;
    }
    Ok(StepCode {
        call: calls.join("\n    "),
        fragments: vec![Fragment::Join],
        ..StepCode::default()
    })
}

/// RESHAPE: the same codes.
pub(super) fn reshape(c: &Context<'_>) -> Result<StepCode, CodegenError> {
    c.needs_whole()?;
    Ok(StepCode {
        call: format!("ts_copy_codes(in, out, {});", c.output().elements()),
        fragments: vec![Fragment::Copy],
        ..StepCode::default()
    })
}
