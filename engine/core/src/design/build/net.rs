//! A graph in the making: operators with their maps' moments, sizes checked before anything is allocated.

use super::seeded::{Moments, Source, Sum, normalised, range};
use crate::design::error::DesignError;
use crate::design::types::{Activation, Design, PaddingStyle};
use crate::graph::shape::{same_padding, text};
use crate::graph::{
    self, Conv2d, DType, Data, DepthwiseConv2d, FullyConnected, Graph, Op, OpKind, Padding, Pool2d,
    Quantization, Tensor, TensorId, Window,
};
use crate::quant::calibrate::from_range;

/// Most elements of a map, and most weights of a network.
const MAX_ELEMENTS: usize = 64 << 20;
/// Scale of the image: codes stand for −1 to 1.
const IMAGE_SCALE: f32 = 1.0 / 128.0;

/// A tensor with what is known of its channels.
pub struct Map {
    id: TensorId,
    hwc: [usize; 3],
    moments: Vec<Moments>,
}

impl Map {
    pub const fn channels(&self) -> usize {
        self.hwc[2]
    }
}

/// The graph so far.
pub struct Net {
    graph: Graph,
    source: Source,
    padding: PaddingStyle,
    /// The part of the design that is being built.
    place: String,
    /// Weights so far.
    weights: usize,
}

/// Kernel and stride.
type Taps = [[usize; 2]; 2];

impl Net {
    pub fn new(design: &Design) -> Self {
        Self {
            graph: Graph {
                name: design.label(),
                ..Graph::default()
            },
            source: Source::new(design.seed),
            padding: design.padding,
            place: "image".into(),
            weights: 0,
        }
    }

    /// Begins another part of the design.
    pub fn enter(&mut self, place: String) {
        self.place = place;
    }

    /// The input.
    pub fn image(&mut self, [h, w]: [usize; 2], channels: usize) -> Result<Map, DesignError> {
        // Uniform codes.
        let uniform = Moments {
            mean: 0.0,
            variance: 1.0 / 3.0,
        };
        let hwc = [h, w, channels];
        self.fits(hwc)?;
        let id = self.activation("", hwc, (IMAGE_SCALE, 0));
        self.graph.inputs.push(id);
        Ok(Map {
            id,
            hwc,
            moments: vec![uniform; channels],
        })
    }

    /// A convolution, square or not.
    pub fn conv(
        &mut self,
        map: &Map,
        name: &str,
        taps: Taps,
        width: usize,
        activation: Activation,
    ) -> Result<Map, DesignError> {
        let (window, [h, w]) = self.window(map, taps)?;
        let hwc = [h, w, width];
        let [kh, kw] = window.kernel;
        let depth = map.channels();
        self.allow(hwc, [kh * kw, depth, width])?;
        let codes = self.source.codes(width * kh * kw * depth);
        let sums = (codes.chunks_exact(kh * kw * depth)).map(|row| {
            let mut sum = Sum::default();
            for (&code, of) in row.iter().zip(map.moments.iter().cycle()) {
                sum.add(code, *of);
            }
            sum
        });
        let sums: Vec<Sum> = sums.collect();
        let shape = vec![width, kh, kw, depth];
        let (parameters, moments) =
            self.parameters(map, name, (shape, 0), codes, &sums, activation);
        let (weights, bias) = parameters;
        let kind = OpKind::Conv2d(Conv2d {
            weights,
            bias: Some(bias),
            window,
            activation: activation.into(),
        });
        Ok(self.push(kind, &[map], name, hwc, moments, activation))
    }

    /// A depthwise convolution.
    pub fn depthwise(
        &mut self,
        map: &Map,
        name: &str,
        taps: Taps,
        activation: Activation,
    ) -> Result<Map, DesignError> {
        let (window, [h, w]) = self.window(map, taps)?;
        let channels = map.channels();
        let hwc = [h, w, channels];
        let [kh, kw] = window.kernel;
        self.allow(hwc, [kh * kw, channels, 1])?;
        let codes = self.source.codes(kh * kw * channels);
        let mut sums = vec![Sum::default(); channels];
        for row in codes.chunks_exact(channels) {
            for ((sum, &code), of) in sums.iter_mut().zip(row).zip(&map.moments) {
                sum.add(code, *of);
            }
        }
        let shape = vec![1, kh, kw, channels];
        let (parameters, moments) =
            self.parameters(map, name, (shape, 3), codes, &sums, activation);
        let (weights, bias) = parameters;
        let kind = OpKind::DepthwiseConv2d(DepthwiseConv2d {
            weights,
            bias: Some(bias),
            window,
            multiplier: 1,
            activation: activation.into(),
        });
        Ok(self.push(kind, &[map], name, hwc, moments, activation))
    }

