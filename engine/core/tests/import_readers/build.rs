//! Writes TFLite files from plain descriptions, with the tables of the schema: any nonsense can be written.

use flatbuffers::{FlatBufferBuilder, UnionWIPOffset, WIPOffset};

#[allow(
    unsafe_code,
    missing_docs,
    unused_lifetimes,
    dead_code,
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used,
    reason = "made by flatc"
)]
#[rustfmt::skip]
#[path = "../../src/format/generated/tflite_generated.rs"]
mod generated;
pub use generated::tflite as schema;

pub const F32: i8 = 0;
pub const F16: i8 = 1;
pub const I32: i8 = 2;
pub const U8: i8 = 3;
pub const I64: i8 = 4;
pub const I16: i8 = 7;
pub const I8: i8 = 9;

/// A tensor of the file.
#[derive(Clone, Debug, Default)]
pub struct T {
    pub shape: Vec<i32>,
    pub signature: Vec<i32>,
    pub dtype: i8,
    pub scales: Vec<f32>,
    pub zero_points: Vec<i64>,
    pub axis: i32,
    pub data: Vec<u8>,
    pub name: Vec<u8>,
}

impl T {
    pub fn new(dtype: i8, shape: &[i32]) -> Self {
        Self {
            shape: shape.to_vec(),
            dtype,
            ..Self::default()
        }
    }

    /// An int8 activation.
    pub fn int8(shape: &[i32], scale: f32, zero_point: i64) -> Self {
        Self::new(I8, shape).scaled(scale, zero_point)
    }

    pub fn float(shape: &[i32]) -> Self {
        Self::new(F32, shape)
    }

    /// A list of int32 constants.
    pub fn list(values: &[i32]) -> Self {
        Self::new(I32, &[values.len() as i32]).with(values.iter().flat_map(|v| v.to_le_bytes()))
    }

    /// One int32 constant.
    pub fn scalar(value: i32) -> Self {
        Self::new(I32, &[]).with(value.to_le_bytes())
    }

    /// float32 constants.
    pub fn floats(shape: &[i32], values: &[f32]) -> Self {
        Self::new(F32, shape).with(values.iter().flat_map(|v| v.to_le_bytes()))
    }

    /// int8 constants of scale 1.
    pub fn codes(shape: &[i32], values: &[i8]) -> Self {
        Self::int8(shape, 1.0, 0).with(values.iter().map(|v| v.cast_unsigned()))
    }

    pub fn scaled(mut self, scale: f32, zero_point: i64) -> Self {
        self.scales = vec![scale];
        self.zero_points = vec![zero_point];
        self
    }

    pub fn with(mut self, data: impl IntoIterator<Item = u8>) -> Self {
        self.data = data.into_iter().collect();
        self
    }

    pub fn with_shape(mut self, shape: &[i32]) -> Self {
        self.shape = shape.to_vec();
        self
    }

    /// Leaves the extents open that are −1 in `signature`.
    pub fn open(mut self, signature: &[i32]) -> Self {
        self.signature = signature.to_vec();
        self
    }

    pub fn named(mut self, name: &str) -> Self {
        self.name = name.into();
        self
    }
}

