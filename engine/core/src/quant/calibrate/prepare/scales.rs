//! Which tensors share one scale. TFLite's int8 specification fixes the output scale of some operators, and wants input
//! and output alike of those that only move or choose codes.

use crate::graph::{Combine, Function, Graph, Op, OpKind, Tensor, TensorId};
use std::collections::BTreeSet;

/// Tensors in groups of one scale each.
pub struct Scales {
    /// For each tensor the first of its group; a tensor that is first names itself.
    parent: Vec<usize>,
    /// By the first of a group: scale and zero point that an operator prescribes.
    fixed: Vec<Option<(f32, i32)>>,
    /// Operators (by index) that stand for a change of scale: RESHAPE to the same shape in the float graph, QUANTIZE in
    /// the int8 graph.
    pub rescaling: BTreeSet<usize>,
}

/// Whether inputs and output of the operator have the same scale.
pub fn same_scale(kind: &OpKind) -> bool {
    matches!(
        kind,
        OpKind::MaxPool2d(_)
            | OpKind::AveragePool2d(_)
            | OpKind::Reshape
            | OpKind::Transpose { .. }
            | OpKind::Pad(_)
            | OpKind::Slice(_)
            | OpKind::Concatenation { .. }
            | OpKind::ReduceMax(_)
            | OpKind::Resize(_)
            | OpKind::Combine(Combine::Maximum | Combine::Minimum)
    )
}

/// Scale and zero point that the operator's arithmetic has built in.
fn prescribed(kind: &OpKind) -> Option<(f32, i32)> {
    match kind {
        OpKind::Softmax { .. } | OpKind::Unary(Function::Logistic) => Some((1.0 / 256.0, -128)),
        OpKind::Unary(Function::Tanh) => Some((1.0 / 128.0, 0)),
        _ => None,
    }
}

impl Scales {
    /// The groups of `graph`. Where an operator joins a fixed scale with others, a rescaling operator is put before it.
    pub fn new(graph: &mut Graph) -> Self {
        let mut scales = Self {
            parent: (0..graph.tensors.len()).collect(),
            fixed: vec![None; graph.tensors.len()],
            rescaling: BTreeSet::new(),
        };
        let mut ops = Vec::with_capacity(graph.ops.len());
        for mut op in std::mem::take(&mut graph.ops) {
            let output = op.outputs[0];
            if same_scale(&op.kind) {
                let fixed: Vec<_> = (op.inputs.iter())
                    .filter(|id| !graph.tensor(**id).is_constant())
                    .map(|id| scales.fixed(*id))
                    .collect();
                let alike = fixed.windows(2).all(|pair| pair[0] == pair[1]);
                for id in &mut op.inputs {
                    if !alike && scales.fixed(*id).is_some() {
                        scales.rescaling.insert(ops.len());
                        ops.push(scales.rescale(graph, id, op.source_index));
                    }
                    scales.join(*id, output);
                }
            }
            if let Some(prescribed) = prescribed(&op.kind) {
                scales.fixed[output.0 as usize] = Some(prescribed);
            }
            ops.push(op);
        }
        graph.ops = ops;
        scales
    }

    /// The operator that makes another tensor of `id`, which then names that.
    fn rescale(&mut self, graph: &mut Graph, id: &mut TensorId, source_index: u32) -> Op {
        let input = *id;
        let tensor = Tensor {
            source_index: None,
            ..graph.tensor(input).clone()
        };
        *id = super::own::push(graph, tensor);
        self.parent.push(id.0 as usize);
        self.fixed.push(None);
        Op {
            kind: OpKind::Reshape,
            inputs: vec![input],
            outputs: vec![*id],
            source_index,
        }
    }

    /// The first tensor of the group.
    pub fn group(&self, id: TensorId) -> usize {
        let mut at = id.0 as usize;
        while self.parent[at] != at {
            at = self.parent[at];
        }
        at
    }

    /// Scale and zero point that are prescribed for the tensor.
    pub fn fixed(&self, id: TensorId) -> Option<(f32, i32)> {
        self.fixed[self.group(id)]
    }

    fn join(&mut self, a: TensorId, b: TensorId) {
        let (a, b) = (self.group(a), self.group(b));
        let (first, second) = (a.min(b), a.max(b));
        self.fixed[first] = self.fixed[first].or(self.fixed[second]);
        self.parent[second] = first;
    }
}
