//! Whole models, written to TensorFlow Lite: read again, they run to the same bytes, here and in tflite-micro.

use crate::oracle::{Oracle, Request};
use crate::support::{self, MODELS};
use tinyscope_core::export;
use tinyscope_core::graph::Graph;
use tinyscope_core::import::import;
use tinyscope_core::quant::{Trace, random_input, run};

/// Every model that is here: of the shared ones, and the project's own.
pub fn models() -> Vec<(String, Graph)> {
    let shared = MODELS
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), support::model(name)?)));
    let own = support::own_models().into_iter();
    let own = own.map(|(path, bytes)| {
        (
            path.file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            bytes,
        )
    });
    shared
        .chain(own)
        .map(|(name, bytes)| {
            let graph = read(&name, &bytes);
            (name, graph)
        })
        .collect()
}

pub fn read(name: &str, bytes: &[u8]) -> Graph {
    let imported = import(name, bytes);
    imported
        .graph
        .unwrap_or_else(|| panic!("{name} is not imported: {:#?}", imported.diagnostics))
}

fn written(name: &str, graph: &Graph) -> Vec<u8> {
    export::tflite(graph).unwrap_or_else(|why| panic!("{name} is not exported: {why}"))
}

/// The values of the operators, in order.
fn steps<'a>(graph: &'a Graph, trace: &'a Trace) -> impl Iterator<Item = Vec<u8>> + 'a {
    graph.ops.iter().map(|op| {
        let value = trace.get(op.outputs[0]).expect("every output has a value");
        value.to_le_bytes()
    })
}

#[test]
fn a_written_model_is_read_as_the_same_network() {
    for (name, graph) in models() {
        let bytes = written(&name, &graph);
        assert_eq!(
            bytes,
            written(&name, &graph),
            "{name}: not the same bytes twice"
        );
        let again = read(&name, &bytes);
        assert_eq!(
            bytes,
            written(&name, &again),
            "{name}: not stable when read and written again"
        );
        let (kinds, kinds_again): (Vec<_>, Vec<_>) = (
            graph.ops.iter().map(|op| op.kind.name()).collect(),
            again.ops.iter().map(|op| op.kind.name()).collect(),
        );
        assert_eq!(kinds, kinds_again, "{name}");
        let inputs = random_input(&graph, 3);
        let before = run(&graph, &inputs).expect("runs");
        let after = run(&again, &inputs).expect("runs");
        for (index, (a, b)) in steps(&graph, &before)
            .zip(steps(&again, &after))
            .enumerate()
        {
            assert!(
                a == b,
                "{name}: operator {index} ({}) differs",
                kinds[index]
            );
        }
    }
}

#[test]
fn constants_lie_at_multiples_of_sixteen_bytes() {
    for (name, graph) in models() {
        let bytes = written(&name, &graph);
        for tensor in &graph.tensors {
            let Some(codes) = tensor
                .data
                .as_ref()
                .and_then(|d| d.as_i8())
                .filter(|c| c.len() > 64)
            else {
                continue;
            };
            let codes: Vec<u8> = codes.iter().map(|&c| c as u8).collect();
            let aligned = (0..bytes.len())
                .step_by(16)
                .any(|at| bytes[at..].starts_with(&codes));
            assert!(aligned, "{name}: {} is not aligned", tensor.name);
        }
    }
}

#[test]
fn tflite_micro_runs_a_written_model_to_the_same_bytes() {
    let Some(mut oracle) = Oracle::start("exported models on tflite-micro") else {
        return;
    };
    for (name, graph) in models() {
        let bytes = written(&name, &graph);
        let again = read(&name, &bytes);
        let inputs = random_input(&again, 5);
        let trace = run(&again, &inputs).expect("runs");
        let tensors: Vec<u32> = again
            .ops
            .iter()
            .filter_map(|op| again.tensor(op.outputs[0]).source_index)
            .collect();
        let request = Request {
            runtime: "tflm",
            model: &bytes,
            inputs: &inputs,
            outputs: again.outputs.len(),
            tensors: &tensors,
            ..Request::default()
        };
        let answer = oracle
            .run(&request)
            .unwrap_or_else(|why| panic!("{name}: {why}"));
        let (outputs, values) = answer.values.split_at(again.outputs.len());
        for (index, (ours, theirs)) in steps(&again, &trace).zip(values).enumerate() {
            let kind = again.ops[index].kind.name();
            assert!(&ours == theirs, "{name}: operator {index} ({kind}) differs");
        }
        for (&id, theirs) in again.outputs.iter().zip(outputs) {
            let ours = trace.get(id).expect("every output has a value");
            assert!(&ours.to_le_bytes() == theirs, "{name}: the output differs");
        }
        println!("{name}: {} operators, every byte the same", again.ops.len());
    }
}
