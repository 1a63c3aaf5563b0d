//! Reductions over axes: `ReduceMean`, `ReduceSum`, `ReduceMax`.

use crate::graph::{OpKind, Reduce};
use crate::import::onnx::layout::Layout;
use crate::import::onnx::node::{Cx, axis_of, common_order};
use crate::import::onnx::problem::{Read, bad_shape};

pub(in crate::import::onnx) fn read_mean(cx: &mut Cx<'_, '_>) -> Read<()> {
    read(cx, OpKind::Mean, 18)
}

pub(in crate::import::onnx) fn read_sum(cx: &mut Cx<'_, '_>) -> Read<()> {
    read(cx, OpKind::Sum, 13)
}

pub(in crate::import::onnx) fn read_max(cx: &mut Cx<'_, '_>) -> Read<()> {
    read(cx, OpKind::ReduceMax, 18)
}

/// Axes are an operand from operator set `since` on, an attribute before.
fn read(cx: &mut Cx<'_, '_>, kind: fn(Reduce) -> OpKind, since: i64) -> Read<()> {
    let x = cx.real(0)?;
    let shape = x.shape();
    let attributes = cx.attributes();
    let given = if cx.opset >= since {
        cx.integers(1)?
    } else {
        attributes.ints("axes")?.map(<[i64]>::to_vec)
    };
    let nothing = attributes.flag("noop_with_empty_axes")?;
    let mut axes = match given.filter(|list| !list.is_empty()) {
        Some(list) => {
            let axes = list.iter().map(|&axis| axis_of(axis, shape.len()));
            axes.collect::<Read<Vec<usize>>>()?
        }
        None if nothing => Vec::new(),
        None => (0..shape.len()).collect(),
    };
    axes.sort_unstable();
    axes.dedup();
    let kept = attributes.int_or("keepdims", 1)? != 0;
    let result = |axis: usize| match (axes.contains(&axis), kept) {
        (false, _) => Some(shape[axis]),
        (true, true) => Some(1),
        (true, false) => None,
    };
    let result: Vec<usize> = (0..shape.len()).filter_map(result).collect();
    let in_pieces = || bad_shape("the result lies in pieces");
    // Reducing a single element changes nothing.
    let real: Vec<usize> = axes.iter().copied().filter(|&a| shape[a] != 1).collect();
    if real.is_empty() {
        let layout = x.layout.reshaped(&result).ok_or_else(in_pieces)?;
        cx.set_view(&x, layout);
        return Ok(());
    }
    let order = common_order(&[&x]);
    let input = cx.build.arrange(&x, &order)?;
    let places = (0..order.len()).filter(|&place| real.contains(&order[place]));
    let kind = kind(Reduce {
        axes: places.collect(),
        keep_dims: true,
    });
    let output = cx.build.emit(cx.name(0), kind, vec![input])?;
    let mut flat = shape;
    for &axis in &real {
        flat[axis] = 1;
    }
    let layout = Layout::ordered(&flat, &order).reshaped(&result);
    cx.set_tensor(0, output, layout.ok_or_else(in_pieces)?);
    Ok(())
}
