//! The operators that designs are made of, each with its weights and what it does to the moments.

use super::net::{Map, Net, Taps};
use super::seeded::{Moments, Sum, normalised};
use crate::design::error::DesignError;
use crate::design::types::Activation;
use crate::graph::shape::text;
use crate::graph::{
    self, Conv2d, Data, DepthwiseConv2d, FullyConnected, OpKind, Padding, Pool2d, Quantization,
    TensorId, Window,
};

impl Net {
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
}
