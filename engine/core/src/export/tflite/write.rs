//! The file's values as bytes.

use super::aligned;
use super::file::{File, FileOp, Options};
use super::versions::version;
use crate::format::tflite_names::NAMES;
use crate::format::tflite_schema::tflite as schema;
use crate::format::tflite_types;
use crate::graph::{Quantization, Tensor};
use flatbuffers::{FlatBufferBuilder, UnionWIPOffset, Vector, WIPOffset};

/// The version of the format.
const SCHEMA_VERSION: u32 = 3;
/// Largest code that the old field for operator codes holds; larger ones stand in the new field alone.
const PLACEHOLDER: i32 = 127;

pub(super) fn write(file: &File) -> Vec<u8> {
    let mut fbb = FlatBufferBuilder::new();
    // Buffer 0 is empty: that of all tensors without data.
    let mut buffers = vec![schema::Buffer::create(
        &mut fbb,
        &schema::BufferArgs::default(),
    )];
    let mut tensors = Vec::with_capacity(file.tensors.len());
    for tensor in &file.tensors {
        let buffer = match &tensor.data {
            None => 0,
            Some(data) => {
                let data = Some(aligned::bytes(&mut fbb, &data.to_le_bytes()));
                let args = schema::BufferArgs {
                    data,
                    ..schema::BufferArgs::default()
                };
                buffers.push(schema::Buffer::create(&mut fbb, &args));
                buffers.len() as u32 - 1
            }
        };
        tensors.push(write_tensor(&mut fbb, tensor, buffer));
    }
    let mut codes: Vec<(&str, i32)> = Vec::new();
    let mut operators = Vec::with_capacity(file.ops.len());
    for op in &file.ops {
        let code = (op.name, version(op, &file.tensors));
        let index = codes.iter().position(|&c| c == code);
        let index = index.unwrap_or_else(|| {
            codes.push(code);
            codes.len() - 1
        });
        operators.push(write_op(&mut fbb, op, index as u32));
    }
    let codes: Vec<_> = codes
        .into_iter()
        .map(|(name, version)| {
            let code = NAMES.iter().position(|&n| n == name).unwrap_or(0) as i32;
            let args = schema::OperatorCodeArgs {
                deprecated_builtin_code: code.min(PLACEHOLDER) as i8,
                version,
                builtin_code: code,
                ..schema::OperatorCodeArgs::default()
            };
            schema::OperatorCode::create(&mut fbb, &args)
        })
        .collect();
    let subgraph = schema::SubGraphArgs {
        tensors: Some(fbb.create_vector(&tensors)),
        inputs: Some(fbb.create_vector(&file.inputs)),
        outputs: Some(fbb.create_vector(&file.outputs)),
        operators: Some(fbb.create_vector(&operators)),
    };
    let subgraph = schema::SubGraph::create(&mut fbb, &subgraph);
    let model = schema::ModelArgs {
        version: SCHEMA_VERSION,
        operator_codes: Some(fbb.create_vector(&codes)),
        subgraphs: Some(fbb.create_vector(&[subgraph])),
        description: Some(text(&mut fbb, &file.name)),
        buffers: Some(fbb.create_vector(&buffers)),
    };
    let model = schema::Model::create(&mut fbb, &model);
    schema::finish_model_buffer(&mut fbb, model);
    fbb.finished_data().to_vec()
}

fn write_tensor<'a>(
    fbb: &mut FlatBufferBuilder<'a>,
    tensor: &Tensor,
    buffer: u32,
) -> WIPOffset<schema::Tensor<'a>> {
    let name = text(fbb, &tensor.name);
    let shape: Vec<i32> = tensor.shape.iter().map(|&d| d as i32).collect();
    let shape = fbb.create_vector(&shape);
    let quantization = tensor.quant.as_ref().map(|q| write_quantization(fbb, q));
    let args = schema::TensorArgs {
        shape: Some(shape),
        type_: tflite_types::code(tensor.dtype),
        buffer,
        name: Some(name),
        quantization,
        ..schema::TensorArgs::default()
    };
    schema::Tensor::create(fbb, &args)
}

