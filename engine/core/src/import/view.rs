//! The outside of a model file: what can be shown of it whether or not it can be run.
//!
//! A reader of a format fills [`View::tensors`], the operators with their operands and the border; problems and live
//! bytes follow from that and from the diagnostics. All text is already escaped.

use super::report::Report;
use crate::diagnostic::OpRef;
use crate::graph::{Graph, TensorId};
use serde::Serialize;

/// A model file as it stands in the file, supported or not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct View {
    /// Format for people, for example `TensorFlow Lite`.
    pub format: String,
    /// Size of the file in bytes.
    pub file_bytes: usize,
    /// The file's own description.
    pub description: String,
    /// The file's tensors; operators and the border name them by index.
    pub tensors: Vec<ViewedTensor>,
    /// Tensors that the caller fills.
    pub inputs: Vec<u32>,
    /// Tensors that the caller reads.
    pub outputs: Vec<u32>,
    /// The operators in file order, as far as they could be read.
    pub operators: Vec<ViewedOp>,
}

/// A tensor of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ViewedTensor {
    /// Its name, cut to a bearable length; may be empty.
    pub label: String,
    /// Its dimensions; a negative one is open.
    pub shape: Vec<i64>,
    /// Element type as the format spells it, for example `INT8`.
    pub dtype: &'static str,
    /// Size of its values, where shape and type tell it. An open batch counts as 1.
    pub bytes: Option<u64>,
    /// Whether the file holds its values.
    pub constant: bool,
}

/// An operator of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ViewedOp {
    /// Index and type.
    pub op: OpRef,
    /// Tensors read, constants included; operands that the file leaves out or that do not exist are missing here.
    pub inputs: Vec<u32>,
    /// Tensors written.
    pub outputs: Vec<u32>,
    /// Why the operator cannot be run: the first error at it; `None` when it is supported.
    pub problem: Option<String>,
    /// Activations that must exist while the operator runs in file order, in bytes: computed from lifetimes; `None`
    /// when the size of one of them is not known. Constants and scratch memory do not count.
    pub live_bytes: Option<u64>,
}

impl ViewedOp {
    /// An operator whose problem and live bytes are still to be found.
    pub fn new(op: OpRef, inputs: Vec<u32>, outputs: Vec<u32>) -> Self {
        Self {
            op,
            inputs,
            outputs,
            problem: None,
            live_bytes: None,
        }
    }
}

impl View {
    /// The operator with the most live activations, and how many bytes; `None` when there is none with a known size.
    pub fn peak(&self) -> Option<(&ViewedOp, u64)> {
        let sized = self.operators.iter();
        sized
            .filter_map(|op| Some((op, op.live_bytes?)))
            .rev()
            .max_by_key(|(_, bytes)| *bytes)
    }

    /// Whether every operator is supported on its own.
    pub fn is_supported(&self) -> bool {
        self.operators.iter().all(|op| op.problem.is_none())
    }

    /// A view of a graph that was made here, without a file in another format. `description` must be safe to show.
    pub fn of_graph(graph: &Graph, format: &str, file_bytes: usize, description: &str) -> Self {
        let ids = |ids: &[TensorId]| ids.iter().map(|id| id.0).collect::<Vec<u32>>();
        let tensors = graph.tensors.iter().map(|tensor| ViewedTensor {
            label: tensor.name.clone(),
            shape: tensor.shape.iter().map(|&d| d as i64).collect(),
            dtype: tensor.dtype.name(),
            bytes: Some(tensor.bytes() as u64),
            constant: tensor.is_constant(),
        });
        let operators = graph.op_ids().map(|(id, op)| {
            let constants = op.kind.constants().map(|id| id.0);
            let inputs = op.inputs.iter().map(|id| id.0).chain(constants);
            let op_ref = OpRef {
                index: id.0,
                name: op.kind.name().to_owned(),
            };
            ViewedOp::new(op_ref, inputs.collect(), ids(&op.outputs))
        });
        let mut view = Self {
            format: format.to_owned(),
            file_bytes,
            description: description.to_owned(),
            tensors: tensors.collect(),
            inputs: ids(&graph.inputs),
            outputs: ids(&graph.outputs),
            operators: operators.collect(),
        };
        view.measure();
        view
    }