/// Writes an options table.
pub type Write = Box<dyn Fn(&mut FlatBufferBuilder<'static>) -> WIPOffset<UnionWIPOffset>>;
/// The type of an options table, and the table.
pub type Options = (schema::BuiltinOptions, Option<Write>);

/// No options table.
pub fn none() -> Options {
    (schema::BuiltinOptions::NONE, None)
}

/// `options!(Table, Arguments { field: value, .. })`: that table, other fields at their defaults.
macro_rules! options {
    ($table:ident, $args:ident { $($field:ident: $value:expr),* $(,)? }) => {{
        use $crate::build::schema;
        let write: $crate::build::Write = Box::new(move |to| {
            #[allow(clippy::needless_update, reason = "some tables have no other fields")]
            let args = schema::$args { $($field: $value,)* ..Default::default() };
            schema::$table::create(to, &args).as_union_value()
        });
        (schema::BuiltinOptions::$table, Some(write))
    }};
}
pub(crate) use options;

/// An operator of the file.
pub struct O {
    pub code: i32,
    pub version: i32,
    pub custom: Option<Vec<u8>>,
    pub inputs: Vec<i32>,
    pub outputs: Vec<i32>,
    pub options: Options,
}

impl O {
    pub fn new(code: i32, options: Options, inputs: &[i32], outputs: &[i32]) -> Self {
        Self {
            code,
            version: 1,
            custom: None,
            inputs: inputs.to_vec(),
            outputs: outputs.to_vec(),
            options,
        }
    }
}

/// A file with one network.
#[derive(Default)]
pub struct File {
    pub tensors: Vec<T>,
    pub ops: Vec<O>,
    pub inputs: Vec<i32>,
    pub outputs: Vec<i32>,
}

impl File {
    /// A network of one operator: tensors without data are its inputs.
    pub fn of(code: i32, options: Options, inputs: Vec<T>, outputs: Vec<T>) -> Self {
        let count = inputs.len() as i32;
        let free = (0..count).filter(|&i| inputs[i as usize].data.is_empty());
        let free: Vec<i32> = free.collect();
        let all: Vec<i32> = (0..count).collect();
        let results: Vec<i32> = (count..count + outputs.len() as i32).collect();
        Self {
            ops: vec![O::new(code, options, &all, &results)],
            tensors: inputs.into_iter().chain(outputs).collect(),
            inputs: free,
            outputs: results,
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut to = FlatBufferBuilder::new();
        let mut buffers = vec![schema::Buffer::create(
            &mut to,
            &schema::BufferArgs::default(),
        )];
        let mut tensors = Vec::new();
        for tensor in &self.tensors {
            let mut buffer = 0;
            if !tensor.data.is_empty() {
                let data = Some(to.create_vector(&tensor.data));
                let args = schema::BufferArgs {
                    data,
                    offset: 0,
                    size: 0,
                };
                buffer = buffers.len() as u32;
                buffers.push(schema::Buffer::create(&mut to, &args));
            }
            tensors.push(self::tensor(&mut to, tensor, buffer));
        }
        let mut codes = Vec::new();
        let mut ops = Vec::new();
        for (index, op) in self.ops.iter().enumerate() {
            let custom_code = op.custom.as_ref().map(|name| to.create_vector(name));
            let args = schema::OperatorCodeArgs {
                deprecated_builtin_code: op.code.min(127) as i8,
                builtin_code: op.code,
                custom_code,
                version: op.version,
            };
            codes.push(schema::OperatorCode::create(&mut to, &args));
            let inputs = Some(to.create_vector(&op.inputs));
            let outputs = Some(to.create_vector(&op.outputs));
            let builtin_options = op.options.1.as_ref().map(|write| write(&mut to));
            let args = schema::OperatorArgs {
                opcode_index: index as u32,
                inputs,
                outputs,
                builtin_options_type: op.options.0,
                builtin_options,
            };
            ops.push(schema::Operator::create(&mut to, &args));
        }
        let args = schema::SubGraphArgs {
            tensors: Some(to.create_vector(&tensors)),
            inputs: Some(to.create_vector(&self.inputs)),
            outputs: Some(to.create_vector(&self.outputs)),
            operators: Some(to.create_vector(&ops)),
        };
        let subgraph = schema::SubGraph::create(&mut to, &args);
        let args = schema::ModelArgs {
            version: 3,
            operator_codes: Some(to.create_vector(&codes)),
            subgraphs: Some(to.create_vector(&[subgraph])),
            description: None,
            buffers: Some(to.create_vector(&buffers)),
        };
        let model = schema::Model::create(&mut to, &args);
        schema::finish_model_buffer(&mut to, model);
        to.finished_data().to_vec()
    }
}

fn tensor(
    to: &mut FlatBufferBuilder<'static>,
    tensor: &T,
    buffer: u32,
) -> WIPOffset<schema::Tensor<'static>> {
    let quantization = (!tensor.scales.is_empty()).then(|| {
        let args = schema::QuantizationParametersArgs {
            scale: Some(to.create_vector(&tensor.scales)),
            zero_point: Some(to.create_vector(&tensor.zero_points)),
            quantized_dimension: tensor.axis,
        };
        schema::QuantizationParameters::create(to, &args)
    });
    let signature = (!tensor.signature.is_empty()).then(|| to.create_vector(&tensor.signature));
    let args = schema::TensorArgs {
        shape: Some(to.create_vector(&tensor.shape)),
        type_: tensor.dtype,
        buffer,
        name: Some(to.create_vector(&tensor.name)),
        quantization,
        shape_signature: signature,
        ..Default::default()
    };
    schema::Tensor::create(to, &args)
}
