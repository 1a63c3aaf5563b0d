//! How good the generated kernels are: a measurement's instructions and cycles per multiply-accumulate, by kernel and
//! shape, beside what others published. Knows nothing of how a measurement is made.

use crate::measure::Measurement;
use serde::Serialize;
use tinyscope_core::cost::blocking_limit;
use tinyscope_core::graph::{Graph, OpKind};
use tinyscope_core::plan::{Plan, Step};

/// Multiply-accumulates of one SMLAD.
const SMLAD_MACS: f64 = 2.0;

/// All steps of one kernel and shape.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KernelRow {
    /// The kernel's family, as records keep it.
    pub kernel: &'static str,
    /// The operator: `1×1 48→24`, `dw 3×3 s2`.
    pub operator: String,
    /// `[height, width, channels]` of the input.
    pub input: [usize; 3],
    /// Steps of this kind.
    pub steps: u32,
    /// Multiply-accumulates of all of them as the plan counts them: over the whole map, padding included.
    pub macs: u64,
    /// Output elements of all of them.
    pub elements: u64,
    /// Instructions; only the virtual board counts them.
    pub instructions: Option<u64>,
    /// Cycles of the fastest runs.
    pub cycles: u64,
    /// TinyEngine's instructions per multiply-accumulate for this kind of layer, as published.
    pub tinyengine: Option<&'static str>,
    /// Instructions per multiply-accumulate that the registers allow the kernel's inner loop
    /// ([`blocking_limit`]).
    pub blocking_limit: Option<f64>,
    /// What the project wants a whole layer of this kind to take at most, in instructions for each unit of
    /// [`Self::work`].
    pub goal: Option<f64>,
}

impl KernelRow {
    /// What costs are counted by: multiply-accumulates, or output elements where there are none.
    pub const fn work(&self) -> u64 {
        if self.macs > 0 {
            self.macs
        } else {
            self.elements
        }
    }

    /// Instructions for each unit of [`Self::work`].
    pub fn instructions_per_work(&self) -> Option<f64> {
        Some(self.instructions? as f64 / self.work().max(1) as f64)
    }

    /// Cycles for each unit of [`Self::work`].
    pub fn cycles_per_work(&self) -> f64 {
        self.cycles as f64 / self.work().max(1) as f64
    }

    /// The part of the instructions that would be left if all were SMLADs with both halves in use: 1 is the limit of
    /// cores with the DSP extension.
    pub fn smlad_share(&self) -> Option<f64> {
        let instructions = self.instructions.filter(|&n| n > 0 && self.macs > 0)?;
        Some(self.macs as f64 / SMLAD_MACS / instructions as f64)
    }

    /// How close the whole layer comes to what the registers allow its inner loop: 1 is there. Above 1 where the kernel
    /// skips padding that counts as work.
    pub fn blocking_share(&self) -> Option<f64> {
        let instructions = self.instructions_per_work().filter(|&n| n > 0.0)?;
        Some(self.blocking_limit? / instructions)
    }
}

/// The steps of a measurement, those of one kernel and shape together, in the order they first run.
pub fn kernels(plan: &Plan, measurement: &Measurement) -> Vec<KernelRow> {
    let mut rows: Vec<KernelRow> = Vec::new();
    for step in &plan.steps {
        let Some(measured) = measurement.steps.iter().find(|m| m.id == step.id) else {
            continue;
        };
        let graph = &plan.graph;
        let input = (step.inputs.first()).map_or([0; 3], |o| graph.tensor(o.tensor).hwc());
        let elements = graph.tensor(step.output.tensor).elements() as u64;
        let kernel = step.kernel.family();
        let cycles = measured.cycles.iter().min().copied().unwrap_or_default();
        let same = |row: &&mut KernelRow| {
            row.kernel == kernel && row.operator == step.name && row.input == input
        };
        if let Some(row) = rows.iter_mut().find(same) {
            row.steps += 1;
            row.macs += step.macs;
            row.elements += elements;
            row.instructions = row
                .instructions
                .zip(measured.instructions)
                .map(|(a, b)| a + b);
            row.cycles += cycles;
        } else {
            rows.push(KernelRow {
                kernel,
                operator: step.name.clone(),
                input,
                steps: 1,
                macs: step.macs,
                elements,
                instructions: measured.instructions,
                cycles,
                tinyengine: tinyengine(graph, step, input),
                blocking_limit: blocking_limit(
                    step.kernel,
                    &graph.op(step.op).kind,
                    plan.target.core,
                ),
                goal: goal(graph, step, input).filter(|_| plan.target.core.has_dsp()),
            });
        }
    }
    rows
}

