//! The shape that an operator's output must have. The one definition that import, verification and rewrites share.

use super::{OpKind, PadFill, Reduce, Resize, Slice, Tensor, TensorId, TransposeConv2d, Window};

/// Extent of a window's output along one axis; `None` when the window does not fit or the sizes overflow.
///
/// `before` and `after` are the padding at the two ends: `(input + before + after − extent) / stride + 1`, where
/// `extent = (kernel − 1) · dilation + 1`.
pub fn window_extent(
    input: usize,
    kernel: usize,
    stride: usize,
    dilation: usize,
    [before, after]: [usize; 2],
) -> Option<usize> {
    let extent = kernel
        .checked_sub(1)?
        .checked_mul(dilation)?
        .checked_add(1)?;
    let padded = input.checked_add(before)?.checked_add(after)?;
    padded
        .checked_sub(extent)?
        .checked_div(stride)?
        .checked_add(1)
}

/// SAME padding before and behind an axis: as many outputs as `ceil(input / stride)`, the odd pixel behind. All at least 1.
pub fn same_padding(input: usize, kernel: usize, stride: usize, dilation: usize) -> [usize; 2] {
    let covered = (input.div_ceil(stride) - 1) * stride + (kernel - 1) * dilation + 1;
    let total = covered.saturating_sub(input);
    [total / 2, total - total / 2]
}

impl Window {
    /// Height and width of the output for an input of `[height, width]`; `None` when the window does not fit.
    pub fn output(&self, input: [usize; 2]) -> Option<[usize; 2]> {
        let pad = &self.padding;
        let pads = [[pad.top, pad.bottom], [pad.left, pad.right]];
        let axis = |i: usize| {
            let (k, s, d) = (self.kernel[i], self.stride[i], self.dilation[i]);
            window_extent(input[i], k, s, d, pads[i])
        };
        Some([axis(0)?, axis(1)?])
    }
}

