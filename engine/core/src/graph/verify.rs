//! Structural invariants of a [`Graph`], checked in tests and debug builds after every rewrite.
//!
//! Import guarantees them for files; a rewrite that breaks one is a defect of this program.

use super::shape::{output_shape, same_layout, text};
use super::{DType, Graph, Op, OpKind, Tensor, TensorId};
use thiserror::Error;

/// A broken invariant. The numbers are indices into [`Graph::ops`] and [`Graph::tensors`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Violation {
    /// An operator or graph border names a tensor that does not exist.
    #[error("{whose} names tensor {tensor}, which does not exist")]
    NoSuchTensor {
        /// Who names it.
        whose: String,
        /// The index.
        tensor: u32,
    },
    /// An operator reads a tensor before it is written.
    #[error("operator {op} reads tensor {tensor}, which nothing before it has written")]
    NotYetWritten {
        /// The operator.
        op: usize,
        /// The tensor.
        tensor: u32,
    },
    /// A tensor is written twice, or a constant or graph input is written.
    #[error("operator {op} writes tensor {tensor}, which already has a value")]
    WrittenTwice {
        /// The operator.
        op: usize,
        /// The tensor.
        tensor: u32,
    },
    /// A graph output has no value.
    #[error("graph output {tensor} is never written")]
    OutputNotWritten {
        /// The tensor.
        tensor: u32,
    },
    /// An operator's shapes, types, quantisation or operands do not agree.
    #[error("operator {op}: {why}")]
    Operator {
        /// The operator.
        op: usize,
        /// What does not agree.
        why: String,
    },
    /// A tensor contradicts itself.
    #[error("tensor {tensor}: {why}")]
    Tensor {
        /// The tensor.
        tensor: usize,
        /// What is wrong with it.
        why: String,
    },
}

/// Checks every invariant: ids exist, one producer each, execution order, output shapes, constant operands of the right
/// size, quantisation well-formed.
///
/// # Errors
/// All violations found.
pub fn verify(graph: &Graph) -> Result<(), Vec<Violation>> {
    let mut found = Vec::new();
    ids(graph, &mut found);
    if !found.is_empty() {
        return Err(found);
    }
    for (index, tensor) in graph.tensors.iter().enumerate() {
        if let Err(why) = check_tensor(tensor) {
            found.push(Violation::Tensor { tensor: index, why });
        }
    }
    let mut written: Vec<bool> = graph.tensors.iter().map(Tensor::is_constant).collect();
    for id in &graph.inputs {
        written[id.0 as usize] = true;
    }
    for (index, op) in graph.ops.iter().enumerate() {
        for id in op.inputs.iter().copied().chain(op.kind.constants()) {
            if !written[id.0 as usize] {
                found.push(Violation::NotYetWritten {
                    op: index,
                    tensor: id.0,
                });
            }
        }
        for id in &op.outputs {
            if std::mem::replace(&mut written[id.0 as usize], true) {
                found.push(Violation::WrittenTwice {
                    op: index,
                    tensor: id.0,
                });
            }
        }
        if let Err(why) = check_op(graph, op) {
            found.push(Violation::Operator { op: index, why });
        }
    }
    for id in &graph.outputs {
        if !written[id.0 as usize] {
            found.push(Violation::OutputNotWritten { tensor: id.0 });
        }
    }
    if found.is_empty() { Ok(()) } else { Err(found) }
}

fn ids(graph: &Graph, found: &mut Vec<Violation>) {
    let mut check = |whose: &dyn Fn() -> String, id: TensorId| {
        if id.0 as usize >= graph.tensors.len() {
            found.push(Violation::NoSuchTensor {
                whose: whose(),
                tensor: id.0,
            });
        }
    };
    for &id in graph.inputs.iter().chain(&graph.outputs) {
        check(&|| "the graph's border".into(), id);
    }
    for (index, op) in graph.ops.iter().enumerate() {
        let all = op.inputs.iter().chain(&op.outputs).copied();
        for id in all.chain(op.kind.constants()) {
            check(&|| format!("operator {index}"), id);
        }
    }
}

