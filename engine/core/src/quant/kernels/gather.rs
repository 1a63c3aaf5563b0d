//! Operators whose output elements are input elements at other places: `TRANSPOSE`, `SLICE`, the paddings, and
//! broadcasting. Each is one table per axis: where along that axis of the input an output index lies.

use super::{QuantError, for_rows, same_size};
use crate::graph::shape::strides;
use crate::graph::{Pad, PadFill, Slice};
use crate::quant::{Tile, TileMut};

/// For each index along an axis of the output, the index along the input's; `None` where there is no element.
pub(super) type Table = Vec<Option<usize>>;

/// Appends to `to` the tensor whose element at `i` is the input's at `start + Σ tables[axis][i[axis]] · steps[axis]`,
/// or `fill` where a table has none.
fn gather(
    elements: &[i8],
    start: Option<usize>,
    (tables, steps): (&[Table], &[usize]),
    fill: i8,
    to: &mut Vec<i8>,
) {
    let element = |at: Option<usize>| at.and_then(|at| elements.get(at).copied()).unwrap_or(fill);
    let ([table, tables @ ..], [step, steps @ ..]) = (tables, steps) else {
        to.push(element(start));
        return;
    };
    let place = |index: &Option<usize>| Some(start? + (*index)? * step);
    if tables.is_empty() {
        to.extend(table.iter().map(|index| element(place(index))));
    } else {
        for index in table {
            gather(elements, place(index), (tables, steps), fill, to);
        }
    }
}

/// The elements of shape `from`, repeated along the axes where it has extent 1 or is missing.
pub(super) fn broadcast(
    elements: &[i8],
    from: &[usize],
    shape: &[usize],
) -> Result<Vec<i8>, QuantError> {
    // An operand may have more dimensions than the output where they are 1.
    let from = &from[from.len().saturating_sub(shape.len())..];
    same_size(
        "elements of an operand",
        from.iter().product(),
        elements.len(),
    )?;
    let missing = shape.len() - from.len();
    let tables: Vec<Table> = (0..shape.len())
        .map(|axis| {
            let spread = axis < missing || from[axis - missing] == 1;
            let index = |i| Some(if spread { 0 } else { i });
            (0..shape[axis]).map(index).collect()
        })
        .collect();
    let mut steps = vec![0; missing];
    steps.extend(strides(from));
    let mut to = Vec::with_capacity(shape.iter().product());
    gather(elements, Some(0), (&tables, &steps), 0, &mut to);
    Ok(to)
}

/// Elements with axes permuted: output axis `i` is input axis `permutation[i]`.
pub(super) fn transpose(
    shape: &[usize],
    permutation: &[usize],
    input: &Tile<'_>,
    output: &mut TileMut<'_>,
) -> Result<(), QuantError> {
    let elements = input.flatten("TRANSPOSE")?;
    same_size(
        "elements of the input",
        shape.iter().product(),
        elements.len(),
    )?;
    let mut sorted = permutation.to_vec();
    sorted.sort_unstable();
    if !sorted.iter().copied().eq(0..shape.len()) {
        return Err(QuantError::Malformed {
            what: "a permutation names each axis once",
        });
    }
    let strides = strides(shape);
    let steps: Vec<usize> = permutation.iter().map(|&axis| strides[axis]).collect();
    let table = |&axis: &usize| (0..shape[axis]).map(Some).collect();
    let tables: Vec<Table> = permutation.iter().map(table).collect();
    let mut to = Vec::with_capacity(elements.len());
    gather(&elements, Some(0), (&tables, &steps), 0, &mut to);
    output.fill(&to, "TRANSPOSE")
}

pub(super) fn slice(
    shape: &[usize],
    op: &Slice,
    input: &Tile<'_>,
    output: &mut TileMut<'_>,
) -> Result<(), QuantError> {
    for given in [op.begin.len(), op.stride.len(), op.extent.len()] {
        same_size("dimensions of a slice", shape.len(), given)?;
    }
    let table = |axis: usize| {
        (0..op.extent[axis])
            .map(|i| {
                let at = (i as isize).checked_mul(op.stride[axis])?;
                let at = op.begin[axis].checked_add_signed(at)?;
                (at < shape[axis]).then_some(Some(at))
            })
            .collect::<Option<Table>>()
            .ok_or(QuantError::Malformed {
                what: "a slice leaves its tensor",
            })
    };
    let tables = (0..shape.len()).map(table).collect::<Result<Vec<_>, _>>()?;
    place("SLICE", shape, &tables, 0, input, output)
}