/// The shape of an operator's output, computed from its inputs; `None` for RESHAPE, whose output may have any shape of
/// as many elements. All ids must be valid.
///
/// # Errors
/// A sentence that says which rule the inputs break.
pub fn output_shape(
    tensors: &[Tensor],
    kind: &OpKind,
    inputs: &[TensorId],
) -> Result<Option<Vec<usize>>, String> {
    let shape = |id: TensorId| tensors[id.0 as usize].shape.as_slice();
    let [first, ..] = inputs else {
        return Err("the operator has no input".into());
    };
    let input = shape(*first);
    match kind {
        OpKind::Conv2d(op) => {
            let [n, h, w, c] = image(input)?;
            let &[out, kh, kw, depth] = shape(op.weights) else {
                return Err(format!(
                    "the weights have shape {}, not OHWI",
                    text(shape(op.weights))
                ));
            };
            groups(c, depth, out)?;
            let [oh, ow] = slide(&op.window, [kh, kw], [h, w])?;
            Ok(Some(vec![n, oh, ow, out]))
        }
        OpKind::DepthwiseConv2d(op) => {
            let [n, h, w, c] = image(input)?;
            let &[1, kh, kw, out] = shape(op.weights) else {
                let found = text(shape(op.weights));
                return Err(format!("the weights have shape {found}, not 1×H×W×C"));
            };
            if c.checked_mul(op.multiplier) != Some(out) {
                return Err(format!(
                    "the weights have {out} channels, the input has {c} and the multiplier is {}",
                    op.multiplier
                ));
            }
            let [oh, ow] = slide(&op.window, [kh, kw], [h, w])?;
            Ok(Some(vec![n, oh, ow, out]))
        }
        OpKind::TransposeConv2d(op) => spread(op, shape(op.weights), input).map(Some),
        OpKind::FullyConnected(op) => {
            let &[outputs, depth] = shape(op.weights) else {
                let found = text(shape(op.weights));
                return Err(format!(
                    "the weights have shape {found}, not outputs×inputs"
                ));
            };
            let elements: usize = input.iter().product();
            let rows = elements.checked_div(depth).unwrap_or(0);
            if rows == 0 || rows * depth != elements {
                return Err(format!(
                    "the weights expect {depth} inputs, the input has {elements} elements ({})",
                    text(input)
                ));
            }
            Ok(Some(vec![rows, outputs]))
        }
        OpKind::Add(_) | OpKind::Combine(_) => {
            let &[a, b] = inputs else {
                return Err(format!("{} takes two inputs", kind.name()));
            };
            broadcast(shape(a), shape(b)).map(Some)
        }
        OpKind::Prelu { slopes } => {
            let slopes = shape(*slopes);
            if broadcast(input, slopes)? != input {
                let (slopes, input) = (text(slopes), text(input));
                return Err(format!(
                    "slopes of shape {slopes} do not fit an input of {input}"
                ));
            }
            Ok(Some(input.to_vec()))
        }
        OpKind::AveragePool2d(op) | OpKind::MaxPool2d(op) => {
            let [n, h, w, c] = image(input)?;
            let [oh, ow] = slide(&op.window, op.window.kernel, [h, w])?;
            Ok(Some(vec![n, oh, ow, c]))
        }
        OpKind::Mean(op) | OpKind::Sum(op) | OpKind::ReduceMax(op) => reduced(op, input).map(Some),
        OpKind::Concatenation { axis } => {
            let shapes: Vec<&[usize]> = inputs.iter().map(|&id| shape(id)).collect();
            joined(*axis, &shapes).map(Some)
        }
        OpKind::Slice(op) => sliced(op, input).map(Some),
        OpKind::Resize(op) => resized(op, input).map(Some),
        OpKind::Pad(op) => {
            if op.amounts.len() != input.len() {
                return Err(format!(
                    "padding is given for {} dimensions, the input has {}",
                    op.amounts.len(),
                    input.len()
                ));
            }
            let mirror = match op.fill {
                PadFill::Zero | PadFill::Constant(_) => None,
                PadFill::Reflect => Some(1),
                PadFill::Symmetric => Some(0),
            };
            let too_far = |(&d, a): (&usize, &[usize; 2])| {
                mirror.is_some_and(|edge| a[0].max(a[1]) + edge > d)
            };
            if input.iter().zip(&op.amounts).any(too_far) {
                return Err("mirrored padding is wider than the tensor".into());
            }
            let grown = input.iter().zip(&op.amounts);
            let grown: Option<Vec<usize>> = grown
                .map(|(&d, &[before, after])| d.checked_add(before)?.checked_add(after))
                .collect();
            grown
                .map(Some)
                .ok_or_else(|| "the padded size overflows".into())
        }
        OpKind::Reshape => Ok(None),
        OpKind::Transpose { permutation } => {
            let mut seen = permutation.clone();
            seen.sort_unstable();
            if !seen.iter().copied().eq(0..input.len()) {
                return Err(format!(
                    "{permutation:?} is not a permutation of the {} axes",
                    input.len()
                ));
            }
            Ok(Some(permutation.iter().map(|&p| input[p]).collect()))
        }
        OpKind::Unary(_) | OpKind::Softmax { .. } | OpKind::Quantize | OpKind::Dequantize => {
            Ok(Some(input.to_vec()))
        }
    }
}

/// Groups of a convolution: input channels over the depth of its weights.
///
/// # Errors
/// When the weights do not fit the input, or the output channels do not divide.
pub fn groups(channels: usize, depth: usize, outputs: usize) -> Result<usize, String> {
    let groups = channels.checked_div(depth).unwrap_or(0);
    if groups == 0 || groups * depth != channels {
        return Err(format!(
            "the weights expect {depth} input channels, the input has {channels}"
        ));
    }
    if !outputs.is_multiple_of(groups) {
        return Err(format!(
            "{outputs} output channels do not divide into {groups} groups"
        ));
    }
    Ok(groups)
}

/// The shape of two operands broadcast to each other: aligned at the last dimension, extents equal or 1.
///
/// # Errors
/// When they cannot be.
pub fn broadcast(a: &[usize], b: &[usize]) -> Result<Vec<usize>, String> {
    let rank = a.len().max(b.len());
    let extent = |s: &[usize], i: usize| (i + s.len()).checked_sub(rank).map_or(1, |i| s[i]);
    let axis = |i| match (extent(a, i), extent(b, i)) {
        (x, y) if x == y => Some(x),
        (1, d) | (d, 1) => Some(d),
        _ => None,
    };
    (0..rank).map(axis).collect::<Option<_>>().ok_or_else(|| {
        format!(
            "the operands have shapes {} and {}: they cannot be broadcast",
            text(a),
            text(b)
        )
    })
}

/// The shape with leading extents of 1 to `rank` dimensions, as broadcasting sees it; unchanged where it has as many.
pub fn aligned(shape: &[usize], rank: usize) -> Vec<usize> {
    let mut aligned = vec![1; rank.saturating_sub(shape.len())];
    aligned.extend(shape);
    aligned
}

