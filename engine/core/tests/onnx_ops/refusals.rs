//! What is refused, and in which words; what is taken with a note.

use super::build::{Attr, Model};
use tinyscope_core::format::onnx::tensor_proto::{DataLocation, DataType};
use tinyscope_core::format::onnx::{
    Message as _, ModelProto, StringStringEntryProto, tensor_shape_proto,
};
use tinyscope_core::import;
use tinyscope_core::{Diagnostic, Severity};

fn model(op: &str, attributes: &[(&str, Attr<'_>)]) -> Model {
    let mut model = Model::new(13);
    model.input("x", DataType::Float, &[1, 2, 4, 4]);
    model.output("y", DataType::Float, &[1, 2, 4, 4]);
    model.node(op, "x", "y", attributes);
    model
}

/// The errors of a model, of which there must be some.
fn errors(bytes: &[u8]) -> Vec<Diagnostic> {
    let imported = import::import("test", bytes);
    assert!(imported.graph.is_none());
    let all = imported.diagnostics.into_iter();
    let errors: Vec<Diagnostic> = all.filter(|d| d.severity == Severity::Error).collect();
    assert!(
        errors
            .iter()
            .all(|d| !d.message.is_empty() && !d.remedy.is_empty()),
        "{errors:?}"
    );
    errors
}

#[test]
fn every_unsupported_node_is_reported_at_once_with_its_place() {
    let mut model = Model::new(13);
    model.input("x", DataType::Float, &[1, 2, 4, 4]);
    model.output("y", DataType::Float, &[1, 2, 4, 4]);
    model.node("Erf", "x", "a", &[]);
    model.node("Relu", "a", "b", &[]);
    model.node("custom.\u{202e}domain:Evil\u{1b}[31m", "b", "c", &[]);
    model.node("LogSoftmax", "c", "y", &[]);
    let found = errors(&model.bytes());
    let places: Vec<_> = found
        .iter()
        .map(|d| (d.code, d.op.as_ref().map(|op| (op.index, op.name.as_str()))))
        .collect();
    assert_eq!(
        places,
        [
            ("unsupported-operator", Some((0, "Erf"))),
            ("unsupported-domain", Some((2, "Evil\\u{1b}[31m"))),
            ("unsupported-operator", Some((3, "LogSoftmax"))),
        ]
    );
    assert!(found[1].message.contains("\\u{202e}"), "{}", found[1]);
    let view = import::import("test", &model.bytes()).view;
    let problems: Vec<bool> = view
        .operators
        .iter()
        .map(|op| op.problem.is_some())
        .collect();
    assert_eq!(problems, [true, false, true, true]);
    assert_eq!(view.tensors[view.inputs[0] as usize].bytes, Some(128));
}

#[test]
fn operators_with_options_that_cannot_be_run_say_why() {
    let cases = [
        (
            model("Resize", &[("mode", Attr::S("cubic"))]),
            "interpolation",
        ),
        (model("MaxPool", &[]), "kernel_shape"),
        (
            model("Transpose", &[("perm", Attr::Is(&[0, 0, 1, 2]))]),
            "permutation",
        ),
        (model("Conv", &[]), "operand 1"),
        (model("Concat", &[]), "axis"),
        (model("Flatten", &[("axis", Attr::I(9))]), "axis 9"),
    ];
    for (model, word) in cases {
        let found = errors(&model.bytes());
        assert!(found[0].message.contains(word), "{word}: {}", found[0]);
    }
}

#[test]
fn an_open_batch_is_one_and_other_open_dimensions_are_named() {
    let open = |axis: usize| {
        let mut proto =
            ModelProto::decode(model("Relu", &[]).bytes().as_slice()).expect("just written");
        let graph = proto.graph.as_mut().expect("a graph");
        let kind = graph.input[0]
            .r#type
            .as_mut()
            .and_then(|t| t.value.as_mut());
        let Some(tinyscope_core::format::onnx::type_proto::Value::TensorType(tensor)) = kind else {
            panic!("a tensor");
        };
        let name = tensor_shape_proto::dimension::Value::DimParam("side".into());
        tensor.shape.as_mut().expect("a shape").dim[axis].value = Some(name);
        proto.encode_to_vec()
    };
    let batch = import::import("test", &open(0));
    assert!(batch.graph.is_some());
    assert_eq!(batch.diagnostics.len(), 1);
    assert_eq!(batch.diagnostics[0].code, "open-batch");
    let found = errors(&open(2));
    assert_eq!(found[0].code, "open-dimension");
    assert!(found[0].message.contains("side"), "{}", found[0]);
}

/// A model whose weights lie in another file, from byte 4 on.
fn external(location: &str) -> Vec<u8> {
    let mut model = Model::new(13);
    model.input("x", DataType::Float, &[1, 2]);
    model.output("y", DataType::Float, &[1, 1]);
    model.reals("w", &[2, 1], &[3.0, 4.0]);
    model.node("MatMul", "x w", "y", &[]);
    let mut proto = ModelProto::decode(model.bytes().as_slice()).expect("just written");
    let tensor = &mut proto.graph.as_mut().expect("a graph").initializer[0];
    tensor.raw_data.clear();
    tensor.data_location = DataLocation::External as i32;
    let entry = |key: &str, value: &str| StringStringEntryProto {
        key: key.into(),
        value: value.into(),
    };
    tensor.external_data = vec![
        entry("location", location),
        entry("offset", "4"),
        entry("length", "8"),
    ];
    proto.encode_to_vec()
}

#[test]
fn weights_beside_the_file_are_read_through_the_caller_only() {
    let bytes = external("weights.bin");
    let mut file = vec![9; 4];
    file.extend([3.0_f32, 4.0].iter().flat_map(|x| x.to_le_bytes()));
    let mut asked = Vec::new();
    let mut beside = |name: &str| {
        asked.push(name.to_owned());
        Ok(file.clone().into())
    };
    let imported = import::import_with("test", &bytes, &mut beside);
    let graph = imported.graph.expect("complete");
    assert_eq!(asked, ["weights.bin"]);
    let inline = external("weights.bin");
    let weights = graph.ops[0].kind.parameters().expect("weights").0;
    let data = graph.tensor(weights).data.clone();
    assert_eq!(
        data,
        Some(tinyscope_core::graph::Data::F32([3.0, 4.0].into()))
    );
    // Too short a file, one that cannot be read, and no reader at all.
    let mut short = |_: &str| Ok(vec![0; 11].into());
    assert!(
        import::import_with("test", &inline, &mut short)
            .graph
            .is_none()
    );
    let mut gone = |_: &str| Err("no such file".to_owned());
    let refused = import::import_with("test", &inline, &mut gone).diagnostics;
    assert!(
        refused[0].message.contains("no such file"),
        "{}",
        refused[0]
    );
    assert_eq!(errors(&inline)[0].code, "external-data");
}

#[test]
fn paths_out_of_the_folder_are_never_asked_for() {
    for location in [
        "/etc/hostname",
        "../weights.bin",
        "a/../../w",
        "..",
        "C:\\w",
        "a\\b",
        "",
    ] {
        let mut never =
            |name: &str| -> Result<std::sync::Arc<[u8]>, String> { panic!("asked for {name}") };
        let imported = import::import_with("test", &external(location), &mut never);
        assert!(imported.graph.is_none(), "{location}");
        assert_eq!(imported.diagnostics[0].code, "external-data", "{location}");
    }
}
