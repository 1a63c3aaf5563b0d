//! An operator computed region by region, each from the smallest tiles that hold what it reads, gives the whole map's
//! codes; a tile that is one row or column too small is refused.

use crate::cases::Random;
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

/// The pixels along one axis that output `out` reads, found tap by tap.
fn read_along(graph: &Graph, axis: usize, out: Interval, extent: usize) -> Interval {
    let op = &graph.ops[0];
    let mut reads = Vec::new();
    for o in out.start..out.end {
        match (op.kind.window(), &op.kind) {
            (Some(w), _) => {
                let padding = [w.padding.top, w.padding.left][axis];
                let tap =
                    |k: usize| (o * w.stride[axis] + k * w.dilation[axis]).checked_sub(padding);
                reads.extend((0..w.kernel[axis]).filter_map(tap));
            }
            (None, OpKind::Pad(pad)) => reads.extend(o.checked_sub(pad.amounts[axis + 1][0])),
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

/// Computes `out` from tiles that hold `read`, into a tile with a row stride of its own; returns the packed codes.
fn eval(
    graph: &Graph,
    inputs: &[Vec<i8>],
    out: Region,
    read: Region,
    gap: usize,
) -> Result<Vec<i8>, QuantError> {
    let op = &graph.ops[0];
    let maps: Vec<_> = op.inputs.iter().map(|&id| graph.tensor(id).hwc()).collect();
    let stride = |c: usize| read.x.len() * c + gap;
    let crops: Vec<Vec<i8>> = inputs
        .iter()
        .zip(&maps)
        .map(|(codes, &map)| crop(codes, map, read, stride(map[2])))
        .collect();
    let tiles: Vec<Tile<'_>> = crops
        .iter()
        .zip(&maps)
        .map(|(data, &map)| Tile {
            data,
            map,
            region: read,
            row_stride: stride(map[2]),
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
    let [in_h, in_w, _] = graph.tensor(op.inputs[0]).hwc();
    for y in cuts(h, random) {
        for x in cuts(w, random) {
            let out = Region { y, x };
            let read = Region {
                y: read_along(graph, 0, y, in_h),
                x: read_along(graph, 1, x, in_w),
            };
            let codes = eval(graph, inputs, out, read, random.below(3)).expect("the halo suffices");
            assert_eq!(
                codes,
                crop(whole, [h, w, c], out, x.len() * c),
                "{out:?} of {op:?}"
            );
            refuse_less(graph, inputs, out, read);
        }
    }
}

/// Whatever side the tile loses a line at, the operator must say so: every outermost line is read.
fn refuse_less(graph: &Graph, inputs: &[Vec<i8>], out: Region, read: Region) {
    if read.pixels() == 0 {
        return;
    }
    let Region { y, x } = read;
    let less = [
        Region {
            y: Interval::new(y.start + 1, y.end),
            x,
        },
        Region {
            y: Interval::new(y.start, y.end - 1),
            x,
        },
        Region {
            y,
            x: Interval::new(x.start + 1, x.end),
        },
        Region {
            y,
            x: Interval::new(x.start, x.end - 1),
        },
    ];
    for read in less {
        let answer = eval(graph, inputs, out, read, 1);
        assert!(
            matches!(answer, Err(QuantError::OutsideTile { .. })),
            "{read:?} gave {answer:?}"
        );
    }
}
