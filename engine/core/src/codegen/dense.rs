//! Fully connected layers, over one row of inputs or several.

use super::CodegenError;
use super::channels::{biases, exact_rows};
use super::conv::{form_of, matrix, range, weight_codes};
use super::fragment::Fragment;
use super::step::{Context, StepCode};
use super::text::{channel_array, code_array};
use crate::cost::Kernel;
use crate::graph::FullyConnected;
use crate::quant::ConvParams;

/// A fully connected layer.
pub(super) fn dense(
    c: &Context<'_>,
    op: &FullyConnected,
    params: &ConvParams,
    kernel: Kernel,
) -> Result<StepCode, CodegenError> {
    c.needs_whole()?;
    let &[outputs, inputs] = c.plan.graph.tensor(op.weights).shape.as_slice() else {
        return Err(c.inconsistent("its weights are not outputs by inputs"));
    };
    let rows = c.input(0).elements() / inputs.max(1);
    if rows * inputs != c.input(0).elements() || rows * outputs != c.output().elements() {
        return Err(c.inconsistent("its weights do not fit its input and output"));
    }
    let weights = weight_codes(c, op.weights, inputs * outputs)?;
    let general = params.weight_zero_point != 0;
    let mut code = match kernel {
        Kernel::Dense if !general => {
            let (mut code, finish) = matrix(c, weights, op.bias, params, outputs)?;
            code.fragments.push(Fragment::DenseIn(finish));
            code.call = format!(
                "ts_dense_{}(in, out, &layer, {});",
                finish.suffix(),
                c.scratch()?
            );
            code
        }
        Kernel::Plain => {
            let biases = biases(c, op.bias, outputs)?;
            let name = &c.global;
            StepCode {
                constants: format!(
                    "    static const ts_dense layer = {{{name}_weights, {name}_channels, {inputs}, {outputs}, {}, {}, {}}};\n",
                    range(params),
                    params.input_zero_point,
                    params.weight_zero_point
                ),
                call: format!("ts_dense_{}(in, out, &layer);", form_of(general)),
                arrays: vec![
                    code_array(&format!("{name}_weights"), weights),
                    channel_array(&format!("{name}_channels"), &exact_rows(params, &biases)),
                ],
                fragments: vec![Fragment::DensePlainIn(general)],
            }
        }
        _ => return Err(c.inconsistent("its kernel does not run this fully connected layer")),
    };
    if rows > 1 {
        let each = code.call.replacen(
            "(in, out,",
            &format!("(in + row * {inputs}, out + row * {outputs},"),
            1,
        );
        code.call =
            format!("for (int32_t row = 0; row < {rows}; row++) {{\n        {each}\n    }}");
    }
    Ok(code)
}
