//! Whole models, written to TensorFlow Lite: read again, they run to the same bytes, here and in tflite-micro.

use crate::oracle::{Oracle, Request};
use crate::support::{self, MODELS};
use tinyscope_core::export;
use tinyscope_core::graph::{DType, Graph};
use tinyscope_core::import::import;
use tinyscope_core::quant::{Trace, Value, random_input, run};

/// Every model that is here: of the shared ones, and the project's own.
pub fn models() -> Vec<(String, Graph)> {
    let shared = MODELS
        .iter()
        .chain(&["pretrainedResnet"])
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

/// Whether the network computes in floating point, where the order of a sum is not laid down.
fn is_float(graph: &Graph) -> bool {
    graph.tensors.iter().all(|tensor| tensor.dtype != DType::I8)
}

/// The same bytes; in a float network numbers within 10⁻⁵ of the largest.
fn agrees(ours: &Value, theirs: &[u8], float: bool) -> bool {
    let Some(numbers) = ours.as_f32().filter(|_| float) else {
        return ours.to_le_bytes() == theirs;
    };
    let largest = numbers.iter().fold(0.0, |m: f32, x| m.max(x.abs()));
    let (theirs, _) = theirs.as_chunks::<4>();
    let close = |(a, &b): (&f32, &[u8; 4])| (a - f32::from_le_bytes(b)).abs() <= 1e-5 * largest;
    numbers.len() == theirs.len() && numbers.iter().zip(theirs).all(close)
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
        let float = is_float(&again);
        for (op, theirs) in again.ops.iter().zip(values) {
            let (ours, kind) = (trace.get(op.outputs[0]), op.kind.name());
            let same = agrees(ours.expect("every output has a value"), theirs, float);
            assert!(
                same,
                "{name}: operator {} ({kind}) differs",
                op.source_index
            );
        }
        for (&id, theirs) in again.outputs.iter().zip(outputs) {
            let ours = trace.get(id).expect("every output has a value");
            assert!(agrees(ours, theirs, float), "{name}: the output differs");
        }
        let how = if float {
            "rounding aside"
        } else {
            "every byte"
        };
        println!("{name}: {} operators, {how} the same", again.ops.len());
    }
}
