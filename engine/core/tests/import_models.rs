//! The shared models import without an error, with the facts that are known of them.

mod support;

use tinyscope_core::graph::{DType, OpKind, verify};
use tinyscope_core::{Graph, import};

fn load(name: &str) -> Option<Graph> {
    let bytes = support::model(name)?;
    let imported = import::import(name, &bytes);
    let shown: Vec<String> = imported
        .diagnostics
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(
        !import::has_errors(&imported.diagnostics),
        "{name}: {shown:#?}"
    );
    let graph = imported.graph.expect("no error means a graph");
    assert_eq!(verify(&graph), Ok(()), "{name}");
    assert_eq!(imported.view.operators.len(), graph.ops.len(), "{name}");
    Some(graph)
}

/// Name, operators, input shape, output shape.
const FACTS: [(&str, usize, &[usize], &[usize]); 10] = [
    ("vww_96_int8", 31, &[1, 96, 96, 3], &[1, 2]),
    ("pretrainedResnet_quant", 16, &[1, 32, 32, 3], &[1, 10]),
    ("kws_ref_model", 13, &[1, 49, 10, 1], &[1, 12]),
    ("ad01_int8", 10, &[1, 640], &[1, 640]),
    ("person_detect", 31, &[1, 96, 96, 1], &[1, 2]),
    ("str_ww_ref_model", 11, &[1, 30, 1, 40], &[1, 3]),
    ("mcunet_vww", 63, &[1, 80, 80, 3], &[1, 2]),
    ("mcunet-5fps_imagenet", 57, &[1, 128, 128, 3], &[1, 1000]),
    ("mbv2-w0.35_imagenet", 69, &[1, 128, 128, 3], &[1, 1000]),
    (
        "mcunet-320kb-1mb_imagenet",
        122,
        &[1, 176, 176, 3],
        &[1, 1000],
    ),
];

#[test]
fn the_int8_models_import_whole() {
    for (name, ops, input, output) in FACTS {
        let Some(graph) = load(name) else { return };
        assert_eq!(graph.ops.len(), ops, "{name}");
        assert_eq!(graph.inputs.len(), 1, "{name}");
        assert_eq!(graph.outputs.len(), 1, "{name}");
        assert_eq!(graph.tensor(graph.inputs[0]).shape, input, "{name}");
        assert_eq!(graph.tensor(graph.outputs[0]).shape, output, "{name}");
        for (index, op) in graph.ops.iter().enumerate() {
            assert_eq!(op.source_index as usize, index, "{name}");
            for id in op.inputs.iter().chain(&op.outputs) {
                assert!(graph.tensor(*id).source_index.is_some(), "{name}");
            }
        }
        let parameters: usize = graph
            .tensors
            .iter()
            .filter_map(|t| t.data.as_ref())
            .map(tinyscope_core::graph::Data::bytes)
            .sum();
        let file = support::model(name).map_or(0, |b| b.len());
        assert!(
            parameters > 0 && parameters < file,
            "{name}: {parameters} of {file}"
        );
    }
}

#[test]
fn vww_has_the_published_macs_of_its_first_layers() {
    let Some(graph) = load("vww_96_int8") else {
        return;
    };
    let OpKind::Conv2d(conv) = &graph.ops[0].kind else {
        panic!("the first operator is a convolution");
    };
    // 96×96×3 → 48×48×8, 3×3 stride 2, SAME: the odd pixel is below and to the right.
    let padding = conv.window.padding;
    assert_eq!(conv.window.kernel, [3, 3]);
    assert_eq!(conv.window.stride, [2, 2]);
    assert_eq!(
        [padding.top, padding.bottom, padding.left, padding.right],
        [0, 1, 0, 1]
    );
    assert_eq!(graph.tensor(graph.ops[0].outputs[0]).shape, [1, 48, 48, 8]);
}

