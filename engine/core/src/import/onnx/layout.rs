//! How a value of the file lies in a tensor of the graph. Reshaping and transposing a value only changes this
//! description; elements move when an operator needs another order than they have.
//!
//! A tensor's elements are counted by *factors*, row-major. Each axis of the value is a product of some factors: after
//! `Flatten` of an image that lies as NHWC, the one long axis is the factors channels, height, width, and the tensor
//! still lies as height, width, channels.

/// Factors in stored order, and the axes of the value in terms of them. Always in normal form: no factor is 1, and no
/// two neighbours could be one. Equal arrangements are equal values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    factors: Vec<usize>,
    /// For each axis its factors, the most significant first; an axis of extent 1 has none.
    axes: Vec<Vec<usize>>,
}

impl Layout {
    /// A value stored as it is written: row-major.
    pub fn row_major(shape: &[usize]) -> Self {
        let order: Vec<usize> = (0..shape.len()).collect();
        Self::ordered(shape, &order)
    }

    /// A value of `shape` whose tensor has axis `order[i]` as its dimension `i`.
    pub fn ordered(shape: &[usize], order: &[usize]) -> Self {
        let factors = order.iter().map(|&axis| shape[axis]).collect();
        let mut axes = vec![Vec::new(); shape.len()];
        for (place, &axis) in order.iter().enumerate() {
            axes[axis] = vec![place];
        }
        Self { factors, axes }.normal()
    }

    /// The value's shape.
    pub fn shape(&self) -> Vec<usize> {
        let extent = |axis: &Vec<usize>| axis.iter().map(|&f| self.factors[f]).product();
        self.axes.iter().map(extent).collect()
    }

    /// The value's axes permuted: axis `i` becomes what axis `permutation[i]` was.
    pub fn transposed(&self, permutation: &[usize]) -> Self {
        let axes = permutation.iter().map(|&p| self.axes[p].clone()).collect();
        let factors = self.factors.clone();
        Self { factors, axes }.normal()
    }

    /// The value with another shape of as many elements; `None` when the new axes cut across factors, so that the
    /// elements must be brought into row-major order first.
    pub fn reshaped(&self, shape: &[usize]) -> Option<Self> {
        let total = |s: &[usize]| s.iter().product::<usize>();
        if total(shape) != total(&self.factors) {
            return None;
        }
        // The factors in the order of the value, each with the pieces that it is cut into.
        let mut rest = self.axes.iter().flatten().copied();
        let mut pieces: Vec<Vec<usize>> = vec![Vec::new(); self.factors.len()];
        let mut open: Option<(usize, usize)> = None;
        let mut axes = Vec::with_capacity(shape.len());
        for &extent in shape {
            let (mut left, mut axis) = (extent, Vec::new());
            while left > 1 {
                let (factor, size) = match open.take() {
                    Some(open) => open,
                    None => rest.next().map(|f| (f, self.factors[f]))?,
                };
                let piece = if left % size == 0 {
                    size
                } else if size % left == 0 {
                    open = Some((factor, size / left));
                    left
                } else {
                    return None;
                };
                axis.push((factor, pieces[factor].len()));
                pieces[factor].push(piece);
                left /= piece;
            }
            axes.push(axis);
        }
        let mut first = Vec::with_capacity(pieces.len());
        let mut count = 0;
        for list in &pieces {
            first.push(count);
            count += list.len();
        }
        let number = |axis: Vec<(usize, usize)>| {
            let of = |(factor, piece): (usize, usize)| first[factor] + piece;
            axis.into_iter().map(of).collect()
        };
        let axes = axes.into_iter().map(number).collect();
        let factors = pieces.into_iter().flatten().collect();
        Some(Self { factors, axes }.normal())
    }

    /// Whether the tensor lies with axis `order[i]` as its dimension `i`; axes of extent 1 may lie anywhere.
    pub fn lies(&self, order: &[usize]) -> bool {
        self.sequence(order).eq(0..self.factors.len())
    }

    fn sequence(&self, order: &[usize]) -> impl Iterator<Item = usize> {
        order
            .iter()
            .flat_map(|&axis| self.axes[axis].iter().copied())
    }

