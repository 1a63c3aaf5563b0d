//! An operator computed region by region, each from the smallest tiles that hold what it reads, gives the whole map's
//! codes; a tile that is one row or column too small is refused.

use crate::cases::Random;
use crate::oracle::moves::{around, pad_source};
use tinyscope_core::graph::{Graph, Interval, OpKind, Region};
use tinyscope_core::quant::{QuantError, Tile, TileMut, eval_region, op_params};

/// Cuts `0..n` into intervals at random places.
fn cuts(n: usize, random: &mut Random) -> Vec<Interval> {
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < n {
        let end = start + 1 + random.below(n - start);
        pieces.push(Interval::new(start, end));
        start = end;
    }
    pieces
}

/// Whether every operand of an element-wise operator is read pixel by pixel: seen with the output's rank, its dimensions
/// before the columns are all there or all 1, and an operand of rank 2 or less is no image.
pub fn is_pixelwise(graph: &Graph) -> bool {
    let op = &graph.ops[0];
    let to = &graph.tensor(op.outputs[0]).shape;
    let fits = |from: &[usize]| {
        let mut aligned = vec![1; to.len() - from.len()];
        aligned.extend(from);
        let rows = if to.len() < 3 { to.len() } else { to.len() - 2 };
        let all = aligned[..rows] == to[..rows];
        let one = aligned[..rows].iter().all(|&d| d == 1);
        let image = |shape: &[usize]| match shape {
            [rows @ .., w, c] if !rows.is_empty() => [rows.iter().product(), *w, *c],
            _ => [1, 1, shape.iter().product()],
        };
        (all || one) && image(&aligned) == image(from)
    };
    let constants: Vec<_> = op.kind.constants().collect();
    let operands = op.inputs.iter().chain(&constants);
    operands
        .into_iter()
        .all(|&id| fits(&graph.tensor(id).shape))
}

/// The pixels of input `which` along one axis that output `out` reads, found one by one.
fn read_along(graph: &Graph, which: usize, axis: usize, out: Interval) -> Interval {
    let op = &graph.ops[0];
    let tensor = graph.tensor(op.inputs[which]);
    let extent = tensor.hwc()[axis];
    // The image's axis among the tensor's dimensions; tensors of rank 2 or less have no rows and columns.
    let dimension = (tensor.shape.len() + axis).checked_sub(3);
    let mut reads = Vec::new();
    for o in out.start..out.end {
        match (op.kind.window(), &op.kind, dimension) {
            (Some(w), ..) => {
                let padding = [w.padding.top, w.padding.left][axis];
                let tap =
                    |k: usize| (o * w.stride[axis] + k * w.dilation[axis]).checked_sub(padding);
                reads.extend((0..w.kernel[axis]).filter_map(tap));
            }
            (_, OpKind::TransposeConv2d(conv), _) => {
                let kernel = graph.tensor(conv.weights).shape[axis + 1];
                let lands = |&i: &usize| {
                    let first = i * conv.stride[axis];
                    (first..first + kernel).contains(&(o + conv.padding[axis]))
                };
                reads.extend((0..extent).filter(lands));
            }
            (_, OpKind::Resize(resize), _) => reads.extend(around(resize, axis, o, extent).0),
            (_, OpKind::Pad(pad), Some(dimension)) => {
                reads.extend(pad_source(pad, dimension, o, extent));
            }
            (_, OpKind::Slice(slice), Some(dimension)) => {
                let way = slice.stride[dimension] * o as isize;
                reads.push((slice.begin[dimension] as isize + way) as usize);
            }
            (_, OpKind::Concatenation { axis: joined }, Some(dimension))
                if *joined == dimension =>
            {
                let before = op.inputs[..which]
                    .iter()
                    .map(|&id| graph.tensor(id).hwc()[axis]);
                reads.extend(o.checked_sub(before.sum()));
            }
            (_, OpKind::Add(_) | OpKind::Combine(_), _) if extent == 1 => reads.push(0),
            _ => reads.push(o),
        }
    }
    reads.retain(|&i| i < extent);
    match (reads.iter().min(), reads.iter().max()) {
        (Some(&first), Some(&last)) => Interval::new(first, last + 1),
        _ => Interval::default(),
    }
}

