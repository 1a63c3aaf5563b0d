//! The order of the operators: the file's, or another one in which less is alive at once.

use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::{Graph, OpKind, TensorId};
use crate::memory::order::{Node, OrderLimits, order, peak};

/// Sets of computed operators that are looked at before a beam search answers: milliseconds at most.
const LIMITS: OrderLimits = OrderLimits {
    sets: 5_000,
    beam: 16,
};

/// The graph with its operators in the order of least memory, layer by layer. The order stands where it is as good.
pub(super) fn improve(graph: Graph, notes: &mut Vec<Diagnostic>) -> Graph {
    let inputs = graph.inputs.len();
    let nodes = nodes(&graph);
    let stated: Vec<usize> = (inputs..nodes.len()).collect();
    let (Ok(before), Ok(best)) = (peak(&nodes, &stated), order(&nodes, &LIMITS)) else {
        return graph;
    };
    if best.peak_bytes >= before {
        return graph;
    }
    let ops = (best.nodes.iter())
        .map(|&node| graph.ops[node - inputs].clone())
        .collect();
    notes.push(Diagnostic::new(
        Severity::Note,
        "reordered",
        format!(
            "the operators run in another order than the file has them in: layer by layer {} B of tensors are alive at \
             the peak instead of {before} B",
            best.peak_bytes
        ),
        "",
    ));
    Graph { ops, ..graph }
}

/// The network's inputs, and then every operator.
fn nodes(graph: &Graph) -> Vec<Node> {
    let mut makers: Vec<Option<usize>> = vec![None; graph.tensors.len()];
    let mut nodes = Vec::with_capacity(graph.inputs.len() + graph.ops.len());
    for &input in &graph.inputs {
        makers[input.0 as usize] = Some(nodes.len());
        nodes.push(Node {
            bytes: graph.tensor(input).bytes(),
            is_given: true,
            is_kept: graph.outputs.contains(&input),
            ..Node::default()
        });
    }
    for op in &graph.ops {
        let maker = |id: &TensorId| makers[id.0 as usize];
        let output = op.outputs[0];
        let node = Node {
            bytes: graph.tensor(output).bytes(),
            inputs: op.inputs.iter().filter_map(maker).collect(),
            in_place: (op.inputs.iter())
                .find(|&&input| overwrites(graph, &op.kind, input, output))
                .and_then(maker),
            is_kept: graph.outputs.contains(&output),
            ..Node::default()
        };
        makers[output.0 as usize] = Some(nodes.len());
        nodes.push(node);
    }
    nodes
}

/// Whether the operator can usually write over that input, as a plan does: depthwise, or element by element.
fn overwrites(graph: &Graph, kind: &OpKind, input: TensorId, output: TensorId) -> bool {
    let [from, to] = [input, output].map(|id| graph.tensor(id).hwc());
    let fits = match kind {
        OpKind::DepthwiseConv2d(_) => from[2] == to[2],
        OpKind::Add(_) | OpKind::Combine(_) | OpKind::Unary(_) | OpKind::Prelu { .. } => from == to,
        _ => false,
    };
    fits && !graph.inputs.contains(&input) && !graph.outputs.contains(&input)
}