    /// An order of the axes in which the tensor [`lies`](Self::lies), if there is one.
    pub fn order(&self) -> Option<Vec<usize>> {
        let rank = self.axes.len();
        if let Some(usual) = usual_orders(rank).into_iter().find(|o| self.lies(o)) {
            return Some(usual);
        }
        let mut order: Vec<usize> = (0..rank).collect();
        // Axes of extent 1 stay before their successor.
        let place = |axis: usize| {
            let later = self.axes[axis..].iter().find_map(|axis| axis.first());
            later.copied().unwrap_or(usize::MAX)
        };
        order.sort_by_key(|&axis| {
            (
                self.axes[axis].first().copied().unwrap_or(place(axis)),
                axis,
            )
        });
        self.lies(&order).then_some(order)
    }

    /// How to move the elements so that axis `order[i]` becomes dimension `i`: the tensor's shape to start from and
    /// the permutation of its dimensions.
    pub fn moves(&self, order: &[usize]) -> (Vec<usize>, Vec<usize>) {
        (self.factors.clone(), self.sequence(order).collect())
    }

    /// When the elements of the last axis lie together and last, and all other axes before them in order: the place
    /// within the stored row of each index of the last axis.
    pub fn rows(&self) -> Option<Vec<usize>> {
        let (last, others) = self.axes.split_last()?;
        let first = self.factors.len() - last.len();
        let in_order = others.iter().flatten().copied().eq(0..first);
        if !in_order {
            return None;
        }
        let mut strides = vec![0; last.len()];
        let mut stride = 1;
        for factor in (first..self.factors.len()).rev() {
            let place = last.iter().position(|&f| f == factor)?;
            strides[place] = stride;
            stride *= self.factors[factor];
        }
        let extents: Vec<usize> = last.iter().map(|&f| self.factors[f]).collect();
        Some(offsets(&extents, &strides).collect())
    }

    fn normal(self) -> Self {
        let Self { factors, axes } = self;
        // A factor is joined to its successor when an axis has the two side by side.
        let mut joined = vec![false; factors.len()];
        let real = |f: &usize| factors[*f] != 1;
        for axis in &axes {
            let list: Vec<usize> = axis.iter().copied().filter(|f| real(f)).collect();
            for pair in list.windows(2) {
                let between = pair[0] + 1..pair[1];
                if pair[0] < pair[1] && !between.clone().any(|f| real(&f)) {
                    joined[pair[0]] = true;
                }
            }
        }
        let mut number = vec![None; factors.len()];
        let mut kept: Vec<usize> = Vec::new();
        let mut join = false;
        for f in (0..factors.len()).filter(real) {
            if join {
                if let Some(last) = kept.last_mut() {
                    *last *= factors[f];
                }
            } else {
                number[f] = Some(kept.len());
                kept.push(factors[f]);
            }
            join = joined[f];
        }
        let renumber = |axis: Vec<usize>| axis.into_iter().filter_map(|f| number[f]).collect();
        Self {
            factors: kept,
            axes: axes.into_iter().map(renumber).collect(),
        }
    }
}

/// Orders that values are likely to lie in: channels last, as written.
fn usual_orders(rank: usize) -> Vec<Vec<usize>> {
    let written: Vec<usize> = (0..rank).collect();
    match rank {
        4 => vec![NHWC.to_vec(), written],
        _ => vec![written],
    }
}

/// The order of an image's axes (written as NCHW) in the graph.
pub(super) const NHWC: [usize; 4] = [0, 2, 3, 1];

