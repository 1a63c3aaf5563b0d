//! Networks written to ONNX, run by onnxruntime: within one code of the host's run.

use crate::models;
use crate::oracle::{Oracle, Request};
use crate::single::CASES;
use crate::single::kinds::{ELEMENTS, MOVES, WINDOWS};
use tinyscope_core::export;
use tinyscope_core::graph::{DType, Graph, Op, OpKind, PadFill, Tensor, TensorId};
use tinyscope_core::quant::{Value, random_input, run};

/// A value of the graph (NHWC) as the file has it (NCHW), or back.
fn moved(value: &Value, shape: &[usize], to_file: bool) -> Value {
    let &[_, h, w, c] = shape else {
        return value.clone();
    };
    let (pixels, size) = (h * w, h * w * c);
    let index = |i: usize| {
        let (image, i) = (i / size * size, i % size);
        image
            + if to_file {
                (i % pixels) * c + i / pixels
            } else {
                (i % c) * pixels + i / c
            }
    };
    match value {
        Value::I8(v) => Value::I8((0..v.len()).map(|i| v[index(i)]).collect()),
        Value::F32(v) => Value::F32((0..v.len()).map(|i| v[index(i)]).collect()),
    }
}

fn typed(graph: &Graph, id: TensorId, bytes: &[u8]) -> Value {
    if graph.tensor(id).dtype == DType::I8 {
        return Value::I8(bytes.iter().map(|&b| b as i8).collect());
    }
    let (numbers, _) = bytes.as_chunks::<4>();
    Value::F32(numbers.iter().map(|&b| f32::from_le_bytes(b)).collect())
}

/// The outputs of the network in onnxruntime, in the graph's layout.
fn in_onnxruntime(
    oracle: &mut Oracle,
    graph: &Graph,
    inputs: &[Value],
) -> Result<Vec<Value>, String> {
    let bytes = export::onnx(graph).map_err(|why| why.to_string())?;
    let ids = graph.inputs.iter().zip(inputs);
    let inputs: Vec<Value> = ids
        .map(|(&id, value)| moved(value, &graph.tensor(id).shape, true))
        .collect();
    let answer = oracle.run(&Request {
        runtime: "onnx",
        model: &bytes,
        inputs: &inputs,
        outputs: graph.outputs.len(),
        ..Request::default()
    })?;
    let outputs = graph.outputs.iter().zip(&answer.values);
    Ok(outputs
        .map(|(&id, bytes)| moved(&typed(graph, id, bytes), &graph.tensor(id).shape, false))
        .collect())
}

/// The largest difference: in codes, or of real numbers relative to the largest.
fn difference(ours: &Value, theirs: &Value) -> f32 {
    match (ours, theirs) {
        (Value::I8(a), Value::I8(b)) if a.len() == b.len() => {
            let gaps = a
                .iter()
                .zip(b)
                .map(|(&a, &b)| (i32::from(a) - i32::from(b)).abs());
            gaps.max().unwrap_or(0) as f32
        }
        (Value::F32(a), Value::F32(b)) if a.len() == b.len() => {
            let largest = a.iter().fold(f32::MIN_POSITIVE, |m, x| m.max(x.abs()));
            let gaps = a.iter().zip(b).map(|(a, b)| (a - b).abs());
            gaps.fold(0.0, f32::max) / largest
        }
        _ => f32::INFINITY,
    }
}

/// Accumulators that wrap have no counterpart in floating point.
fn saturated(graph: &Graph) -> bool {
    let biases = graph
        .tensors
        .iter()
        .filter_map(|t| t.data.as_ref()?.as_i32());
    biases.flatten().any(|&b| b == i32::MIN || b == i32::MAX)
}

/// Padding that ONNX has no mode for.
fn mirrors_the_edge(graph: &Graph) -> bool {
    let wide = |amounts: &[[usize; 2]]| amounts.iter().flatten().any(|&a| a > 1);
    matches!(&graph.ops[0].kind, OpKind::Pad(pad) if pad.fill == PadFill::Symmetric && wide(&pad.amounts))
}

/// Fails unless onnxruntime's output is within one code of `ours`, or within rounding where it is real.
fn check(oracle: &mut Oracle, graph: &Graph, inputs: &[Value], ours: &Value) -> Result<(), String> {
    let theirs = in_onnxruntime(oracle, graph, inputs)?;
    let most = if matches!(ours, Value::I8(_)) {
        1.0
    } else {
        1e-5
    };
    let found = difference(ours, &theirs[0]);
    if found <= most {
        return Ok(());
    }
    Err(format!("differs by {found}"))
}

