//! `Gemm` and `MatMul` with constant weights.

use super::conv::{bias_tensor, weights_tensor};
use super::elementwise::{Binary, binary};
use crate::graph::shape::text;
use crate::graph::{Activation, Data, FullyConnected, OpKind, TensorId};
use crate::import::onnx::build::Act;
use crate::import::onnx::constant::Constant;
use crate::import::onnx::layout::Layout;
use crate::import::onnx::node::{Cx, Operand};
use crate::import::onnx::problem::{Read, bad_shape, unsupported};

pub(in crate::import::onnx) fn read_gemm(cx: &mut Cx<'_, '_>) -> Read<()> {
    let (tensor, layout) = gemm(cx, [0, 1, 2])?;
    cx.set_tensor(0, tensor, layout);
    Ok(())
}

/// `alpha · A · B + beta · C` of operands 0, 1 and 2.
fn gemm(cx: &mut Cx<'_, '_>, [a, b, c]: [usize; 3]) -> Read<(TensorId, Layout)> {
    let attributes = cx.attributes();
    let alpha = attributes.float_or("alpha", 1.0)?;
    let beta = attributes.float_or("beta", 1.0)?;
    let weights = constant_weights(cx, b)?;
    let addend = if cx.has(c) {
        Some(cx.operand(c)?)
    } else {
        None
    };
    let x = gemm_input(cx, cx.real(a)?)?;
    let weights = scaled(&gemm_weights(cx, &weights)?, alpha)?;
    match addend {
        Some(Operand::Act(act)) => {
            if (beta - 1.0).abs() > 0.0 {
                return Err(unsupported("beta with a computed C is not 1", "use beta 1"));
            }
            let (tensor, layout) = dense(cx, &x, &weights, None, [b, c])?;
            let product = Act {
                tensor,
                layout,
                exclusive: true,
            };
            let operands = [Operand::Act(product), Operand::Act(act)];
            binary(cx, Binary::Add, &operands, [a, c])
        }
        Some(Operand::Constant(constant)) => {
            let bias = scaled(&constant, beta)?;
            let outputs = weights.shape[0];
            let rows = x.shape()[0];
            let fits = bias.elements() == outputs && bias.shape.last() == Some(&outputs);
            if fits || bias.elements() == 1 {
                let bias = if fits {
                    bias
                } else {
                    repeated(&bias, outputs)?
                };
                dense(cx, &x, &weights, Some(&bias), [b, c])
            } else {
                let (tensor, layout) = dense(cx, &x, &weights, None, [b, c])?;
                let product = Act {
                    tensor,
                    layout,
                    exclusive: true,
                };
                if bias.shape.len() > 2 || bias.elements() > rows * outputs {
                    return Err(bad_shape("C is larger than the product"));
                }
                let operands = [Operand::Act(product), Operand::Constant(bias)];
                binary(cx, Binary::Add, &operands, [a, c])
            }
        }
        None => dense(cx, &x, &weights, None, [b, c]),
    }
}

/// Operand A of a Gemm, transposed if the attribute says so.
pub(super) fn gemm_input(cx: &Cx<'_, '_>, a: Act) -> Read<Act> {
    if a.shape().len() != 2 {
        return Err(bad_shape(format!(
            "A has shape {}, not that of a matrix",
            text(&a.shape())
        )));
    }
    Ok(if cx.attributes().flag("transA")? {
        let layout = a.layout.transposed(&[1, 0]);
        Act { layout, ..a }
    } else {
        a
    })
}

/// Operand B of a Gemm as `[outputs, inputs]`.
pub(super) fn gemm_weights(cx: &Cx<'_, '_>, b: &Constant) -> Read<Constant> {
    if b.shape.len() != 2 {
        return Err(bad_shape(format!(
            "B has shape {}, not that of a matrix",
            text(&b.shape)
        )));
    }
    Ok(if cx.attributes().flag("transB")? {
        b.clone()
    } else {
        b.transposed(&[1, 0])
    })
}

pub(in crate::import::onnx) fn read_matmul(cx: &mut Cx<'_, '_>) -> Read<()> {
    let weights = constant_weights(cx, 1)?;
    let x = cx.real(0)?;
    let (tensor, layout) = matmul(cx, &x, &weights, None, [1, 2])?;
    cx.set_tensor(0, tensor, layout);
    Ok(())
}

