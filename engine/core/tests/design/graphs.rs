//! The graphs of designs: what they compute, and that they are as good as imported ones.

use crate::{committed, design, support};
use tinyscope_core::design::Design;
use tinyscope_core::graph::{Activation, OpKind, Tensor, verify};
use tinyscope_core::import::import;
use tinyscope_core::plan::{Choices, Prepared, Target, interpret, plan_prepared};
use tinyscope_core::quant::{Value, random_input, run};
use tinyscope_core::schedule::lower;
use tinyscope_core::{Graph, Op};

/// Designs whose host run takes long in an unoptimised build.
const LARGE: [&str; 4] = [
    "mobilenetv2-1.0-r224",
    "mobilenetv2-rd-r224",
    "proxyless-mobile",
    "mcunet-512kb-2mb-int4",
];

#[test]
fn every_committed_design_makes_a_graph_that_lowers_and_plans() {
    let all = committed();
    assert!(all.len() >= 20, "{}", all.len());
    for (path, text) in all {
        let design = Design::from_ron(text.as_bytes());
        let design = design.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(
            path.file_stem().and_then(|s| s.to_str()),
            Some(&*design.name)
        );
        let graph = design.to_graph().expect("a graph");
        assert_eq!(verify(&graph), Ok(()), "{}", design.name);
        assert!(graph.name.contains("seeded weights"));
        let (lowered, notes) = lower(&graph);
        assert_eq!(
            lowered.ops.len(),
            graph.ops.len(),
            "{}: {notes:?}",
            design.name
        );
        let prepared = Prepared::new(&graph).expect("plannable");
        plan_prepared(&prepared, &Target::stm32f746(), &Choices::default()).expect("a plan");
    }
}

#[test]
fn activations_are_spread_over_their_codes_and_few_are_cut_off() {
    for (_, text) in committed() {
        let design = Design::from_ron(text.as_bytes()).expect("a design");
        if LARGE.contains(&&*design.name) {
            continue;
        }
        let graph = design.to_graph().expect("a graph");
        let trace = run(&graph, &random_input(&graph, 3)).expect("it runs");
        for (index, op) in graph.ops.iter().enumerate() {
            let id = op.outputs[0];
            let codes = trace.get(id).and_then(Value::as_i8).expect("int8");
            let place = format!("{} operator {index} {}", design.name, op.kind.name());
            check_spread(&place, op, graph.tensor(id), codes);
        }
    }
}

/// At most a hundredth is cut off at the end of an open range, at most nine tenths by an activation, and many codes occur.
fn check_spread(place: &str, op: &Op, tensor: &Tensor, codes: &[i8]) {
    if matches!(op.kind, OpKind::Softmax { .. }) {
        return;
    }
    let share = |code: i8| codes.iter().filter(|&&c| c == code).count() as f64 / codes.len() as f64;
    let bounded = |activation: Activation| {
        [
            activation != Activation::None,
            activation == Activation::Relu6,
        ]
    };
    let [low, high] = match &op.kind {
        OpKind::Conv2d(conv) => bounded(conv.activation),
        OpKind::DepthwiseConv2d(conv) => bounded(conv.activation),
        OpKind::FullyConnected(dense) => bounded(dense.activation),
        OpKind::Add(activation) => bounded(*activation),
        _ => [true, true],
    };
    for (bound, code) in [(low, i8::MIN), (high, i8::MAX)] {
        let most = if bound { 0.9 } else { 0.01 };
        assert!(share(code) <= most, "{place}: {} of {code}", share(code));
    }
    let mut seen = [false; 256];
    for &code in codes {
        seen[code as u8 as usize] = true;
    }
    let distinct = seen.iter().filter(|&&s| s).count();
    let least = (tensor.elements() / 4).min(32);
    assert!(
        distinct >= least,
        "{place}: {distinct} codes among {}",
        codes.len()
    );
}

