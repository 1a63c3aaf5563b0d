//! Convolutions, transposed ones too: weights packed as the matrix kernels want them.

use super::CodegenError;
use super::channels::{biases, exact_rows};
use super::fragment::Fragment;
use super::step::{Context, StepCode};
use super::text::{channel_array, code_array, word_array};
use crate::cost::Kernel;
use crate::graph::shape::groups;
use crate::graph::{Conv2d, Padding, TensorId, TransposeConv2d, Window};
use crate::packing::{Finish, words};
use crate::quant::ConvParams;

/// A convolution.
pub(super) fn convolution(
    c: &Context<'_>,
    op: &Conv2d,
    params: &ConvParams,
    kernel: Kernel,
) -> Result<StepCode, CodegenError> {
    let [_, _, inputs] = c.input_map(0);
    let [_, _, outputs] = c.output_map();
    let taps: usize = op.window.kernel.iter().product();
    let depth = (c.plan.graph.tensor(op.weights).shape.last().copied()).unwrap_or(0);
    let groups = groups(inputs, depth, outputs).map_err(|why| c.inconsistent(&why))?;
    let weights = weight_codes(c, op.weights, outputs * depth * taps)?;
    let general = groups > 1 || params.weight_zero_point != 0;
    if general && kernel != Kernel::Plain {
        return Err(c.inconsistent("its kernel runs neither groups nor asymmetric weights"));
    }
    match kernel {
        Kernel::Pointwise => {
            let (mut code, finish) = matrix(c, weights, op.bias, params, outputs)?;
            code.fragments.push(Fragment::PointwiseIn(finish));
            code.call = format!(
                "ts_pointwise_{}(in, out, &layer, tile, {});",
                finish.suffix(),
                c.scratch()?
            );
            Ok(code)
        }
        Kernel::Im2col => im2col(c, weights, op.bias, params, &op.window, [inputs, outputs]),
        Kernel::Plain => {
            let biases = biases(c, op.bias, outputs)?;
            let name = &c.global;
            Ok(StepCode {
                constants: format!(
                    "    static const ts_conv layer = {{{name}_weights, {name}_channels, {inputs}, {outputs}, {}, {}, {}, {}, {depth}, {}}};\n",
                    window(c, &op.window)?,
                    range(params),
                    params.input_zero_point,
                    params.weight_zero_point,
                    outputs / groups
                ),
                call: format!("ts_conv_{}(in, out, &layer, tile);", form_of(general)),
                arrays: vec![
                    code_array(&format!("{name}_weights"), weights),
                    channel_array(&format!("{name}_channels"), &exact_rows(params, &biases)),
                ],
                fragments: vec![Fragment::ConvPlainIn(general)],
            })
        }
        _ => Err(c.inconsistent("its kernel does not run convolutions")),
    }
}

/// A convolution through gathered receptive fields; weights in the order output channel, row, column, input channel.
pub(super) fn im2col(
    c: &Context<'_>,
    weights: &[i8],
    bias: Option<TensorId>,
    params: &ConvParams,
    w: &Window,
    [inputs, outputs]: [usize; 2],
) -> Result<StepCode, CodegenError> {
    let weights = words_first(weights, w.kernel[0], w.kernel[1] * inputs);
    let (mut code, finish) = matrix(c, &weights, bias, params, outputs)?;
    code.fragments
        .extend([Fragment::Im2col, Fragment::Blocks(finish), Fragment::Matrix]);
    let fields = format!(
        "    static const ts_fields fields = {{{}, {inputs}}};\n",
        window(c, w)?
    );
    code.constants.push_str(&fields);
    code.call = format!(
        "ts_im2col_rows(in, out, &layer, &fields, tile, {}, TS_BLOCKS_{}, {});",
        c.scratch()?,
        finish.suffix(),
        finish.constant()
    );
    Ok(code)
}

/// Weights in the order in which fields of `rows` rows of `run` bytes are gathered: what makes whole words of each row,
/// then what is left of each row.
fn words_first(weights: &[i8], rows: usize, run: usize) -> Vec<i8> {
    let whole = run / 4 * 4;
    let mut out = Vec::with_capacity(weights.len());
    for field in weights.chunks((rows * run).max(1)) {
        let rows = || field.chunks(run);
        out.extend(rows().flat_map(|row| row.iter().take(whole)));
        out.extend(rows().flat_map(|row| row.iter().skip(whole)));
    }
    out
}

