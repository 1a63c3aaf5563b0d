//! Lowering: from the network as the file has it to the one whose every operator is a step of the program.
//!
//! Folds PAD into convolutions, drops operators that move no data, and takes the float32 border off, so that the program
//! takes and gives int8, and puts the operators of a branchy network in the order that keeps least alive. Each rewrite returns a new graph; results are the same bytes. Operators and tensors keep the
//! `source_index` that they have in the file.

mod alias;
mod border;
mod order;
mod pad;
#[cfg(test)]
mod tests;

use crate::diagnostic::Diagnostic;
use crate::graph::{Graph, TensorId, without_unused_tensors};

/// The lowered network, and notes on what was folded or left out.
///
/// `graph` must satisfy [`crate::graph::verify`]; the result does. An error among the diagnostics means that floating
/// point is left at the border and the result cannot be planned.
pub fn lower(graph: &Graph) -> (Graph, Vec<Diagnostic>) {
    let mut notes = Vec::new();
    let mut lowered = border::remove(graph, &mut notes);
    lowered = pad::fold(&lowered, &mut notes);
    lowered = alias::remove(&lowered, &mut notes);
    lowered = without_unused_tensors(&lowered);
    lowered = order::improve(lowered, &mut notes);
    debug_assert_eq!(crate::graph::verify(&lowered), Ok(()));
    (lowered, notes)
}

/// Who writes and who reads each tensor, by operator index.
struct Links {
    producer: Vec<Option<usize>>,
    consumers: Vec<Vec<usize>>,
}

impl Links {
    fn new(graph: &Graph) -> Self {
        let mut links = Self {
            producer: vec![None; graph.tensors.len()],
            consumers: vec![Vec::new(); graph.tensors.len()],
        };
        for (index, op) in graph.ops.iter().enumerate() {
            for id in &op.outputs {
                links.producer[id.0 as usize] = Some(index);
            }
            for id in &op.inputs {
                let readers = &mut links.consumers[id.0 as usize];
                // ADD may read the same tensor twice.
                if readers.last() != Some(&index) {
                    readers.push(index);
                }
            }
        }
        links
    }

    fn readers(&self, id: TensorId) -> &[usize] {
        &self.consumers[id.0 as usize]
    }
}

/// `graph` without the operators for which `gone` is set.
fn without(mut graph: Graph, gone: &[bool]) -> Graph {
    let mut index = 0;
    graph.ops.retain(|_| {
        index += 1;
        !gone[index - 1]
    });
    graph
}