/// Emits the product of `x` with constant `weights`, as in the file: `[inputs, outputs]`.
pub(super) fn matmul(
    cx: &mut Cx<'_, '_>,
    x: &Act,
    weights: &Constant,
    bias: Option<&Constant>,
    names: [usize; 2],
) -> Read<(TensorId, Layout)> {
    let weights = match weights.shape[..] {
        [_, _] => weights.transposed(&[1, 0]),
        [n] => weights.reshaped(&[n, 1])?.transposed(&[1, 0]),
        [.., k, n] if weights.elements() == k * n => weights.reshaped(&[k, n])?.transposed(&[1, 0]),
        _ => {
            return Err(unsupported(
                format!(
                    "a batch of matrices ({}) cannot be multiplied",
                    text(&weights.shape)
                ),
                "use one matrix of weights",
            ));
        }
    };
    dense(cx, x, &weights, bias, names)
}

/// Emits `x · weightsᵀ + bias` along the last axis of `x`; `weights` are `[outputs, inputs]`. Where the elements of a row
/// lie in another order (a flattened image), the weights are permuted instead.
pub(super) fn dense(
    cx: &mut Cx<'_, '_>,
    x: &Act,
    weights: &Constant,
    bias: Option<&Constant>,
    names: [usize; 2],
) -> Read<(TensorId, Layout)> {
    let shape = x.shape();
    let (Some((&depth, rows)), &[outputs, inputs]) = (shape.split_last(), &weights.shape[..])
    else {
        return Err(bad_shape("the operands are no matrices"));
    };
    if depth != inputs {
        return Err(bad_shape(format!(
            "rows of {depth} elements ({}) do not fit weights for {inputs}",
            text(&shape)
        )));
    }
    let (tensor, weights) = if let Some(places) = x.layout.rows() {
        (x.tensor, permuted(weights, &places))
    } else {
        let order: Vec<usize> = (0..shape.len()).collect();
        (cx.build.arrange(x, &order)?, weights.clone())
    };
    // The kernel counts rows by the elements of a tensor's last axis.
    let count: usize = rows.iter().product();
    let tensor = if cx.build.tensor(tensor).shape.last() == Some(&depth) || count == 1 {
        tensor
    } else {
        let name = cx.build.tensor(tensor).name.clone();
        cx.build.reshape(&name, tensor, vec![count, depth])?
    };
    let bias = bias_tensor(cx, bias, outputs, names[1])?;
    let weights = weights_tensor(cx, &weights, 0, names[0])?;
    let kind = OpKind::FullyConnected(FullyConnected {
        weights,
        bias,
        activation: Activation::None,
    });
    let output = cx.build.emit(cx.name(0), kind, vec![tensor])?;
    let mut shape = rows.to_vec();
    shape.push(outputs);
    Ok((output, Layout::row_major(&shape)))
}

/// Columns brought to where the row's elements lie: column `k` moves to `places[k]`.
fn permuted(weights: &Constant, places: &[usize]) -> Constant {
    if places.is_sorted() {
        return weights.clone();
    }
    let mut from = vec![0; places.len()];
    for (index, &place) in places.iter().enumerate() {
        from[place] = index;
    }
    let moved = |row: usize| from.iter().map(move |&k| row * places.len() + k);
    let picked = (0..weights.shape[0]).flat_map(moved);
    let data = match &weights.data {
        Data::I8(v) => Data::I8(picked.map(|i| v[i]).collect()),
        Data::U8(v) => Data::U8(picked.map(|i| v[i]).collect()),
        Data::I16(v) => Data::I16(picked.map(|i| v[i]).collect()),
        Data::I32(v) => Data::I32(picked.map(|i| v[i]).collect()),
        Data::I64(v) => Data::I64(picked.map(|i| v[i]).collect()),
        Data::F32(v) => Data::F32(picked.map(|i| v[i]).collect()),
    };
    Constant {
        data,
        ..weights.clone()
    }
}

fn constant_weights(cx: &Cx<'_, '_>, i: usize) -> Read<Constant> {
    match cx.operand(i)? {
        Operand::Constant(constant) => Ok(constant),
        Operand::Act(_) => Err(unsupported(
            format!(
                "operand {} is computed: products of two activations cannot be run",
                cx.described(i)
            ),
            "attention and other products of activations are not supported; use constant weights",
        )),
    }
}

/// The constant times a number.
fn scaled(constant: &Constant, factor: f32) -> Read<Constant> {
    if factor.to_bits() == 1.0_f32.to_bits() {
        return Ok(constant.clone());
    }
    let values = constant.floats()?.iter().map(|x| x * factor).collect();
    Ok(Constant::reals(&constant.shape, values))
}

fn repeated(bias: &Constant, count: usize) -> Read<Constant> {
    Ok(Constant::reals(&[count], vec![bias.scalar()?; count]))
}