#[test]
fn operators_written_to_onnx_compute_the_same_within_one_code() {
    let Some(mut oracle) = Oracle::start("operators alone on onnxruntime") else {
        return;
    };
    let mut failures = Vec::new();
    for (name, generate) in WINDOWS.iter().chain(&ELEMENTS).chain(&MOVES) {
        for seed in 0..CASES {
            let graph = generate(seed);
            if saturated(&graph) {
                continue;
            }
            if mirrors_the_edge(&graph) {
                assert!(export::onnx(&graph).is_err());
                continue;
            }
            let inputs = random_input(&graph, seed);
            let trace = run(&graph, &inputs).expect("the host runs it");
            let ours = trace.get(graph.outputs[0]).expect("a value");
            if let Err(why) = check(&mut oracle, &graph, &inputs, ours) {
                failures.push(format!(
                    "{name}, seed {seed}: {why}; {:?}",
                    graph.ops[0].kind
                ));
            }
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

/// The network of one operator of `graph`.
fn alone(graph: &Graph, op: &Op) -> Graph {
    let activation = |id: &TensorId| !graph.tensor(*id).is_constant();
    Graph {
        inputs: op.inputs.iter().copied().filter(activation).collect(),
        outputs: op.outputs.clone(),
        ops: vec![op.clone()],
        ..graph.clone()
    }
}

/// A difference of one code may grow from operator to operator, so each is given the host's values; the whole network
/// must run too.
#[test]
fn models_written_to_onnx_compute_the_same_within_one_code_at_each_operator() {
    let Some(mut oracle) = Oracle::start("exported models on onnxruntime") else {
        return;
    };
    for (name, graph) in models::models() {
        let inputs = random_input(&graph, 1);
        let trace = run(&graph, &inputs).expect("the host runs it");
        for (index, op) in graph.ops.iter().enumerate() {
            let one = alone(&graph, op);
            if saturated(&one) {
                continue;
            }
            let values = one.inputs.iter().filter_map(|&id| trace.get(id).cloned());
            let ours = trace.get(op.outputs[0]).expect("a value");
            let values: Vec<Value> = values.collect();
            check(&mut oracle, &one, &values, ours).unwrap_or_else(|why| {
                panic!("{name}: operator {index} ({}) {why}", op.kind.name())
            });
        }
        let theirs = in_onnxruntime(&mut oracle, &graph, &inputs)
            .unwrap_or_else(|why| panic!("{name}: {why}"));
        let gaps = graph.outputs.iter().zip(&theirs).map(|(&id, theirs)| {
            difference(trace.get(id).expect("every output has a value"), theirs)
        });
        let largest = gaps.fold(0.0, f32::max);
        println!("{name}: each operator within one code, the whole network within {largest}");
    }
}

/// Whether a negative scale stands beside a code of −128, whose sign cannot be turned around.
fn negative_for_good(graph: &Graph) -> bool {
    let negative = |t: &Tensor| {
        t.quant
            .as_ref()
            .is_some_and(|q| q.scales.iter().any(|&s| s < 0.0))
    };
    let lowest = |t: &Tensor| {
        let codes = t.data.as_ref().and_then(|d| d.as_i8());
        codes.is_some_and(|codes| codes.contains(&i8::MIN))
    };
    graph.tensors.iter().any(|t| negative(t) && lowest(t))
}

/// Only operators on images tell the reader how their tensors lie.
#[test]
fn image_operators_written_to_onnx_are_read_again_to_the_same_bytes() {
    for (name, generate) in WINDOWS
        .iter()
        .filter(|(name, _)| *name != "FULLY_CONNECTED")
    {
        let mut read = 0;
        for seed in 0..CASES {
            let graph = generate(seed);
            if negative_for_good(&graph) {
                continue;
            }
            let bytes = export::onnx(&graph).expect("it can be written");
            let again = models::read(name, &bytes);
            let inputs = random_input(&graph, seed);
            let ours = run(&graph, &inputs).expect("the host runs it");
            let theirs = run(&again, &inputs).expect("the host runs it");
            let (ours, theirs) = (ours.get(graph.outputs[0]), theirs.get(again.outputs[0]));
            assert!(
                ours == theirs,
                "{name}, seed {seed}: {:?}",
                graph.ops[0].kind
            );
            read += 1;
        }
        assert!(read > CASES / 3, "{name}: {read} networks are too few");
    }
}

#[test]
fn models_written_to_onnx_are_read_again_to_the_same_bytes() {
    for (name, graph) in models::models() {
        let bytes = export::onnx(&graph).expect("it can be written");
        let again = models::read(&name, &bytes);
        let transpose = |op: &&Op| matches!(op.kind, OpKind::Transpose { .. });
        let transposes = |graph: &Graph| graph.ops.iter().filter(transpose).count();
        assert!(
            transposes(&again) <= transposes(&graph),
            "{name}: transposes are left"
        );
        let inputs = random_input(&graph, 2);
        let ours = run(&graph, &inputs).expect("the host runs it");
        let theirs = run(&again, &inputs).expect("the host runs it");
        for (&a, &b) in graph.outputs.iter().zip(&again.outputs) {
            assert!(ours.get(a) == theirs.get(b), "{name}: the output differs");
        }
    }
}
