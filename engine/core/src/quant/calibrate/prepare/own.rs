//! Constants of one's own: an operator whose weights are scaled must not change another's.

use crate::graph::{DType, Data, Graph, OpKind, Tensor, TensorId};

/// The graph with each constant named by one operator only, and a bias for every operator that may have one.
pub fn constants(graph: &Graph) -> Graph {
    let mut graph = graph.clone();
    let mut taken = vec![false; graph.tensors.len()];
    for index in 0..graph.ops.len() {
        let mut op = graph.ops[index].clone();
        let mut own = |graph: &mut Graph, id: &mut TensorId| {
            let at = id.0 as usize;
            if graph.tensors[at].is_constant() && std::mem::replace(&mut taken[at], true) {
                let tensor = graph.tensors[at].clone();
                *id = push(graph, tensor);
            }
        };
        let channels = graph.tensor(op.outputs[0]).shape.last().copied();
        let parameters = match &mut op.kind {
            OpKind::Conv2d(op) => Some((&mut op.weights, &mut op.bias)),
            OpKind::DepthwiseConv2d(op) => Some((&mut op.weights, &mut op.bias)),
            OpKind::TransposeConv2d(op) => Some((&mut op.weights, &mut op.bias)),
            OpKind::FullyConnected(op) => Some((&mut op.weights, &mut op.bias)),
            OpKind::Prelu { slopes } => {
                own(&mut graph, slopes);
                None
            }
            _ => None,
        };
        if let Some((weights, bias)) = parameters {
            own(&mut graph, weights);
            match bias {
                Some(bias) => own(&mut graph, bias),
                None => *bias = Some(zeros(&mut graph, channels.unwrap_or(1))),
            }
        }
        for id in &mut op.inputs {
            own(&mut graph, id);
        }
        graph.ops[index] = op;
    }
    graph
}

fn zeros(graph: &mut Graph, channels: usize) -> TensorId {
    push(
        graph,
        Tensor {
            name: String::new(),
            shape: vec![channels],
            dtype: DType::F32,
            quant: None,
            data: Some(Data::F32(vec![0.0; channels].into())),
            source_index: None,
        },
    )
}

/// Adds a tensor.
pub fn push(graph: &mut Graph, tensor: Tensor) -> TensorId {
    graph.tensors.push(tensor);
    TensorId(graph.tensors.len() as u32 - 1)
}