/// TinyEngine's instructions per multiply-accumulate (an addition: per element) by kind of layer: its generated code and
/// kernels, gcc 12.2 -Ofast, counted on QEMU's Cortex-M7.
fn tinyengine(graph: &Graph, step: &Step, [_, _, channels]: [usize; 3]) -> Option<&'static str> {
    let kind = &graph.op(step.op).kind;
    match kind {
        OpKind::Add(_) => Some("75"),
        OpKind::Conv2d(conv) => match (conv.window.kernel, channels) {
            ([1, 1], 8) => Some("4.5"),
            ([1, 1], 16) => Some("2.8"),
            ([1, 1], 24) => Some("2.2"),
            ([1, 1], 32..) => Some("1.7–1.9"),
            ([3, 3], 3) => Some("1.98"),
            _ => None,
        },
        OpKind::DepthwiseConv2d(conv) => match (conv.window.kernel, conv.window.stride) {
            ([3, 3], [1, 1]) => Some("6.3–6.9"),
            ([3, 3], [2, 2]) => Some("7.3–8.9"),
            ([5, 5], _) => Some("4.2–4.4"),
            ([7, 7], _) => Some("3.4–3.9"),
            _ => None,
        },
        _ => None,
    }
}

/// What a layer is to take at most on a core with the DSP extension: instructions per multiply-accumulate, of an addition
/// per element.
fn goal(graph: &Graph, step: &Step, [_, _, channels]: [usize; 3]) -> Option<f64> {
    match &graph.op(step.op).kind {
        OpKind::Add(_) => Some(14.0),
        OpKind::Conv2d(conv) => match (conv.window.kernel, channels) {
            ([1, 1], 32..) => Some(1.05),
            ([1, 1], 16..) => Some(1.4),
            ([1, 1], 8..) => Some(1.9),
            ([3, 3], 3) => Some(1.25),
            _ => None,
        },
        OpKind::DepthwiseConv2d(conv) => match (conv.window.kernel, conv.window.stride) {
            ([3, 3], [1, 1]) => Some(1.75),
            ([3, 3], [2, 2]) => Some(2.4),
            ([5, 5], _) => Some(1.2),
            ([7, 7], _) => Some(1.0),
            _ => None,
        },
        _ => None,
    }
}

/// A whole network as somebody else runs it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Published {
    /// Name of the model's file without its ending.
    pub model: &'static str,
    /// Who, how and on what.
    pub by: &'static str,
    /// Instructions, counted on QEMU.
    pub instructions: Option<u64>,
    /// Cycles for each multiply-accumulate on silicon.
    pub cycles_per_mac: Option<f64>,
}

const fn counted(model: &'static str, by: &'static str, instructions: u64) -> Published {
    Published {
        model,
        by,
        instructions: Some(instructions),
        cycles_per_mac: None,
    }
}

const fn timed(model: &'static str, by: &'static str, cycles_per_mac: f64) -> Published {
    Published {
        model,
        by,
        instructions: None,
        cycles_per_mac: Some(cycles_per_mac),
    }
}

/// TinyEngine's rows are its code generator and kernels compiled with gcc 12.2 -Ofast; it truncates where the reference
/// rounds unless it requantises in integers. The others are results of the Tiny benchmark of `MLCommons`,
/// v1.1, at the chips' clocks.
const PUBLISHED: [Published; 10] = [
    counted(
        "mcunet_vww",
        "TinyEngine, float requantising, M7",
        34_530_000,
    ),
    counted(
        "mcunet_vww",
        "TinyEngine, integer requantising, M7",
        42_690_000,
    ),
    counted(
        "mcunet-320kb-1mb_imagenet",
        "TinyEngine, float requantising, M7",
        235_400_000,
    ),
    counted(
        "mcunet-320kb-1mb_imagenet",
        "TinyEngine, integer requantising, M7",
        280_700_000,
    ),
    counted("mcunet_detection", "TinyEngine, M7", 54_600_000),
    timed(
        "mcunet_vww",
        "TinyEngine's range on the STM32H743, from",
        1.77,
    ),
    timed("mcunet_vww", "TinyEngine's range on the STM32H743, to", 2.5),
    timed("vww_96_int8", "Plumerai, MLPerf Tiny v1.1, STM32F746", 0.98),
    timed("vww_96_int8", "Plumerai, MLPerf Tiny v1.1, STM32L4R5", 1.58),
    timed("vww_96_int8", "ST, MLPerf Tiny v1.1, STM32L4R5", 1.90),
];

/// What others published for a model, by its file's name without ending.
pub fn published(model: &str) -> Vec<Published> {
    let of = |row: &&Published| row.model == model;
    PUBLISHED.iter().filter(of).copied().collect()
}
