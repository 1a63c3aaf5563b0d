//! From the file's border and operators, read one by one, to the graph.

use super::buffers::Buffers;
use super::codes::OpCodes;
use super::dataflow::Dataflow;
use super::fold;
use super::generated::tflite::{Model, SubGraph};
use super::ops::elementwise::takes_constants;
use super::ops::reshape::becomes;
use super::ops::{OpReader, REPAIR, Step};
use super::tensors::{Seen, Tensors};
use super::viewing;
use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::shape::{output_shape, same_layout};
use crate::graph::{Graph, Op, OpKind, TensorId, without_unused_tensors};
use crate::import::View;
use crate::import::report::Report;
use std::collections::{BTreeMap, BTreeSet};

/// Reads the border and every operator, then assembles the graph.
pub(super) fn graph<'a>(
    name: &str,
    bytes: &'a [u8],
    model: Model<'a>,
    subgraph: &SubGraph<'a>,
    codes: &OpCodes,
    view: &mut View,
    report: &mut Report,
) -> Option<Graph> {
    let mut tensors = Tensors::new(subgraph.tensors()?, Buffers::new(bytes, model));
    let mut flow = Dataflow::new(&tensors, subgraph);
    let inputs = flow.inputs(&mut tensors, report);
    let mut ops = Vec::new();
    let mut folded: BTreeMap<&str, usize> = BTreeMap::new();
    // Tensors whose shape is certain.
    let mut certain: BTreeSet<TensorId> = inputs.iter().copied().collect();
    for (index, op) in subgraph.operators()?.iter().enumerate() {
        let mut cx = OpReader {
            op,
            me: codes.ops[index].clone(),
            tensors: &mut tensors,
            report: &mut *report,
        };
        flow.reads(&mut cx);
        let is_new = flow.writes(&mut cx);
        let operator = codes.operator(index).filter(|_| is_new);
        let Some(steps) = operator.and_then(|operator| (operator.read)(&mut cx)) else {
            continue;
        };
        let mut is_folded = true;
        for step in steps {
            flow.activations(&mut cx, &step);
            let settled = agrees(&mut cx, &step).and_then(|()| settle(&mut cx, &step));
            is_folded &= settled == Some(true);
            certain.extend(settled.map(|_| step.output));
            match settled {
                Some(true) => {}
                Some(false) => ops.push(Op {
                    kind: step.kind,
                    inputs: step.inputs,
                    outputs: vec![step.output],
                    source_index: index as u32,
                }),
                None => break,
            }
        }
        if is_folded {
            *folded.entry(&codes.ops[index].name).or_default() += 1;
        }
    }
    let outputs = flow.outputs(&mut tensors, report);
    notes(tensors.seen, &folded, report);
    let known = (tensors.done.iter().enumerate())
        .filter(|(id, t)| t.is_constant() || certain.contains(&TensorId(*id as u32)));
    viewing::learn(view, subgraph, known.map(|(_, tensor)| tensor));
    if report.has_errors() {
        return None;
    }
    let graph = Graph {
        name: name.to_owned(),
        tensors: tensors.done,
        ops,
        inputs,
        outputs,
    };
    // Shapes and axes have done their work, and so have weights that became float32.
    let graph = without_unused_tensors(&graph);
    debug_assert_eq!(crate::graph::verify(&graph), Ok(()));
    Some(graph)
}

/// Whether the output that the file declares is the one that follows from the operator.
fn agrees(cx: &mut OpReader<'_, '_>, step: &Step) -> Option<()> {
    let expected = match output_shape(&cx.tensors.done, &step.kind, &step.inputs) {
        Err(why) => {
            cx.error("bad-shape", why, REPAIR);
            return None;
        }
        Ok(Some(expected)) => expected,
        // The readers of operators that become reshapes have checked the number of elements.
        Ok(None) => return Some(()),
    };
    // A fully connected layer may keep leading dimensions of 1.
    let is_dense = matches!(step.kind, OpKind::FullyConnected(_));
    if is_dense && same_layout(cx.shape(step.output), &expected) {
        return Some(());
    }
    becomes(cx, &expected, step.output)
}

/// Computes an operator that reads only constants. Returns whether it did; `None` when such an operator cannot be.
fn settle(cx: &mut OpReader<'_, '_>, step: &Step) -> Option<bool> {
    match fold::evaluate(cx.tensors, step) {
        Ok(true) => return Some(true),
        Ok(false) => {}
        Err(problem) => {
            cx.problem(step.output, problem);
            return None;
        }
    }
    let constants = step
        .inputs
        .iter()
        .filter(|&&id| cx.tensor(id).is_constant())
        .count();
    let rest = step.inputs.len() - constants;
    if constants == 0 || (rest > 0 && takes_constants(&step.kind, &step.inputs)) {
        return Some(false);
    }
    cx.error(
        "constant-operands",
        "computes on constants only",
        "let the converter fold constants, or compute the result before export",
    );
    None
}

/// What was converted or left out on the way.
fn notes(seen: Seen, folded: &BTreeMap<&str, usize>, report: &mut Report) {
    let mut note = |code, message: String| {
        report.push(Diagnostic::new(Severity::Note, code, message, ""));
    };
    if seen.uint8 {
        note(
            "uint8",
            "the model is quantised to uint8, the older scheme: codes and zero points were shifted by 128 to int8, also \
             at inputs and outputs (int8 code = uint8 code − 128)"
                .into(),
        );
    }
    if seen.float16 {
        note("float16", "float16 constants are used as float32".into());
    }
    if seen.hybrid {
        note(
            "hybrid",
            "int8 weights of float32 operators are used as the float32 numbers that they stand for"
                .into(),
        );
    }
    if !folded.is_empty() {
        let count: usize = folded.values().sum();
        let names: Vec<&str> = folded.keys().copied().collect();
        note(
            "folded",
            format!(
                "{count} operators on constants were computed at import: {}",
                names.join(", ")
            ),
        );
    }
}
