//! NHWC to NCHW: which axis goes where, and constants with their elements moved.

use crate::graph::Data;

/// For each axis of a stored tensor, the axis of the graph's: NCHW for four dimensions, as it is for others.
pub(super) fn axes(rank: usize) -> Vec<usize> {
    if rank == 4 {
        vec![0, 3, 1, 2]
    } else {
        (0..rank).collect()
    }
}

/// The place in the file of the graph's axis `axis`.
pub(super) fn stored_axis(rank: usize, axis: usize) -> usize {
    axes(rank).iter().position(|&a| a == axis).unwrap_or(axis)
}

/// A list with one entry for each axis, in the file's order.
pub(super) fn stored<T: Copy>(list: &[T]) -> Vec<T> {
    axes(list.len()).iter().map(|&axis| list[axis]).collect()
}

/// Whether the elements of this shape lie in the same order in the graph and in the file.
pub(super) fn same_order(shape: &[usize]) -> bool {
    !matches!(*shape, [_, h, w, c] if c > 1 && h * w > 1)
}

/// The elements of `data` with axes permuted: axis `i` of the result is axis `permutation[i]` of `shape`.
pub(super) fn permuted(data: &Data, shape: &[usize], permutation: &[usize]) -> Data {
    if permutation.iter().copied().eq(0..shape.len()) {
        return data.clone();
    }
    let order = order(shape, permutation);
    match data {
        Data::I8(v) => Data::I8(order.iter().map(|&i| v[i]).collect()),
        Data::U8(v) => Data::U8(order.iter().map(|&i| v[i]).collect()),
        Data::I16(v) => Data::I16(order.iter().map(|&i| v[i]).collect()),
        Data::I32(v) => Data::I32(order.iter().map(|&i| v[i]).collect()),
        Data::I64(v) => Data::I64(order.iter().map(|&i| v[i]).collect()),
        Data::F32(v) => Data::F32(order.iter().map(|&i| v[i]).collect()),
    }
}

/// For each element of the permuted tensor, its index before.
fn order(shape: &[usize], permutation: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis];
    }
    let mut order = vec![0];
    for &axis in permutation {
        let steps = |&base: &usize| (0..shape[axis]).map(move |i| (base, i));
        let grown = order.iter().flat_map(steps);
        order = grown.map(|(base, i)| base + i * strides[axis]).collect();
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_move_with_their_axes() {
        let data = Data::I32((0..12).collect());
        let moved = permuted(&data, &[1, 2, 3, 2], &axes(4));
        let expected = [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11];
        assert_eq!(moved, Data::I32(expected.into()));
        assert_eq!(permuted(&data, &[12], &[0]), data);
    }

    #[test]
    fn a_map_of_one_pixel_or_one_channel_needs_no_transpose() {
        assert!(same_order(&[1, 1, 1, 64]) && same_order(&[1, 8, 8, 1]) && same_order(&[8, 64]));
        assert!(!same_order(&[1, 1, 8, 64]));
        assert_eq!(stored(&[1, 8, 9, 3]), [1, 3, 8, 9]);
        assert_eq!((stored_axis(4, 3), stored_axis(3, 2)), (1, 2));
    }
}
