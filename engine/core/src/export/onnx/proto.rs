//! Small messages of the format.

use crate::format::onnx::{
    AttributeProto, Bytes, TensorProto, TensorShapeProto, TypeProto, ValueInfoProto,
    attribute_proto::AttributeType, tensor_proto::DataType, tensor_shape_proto, type_proto,
};
use crate::graph::{DType, Data};

pub(super) fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        i: Some(value),
        r#type: AttributeType::Int as i32,
        ..AttributeProto::default()
    }
}

pub(super) fn float(name: &str, value: f32) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        f: Some(value),
        r#type: AttributeType::Float as i32,
        ..AttributeProto::default()
    }
}

pub(super) fn string(name: &str, value: &'static str) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        s: Some(Bytes::from_static(value.as_bytes())),
        r#type: AttributeType::String as i32,
        ..AttributeProto::default()
    }
}

pub(super) fn ints(name: &str, values: impl IntoIterator<Item = usize>) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        ints: values.into_iter().map(|v| v as i64).collect(),
        r#type: AttributeType::Ints as i32,
        ..AttributeProto::default()
    }
}

pub(super) fn data_type(dtype: DType) -> i32 {
    let found = match dtype {
        DType::I8 => DataType::Int8,
        DType::U8 => DataType::Uint8,
        DType::I16 => DataType::Int16,
        DType::I32 => DataType::Int32,
        DType::I64 => DataType::Int64,
        DType::F16 => DataType::Float16,
        DType::F32 => DataType::Float,
        DType::Bool => DataType::Bool,
    };
    found as i32
}

/// A constant; `dims` in the file's order.
pub(super) fn tensor(name: &str, dims: &[usize], data: &Data) -> TensorProto {
    let dtype = match data {
        Data::I8(_) => DType::I8,
        Data::U8(_) => DType::U8,
        Data::I16(_) => DType::I16,
        Data::I32(_) => DType::I32,
        Data::I64(_) => DType::I64,
        Data::F32(_) => DType::F32,
    };
    TensorProto {
        dims: dims.iter().map(|&d| d as i64).collect(),
        data_type: data_type(dtype),
        name: name.into(),
        raw_data: Bytes::from(data.to_le_bytes()),
        ..TensorProto::default()
    }
}

/// An input or output of the network; `dims` in the file's order.
pub(super) fn value_info(name: &str, dtype: DType, dims: &[usize]) -> ValueInfoProto {
    let dim = |&d: &usize| tensor_shape_proto::Dimension {
        value: Some(tensor_shape_proto::dimension::Value::DimValue(d as i64)),
    };
    let tensor = type_proto::Tensor {
        elem_type: data_type(dtype),
        shape: Some(TensorShapeProto {
            dim: dims.iter().map(dim).collect(),
        }),
    };
    ValueInfoProto {
        name: name.into(),
        r#type: Some(TypeProto {
            value: Some(type_proto::Value::TensorType(tensor)),
        }),
        ..ValueInfoProto::default()
    }
}
