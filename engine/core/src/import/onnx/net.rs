//! The nodes as a net: which value each reads and writes, in execution order.

use super::attributes::Attributes;
use super::layout::NHWC;
use super::node::Values;
use crate::format::onnx::{GraphProto, NodeProto};
use std::collections::HashMap;

/// Nodes that are looked at to find out how an input is used.
const MOST_STEPS: usize = 1000;

/// Values of the file by number, in the order in which the file first names them.
pub(super) struct Net<'a> {
    pub nodes: &'a [NodeProto],
    names: HashMap<&'a str, usize>,
    /// Names by number.
    pub labels: Vec<&'a str>,
    /// Per node, operands; `None` where one is left out.
    pub inputs: Vec<Vec<Option<usize>>>,
    pub outputs: Vec<Vec<Option<usize>>>,
    readers: Vec<Vec<u32>>,
}

impl<'a> Net<'a> {
    pub fn new(graph: &'a GraphProto) -> Self {
        let mut net = Self {
            nodes: &graph.node,
            names: HashMap::new(),
            labels: Vec::new(),
            inputs: Vec::with_capacity(graph.node.len()),
            outputs: Vec::with_capacity(graph.node.len()),
            readers: Vec::new(),
        };
        for info in &graph.input {
            net.number(&info.name);
        }
        for tensor in &graph.initializer {
            net.number(&tensor.name);
        }
        for node in &graph.node {
            let operand =
                |net: &mut Self, name: &'a String| (!name.is_empty()).then(|| net.number(name));
            let inputs = node
                .input
                .iter()
                .map(|name| operand(&mut net, name))
                .collect();
            net.inputs.push(inputs);
            let outputs = node
                .output
                .iter()
                .map(|name| operand(&mut net, name))
                .collect();
            net.outputs.push(outputs);
        }
        for info in &graph.output {
            net.number(&info.name);
        }
        net.readers = vec![Vec::new(); net.labels.len()];
        for (index, inputs) in net.inputs.iter().enumerate() {
            for &value in inputs.iter().flatten() {
                net.readers[value].push(index as u32);
            }
        }
        net
    }

    fn number(&mut self, name: &'a str) -> usize {
        let next = self.labels.len();
        let number = *self.names.entry(name).or_insert(next);
        if number == next {
            self.labels.push(name);
        }
        number
    }

    /// The number of a value that the file names.
    pub fn value(&self, name: &str) -> usize {
        self.names.get(name).copied().unwrap_or(usize::MAX)
    }

    /// Facts about all values, none known yet.
    pub fn values(&self, graph: &GraphProto) -> Values {
        let mut is_output = vec![false; self.labels.len()];
        for info in &graph.output {
            is_output[self.value(&info.name)] = true;
        }
        Values {
            facts: vec![super::build::Fact::Unknown; self.labels.len()],
            readers: self.readers.clone(),
            is_output,
        }
    }

    /// The order of axes in which a network input is best stored: that in which its first reader to care works.
    pub fn wanted(&self, value: usize, shape: &[usize]) -> Vec<usize> {
        let written: Vec<usize> = (0..shape.len()).collect();
        let mut steps = 0;
        self.followed(value, &written, &mut steps)
            .unwrap_or(written)
    }

    /// `axes[i]` is the axis of the network input that axis `i` of `value` is.
    fn followed(&self, value: usize, axes: &[usize], steps: &mut usize) -> Option<Vec<usize>> {
        for &reader in &self.readers[value] {
            *steps += 1;
            if *steps > MOST_STEPS {
                return None;
            }
            let node = &self.nodes[reader as usize];
            let outputs = &self.outputs[reader as usize];
            let next = outputs.first().copied().flatten();
            let found = match (use_of(node), next) {
                (Use::Image, _) => match axes.len() {
                    4 => Some(NHWC.iter().map(|&a| axes[a]).collect()),
                    3 => Some([0, 2, 1].iter().map(|&a| axes[a]).collect()),
                    _ => None,
                },
                (Use::Each, Some(next)) if next > value => self.followed(next, axes, steps),
                (Use::Transpose, Some(next)) if next > value => {
                    let perm = Attributes::new(node).ints("perm").ok().flatten();
                    let moved = perm.and_then(|perm| {
                        let axis = |&p: &i64| axes.get(usize::try_from(p).ok()?).copied();
                        perm.iter().map(axis).collect::<Option<Vec<usize>>>()
                    });
                    moved
                        .filter(|moved| moved.len() == axes.len())
                        .and_then(|moved| self.followed(next, &moved, steps))
                }
                _ => None,
            };
            if found.is_some() {
                return found;
            }
        }
        None
    }
}

/// What an operator asks of the order of its operand's axes.
enum Use {
    /// Channels last.
    Image,
    /// Any order: the result has the same.
    Each,
    Transpose,
    Other,
}

fn use_of(node: &NodeProto) -> Use {
    match node.op_type.as_str() {
        "Softmax" if Attributes::new(node).int("axis").ok().flatten() == Some(1) => Use::Image,
        "AveragePool"
        | "BatchNormalization"
        | "Conv"
        | "ConvTranspose"
        | "GlobalAveragePool"
        | "GlobalMaxPool"
        | "MaxPool"
        | "QLinearAveragePool"
        | "QLinearConv"
        | "QLinearGlobalAveragePool"
        | "Resize"
        | "Upsample" => Use::Image,
        "Add" | "Cast" | "Clip" | "Concat" | "DequantizeLinear" | "Div" | "Dropout"
        | "HardSigmoid" | "HardSwish" | "Identity" | "LeakyRelu" | "Max" | "Min" | "Mul"
        | "PRelu" | "Pad" | "QLinearAdd" | "QLinearLeakyRelu" | "QLinearMul" | "QLinearSigmoid"
        | "QuantizeLinear" | "ReduceMean" | "Relu" | "Sigmoid" | "Slice" | "Softmax" | "Split"
        | "Sub" | "Sum" | "Tanh" => Use::Each,
        "Transpose" => Use::Transpose,
        _ => Use::Other,
    }
}
