//! ONNX files, operator sets 7 to 23. The bytes are bounded and decoded; then every node is read in order into operators
//! on real numbers, each value with a description of how it lies in its tensor, so that NCHW becomes NHWC and no
//! transposition is left; then what stands between dequantisation and quantisation becomes int8.

mod attributes;
mod border;
mod build;
mod constant;
mod finish;
mod fold;
mod initializer;
mod layout;
mod net;
mod node;
mod ops;
mod outline;
mod problem;
mod qdq;
mod wire;

use super::report::{Report, at, escape};
use super::{External, View};
use crate::diagnostic::{OpRef, Severity};
use crate::format::onnx::{Bytes, GraphProto, Message as _, ModelProto};
use crate::graph::{Graph, TensorId};
use build::{Builder, Fact};
use initializer::Beside;
use net::Net;
use node::{Cx, Values};
use problem::{Problem, REPAIR, Read};
pub(super) use wire::is_model;

/// More nodes than any network for a microcontroller has.
const MAX_NODES: usize = 10_000;
/// More inputs or outputs than any network has; old files list initialisers among the inputs.
const MAX_BORDER: usize = 1000;
/// Bytes that constants may take, beyond three times the file.
const CONSTANT_BYTES: usize = 32 << 20;

/// Reads an ONNX file. Fills `view` as far as it can, reports every problem, and returns the graph if there was no
/// error. `external` supplies files beside the model.
pub(super) fn read(
    name: &str,
    bytes: &[u8],
    external: Option<&mut External<'_>>,
    view: &mut View,
    report: &mut Report,
) -> Option<Graph> {
    let broken = |report: &mut Report, why: &str| {
        report.error(
            "broken-file",
            format!(
                "the file is damaged or cut short: {}",
                escape(why.as_bytes())
            ),
            "copy, download or export the model again",
        );
    };
    if let Err(why) = wire::check(bytes) {
        broken(report, &why);
        return None;
    }
    let mut model = match ModelProto::decode(bytes) {
        Ok(model) => model,
        Err(why) => {
            broken(report, &why.to_string());
            return None;
        }
    };
    let opset = outline::check(&model, view, report);
    let graph = model.graph.as_mut()?;
    // Lists were grown by doubling, and most nodes have one attribute.
    graph.initializer.shrink_to_fit();
    graph.node.shrink_to_fit();
    for node in &mut graph.node {
        node.attribute.shrink_to_fit();
    }
    // Apart from the rest, so that each goes as soon as it has been read.
    let data = graph.initializer.iter_mut();
    let data: Vec<Bytes> = data.map(|t| std::mem::take(&mut t.raw_data)).collect();
    let graph = &*graph;
    if graph.node.len() > MAX_NODES {
        report.error(
            "too-large",
            format!(
                "the network has {} nodes; at most {MAX_NODES} can be read",
                graph.node.len()
            ),
            "no network for a microcontroller is that large",
        );
        return None;
    }
    if graph.input.len().max(graph.output.len()) > MAX_BORDER + graph.initializer.len() {
        report.error(
            "too-large",
            "the network has thousands of inputs or outputs",
            "no network for a microcontroller has that many",
        );
        return None;
    }
    let budget = bytes.len().saturating_mul(3).saturating_add(CONSTANT_BYTES);
    let mut reader = Reader::new(graph, Builder::new(budget), report);
    reader.constants(graph, data, &mut Beside::new(external));
    let inputs = reader.inputs(graph);
    reader.nodes(opset);
    let outputs = reader.outputs(graph);
    finish::view(&reader.net, graph, &reader.values, &reader.build, view);
    let Reader {
        net,
        values,
        build,
        report,
        ..
    } = reader;
    if report.has_errors() {
        return None;
    }
    finish::graph(name, graph, &net, &values, build, inputs, outputs, report)
}

/// The state of reading.
struct Reader<'a, 'b> {
    net: Net<'a>,
    values: Values,
    build: Builder,
    report: &'b mut Report,
    /// Values that something before the current node provides.
    written: Vec<bool>,
    /// The node that writes each value.
    writers: Vec<Option<u32>>,
}

impl<'a, 'b> Reader<'a, 'b> {
    fn new(graph: &'a GraphProto, build: Builder, report: &'b mut Report) -> Self {
        let net = Net::new(graph);
        let mut writers = vec![None; net.labels.len()];
        for (index, outputs) in net.outputs.iter().enumerate() {
            for &value in outputs.iter().flatten() {
                writers[value].get_or_insert(index as u32);
            }
        }
        Self {
            values: net.values(graph),
            written: vec![false; net.labels.len()],
            writers,
            net,
            build,
            report,
        }
    }

    /// A problem with something that is no node.
    fn complain(&mut self, what: &str, name: &str, problem: Problem) {
        if !problem.is_silent() {
            let name = escape(name.as_bytes());
            let message = format!("{what} \"{name}\" {}", problem.message);
            self.report.error(problem.code, message, problem.remedy);
        }
    }

    /// Reads the initialisers that something uses.
    fn constants(&mut self, graph: &GraphProto, data: Vec<Bytes>, beside: &mut Beside<'_, '_>) {
        for (tensor, raw) in graph.initializer.iter().zip(data) {
            let value = self.net.value(&tensor.name);
            if std::mem::replace(&mut self.written[value], true) {
                let twice = problem::problem("two-producers", "is in the file twice", REPAIR);
                self.complain("initialiser", &tensor.name, twice);
                continue;
            }
            let unused = self.values.readers[value].is_empty() && !self.values.is_output[value];
            if unused || self.build.exhausted {
                continue;
            }
            let read = initializer::read(tensor, &raw, beside).and_then(|constant| {
                self.build.charge(constant.data.bytes())?;
                Ok(constant)
            });
            match read {
                Ok(constant) => self.values.facts[value] = Fact::Constant(constant),
                Err(problem) => self.complain("initialiser", &tensor.name, problem),
            }
        }
        if !graph.sparse_initializer.is_empty() {
            self.report.error(
                "unsupported-type",
                "the model has sparse initialisers",
                "export the model with dense weights",
            );
        }
    }

