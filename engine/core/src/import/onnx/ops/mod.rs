//! Readers of nodes, one file per family. Each turns a node into operators of the graph, or says why it cannot.

mod activation;
mod conv;
mod dense;
pub(super) mod elementwise;
mod fuse;
mod norm;
mod part;
mod pool;
mod qlinear;
mod quantize;
mod reduce;
mod resize;
mod shape;
mod window;

use super::node::Cx;
use super::problem::Read;

/// Reads a node.
pub(super) type Reader = for<'a, 'b, 'c> fn(&'c mut Cx<'a, 'b>) -> Read<()>;

/// The reader of an operator type: of the standard's operator set, or of ONNX Runtime's (`com.microsoft`).
pub(super) fn reader(domain: &str, op_type: &str) -> Option<Reader> {
    let found: Reader = match (domain, op_type) {
        ("", "Add" | "Sum") => elementwise::read_add,
        ("", "AveragePool") => pool::read_average,
        ("", "BatchNormalization") => norm::read_batch,
        ("", "Cast") => shape::read_cast,
        ("", "Clip") => activation::read_clip,
        ("", "Concat") => part::read_concat,
        ("", "Constant") => shape::read_constant,
        ("", "ConstantOfShape") => shape::read_constant_of_shape,
        ("", "Conv") => conv::read_conv,
        ("", "ConvTranspose") => conv::read_transposed,
        ("" | "com.microsoft", "DequantizeLinear") => quantize::read_dequantize,
        ("", "Div") => elementwise::read_div,
        ("", "Dropout") => shape::read_dropout,
        ("", "Flatten") => shape::read_flatten,
        ("", "Gather") => part::read_gather,
        ("", "Gemm") => dense::read_gemm,
        ("", "GlobalAveragePool") => pool::read_global_average,
        ("", "GlobalMaxPool") => pool::read_global_max,
        ("", "HardSigmoid") => activation::read_hard_sigmoid,
        ("", "HardSwish") => activation::read_hard_swish,
        ("", "Identity") => shape::read_identity,
        ("", "LeakyRelu") => activation::read_leaky,
        ("", "MatMul") => dense::read_matmul,
        ("", "Max") => elementwise::read_max,
        ("", "MaxPool") => pool::read_max,
        ("", "Min") => elementwise::read_min,
        ("", "Mul") => elementwise::read_mul,
        ("", "PRelu") => activation::read_prelu,
        ("", "Pad") => part::read_pad,
        ("", "QLinearConv") => qlinear::read_conv,
        ("", "QLinearMatMul") => qlinear::read_matmul,
        ("" | "com.microsoft", "QuantizeLinear") => quantize::read_quantize,
        ("", "ReduceMax") => reduce::read_max,
        ("", "ReduceMean") => reduce::read_mean,
        ("", "ReduceSum") => reduce::read_sum,
        ("", "Relu") => activation::read_relu,
        ("", "Reshape") => shape::read_reshape,
        ("", "Resize") => resize::read_resize,
        ("", "Shape") => shape::read_shape,
        ("", "Sigmoid") => activation::read_sigmoid,
        ("", "Slice") => part::read_slice,
        ("", "Softmax") => activation::read_softmax,
        ("", "Split") => part::read_split,
        ("", "Squeeze") => shape::read_squeeze,
        ("", "Sub") => elementwise::read_sub,
        ("", "Tanh") => activation::read_tanh,
        ("", "Transpose") => shape::read_transpose,
        ("", "Unsqueeze") => shape::read_unsqueeze,
        ("", "Upsample") => resize::read_upsample,
        ("com.microsoft", "QGemm") => qlinear::read_gemm,
        ("com.microsoft", "QLinearAdd") => qlinear::read_add,
        ("com.microsoft", "QLinearAveragePool") => qlinear::read_average,
        ("com.microsoft", "QLinearConcat") => qlinear::read_concat,
        ("com.microsoft", "QLinearGlobalAveragePool") => qlinear::read_global_average,
        ("com.microsoft", "QLinearLeakyRelu") => qlinear::read_leaky,
        ("com.microsoft", "QLinearMul") => qlinear::read_mul,
        ("com.microsoft", "QLinearSigmoid") => qlinear::read_sigmoid,
        _ => return None,
    };
    Some(found)
}

/// Why an operator type that people do use is not supported, and what to do instead.
pub(super) fn advice(op_type: &str) -> &'static str {
    match op_type {
        "ConvInteger" | "MatMulInteger" | "DynamicQuantizeLinear" => {
            "scales that are computed at run time (dynamic quantisation) cannot be run; quantise statically, with calibration data"
        }
        "LogSoftmax" => "leave it out: the largest result is the same, or use Softmax",
        "LSTM" | "GRU" | "RNN" | "Loop" | "If" | "Scan" => {
            "recurrent networks and control flow cannot be run; unroll them, or use convolutions"
        }
        "Einsum" | "Attention" | "LayerNormalization" | "MultiHeadAttention" => {
            "transformers cannot be run; use a convolutional network"
        }
        "NonMaxSuppression" | "TopK" | "ArgMax" => {
            "cut the network before its post-processing, and do that in your program"
        }
        "InstanceNormalization" | "GroupNormalization" => "use BatchNormalization",
        _ => "replace it by supported operators before export",
    }
}
