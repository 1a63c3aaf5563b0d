//! From a step of the plan to its C: the registry of operator families.

use super::binary::Combination;
use super::fragment::Fragment;
use super::stream::{Take, sees_whole, streams, taking};
use super::tile::{Tile, inconsistent, tiles};
use super::{
    CodegenError, binary, conv, dense, depthwise, elementwise, layout, pool, reduce, resize,
    softmax, unary,
};
use crate::graph::{Combine, Op, OpKind, Tensor};
use crate::plan::{Operand, Plan, Step, Way};
use crate::quant::{OpParams, op_params};

/// What a family gets to see of a step.
pub(super) struct Context<'a> {
    pub plan: &'a Plan,
    pub step: &'a Step,
    pub op: &'a Op,
    pub params: OpParams,
    /// Prefix of global names: `model_step_03`.
    pub global: String,
    /// Per patch and input; none where units are worked out as they run.
    pub tiles: Vec<Vec<Tile>>,
}

/// What a family answers.
#[derive(Default)]
pub(super) struct StepCode {
    /// Constants at the top of the step's function.
    pub constants: String,
    /// The statements that call the kernel. They see each [`operand`], `out`, `tile`, `arena`.
    pub call: String,
    /// Arrays for `weights.c`: declaration without `extern`, and definition.
    pub arrays: Vec<[String; 2]>,
    /// Kernels used.
    pub fragments: Vec<Fragment>,
}

/// A step, ready to be printed.
pub(super) struct Printed {
    pub code: StepCode,
    /// Of a step that takes its input as it comes: how. The code's call then makes the output.
    pub take: Option<Take>,
    pub tiles: Vec<Vec<Tile>>,
    pub inputs: Vec<String>,
    pub output: String,
}

impl Context<'_> {
    /// The tensor that input `i` reads.
    pub(super) fn input(&self, i: usize) -> &Tensor {
        self.plan.graph.tensor(self.step.inputs[i].tensor)
    }

    /// The tensor that is written.
    pub(super) fn output(&self) -> &Tensor {
        self.plan.graph.tensor(self.step.output.tensor)
    }

    /// Input `i` as `[height, width, channels]`.
    pub(super) fn input_map(&self, i: usize) -> [usize; 3] {
        self.input(i).hwc()
    }

    /// The output as `[height, width, channels]`.
    pub(super) fn output_map(&self) -> [usize; 3] {
        self.output().hwc()
    }

    /// The step's working memory as a C expression.
    pub(super) fn scratch(&self) -> Result<String, CodegenError> {
        let id = self
            .step
            .scratch
            .ok_or_else(|| inconsistent(self.step, "its kernel needs scratch and has none"))?;
        Ok(format!("arena + {}", buffer_offset(self, id)?))
    }

    /// An error that says what no kernel does.
    pub(super) fn unsupported(&self, message: &str) -> CodegenError {
        CodegenError::Unsupported {
            step: self.step.id.0,
            op: self.op.kind.name(),
            message: message.into(),
        }
    }

    /// An error about the plan.
    pub(super) fn inconsistent(&self, message: &str) -> CodegenError {
        inconsistent(self.step, message)
    }

    /// Fails unless the step sees whole maps.
    pub(super) fn needs_whole(&self) -> Result<(), CodegenError> {
        match self.plan.segments[self.step.segment].way {
            Way::Layer => Ok(()),
            _ if sees_whole(self.plan, self.step) => Ok(()),
            _ => Err(self.unsupported("it needs its whole map; keep it out of the stage")),
        }
    }
}

/// The C name of input `i`.
pub(super) fn operand(i: usize) -> String {
    match i {
        0 => "in".into(),
        1 => "other".into(),
        _ => format!("in_{i}"),
    }
}

/// The C of one step.
pub(super) fn print(plan: &Plan, step: &Step, prefix: &str) -> Result<Printed, CodegenError> {
    let op = plan
        .graph
        .ops
        .get(step.op.0 as usize)
        .ok_or_else(|| inconsistent(step, "its operator does not exist"))?;
    if step.inputs.is_empty() {
        return Err(inconsistent(step, "it reads nothing"));
    }
    let segment = (plan.segments.get(step.segment))
        .ok_or_else(|| inconsistent(step, "its segment does not exist"))?;
    // Units of streamed steps are worked out as they run.
    let tiles = if streams(segment) {
        Vec::new()
    } else {
        tiles(plan, step)?
    };
    let params = op_params(&plan.graph, op).map_err(|e| CodegenError::Unsupported {
        step: step.id.0,
        op: op.kind.name(),
        message: e.to_string(),
    })?;
    let context = Context {
        plan,
        step,
        op,
        params,
        global: format!("{prefix}_step_{:02}", step.id.0),
        tiles,
    };
    let (mut code, take) = match step.accumulators {
        Some(id) => {
            let (code, take) = taking(&context, id)?;
            (code, Some(take))
        }
        None => (family(&context)?, None),
    };
    let inputs = step
        .inputs
        .iter()
        .map(|operand| source(&context, operand, &mut code))
        .collect::<Result<_, _>>()?;
    let output = match step.output.buffer {
        Some(id) => {
            let offset = buffer_offset(&context, id)? + step.output.at;
            format!("(int8_t *)arena + {offset}")
        }
        None => return Err(inconsistent(step, "its output has no buffer")),
    };
    Ok(Printed {
        code,
        take,
        tiles: context.tiles,
        inputs,
        output,
    })
}