#[test]
fn kws_first_window_is_10_by_4() {
    let Some(graph) = load("kws_ref_model") else {
        return;
    };
    let window = graph.ops[0].kind.window().expect("a convolution");
    assert_eq!(window.kernel, [10, 4]);
    let p = window.padding;
    assert_eq!([p.top, p.bottom, p.left, p.right], [4, 5, 1, 1]);
}

#[test]
fn a_bias_axis_of_three_is_accepted_and_normalised() {
    let Some(graph) = load("person_detect") else {
        return;
    };
    let mut biases = 0;
    for op in &graph.ops {
        let Some((_, Some(bias))) = op.kind.parameters() else {
            continue;
        };
        let bias = graph.tensor(bias);
        let quant = bias.quant.as_ref().expect("biases have scales");
        assert_eq!(quant.axis, 0);
        biases += 1;
    }
    assert_eq!(biases, 28);
}

#[test]
fn tiny_scales_and_saturated_biases_are_warned_of_not_refused() {
    let Some(bytes) = support::model("mcunet-5fps_imagenet") else {
        return;
    };
    let imported = import::import("mcunet-5fps_imagenet", &bytes);
    assert!(
        imported
            .diagnostics
            .iter()
            .any(|d| d.code == "saturated-bias")
    );
    let graph = imported.graph.expect("it imports");
    let scales = graph.tensors.iter().filter_map(|t| t.quant.as_ref());
    let least = scales
        .flat_map(|q| q.scales.iter().copied())
        .fold(1.0, f32::min);
    assert!(least > 0.0 && least < 1e-8, "{least}");
}

#[test]
fn negative_weight_scales_are_kept_as_they_are() {
    let Some(graph) = load("mcunet-320kb-1mb_imagenet") else {
        return;
    };
    let negative = |t: &&tinyscope_core::Tensor| {
        t.quant
            .as_ref()
            .is_some_and(|q| q.scales.iter().any(|&s| s < 0.0))
    };
    let found: Vec<_> = graph.tensors.iter().filter(negative).collect();
    // 14 convolutions, weights and bias of each.
    assert_eq!(found.len(), 28);
    assert!(found.iter().all(|t| t.is_constant()));
}

#[test]
fn floats_stay_at_the_border() {
    let Some(graph) = load("mcunet_vww") else {
        return;
    };
    let floats: Vec<_> = graph
        .tensors
        .iter()
        .filter(|t| t.dtype == DType::F32)
        .collect();
    assert_eq!(floats.len(), 2);
    assert_eq!(graph.tensor(graph.inputs[0]).dtype, DType::F32);
    assert_eq!(graph.tensor(graph.outputs[0]).dtype, DType::F32);
}

#[test]
fn a_float_model_becomes_a_float_graph() {
    let Some(graph) = load("pretrainedResnet") else {
        return;
    };
    assert_eq!(graph.ops.len(), 16);
    let parameters = graph.ops.iter().flat_map(|op| op.kind.constants());
    let operands = graph
        .ops
        .iter()
        .flat_map(|op| op.inputs.iter().chain(&op.outputs));
    for id in parameters.chain(operands.copied()) {
        let tensor = graph.tensor(id);
        assert_eq!((tensor.dtype, &tensor.quant), (DType::F32, &None));
    }
}

#[test]
fn the_detector_has_three_outputs() {
    let Some(graph) = load("mcunet_detection") else {
        return;
    };
    let shapes: Vec<_> = graph
        .outputs
        .iter()
        .map(|&id| graph.tensor(id).shape.clone())
        .collect();
    assert_eq!(shapes.len(), 3);
    assert!(
        shapes.iter().all(|s| s.len() == 4 && s[0] == 1),
        "{shapes:?}"
    );
    let resizes = graph
        .ops
        .iter()
        .filter(|op| matches!(op.kind, OpKind::Resize(_)));
    assert_eq!(resizes.count(), 2);
}

#[test]
fn own_models_import() {
    for (path, bytes) in support::own_models() {
        let graph = import::load("own", &bytes);
        assert!(graph.is_ok(), "{}: {:?}", path.display(), graph.err());
    }
}
