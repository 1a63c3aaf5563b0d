//! Samples in batches: parallel inside, merged in order, so that memory is bounded and results do not depend on threads.

use super::error::CalibrateError;
use super::progress::{Phase, Progress};
use rayon::prelude::*;
use std::ops::ControlFlow;

/// Samples whose results may be in memory at once. Fixed, so that the progress reports are the same everywhere.
const BATCH: usize = 16;

/// Calls `work` for each of `total` samples, in parallel, and `merge` with each result in the order of the samples.
/// `progress` is called at the start and after each batch.
///
/// # Errors
/// That of the first sample that has one; [`CalibrateError::Cancelled`] when `progress` breaks.
pub fn in_batches<T: Send>(
    total: usize,
    phase: Phase,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    work: impl Fn(usize) -> Result<T, CalibrateError> + Sync,
    mut merge: impl FnMut(T),
) -> Result<(), CalibrateError> {
    let mut done = 0;
    loop {
        if progress(Progress { phase, done, total }).is_break() {
            return Err(CalibrateError::Cancelled);
        }
        if done == total {
            return Ok(());
        }
        let end = total.min(done + BATCH);
        let results: Vec<_> = (done..end).into_par_iter().map(&work).collect();
        for result in results {
            merge(result?);
        }
        done = end;
    }
}