#[test]
fn pixels_of_deep_maps_still_differ() {
    // A network whose maps go flat would hide a schedule that reads the wrong pixel.
    let graph = design("mcunet-320kb-1mb").to_graph().expect("a graph");
    let trace = run(&graph, &random_input(&graph, 5)).expect("it runs");
    for op in &graph.ops {
        let [h, w, channels] = graph.tensor(op.outputs[0]).hwc();
        if h * w < 9 {
            continue;
        }
        let codes = trace
            .get(op.outputs[0])
            .and_then(Value::as_i8)
            .expect("int8");
        let varied = (0..channels).filter(|&c| {
            let inner = codes.iter().skip(c).step_by(channels);
            let (low, high) = inner.fold((i8::MAX, i8::MIN), |(a, b), &x| (a.min(x), b.max(x)));
            i32::from(high) - i32::from(low) >= 8
        });
        let varied = varied.count();
        assert!(
            varied * 2 >= channels,
            "{varied} of {channels} channels vary"
        );
    }
}

#[test]
fn one_seed_gives_one_graph_and_another_seed_another() {
    let mut design = design("mcunet-10fps");
    let first = design.to_graph().expect("a graph");
    assert_eq!(design.to_graph().expect("a graph"), first);
    design.seed = 1;
    let other = design.to_graph().expect("a graph");
    assert_ne!(other, first);
    let values = |graph: &Graph| {
        let input = random_input(graph, 1);
        let trace = run(graph, &input).expect("it runs");
        trace.get(graph.outputs[0]).cloned()
    };
    assert_eq!(values(&first), values(&first));
    assert_ne!(values(&first), values(&other));
}

#[test]
fn a_plan_of_a_design_gives_the_bytes_of_the_host_run() {
    let graph = design("mcunet-10fps").to_graph().expect("a graph");
    let prepared = Prepared::new(&graph).expect("plannable");
    let plan = plan_prepared(&prepared, &Target::stm32f746(), &Choices::default()).expect("a plan");
    let values = random_input(&graph, 9);
    let codes: Vec<Vec<i8>> = (values.iter())
        .map(|value| value.as_i8().expect("int8").to_vec())
        .collect();
    let result = interpret(&plan, &codes).expect("it runs");
    let trace = run(&graph, &values).expect("it runs");
    let expected = trace.get(graph.outputs[0]).and_then(Value::as_i8);
    assert_eq!(Some(&result.outputs[0][..]), expected);
}

#[test]
fn designs_of_the_shared_models_have_their_operators() {
    for (name, model) in [
        ("mcunet-vww1", "mcunet_vww"),
        ("mcunet-320kb-1mb", "mcunet-320kb-1mb_imagenet"),
        ("mlperf-vww", "vww_96_int8"),
        ("mlperf-resnet8", "pretrainedResnet_quant"),
        ("mlperf-kws", "kws_ref_model"),
        ("mlperf-ad", "ad01_int8"),
    ] {
        let Some(bytes) = support::model(model) else {
            return;
        };
        let file = import(model, &bytes).graph.expect("it imports");
        let (file, _) = lower(&file);
        let ours = design(name).to_graph().expect("a graph");
        // Kernels, strides, padding, depths and order of everything that multiplies or adds; tails are spelt differently.
        let of = |graph: &Graph| -> Vec<String> {
            let ops = graph.ops.iter().filter(|op| op.kind.window().is_some());
            let ops = ops.filter(|op| !matches!(op.kind, OpKind::AveragePool2d(_)));
            ops.map(|op| {
                let activation = match &op.kind {
                    OpKind::Conv2d(conv) => conv.activation,
                    OpKind::DepthwiseConv2d(conv) => conv.activation,
                    _ => Activation::None,
                };
                let [h, w, c] = graph.tensor(op.outputs[0]).hwc();
                format!(
                    "{} {h}×{w}×{c} {:?} {activation:?}",
                    op.kind.name(),
                    op.kind.window()
                )
            })
            .collect()
        };
        let (ours, file) = (of(&ours), of(&file));
        let classifier = usize::from(model == "mcunet-320kb-1mb_imagenet");
        assert_eq!(ours.len() + classifier, file.len(), "{name}");
        for (ours, file) in ours.iter().zip(&file) {
            assert_eq!(ours, file, "{name}");
        }
    }
}
