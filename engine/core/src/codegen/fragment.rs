//! The pieces of `kernels.h`: only what the steps use is printed, in one fixed order.

use super::binary::Combination;
use super::conv::form_of;
use super::planes::Shape;
use super::planes_fixed::Columns;
use crate::packing::Finish;
use crate::plan::Core;
use std::collections::BTreeSet;
use std::fmt::Write;

/// A piece of `kernels.h`. The order of the variants is the order in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fragment {
    Base,
    Keep,
    Span,
    Window,
    Carry,
    Take,
    TakeStart,
    TakeSum,
    TakeMax,
    TakeDense,
    FinishPool,
    FinishMean,
    ConvPlain,
    /// The general form takes groups and weights with a zero point.
    ConvPlainIn(bool),
    DepthwisePlain,
    DepthwisePlainIn(bool),
    DensePlain,
    DensePlainIn(bool),
    TransposeConv,
    Matrix,
    Blocks(Finish),
    Pointwise,
    PointwiseIn(Finish),
    Im2col,
    Dense,
    DenseIn(Finish),
    Planes,
    PlanesRun(Shape),
    PlanesDriver(Shape, Finish),
    PlanesFixed,
    PlanesFixedIn(Columns, Finish),
    Walk,
    Add,
    AddAffine,
    AddRounded,
    Binary,
    BinaryRowsOf(Combination),
    BinaryWalk,
    BinaryWalkOf(Combination),
    Table,
    Prelu,
    PreluRows,
    PreluWalk,
    AveragePool,
    MaxPool,
    Mean,
    Reduce,
    ReduceSum,
    ReduceMax,
    Softmax,
    Pad,
    PadAny,
    Mirror,
    Transpose,
    Gather,
    Join,
    ResizeNearest,
    ResizeBilinear,
    Requantise,
    Copy,
}

impl Fragment {
    /// The fragments that this one stands on.
    fn needs(self) -> Vec<Self> {
        match self {
            Self::Base => vec![],
            Self::ConvPlainIn(_) => vec![Self::Base, Self::ConvPlain],
            Self::DepthwisePlainIn(_) => vec![Self::Base, Self::DepthwisePlain],
            Self::DensePlainIn(_) => vec![Self::Base, Self::DensePlain],
            Self::PointwiseIn(finish) => matrix_needs(finish, Self::Pointwise),
            Self::DenseIn(finish) => matrix_needs(finish, Self::Dense),
            Self::PlanesDriver(shape, _) => {
                vec![Self::Base, Self::Planes, Self::PlanesRun(shape)]
            }
            Self::PlanesFixedIn(..) => vec![Self::Base, Self::Planes, Self::PlanesFixed],
            Self::TakeStart
            | Self::TakeSum
            | Self::TakeDense
            | Self::FinishPool
            | Self::FinishMean => vec![Self::Base, Self::Take],
            Self::BinaryRowsOf(_) => vec![Self::Base, Self::Binary],
            Self::BinaryWalkOf(_) => {
                vec![Self::Base, Self::Walk, Self::Binary, Self::BinaryWalk]
            }
            Self::PreluRows => vec![Self::Base, Self::Prelu],
            Self::PreluWalk => vec![Self::Base, Self::Walk, Self::Prelu],
            Self::ReduceSum | Self::ReduceMax => vec![Self::Base, Self::Walk, Self::Reduce],
            Self::PadAny | Self::Mirror | Self::Gather => vec![Self::Base, Self::Walk],
            _ => vec![Self::Base],
        }
    }