fn write_quantization<'a>(
    fbb: &mut FlatBufferBuilder<'a>,
    quant: &Quantization,
) -> WIPOffset<schema::QuantizationParameters<'a>> {
    let points: Vec<i64> = quant.zero_points.iter().map(|&z| i64::from(z)).collect();
    let args = schema::QuantizationParametersArgs {
        scale: Some(fbb.create_vector(&quant.scales)),
        zero_point: Some(fbb.create_vector(&points)),
        quantized_dimension: quant.axis as i32,
    };
    schema::QuantizationParameters::create(fbb, &args)
}

fn write_op<'a>(
    fbb: &mut FlatBufferBuilder<'a>,
    op: &FileOp,
    code: u32,
) -> WIPOffset<schema::Operator<'a>> {
    let inputs = fbb.create_vector(&op.inputs);
    let outputs = fbb.create_vector(&[op.output]);
    let (kind, options) = write_options(fbb, &op.options);
    let args = schema::OperatorArgs {
        opcode_index: code,
        inputs: Some(inputs),
        outputs: Some(outputs),
        builtin_options_type: kind,
        builtin_options: options,
    };
    schema::Operator::create(fbb, &args)
}

fn write_options(
    fbb: &mut FlatBufferBuilder<'_>,
    options: &Options,
) -> (schema::BuiltinOptions, Option<WIPOffset<UnionWIPOffset>>) {
    macro_rules! table {
        ($table:ident, $args:expr) => {{
            let table = schema::$table::create(fbb, $args);
            (schema::BuiltinOptions::$table, Some(table.as_union_value()))
        }};
    }
    match options {
        Options::None => (schema::BuiltinOptions::NONE, None),
        Options::Add(args) => table!(AddOptions, args),
        Options::Concatenation(args) => table!(ConcatenationOptions, args),
        Options::Conv2D(args) => table!(Conv2DOptions, args),
        Options::DepthwiseConv2D(args) => table!(DepthwiseConv2DOptions, args),
        Options::Dequantize => table!(DequantizeOptions, &schema::DequantizeOptionsArgs {}),
        Options::FullyConnected(args) => table!(FullyConnectedOptions, args),
        Options::HardSwish => table!(HardSwishOptions, &schema::HardSwishOptionsArgs {}),
        Options::LeakyRelu(args) => table!(LeakyReluOptions, args),
        Options::MaximumMinimum => {
            table!(MaximumMinimumOptions, &schema::MaximumMinimumOptionsArgs {})
        }
        Options::MirrorPad(args) => table!(MirrorPadOptions, args),
        Options::Mul(args) => table!(MulOptions, args),
        Options::Pad => table!(PadOptions, &schema::PadOptionsArgs {}),
        Options::PadV2 => table!(PadV2Options, &schema::PadV2OptionsArgs {}),
        Options::Pool2D(args) => table!(Pool2DOptions, args),
        Options::Quantize => table!(QuantizeOptions, &schema::QuantizeOptionsArgs {}),
        Options::Reducer(args) => table!(ReducerOptions, args),
        Options::Reshape(shape) => {
            let new_shape = Some(fbb.create_vector(shape));
            table!(ReshapeOptions, &schema::ReshapeOptionsArgs { new_shape })
        }
        Options::ResizeBilinear(args) => table!(ResizeBilinearOptions, args),
        Options::ResizeNearestNeighbor(args) => table!(ResizeNearestNeighborOptions, args),
        Options::Slice => table!(SliceOptions, &schema::SliceOptionsArgs {}),
        Options::Softmax(args) => table!(SoftmaxOptions, args),
        Options::StridedSlice(args) => table!(StridedSliceOptions, args),
        Options::Sub(args) => table!(SubOptions, args),
        Options::Transpose => table!(TransposeOptions, &schema::TransposeOptionsArgs {}),
        Options::TransposeConv(args) => table!(TransposeConvOptions, args),
    }
}

/// A string of the format: bytes with a zero behind them.
fn text<'a>(fbb: &mut FlatBufferBuilder<'a>, text: &str) -> WIPOffset<Vector<'a, u8>> {
    WIPOffset::new(fbb.create_string(text).value())
}
