//! Small ONNX models for tests: nodes, constants, and random numbers that are the same in every run.

use tinyscope_core::format::onnx::attribute_proto::AttributeType;
use tinyscope_core::format::onnx::tensor_proto::DataType;
use tinyscope_core::format::onnx::{
    AttributeProto, Bytes, GraphProto, Message as _, ModelProto, NodeProto, OperatorSetIdProto,
    TensorProto, TensorShapeProto, TypeProto, ValueInfoProto, tensor_shape_proto, type_proto,
};

/// Numbers of a linear congruential generator.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    /// `from..=to`.
    pub fn int(&mut self, from: i64, to: i64) -> i64 {
        from + (self.next() % (to - from + 1) as u64) as i64
    }

    /// −1 to 1.
    pub fn real(&mut self) -> f32 {
        (self.next() % 20_001) as f32 / 10_000.0 - 1.0
    }

    pub fn reals(&mut self, shape: &[i64]) -> Vec<f32> {
        (0..shape.iter().product()).map(|_| self.real()).collect()
    }
}

/// An attribute's value.
pub enum Attr<'a> {
    I(i64),
    F(f32),
    S(&'a str),
    Is(&'a [i64]),
}

/// A model in the making. `x` is its first input.
pub struct Model {
    graph: GraphProto,
    opset: i64,
}

impl Model {
    pub fn new(opset: i64) -> Self {
        Self {
            graph: GraphProto {
                name: "test".into(),
                ..GraphProto::default()
            },
            opset,
        }
    }

    pub fn input(&mut self, name: &str, data_type: DataType, shape: &[i64]) {
        self.graph.input.push(info(name, data_type, Some(shape)));
    }

    pub fn output(&mut self, name: &str, data_type: DataType, shape: &[i64]) {
        self.graph.output.push(info(name, data_type, Some(shape)));
    }

    fn constant(&mut self, name: &str, data_type: DataType, dims: &[i64], raw: Vec<u8>) {
        self.graph.initializer.push(TensorProto {
            dims: dims.to_vec(),
            data_type: data_type as i32,
            name: name.into(),
            raw_data: Bytes::from(raw),
            ..TensorProto::default()
        });
    }

    pub fn reals(&mut self, name: &str, dims: &[i64], values: &[f32]) {
        let raw = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        self.constant(name, DataType::Float, dims, raw);
    }

    pub fn random(&mut self, random: &mut Random, name: &str, dims: &[i64]) {
        let values = random.reals(dims);
        self.reals(name, dims, &values);
    }

    pub fn ints(&mut self, name: &str, values: &[i64]) {
        let raw = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        self.constant(name, DataType::Int64, &[values.len() as i64], raw);
    }

    pub fn codes(&mut self, name: &str, data_type: DataType, dims: &[i64], values: &[i32]) {
        let raw = match data_type {
            DataType::Int32 => values.iter().flat_map(|x| x.to_le_bytes()).collect(),
            _ => values.iter().map(|&x| x as u8).collect(),
        };
        self.constant(name, data_type, dims, raw);
    }

    /// A scalar scale and zero point, as `NAME_s` and `NAME_z`.
    pub fn scale(&mut self, name: &str, data_type: DataType, scale: f32, zero: i32) {
        self.reals(&format!("{name}_s"), &[], &[scale]);
        self.codes(&format!("{name}_z"), data_type, &[], &[zero]);
    }

    /// A node: operands and results are separated by spaces; `_` is left out. `domain:Type` for another domain.
    pub fn node(&mut self, op: &str, inputs: &str, outputs: &str, attributes: &[(&str, Attr<'_>)]) {
        let (domain, op_type) = op.split_once(':').unwrap_or(("", op));
        let list = |text: &str| -> Vec<String> {
            let names = text.split_whitespace();
            names
                .map(|n| {
                    if n == "_" {
                        String::new()
                    } else {
                        n.to_owned()
                    }
                })
                .collect()
        };
        let attribute = attributes.iter().map(|(name, value)| {
            let mut attribute = AttributeProto {
                name: (*name).into(),
                ..AttributeProto::default()
            };
            let kind = match value {
                Attr::I(i) => {
                    attribute.i = Some(*i);
                    AttributeType::Int
                }
                Attr::F(f) => {
                    attribute.f = Some(*f);
                    AttributeType::Float
                }
                Attr::S(s) => {
                    attribute.s = Some(Bytes::copy_from_slice(s.as_bytes()));
                    AttributeType::String
                }
                Attr::Is(list) => {
                    attribute.ints = list.to_vec();
                    AttributeType::Ints
                }
            };
            attribute.r#type = kind as i32;
            attribute
        });
        self.graph.node.push(NodeProto {
            input: list(inputs),
            output: list(outputs),
            name: format!("node{}", self.graph.node.len()),
            op_type: op_type.into(),
            domain: domain.into(),
            attribute: attribute.collect(),
            ..NodeProto::default()
        });
    }

    pub fn bytes(&self) -> Vec<u8> {
        let set = |domain: &str, version| OperatorSetIdProto {
            domain: domain.into(),
            version,
        };
        ModelProto {
            ir_version: 8,
            producer_name: "test".into(),
            opset_import: vec![set("", self.opset), set("com.microsoft", 1)],
            graph: Some(self.graph.clone()),
            ..ModelProto::default()
        }
        .encode_to_vec()
    }
}

fn info(name: &str, data_type: DataType, shape: Option<&[i64]>) -> ValueInfoProto {
    let dimension = |&extent: &i64| tensor_shape_proto::Dimension {
        value: Some(tensor_shape_proto::dimension::Value::DimValue(extent)),
    };
    let tensor = type_proto::Tensor {
        elem_type: data_type as i32,
        shape: shape.map(|shape| TensorShapeProto {
            dim: shape.iter().map(dimension).collect(),
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