/// The offsets that a row-major walk over `shape` visits, when axis `i` advances by `strides[i]`.
pub(super) fn offsets(shape: &[usize], strides: &[usize]) -> impl Iterator<Item = usize> + use<> {
    let mut index = vec![0; shape.len()];
    let mut offset = 0;
    let count: usize = shape.iter().product();
    let (shape, strides) = (shape.to_vec(), strides.to_vec());
    (0..count).map(move |_| {
        let here = offset;
        for axis in (0..shape.len()).rev() {
            index[axis] += 1;
            offset += strides[axis];
            if index[axis] < shape[axis] {
                break;
            }
            offset -= strides[axis] * shape[axis];
            index[axis] = 0;
        }
        here
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::shape::strides;
    use proptest::prelude::*;

    /// For each element of the value, row-major, its place in the tensor: by definition.
    fn places(layout: &Layout) -> Vec<usize> {
        let steps = strides(&layout.factors);
        let flat: Vec<usize> = layout.axes.iter().flatten().copied().collect();
        let extents: Vec<usize> = flat.iter().map(|&f| layout.factors[f]).collect();
        let steps: Vec<usize> = flat.iter().map(|&f| steps[f]).collect();
        offsets(&extents, &steps).collect()
    }

    /// Row-major elements with their axes permuted.
    fn permuted(values: &[usize], shape: &[usize], permutation: &[usize]) -> Vec<usize> {
        let steps = strides(shape);
        let extents: Vec<usize> = permutation.iter().map(|&p| shape[p]).collect();
        let steps: Vec<usize> = permutation.iter().map(|&p| steps[p]).collect();
        offsets(&extents, &steps).map(|i| values[i]).collect()
    }

    /// Shapes of 24 elements.
    const SHAPES: [&[usize]; 10] = [
        &[24],
        &[1, 24],
        &[2, 3, 4],
        &[1, 4, 3, 2],
        &[4, 6],
        &[2, 2, 2, 3],
        &[24, 1, 1],
        &[3, 8],
        &[1, 2, 3, 2, 2],
        &[6, 1, 4],
    ];

    proptest! {
        #[test]
        fn reshapes_and_transposes_are_what_they_are_to_row_major_elements(
            start in 0..SHAPES.len(),
            steps in prop::collection::vec((any::<bool>(), 0..SHAPES.len(), any::<u64>()), 0..8),
        ) {
            let mut layout = Layout::row_major(SHAPES[start]);
            // The tensor holds 0, 1, 2, …; `values` is what the value holds, row-major.
            let mut values: Vec<usize> = (0..24).collect();
            for (transpose, shape, seed) in steps {
                if transpose {
                    let rank = layout.shape().len();
                    let mut order: Vec<usize> = (0..rank).collect();
                    order.sort_by_key(|&a| (seed >> (8 * (a % 8))) & 0xff);
                    values = permuted(&values, &layout.shape(), &order);
                    layout = layout.transposed(&order);
                } else if let Some(next) = layout.reshaped(SHAPES[shape]) {
                    layout = next;
                    prop_assert_eq!(layout.shape(), SHAPES[shape].to_vec());
                }
                prop_assert_eq!(places(&layout), values.clone());
                prop_assert_eq!(layout.clone().normal(), layout.clone());
                if let Some(order) = layout.order() {
                    // In that order of axes the elements are those of the tensor.
                    let back = permuted(&values, &layout.shape(), &order);
                    prop_assert!(back.is_sorted());
                }
                let written: Vec<usize> = (0..layout.shape().len()).collect();
                let (extents, permutation) = layout.moves(&written);
                let moved = permuted(&(0..24).collect::<Vec<_>>(), &extents, &permutation);
                prop_assert_eq!(moved, values.clone());
                if let (Some(row), Some(&width)) = (layout.rows(), layout.shape().last()) {
                    let first: Vec<usize> = values[..width].to_vec();
                    prop_assert_eq!(row.iter().map(|p| first.contains(p)).collect::<Vec<_>>(), vec![true; width]);
                    prop_assert_eq!(row, first);
                }
            }
        }
    }

    #[test]
    fn a_flattened_image_is_rows_in_another_order() {
        let image = Layout::ordered(&[1, 2, 2, 3], &NHWC);
        let row = image.reshaped(&[1, 12]).expect("no factor is cut");
        let expected = [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11];
        assert_eq!(row.rows().as_deref(), Some(&expected[..]));
        assert!(image.reshaped(&[1, 3, 4]).is_none());
    }

    #[test]
    fn one_pixel_and_one_channel_lie_both_ways() {
        assert!(Layout::row_major(&[1, 8, 1, 1]).lies(&NHWC));
        assert!(Layout::row_major(&[1, 1, 5, 7]).lies(&NHWC));
        assert!(!Layout::row_major(&[1, 2, 5, 7]).lies(&NHWC));
    }
}