    /// Reads the inputs. Old files list their initialisers there too.
    fn inputs(&mut self, graph: &GraphProto) -> Vec<TensorId> {
        let mut ids = Vec::new();
        let is_initial = self.written.clone();
        for info in &graph.input {
            let value = self.net.value(&info.name);
            if is_initial[value] {
                continue;
            }
            if std::mem::replace(&mut self.written[value], true) {
                let twice = problem::problem("two-producers", "is listed twice", REPAIR);
                self.complain("network input", &info.name, twice);
                continue;
            }
            match border::input(info, value, &self.net, &mut self.build, self.report) {
                Ok(act) => {
                    ids.push(act.tensor);
                    self.values.facts[value] = Fact::Act(act);
                }
                Err(problem) => self.complain("network input", &info.name, problem),
            }
        }
        if ids.is_empty() && !self.report.has_errors() {
            self.report
                .error("no-input", "the network has no input", REPAIR);
        }
        ids
    }

    fn nodes(&mut self, opset: i64) {
        let nodes = self.net.nodes;
        for (index, node) in nodes.iter().enumerate() {
            if self.build.exhausted {
                return;
            }
            let me = OpRef {
                index: index as u32,
                name: escape(node.op_type.as_bytes()),
            };
            let mut problems = self.order(index);
            let readable = problems.is_empty();
            match outline::reader(node, opset) {
                Err(problem) => problems.push(problem),
                Ok(read) if readable => {
                    self.build.source = me.index;
                    self.build.transposes = 0;
                    if let Err(problem) = self.node(index, read, opset) {
                        problems.push(problem);
                    }
                    self.moved(&me);
                }
                Ok(_) => {}
            }
            self.values.spend(index as u32, &self.net.inputs[index]);
            if !problems.is_empty() {
                for &value in self.net.outputs[index].iter().flatten() {
                    self.values.facts[value] = Fact::Unknown;
                }
            }
            let name = escape(node.name.as_bytes());
            for problem in problems.into_iter().filter(|p| !p.is_silent()) {
                let message = if name.is_empty() {
                    problem.message
                } else {
                    format!("{} (node \"{name}\")", problem.message)
                };
                let found = at(Severity::Error, &me, problem.code, message, problem.remedy);
                self.report.push(found);
            }
        }
    }

    /// Checks that what a node reads has been written, and that what it writes has not.
    fn order(&mut self, index: usize) -> Vec<Problem> {
        let mut problems = Vec::new();
        for &value in self.net.inputs[index].iter().flatten() {
            if self.written[value] {
                continue;
            }
            let label = escape(self.net.labels[value].as_bytes());
            let (code, message, remedy) = match self.writers[value] {
                Some(by) if by == index as u32 => (
                    "wrong-order",
                    format!("reads its own result, \"{label}\""),
                    REPAIR,
                ),
                Some(by) => (
                    "wrong-order",
                    format!("reads \"{label}\" before node {by} writes it"),
                    "nodes must stand in execution order, without cycles; export the model again",
                ),
                None => (
                    "not-computed",
                    format!("reads \"{label}\", which is no initialiser and which no node writes"),
                    REPAIR,
                ),
            };
            problems.push(problem::problem(code, message, remedy));
        }
        for &value in self.net.outputs[index].iter().flatten() {
            if std::mem::replace(&mut self.written[value], true) {
                let label = escape(self.net.labels[value].as_bytes());
                problems.push(problem::problem(
                    "two-producers",
                    format!("writes \"{label}\", which is an initialiser, a network input or written before"),
                    REPAIR,
                ));
            }
        }
        problems
    }

    fn node(&mut self, index: usize, read: ops::Reader, opset: i64) -> Read<()> {
        let mut cx = Cx {
            node: &self.net.nodes[index],
            inputs: &self.net.inputs[index],
            outputs: &self.net.outputs[index],
            values: &mut self.values,
            build: &mut self.build,
            nodes: self.net.nodes,
            opset,
        };
        read(&mut cx)
    }

    /// Says where elements had to be moved.
    fn moved(&mut self, me: &OpRef) {
        if self.build.transposes > 0 {
            self.report.push(at(
                Severity::Note,
                me,
                "transposed",
                "needs its operand in another order than it lies in: a TRANSPOSE was added",
                "",
            ));
        }
    }

    fn outputs(&mut self, graph: &GraphProto) -> Vec<TensorId> {
        let mut ids = Vec::new();
        if self.build.exhausted {
            return ids;
        }
        for info in graph.output.iter().take(MAX_BORDER) {
            let value = self.net.value(&info.name);
            if !self.written[value] {
                let missing = problem::problem("not-computed", "is written by no node", REPAIR);
                self.complain("network output", &info.name, missing);
                continue;
            }
            let fact = &self.values.facts[value];
            self.build.transposes = 0;
            match border::output(&info.name, fact, &ids, &mut self.build, self.report) {
                Ok(id) => ids.extend(id),
                Err(problem) => self.complain("network output", &info.name, problem),
            }
        }
        if graph.output.is_empty() {
            self.report
                .error("no-output", "the network has no output", REPAIR);
        }
        ids
    }
}