pub(super) fn pad(
    shape: &[usize],
    op: &Pad,
    fill: i8,
    input: &Tile<'_>,
    output: &mut TileMut<'_>,
) -> Result<(), QuantError> {
    same_size("dimensions of the padding", shape.len(), op.amounts.len())?;
    let table = |(&extent, &[before, after]): (&usize, &[usize; 2])| {
        let source = |i: usize| match i.checked_sub(before) {
            Some(i) if i < extent => Some(i),
            inside => match op.fill {
                PadFill::Zero | PadFill::Constant(_) => None,
                PadFill::Reflect => mirrored(inside, before - i.min(before), extent, 1),
                PadFill::Symmetric => mirrored(inside, before - i.min(before), extent, 0),
            },
        };
        (0..before + extent + after).map(source).collect()
    };
    let tables: Vec<Table> = shape.iter().zip(&op.amounts).map(table).collect();
    place("PAD", shape, &tables, fill, input, output)
}

/// The index that mirrors one `ahead` of the first element, or index `inside` beyond the last; `edge` is 0 where the
/// outermost element is repeated, 1 where it is not.
fn mirrored(inside: Option<usize>, ahead: usize, extent: usize, edge: usize) -> Option<usize> {
    match inside {
        None => Some(ahead - 1 + edge),
        Some(beyond) => (2 * extent - 1).checked_sub(beyond + edge),
    }
    .filter(|&i| i < extent)
}

/// Elements of the input at the tables' places. Where the dimensions before the last three are 1, regions suffice.
fn place(
    name: &'static str,
    shape: &[usize],
    tables: &[Table],
    fill: i8,
    input: &Tile<'_>,
    output: &mut TileMut<'_>,
) -> Result<(), QuantError> {
    let one = |table: &Table| table[..] == [Some(0)];
    let outer = tables.len().saturating_sub(3);
    let local = match tables.len() {
        0..=2 => {
            tables.iter().rev().skip(1).all(one) && shape.iter().rev().skip(1).all(|&d| d == 1)
        }
        _ => tables[..outer].iter().all(one) && shape[..outer].iter().all(|&d| d == 1),
    };
    if !local {
        let elements = input.flatten(name)?;
        same_size(
            "elements of the input",
            shape.iter().product(),
            elements.len(),
        )?;
        let mut to = Vec::with_capacity(tables.iter().map(Vec::len).product());
        gather(&elements, Some(0), (tables, &strides(shape)), fill, &mut to);
        return output.fill(&to, name);
    }
    let whole = vec![Some(0)];
    let [rows, columns, channels] = match tables {
        [.., rows, columns, channels] => [rows, columns, channels],
        [.., channels] => [&whole, &whole, channels],
        [] => [&whole; 3],
    };
    place_image([rows, columns, channels], fill, input, output)
}

/// Pixels and channels of the input at the tables' places.
pub(super) fn place_image(
    [rows, columns, channels]: [&Table; 3],
    fill: i8,
    input: &Tile<'_>,
    output: &mut TileMut<'_>,
) -> Result<(), QuantError> {
    for (table, extent) in [rows, columns, channels].into_iter().zip(output.map) {
        same_size("extent of the output", table.len(), extent)?;
    }
    let run = run(channels);
    let depth = output.map[2];
    let first_x = output.region.x.start;
    for_rows(output, 0, |y, row| {
        row.fill(fill);
        for (i, codes) in row.chunks_exact_mut(depth).enumerate() {
            let (Some(y), Some(x)) = (rows[y], columns[first_x + i]) else {
                continue;
            };
            let Some(pixel) = input.pixel(y as isize, x as isize)? else {
                continue;
            };
            if let Some([to, from, n]) = run {
                codes[to..to + n].copy_from_slice(&pixel[from..from + n]);
            } else {
                for (code, from) in codes.iter_mut().zip(channels) {
                    *code = from.map_or(fill, |from| pixel[from]);
                }
            }
        }
        Ok(())
    })
}

/// `[output, input, number]` where the channels that are there lie one after the other, as they mostly do.
fn run(channels: &Table) -> Option<[usize; 3]> {
    let to = channels.iter().position(Option::is_some)?;
    let from = channels[to]?;
    let n = channels.iter().filter(|c| c.is_some()).count();
    (0..n)
        .all(|i| channels.get(to + i) == Some(&Some(from + i)))
        .then_some([to, from, n])
}
