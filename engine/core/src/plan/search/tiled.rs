//! Patches, strips and tiles.

use super::edges::Edge;
use super::price::Prices;
use crate::schedule::{Method, Stage};

/// All segments that end before step `end` and may be run in one of these ways.
pub(super) fn ending(
    _prices: &Prices<'_>,
    _end: usize,
    _methods: &[Method],
    _allowed: &dyn Fn(&Stage) -> bool,
    _edges: &mut Vec<Edge>,
) {
}
