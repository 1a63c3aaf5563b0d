//! Whatever bytes come in as an ONNX file: no panic, no graph that is not whole.

mod support;
#[path = "support/survives.rs"]
mod survives;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tinyscope_core::format::onnx::tensor_proto::DataType;
use tinyscope_core::format::onnx::{
    AttributeProto, Bytes, GraphProto, Message as _, ModelProto, NodeProto, OperatorSetIdProto,
    TensorProto, TensorShapeProto, TypeProto, ValueInfoProto, tensor_shape_proto, type_proto,
};

fn info(name: &str, shape: &[i64]) -> ValueInfoProto {
    let dimension = |&extent: &i64| tensor_shape_proto::Dimension {
        value: Some(tensor_shape_proto::dimension::Value::DimValue(extent)),
    };
    let tensor = type_proto::Tensor {
        elem_type: DataType::Float as i32,
        shape: Some(TensorShapeProto {
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

/// One node with three constants that any operator may take for weights, axes or scales.
fn single(op_type: &str, ints: &[i64], opset: i64) -> Vec<u8> {
    let constant = |name: &str, data_type: DataType, dims: &[i64], raw: Vec<u8>| TensorProto {
        dims: dims.to_vec(),
        data_type: data_type as i32,
        name: name.into(),
        raw_data: Bytes::from(raw),
        ..TensorProto::default()
    };
    let names = [
        "kernel_shape",
        "strides",
        "pads",
        "dilations",
        "axes",
        "perm",
        "split",
        "output_padding",
    ];
    let attribute = |name: &str| AttributeProto {
        name: name.into(),
        ints: ints.to_vec(),
        ..AttributeProto::default()
    };
    let mut attributes: Vec<AttributeProto> = names.iter().map(|name| attribute(name)).collect();
    for name in ["axis", "group", "ceil_mode", "keepdims", "transA", "transB"] {
        attributes.push(AttributeProto {
            name: name.into(),
            i: ints.first().copied(),
            ..AttributeProto::default()
        });
    }
    let whole = ints.iter().flat_map(|i| i.to_le_bytes()).collect();
    let node = NodeProto {
        input: ["x", "w", "i", "f"].map(String::from).to_vec(),
        output: vec!["y".into()],
        op_type: op_type.into(),
        attribute: attributes,
        ..NodeProto::default()
    };
    let graph = GraphProto {
        node: vec![node],
        initializer: vec![
            constant("w", DataType::Float, &[2, 2, 1, 1], vec![0; 16]),
            constant("i", DataType::Int64, &[ints.len() as i64], whole),
            constant("f", DataType::Float, &[], vec![0, 0, 128, 63]),
        ],
        input: vec![info("x", &[1, 2, 3, 4])],
        output: vec![info("y", &[1])],
        ..GraphProto::default()
    };
    ModelProto {
        ir_version: 8,
        graph: Some(graph),
        opset_import: vec![OperatorSetIdProto {
            version: opset,
            ..OperatorSetIdProto::default()
        }],
        ..ModelProto::default()
    }
    .encode_to_vec()
}

const OPERATORS: [&str; 49] = [
    "Add",
    "AveragePool",
    "BatchNormalization",
    "Cast",
    "Clip",
    "Concat",
    "ConstantOfShape",
    "Conv",
    "ConvTranspose",
    "DequantizeLinear",
    "Div",
    "Dropout",
    "Flatten",
    "Gather",
    "Gemm",
    "GlobalAveragePool",
    "GlobalMaxPool",
    "HardSigmoid",
    "HardSwish",
    "Identity",
    "LeakyRelu",
    "MatMul",
    "Max",
    "MaxPool",
    "Min",
    "Mul",
    "PRelu",
    "Pad",
    "QLinearConv",
    "QLinearMatMul",
    "QuantizeLinear",
    "ReduceMax",
    "ReduceMean",
    "ReduceSum",
    "Relu",
    "Reshape",
    "Resize",
    "Shape",
    "Sigmoid",
    "Slice",
    "Softmax",
    "Split",
    "Squeeze",
    "Sub",
    "Tanh",
    "Transpose",
    "Unsqueeze",
    "Upsample",
    "Constant",
];

fn seeds() -> Vec<Vec<u8>> {
    let shared = support::shared_bytes("models/resnet8_qdq_s8s8_pc.onnx");
    let own = [("Conv", 1), ("MaxPool", 2), ("Slice", 1), ("Transpose", 0)];
    let own = own.map(|(op, n)| single(op, &[n, n], 13));
    own.into_iter().chain(shared).collect()
}

fn config(cases: u32) -> Config {
    Config {
        failure_persistence: None,
        cases,
        ..Config::default()
    }
}

#[test]
fn flipped_bits_and_cuts_never_panic() {
    for seed in seeds() {
        // Names and attributes lie at both ends of a large file, the weights between.
        let edits = prop::collection::vec((any::<usize>(), any::<u8>()), 1..16);
        let cut = prop::option::weighted(0.2, any::<usize>());
        let result = TestRunner::new(config(300)).run(&(edits, cut), |(edits, cut)| {
            let mut bytes = seed.clone();
            for (index, (at, value)) in edits.into_iter().enumerate() {
                let (len, part) = (bytes.len(), bytes.len().min(40_000));
                let at = if index % 2 == 0 {
                    at % part
                } else {
                    len - 1 - at % part
                };
                bytes[at] = value;
            }
            if let Some(cut) = cut {
                bytes.truncate(cut % bytes.len());
            }
            survives::model(&bytes);
            Ok(())
        });
        assert!(result.is_ok(), "{result:?}");
    }
}

#[test]
fn every_byte_of_a_small_model_may_be_anything() {
    for seed in seeds().into_iter().take(4) {
        for at in 0..seed.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut bytes = seed.clone();
                bytes[at] = value;
                survives::model(&bytes);
            }
        }
    }
}

#[test]
fn any_operator_with_any_numbers_never_panics() {
    let number = prop_oneof![
        4 => -2_i64..6,
        1 => Just(i64::MAX),
        1 => Just(i64::MIN),
        1 => Just(1 << 40),
        1 => Just(-1_i64 << 40),
    ];
    let list = prop::collection::vec(number, 0..9);
    let operator = prop::sample::select(&OPERATORS[..]);
    let opset = prop::sample::select(&[7_i64, 9, 10, 11, 13, 18, 21][..]);
    let result =
        TestRunner::new(config(4000)).run(&(operator, list, opset), |(operator, list, opset)| {
            survives::model(&single(operator, &list, opset));
            Ok(())
        });
    assert!(result.is_ok(), "{result:?}");
}
