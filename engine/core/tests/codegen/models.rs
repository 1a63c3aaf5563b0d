//! The shared models, lowered.

use crate::support;
use tinyscope_core::graph::Graph;
use tinyscope_core::import::load;
use tinyscope_core::schedule::lower;

/// A shared model as planning sees it; `None` (and a message) where the shared folder is absent.
pub fn shared(name: &str) -> Option<Graph> {
    let bytes = support::model(name)?;
    // Planning lowers too; a lowered graph stays as it is.
    Some(lower(&load(name, &bytes).expect("a valid model")).0)
}
