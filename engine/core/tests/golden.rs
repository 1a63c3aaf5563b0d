//! Every operator of eleven real models, in two runs, against the reference's bytes: as imported, and lowered.
#![allow(missing_docs, reason = "tests")]

#[path = "support/golden.rs"]
mod golden;
mod support;

use golden::{Golden, hash};
use std::collections::BTreeMap;
use tinyscope_core::graph::Graph;
use tinyscope_core::import::import;
use tinyscope_core::quant::{Value, run};
use tinyscope_core::schedule::lower;

/// Values by the source file's tensor index.
type BySource = BTreeMap<u32, Value>;

fn open(name: &str) -> Option<(Graph, Golden)> {
    let bytes = support::model(name)?;
    let path = support::shared(&format!("golden/{name}.tflite.npz"))?;
    let imported = import(name, &bytes);
    let graph = imported
        .graph
        .unwrap_or_else(|| panic!("{name} is not imported: {:#?}", imported.diagnostics));
    Some((graph, Golden::open(&path)))
}

/// Runs the graph and returns every value whose tensor is in the source file.
fn values(graph: &Graph, known: &BySource) -> BySource {
    let source = |index: usize| graph.tensors[index].source_index;
    let inputs: Vec<Value> = graph
        .inputs
        .iter()
        .map(|id| {
            source(id.0 as usize)
                .and_then(|t| known.get(&t))
                .expect("the input is known")
        })
        .cloned()
        .collect();
    let trace = run(graph, &inputs).unwrap_or_else(|e| panic!("{}: {e}", graph.name));
    let values = trace.values.into_iter().enumerate();
    values
        .filter_map(|(i, value)| Some((source(i)?, value?)))
        .collect()
}

/// Whether tensor `t` has the reference's bytes; says where not.
fn exact(name: &str, golden: &mut Golden, run: char, t: u32, value: &Value) -> bool {
    let same = golden.hashes[&run].get(&t) == Some(&hash(value));
    if !same {
        let place = golden.first_difference(run, t, value);
        println!(
            "{name}: run {run}, tensor {t} differs: {}",
            place.unwrap_or_default()
        );
    }
    same
}

fn check(name: &str) {
    let Some((graph, mut golden)) = open(name) else {
        return;
    };
    let runs = ['A', 'B'].map(|run| {
        let inputs = golden.inputs.clone();
        let inputs = inputs
            .into_iter()
            .map(|t| (t, golden.input(run, t)))
            .collect();
        (run, values(&graph, &inputs))
    });
    let ops = golden.ops.clone();
    let good = ops.iter().filter(|outputs| {
        let mut pairs = outputs
            .iter()
            .flat_map(|t| runs.iter().map(move |r| (*t, r)));
        pairs.all(|(t, (run, values))| {
            values
                .get(&t)
                .is_some_and(|value| exact(name, &mut golden, *run, t, value))
        })
    });
    let good = good.count();
    println!(
        "{name}: {good} of {} operators exact, runs A and B",
        ops.len()
    );
    assert_eq!(
        good,
        ops.len(),
        "{name}: operators that differ are listed above"
    );
}

/// The lowered graph computes the same bytes for every tensor that it keeps.
fn check_lowered(name: &str) {
    let Some((graph, mut golden)) = open(name) else {
        return;
    };
    let (lowered, notes) = lower(&graph);
    for run in ['A', 'B'] {
        let inputs = golden.inputs.clone();
        let inputs = inputs
            .into_iter()
            .map(|t| (t, golden.input(run, t)))
            .collect();
        // A folded QUANTIZE makes its output the network's input, so start from all that is known.
        let found = values(&lowered, &values(&graph, &inputs));
        let outputs = lowered
            .ops
            .iter()
            .map(|op| lowered.tensor(op.outputs[0]).source_index);
        let kept: Vec<u32> = outputs.flatten().collect();
        let good = kept
            .iter()
            .filter(|t| exact(name, &mut golden, run, **t, &found[*t]))
            .count();
        println!(
            "{name}: {good} of {} lowered operators exact, run {run}",
            lowered.ops.len()
        );
        assert_eq!(good, lowered.ops.len(), "{name}: {notes:#?}");
    }
}

macro_rules! golden_tests {
    ($($test:ident: $name:literal,)*) => {
        $(mod $test {
            #[test]
            fn imported() { super::check($name); }
            #[test]
            fn lowered() { super::check_lowered($name); }
        })*

        #[test]
        fn all_models_are_named() {
            let named = [$($name),*];
            let missing: Vec<&str> = support::MODELS
                .into_iter()
                .filter(|name| !named.contains(name))
                .collect();
            assert_eq!(missing, Vec::<&str>::new());
        }
    };
}

golden_tests! {
    vww_96: "vww_96_int8",
    resnet8: "pretrainedResnet_quant",
    kws: "kws_ref_model",
    ad01: "ad01_int8",
    person_detect: "person_detect",
    mcunet_vww: "mcunet_vww",
    mcunet_5fps: "mcunet-5fps_imagenet",
    mbv2: "mbv2-w0.35_imagenet",
    mcunet_in3: "mcunet-320kb-1mb_imagenet",
    mcunet_detection: "mcunet_detection",
    str_ww: "str_ww_ref_model",
}
