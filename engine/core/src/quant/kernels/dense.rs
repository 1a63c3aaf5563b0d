//! `FULLY_CONNECTED`: a matrix times the flattened input.

use super::{QuantError, biases, output_code, same_size, weight_codes};
use crate::graph::{FullyConnected, Graph};
use crate::quant::{ConvParams, Tile, TileMut};

pub(super) fn fully_connected(
    graph: &Graph,
    op: &FullyConnected,
    params: &ConvParams,
    input: &Tile<'_>,
    output: &mut TileMut<'_>,
) -> Result<(), QuantError> {
    let input: Vec<i16> = input
        .flatten("FULLY_CONNECTED")?
        .into_iter()
        .map(|code| i16::from(code) - params.input_zero_point as i16)
        .collect();
    let outputs = output.map.iter().product();
    let weights = weight_codes(graph, op.weights, outputs * input.len())?;
    let biases = biases(graph, op.bias, outputs)?;
    same_size("multipliers", outputs, params.multipliers.len())?;
    if input.is_empty() {
        return Err(QuantError::Malformed {
            what: "a matrix without columns",
        });
    }
    let codes: Vec<i8> = weights
        .chunks_exact(input.len())
        .zip(biases)
        .enumerate()
        .map(|(c, (row, bias))| {
            let sum = row.iter().zip(&input).fold(bias, |sum, (&w, &x)| {
                sum.wrapping_add(i32::from(w) * i32::from(x))
            });
            output_code(params, c, sum)
        })
        .collect();
    output.fill(&codes, "FULLY_CONNECTED")
}