/// A copy of a region with its own row stride.
fn crop(codes: &[i8], [_, w, c]: [usize; 3], region: Region, stride: usize) -> Vec<i8> {
    let mut tile = vec![77; region.y.len() * stride];
    for y in region.y.start..region.y.end {
        let from = (y * w + region.x.start) * c;
        let to = (y - region.y.start) * stride;
        let n = region.x.len() * c;
        tile[to..to + n].copy_from_slice(&codes[from..from + n]);
    }
    tile
}

/// Computes `out` from tiles that hold `reads`, into a tile with a row stride of its own; returns the packed codes.
fn eval(
    graph: &Graph,
    inputs: &[Vec<i8>],
    out: Region,
    reads: &[Region],
    gap: usize,
) -> Result<Vec<i8>, QuantError> {
    let op = &graph.ops[0];
    let maps: Vec<_> = op.inputs.iter().map(|&id| graph.tensor(id).hwc()).collect();
    let stride = |read: &Region, c: usize| read.x.len() * c + gap;
    let crops: Vec<Vec<i8>> = (inputs.iter().zip(&maps).zip(reads))
        .map(|((codes, &map), read)| crop(codes, map, *read, stride(read, map[2])))
        .collect();
    let tiles: Vec<Tile<'_>> = (crops.iter().zip(&maps).zip(reads))
        .map(|((data, &map), &region)| Tile {
            data,
            map,
            region,
            row_stride: stride(&region, map[2]),
        })
        .collect();
    let map = graph.tensor(op.outputs[0]).hwc();
    let row = out.x.len() * map[2];
    let mut data = vec![99; out.y.len() * (row + gap)];
    let mut tile = TileMut {
        data: &mut data,
        map,
        region: out,
        row_stride: row + gap,
    };
    eval_region(graph, op, &op_params(graph, op)?, &tiles, &mut tile)?;
    for codes in data.chunks(row + gap) {
        assert!(
            codes[row..].iter().all(|&code| code == 99),
            "wrote beyond its row"
        );
    }
    Ok(data
        .chunks(row + gap)
        .flat_map(|codes| codes[..row].to_vec())
        .collect())
}

pub fn check(graph: &Graph, inputs: &[Vec<i8>], whole: &[i8], random: &mut Random) {
    let op = &graph.ops[0];
    let [h, w, c] = graph.tensor(op.outputs[0]).hwc();
    for y in cuts(h, random) {
        for x in cuts(w, random) {
            let out = Region { y, x };
            let read = |which| Region {
                y: read_along(graph, which, 0, y),
                x: read_along(graph, which, 1, x),
            };
            let reads: Vec<Region> = (0..inputs.len()).map(read).collect();
            let codes =
                eval(graph, inputs, out, &reads, random.below(3)).expect("the halo suffices");
            assert_eq!(
                codes,
                crop(whole, [h, w, c], out, x.len() * c),
                "{out:?} of {op:?}"
            );
            for which in 0..reads.len() {
                refuse_less(graph, inputs, out, &reads, which);
            }
        }
    }
}

/// Whatever side a tile loses a line at, the operator must say so: every outermost line is read.
fn refuse_less(graph: &Graph, inputs: &[Vec<i8>], out: Region, reads: &[Region], which: usize) {
    let Region { y, x } = reads[which];
    if reads[which].pixels() == 0 {
        return;
    }
    let less = [
        (Interval::new(y.start + 1, y.end), x),
        (Interval::new(y.start, y.end - 1), x),
        (y, Interval::new(x.start + 1, x.end)),
        (y, Interval::new(x.start, x.end - 1)),
    ];
    for (y, x) in less {
        let mut reads = reads.to_vec();
        reads[which] = Region { y, x };
        let answer = eval(graph, inputs, out, &reads, 1);
        assert!(
            matches!(answer, Err(QuantError::OutsideTile { .. })),
            "{reads:?} gave {answer:?}"
        );
    }
}
