//! The outside of a model: versions, operator sets, and which reader a node gets.

use super::ops;
use super::problem::{Problem, Read, problem};
use crate::diagnostic::{Diagnostic, Severity};
use crate::format::onnx::{ModelProto, NodeProto};
use crate::import::View;
use crate::import::report::{Report, escape};

/// Operator sets that can be read, and those of them that are tested.
const OPSETS: std::ops::RangeInclusive<i64> = 7..=23;
const TESTED: std::ops::RangeInclusive<i64> = 11..=21;
/// Versions of the file format.
const FORMATS: std::ops::RangeInclusive<i64> = 3..=13;

/// Checks the versions. Returns that of the standard operator set, or one that exists if the file's is wrong.
pub(super) fn check(model: &ModelProto, view: &mut View, report: &mut Report) -> i64 {
    let producer = [&model.producer_name, &model.producer_version].map(|s| escape(s.as_bytes()));
    producer.join(" ").trim().clone_into(&mut view.description);
    if !FORMATS.contains(&model.ir_version) {
        report.error(
            "unsupported-version",
            format!(
                "the file has version {} of the ONNX format; {} to {} can be read",
                model.ir_version,
                FORMATS.start(),
                FORMATS.end()
            ),
            "export the model with a current exporter",
        );
    }
    if model.graph.is_none() {
        report.error(
            "no-graph",
            "the file holds no network",
            "copy, download or export the model again",
        );
    }
    let sets = model.opset_import.iter();
    let mut standard = sets
        .filter(|set| is_standard(&set.domain))
        .map(|set| set.version);
    let Some(opset) = standard.next() else {
        report.error(
            "no-opset",
            "the file does not say which operator set it uses (opset_import)",
            "export the model again",
        );
        return *TESTED.end();
    };
    if !OPSETS.contains(&opset) {
        report.error(
            "unsupported-version",
            format!(
                "the model uses operator set {opset}; {} to {} can be read",
                OPSETS.start(),
                OPSETS.end()
            ),
            "export the model with operator set 13 to 21",
        );
        return *TESTED.end();
    }
    if !TESTED.contains(&opset) {
        report.push(Diagnostic::new(
            Severity::Warning,
            "untested-version",
            format!(
                "the model uses operator set {opset}; {} to {} are tested",
                TESTED.start(),
                TESTED.end()
            ),
            "export the model with operator set 13 to 21",
        ));
    }
    opset
}

fn is_standard(domain: &str) -> bool {
    matches!(domain, "" | "ai.onnx")
}

/// The reader of a node's operator.
pub(super) fn reader(node: &NodeProto, opset: i64) -> Read<ops::Reader> {
    let domain = if is_standard(&node.domain) {
        ""
    } else {
        &node.domain
    };
    if !matches!(domain, "" | "com.microsoft") {
        return Err(problem(
            "unsupported-domain",
            format!(
                "is an operator of the domain \"{}\", which is not known",
                escape(domain.as_bytes())
            ),
            "replace custom operators by standard ones before export",
        ));
    }
    let removed = node.op_type == "Upsample" && opset >= 10;
    ops::reader(domain, &node.op_type)
        .filter(|_| !removed)
        .ok_or_else(|| unknown(node))
}

fn unknown(node: &NodeProto) -> Problem {
    let op_type = escape(node.op_type.as_bytes());
    problem(
        "unsupported-operator",
        format!("{op_type} is not supported"),
        ops::advice(&node.op_type),
    )
}
