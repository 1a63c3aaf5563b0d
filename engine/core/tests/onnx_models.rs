//! Shared ONNX models against the recorded answers of ONNX Runtime.

mod support;

use npyz::npz::NpzArchive;
use npyz::{Deserialize, NpyFile};
use std::fs::File;
use std::io::BufReader;
use tinyscope_core::graph::{Graph, Op, OpKind, TensorId};
use tinyscope_core::import;
use tinyscope_core::quant::{Trace, Value, run};

/// Recorded values: runs A and B, and of run A every node's result.
struct Recorded {
    archive: NpzArchive<BufReader<File>>,
    /// The name of each node's result.
    nodes: Vec<String>,
}

impl Recorded {
    fn open(name: &str) -> Option<Self> {
        let path = support::shared(&format!("golden/{name}.onnx.npz"))?;
        let file = BufReader::new(File::open(path).expect("readable"));
        let mut archive = NpzArchive::new(file).expect("an archive");
        let (_, meta) = array::<u8>(&mut archive, "meta").expect("meta");
        let meta: serde_json::Value = serde_json::from_slice(&meta).expect("JSON");
        let ops = meta["ops"].as_array().expect("operators").iter();
        let nodes = ops.map(|op| op["outputs"][0].as_str().expect("a name").to_owned());
        let nodes = nodes.collect();
        Some(Self { archive, nodes })
    }

    fn floats(&mut self, name: &str) -> Vec<f32> {
        array(&mut self.archive, name).expect("recorded").1
    }
}

fn array<T: Deserialize>(
    archive: &mut NpzArchive<BufReader<File>>,
    name: &str,
) -> Option<(Vec<u64>, Vec<T>)> {
    let npy: NpyFile<_> = archive.by_name(name).expect("a readable archive")?;
    let shape = npy.shape().to_vec();
    Some((shape, npy.into_vec().expect("the recorded type")))
}

/// Images in the order of the graph.
fn channels_last<T: Copy>(shape: &[u64], values: &[T]) -> Vec<T> {
    let &[_, c, h, w] = shape else {
        return values.to_vec();
    };
    let (c, pixels) = (c as usize, (h * w) as usize);
    let pixel = |i| (0..c).map(move |channel| values[channel * pixels + i]);
    (0..pixels).flat_map(pixel).collect()
}

fn load(name: &str) -> Option<Graph> {
    let bytes = support::shared_bytes(&format!("models/{name}.onnx"))?;
    let graph = import::load(name, &bytes).expect("a good model");
    let moved = graph
        .ops
        .iter()
        .find(|op| matches!(op.kind, OpKind::Transpose { .. }));
    assert_eq!(moved, None, "{name}");
    Some(graph)
}

fn answer(graph: &Graph, trace: &Trace) -> Vec<f32> {
    let value = trace.get(graph.outputs[0]).expect("an output");
    value.as_f32().expect("a float output").to_vec()
}

fn argmax(values: &[f32]) -> usize {
    let best = values
        .iter()
        .copied()
        .enumerate()
        .reduce(|a, b| if b.1 > a.1 { b } else { a });
    best.expect("not empty").0
}

/// One operator as a network of its own.
fn alone(graph: &Graph, op: &Op) -> Graph {
    let activations = op.inputs.iter().copied();
    Graph {
        ops: vec![op.clone()],
        inputs: activations
            .filter(|&id| !graph.tensor(id).is_constant())
            .collect(),
        outputs: op.outputs.clone(),
        ..graph.clone()
    }
}

#[test]
fn every_operator_of_the_qdq_network_agrees_to_within_one_code() {
    let name = "resnet8_qdq_s8s8_pc";
    let (Some(graph), Some(mut recorded)) = (load(name), Recorded::open(name)) else {
        return;
    };
    // Recorded values by tensor: what the network reads and every node's codes.
    let mut known: Vec<Option<Value>> = vec![None; graph.tensors.len()];
    known[graph.inputs[0].0 as usize] = Some(Value::F32(recorded.floats("A_in")));
    for (node, result) in recorded.nodes.clone().iter().enumerate() {
        let codes = array::<i8>(&mut recorded.archive, &format!("A_n{node}"));
        let tensor = graph.tensors.iter().position(|t| &t.name == result);
        if let (Some((shape, codes)), Some(tensor)) = (codes, tensor) {
            known[tensor] = Some(Value::I8(channels_last(&shape, &codes)));
        }
    }
    let mut compared = 0;
    for op in &graph.ops {
        let value = |id: TensorId| known[id.0 as usize].clone();
        let inputs: Option<Vec<Value>> = op.inputs.iter().map(|&id| value(id)).collect();
        let (Some(inputs), Some(Value::I8(theirs))) = (inputs, value(op.outputs[0])) else {
            continue;
        };
        let trace = run(&alone(&graph, op), &inputs).expect("it runs");
        let ours = trace
            .get(op.outputs[0])
            .and_then(Value::as_i8)
            .expect("codes");
        assert_eq!(theirs.len(), ours.len());
        let most = theirs.iter().zip(ours).map(|(&a, &b)| a.abs_diff(b)).max();
        assert!(
            most <= Some(1),
            "{} of node {}: {most:?}",
            op.kind.name(),
            op.source_index
        );
        compared += 1;
    }
    // All but softmax and what follows it: its int8 kernel gives codes that the file does not have.
    assert_eq!(compared + 3, graph.ops.len());
}

#[test]
fn the_qdq_network_gives_the_recorded_answers() {
    let name = "resnet8_qdq_s8s8_pc";
    let (Some(graph), Some(mut recorded)) = (load(name), Recorded::open(name)) else {
        return;
    };
    let codes = graph.ops.last().expect("operators").inputs[0];
    let step = graph
        .tensor(codes)
        .scale_zero()
        .expect("codes before the end")
        .0;
    for run_name in ["A", "B"] {
        let input = Value::F32(recorded.floats(&format!("{run_name}_in")));
        let ours = answer(&graph, &run(&graph, &[input]).expect("it runs"));
        let answers = ["out0", "out0_fused"].map(|k| recorded.floats(&format!("{run_name}_{k}")));
        let [unfused, fused] = &answers;
        assert_eq!(argmax(&ours), argmax(unfused), "{run_name}");
        assert_eq!(argmax(&ours), argmax(fused), "{run_name}");
        for (i, a) in ours.iter().enumerate() {
            // The runtime's own two answers differ by a code.
            let off = answers
                .each_ref()
                .map(|b| ((a - b[i]) / step).round().abs());
            assert!(
                off[0].min(off[1]) <= 1.0,
                "{run_name} {i}: {off:?} codes off"
            );
        }
    }
}

#[test]
fn the_float_network_agrees() {
    let name = "andes_ResNet8_fp32";
    let (Some(graph), Some(mut recorded)) = (load(name), Recorded::open(name)) else {
        return;
    };
    for run_name in ["A", "B"] {
        let input = Value::F32(recorded.floats(&format!("{run_name}_in")));
        let ours = answer(&graph, &run(&graph, &[input]).expect("it runs"));
        for kind in ["out0", "out0_fused"] {
            let theirs = recorded.floats(&format!("{run_name}_{kind}"));
            assert_eq!(argmax(&ours), argmax(&theirs), "{run_name} {kind}");
            for (a, b) in ours.iter().zip(&theirs) {
                // Probabilities from sums of up to 576 products in another order.
                assert!((a - b).abs() < 1e-5, "{run_name} {kind}: {a} and {b}");
            }
        }
    }
}
