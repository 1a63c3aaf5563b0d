//! `Resize` and `Upsample`: modes that sample the same points as one of ours.

use super::window::Image;
use crate::graph::{Interpolation, OpKind, Resize};
use crate::import::onnx::node::{Cx, axis_of};
use crate::import::onnx::problem::{Read, bad_options, bad_shape, unsupported};

/// Sizes beyond this are compared no further.
const MOST_PIXELS: usize = 1 << 20;

/// How the file places output pixels in the input.
#[derive(Clone, Copy)]
struct Mode<'a> {
    coordinates: &'a str,
    nearest: &'a str,
}

pub(in crate::import::onnx) fn read_resize(cx: &mut Cx<'_, '_>) -> Read<()> {
    let attributes = cx.attributes();
    let old = cx.opset < 11;
    for (name, default) in [("exclude_outside", 0), ("antialias", 0)] {
        if attributes.int_or(name, default)? != 0 {
            return Err(unsupported(
                format!("{name} cannot be run"),
                "export without it",
            ));
        }
    }
    if attributes.word_or("keep_aspect_ratio_policy", "stretch")? != "stretch" {
        return Err(unsupported(
            "keep_aspect_ratio_policy is not stretch",
            "export with fixed sizes",
        ));
    }
    let mode = if old {
        Mode {
            coordinates: "asymmetric",
            nearest: "floor",
        }
    } else {
        Mode {
            coordinates: attributes.word_or("coordinate_transformation_mode", "half_pixel")?,
            nearest: attributes.word_or("nearest_mode", "round_prefer_floor")?,
        }
    };
    let (scales, sizes) = if old { (1, usize::MAX) } else { (2, 3) };
    resize(cx, mode, scales, sizes)
}

/// `Upsample`: scales are an operand from operator set 9 on, an attribute before.
pub(in crate::import::onnx) fn read_upsample(cx: &mut Cx<'_, '_>) -> Read<()> {
    let mode = Mode {
        coordinates: "asymmetric",
        nearest: "floor",
    };
    resize(
        cx,
        mode,
        if cx.opset >= 9 { 1 } else { usize::MAX },
        usize::MAX,
    )
}

fn resize(cx: &mut Cx<'_, '_>, mode: Mode<'_>, scales: usize, sizes: usize) -> Read<()> {
    let x = cx.real(0)?;
    let shape = x.shape();
    let attributes = cx.attributes();
    let interpolation = match attributes.word_or("mode", "nearest")? {
        "nearest" => Interpolation::Nearest,
        "linear" | "bilinear" => Interpolation::Bilinear,
        _ => {
            return Err(unsupported(
                "only nearest and linear interpolation can be run",
                "export with mode nearest or linear",
            ));
        }
    };
    let axes: Vec<usize> = match attributes.ints("axes")? {
        Some(list) => list
            .iter()
            .map(|&a| axis_of(a, shape.len()))
            .collect::<Read<_>>()?,
        None => (0..shape.len()).collect(),
    };
    let given: Option<Vec<f32>> = match cx.inputs.get(scales).copied().flatten() {
        Some(_) => Some(cx.constant(scales)?.floats()?),
        None => attributes.floats("scales")?.map(<[f32]>::to_vec),
    };
    let given = given.filter(|list| !list.is_empty());
    let wanted = if sizes == usize::MAX {
        None
    } else {
        cx.integers(sizes)?
    };
    let length = given
        .as_ref()
        .map(Vec::len)
        .or(wanted.as_ref().map(Vec::len));
    if length != Some(axes.len()) {
        return Err(bad_options("scales or sizes do not fit the axes"));
    }
    let mut target = shape.clone();
    let mut factor: Vec<f64> = vec![1.0; shape.len()];
    for (i, &axis) in axes.iter().enumerate() {
        match (&wanted, &given) {
            (Some(list), _) => {
                target[axis] = usize::try_from(list[i]).unwrap_or(0);
                factor[axis] = target[axis] as f64 / shape[axis] as f64;
            }
            (None, Some(list)) => {
                let scale = f64::from(list[i]);
                factor[axis] = scale;
                target[axis] = (shape[axis] as f64 * scale).floor() as usize;
            }
            (None, None) => {}
        }
    }
    if target.contains(&0) || target.iter().any(|&d| d > MOST_PIXELS) {
        return Err(bad_shape("the result is empty or impossibly large"));
    }
    if target == shape {
        let layout = x.layout.clone();
        cx.set_view(&x, layout);
        return Ok(());
    }
    let image = Image::of(cx, &x)?;
    if target[..2] != shape[..2] {
        return Err(unsupported(
            "batch or channels are resized",
            "resize height and width only",
        ));
    }
    let (output, factor) = if image.dimensions == 2 {
        ([target[2], target[3]], [factor[2], factor[3]])
    } else {
        ([1, target[2]], [1.0, factor[2]])
    };
    let Some((align_corners, half_pixel_centers)) =
        equal_flags(mode, interpolation, image.size, output, factor)
    else {
        return Err(unsupported(
            "the pixels that it takes are not those of TensorFlow's resizing",
            "export with coordinate_transformation_mode half_pixel or asymmetric (nearest_mode floor), or align_corners",
        ));
    };
    let kind = OpKind::Resize(Resize {
        interpolation,
        output,
        align_corners,
        half_pixel_centers,
    });
    let tensor = cx.build.emit(cx.name(0), kind, vec![image.tensor])?;
    let layout = image.result(image.channels, output)?;
    cx.set_tensor(0, tensor, layout);
    Ok(())
}

