//! From pixels to a network's input: crop, resize, channel order, mean, scale. The one definition, for calibration,
//! accuracy and every later run; saved with the project. Decoding picture files is the caller's.

mod resample;

use super::{Value, quantize};
use crate::graph::{DType, Tensor};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How a picture gets the size of the input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// Height and width are scaled each for itself; everything stays in sight.
    #[default]
    Stretch,
    /// Height and width are scaled alike until the picture covers the input; what hangs over is cut off at both sides.
    Fill,
}

/// Order of the channels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelOrder {
    /// Red, green, blue. An input with one channel gets the luma.
    #[default]
    Rgb,
    /// Blue, green, red. An input with one channel gets the luma.
    Bgr,
    /// The luma in every channel: `0.299 R + 0.587 G + 0.114 B` (ITU-R BT.601).
    Gray,
}

/// Order of the dimensions of the input tensor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// `[1, height, width, channels]`, what graphs here have as a rule.
    #[default]
    Nhwc,
    /// `[1, channels, height, width]`.
    Nchw,
}

/// What happens to a picture before the network sees it. In this order: the middle part is cut out (`crop`), resized
/// (`fit`), its channels ordered (`order`), then each element becomes `(pixel − mean) · scale` with pixels in 0 to 255.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preprocessing {
    /// Share of the height and of the width that is kept around the middle, above 0 to 1. 0.875 is usual for ImageNet.
    pub crop: f32,
    /// How the picture gets the size of the input.
    pub fit: Fit,
    /// Order of the channels.
    pub order: ChannelOrder,
    /// Subtracted from each pixel, by channel of the input, in 0 to 255. One-channel inputs take the first.
    pub mean: [f32; 3],
    /// Factor after that, by channel of the input.
    pub scale: [f32; 3],
    /// Order of the dimensions of the input tensor.
    pub layout: Layout,
}

impl Default for Preprocessing {
    /// The whole picture, stretched, RGB, in 0 to 1.
    fn default() -> Self {
        Self {
            crop: 1.0,
            fit: Fit::Stretch,
            order: ChannelOrder::Rgb,
            mean: [0.0; 3],
            scale: [1.0 / 255.0; 3],
            layout: Layout::Nhwc,
        }
    }
}

/// Why a picture cannot be given to an input.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum PreprocessError {
    /// The input is not one image of 1 or 3 channels.
    #[error("the input has shape {shape}, not that of one picture with 1 or 3 channels")]
    NoPicture {
        /// Its shape.
        shape: String,
    },
    /// The input has a type that pixels cannot become.
    #[error("the input has type {dtype:?}; pixels become float32, or int8 with a scale")]
    Type {
        /// The type.
        dtype: DType,
    },
    /// Width, height and the number of bytes do not agree.
    #[error("a picture of {width}×{height} RGB pixels has {expected} bytes, not {found}")]
    Size {
        /// Pixels in a row.
        width: usize,
        /// Rows.
        height: usize,
        /// Bytes that this makes.
        expected: usize,
        /// Bytes that are there.
        found: usize,
    },
    /// A number is out of its range.
    #[error("{what} must be {must}")]
    Number {
        /// Which.
        what: &'static str,
        /// What it may be.
        must: &'static str,
    },
}

impl Preprocessing {
    /// Pixels 0 to 255 onto the codes −128 to 127 of an int8 input: `code = pixel − 128`, up to rounding. What most
    /// networks whose input is already quantised expect. `None` for other inputs.
    pub fn from_quantization(input: &Tensor) -> Option<Self> {
        let (scale, zero_point) = input.scale_zero()?;
        (input.dtype == DType::I8).then(|| Self {
            mean: [(zero_point + 128) as f32; 3],
            scale: [scale; 3],
            ..Self::default()
        })
    }