/// Whether an operand that is broadcast to `output` can be read pixel by pixel: seen as an image
/// ([`Tensor::hwc`]), each of its extents is the output's or 1, and means the same axis.
pub fn broadcast_by_pixel(operand: &[usize], output: &[usize]) -> bool {
    let (own, whole) = (image_of(operand), image_of(output));
    if same_layout(operand, output) && own == whole {
        return true;
    }
    if operand.len() > output.len() {
        return false;
    }
    let aligned = aligned(operand, output.len());
    let rows = output.len().saturating_sub(2);
    let one_or_all = aligned[..rows].iter().all(|&d| d == 1) || aligned[..rows] == output[..rows];
    let fits = |(&a, &b): (&usize, &usize)| a == b || a == 1;
    one_or_all && image_of(&aligned) == own && own.iter().zip(&whole).all(fits)
}

/// [`Tensor::hwc`] of a shape.
pub(crate) fn image_of(shape: &[usize]) -> [usize; 3] {
    match shape {
        [rows @ .., w, c] if !rows.is_empty() => [rows.iter().product(), *w, *c],
        _ => [1, 1, shape.iter().product()],
    }
}

/// Elements from one index to the next along each axis of a packed, row-major tensor.
pub fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis];
    }
    strides
}

/// Whether two shapes differ at most in leading dimensions of extent 1: the same bytes, the same last axis.
pub fn same_layout(a: &[usize], b: &[usize]) -> bool {
    let strip = |s: &[usize]| s.iter().take_while(|&&d| d == 1).count();
    a[strip(a)..] == b[strip(b)..]
}

/// A shape for people: `1×49×10×1`.
pub fn text(shape: &[usize]) -> String {
    if shape.is_empty() {
        return "scalar".into();
    }
    let parts: Vec<String> = shape.iter().map(usize::to_string).collect();
    parts.join("×")
}

fn reduced(op: &Reduce, input: &[usize]) -> Result<Vec<usize>, String> {
    if let Some(axis) = op.axes.iter().find(|&&a| a >= input.len()) {
        return Err(format!("axis {axis} is not in the input {}", text(input)));
    }
    let kept = input.iter().enumerate().filter_map(|(i, &d)| {
        let reduced = op.axes.contains(&i);
        (!reduced || op.keep_dims).then_some(if reduced { 1 } else { d })
    });
    Ok(kept.collect())
}

fn joined(axis: usize, shapes: &[&[usize]]) -> Result<Vec<usize>, String> {
    let mut shape = shapes[0].to_vec();
    if axis >= shape.len() {
        return Err(format!("axis {axis} is not in the input {}", text(&shape)));
    }
    for other in &shapes[1..] {
        let fits = other.len() == shape.len()
            && (0..shape.len()).all(|i| i == axis || other[i] == shape[i]);
        if !fits {
            let (a, b) = (text(shapes[0]), text(other));
            return Err(format!("{a} and {b} cannot be joined along axis {axis}"));
        }
        shape[axis] = shape[axis]
            .checked_add(other[axis])
            .ok_or("the joined size overflows")?;
    }
    Ok(shape)
}

fn sliced(op: &Slice, input: &[usize]) -> Result<Vec<usize>, String> {
    let rank = input.len();
    if [op.begin.len(), op.stride.len(), op.extent.len()] != [rank; 3] {
        return Err(format!(
            "the slice does not have the {rank} dimensions of the input"
        ));
    }
    for (axis, &extent) in input.iter().enumerate() {
        let last = op.extent[axis]
            .checked_sub(1)
            .and_then(|n| op.stride[axis].checked_mul(n as isize))
            .and_then(|way| op.begin[axis].checked_add_signed(way));
        let bounded = (1..=extent).contains(&op.stride[axis].unsigned_abs());
        let inside = bounded && op.begin[axis] < extent && last.is_some_and(|i| i < extent);
        if !inside {
            return Err(format!(
                "the slice leaves the {extent} elements of dimension {axis}"
            ));
        }
    }
    Ok(op.extent.clone())
}

fn resized(op: &Resize, input: &[usize]) -> Result<Vec<usize>, String> {
    let [n, _, _, c] = image(input)?;
    let [h, w] = op.output;
    if h == 0 || w == 0 {
        return Err("the resized image is empty".into());
    }
    Ok(vec![n, h, w, c])
}

