//! Steps that take their input as it comes, into accumulators: pools, means and maxima over the whole map, and fully
//! connected operators.

use crate::codegen::CodegenError;
use crate::codegen::channels::{biases, exact_rows};
use crate::codegen::conv::{range, weight_codes};
use crate::codegen::fragment::Fragment;
use crate::codegen::step::{Context, StepCode};
use crate::codegen::text::{channel_array, code_array};
use crate::graph::OpKind;
use crate::plan::BufferId;
use crate::quant::OpParams;

/// What such a step does beside making its output.
pub(in crate::codegen) struct Take {
    /// Constants in front of both functions.
    pub constants: String,
    /// Empties the accumulators.
    pub start: String,
    /// Takes a part: `@PIXELS@` pixels, which are `@COUNT@` codes, from code number `@FIRST@` on.
    pub call: String,
}

/// The C of a step that accumulates.
pub(in crate::codegen) fn taking(
    c: &Context<'_>,
    id: BufferId,
) -> Result<(StepCode, Take), CodegenError> {
    let offset = (c.plan.buffers.get(id.0 as usize))
        .map(|buffer| buffer.offset)
        .ok_or_else(|| c.inconsistent("its accumulators do not exist"))?;
    let totals = format!("arena + {offset}");
    let [height, width, channels] = c.input_map(0);
    let outputs = c.output_map()[2];
    let sums = |finish: String, fragment| {
        let code = StepCode {
            call: finish,
            fragments: vec![fragment, Fragment::TakeSum, Fragment::TakeStart],
            ..StepCode::default()
        };
        let take = Take {
            constants: String::new(),
            start: format!("ts_take_start({totals}, {outputs});"),
            call: format!("ts_take_sum(in, {totals}, {channels}, @PIXELS@);"),
        };
        (code, take)
    };
    let largest = |[low, high]: [i32; 2]| {
        let code = StepCode {
            call: format!(
                "ts_finish_max((const int8_t *){totals}, out, {channels}, {low}, {high});"
            ),
            fragments: vec![Fragment::TakeMax],
            ..StepCode::default()
        };
        let take = Take {
            constants: String::new(),
            start: format!("ts_take_max_start((int8_t *){totals}, {channels});"),
            call: format!("ts_take_max(in, (int8_t *){totals}, {channels}, @PIXELS@);"),
        };
        (code, take)
    };
    match (&c.op.kind, &c.params) {
        (OpKind::AveragePool2d(_), OpParams::Pool(params)) => {
            let [low, high] = params.clamp;
            let count = height * width;
            Ok(sums(
                format!("ts_finish_pool({totals}, out, {channels}, {count}, {low}, {high});"),
                Fragment::FinishPool,
            ))
        }
        (OpKind::Mean(_) | OpKind::Sum(_), OpParams::Mean(params)) => Ok(sums(
            format!(
                "ts_finish_mean({totals}, out, {channels}, {}, {}, {}, {});",
                params.input_zero_point.wrapping_mul(params.count as i32),
                params.multiplier.mantissa,
                params.multiplier.shift,
                params.output_zero_point
            ),
            Fragment::FinishMean,
        )),
        (OpKind::MaxPool2d(_), OpParams::Pool(params)) => Ok(largest(params.clamp)),
        (OpKind::ReduceMax(_), OpParams::Copy { .. }) => Ok(largest([-128, 127])),
        (OpKind::FullyConnected(op), OpParams::Conv(params)) => {
            let inputs = height * width * channels;
            let weights = weight_codes(c, op.weights, inputs * outputs)?;
            let biases = biases(c, op.bias, outputs)?;
            let name = &c.global;
            let code = StepCode {
                call: format!("ts_finish_dense({totals}, out, &{name}_parts);"),
                arrays: vec![
                    code_array(&format!("{name}_weights"), weights),
                    channel_array(&format!("{name}_channels"), &exact_rows(params, &biases)),
                ],
                fragments: vec![Fragment::TakeDense, Fragment::TakeStart],
                ..StepCode::default()
            };
            let take = Take {
                constants: format!(
                    "static const ts_parts {name}_parts = {{{name}_weights, {name}_channels, {inputs}, {outputs}, {}, {}, {}}};\n",
                    range(params),
                    params.input_zero_point,
                    params.weight_zero_point
                ),
                start: format!("ts_take_start({totals}, {outputs});"),
                call: format!("ts_take_dense(in, {totals}, &{name}_parts, @FIRST@, @COUNT@);"),
            };
            Ok((code, take))
        }
        _ => Err(c.inconsistent("it cannot take its input as it comes")),
    }
}
