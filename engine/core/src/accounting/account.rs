//! What every way of counting gives.

use serde::Serialize;

/// A peak, as a tool counts it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Whose way of counting.
    pub name: &'static str,
    /// What is counted, in one sentence.
    pub counts: &'static str,
    /// The peak in bytes: the sum of `parts`.
    pub peak_bytes: usize,
    /// What the peak is made of; nothing of no bytes.
    pub parts: Vec<Share>,
    /// The operator at which the peak is, by index.
    pub step: usize,
}

/// A part of a peak.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Share {
    /// What it is.
    pub name: String,
    /// Its size.
    pub bytes: usize,
}

impl Account {
    /// The account whose peak is the sum of `parts`.
    pub(super) fn of(
        name: &'static str,
        counts: &'static str,
        step: usize,
        parts: impl IntoIterator<Item = (&'static str, usize)>,
    ) -> Self {
        let parts = parts.into_iter().filter(|(_, bytes)| *bytes > 0);
        let parts: Vec<Share> = parts
            .map(|(name, bytes)| Share {
                name: name.to_owned(),
                bytes,
            })
            .collect();
        Self {
            name,
            counts,
            peak_bytes: parts.iter().map(|part| part.bytes).sum(),
            parts,
            step,
        }
    }
}
