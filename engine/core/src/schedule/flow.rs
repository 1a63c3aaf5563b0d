//! Who feeds whom: the lowered graph, one operator per step, with what scheduling asks of it looked up once.

use crate::graph::shape::broadcast_by_pixel;
use crate::graph::{Graph, Op, OpKind, Padding, TensorId, Window};
use std::ops::Range;

/// Where an operand comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// An input of the network, by its index in [`Graph::inputs`].
    Input(usize),
    /// The output of a step.
    Step(usize),
    /// Constant data.
    Constant,
}

impl Source {
    /// The place among `steps` of the one that makes it; `None` when it comes from elsewhere.
    pub fn step_in(self, steps: &Range<usize>) -> Option<usize> {
        match self {
            Self::Step(producer) if steps.contains(&producer) => Some(producer - steps.start),
            _ => None,
        }
    }

    /// Whether it is a tensor, and none of `steps` makes it.
    pub fn is_outside(self, steps: &Range<usize>) -> bool {
        self != Self::Constant && self.step_in(steps).is_none()
    }
}

/// One step, as scheduling sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// TFLite's name of the operator.
    pub op: &'static str,
    /// Operands in the operator's order.
    pub inputs: Vec<Source>,
    /// The tensor it writes.
    pub output: TensorId,
    /// `[height, width, channels]` of its output.
    pub map: [usize; 3],
    /// `[height, width, channels]` of each operand.
    pub input_maps: Vec<[usize; 3]>,
    /// The sliding window, where there is one.
    pub window: Option<Window>,
    /// Whether a region of the output needs only a region of the input.
    pub local: bool,
    /// Where every pixel of the input is needed once, in any order, for an output of one pixel (global pooling, a
    /// fully connected operator): the bytes of accumulators with which the input can be taken as it comes.
    pub accumulators: Option<usize>,
    /// Last step that reads the output; its own index when none does.
    pub last_reader: usize,
    /// Whether the output is an output of the network.
    pub is_output: bool,
}

/// The steps of a network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// In the order they run.
    pub steps: Vec<Node>,
    /// `[height, width, channels]` of each input of the network.
    pub inputs: Vec<[usize; 3]>,
    /// Last step that reads each input of the network.
    pub input_last_readers: Vec<usize>,
}

impl Flow {
    /// The flow of a graph whose operators each have one output and run in order.
    pub fn new(graph: &Graph) -> Self {
        // Sources by tensor index; constants and tensors that nothing writes stay constant.
        let mut sources = vec![Source::Constant; graph.tensors.len()];
        for (index, id) in graph.inputs.iter().enumerate() {
            sources[id.0 as usize] = Source::Input(index);
        }
        let mut flow = Self {
            steps: Vec::with_capacity(graph.ops.len()),
            inputs: (graph.inputs.iter())
                .map(|&id| graph.tensor(id).hwc())
                .collect(),
            input_last_readers: vec![0; graph.inputs.len()],
        };
        for (step, op) in graph.ops.iter().enumerate() {
            let Some(&output) = op.outputs.first() else {
                continue;
            };
            let inputs: Vec<Source> = (op.inputs.iter())
                .map(|id| sources[id.0 as usize])
                .collect();
            for source in &inputs {
                match *source {
                    Source::Input(index) => flow.input_last_readers[index] = step,
                    Source::Step(producer) => flow.steps[producer].last_reader = step,
                    Source::Constant => {}
                }
            }
            sources[output.0 as usize] = Source::Step(flow.steps.len());
            flow.steps.push(Node {
                op: op.kind.name(),
                inputs,
                output,
                map: graph.tensor(output).hwc(),
                input_maps: (op.inputs.iter())
                    .map(|&id| graph.tensor(id).hwc())
                    .collect(),
                window: op.kind.window().copied(),
                local: is_local(graph, op, output),
                accumulators: accumulators(graph, op, output),
                last_reader: step,
                is_output: graph.outputs.contains(&output),
            });
        }
        flow
    }

