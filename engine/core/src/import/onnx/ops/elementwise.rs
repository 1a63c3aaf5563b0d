//! Element-wise functions of two operands, with broadcasting.

use super::fuse::add_bias;
use crate::graph::shape::broadcast;
use crate::graph::{Activation, Combine, OpKind, TensorId};
use crate::import::onnx::build::{Act, Fact};
use crate::import::onnx::constant::Constant;
use crate::import::onnx::fold;
use crate::import::onnx::layout::Layout;
use crate::import::onnx::node::{Cx, Operand, common_order};
use crate::import::onnx::problem::{Read, bad_shape, unsupported};

/// The functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::import::onnx) enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Max,
    Min,
}

pub(in crate::import::onnx) fn read_add(cx: &mut Cx<'_, '_>) -> Read<()> {
    read(cx, Binary::Add)
}

pub(in crate::import::onnx) fn read_sub(cx: &mut Cx<'_, '_>) -> Read<()> {
    read(cx, Binary::Sub)
}

pub(in crate::import::onnx) fn read_mul(cx: &mut Cx<'_, '_>) -> Read<()> {
    if let Some(act) = gated(cx)? {
        let kind = OpKind::Unary(crate::graph::Function::HardSwish);
        return cx.each(kind, &act);
    }
    read(cx, Binary::Mul)
}

pub(in crate::import::onnx) fn read_div(cx: &mut Cx<'_, '_>) -> Read<()> {
    read(cx, Binary::Div)
}

pub(in crate::import::onnx) fn read_max(cx: &mut Cx<'_, '_>) -> Read<()> {
    read(cx, Binary::Max)
}

pub(in crate::import::onnx) fn read_min(cx: &mut Cx<'_, '_>) -> Read<()> {
    read(cx, Binary::Min)
}

/// A product of a value with its own hard sigmoid.
fn gated(cx: &Cx<'_, '_>) -> Read<Option<Act>> {
    for i in 0..2 {
        if let Fact::Gate(act) = cx.fact(i)? {
            return Ok(Some(act.clone()));
        }
    }
    Ok(None)
}

fn read(cx: &mut Cx<'_, '_>, function: Binary) -> Read<()> {
    let count = cx.inputs.len();
    let operands = (0..count)
        .map(|i| cx.operand(i))
        .collect::<Read<Vec<_>>>()?;
    let [first, rest @ ..] = &operands[..] else {
        return Err(bad_shape("the operator has no operand"));
    };
    let known = |o: &Operand| match o {
        Operand::Constant(constant) => Some(constant.clone()),
        Operand::Act(_) => None,
    };
    if let Some(constants) = operands.iter().map(known).collect::<Option<Vec<_>>>() {
        let folded = fold::combine(function, &constants)?;
        cx.build.charge(folded.data.bytes())?;
        cx.set(0, Fact::Constant(folded));
        return Ok(());
    }
    if let ([Operand::Act(act), Operand::Constant(bias)], Binary::Add) = (&operands[..], function)
        && add_bias(cx, 0, act, bias, 1.0)?
    {
        return Ok(());
    }
    if let ([Operand::Constant(bias), Operand::Act(act)], Binary::Add) = (&operands[..], function)
        && add_bias(cx, 1, act, bias, 1.0)?
    {
        return Ok(());
    }
    if let ([Operand::Act(act), Operand::Constant(bias)], Binary::Sub) = (&operands[..], function)
        && add_bias(cx, 0, act, bias, -1.0)?
    {
        return Ok(());
    }
    if let ([Operand::Act(act)], _) = (&operands[..], function) {
        let layout = act.layout.clone();
        cx.set_view(act, layout);
        return Ok(());
    }
    let mut left = first.clone();
    for (index, right) in rest.iter().enumerate() {
        let pair = [left, right.clone()];
        let (tensor, layout) = binary(cx, function, &pair, [0, index + 1])?;
        let exclusive = true;
        left = Operand::Act(Act {
            tensor,
            layout,
            exclusive,
        });
    }
    if let Operand::Act(act) = left {
        cx.set(0, Fact::Act(act));
    }
    Ok(())
}