    /// Fills in what follows from the rest: problems and live bytes.
    pub(super) fn complete(&mut self, report: &Report) {
        for op in &mut self.operators {
            op.problem = report.problem_at(op.op.index).map(str::to_owned);
        }
        self.measure();
    }

    /// Live bytes of every operator. A tensor lives from the operator that writes it (a network input from the start)
    /// to the last that reads it (a network output to the end).
    fn measure(&mut self) {
        let count = self.operators.len();
        let mut lives: Vec<Option<(usize, usize)>> = vec![None; self.tensors.len()];
        let mut touch = |tensor: u32, at: usize| {
            if let Some(life) = lives.get_mut(tensor as usize) {
                let (first, last) = life.unwrap_or((at, at));
                *life = Some((first.min(at), last.max(at)));
            }
        };
        for &tensor in &self.inputs {
            touch(tensor, 0);
        }
        for (at, op) in self.operators.iter().enumerate() {
            for &tensor in op.inputs.iter().chain(&op.outputs) {
                touch(tensor, at);
            }
        }
        for &tensor in &self.outputs {
            touch(tensor, count.saturating_sub(1));
        }
        // What begins and what ends before each operator; the second number counts tensors of unknown size.
        let mut change = vec![(0_i128, 0_i64); count + 1];
        for (tensor, life) in self.tensors.iter().zip(lives) {
            let Some((first, last)) = life.filter(|_| !tensor.constant && count > 0) else {
                continue;
            };
            let (bytes, unknown) = tensor.bytes.map_or((0, 1), |b| (i128::from(b), 0));
            change[first].0 += bytes;
            change[first].1 += unknown;
            change[last + 1].0 -= bytes;
            change[last + 1].1 -= unknown;
        }
        let (mut live, mut unknown) = (0, 0);
        for (op, (bytes, strangers)) in self.operators.iter_mut().zip(change) {
            live += bytes;
            unknown += strangers;
            op.live_bytes = u64::try_from(live).ok().filter(|_| unknown == 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(bytes: Option<u64>, constant: bool) -> ViewedTensor {
        ViewedTensor {
            bytes,
            constant,
            ..ViewedTensor::default()
        }
    }

    fn op(index: u32, inputs: &[u32], outputs: &[u32]) -> ViewedOp {
        let name = format!("OP_{index}");
        ViewedOp::new(OpRef { index, name }, inputs.to_vec(), outputs.to_vec())
    }

    #[test]
    fn live_bytes_follow_from_lifetimes_in_file_order() {
        // 0 → 1 → 2, and 0 is added again at the end; 4 is a constant.
        let mut view = View {
            tensors: [10, 200, 30, 7, 5000]
                .into_iter()
                .enumerate()
                .map(|(i, bytes)| tensor(Some(bytes), i == 4))
                .collect(),
            inputs: vec![0],
            outputs: vec![3],
            operators: vec![
                op(0, &[0, 4], &[1]),
                op(1, &[1], &[2]),
                op(2, &[2, 0], &[3]),
            ],
            ..View::default()
        };
        view.measure();
        let live: Vec<_> = view.operators.iter().map(|o| o.live_bytes).collect();
        assert_eq!(live, [Some(210), Some(240), Some(47)]);
        assert_eq!(view.peak().map(|(o, b)| (o.op.index, b)), Some((1, 240)));
    }

    #[test]
    fn an_unknown_size_leaves_only_its_own_lifetime_unknown() {
        let mut view = View {
            tensors: vec![
                tensor(Some(1), false),
                tensor(None, false),
                tensor(Some(4), false),
                tensor(Some(8), false),
            ],
            inputs: vec![0],
            outputs: vec![3],
            operators: vec![op(0, &[0], &[1]), op(1, &[1], &[2]), op(2, &[2], &[3])],
            ..View::default()
        };
        view.measure();
        let live: Vec<_> = view.operators.iter().map(|o| o.live_bytes).collect();
        assert_eq!(live, [None, None, Some(12)]);
    }

    #[test]
    fn nonsense_operands_and_no_operators_are_survived() {
        let mut view = View {
            tensors: vec![tensor(Some(1), false)],
            inputs: vec![0, 99],
            outputs: vec![0],
            ..View::default()
        };
        view.measure();
        assert_eq!(view.peak(), None);
        view.operators.push(op(0, &[77], &[0, 0]));
        view.measure();
        assert_eq!(view.operators[0].live_bytes, Some(1));
    }
}
