//! Collects diagnostics while a file is read; bounds their number; escapes text that comes from files.

use crate::diagnostic::{Diagnostic, OpRef, Severity};
use std::collections::BTreeMap;

/// Diagnostics beyond this number are counted, not kept.
const KEPT: usize = 100;
/// Longest piece of a name from the file that a message shows, in characters.
const NAME_CHARS: usize = 60;

/// Diagnostics in the making.
#[derive(Debug, Default)]
pub(super) struct Report {
    found: Vec<Diagnostic>,
    dropped: usize,
    errors: usize,
    /// The first error at each operator, whether it was kept or not.
    problems: BTreeMap<u32, String>,
}

impl Report {
    /// Keeps a finding; one that was made before is not repeated.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if self.found.contains(&diagnostic) {
            return;
        }
        if diagnostic.severity == Severity::Error {
            self.errors += 1;
            if let Some(op) = &diagnostic.op {
                let first = self.problems.entry(op.index);
                first.or_insert_with(|| diagnostic.message.clone());
            }
        }
        if self.found.len() < KEPT {
            self.found.push(diagnostic);
        } else {
            self.dropped += 1;
        }
    }

    /// An error about the whole file.
    pub fn error(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.push(Diagnostic::new(Severity::Error, code, message, remedy));
    }

    /// The first error at operator `index`.
    pub fn problem_at(&self, index: u32) -> Option<&str> {
        self.problems.get(&index).map(String::as_str)
    }

    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    pub fn finish(mut self) -> Vec<Diagnostic> {
        if self.dropped > 0 {
            let severity = if self.errors > 0 {
                Severity::Error
            } else {
                Severity::Note
            };
            self.found.push(Diagnostic::new(
                severity,
                "more-problems",
                format!("{} more findings are not listed", self.dropped),
                "repair the ones above first",
            ));
        }
        self.found
    }
}

/// A finding about one operator.
pub(super) fn at(
    severity: Severity,
    op: &OpRef,
    code: &'static str,
    message: impl Into<String>,
    remedy: impl Into<String>,
) -> Diagnostic {
    Diagnostic::new(severity, code, message, remedy).at(op.index, op.name.clone())
}

/// Text from a file made fit for a message: not UTF-8, control and direction characters are escaped, and it is cut to a
/// bearable length.
pub(super) fn escape(bytes: &[u8]) -> String {
    // A character is at most four bytes: decoding more than this would be thrown away.
    let head = &bytes[..bytes.len().min(NAME_CHARS * 4 + 4)];
    let text = String::from_utf8_lossy(head);
    let mut out: String = text
        .chars()
        .take(NAME_CHARS)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(NAME_CHARS).is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_are_harmless_in_messages() {
        assert_eq!(
            escape(b"a\x1b[31mred\n\"x\""),
            "a\\u{1b}[31mred\\n\\\"x\\\""
        );
        assert_eq!(escape("\u{202e}gpj".as_bytes()), "\\u{202e}gpj");
        assert_eq!(escape(&[0xff, b'a']), "\u{fffd}a");
        let long = escape(&vec![b'x'; 100_000]);
        assert_eq!(long.chars().count(), NAME_CHARS + 1);
    }

    #[test]
    fn what_is_not_kept_is_counted() {
        let mut report = Report::default();
        for i in 0..KEPT + 7 {
            report.error("x", format!("{i}"), "z");
            report.error("x", format!("{}", i.min(KEPT - 1)), "z");
        }
        let all = report.finish();
        assert_eq!(all.len(), KEPT + 1);
        assert!(all[KEPT].message.starts_with("7 more"));
    }
}
