//! Depthwise convolutions.

use super::CodegenError;
use super::channels::{biases, exact_rows, rows};
use super::conv::{form_of, im2col, range, weight_codes, window};
use super::fragment::Fragment;
use super::planes::Shape;
use super::planes_fixed::Columns;
use super::step::{Context, StepCode};
use super::text::{channel_array, code_array};
use super::tile::Tile;
use crate::cost::Kernel;
use crate::graph::{DepthwiseConv2d, Window};
use crate::packing;
use crate::plan::Way;
use crate::quant::ConvParams;
use crate::schedule::stream::Unit;

/// A depthwise convolution.
pub(super) fn depthwise(
    c: &Context<'_>,
    op: &DepthwiseConv2d,
    params: &ConvParams,
    kernel: Kernel,
) -> Result<StepCode, CodegenError> {
    let [_, _, inputs] = c.input_map(0);
    let [_, _, outputs] = c.output_map();
    let taps: usize = op.window.kernel.iter().product();
    let weights = weight_codes(c, op.weights, outputs * taps)?;
    let biases = biases(c, op.bias, outputs)?;
    let name = &c.global;
    let general = params.weight_zero_point != 0;
    if general && kernel != Kernel::Plain {
        return Err(c.inconsistent("its kernel does not run asymmetric weights"));
    }
    match kernel {
        Kernel::DepthwisePlanes { rows: strip } => {
            let of = |n: usize| weights.iter().skip(n).step_by(outputs).copied();
            let by_channel: Vec<i8> = (0..outputs).flat_map(of).collect();
            let packed = packing::depthwise(params, &biases, &by_channel, taps);
            let finish = packed.finish;
            let shape = Shape {
                kernel: op.window.kernel,
                stride: op.window.stride,
            };
            let (name_of_kernel, stored, fragment) =
                match Columns::of(shape, outputs, &columns(c, &op.window)) {
                    Some(columns) => (
                        columns.name(),
                        columns.weights(&packed.weights),
                        Fragment::PlanesFixedIn(columns, finish),
                    ),
                    None => (
                        shape.name(),
                        packed.weights,
                        Fragment::PlanesDriver(shape, finish),
                    ),
                };
            Ok(StepCode {
                constants: format!(
                    "    static const ts_planes layer = {{{name}_weights, {name}_channels, {outputs}, {strip}, {}, {}}};\n",
                    params.input_zero_point,
                    range(params)
                ),
                call: format!(
                    "ts_depthwise_{}_{}(in, out, &layer, tile, {});",
                    name_of_kernel,
                    finish.suffix(),
                    c.scratch()?
                ),
                arrays: vec![
                    code_array(&format!("{name}_weights"), &stored),
                    channel_array(&format!("{name}_channels"), &rows(&packed.constants)),
                ],
                fragments: vec![fragment],
            })
        }
        Kernel::Im2col if inputs == 1 => {
            let by_channel: Vec<i8> = (0..outputs)
                .flat_map(|n| weights.iter().skip(n).step_by(outputs).copied())
                .collect();
            im2col(c, &by_channel, op.bias, params, &op.window, [1, outputs])
        }
        Kernel::Plain => Ok(StepCode {
            constants: format!(
                "    static const ts_depthwise layer = {{{name}_weights, {name}_channels, {inputs}, {}, {}, {}, {}, {}}};\n",
                op.multiplier,
                window(c, &op.window)?,
                range(params),
                params.input_zero_point,
                params.weight_zero_point
            ),
            call: format!("ts_depthwise_{}(in, out, &layer, tile);", form_of(general)),
            arrays: vec![
                code_array(&format!("{name}_weights"), weights),
                channel_array(&format!("{name}_channels"), &exact_rows(params, &biases)),
            ],
            fragments: vec![Fragment::DepthwisePlainIn(general)],
        }),
        _ => Err(c.inconsistent("its kernel does not run depthwise convolutions")),
    }
}

/// Tiles as far as their columns are concerned: those of the step, or the one that all its rows have.
fn columns(c: &Context<'_>, window: &Window) -> Vec<Vec<Tile>> {
    match &c.plan.segments[c.step.segment].way {
        Way::LineBuffers(lines) if lines.unit == Unit::Row => {
            let [[_, input, _], [_, output, _]] = [c.input_map(0), c.output_map()];
            vec![vec![Tile {
                input: [1, input],
                output: [1, output],
                origin: [0, -window.padding.left.cast_signed()],
                ..Tile::default()
            }]]
        }
        _ => c.tiles.clone(),
    }
}
