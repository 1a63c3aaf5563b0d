//! Every mapping of ONNX operators alone, against ONNX Runtime where it is installed, over shapes and parameters drawn
//! at random (the same in every run).

mod build;
mod float;
#[path = "../support/oracle.rs"]
mod oracle;
mod quantised;
mod refusals;
#[path = "../support/mod.rs"]
mod support;

use tinyscope_core::graph::{Graph, OpKind};
use tinyscope_core::import;
use tinyscope_core::quant::{Value, run};

use oracle::{Oracle, Request};

/// What is known of an imported model that was run beside the reference.
struct Compared {
    /// What import made of the file.
    graph: Graph,
    /// Largest difference of the outputs, in real numbers or codes.
    most: f32,
}

impl Compared {
    /// Names of the operators, in order.
    fn names(&self) -> Vec<&'static str> {
        self.graph.ops.iter().map(|op| op.kind.name()).collect()
    }

    /// Whether elements are moved anywhere.
    fn has_transpose(&self) -> bool {
        self.graph
            .ops
            .iter()
            .any(|op| matches!(op.kind, OpKind::Transpose { .. }))
    }
}

/// The model's graph; panics with what import says if there is none.
fn imported(bytes: &[u8]) -> Graph {
    import::load("test", bytes).unwrap_or_else(|found| {
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        panic!("{}", found.join("\n"))
    })
}

/// Runs a model here and there on `inputs`, given in the order of the file (NCHW); float or int8 codes. Shapes are those
/// of the file's inputs and outputs. `unsigned`
/// inputs and outputs are uint8 in the file.
fn compare(
    oracle: &mut Oracle,
    bytes: &[u8],
    [shapes, results]: [&[&[i64]]; 2],
    inputs: &[Value],
    unsigned: bool,
) -> Compared {
    let graph = imported(bytes);
    let request = Request {
        runtime: "onnx",
        model: bytes,
        inputs,
        outputs: graph.outputs.len(),
        ..Request::default()
    };
    let theirs = oracle.run(&request).unwrap_or_else(|why| panic!("{why}"));
    let ours: Vec<Value> = inputs
        .iter()
        .zip(shapes)
        .zip(&graph.inputs)
        .map(|((value, shape), &id)| {
            let stored = &graph.tensor(id).shape;
            match value {
                Value::F32(v) => Value::F32(stored_as(stored, shape, v)),
                Value::I8(v) => {
                    let flip = if unsigned { i8::MIN } else { 0 };
                    let v: Vec<i8> = v.iter().map(|x| x ^ flip).collect();
                    Value::I8(stored_as(stored, shape, &v))
                }
            }
        })
        .collect();
    let trace = run(&graph, &ours).expect("it runs");
    let mut most = 0.0_f32;
    for ((&id, theirs), shape) in graph.outputs.iter().zip(&theirs.values).zip(results) {
        let stored = &graph.tensor(id).shape;
        match trace.get(id).expect("an output") {
            Value::F32(ours) => {
                let theirs: Vec<f32> = theirs
                    .as_chunks::<4>()
                    .0
                    .iter()
                    .map(|&b| f32::from_le_bytes(b))
                    .collect();
                assert_eq!(theirs.len(), ours.len());
                let ours = written_as(stored, shape, ours);
                let off = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs());
                most = off.fold(most, f32::max);
            }
            Value::I8(ours) => {
                assert_eq!(theirs.len(), ours.len());
                let ours = written_as(stored, shape, ours);
                let flip = if unsigned { 0x80 } else { 0 };
                let theirs = theirs.iter().map(|&b| (b ^ flip) as i8);
                let off = ours
                    .iter()
                    .zip(theirs)
                    .map(|(a, b)| f32::from(a.abs_diff(b)));
                most = off.fold(most, f32::max);
            }
        }
    }
    Compared { graph, most }
}

/// Elements in the order of the graph. Tests draw images whose channels differ from their height.
fn stored_as<T: Copy>(stored: &[usize], shape: &[i64], values: &[T]) -> Vec<T> {
    let shape: Vec<usize> = shape.iter().map(|&d| d as usize).collect();
    match (stored, &shape[..]) {
        (&[1, h, w, c], &[1, d, e, f]) if [d, e, f] == [c, h, w] && shape != stored => {
            let pixel = |i| (0..c).map(move |k| values[k * h * w + i]);
            (0..h * w).flat_map(pixel).collect()
        }
        (&[1, l, c], &[1, d, e]) if [d, e] == [c, l] && shape != stored => {
            let pixel = |i| (0..c).map(move |k| values[k * l + i]);
            (0..l).flat_map(pixel).collect()
        }
        _ => values.to_vec(),
    }
}

/// The other way round.
fn written_as<T: Copy>(stored: &[usize], shape: &[i64], values: &[T]) -> Vec<T> {
    let shape: Vec<usize> = shape.iter().map(|&d| d as usize).collect();
    match (stored, &shape[..]) {
        (&[1, h, w, c], &[1, d, e, f]) if [d, e, f] == [c, h, w] && shape != stored => {
            let plane = |k| (0..h * w).map(move |i| values[i * c + k]);
            (0..c).flat_map(plane).collect()
        }
        _ => values.to_vec(),
    }
}