fn family(c: &Context<'_>) -> Result<StepCode, CodegenError> {
    let kernel = c.step.kernel;
    match (&c.op.kind, &c.params) {
        (OpKind::Conv2d(op), OpParams::Conv(params)) => conv::convolution(c, op, params, kernel),
        (OpKind::FullyConnected(op), OpParams::Conv(params)) => dense::dense(c, op, params, kernel),
        (OpKind::DepthwiseConv2d(op), OpParams::Conv(params)) => {
            depthwise::depthwise(c, op, params, kernel)
        }
        (OpKind::TransposeConv2d(op), OpParams::Conv(params)) => conv::transposed(c, op, params),
        (OpKind::Add(_), OpParams::Add(params)) => elementwise::add(c, params),
        (OpKind::Combine(_), OpParams::Sub(params)) => {
            binary::sum(c, Combination::Difference, params)
        }
        (OpKind::Combine(_), OpParams::Mul(params)) => binary::product(c, params),
        (OpKind::Combine(Combine::Maximum), OpParams::Copy { .. }) => {
            binary::extreme(c, Combination::Maximum)
        }
        (OpKind::Combine(Combine::Minimum), OpParams::Copy { .. }) => {
            binary::extreme(c, Combination::Minimum)
        }
        (OpKind::Unary(_), OpParams::Table(table)) => Ok(unary::table(c, table)),
        (OpKind::Prelu { slopes }, OpParams::Prelu(params)) => unary::prelu(c, *slopes, params),
        (OpKind::Quantize, OpParams::Requantize(params)) => Ok(elementwise::requantise(c, params)),
        (OpKind::AveragePool2d(op), OpParams::Pool(params)) => pool::pool(c, op, *params, true),
        (OpKind::MaxPool2d(op), OpParams::Pool(params)) => pool::pool(c, op, *params, false),
        (OpKind::Mean(op) | OpKind::Sum(op), OpParams::Mean(params)) => reduce::sum(c, op, params),
        (OpKind::ReduceMax(op), OpParams::Copy { .. }) => reduce::maximum(c, op),
        (OpKind::Softmax { .. }, OpParams::Softmax(params)) => softmax::softmax(c, params),
        (OpKind::Resize(op), OpParams::Resize(params)) => resize::resize(c, op, params),
        (OpKind::Pad(op), OpParams::Copy { fill }) => layout::pad(c, op, *fill),
        (OpKind::Concatenation { axis }, OpParams::Copy { .. }) => layout::concatenation(c, *axis),
        (OpKind::Slice(op), OpParams::Copy { .. }) => layout::slice(c, op),
        (OpKind::Transpose { permutation }, OpParams::Copy { .. }) => {
            layout::transpose(c, permutation)
        }
        (OpKind::Reshape, OpParams::Copy { .. }) => layout::reshape(c),
        _ => Err(c.unsupported(
            "the generated program computes in int8 throughout; quantise the model first",
        )),
    }
}

/// Where an operand lies, as a C expression; a constant one becomes an array.
fn source(c: &Context<'_>, operand: &Operand, code: &mut StepCode) -> Result<String, CodegenError> {
    if let Some(id) = operand.buffer {
        let offset = buffer_offset(c, id)? + operand.at;
        return Ok(format!("(const int8_t *)arena + {offset}"));
    }
    let codes = c
        .plan
        .graph
        .tensor(operand.tensor)
        .data
        .as_ref()
        .and_then(|data| data.as_i8())
        .ok_or_else(|| c.inconsistent("an input has neither buffer nor int8 data"))?;
    let name = format!("{}_operand_{}", c.global, operand.tensor.0);
    let array = super::text::code_array(&name, codes);
    // An operand that is read twice is stored once.
    if !code.arrays.contains(&array) {
        code.arrays.push(array);
    }
    Ok(name)
}

fn buffer_offset(c: &Context<'_>, id: crate::plan::BufferId) -> Result<usize, CodegenError> {
    c.plan
        .buffers
        .get(id.0 as usize)
        .map(|buffer| buffer.offset)
        .ok_or_else(|| c.inconsistent("a buffer does not exist"))
}
