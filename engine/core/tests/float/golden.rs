//! Real float networks against the reference's recorded values.

use crate::support;
use npyz::npz::NpzArchive;
use std::fs::File;
use std::io::BufReader;
use tinyscope_core::graph::Graph;
use tinyscope_core::import::import;
use tinyscope_core::quant::{Trace, Value, run};

type Archive = NpzArchive<BufReader<File>>;

fn network(file: &str) -> Option<(Graph, Archive)> {
    let bytes = support::shared_bytes(&format!("models/{file}"))?;
    let golden = support::shared(&format!("golden/{file}.npz"))?;
    let imported = import(file, &bytes);
    let graph = imported
        .graph
        .unwrap_or_else(|| panic!("{file}: {:#?}", imported.diagnostics));
    Some((graph, Archive::open(golden).expect("the archive opens")))
}

fn array(archive: &mut Archive, name: &str) -> Option<Vec<f32>> {
    let file = archive.by_name(name).expect("the archive can be read")?;
    file.into_vec().ok()
}

fn trace(graph: &Graph, archive: &mut Archive, input: &str) -> Trace {
    let input = array(archive, input).expect("the input is recorded");
    run(graph, &[Value::F32(input)]).expect("the network runs")
}

/// Sums in another order: off by some roundings of the largest element, 2⁻²⁴ each.
fn check(found: &Value, expected: &[f32], what: &str) {
    let found = found.as_f32().expect("a float value");
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
    let pairs = found.iter().zip(expected);
    let error = pairs.fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
    println!("{what}: largest error {error:e} of {largest}");
    assert!(error <= largest * 1e-5, "{what}: {error:e} of {largest}");
}

#[test]
fn every_operator_of_pretrained_resnet() {
    let Some((graph, mut archive)) = network("pretrainedResnet.tflite") else {
        return;
    };
    let found = trace(&graph, &mut archive, "A_in0");
    let mut checked = 0;
    for op in &graph.ops {
        let id = op.outputs[0];
        let name = format!("A_t{}", graph.tensor(id).source_index.expect("an index"));
        if let Some(expected) = array(&mut archive, &name) {
            check(found.get(id).expect("a value"), &expected, &name);
            checked += 1;
        }
    }
    assert!(checked >= 14, "{checked}");
    for (input, output) in [("A_in0", "A_out37"), ("B_in0", "B_out37")] {
        let found = trace(&graph, &mut archive, input);
        let expected = array(&mut archive, output).expect("the output is recorded");
        check(
            found.get(graph.outputs[0]).expect("a value"),
            &expected,
            output,
        );
    }
}
#[test]
fn outputs_of_the_float_resnet_from_onnx() {
    let Some((graph, mut archive)) = network("andes_ResNet8_fp32.onnx") else {
        return;
    };
    for (input, output) in [("A_in", "A_out0"), ("B_in", "B_out0")] {
        let found = trace(&graph, &mut archive, input);
        let expected = array(&mut archive, output).expect("the output is recorded");
        check(
            found.get(graph.outputs[0]).expect("a value"),
            &expected,
            output,
        );
    }
}