    /// Matrix times vector, with one weight scale for all outputs.
    pub fn dense(
        &mut self,
        map: &Map,
        name: &str,
        width: usize,
        activation: Activation,
    ) -> Result<Map, DesignError> {
        let hwc = [1, 1, width];
        let taps: usize = map.hwc.iter().product();
        self.allow(hwc, [taps, width, 1])?;
        let codes = self.source.codes(width * taps);
        let mut all = Sum::default();
        for (&code, of) in codes.iter().zip(map.moments.iter().cycle()) {
            all.add(code, *of);
        }
        all.variance /= width as f64;
        // The rows differ in their means, which only their biases take away.
        let rows = codes.chunks_exact(taps).map(|row| {
            let mut sum = Sum::default();
            for (&code, of) in row.iter().zip(map.moments.iter().cycle()) {
                sum.add(code, *of);
            }
            Sum {
                variance: all.variance,
                ..sum
            }
        });
        let rows: Vec<Sum> = rows.collect();
        let shape = vec![width, taps];
        let axis = usize::MAX;
        let (parameters, moments) =
            self.parameters(map, name, (shape, axis), codes, &rows, activation);
        let (weights, bias) = parameters;
        let kind = OpKind::FullyConnected(FullyConnected {
            weights,
            bias: Some(bias),
            activation: activation.into(),
        });
        Ok(self.push(kind, &[map], name, hwc, moments, activation))
    }

    /// The sum of two maps.
    pub fn add(&mut self, a: &Map, b: &Map, activation: Activation) -> Result<Map, DesignError> {
        if a.hwc != b.hwc {
            return Err(DesignError::Residual {
                place: self.place.clone(),
                from: text(&b.hwc),
                to: text(&a.hwc),
            });
        }
        let pairs = a.moments.iter().zip(&b.moments);
        let moments = pairs.map(|(a, b)| a.plus(*b)).collect();
        let kind = OpKind::Add(activation.into());
        Ok(self.push(kind, &[a, b], "add", a.hwc, moments, activation))
    }

    /// The mean of all pixels, in the map's own scale.
    pub fn average(&mut self, map: &Map) -> Result<Map, DesignError> {
        let [h, w, channels] = map.hwc;
        self.fits([1, 1, channels])?;
        let kind = OpKind::AveragePool2d(Pool2d {
            window: Window {
                kernel: [h, w],
                stride: [h, w],
                dilation: [1, 1],
                padding: Padding::default(),
            },
            activation: graph::Activation::None,
        });
        // Neighbours are alike: the mean of a map varies more than that of as many independent pixels.
        let shrunk = |of: &Moments| Moments {
            variance: of.variance / ((h * w) as f64).sqrt(),
            ..*of
        };
        let moments = map.moments.iter().map(shrunk).collect();
        let scale = self.graph.tensor(map.id).scale_zero().unwrap_or((1.0, 0));
        Ok(self.push_as(kind, &[map], "average", [1, 1, channels], moments, scale))
    }

    /// SOFTMAX over the channels, with the scale that TFLite prescribes.
    pub fn softmax(&mut self, map: &Map) -> Result<Map, DesignError> {
        self.fits(map.hwc)?;
        let kind = OpKind::Softmax { beta: 1.0 };
        let moments = vec![Moments::default(); map.channels()];
        Ok(self.push_as(
            kind,
            &[map],
            "softmax",
            map.hwc,
            moments,
            (1.0 / 256.0, -128),
        ))
    }

    /// The graph with `map` as its output.
    pub fn finish(mut self, map: &Map) -> Graph {
        self.graph.outputs = vec![map.id];
        debug_assert_eq!(crate::graph::verify(&self.graph), Ok(()));
        self.graph
    }

    fn window(
        &self,
        map: &Map,
        [kernel, stride]: Taps,
    ) -> Result<(Window, [usize; 2]), DesignError> {
        let [h, w, _] = map.hwc;
        if self.padding == PaddingStyle::Symmetric
            && let Some(&even) = kernel.iter().find(|&&k| k % 2 == 0)
        {
            return Err(DesignError::EvenKernel {
                place: self.place.clone(),
                kernel: even,
            });
        }
        let pads = |extent: usize, axis: usize| match self.padding {
            PaddingStyle::Symmetric => [kernel[axis] / 2; 2],
            PaddingStyle::Same => same_padding(extent, kernel[axis], stride[axis], 1),
        };
        let ([top, bottom], [left, right]) = (pads(h, 0), pads(w, 1));
        let window = Window {
            kernel,
            stride,
            dilation: [1, 1],
            padding: Padding {
                top,
                bottom,
                left,
                right,
            },
        };
        let output = window.output([h, w]).filter(|o| !o.contains(&0));
        match output {
            Some(output) => Ok((window, output)),
            None => Err(DesignError::Window {
                place: self.place.clone(),
                map: text(&map.hwc),
            }),
        }
    }

    fn fits(&self, hwc: [usize; 3]) -> Result<(), DesignError> {
        let elements = hwc.iter().try_fold(1_usize, |n, &d| n.checked_mul(d));
        match elements {
            Some(1..=MAX_ELEMENTS) => Ok(()),
            _ => Err(self.too_large("its output")),
        }
    }