/// A transposed convolution.
pub(super) fn transposed(
    c: &Context<'_>,
    op: &TransposeConv2d,
    params: &ConvParams,
) -> Result<StepCode, CodegenError> {
    c.needs_whole()?;
    let ([_, _, inputs], [_, _, outputs]) = (c.input_map(0), c.output_map());
    let &[_, kernel_h, kernel_w, _] = c.plan.graph.tensor(op.weights).shape.as_slice() else {
        return Err(c.inconsistent("its weights are not OHWI"));
    };
    let taps = window(
        c,
        &Window {
            kernel: [kernel_h, kernel_w],
            stride: op.stride,
            dilation: [1, 1],
            padding: Padding::default(),
        },
    )?;
    let weights = weight_codes(c, op.weights, outputs * kernel_h * kernel_w * inputs)?;
    let biases = biases(c, op.bias, outputs)?;
    let name = &c.global;
    let [top, left] = op.padding;
    Ok(StepCode {
        constants: format!(
            "    static const ts_transposed layer = {{{name}_weights, {name}_channels, {inputs}, {outputs}, {taps}, {}, {}, {}, {top}, {left}}};\n",
            range(params),
            params.input_zero_point,
            params.weight_zero_point
        ),
        call: "ts_transpose_conv(in, out, &layer, tile);".into(),
        arrays: vec![
            code_array(&format!("{name}_weights"), weights),
            channel_array(&format!("{name}_channels"), &exact_rows(params, &biases)),
        ],
        fragments: vec![Fragment::TransposeConv],
    })
}

/// Ending of a plain kernel's name: the general one takes weights with a zero point.
pub(super) const fn form_of(general: bool) -> &'static str {
    if general { "general" } else { "plain" }
}

/// What the three matrix kernels share: the layer's words and its `ts_matrix`.
pub(super) fn matrix(
    c: &Context<'_>,
    weights: &[i8],
    bias: Option<TensorId>,
    params: &ConvParams,
    outputs: usize,
) -> Result<(StepCode, Finish), CodegenError> {
    let biases = biases(c, bias, outputs)?;
    let taps = weights.len() / outputs.max(1);
    if taps == 0 {
        return Err(c.inconsistent("its weights are empty"));
    }
    let (words, finish) = words(params, &biases, weights, taps);
    let name = &c.global;
    let code = StepCode {
        constants: format!(
            "    static const ts_matrix layer = {{{name}_words, {taps}, {outputs}, {}, {}}};\n",
            range(params),
            params.input_zero_point
        ),
        arrays: vec![word_array(&format!("{name}_words"), &words)],
        ..StepCode::default()
    };
    Ok((code, finish))
}

/// The constant int8 weights, checked to be `expected` codes.
pub(super) fn weight_codes<'a>(
    c: &Context<'a>,
    id: TensorId,
    expected: usize,
) -> Result<&'a [i8], CodegenError> {
    let codes = c
        .plan
        .graph
        .tensor(id)
        .data
        .as_ref()
        .and_then(|data| data.as_i8());
    codes
        .filter(|codes| codes.len() == expected)
        .ok_or_else(|| c.unsupported("its weights must be constant int8 of the layer's shape"))
}

/// The C initialiser of a `ts_window`.
pub(super) fn window(c: &Context<'_>, w: &Window) -> Result<String, CodegenError> {
    let numbers = [w.kernel, w.stride, w.dilation].concat();
    if numbers.iter().any(|&n| i16::try_from(n).is_err()) {
        return Err(c.unsupported("kernel, stride and dilation may be at most 32,767"));
    }
    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    Ok(format!("{{{}}}", numbers.join(", ")))
}

/// The C initialiser of a `ts_range`.
pub(super) fn range(params: &ConvParams) -> String {
    let [low, high] = params.clamp;
    format!("{{{}, {low}, {high}}}", params.output_zero_point)
}
