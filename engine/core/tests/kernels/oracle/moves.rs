//! Operators that move codes: each output element's place in the input, dimension by dimension.

use super::{flat, indices, per_tensor};
use tinyscope_core::graph::{Graph, Interpolation, Op, OpKind, Pad, PadFill, Resize};

/// The codes of the output.
pub fn eval(graph: &Graph, op: &Op, inputs: &[Vec<i8>]) -> Vec<i8> {
    let shape = |i: usize| graph.tensor(op.inputs[i]).shape.as_slice();
    let output = &graph.tensor(op.outputs[0]).shape;
    let code = |i: usize, index: &[usize]| inputs[i][flat(shape(i), index)];
    let of = |index: Vec<usize>| match &op.kind {
        OpKind::Transpose { permutation } => {
            let mut from = vec![0; index.len()];
            for (&axis, &i) in permutation.iter().zip(&index) {
                from[axis] = i;
            }
            code(0, &from)
        }
        OpKind::Slice(slice) => {
            let from = |axis: usize| {
                let way = slice.stride[axis] * index[axis] as isize;
                (slice.begin[axis] as isize + way) as usize
            };
            code(0, &(0..index.len()).map(from).collect::<Vec<_>>())
        }
        OpKind::Pad(pad) => {
            let from = |axis: usize| pad_source(pad, axis, index[axis], shape(0)[axis]);
            let from: Option<Vec<usize>> = (0..index.len()).map(from).collect();
            let (scale, zero) = per_tensor(graph, op.outputs[0]);
            let fill = match pad.fill {
                PadFill::Constant(real) => (real / scale).round() as i128 + zero,
                _ => zero,
            };
            from.map_or(fill.clamp(-128, 127) as i8, |from| code(0, &from))
        }
        OpKind::Concatenation { axis } => {
            let mut from = index.clone();
            let mut which = 0;
            while from[*axis] >= shape(which)[*axis] {
                from[*axis] -= shape(which)[*axis];
                which += 1;
            }
            code(which, &from)
        }
        OpKind::Resize(resize) => resized(resize, shape(0), &inputs[0], &index),
        _ => unreachable!("nothing moves"),
    };
    if matches!(op.kind, OpKind::Reshape) {
        return inputs[0].clone();
    }
    indices(output).map(of).collect()
}

/// The input's index for an output's along one axis of padding.
pub fn pad_source(pad: &Pad, axis: usize, index: usize, extent: usize) -> Option<usize> {
    let at = index as i128 - pad.amounts[axis][0] as i128;
    let last = extent as i128 - 1;
    let mirrored = match pad.fill {
        _ if (0..=last).contains(&at) => at,
        PadFill::Zero | PadFill::Constant(_) => return None,
        PadFill::Reflect if at < 0 => -at,
        PadFill::Reflect => 2 * last - at,
        PadFill::Symmetric if at < 0 => -at - 1,
        PadFill::Symmetric => 2 * last - at + 1,
    };
    Some(mirrored as usize)
}

/// The two input pixels around output pixel `i` along an axis, and the weight of the second in 1/1024; one pixel and no
/// weight for the nearest.
pub fn around(op: &Resize, axis: usize, i: usize, from: usize) -> ([usize; 2], i128) {
    let to = op.output[axis];
    let corners = op.align_corners && to > 1;
    if op.interpolation == Interpolation::Nearest {
        let scale = if corners {
            (from - 1) as f32 / (to - 1) as f32
        } else {
            from as f32 / to as f32
        };
        let shift = if op.half_pixel_centers { 0.5_f32 } else { 0.0 };
        let at = (i as f32 + shift) * scale;
        let at = if op.align_corners {
            at.round()
        } else {
            at.floor()
        };
        let at = (at as usize).min(from - 1);
        return ([at, at], 0);
    }
    let divided = |a: usize, b: usize| (1024 * a as i128 + b as i128 / 2) / b as i128;
    let step = if corners {
        divided(from - 1, to - 1)
    } else {
        divided(from, to)
    };
    let at = if op.half_pixel_centers {
        i as i128 * step + step / 2 - 512
    } else {
        i as i128 * step
    };
    // Truncating, then kept inside.
    let last = from as i128 - 1;
    let below = (at / 1024).max(0).min(last);
    let above = ((at + 1023) / 1024).min(last);
    ([below as usize, above as usize], at - 1024 * below)
}

fn resized(op: &Resize, shape: &[usize], codes: &[i8], index: &[usize]) -> i8 {
    let (rows, down) = around(op, 0, index[1], shape[1]);
    let (columns, right) = around(op, 1, index[2], shape[2]);
    let mut sum = 0;
    for (row, v) in rows.into_iter().zip([1024 - down, down]) {
        for (column, h) in columns.into_iter().zip([1024 - right, right]) {
            let code = codes[flat(shape, &[index[0], row, column, index[3]])];
            sum += i128::from(code) * v * h;
        }
    }
    let half = if sum > 0 { 1 << 19 } else { -(1 << 19) };
    ((sum + half) / (1 << 20)) as i8
}
