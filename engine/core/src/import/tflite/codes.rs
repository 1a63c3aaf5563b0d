//! Which operator each entry of the file is: the two generations of operator codes, versions, names.

use super::generated::tflite::{Model, SubGraph};
use super::registry::{self, Operator};
use super::remedies;
use crate::diagnostic::{Diagnostic, OpRef, Severity};
use crate::import::report::{Report, at, escape};

/// `CUSTOM`, an operator that is named by a text instead of a code.
const CUSTOM: i32 = 32;

/// The type of every operator in the file.
pub(super) struct OpCodes {
    /// Index and name of each operator.
    pub ops: Vec<OpRef>,
    /// Code and version of each operator; `None` when it names a type that does not exist.
    codes: Vec<Option<(i32, i32)>>,
}

impl OpCodes {
    pub fn read(model: &Model<'_>, subgraph: &SubGraph<'_>) -> Self {
        // (code, version, name) of each entry of the file's table of operator types.
        let table: Vec<(i32, i32, String)> = model
            .operator_codes()
            .into_iter()
            .flatten()
            .map(|entry| {
                // Codes up to 126 stand in the old one-byte field; newer files have both, older only that one.
                let code = i32::from(entry.deprecated_builtin_code()).max(entry.builtin_code());
                let name = match entry.custom_code() {
                    Some(custom) if code == CUSTOM => format!("CUSTOM {}", escape(custom.bytes())),
                    _ => registry::name(code),
                };
                (code, entry.version(), name)
            })
            .collect();
        let entries = subgraph.operators().into_iter().flatten();
        let (ops, codes) = entries
            .enumerate()
            .map(|(index, op)| {
                let entry = table.get(op.opcode_index() as usize);
                let name = entry.map_or_else(
                    || format!("unknown type {}", op.opcode_index()),
                    |e| e.2.clone(),
                );
                let index = index as u32;
                (OpRef { index, name }, entry.map(|e| (e.0, e.1)))
            })
            .unzip();
        Self { ops, codes }
    }

    /// The reader of operator `index`, if its type and version are supported.
    pub fn operator(&self, index: usize) -> Option<&'static Operator> {
        let (code, version) = self.codes[index]?;
        registry::find(code).filter(|o| (1..=o.max_version).contains(&version))
    }

    /// Reports operators whose type or version is not supported.
    pub fn check(&self, report: &mut Report) {
        let mut strangers = false;
        for (op, code) in self.ops.iter().zip(&self.codes) {
            let Some((code, version)) = *code else {
                report.push(at(
                    Severity::Error,
                    op,
                    "broken-file",
                    "names an operator type that the file does not define",
                    "the file is damaged; copy, download or convert the model again",
                ));
                continue;
            };
            match registry::find(code) {
                None => {
                    strangers |= remedies::replacement(&op.name).is_none();
                    report.push(at(
                        Severity::Error,
                        op,
                        "unsupported-operator",
                        "this operator is not supported",
                        remedies::of(&op.name),
                    ));
                }
                Some(o) if !(1..=o.max_version).contains(&version) => report.push(at(
                    Severity::Error,
                    op,
                    "unsupported-version",
                    format!(
                        "version {version} of this operator is not known; 1 to {} are",
                        o.max_version
                    ),
                    "convert the model with a TensorFlow Lite converter of this program's time, or ask for an update",
                )),
                Some(_) => {}
            }
        }
        if strangers {
            let message = format!("these operators are supported: {}", registry::supported());
            report.push(Diagnostic::new(
                Severity::Note,
                "supported-operators",
                message,
                "",
            ));
        }
    }
}
