//! The shape that an operator's output must have. The one definition that import, verification and rewrites share.

use super::{OpKind, Tensor, TensorId, Window};

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
            if depth != c {
                return Err(format!(
                    "the weights expect {depth} input channels, the input has {c}"
                ));
            }
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
        OpKind::FullyConnected(op) => {
            let &[outputs, depth] = shape(op.weights) else {
                let found = text(shape(op.weights));
                return Err(format!(
                    "the weights have shape {found}, not outputs×inputs"
                ));
            };
            let elements: usize = input.iter().product();
            if elements != depth {
                return Err(format!(
                    "the weights expect {depth} inputs, the input has {elements} elements ({})",
                    text(input)
                ));
            }
            Ok(Some(vec![1, outputs]))
        }
        OpKind::Add(_) => {
            let &[a, b] = inputs else {
                return Err("ADD takes two inputs".into());
            };
            let (a, b) = (shape(a), shape(b));
            if !same_layout(a, b) {
                return Err(format!(
                    "the operands have shapes {} and {}: they must be equal",
                    text(a),
                    text(b)
                ));
            }
            Ok(Some(a.to_vec()))
        }
        OpKind::AveragePool2d(op) | OpKind::MaxPool2d(op) => {
            let [n, h, w, c] = image(input)?;
            let [oh, ow] = slide(&op.window, op.window.kernel, [h, w])?;
            Ok(Some(vec![n, oh, ow, c]))
        }
        OpKind::Mean(op) => {
            if let Some(axis) = op.axes.iter().find(|&&a| a >= input.len()) {
                return Err(format!("axis {axis} is not in the input {}", text(input)));
            }
            let kept = input.iter().enumerate().filter_map(|(i, &d)| {
                let reduced = op.axes.contains(&i);
                (!reduced || op.keep_dims).then_some(if reduced { 1 } else { d })
            });
            Ok(Some(kept.collect()))
        }
        OpKind::Pad(op) => {
            if op.amounts.len() != input.len() {
                return Err(format!(
                    "padding is given for {} dimensions, the input has {}",
                    op.amounts.len(),
                    input.len()
                ));
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
        OpKind::Softmax { .. } | OpKind::Quantize | OpKind::Dequantize => Ok(Some(input.to_vec())),
    }
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
    fn layouts_ignore_leading_ones_only() {
        assert!(same_layout(&[1, 1, 1, 64], &[1, 64]));
        assert!(same_layout(&[1], &[]));
        assert!(!same_layout(&[1, 64, 1], &[1, 64]));
        assert!(!same_layout(&[2, 32], &[64]));
    }
}
