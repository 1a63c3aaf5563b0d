//! Estimated cycles: instructions per multiply-accumulate and per output element of each kernel, times cycles per
//! instruction of each core. Coarse by design: it ranks steps and schedules; a measurement replaces it.
//!
//! Sources of the instruction counts: counted on QEMU's Cortex-M7 over whole layers of prototype kernels
//! (pointwise 8→48, 16→48 and 48→48 fit 0.81/MAC + 4.9/output; stem 3×3 over 27 taps; depthwise 3×3, 5×5 at strides
//! 1 and 2; addition 5.8/element). The rest, marked (assumed), stand until a fit replaces them.

use super::Kernel;
use crate::graph::OpKind;
use crate::plan::Core;

/// What a step does, in the units that cost is counted in.
#[derive(Clone, Copy, Debug)]
pub struct Work<'a> {
    /// The operator.
    pub kind: &'a OpKind,
    /// The kernel that runs it.
    pub kernel: Kernel,
    /// Multiply-accumulates, recomputed ones included.
    pub macs: u64,
    /// Elements read, over all patches.
    pub inputs: u64,
    /// Elements written, over all patches.
    pub outputs: u64,
}

/// Instructions in thousandths: per multiply-accumulate, per input element, per output element.
struct Rate {
    mac: u64,
    input: u64,
    output: u64,
}

const fn rate(mac: u64, input: u64, output: u64) -> Rate {
    Rate { mac, input, output }
}

fn rate_of(work: &Work<'_>) -> Rate {
    match (work.kernel, work.kind) {
        (Kernel::Pointwise, _) => rate(811, 0, 4_900),
        (Kernel::Im2col, _) => rate(840, 0, 7_900),
        (Kernel::Dense, _) => rate(1_000, 2_000, 8_000), // (assumed)
        (Kernel::DepthwisePlanes { .. }, kind) => {
            let window = kind.window();
            let [kh, kw] = window.map_or([1, 1], |w| w.kernel);
            let strided = window.is_some_and(|w| w.stride[1] > 1);
            // Tap pairs at 1.53 instructions and 4.1 around them; columns two apart cost 1.43 times as much.
            let once = 4_100 + 1_530 * (kh * kw.div_ceil(2)) as u64;
            rate(0, 0, if strided { once * 143 / 100 } else { once })
        }
        (Kernel::AddPacked, _) => rate(0, 0, 5_800),
        // (assumed) from here: plain C.
        (_, OpKind::Conv2d(_) | OpKind::FullyConnected(_)) => rate(4_000, 0, 25_000),
        (_, OpKind::DepthwiseConv2d(_)) => rate(7_000, 0, 25_000),
        (_, OpKind::Add(_)) => rate(0, 0, 45_000),
        (_, OpKind::AveragePool2d(pool) | OpKind::MaxPool2d(pool)) => {
            let [kh, kw] = pool.window.kernel;
            rate(0, 0, 12_000 + 5_000 * (kh * kw) as u64)
        }
        (_, OpKind::Mean(_)) => rate(0, 3_000, 25_000),
        (_, OpKind::Softmax { .. }) => rate(0, 0, 250_000),
        (_, OpKind::Quantize | OpKind::Dequantize) => rate(0, 0, 20_000),
        (_, OpKind::Pad(_) | OpKind::Reshape | OpKind::Transpose { .. }) => rate(0, 0, 4_000),
    }
}

/// Cycles per instruction, in thousandths. The M7's 1.4 instructions a cycle is what published times of int8
/// networks on STM32H743 give; the others are assumed from their pipelines.
const fn millicycles_per_instruction(core: Core) -> u64 {
    match core {
        Core::CortexM7 => 714,
        Core::CortexM4 | Core::CortexM33 => 1_150,
        Core::CortexM3 | Core::Other => 1_300,
        Core::CortexM0Plus => 1_500,
    }
}

/// Estimated cycles of a step on a core, caches and wait states not counted.
pub fn estimate_cycles(work: &Work<'_>, core: Core) -> u64 {
    let Rate { mac, input, output } = rate_of(work);
    let milli_instructions = [
        (work.macs, mac),
        (work.inputs, input),
        (work.outputs, output),
    ]
    .into_iter()
    .map(|(count, each)| count.saturating_mul(each))
    .fold(0_u64, u64::saturating_add);
    (milli_instructions / 1_000).saturating_mul(millicycles_per_instruction(core)) / 1_000
}
