//! `FULLY_CONNECTED`: a matrix times each row of the input.

use super::dot::{BLOCK, dot, finish, products};
use super::weights::{LANES, Weights};
use super::{PARALLEL_FROM, QuantError, same_size};
use crate::graph::{FullyConnected, Graph};
use crate::quant::{ConvParams, Tile, TileMut};
use rayon::prelude::*;

pub(super) fn fully_connected(
    graph: &Graph,
    op: &FullyConnected,
    params: &ConvParams,
    weights: &Weights,
    input: &Tile<'_>,
    output: &mut TileMut<'_>,
) -> Result<(), QuantError> {
    let codes = input.flatten("FULLY_CONNECTED")?;
    let &[outputs, depth] = graph.tensor(op.weights).shape.as_slice() else {
        return Err(QuantError::Malformed {
            what: "the weights are not a matrix",
        });
    };
    let rows = codes.len().checked_div(depth).unwrap_or(0);
    same_size("elements of the input", rows * depth, codes.len())?;
    same_size(
        "elements of the output",
        rows * outputs,
        output.map.iter().product(),
    )?;
    same_size("multipliers", outputs, params.multipliers.len())?;
    let padded = weights.row;
    let mut wide = vec![0_i16; rows.next_multiple_of(BLOCK) * padded];
    for (to, from) in wide.chunks_exact_mut(padded).zip(codes.chunks_exact(depth)) {
        for (to, &code) in to.iter_mut().zip(from) {
            *to = i16::from(code) - params.input_zero_point as i16;
        }
    }
    let mut result = vec![0; rows * outputs];
    let block = |(inputs, codes): (&[i16], &mut [i8])| {
        let mut sums = vec![0; BLOCK * outputs];
        products(&weights.codes, inputs, [1, padded], &mut sums);
        finish(&weights.finish, &sums, codes);
    };
    if rows == 1 {
        single(weights, &wide[..padded], &mut result);
    } else if rows * weights.codes.len() < PARALLEL_FROM {
        let blocks = wide.chunks_exact(BLOCK * padded);
        blocks
            .zip(result.chunks_mut(BLOCK * outputs))
            .for_each(block);
    } else {
        let blocks = wide.par_chunks_exact(BLOCK * padded);
        blocks
            .zip(result.par_chunks_mut(BLOCK * outputs))
            .for_each(block);
    }
    output.fill(&result, "FULLY_CONNECTED")
}

/// One row: the outputs one after the other.
fn single(weights: &Weights, input: &[i16], codes: &mut [i8]) {
    let dot = |row: &[i16]| dot(row, input);
    let sums: Vec<i32> = if weights.codes.len() < PARALLEL_FROM {
        weights.codes.chunks_exact(weights.row).map(dot).collect()
    } else {
        weights
            .codes
            .par_chunks_exact(weights.row)
            .map(dot)
            .collect()
    };
    finish(&weights.finish, &sums, codes);
}

/// Adds to each output's sum its products with the codes of `input`, wherever in the row of weights those lie.
pub(super) fn accumulate(
    params: &ConvParams,
    weights: &Weights,
    input: &Tile<'_>,
    sums: &mut [i32],
) -> Result<(), QuantError> {
    let [height, width, channels] = input.map;
    same_size("sums", weights.finish.biases.len(), sums.len())?;
    same_size(
        "elements of the input",
        weights.row,
        (height * width * channels).next_multiple_of(LANES),
    )?;
    let columns = input.region.x;
    let mut wide = Vec::with_capacity(columns.len() * channels);
    for y in input.region.y.start..input.region.y.end {
        let row = &input.data[(y - input.region.y.start) * input.row_stride..];
        wide.clear();
        wide.extend(
            row[..columns.len() * channels]
                .iter()
                .map(|&code| i16::from(code) - params.input_zero_point as i16),
        );
        let first = (y * width + columns.start) * channels;
        for (sum, row) in sums.iter_mut().zip(weights.codes.chunks_exact(weights.row)) {
            *sum = sum.wrapping_add(dot(&row[first..][..wide.len()], &wide));
        }
    }
    Ok(())
}
