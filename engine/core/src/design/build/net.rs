//! A graph in the making: operators with their maps' moments, sizes checked before anything is allocated.

use super::seeded::{Moments, Source, range};
use super::{Built, Part};
use crate::design::check::place;
use crate::design::error::DesignError;
use crate::design::types::{Activation, Design, PaddingStyle};
use crate::graph::shape::{same_padding, text};
use crate::graph::{
    DType, Data, Graph, Op, OpKind, Padding, Quantization, Tensor, TensorId, Window,
};
use crate::quant::calibrate::from_range;

/// Most elements of a map, and most weights of a network.
const MAX_ELEMENTS: usize = 64 << 20;
/// Most elements of all maps together: the host run keeps them all.
const MAX_MAPS: usize = 512 << 20;
/// Scale of the image: codes stand for −1 to 1.
const IMAGE_SCALE: f32 = 1.0 / 128.0;

/// A tensor with what is known of its channels.
pub struct Map {
    pub id: TensorId,
    pub hwc: [usize; 3],
    pub moments: Vec<Moments>,
}

impl Map {
    pub const fn channels(&self) -> usize {
        self.hwc[2]
    }
}

/// The graph so far.
pub struct Net {
    pub graph: Graph,
    /// What weights are drawn from.
    pub source: Source,
    padding: PaddingStyle,
    /// By operator.
    parts: Vec<Part>,
    /// The part of the design that is being built, and its name for people.
    part: Part,
    pub place: String,
    /// Weights so far.
    weights: usize,
    /// Elements of maps so far.
    maps: usize,
}

/// Kernel and stride.
pub type Taps = [[usize; 2]; 2];

impl Net {
    pub fn new(design: &Design) -> Self {
        Self {
            graph: Graph {
                name: design.label(),
                ..Graph::default()
            },
            source: Source::new(design.seed),
            padding: design.padding,
            parts: Vec::new(),
            part: Part::Stem,
            place: "image".into(),
            weights: 0,
            maps: 0,
        }
    }

    /// Begins another part of the design.
    pub fn enter(&mut self, part: Part) {
        self.part = part;
        self.place = match part {
            Part::Stem => "stem".into(),
            Part::Block(index) => place(index),
            Part::Head => "head".into(),
        };
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

    /// The graph with `map` as its output.
    pub fn finish(mut self, map: &Map) -> Built {
        self.graph.outputs = vec![map.id];
        debug_assert_eq!(crate::graph::verify(&self.graph), Ok(()));
        Built {
            graph: self.graph,
            parts: self.parts,
        }
    }

    /// The window of these taps over `map`, and the extents of its output.
    pub fn window(
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

    /// Whether another map is still allowed.
    pub fn fits(&mut self, hwc: [usize; 3]) -> Result<(), DesignError> {
        let elements = hwc.iter().try_fold(1_usize, |n, &d| n.checked_mul(d));
        let Some(elements @ 1..=MAX_ELEMENTS) = elements else {
            return Err(self.too_large("its output", MAX_ELEMENTS));
        };
        self.maps += elements;
        if self.maps > MAX_MAPS {
            return Err(self.too_large("the maps up to here together", MAX_MAPS));
        }
        Ok(())
    }

    /// Whether another map and as many more weights as `factors` say are still allowed.
    pub fn allow(&mut self, hwc: [usize; 3], factors: [usize; 3]) -> Result<(), DesignError> {
        self.fits(hwc)?;
        let more = factors.iter().try_fold(1_usize, |n, &d| n.checked_mul(d));
        let all = more.and_then(|more| more.checked_add(self.weights));
        self.weights = all
            .filter(|&all| all <= MAX_ELEMENTS)
            .ok_or_else(|| self.too_large("the weights up to here", MAX_ELEMENTS))?;
        Ok(())
    }

    fn too_large(&self, what: &'static str, most: usize) -> DesignError {
        DesignError::TooLarge {
            place: self.place.clone(),
            what,
            most,
        }
    }

    /// Adds an operator whose output has the range of `moments`, which are those before its activation.
    pub fn push(
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

    /// Adds an operator whose output has this scale and zero point.
    pub fn push_as(
        &mut self,
        kind: OpKind,
        inputs: &[&Map],
        name: &str,
        hwc: [usize; 3],
        moments: Vec<Moments>,
        scale: (f32, i32),
    ) -> Map {
        let id = self.activation(name, hwc, scale);
        self.parts.push(self.part);
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

    /// Adds a constant, without quantisation.
    pub fn constant(&mut self, name: &str, what: &str, shape: Vec<usize>, data: Data) -> TensorId {
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