/// Emits a function of two operands, at most one of which is constant. `names` are the operands whose names constants
/// take.
pub(super) fn binary(
    cx: &mut Cx<'_, '_>,
    function: Binary,
    operands: &[Operand; 2],
    names: [usize; 2],
) -> Read<(TensorId, Layout)> {
    let function_with = |activation| match function {
        Binary::Add => OpKind::Add(activation),
        Binary::Sub => OpKind::Combine(Combine::Sub(activation)),
        Binary::Mul | Binary::Div => OpKind::Combine(Combine::Mul(activation)),
        Binary::Max => OpKind::Combine(Combine::Maximum),
        Binary::Min => OpKind::Combine(Combine::Minimum),
    };
    let shape = broadcast(&operands[0].shape(), &operands[1].shape()).map_err(bad_shape)?;
    let rank = shape.len();
    let full = |operand: &Operand| -> Read<Operand> {
        let mut wide = vec![1; rank - operand.shape().len()];
        wide.extend(operand.shape());
        Ok(match operand {
            Operand::Act(act) => {
                cx.check_real(act)?;
                let layout = act.layout.reshaped(&wide);
                let layout = layout.ok_or_else(|| bad_shape("the operand lies in pieces"))?;
                Operand::Act(Act {
                    layout,
                    ..act.clone()
                })
            }
            Operand::Constant(constant) => Operand::Constant(constant.reshaped(&wide)?),
        })
    };
    let operands = [full(&operands[0])?, full(&operands[1])?];
    // The same tensor twice, or a scalar: elements need no common order of axes.
    if let [Operand::Act(a), Operand::Constant(c)] | [Operand::Constant(c), Operand::Act(a)] =
        &operands
        && c.elements() == 1
        && a.shape() == shape
    {
        let ones = vec![1; cx.build.tensor(a.tensor).shape.len()];
        let constant = divided(cx, &c.reshaped(&ones)?, function, &operands[0])?;
        let which = usize::from(matches!(operands[1], Operand::Constant(_)));
        let scalar = cx.build.constant(cx.input_name(names[which]), &constant)?;
        let inputs = if which == 1 {
            vec![a.tensor, scalar]
        } else {
            vec![scalar, a.tensor]
        };
        let output = cx.build.emit_as(
            cx.name(0),
            function_with(Activation::None),
            inputs,
            crate::graph::DType::F32,
            None,
        )?;
        return Ok((output, a.layout.clone()));
    }
    let acts: Vec<&Act> = operands
        .iter()
        .filter_map(|o| {
            if let Operand::Act(act) = o {
                Some(act)
            } else {
                None
            }
        })
        .collect();
    let order = order_of(&acts, &shape);
    let mut inputs = Vec::with_capacity(2);
    for (operand, name) in operands.iter().zip(names) {
        inputs.push(match operand {
            Operand::Act(act) => cx.build.arrange(act, &order)?,
            Operand::Constant(constant) => {
                let constant = divided(cx, constant, function, &operands[0])?;
                let name = cx.input_name(name);
                cx.build.constant(name, &constant.transposed(&order))?
            }
        });
    }
    if function == Binary::Div && acts.len() == 2 {
        return Err(unsupported(
            "divisions by computed values cannot be run",
            "divide by constants only",
        ));
    }
    let kind = function_with(Activation::None);
    let output = cx
        .build
        .emit_as(cx.name(0), kind, inputs, crate::graph::DType::F32, None)?;
    Ok((output, Layout::ordered(&shape, &order)))
}

/// The order to compute in: that of the largest operands, since a small one is cheap to move.
fn order_of(acts: &[&Act], shape: &[usize]) -> Vec<usize> {
    let whole: Vec<&Act> = acts
        .iter()
        .copied()
        .filter(|a| a.shape() == shape)
        .collect();
    if whole.is_empty() {
        common_order(acts)
    } else {
        let all = common_order(acts);
        if whole.iter().all(|a| a.layout.lies(&all)) {
            all
        } else {
            common_order(&whole)
        }
    }
}

/// A constant operand as the multiplication that stands for a division needs it: the reciprocal.
fn divided(
    cx: &Cx<'_, '_>,
    constant: &Constant,
    function: Binary,
    first: &Operand,
) -> Read<Constant> {
    if function != Binary::Div {
        return if constant.is_real() {
            Ok(constant.clone())
        } else {
            constant.real()
        };
    }
    if matches!(first, Operand::Constant(_)) {
        return Err(unsupported(
            format!(
                "divides the constant {} by a computed value",
                cx.described(0)
            ),
            "divide by constants only",
        ));
    }
    let values = constant.floats()?;
    if values.contains(&0.0) {
        return Err(bad_shape("divides by zero"));
    }
    let values = values.iter().map(|x| 1.0 / x).collect();
    Ok(Constant::reals(&constant.shape, values))
}