    /// The value of `input` for a picture of `width` × `height` RGB pixels, row after row, three bytes each. Float
    /// inputs get real numbers; int8 inputs get their codes.
    ///
    /// # Errors
    /// When the bytes are not that many, the input is no picture, or a number is out of range.
    pub fn apply(
        &self,
        rgb: &[u8],
        width: usize,
        height: usize,
        input: &Tensor,
    ) -> Result<Value, PreprocessError> {
        self.check()?;
        let size = [height, width];
        let expected = width.checked_mul(height).and_then(|n| n.checked_mul(3));
        if expected != Some(rgb.len()) || rgb.is_empty() {
            return Err(PreprocessError::Size {
                width,
                height,
                expected: expected.unwrap_or(usize::MAX),
                found: rgb.len(),
            });
        }
        let [out_height, out_width, channels] = self.extent(input)?;
        let pixels = resample::resize(
            rgb,
            size,
            self.part(size, [out_height, out_width]),
            [out_height, out_width],
        );
        let mut numbers = vec![0.0; out_height * out_width * channels];
        for (at, pixel) in pixels.iter().enumerate() {
            for c in 0..channels {
                let index = match self.layout {
                    Layout::Nhwc => at * channels + c,
                    Layout::Nchw => c * out_height * out_width + at,
                };
                let element = self.channel(*pixel, c, channels);
                numbers[index] = (element - self.mean[c]) * self.scale[c];
            }
        }
        match (input.dtype, input.scale_zero()) {
            (DType::F32, _) => Ok(Value::F32(numbers)),
            (DType::I8, Some((scale, zero_point))) => {
                let codes = numbers.iter().map(|&x| quantize(x, scale, zero_point));
                Ok(Value::I8(codes.collect()))
            }
            (dtype, _) => Err(PreprocessError::Type { dtype }),
        }
    }

    fn check(&self) -> Result<(), PreprocessError> {
        let number = |what, must| Err(PreprocessError::Number { what, must });
        if !(self.crop > 0.0 && self.crop <= 1.0) {
            return number("the share that is kept", "above 0 and at most 1");
        }
        if !self.mean.iter().chain(&self.scale).all(|x| x.is_finite()) {
            return number("mean and scale", "finite");
        }
        Ok(())
    }

    /// `[height, width, channels]` of the input.
    fn extent(&self, input: &Tensor) -> Result<[usize; 3], PreprocessError> {
        let extent = match (&input.shape[..], self.layout) {
            (&[1, h, w, c] | &[h, w, c], Layout::Nhwc)
            | (&[1, c, h, w] | &[c, h, w], Layout::Nchw) => Some([h, w, c]),
            (&[h, w], _) => Some([h, w, 1]),
            _ => None,
        };
        extent
            .filter(|&[h, w, c]| (c == 1 || c == 3) && h > 0 && w > 0)
            .ok_or_else(|| PreprocessError::NoPicture {
                shape: crate::graph::shape::text(&input.shape),
            })
    }

    /// The part of a picture that is kept: `[[top, bottom], [left, right]]` in pixels and their fractions.
    fn part(&self, size: [usize; 2], output: [usize; 2]) -> [[f64; 2]; 2] {
        let mut kept = size.map(|n| n as f64 * f64::from(self.crop));
        if self.fit == Fit::Fill {
            let zoom = (output[0] as f64 / kept[0]).max(output[1] as f64 / kept[1]);
            kept = output.map(|n| n as f64 / zoom);
        }
        [0, 1].map(|axis| {
            let middle = size[axis] as f64 / 2.0;
            [middle - kept[axis] / 2.0, middle + kept[axis] / 2.0]
        })
    }

    /// Channel `c` of an input with `channels`, from an RGB pixel.
    fn channel(&self, [r, g, b]: [f32; 3], c: usize, channels: usize) -> f32 {
        match self.order {
            ChannelOrder::Rgb if channels == 3 => [r, g, b][c],
            ChannelOrder::Bgr if channels == 3 => [b, g, r][c],
            _ => {
                let [r, g, b] = [r, g, b].map(f64::from);
                (0.299 * r + 0.587 * g + 0.114 * b) as f32
            }
        }
    }
}

#[cfg(test)]
mod tests;
