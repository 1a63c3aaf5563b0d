//! The fewest instructions per multiply-accumulate that a kernel's inner loop can take: how many products the registers
//! let a core form with what it has loaded. Loops, gathering, widening and requantising are not in it.
//!
//! Thumb code has 14 registers for data and addresses. An SMLAD multiplies two pairs and adds both products, so that two
//! multiply-accumulates are one instruction, and what matters is how many of them share a loaded word.
//!
//! - *Matrix kernels, several pixels.* Four pixels × two channels keep eight sums in registers; two addresses and two
//!   words of either factor fill the rest. Two taps of a block are 16 multiply-accumulates: 8 SMLAD, one load of a word
//!   of int8 weights for both channels, one SXTB16 (the other channel's weights are taken from the word as it lies), and
//!   four words of pixels. 2×4 needs a second extension, and 3×3 or 5×2 have no register left for the words.
//! - *Matrix kernels, one pixel.* The same for one pixel × two channels: 2 SMLAD, one SXTB16, one load of either.
//! - *Depthwise in planes.* Six sums, four words of pixels and weights, two addresses. A channel's pixels lie as int16, and
//!   so do its weights. Every word of pixels meets all its outputs while it is there; a row of `k` taps is
//!   `(k + 1) / 2` products an output. At stride 1 odd outputs see the taps in other pairs than even ones: `k - 1` words
//!   of weights.
//!
//! LDRD loads two words at once. Where instructions are issued in pairs that saves nothing, since a single load goes beside
//! a product and LDRD does not; the kernels use single loads there, and so does the limit.
//!
//! Multiply-accumulates are counted as plans do, with those of the padding, which kernels may skip: a layer with much
//! padding can go below its limit.

use super::Kernel;
use crate::graph::OpKind;
use crate::plan::Core;

/// Outputs of a depthwise row that fit in registers at once.
const DEPTHWISE_OUTPUTS: usize = super::WIDEST_BLOCK;

/// Instructions per multiply-accumulate at the limit; `None` where a kernel has no products by twos.
pub fn blocking_limit(kernel: Kernel, operator: &OpKind, core: Core) -> Option<f64> {
    if !core.has_dsp() {
        return None;
    }
    // Words that a kernel loads one after the other.
    let loads = |words: f64| match core {
        Core::CortexM7 => words,
        _ => words / 2.0,
    };
    match (kernel, operator) {
        (Kernel::Pointwise | Kernel::Im2col, _) => Some((8.0 + 1.0 + 1.0 + loads(4.0)) / 16.0),
        // Two words of weights lie side by side, as two of pixels do.
        (Kernel::Dense, _) => Some((2.0 + 1.0 + loads(1.0 + 1.0)) / 4.0),
        (Kernel::DepthwisePlanes { .. }, OpKind::DepthwiseConv2d(conv)) => {
            let (taps, stride) = (conv.window.kernel[1], conv.window.stride[1]);
            let pairs = taps.div_ceil(2);
            let pixels = ((DEPTHWISE_OUTPUTS - 1) * stride + taps).div_ceil(2);
            let weights = if stride % 2 == 1 {
                (taps - 1).max(1)
            } else {
                pairs
            };
            let products = DEPTHWISE_OUTPUTS * pairs;
            let instructions = products as f64 + loads((pixels + weights) as f64);
            Some(instructions / (DEPTHWISE_OUTPUTS * taps) as f64)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{Activation, Conv2d, DepthwiseConv2d, TensorId, Window};

    fn close(a: Option<f64>, b: f64) {
        assert!(a.is_some_and(|a| (a - b).abs() < 1e-9), "{a:?} {b}");
    }

    fn window(kernel: usize, stride: usize) -> Window {
        Window {
            kernel: [kernel; 2],
            stride: [stride; 2],
            dilation: [1, 1],
            padding: crate::graph::Padding::default(),
        }
    }

    fn conv() -> OpKind {
        OpKind::Conv2d(Conv2d {
            weights: TensorId(0),
            bias: None,
            window: window(1, 1),
            activation: Activation::None,
        })
    }

    fn depthwise(kernel: usize, stride: usize) -> OpKind {
        OpKind::DepthwiseConv2d(DepthwiseConv2d {
            weights: TensorId(0),
            bias: None,
            window: window(kernel, stride),
            multiplier: 1,
            activation: Activation::None,
        })
    }

    /// The instructions that the block of four pixels is written with, for two taps.
    fn written(form: &str) -> usize {
        let text = include_str!("../codegen/kernels/matrix_dsp.h");
        let mut forms = text.split("#define TS_PAIR_4(").skip(1);
        let form = match form {
            "dual" => forms.next(),
            _ => forms.nth(1),
        };
        let form = form.expect("both forms");
        let end = form.find("#define").expect("more behind it");
        let body = &form[..end];
        ["TS_MAC(", "sxtb16 ", "ldr ", "ldrd "]
            .iter()
            .map(|instruction| body.matches(instruction).count())
            .sum()
    }

    #[test]
    fn the_matrix_block_is_written_at_its_limit() {
        for (core, form, instructions) in
            [(Core::CortexM7, "dual", 14), (Core::CortexM4, "single", 12)]
        {
            assert_eq!(written(form), instructions);
            let limit = blocking_limit(Kernel::Pointwise, &conv(), core);
            close(limit, instructions as f64 / 16.0);
        }
    }

    #[test]
    fn a_depthwise_row_of_six_takes_twelve_products_and_its_loads() {
        let kernel = Kernel::DepthwisePlanes { rows: 1 };
        let limit = |k, stride, core| blocking_limit(kernel, &depthwise(k, stride), core);
        close(limit(3, 1, Core::CortexM7), 18.0 / 18.0);
        close(limit(3, 1, Core::CortexM4), 15.0 / 18.0);
        close(limit(3, 2, Core::CortexM7), 21.0 / 18.0);
        close(limit(5, 1, Core::CortexM7), 27.0 / 30.0);
        close(limit(7, 1, Core::CortexM7), 36.0 / 42.0);
    }

    #[test]
    fn cores_without_smlad_and_plain_kernels_have_none() {
        assert_eq!(
            blocking_limit(Kernel::Pointwise, &conv(), Core::CortexM3),
            None
        );
        assert_eq!(blocking_limit(Kernel::Plain, &conv(), Core::CortexM7), None);
    }
}
