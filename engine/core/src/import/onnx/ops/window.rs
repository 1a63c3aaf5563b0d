//! Images and the windows that slide over them: what convolutions and pools share.

use crate::graph::shape::text;
use crate::graph::{Padding, TensorId, Window};
use crate::import::onnx::build::Act;
use crate::import::onnx::layout::{Layout, NHWC};
use crate::import::onnx::node::Cx;
use crate::import::onnx::problem::{Read, bad_options, bad_shape, unsupported};

/// An operand as an image. A signal (`N`, `C`, length) is an image of height 1.
pub(super) struct Image {
    /// The tensor, NHWC.
    pub tensor: TensorId,
    pub batch: usize,
    pub channels: usize,
    /// `[height, width]`.
    pub size: [usize; 2],
    /// Dimensions that the file speaks of: 1 for a signal, 2 for an image.
    pub dimensions: usize,
}

impl Image {
    pub fn of(cx: &mut Cx<'_, '_>, act: &Act) -> Read<Self> {
        let shape = act.shape();
        let (act, dimensions) = match shape[..] {
            [n, c, l] => {
                let wide = act.layout.reshaped(&[n, c, 1, l]);
                let layout = wide.ok_or_else(|| bad_shape("the signal lies in pieces"))?;
                (
                    Act {
                        layout,
                        ..act.clone()
                    },
                    1,
                )
            }
            [_, _, _, _] => (act.clone(), 2),
            _ => {
                return Err(unsupported(
                    format!(
                        "the operand has shape {}; images (NCHW) and signals (NCL) are supported",
                        text(&shape)
                    ),
                    "networks on volumes cannot be run",
                ));
            }
        };
        let shape = act.shape();
        Ok(Self {
            tensor: cx.build.arrange(&act, &NHWC)?,
            batch: shape[0],
            channels: shape[1],
            size: [shape[2], shape[3]],
            dimensions,
        })
    }

    /// How a result that lies as NHWC is seen by the file: as an image, or a signal if this is one.
    pub fn result(&self, channels: usize, size: [usize; 2]) -> Read<Layout> {
        let image = Layout::ordered(&[self.batch, channels, size[0], size[1]], &NHWC);
        if self.dimensions == 2 {
            return Ok(image);
        }
        let signal = image.reshaped(&[self.batch, channels, size[0] * size[1]]);
        signal.ok_or_else(|| bad_shape("the signal became an image"))
    }
}

/// Entries of a list with one per dimension, `[vertical, horizontal]`; a signal's vertical one is `neutral`.
fn pair(list: Option<&[i64]>, dimensions: usize, neutral: usize, what: &str) -> Read<[usize; 2]> {
    let Some(list) = list else {
        return Ok([neutral; 2]);
    };
    let entries = list.iter().map(|&v| usize::try_from(v).ok());
    let entries: Option<Vec<usize>> = entries.collect();
    match (entries.as_deref(), dimensions) {
        (Some(&[x]), 1) => Ok([neutral, x]),
        (Some(&[y, x]), 2) => Ok([y, x]),
        _ => Err(bad_options(format!(
            "{what} is not a list of {dimensions} numbers of at least {neutral}"
        ))),
    }
}

/// The parts of a window, before its padding is known.
pub(super) struct Taps {
    pub kernel: [usize; 2],
    pub stride: [usize; 2],
    pub dilation: [usize; 2],
}