fn check_tensor(tensor: &Tensor) -> Result<(), String> {
    let elements = tensor
        .shape
        .iter()
        .try_fold(1usize, |n, &d| n.checked_mul(d))
        .ok_or("its size overflows")?;
    if elements == 0 {
        return Err(format!("shape {} is empty", text(&tensor.shape)));
    }
    if let Some(data) = &tensor.data
        && data.bytes() != elements * tensor.dtype.bytes()
    {
        return Err(format!(
            "{} bytes of data for shape {}",
            data.bytes(),
            text(&tensor.shape)
        ));
    }
    let Some(quant) = &tensor.quant else {
        return Ok(());
    };
    if quant.scales.is_empty() || quant.scales.len() != quant.zero_points.len() {
        return Err("scales and zero points do not pair".into());
    }
    let fine = |s: f32| s.is_finite() && (s > 0.0 || (tensor.is_constant() && s < 0.0));
    if !quant.scales.iter().all(|&s| fine(s)) {
        return Err("a scale is not finite, or not positive".into());
    }
    if quant.scales.len() > 1 && tensor.shape.get(quant.axis) != Some(&quant.scales.len()) {
        return Err("the number of scales is not the extent of their axis".into());
    }
    Ok(())
}

fn check_op(graph: &Graph, op: &Op) -> Result<(), String> {
    let &[output] = op.outputs.as_slice() else {
        return Err(format!("{} outputs, not one", op.outputs.len()));
    };
    let inputs = match op.kind {
        OpKind::Add(_) | OpKind::Combine(_) => Some(2),
        OpKind::Concatenation { .. } => None,
        _ => Some(1),
    };
    if inputs.is_some_and(|n| n != op.inputs.len()) || op.inputs.is_empty() {
        return Err(format!("{} has {} inputs", op.kind.name(), op.inputs.len()));
    }
    if let Some(window) = op.kind.window()
        && (window.stride.contains(&0)
            || window.dilation.contains(&0)
            || window.kernel.contains(&0))
    {
        return Err("a kernel, stride or dilation is zero".into());
    }
    let (input, out) = (graph.tensor(op.inputs[0]), graph.tensor(output));
    match output_shape(&graph.tensors, &op.kind, &op.inputs)? {
        None if input.elements() != out.elements() => {
            return Err("input and output differ in size".into());
        }
        Some(expected) if !same_layout(&expected, &out.shape) => {
            let (a, b) = (text(&out.shape), text(&expected));
            return Err(format!("the output is {a}, {b} follows from the operator"));
        }
        _ => {}
    }
    if let Some((weights, bias)) = op.kind.parameters() {
        let weights = graph.tensor(weights);
        if !weights.is_constant() {
            return Err("the weights are not constant".into());
        }
        let channels = out.shape.last().copied().unwrap_or(1);
        if let Some(bias) = bias.map(|b| graph.tensor(b))
            && (!bias.is_constant() || bias.elements() != channels)
        {
            return Err("the bias is not one constant per output channel".into());
        }
    }
    let constants = op.kind.constants().map(|id| graph.tensor(id));
    if constants.into_iter().any(|tensor| !tensor.is_constant()) {
        return Err("weights, bias and slopes must be constant".into());
    }
    let activations = op.inputs.iter().map(|&id| graph.tensor(id));
    for tensor in activations.chain([out]) {
        if tensor.dtype == DType::I8 && tensor.scale_zero().is_none() {
            return Err("an int8 activation has no scale and zero point".into());
        }
    }
    types(graph, op, out)
}

/// An operator computes in int8 or in float32 throughout: int8 weights and int32 bias, or all float32. QUANTIZE and
/// DEQUANTIZE stand between the two.
fn types(graph: &Graph, op: &Op, out: &Tensor) -> Result<(), String> {
    let input = graph.tensor(op.inputs[0]).dtype;
    let (from, to): (&[DType], &[DType]) = match op.kind {
        OpKind::Quantize => (&[DType::F32, DType::I8], &[DType::I8]),
        OpKind::Dequantize => (&[DType::I8], &[DType::F32]),
        _ => (&[DType::I8, DType::F32], &[DType::I8, DType::F32]),
    };
    if !from.contains(&input) || !to.contains(&out.dtype) {
        let (from, to) = (input.name(), out.dtype.name());
        return Err(format!("{} from {from} to {to}", op.kind.name()));
    }
    if matches!(op.kind, OpKind::Quantize | OpKind::Dequantize) {
        return Ok(());
    }
    let operands = op.inputs.iter().map(|&id| graph.tensor(id).dtype);
    if operands.chain([out.dtype]).any(|dtype| dtype != input) {
        return Err("operands of different types".into());
    }
    let bias = op.kind.parameters().and_then(|(_, bias)| bias);
    for id in op.kind.constants() {
        let expected = match input {
            DType::I8 if Some(id) == bias => DType::I32,
            other => other,
        };
        let found = graph.tensor(id).dtype;
        if found != expected {
            let (found, expected) = (found.name(), expected.name());
            return Err(format!("a {found} constant instead of {expected}"));
        }
    }
    Ok(())
}
