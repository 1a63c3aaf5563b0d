//! Flash taken by code, before anything is compiled. Estimated; a build measures it.

use super::Kernel;
use std::collections::BTreeSet;

/// Start-up of the generated program: entry point, tables. Estimated.
const BASE_BYTES: usize = 512;
/// One step's function: its loop over patches and the call of its kernel. Estimated.
const STEP_BYTES: usize = 96;

/// Estimated bytes of code for steps that use `kernels` (one entry per step, with the operator's name: plain
/// kernels differ by operator).
pub fn code_bytes_estimated<'a>(kernels: impl IntoIterator<Item = (Kernel, &'a str)>) -> usize {
    let mut distinct = BTreeSet::new();
    let mut total = BASE_BYTES;
    for (kernel, op) in kernels {
        total += STEP_BYTES;
        let (name, bytes) = match kernel {
            Kernel::Pointwise => ("pointwise", 1_400),
            Kernel::Im2col => ("im2col", 2_000),
            Kernel::Dense => ("dense", 600),
            Kernel::DepthwisePlanes { .. } => ("depthwise planes", 4_000),
            Kernel::AddPacked => ("add packed", 500),
            Kernel::Plain => (op, 500),
        };
        if distinct.insert(name) {
            total += bytes;
        }
    }
    total
}
