//! Ways through tensors of any rank, as the kernels take them: axes merged where they can be, strides worked out.

use super::CodegenError;
use super::step::Context;

/// Axes of a `ts_walk`: five outer ones and the run.
const AXES: usize = 6;

/// One axis that several operands are walked along together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Axis<const N: usize> {
    /// Places.
    pub extent: usize,
    /// Elements from one place to the next, of each operand; 0 where it is broadcast.
    pub steps: [isize; N],
}

/// Elements from one place to the next along each axis of a packed tensor.
pub(super) fn strides(shape: &[usize]) -> Vec<isize> {
    let strides = crate::graph::shape::strides(shape);
    strides.into_iter().map(|step| step as isize).collect()
}

/// [`strides`] of an operand that is broadcast to a shape of as many dimensions: 0 where it has one element for all.
pub(super) fn broadcast_strides(shape: &[usize]) -> Vec<isize> {
    let each = strides(shape).into_iter().zip(shape);
    each.map(|(step, &extent)| if extent == 1 { 0 } else { step })
        .collect()
}

/// Drops axes of one place and merges neighbours that every operand walks as if they were one.
fn merged<const N: usize>(axes: &[Axis<N>]) -> Vec<Axis<N>> {
    let mut out: Vec<Axis<N>> = Vec::new();
    for &axis in axes.iter().filter(|axis| axis.extent != 1) {
        match out.last_mut() {
            Some(outer)
                if (0..N).all(|n| outer.steps[n] == axis.steps[n] * axis.extent as isize) =>
            {
                outer.extent *= axis.extent;
                outer.steps = axis.steps;
            }
            _ => out.push(axis),
        }
    }
    out
}

/// The initialiser of a `ts_walk` for each operand, over the same runs.
pub(super) fn walks<const N: usize>(
    c: &Context<'_>,
    axes: &[Axis<N>],
) -> Result<[String; N], CodegenError> {
    let axes = merged(axes);
    if axes.len() > AXES {
        return Err(c.unsupported("at most six axes can be walked; do it in two steps"));
    }
    let mut all = [Axis {
        extent: 1,
        steps: [0; N],
    }; AXES];
    all[AXES - axes.len()..].copy_from_slice(&axes);
    let (run, outer) = (all[AXES - 1], &all[..AXES - 1]);
    let runs: usize = outer.iter().map(|axis| axis.extent).product();
    let extents = list(outer.iter().map(|axis| axis.extent));
    Ok(std::array::from_fn(|n| {
        // An axis moves on from the last place of all the axes inside it.
        let back = |inside: &[Axis<N>]| -> isize {
            let way = |axis: &Axis<N>| axis.steps[n] * (axis.extent as isize - 1);
            inside.iter().map(way).sum()
        };
        let jumps = (0..outer.len()).map(|i| outer[i].steps[n] - back(&outer[i + 1..]));
        format!(
            "{{{runs}, {}, {}, {{{extents}}}, {{{}}}}}",
            run.extent,
            run.steps[n],
            list(jumps)
        )
    }))
}

/// Numbers for an initialiser.
pub(super) fn list<T: ToString>(numbers: impl IntoIterator<Item = T>) -> String {
    let numbers: Vec<String> = numbers.into_iter().map(|n| n.to_string()).collect();
    numbers.join(", ")
}

#[cfg(test)]
mod tests {
    use super::{Axis, broadcast_strides, merged, strides};

    #[test]
    fn strides_are_those_of_packed_tensors() {
        assert_eq!(strides(&[2, 3, 4]), [12, 4, 1]);
        assert_eq!(broadcast_strides(&[2, 1, 4]), [4, 0, 1]);
        assert!(strides(&[]).is_empty());
    }

    #[test]
    fn axes_merge_only_where_every_operand_goes_straight_on() {
        let axis = |extent, steps| Axis { extent, steps };
        let whole = [axis(2, [12, 12]), axis(3, [4, 4]), axis(4, [1, 1])];
        assert_eq!(merged(&whole), [axis(24, [1, 1])]);
        let channels = [axis(2, [12, 0]), axis(3, [4, 0]), axis(4, [1, 1])];
        assert_eq!(merged(&channels), [axis(6, [4, 0]), axis(4, [1, 1])]);
        let gap = [axis(2, [12, 12]), axis(1, [99, 7]), axis(6, [2, 2])];
        assert_eq!(merged(&gap), [axis(12, [2, 2])]);
    }
}