    fn text(self) -> String {
        let fixed = match self {
            Self::ConvPlainIn(general) => {
                return plain_kernel("conv", "conv_run", "ts_conv", true, general);
            }
            Self::DepthwisePlainIn(general) => {
                return plain_kernel("depthwise", "depthwise_run", "ts_depthwise", true, general);
            }
            Self::DensePlainIn(general) => {
                return plain_kernel("dense", "dense_plain_run", "ts_dense", false, general);
            }
            Self::PointwiseIn(finish) => return matrix_kernel("pointwise", finish),
            Self::DenseIn(finish) => return matrix_kernel("dense", finish),
            Self::Blocks(finish) => return matrix_blocks(finish),
            Self::Matrix => {
                return concat!(
                    include_str!("kernels/matrix.h"),
                    "\n",
                    include_str!("kernels/matrix_dsp.h")
                )
                .into();
            }
            Self::PlanesRun(shape) => return shape.runs(),
            Self::PlanesDriver(shape, form) => return shape.driver(form),
            Self::PlanesFixedIn(columns, form) => return columns.kernel(form),
            Self::PlanesFixed => include_str!("kernels/planes_fixed.h"),
            Self::BinaryRowsOf(kind) => return binary_rows(kind),
            Self::BinaryWalkOf(kind) => return binary_walk(kind),
            Self::Planes => {
                return concat!(
                    include_str!("kernels/planes.h"),
                    "\n",
                    include_str!("kernels/planes_portable.h")
                )
                .into();
            }
            Self::Base => include_str!("kernels/base.h"),
            Self::Keep => include_str!("kernels/keep.h"),
            Self::Span => include_str!("kernels/span.h"),
            Self::Window => include_str!("kernels/window.h"),
            Self::Carry => include_str!("kernels/carry.h"),
            Self::Take => include_str!("kernels/take.h"),
            Self::TakeStart => include_str!("kernels/take_start.h"),
            Self::TakeSum => include_str!("kernels/take_sum.h"),
            Self::TakeMax => include_str!("kernels/take_max.h"),
            Self::TakeDense => include_str!("kernels/take_dense.h"),
            Self::FinishPool => include_str!("kernels/finish_pool.h"),
            Self::FinishMean => include_str!("kernels/finish_mean.h"),
            Self::ConvPlain => include_str!("kernels/conv_plain.h"),
            Self::DepthwisePlain => include_str!("kernels/depthwise_plain.h"),
            Self::DensePlain => include_str!("kernels/dense_plain.h"),
            Self::TransposeConv => include_str!("kernels/transpose_conv.h"),
            Self::Pointwise => include_str!("kernels/pointwise.h"),
            Self::Im2col => include_str!("kernels/im2col.h"),
            Self::Dense => include_str!("kernels/dense.h"),
            Self::Walk => include_str!("kernels/walk.h"),
            Self::Add => include_str!("kernels/add.h"),
            Self::AddAffine => include_str!("kernels/add_affine.h"),
            Self::AddRounded => include_str!("kernels/add_rounded.h"),
            Self::Binary => include_str!("kernels/binary.h"),
            Self::BinaryWalk => include_str!("kernels/binary_walk.h"),
            Self::Table => include_str!("kernels/table.h"),
            Self::Prelu => include_str!("kernels/prelu.h"),
            Self::PreluRows => include_str!("kernels/prelu_rows.h"),
            Self::PreluWalk => include_str!("kernels/prelu_walk.h"),
            Self::AveragePool => include_str!("kernels/average_pool.h"),
            Self::MaxPool => include_str!("kernels/max_pool.h"),
            Self::Mean => include_str!("kernels/mean.h"),
            Self::Reduce => include_str!("kernels/reduce.h"),
            Self::ReduceSum => include_str!("kernels/reduce_sum.h"),
            Self::ReduceMax => include_str!("kernels/reduce_max.h"),
            Self::Softmax => include_str!("kernels/softmax.h"),
            Self::Pad => include_str!("kernels/pad.h"),
            Self::PadAny => include_str!("kernels/pad_any.h"),
            Self::Mirror => include_str!("kernels/mirror.h"),
            Self::Transpose => include_str!("kernels/transpose.h"),
            Self::Gather => include_str!("kernels/gather.h"),
            Self::Join => include_str!("kernels/join.h"),
            Self::ResizeNearest => include_str!("kernels/resize_nearest.h"),
            Self::ResizeBilinear => include_str!("kernels/resize_bilinear.h"),
            Self::Requantise => include_str!("kernels/requantise.h"),
            Self::Copy => include_str!("kernels/copy.h"),
        };
        fixed.into()
    }
}

/// A plain kernel in its plain or general form.
fn plain_kernel(family: &str, body: &str, layer: &str, tiled: bool, general: bool) -> String {
    let suffix = form_of(general);
    let (parameter, argument) = if tiled {
        (", const ts_tile *t", ", t")
    } else {
        ("", "")
    };
    format!(
        "static void ts_{family}_{suffix}(const int8_t *in, int8_t *out, const {layer} *l{parameter})\n{{\n    \
         ts_{body}(in, out, l{argument}, {});\n}}\n",
        u8::from(general)
    )
}