    /// The first step, `step` or a later one, behind which nothing of what follows from `step` is needed but that step's
    /// output; `None` when on the way a step is needed elsewhere, as `elsewhere` says.
    pub fn join(&self, step: usize, elsewhere: impl Fn(usize) -> bool) -> Option<usize> {
        let (mut join, mut at) = (self.steps[step].last_reader, step);
        while at < join {
            if elsewhere(at) {
                return None;
            }
            join = join.max(self.steps[at].last_reader);
            at += 1;
        }
        Some(join)
    }
}

impl Node {
    /// Whether all its maps are single pixels, so that it can run as soon as they are there.
    pub fn single_pixel(&self) -> bool {
        let one = |map: &[usize; 3]| map[..2] == [1, 1];
        one(&self.map) && self.input_maps.iter().all(one)
    }

    /// Whether each element is made from the elements at its own place, so that the output may lie over an operand.
    pub fn by_element(&self, operand: usize) -> bool {
        self.local && self.window.is_none() && self.input_maps[operand] == self.map
    }
}

/// Bytes of one accumulator of a sum.
const SUM_BYTES: usize = 4;

/// Bytes of accumulators with which the operator can take its only input pixel by pixel; `None` where it cannot, or
/// where that input is a single pixel anyway.
fn accumulators(graph: &Graph, op: &Op, output: TensorId) -> Option<usize> {
    let [input] = op.inputs[..] else {
        return None;
    };
    let ([height, width, channels], [rows, columns, outputs]) =
        (graph.tensor(input).hwc(), graph.tensor(output).hwc());
    if height * width < 2 || [rows, columns] != [1, 1] {
        return None;
    }
    let over_map = |window: &Window| {
        window.kernel == [height, width]
            && window.dilation == [1, 1]
            && window.padding == Padding::default()
    };
    let rank = graph.tensor(input).shape.len();
    let spatial = |axes: &[usize]| rank == 4 && *axes == [1, 2] && outputs == channels;
    match &op.kind {
        OpKind::AveragePool2d(pool) if over_map(&pool.window) => Some(channels * SUM_BYTES),
        OpKind::MaxPool2d(pool) if over_map(&pool.window) => Some(channels),
        OpKind::Mean(reduce) | OpKind::Sum(reduce) if spatial(&reduce.axes) => {
            Some(channels * SUM_BYTES)
        }
        OpKind::ReduceMax(reduce) if spatial(&reduce.axes) => Some(channels),
        OpKind::FullyConnected(dense) => {
            let taps = graph.tensor(dense.weights).shape.get(1).copied();
            (taps == Some(height * width * channels)).then_some(outputs * SUM_BYTES)
        }
        _ => None,
    }
}

/// Whether a region of the operator's output needs only a region of each input: the pixels of its window, or the same
/// pixels, of which an operand that is broadcast along an axis has one.
fn is_local(graph: &Graph, op: &Op, output: TensorId) -> bool {
    let output = &graph.tensor(output).shape;
    let by_pixel = |&id| broadcast_by_pixel(&graph.tensor(id).shape, output);
    match &op.kind {
        OpKind::Unary(_) | OpKind::Quantize => true,
        OpKind::Add(_) | OpKind::Combine(_) => op.inputs.iter().all(by_pixel),
        // Slopes are no operand of the step: there is one set for all pixels.
        OpKind::Prelu { slopes } => {
            let [height, width, _] = graph.tensor(*slopes).hwc();
            [height, width] == [1, 1] && by_pixel(slopes)
        }
        // Along the channels of each pixel.
        OpKind::Concatenation { axis } => {
            let last = axis + 1 == output.len();
            last && (output.len() > 2 || output[..*axis].iter().all(|&extent| extent == 1))
        }
        kind => kind.window().is_some(),
    }
}
