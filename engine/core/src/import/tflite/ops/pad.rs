//! `PAD`, `PADV2` and `MIRROR_PAD`.

use super::{OpReader, Parsed, REPAIR, one};
use crate::graph::{Data, OpKind, Pad, PadFill, TensorId};

/// Padding at most: far beyond any model, small enough that sizes cannot overflow.
const MAX_AMOUNT: i64 = 65_535;

pub(in crate::import::tflite) fn read_pad(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(2, 2)?;
    read(cx, PadFill::Zero)
}

pub(in crate::import::tflite) fn read_pad_v2(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(2, 3)?;
    if cx.input_index(2).is_none() {
        return read(cx, PadFill::Zero);
    }
    let (output, value) = (cx.output(0), cx.input(2));
    let (output, value) = (output?, value?);
    cx.all_numbers([output, value])?;
    // The reference copies the code, which is in the output's quantisation.
    cx.alike(output, value, 1e-6)?;
    let real = real(cx, value);
    let Some(real) = real.filter(|r| !r.is_nan()) else {
        let problem = (
            "bad-options",
            "must hold the one constant to pad with".into(),
            REPAIR,
        );
        cx.problem(value, problem);
        return None;
    };
    read(
        cx,
        if real == 0.0 {
            PadFill::Zero
        } else {
            PadFill::Constant(real)
        },
    )
}

/// The one number that a constant holds.
fn real(cx: &OpReader<'_, '_>, value: TensorId) -> Option<f32> {
    let tensor = cx.tensor(value);
    match tensor.data.as_ref()? {
        Data::F32(values) => match values[..] {
            [value] => Some(value),
            _ => None,
        },
        Data::I8(codes) => {
            let (scale, zero_point) = tensor.scale_zero()?;
            match codes[..] {
                [code] => Some(scale * (i32::from(code) - zero_point) as f32),
                _ => None,
            }
        }
        _ => None,
    }
}

pub(in crate::import::tflite) fn read_mirror(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(2, 2)?;
    let options = cx.op.builtin_options_as_mirror_pad_options();
    let options = cx.options(options, "MirrorPadOptions")?;
    let fill = match options.mode() {
        0 => PadFill::Reflect,
        1 => PadFill::Symmetric,
        mode => {
            cx.error(
                "bad-options",
                format!("mode {mode} is neither REFLECT (0) nor SYMMETRIC (1)"),
                REPAIR,
            );
            return None;
        }
    };
    read(cx, fill)
}

fn read(cx: &mut OpReader<'_, '_>, fill: PadFill) -> Option<Parsed> {
    let activations = cx.in_out();
    let amounts = cx.integers(1, "amounts of padding");
    let ((input, output, _), amounts) = (activations?, amounts?);
    cx.alike(input, output, 1e-6)?;
    let rank = cx.shape(input).len();
    if amounts.len() != 2 * rank {
        cx.error(
            "bad-shape",
            format!("{} amounts of padding for {rank} dimensions", amounts.len()),
            REPAIR,
        );
        return None;
    }
    if let Some(bad) = amounts.iter().find(|a| !(0..=MAX_AMOUNT).contains(*a)) {
        cx.error(
            "bad-options",
            format!("padding by {bad} is out of range (0 to {MAX_AMOUNT})"),
            REPAIR,
        );
        return None;
    }
    let pairs = amounts.as_chunks::<2>().0;
    let amounts = pairs.iter().map(|p| p.map(|a| a as usize)).collect();
    let kind = OpKind::Pad(Pad { amounts, fill });
    Some(one(kind, vec![input], output))
}
