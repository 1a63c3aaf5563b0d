//! Functions of one element: by table, and PRELU, whose slopes are constants.

use super::CodegenError;
use super::fragment::Fragment;
use super::step::{Context, StepCode};
use super::text::code_array;
use super::walk::{Axis, broadcast_strides, walks};
use crate::graph::TensorId;
use crate::graph::shape::{aligned, broadcast_by_pixel};
use crate::quant::PreluParams;

/// RELU to TANH: one look-up for each code.
pub(super) fn table(c: &Context<'_>, table: &[i8; 256]) -> StepCode {
    let name = format!("{}_table", c.global);
    let channels = c.output_map()[2];
    StepCode {
        call: format!("ts_table(in, out, {channels}, {name}, tile);"),
        arrays: vec![code_array(&name, table)],
        fragments: vec![Fragment::Table],
        ..StepCode::default()
    }
}

/// PRELU.
pub(super) fn prelu(
    c: &Context<'_>,
    slopes: TensorId,
    p: &PreluParams,
) -> Result<StepCode, CodegenError> {
    let tensor = c.plan.graph.tensor(slopes);
    let codes = (tensor.data.as_ref().and_then(|data| data.as_i8()))
        .filter(|codes| codes.len() == tensor.elements())
        .ok_or_else(|| c.unsupported("its slopes must be constant int8"))?;
    let name = format!("{}_slopes", c.global);
    let constants = format!(
        "    static const ts_prelu layer = {{{}, {}, {}, {{{}, {}}}, {{{}, {}}}}};\n",
        p.input_zero_point,
        p.slope_zero_point,
        p.output_zero_point,
        p.positive.mantissa,
        p.negative.mantissa,
        p.positive.shift,
        p.negative.shift
    );
    let arrays = vec![code_array(&name, codes)];
    let (output, channels) = (&c.output().shape, c.output_map()[2]);
    let [rows, columns, count] = tensor.hwc();
    if [rows, columns] == [1, 1] && broadcast_by_pixel(&tensor.shape, output) {
        let step = usize::from(count != 1);
        return Ok(StepCode {
            constants,
            call: format!("ts_prelu_rows(in, out, {channels}, {name}, {step}, &layer, tile);"),
            arrays,
            fragments: vec![Fragment::PreluRows],
        });
    }
    c.needs_whole()?;
    let steps = broadcast_strides(&aligned(&tensor.shape, output.len()));
    if steps.len() != output.len() {
        return Err(c.inconsistent("its slopes have more dimensions than its output"));
    }
    let axes: Vec<Axis<1>> = (output.iter().zip(steps))
        .map(|(&extent, step)| Axis {
            extent,
            steps: [step],
        })
        .collect();
    let [walk] = walks(c, &axes)?;
    Ok(StepCode {
        constants: format!("{constants}    static const ts_walk walk = {walk};\n"),
        call: format!("ts_prelu_walk(in, out, {name}, &walk, &layer);"),
        arrays,
        fragments: vec![Fragment::PreluWalk],
    })
}