/// The flags `[align_corners, half_pixel_centers]` under which our operator reads the same pixels of every row and
/// column.
fn equal_flags(
    mode: Mode<'_>,
    interpolation: Interpolation,
    input: [usize; 2],
    output: [usize; 2],
    factor: [f64; 2],
) -> Option<(bool, bool)> {
    [(false, false), (false, true), (true, false)]
        .into_iter()
        .find(|&(corners, centers)| {
            (0..2).all(|axis| {
                let (n, m) = (input[axis], output[axis]);
                (0..m).all(|o| {
                    let theirs = position(mode, o, n, m, factor[axis]);
                    let Some(theirs) = theirs else { return false };
                    match interpolation {
                        Interpolation::Nearest => {
                            nearest(mode.nearest, theirs, n)
                                == Some(our_nearest(o, n, m, corners, centers))
                        }
                        Interpolation::Bilinear => {
                            let last = (n - 1) as f64;
                            let ours = our_position(o, n, m, corners, centers).clamp(0.0, last);
                            (theirs.clamp(0.0, last) - ours).abs() < 1e-4
                        }
                    }
                })
            })
        })
}

/// Where output pixel `o` of `m` lies among `n` input pixels, as the specification of `Resize` puts it.
fn position(mode: Mode<'_>, o: usize, n: usize, m: usize, factor: f64) -> Option<f64> {
    let (x, n, m) = (o as f64, n as f64, m as f64);
    Some(match mode.coordinates {
        "asymmetric" => x / factor,
        "half_pixel" => (x + 0.5) / factor - 0.5,
        "pytorch_half_pixel" => {
            if m > 1.0 {
                (x + 0.5) / factor - 0.5
            } else {
                0.0
            }
        }
        "half_pixel_symmetric" => {
            let adjustment = m / (factor * n);
            let center = n / 2.0;
            center * (1.0 - adjustment) + (x + 0.5) / factor - 0.5
        }
        "tf_half_pixel_for_nn" => (x + 0.5) / factor,
        "align_corners" => {
            if m > 1.0 {
                x * (n - 1.0) / (m - 1.0)
            } else {
                0.0
            }
        }
        _ => return None,
    })
}

fn nearest(mode: &str, x: f64, n: usize) -> Option<usize> {
    let index = match mode {
        "round_prefer_floor" => (x - 0.5).ceil(),
        "round_prefer_ceil" => (x + 0.5).floor(),
        "floor" => x.floor(),
        "ceil" => x.ceil(),
        _ => return None,
    };
    Some(index.clamp(0.0, (n - 1) as f64) as usize)
}

fn our_scale(n: usize, m: usize, corners: bool) -> f32 {
    if corners && m > 1 {
        (n - 1) as f32 / (m - 1) as f32
    } else {
        n as f32 / m as f32
    }
}

/// `reference_ops::GetNearestNeighbor`.
fn our_nearest(o: usize, n: usize, m: usize, corners: bool, centers: bool) -> usize {
    let scale = our_scale(n, m, corners);
    let x = (o as f32 + if centers { 0.5 } else { 0.0 }) * scale;
    let index = if corners { x.round() } else { x.floor() };
    (index as usize).min(n - 1)
}

fn our_position(o: usize, n: usize, m: usize, corners: bool, centers: bool) -> f64 {
    let scale = f64::from(our_scale(n, m, corners));
    if centers {
        (o as f64 + 0.5) * scale - 0.5
    } else {
        o as f64 * scale
    }
}