/// Two operands by pixel, with what they become built in.
fn binary_rows(kind: Combination) -> String {
    let (name, constant) = (kind.name(), kind.constant());
    format!(
        "static void ts_rows_{name}(const int8_t *a, const int8_t *b, int8_t *out, const int16_t *channels,\n    \
         const ts_binary *s, const ts_tile *t)\n{{\n    ts_binary_rows(a, b, out, channels, s, t, {constant});\n}}\n"
    )
}

/// Two operands on any walk, with what they become built in.
fn binary_walk(kind: Combination) -> String {
    let (name, constant) = (kind.name(), kind.constant());
    format!(
        "static void ts_walk_{name}(const int8_t *a, const int8_t *b, int8_t *out, const ts_walk *w,\n    \
         const ts_binary *s)\n{{\n    ts_binary_walk(a, b, out, w, s, {constant});\n}}\n"
    )
}

/// The fragments under a matrix kernel.
fn matrix_needs(finish: Finish, family: Fragment) -> Vec<Fragment> {
    vec![
        Fragment::Base,
        Fragment::Matrix,
        Fragment::Blocks(finish),
        family,
    ]
}

/// The blocks of a requantising form, four pixels to one.
fn matrix_blocks(finish: Finish) -> String {
    let suffix = finish.suffix();
    let text = |pixels: u32| match finish {
        // Channel B comes times 256.
        Finish::Affine(shift) => format!("TS_AFFINE_{pixels}(\"{shift}\", \"{}\")", shift + 8),
        _ => format!("TS_ROUNDED_{pixels}"),
    };
    if finish == Finish::Exact {
        return "#define TS_BLOCKS_exact 0\n".into();
    }
    let mut out = String::from("#if TS_DSP\n");
    for pixels in [4, 2, 1] {
        let _ = writeln!(
            out,
            "TS_DEFINE_BLOCK(ts_block_{pixels}_{suffix}, TS_BLOCK_{pixels}({}))",
            text(pixels)
        );
    }
    let _ = writeln!(
        out,
        "static const ts_blocks ts_blocks_{suffix} = {{ts_block_4_{suffix}, ts_block_2_{suffix}, ts_block_1_{suffix}}};\n\
         #define TS_BLOCKS_{suffix} &ts_blocks_{suffix}\n#else\n#define TS_BLOCKS_{suffix} 0\n#endif"
    );
    out
}

/// A matrix kernel with its requantising form built in.
fn matrix_kernel(family: &str, finish: Finish) -> String {
    let (suffix, constant) = (finish.suffix(), finish.constant());
    let (parameters, arguments, body) = match family {
        "dense" => ("const ts_matrix *m, void *scratch", "m, scratch", "run"),
        _ => (
            "const ts_matrix *m, const ts_tile *t, void *scratch",
            "m, t, scratch",
            "rows",
        ),
    };
    format!(
        "TS_KERNEL void ts_{family}_{suffix}(const int8_t *in, int8_t *out, {parameters})\n{{\n    \
         ts_{family}_{body}(in, out, {arguments}, TS_BLOCKS_{suffix}, {constant});\n}}\n"
    )
}

/// `kernels.h` for a program that uses `used`.
pub(super) fn kernels_header(used: &BTreeSet<Fragment>, core: Core) -> String {
    let mut all = used.clone();
    for fragment in used {
        all.extend(fragment.needs());
    }
    let mut out = String::from(
        "/* The kernels of this program, and only these. Generated by Tinyscope: edit the model, not this file. */\n\
         #ifndef TINYSCOPE_KERNELS_H\n#define TINYSCOPE_KERNELS_H\n\n#include \"weights.h\"\n",
    );
    // No compiler says it of itself. It changes how instructions are arranged, and nothing else.
    let dual = u8::from(core == Core::CortexM7);
    let _ = write!(
        out,
        "\n/* Whether the processor issues two instructions at a time. */\n#ifndef TS_DUAL_ISSUE\n\
         #define TS_DUAL_ISSUE {dual}\n#endif\n"
    );
    for fragment in all {
        out.push('\n');
        out.push_str(&fragment.text());
    }
    out.push_str("\n#endif\n");
    out
}