impl Taps {
    /// Reads kernel, strides and dilations; the kernel may follow from the weights.
    pub fn read(cx: &Cx<'_, '_>, dimensions: usize, weights: Option<[usize; 2]>) -> Read<Self> {
        let attributes = cx.attributes();
        let given = attributes.ints("kernel_shape")?;
        let kernel = match (weights, given) {
            (Some(kernel), None) => kernel,
            (None, None) => return Err(bad_options("kernel_shape is missing")),
            (weights, given) => {
                let kernel = pair(given, dimensions, 1, "kernel_shape")?;
                if let Some([high, wide]) = weights.filter(|&w| w != kernel) {
                    return Err(bad_shape(format!(
                        "kernel_shape is {}×{}, the weights are {high}×{wide}",
                        kernel[0], kernel[1]
                    )));
                }
                kernel
            }
        };
        let stride = pair(attributes.ints("strides")?, dimensions, 1, "strides")?;
        let dilation = pair(attributes.ints("dilations")?, dimensions, 1, "dilations")?;
        if [kernel, stride, dilation].as_flattened().contains(&0) {
            return Err(bad_options("a kernel, stride or dilation is 0"));
        }
        Ok(Self {
            kernel,
            stride,
            dilation,
        })
    }

    /// Pixels from the first tap to the last, both counted.
    pub fn extent(&self) -> Read<[usize; 2]> {
        let axis = |i: usize| {
            let gaps = (self.kernel[i] - 1).checked_mul(self.dilation[i]);
            gaps.and_then(|gaps| gaps.checked_add(1))
        };
        match (axis(0), axis(1)) {
            (Some(h), Some(w)) => Ok([h, w]),
            _ => Err(bad_options("the dilated kernel is impossibly large")),
        }
    }

    /// The window over an image of this size.
    pub fn window(&self, cx: &Cx<'_, '_>, size: [usize; 2], dimensions: usize) -> Read<Window> {
        let extent = self.extent()?;
        let [[top, bottom], [left, right]] = match auto_pad(cx)? {
            Auto::Explicit => explicit_pads(cx, dimensions)?,
            Auto::Valid => [[0; 2]; 2],
            Auto::Same { extra_first } => [0, 1].map(|i| {
                let last = (size[i].div_ceil(self.stride[i]) - 1).saturating_mul(self.stride[i]);
                let total = last.saturating_add(extent[i]).saturating_sub(size[i]);
                let half = total / 2;
                if extra_first {
                    [total - half, half]
                } else {
                    [half, total - half]
                }
            }),
        };
        Ok(Window {
            kernel: self.kernel,
            stride: self.stride,
            dilation: self.dilation,
            padding: Padding {
                top,
                bottom,
                left,
                right,
            },
        })
    }
}

/// How padding is given.
pub(super) enum Auto {
    Explicit,
    Valid,
    /// As many outputs as strides fit into the input; an odd pixel of padding goes to the end, or the beginning.
    Same {
        extra_first: bool,
    },
}

pub(super) fn auto_pad(cx: &Cx<'_, '_>) -> Read<Auto> {
    match cx.attributes().word_or("auto_pad", "NOTSET")? {
        "NOTSET" | "" => Ok(Auto::Explicit),
        "VALID" => Ok(Auto::Valid),
        "SAME_UPPER" => Ok(Auto::Same { extra_first: false }),
        "SAME_LOWER" => Ok(Auto::Same { extra_first: true }),
        _ => Err(bad_options(
            "auto_pad has a value that is not in the specification",
        )),
    }
}

/// `[[top, bottom], [left, right]]`.
pub(super) fn explicit_pads(cx: &Cx<'_, '_>, dimensions: usize) -> Read<[[usize; 2]; 2]> {
    let Some(pads) = cx.attributes().ints("pads")? else {
        return Ok([[0; 2]; 2]);
    };
    if pads.len() != 2 * dimensions {
        return Err(bad_options(format!(
            "pads has {} entries for {dimensions} dimensions",
            pads.len()
        )));
    }
    let Some(pads) = pads
        .iter()
        .map(|&p| usize::try_from(p).ok())
        .collect::<Option<Vec<_>>>()
    else {
        return Err(unsupported(
            "pads has negative entries, which crop the image",
            "crop with Slice instead",
        ));
    };
    Ok(match pads[..] {
        [left, right] => [[0; 2], [left, right]],
        _ => [[pads[0], pads[2]], [pads[1], pads[3]]],
    })
}
