//! Published figures, each beside ours, computed here under the accounting that it was published with.
//!
//! The published side is data, with its source; ours always comes out of [`crate::accounting`] and the bundled designs or
//! the model files that the caller has. A figure has no more digits than it was printed with, so a row says how far ours
//! may be from it to be the same figure.

mod layers;
mod mcunetv2;
mod msf;
mod packings;
mod row;
mod streams;
mod tflm;
mod tinyengine;
mod zoo;

pub use row::{Aim, Row, Unit};

use crate::design::DesignError;

/// What the caller has.
pub struct Source<'a> {
    /// The bytes of a published model file by its name without ending, if the caller has it.
    pub model: &'a dyn Fn(&str) -> Option<Vec<u8>>,
    /// The text of a published packing problem by its name, if the caller has it.
    pub packing: &'a dyn Fn(&str) -> Option<Vec<u8>>,
}

/// All figures that could be computed.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// In groups, in the order they are printed.
    pub rows: Vec<Row>,
    /// What was left out, and why.
    pub skipped: Vec<String>,
}

/// Computes every figure whose network is at hand.
///
/// # Errors
/// A bundled design that is none: a defect of this program.
pub fn rows(source: &Source<'_>) -> Result<Figures, DesignError> {
    let mut figures = Figures::default();
    zoo::rows(&mut figures)?;
    layers::rows(&mut figures)?;
    tinyengine::rows(&mut figures)?;
    tflm::rows(source, &mut figures);
    mcunetv2::rows(&mut figures)?;
    msf::rows(&mut figures)?;
    streams::rows(&mut figures)?;
    packings::rows(source, &mut figures);
    Ok(figures)
}