/// The output of a transposed convolution, which is kept in its options: several sizes lead to the same input.
fn spread(op: &TransposeConv2d, weights: &[usize], input: &[usize]) -> Result<Vec<usize>, String> {
    let [n, h, w, c] = image(input)?;
    let &[out, kh, kw, depth] = weights else {
        return Err(format!(
            "the weights have shape {}, not OHWI",
            text(weights)
        ));
    };
    if depth != c {
        return Err(format!(
            "the weights expect {depth} input channels, the input has {c}"
        ));
    }
    for (axis, (extent, kernel)) in [(h, kh), (w, kw)].into_iter().enumerate() {
        let least = window_extent(
            op.output[axis],
            kernel,
            op.stride[axis],
            1,
            [op.padding[axis], kernel],
        );
        if op.output[axis] == 0 || op.padding[axis] >= kernel || least.is_none_or(|n| n < extent) {
            return Err(format!(
                "an output of {} does not follow from {extent} inputs along axis {}",
                op.output[axis],
                axis + 1
            ));
        }
    }
    Ok(vec![n, op.output[0], op.output[1], out])
}

fn image(shape: &[usize]) -> Result<[usize; 4], String> {
    match *shape {
        [1, h, w, c] => Ok([1, h, w, c]),
        [n, _, _, _] => Err(format!("the input is a batch of {n} images, not one")),
        _ => Err(format!(
            "the input has shape {}, not that of an image (NHWC)",
            text(shape)
        )),
    }
}

fn slide(window: &Window, kernel: [usize; 2], input: [usize; 2]) -> Result<[usize; 2], String> {
    if window.kernel != kernel {
        let ([a, b], [c, d]) = (window.kernel, kernel);
        return Err(format!("the window is {a}×{b}, the weights are {c}×{d}"));
    }
    window.output(input).ok_or_else(|| {
        format!(
            "a {}×{} window (dilation {}×{}) does not fit the {}×{} input",
            kernel[0], kernel[1], window.dilation[0], window.dilation[1], input[0], input[1]
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extents_follow_the_formula_and_refuse_what_does_not_fit() {
        assert_eq!(window_extent(96, 3, 2, 1, [0, 1]), Some(48));
        assert_eq!(window_extent(5, 3, 1, 2, [0, 0]), Some(1));
        assert_eq!(window_extent(4, 3, 1, 2, [0, 0]), None);
        assert_eq!(window_extent(4, 3, 0, 1, [0, 0]), None);
        assert_eq!(window_extent(4, 0, 1, 1, [0, 0]), None);
        assert_eq!(window_extent(4, usize::MAX, 1, usize::MAX, [0, 0]), None);
        assert_eq!(window_extent(usize::MAX, 1, 1, 1, [1, 0]), None);
    }

    #[test]
    fn broadcasting_by_pixel_means_the_same_axes() {
        let by_pixel = broadcast_by_pixel;
        for operand in [
            &[][..],
            &[1],
            &[8],
            &[1, 1, 8],
            &[1, 1, 1, 8],
            &[1, 5, 1, 8],
            &[1, 5, 8, 1],
            &[5, 8, 8],
            &[1, 1, 8, 1],
        ] {
            assert!(by_pixel(operand, &[1, 5, 8, 8]), "{operand:?}");
        }
        // Eight columns would be taken for eight channels.
        assert!(!by_pixel(&[8, 1], &[1, 5, 8, 8]));
        assert!(!by_pixel(&[8, 8], &[1, 5, 8, 8]));
        // Rows of an image are all leading dimensions together.
        assert!(by_pixel(&[2, 3, 1, 4], &[2, 3, 5, 4]));
        assert!(!by_pixel(&[3, 1, 4], &[2, 3, 5, 4]));
        assert!(by_pixel(&[1, 4], &[4]) && by_pixel(&[1], &[3, 4]));
        assert!(!by_pixel(&[4], &[3, 4]));
        // The same bytes, but one is a row of pixels and the other a single pixel.
        assert!(!by_pixel(&[8, 4], &[1, 8, 4]));
    }

    #[test]
    fn layouts_ignore_leading_ones_only() {
        assert!(same_layout(&[1, 1, 1, 64], &[1, 64]));
        assert!(same_layout(&[1], &[]));
        assert!(!same_layout(&[1, 64, 1], &[1, 64]));
        assert!(!same_layout(&[2, 32], &[64]));
    }
}
