//! What steps are called: for people (`conv 3×3 s2`) and in C (`step_03_conv_3x3`). Names come from shapes, never
//! from the file, whose text is not trusted.

use crate::graph::{Graph, Op, OpKind, Window};

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
        OpKind::Add(_) => "add".into(),
        OpKind::AveragePool2d(pool) => format!("avg pool {}", windowed(&pool.window)),
        OpKind::MaxPool2d(pool) => format!("max pool {}", windowed(&pool.window)),
        OpKind::Mean(_) => "mean".into(),
        OpKind::Pad(_) => "pad".into(),
        OpKind::Reshape => "reshape".into(),
        OpKind::Transpose { .. } => "transpose".into(),
        OpKind::Softmax { .. } => "softmax".into(),
        OpKind::Quantize => "requantise".into(),
        OpKind::Dequantize => "dequantise".into(),
    }
}

/// The step's C identifier. The index makes it unique.
pub fn symbol(step: usize, op: &Op) -> String {
    let family = match &op.kind {
        OpKind::Conv2d(_) => "conv",
        OpKind::DepthwiseConv2d(_) => "depthwise",
        OpKind::FullyConnected(_) => "dense",
        OpKind::Add(_) => "add",
        OpKind::AveragePool2d(_) => "average_pool",
        OpKind::MaxPool2d(_) => "max_pool",
        OpKind::Mean(_) => "mean",
        OpKind::Pad(_) => "pad",
        OpKind::Reshape => "reshape",
        OpKind::Transpose { .. } => "transpose",
        OpKind::Softmax { .. } => "softmax",
        OpKind::Quantize => "requantise",
        OpKind::Dequantize => "dequantise",
    };
    match op.kind.window() {
        Some(Window { kernel: [h, w], .. }) => format!("step_{step:02}_{family}_{h}x{w}"),
        None => format!("step_{step:02}_{family}"),
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
    match window.stride {
        [1, 1] => String::new(),
        [a, b] if a == b => format!(" s{a}"),
        [a, b] => format!(" s{a}×{b}"),
    }
}
