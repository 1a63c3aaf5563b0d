//! What steps are called: for people (`conv 3×3 s2`) and in C (`step_03_conv_3x3`). Names come from shapes, never
//! from the file, whose text is not trusted.

use crate::graph::{Combine, Function, Graph, Op, OpKind, Window};

/// The step's name for people.
pub fn display_name(graph: &Graph, op: &Op) -> String {
    let channels = || {
        let of =
            |ids: &[crate::graph::TensorId]| ids.first().map_or(0, |&id| graph.tensor(id).hwc()[2]);
        format!("{}→{}", of(&op.inputs), of(&op.outputs))
    };
    match &op.kind {
        OpKind::Conv2d(conv) if conv.window.kernel == [1, 1] => {
            format!("1×1 {}{}", channels(), stride(&conv.window))
        }
        OpKind::Conv2d(conv) => format!("conv {}", windowed(&conv.window)),
        OpKind::DepthwiseConv2d(conv) => format!("dw {}", windowed(&conv.window)),
        OpKind::FullyConnected(_) => format!("fc {}", channels()),
        OpKind::TransposeConv2d(conv) => {
            let [h, w] = [1, 2].map(|axis| {
                graph
                    .tensor(conv.weights)
                    .shape
                    .get(axis)
                    .copied()
                    .unwrap_or(0)
            });
            format!("up conv {h}×{w}{}", strided(conv.stride))
        }
        OpKind::Add(_) | OpKind::Combine(_) | OpKind::Unary(_) | OpKind::Prelu { .. } => {
            family(&op.kind).replace('_', " ")
        }
        OpKind::AveragePool2d(pool) => format!("avg pool {}", windowed(&pool.window)),
        OpKind::MaxPool2d(pool) => format!("max pool {}", windowed(&pool.window)),
        OpKind::Resize(resize) => {
            let [h, w] = resize.output;
            format!("resize {h}×{w}")
        }
        kind => family(kind).replace('_', " "),
    }
}

/// The step's C identifier. The index makes it unique.
pub fn symbol(step: usize, op: &Op) -> String {
    let family = family(&op.kind);
    match op.kind.window() {
        Some(Window { kernel: [h, w], .. }) => format!("step_{step:02}_{family}_{h}x{w}"),
        None => format!("step_{step:02}_{family}"),
    }
}

/// The operator's name as a word of C.
fn family(kind: &OpKind) -> &'static str {
    match kind {
        OpKind::Conv2d(_) => "conv",
        OpKind::DepthwiseConv2d(_) => "depthwise",
        OpKind::TransposeConv2d(_) => "transpose_conv",
        OpKind::FullyConnected(_) => "dense",
        OpKind::Add(_) => "add",
        OpKind::Combine(Combine::Sub(_)) => "subtract",
        OpKind::Combine(Combine::Mul(_)) => "multiply",
        OpKind::Combine(Combine::Maximum) => "maximum",
        OpKind::Combine(Combine::Minimum) => "minimum",
        OpKind::Unary(Function::Relu) => "relu",
        OpKind::Unary(Function::Relu6) => "relu6",
        OpKind::Unary(Function::ReluN1To1) => "relu1",
        OpKind::Unary(Function::LeakyRelu { .. }) => "leaky_relu",
        OpKind::Unary(Function::HardSwish) => "hard_swish",
        OpKind::Unary(Function::Logistic) => "sigmoid",
        OpKind::Unary(Function::Tanh) => "tanh",
        OpKind::Prelu { .. } => "prelu",
        OpKind::AveragePool2d(_) => "average_pool",
        OpKind::MaxPool2d(_) => "max_pool",
        OpKind::Mean(_) => "mean",
        OpKind::Sum(_) => "sum",
        OpKind::ReduceMax(_) => "reduce_max",
        OpKind::Pad(_) => "pad",
        OpKind::Concatenation { .. } => "concat",
        OpKind::Slice(_) => "slice",
        OpKind::Resize(_) => "resize",
        OpKind::Reshape => "reshape",
        OpKind::Transpose { .. } => "transpose",
        OpKind::Softmax { .. } => "softmax",
        OpKind::Quantize => "requantise",
        OpKind::Dequantize => "dequantise",
    }
}

fn windowed(window: &Window) -> String {
    let [h, w] = window.kernel;
    let dilation = match window.dilation {
        [1, 1] => String::new(),
        [a, b] if a == b => format!(" d{a}"),
        [a, b] => format!(" d{a}×{b}"),
    };
    format!("{h}×{w}{}{dilation}", stride(window))
}

fn stride(window: &Window) -> String {
    strided(window.stride)
}

fn strided(stride: [usize; 2]) -> String {
    match stride {
        [1, 1] => String::new(),
        [a, b] if a == b => format!(" s{a}"),
        [a, b] => format!(" s{a}×{b}"),
    }
}
