//! The float graph made ready: every operator with constants of its own, what is multiplied and added afterwards folded
//! into weights, activations fused, and fixed scales kept apart from free ones.

mod fold;
mod own;
mod scales;

pub use fold::bare;
pub use scales::{Scales, same_scale};

use super::error::CalibrateError;
use crate::graph::{DType, Graph, OpKind, verify, without_unused_tensors};

/// A float graph made ready for quantisation.
pub struct Prepared {
    /// The graph; the same function as before.
    pub graph: Graph,
    /// Which tensors share a scale, and which scales are fixed.
    pub scales: Scales,
    /// Constants folded into weights.
    pub folded: usize,
    /// Activations fused.
    pub fused: usize,
}

/// Makes `graph` ready.
///
/// # Errors
/// When the graph is malformed, not float32 throughout, or has weights that are no numbers.
pub fn prepare(graph: &Graph) -> Result<Prepared, CalibrateError> {
    if let Err(violations) = verify(graph) {
        let text = violations.first().map(ToString::to_string);
        return Err(CalibrateError::Malformed(text.unwrap_or_default()));
    }
    check(graph)?;
    let mut graph = own::constants(graph);
    let (folded, fused) = fold::fold(&mut graph);
    let mut graph = without_unused_tensors(&graph);
    let scales = Scales::new(&mut graph);
    Ok(Prepared {
        graph,
        scales,
        folded,
        fused,
    })
}

fn check(graph: &Graph) -> Result<(), CalibrateError> {
    for (index, op) in graph.ops.iter().enumerate() {
        let name = op.kind.name();
        let dtype = match op.kind {
            OpKind::Quantize | OpKind::Dequantize => Some(DType::I8),
            _ => None,
        };
        let tensors = op.inputs.iter().chain(&op.outputs).copied();
        let ids = tensors.chain(op.kind.constants());
        for tensor in ids.map(|id| graph.tensor(id)) {
            if let Some(dtype) = dtype.or((tensor.dtype != DType::F32).then_some(tensor.dtype)) {
                return Err(CalibrateError::NotFloat { index, name, dtype });
            }
            if !super::channels::numbers(tensor)
                .iter()
                .all(|x| x.is_finite())
            {
                return Err(CalibrateError::NotFinite { index, name });
            }
        }
    }
    Ok(())
}
