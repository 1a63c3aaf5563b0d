//! Two tensors, element by element, either broadcast to the other.

use super::CodegenError;
use super::fragment::Fragment;
use super::step::{Context, StepCode};
use super::walk::{Axis, broadcast_strides, walks};
use crate::graph::shape::{aligned, broadcast_by_pixel};
use crate::quant::{AddParams, MulParams, Multiplier};

/// What two codes become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Combination {
    Sum,
    Difference,
    Product,
    Maximum,
    Minimum,
}

impl Combination {
    /// The C constant.
    pub(super) const fn constant(self) -> &'static str {
        match self {
            Self::Sum => "TS_SUM",
            Self::Difference => "TS_DIFFERENCE",
            Self::Product => "TS_PRODUCT",
            Self::Maximum => "TS_MAXIMUM",
            Self::Minimum => "TS_MINIMUM",
        }
    }

    /// Ending of a kernel's name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Difference => "difference",
            Self::Product => "product",
            Self::Maximum => "maximum",
            Self::Minimum => "minimum",
        }
    }
}

/// ADD whose operands differ in shape, or SUB.
pub(super) fn sum(
    c: &Context<'_>,
    kind: Combination,
    p: &AddParams,
) -> Result<StepCode, CodegenError> {
    let layer = Layer {
        zero_points: p.input_zero_points,
        multipliers: p.input_multipliers,
        left_shift: p.left_shift,
        output: p.output_multiplier,
        output_zero_point: p.output_zero_point,
        clamp: p.clamp,
    };
    binary(c, kind, &layer)
}

/// MUL.
pub(super) fn product(c: &Context<'_>, p: &MulParams) -> Result<StepCode, CodegenError> {
    let layer = Layer {
        zero_points: p.input_zero_points,
        output: p.multiplier,
        output_zero_point: p.output_zero_point,
        clamp: p.clamp,
        ..Layer::default()
    };
    binary(c, Combination::Product, &layer)
}

/// MAXIMUM or MINIMUM: codes are compared, not rescaled.
pub(super) fn extreme(c: &Context<'_>, kind: Combination) -> Result<StepCode, CodegenError> {
    binary(c, kind, &Layer::default())
}

/// A `ts_binary`.
#[derive(Default)]
struct Layer {
    zero_points: [i32; 2],
    multipliers: [Multiplier; 2],
    left_shift: i32,
    output: Multiplier,
    output_zero_point: i32,
    clamp: [i32; 2],
}

impl Layer {
    fn initialiser(&self) -> String {
        let ([za, zb], [a, b], [low, high]) = (self.zero_points, self.multipliers, self.clamp);
        format!(
            "{{{{{za}, {zb}}}, {{{}, {}}}, {{{}, {}}}, {}, {}, {}, {{{}, {low}, {high}}}}}",
            a.mantissa,
            b.mantissa,
            a.shift,
            b.shift,
            self.left_shift,
            self.output.mantissa,
            self.output.shift,
            self.output_zero_point
        )
    }
}

fn binary(c: &Context<'_>, kind: Combination, layer: &Layer) -> Result<StepCode, CodegenError> {
    if c.step.inputs.len() != 2 {
        return Err(c.inconsistent("it does not have two inputs"));
    }
    let output = &c.output().shape;
    let by_pixel = |i| broadcast_by_pixel(&c.input(i).shape, output);
    let layer = format!(
        "    static const ts_binary layer = {};\n",
        layer.initialiser()
    );
    let name = kind.name();
    if by_pixel(0) && by_pixel(1) {
        let [a, b, out] = [c.input_map(0), c.input_map(1), c.output_map()].map(|map| map[2]);
        if i16::try_from(out).is_ok() {
            return Ok(StepCode {
                constants: format!(
                    "{layer}    static const int16_t channels[3] = {{{a}, {b}, {out}}};\n"
                ),
                call: format!("ts_rows_{name}(in, other, out, channels, &layer, tile);"),
                fragments: vec![Fragment::BinaryRowsOf(kind)],
                ..StepCode::default()
            });
        }
    }
    c.needs_whole()?;
    let [a, b] = [0, 1].map(|i| broadcast_strides(&aligned(&c.input(i).shape, output.len())));
    if a.len() != output.len() || b.len() != output.len() {
        return Err(c.inconsistent("an input has more dimensions than the output"));
    }
    let axes: Vec<Axis<2>> = (output.iter().zip(a.iter().zip(&b)))
        .map(|(&extent, (&a, &b))| Axis {
            extent,
            steps: [a, b],
        })
        .collect();
    let [a, b] = walks(c, &axes)?;
    Ok(StepCode {
        constants: format!(
            "{layer}    static const ts_walk walks[2] = {{\n        {a},\n        {b},\n    }};\n"
        ),
        call: format!("ts_walk_{name}(in, other, out, walks, &layer);"),
        fragments: vec![Fragment::BinaryWalkOf(kind)],
        ..StepCode::default()
    })
}