    /// Whether another map and as many more weights as `factors` say are still allowed.
    fn allow(&mut self, hwc: [usize; 3], factors: [usize; 3]) -> Result<(), DesignError> {
        self.fits(hwc)?;
        let more = factors.iter().try_fold(1_usize, |n, &d| n.checked_mul(d));
        let all = more.and_then(|more| more.checked_add(self.weights));
        self.weights = all
            .filter(|&all| all <= MAX_ELEMENTS)
            .ok_or_else(|| self.too_large("the weights up to here"))?;
        Ok(())
    }

    fn too_large(&self, what: &'static str) -> DesignError {
        DesignError::TooLarge {
            place: self.place.clone(),
            what,
            most: MAX_ELEMENTS,
        }
    }

    /// Weights and bias of an operator, one scale for each index of `axis` or one for all where there is no such axis;
    /// and the moments of its channels before the activation.
    fn parameters(
        &mut self,
        map: &Map,
        name: &str,
        (shape, axis): (Vec<usize>, usize),
        codes: Vec<i8>,
        sums: &[Sum],
        activation: Activation,
    ) -> ((TensorId, TensorId), Vec<Moments>) {
        let (input_scale, _) = self.graph.tensor(map.id).scale_zero().unwrap_or((1.0, 0));
        let one_scale = axis >= shape.len();
        let mut moments: Vec<Moments> = sums
            .iter()
            .map(|_| self.source.wanted(activation))
            .collect();
        if one_scale {
            let variance = moments.first().map_or(1.0, |of| of.variance);
            for of in &mut moments {
                of.variance = variance;
            }
        }
        let scaled = sums.iter().zip(&moments);
        let (mut scales, biases): (Vec<f32>, Vec<f64>) = scaled
            .map(|(sum, wanted)| normalised(*sum, *wanted))
            .unzip();
        let codes_of_bias = biases.iter().zip(&scales).map(|(bias, scale)| {
            // The cast saturates.
            (bias / (f64::from(input_scale) * f64::from(*scale))).round() as i32
        });
        let bias_codes: Vec<i32> = codes_of_bias.collect();
        if one_scale {
            scales.truncate(1);
        }
        let bias_scales: Vec<f32> = scales.iter().map(|scale| input_scale * scale).collect();
        let quant = |scales: Vec<f32>, axis| Quantization {
            zero_points: vec![0; scales.len()],
            scales,
            axis,
        };
        let axis = if one_scale { 0 } else { axis };
        let weights = self.constant(name, "weights", shape, Data::I8(codes.into()));
        self.graph.tensors[weights.0 as usize].quant = Some(quant(scales, axis));
        let bias = self.constant(
            name,
            "bias",
            vec![bias_codes.len()],
            Data::I32(bias_codes.into()),
        );
        self.graph.tensors[bias.0 as usize].quant = Some(quant(bias_scales, 0));
        ((weights, bias), moments)
    }

    fn push(
        &mut self,
        kind: OpKind,
        inputs: &[&Map],
        name: &str,
        hwc: [usize; 3],
        moments: Vec<Moments>,
        activation: Activation,
    ) -> Map {
        let scale = from_range(range(&moments, activation));
        let moments = moments.into_iter().map(|of| of.bounded(activation));
        let moments = moments.collect();
        self.push_as(kind, inputs, name, hwc, moments, scale)
    }

    fn push_as(
        &mut self,
        kind: OpKind,
        inputs: &[&Map],
        name: &str,
        hwc: [usize; 3],
        moments: Vec<Moments>,
        scale: (f32, i32),
    ) -> Map {
        let id = self.activation(name, hwc, scale);
        self.graph.ops.push(Op {
            kind,
            inputs: inputs.iter().map(|map| map.id).collect(),
            outputs: vec![id],
            source_index: self.graph.ops.len() as u32,
        });
        Map { id, hwc, moments }
    }

    fn activation(&mut self, name: &str, hwc: [usize; 3], (scale, zero): (f32, i32)) -> TensorId {
        let [h, w, c] = hwc;
        self.tensor(name, "", vec![1, h, w, c], DType::I8, |tensor| {
            tensor.quant = Some(Quantization::per_tensor(scale, zero));
        })
    }

    fn constant(&mut self, name: &str, what: &str, shape: Vec<usize>, data: Data) -> TensorId {
        let dtype = match data {
            Data::I32(_) => DType::I32,
            _ => DType::I8,
        };
        self.tensor(name, what, shape, dtype, |tensor| tensor.data = Some(data))
    }

    fn tensor(
        &mut self,
        name: &str,
        what: &str,
        shape: Vec<usize>,
        dtype: DType,
        complete: impl FnOnce(&mut Tensor),
    ) -> TensorId {
        let id = TensorId(self.graph.tensors.len() as u32);
        let parts = [self.place.as_str(), name, what];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let mut tensor = Tensor {
            name: parts.join("/"),
            shape,
            dtype,
            quant: None,
            data: None,
            source_index: Some(id.0),
        };
        complete(&mut tensor);
        self.graph.tensors.push(tensor);
        id
    }
}
