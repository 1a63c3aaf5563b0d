//! ONNX files: images in NCHW, every quantised operator between `DequantizeLinear` and
//! `QuantizeLinear`.
//!
//! Tensors of four dimensions are NCHW throughout, inputs and outputs of the network included, so that no transposes are
//! left; weights are permuted. Where a map is flattened (or anything else reads it in NHWC order), a Transpose keeps the
//! order of elements. ONNX computes between the codes in floating point: results agree to within one code.

mod build;
mod layout;
mod ops;
mod proto;
mod windows;

use super::ExportError;
use crate::format::onnx::{Message as _, ModelProto, OperatorSetIdProto};
use crate::graph::Graph;
use build::Builder;

/// The format for people.
const FORMAT: &str = "ONNX";
/// Version of the operator set: the lowest that has every operator used here.
const OPSET: i64 = 17;
/// Version of the container that came with it.
const IR_VERSION: i64 = 8;

/// The graph as an ONNX file (operator set 17): QDQ where it is int8, plain where it is of floating point.
///
/// # Errors
/// When the graph is inconsistent, or ONNX cannot express an operator.
pub fn onnx(graph: &Graph) -> Result<Vec<u8>, ExportError> {
    super::check(graph, FORMAT)?;
    let mut builder = Builder::new(graph);
    for (index, op) in graph.ops.iter().enumerate() {
        ops::add(&mut builder, op).map_err(|why| ExportError::at(index, op, FORMAT, why))?;
    }
    let model = ModelProto {
        ir_version: IR_VERSION,
        producer_name: "tinyscope".into(),
        producer_version: env!("CARGO_PKG_VERSION").into(),
        opset_import: vec![OperatorSetIdProto {
            version: OPSET,
            ..OperatorSetIdProto::default()
        }],
        graph: Some(builder.finish()),
        ..ModelProto::default()
    };
    Ok(model.encode_to_vec())
}
