//! A network as the chain of its convolutions, as papers on patches and fused layers look at it.

use crate::cost::macs_per_pixel;
use crate::graph::{Graph, OpKind, Window};

/// A convolution of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Its operator's index.
    pub op: usize,
    /// Taps, stride and padding.
    pub window: Window,
    /// Height, width and channels of its input.
    pub input: [usize; 3],
    /// Height, width and channels of its output.
    pub output: [usize; 3],
    /// Whether it is a depthwise convolution.
    pub depthwise: bool,
    /// Multiply-accumulates for one pixel of its output, all channels.
    pub macs_per_pixel: u64,
}

impl Layer {
    /// Elements of the whole input.
    pub fn input_bytes(&self) -> usize {
        self.input.iter().product()
    }

    /// Elements of the whole output.
    pub fn output_bytes(&self) -> usize {
        self.output.iter().product()
    }

    /// Multiply-accumulates of the whole layer.
    pub fn macs(&self) -> u64 {
        let [h, w, _] = self.output;
        self.macs_per_pixel * (h * w) as u64
    }

    /// Pixels of the input, first and behind the last, that the output's `first..end` need along `axis`; negative ones and
    /// those behind the image are padding.
    pub fn reaches(&self, axis: usize, [first, end]: [isize; 2]) -> [isize; 2] {
        let (kernel, stride) = (self.window.kernel[axis], self.window.stride[axis]);
        let before = match axis {
            0 => self.window.padding.top,
            _ => self.window.padding.left,
        };
        let start = first * stride as isize - before as isize;
        let last = (end - 1) * stride as isize - before as isize;
        [start, last + kernel as isize]
    }
}

/// The convolutions of a lowered graph up to the first operator that is neither a convolution nor an addition, as if each
/// read the one before.
pub fn chain(graph: &Graph) -> Vec<Layer> {
    let mut layers = Vec::new();
    for (index, op) in graph.ops.iter().enumerate() {
        let depthwise = match &op.kind {
            OpKind::Conv2d(_) => false,
            OpKind::DepthwiseConv2d(_) => true,
            OpKind::Add(_) => continue,
            _ => break,
        };
        if let (Some(&window), [input], [output]) = (
            op.kind.window(),
            op.inputs.as_slice(),
            op.outputs.as_slice(),
        ) {
            layers.push(Layer {
                op: index,
                window,
                input: graph.tensor(*input).hwc(),
                output: graph.tensor(*output).hwc(),
                depthwise,
                macs_per_pixel: macs_per_pixel(graph, op),
            });
        }
    }
    layers
}
