//! What the commands print, as data: the JSON of `--json`. Field names are stable and carry their units.

use crate::format::visible;
use crate::stages;
use serde::Serialize;
use tinyscope_board::Measurement;
use tinyscope_core::Diagnostic;
use tinyscope_core::plan::{Plan, Schedule, Segment, SegmentTotals, Step};
use tinyscope_core::schedule::InputMode;

/// One step of a schedule.
#[derive(Debug, Serialize)]
pub struct StepReport {
    /// Step number.
    pub id: u32,
    /// Description for people.
    pub name: String,
    /// Operator type.
    pub op: &'static str,
    /// Output height, width, channels.
    pub output_shape: [usize; 3],
    /// Multiply-accumulates, recomputed halos included.
    pub macs: u64,
    /// Bytes live while it runs, scratch included.
    pub live_bytes: usize,
    /// Working memory of its kernel.
    pub scratch_bytes: usize,
    /// Estimated cycles on the target.
    pub cycles_estimated: u64,
    /// Cycles by the board's counter, smallest of the runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cycles_measured: Option<u64>,
    /// Instructions, where the board counts them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instructions: Option<u64>,
    /// Whether the board's output equals the host's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bit_exact: Option<bool>,
}

/// Consecutive steps that are run in one way.
#[derive(Debug, Serialize)]
pub struct StageReport {
    /// Its first step.
    pub first_step: usize,
    /// Its last step.
    pub last_step: usize,
    /// The way, as `--stage` takes it.
    pub method: String,
    /// The way in words.
    pub name: String,
    /// What it comes to.
    #[serde(flatten)]
    pub totals: SegmentTotals,
    /// As scheduled over layer by layer.
    pub macs_factor: f64,
}

/// A plan.
#[derive(Debug, Serialize)]
pub struct PlanReport {
    /// Model name, escaped.
    pub model: String,
    /// Chip the plan is for.
    pub chip: String,
    /// How it is run.
    pub schedule: Schedule,
    /// How the network's input comes: `resident` in the arena, or by `rows` from a callback.
    pub input: InputMode,
    /// The whole network as stages, each run in one way.
    pub stages: Vec<StageReport>,
    /// Multiply-accumulates as scheduled.
    pub macs: u64,
    /// As scheduled over layer by layer.
    pub macs_factor: f64,
    /// Weights and biases.
    pub parameters: usize,
    /// The arena: tensors, scratch, input and output.
    pub peak_sram_bytes: usize,
    /// Tensors alone.
    pub peak_activation_bytes: usize,
    /// Scratch at the peak.
    pub scratch_bytes: usize,
    /// The step with the most live bytes.
    pub peak_step: usize,
    /// Weights (computed) plus code (estimated).
    pub flash_bytes: usize,
    /// Weights and constants alone, computed.
    pub flash_weights_bytes: usize,
    /// Estimated cycles of one inference.
    pub cycles_estimated: u64,
    /// Bytes of SRAM that the arena may take.
    pub sram_budget_bytes: usize,
    /// Bytes of flash on the chip.
    pub flash_budget_bytes: usize,
    /// Everything import and planning had to say.
    pub diagnostics: Vec<Diagnostic>,
    /// Steps in execution order.
    pub steps: Vec<StepReport>,
}

/// The report of a plan; `notes` are import's diagnostics.
pub fn plan_report(plan: &Plan, notes: &[Diagnostic]) -> PlanReport {
    let totals = &plan.totals;
    PlanReport {
        model: visible(&plan.graph.name),
        chip: plan.target.chip.clone(),
        schedule: plan.choices.schedule.clone(),
        input: plan.choices.input,
        stages: (plan.segments.iter())
            .map(|segment| stage_report(plan, segment))
            .collect(),
        macs: totals.macs,
        macs_factor: factor(totals.macs, totals.macs_once),
        parameters: totals.parameters,
        peak_sram_bytes: totals.peak_sram_bytes,
        peak_activation_bytes: totals.peak_activation_bytes,
        scratch_bytes: totals.scratch_bytes,
        peak_step: totals.peak_step,
        flash_bytes: totals.flash.weights + totals.flash.code_estimated,
        flash_weights_bytes: totals.flash.weights,
        cycles_estimated: totals.cycles_estimated,
        sram_budget_bytes: plan.target.arena_budget_bytes(),
        flash_budget_bytes: plan.target.flash_bytes,
        diagnostics: notes.iter().chain(&plan.diagnostics).cloned().collect(),
        steps: plan
            .steps
            .iter()
            .map(|step| step_report(plan, step))
            .collect(),
    }
}

fn stage_report(plan: &Plan, segment: &Segment) -> StageReport {
    let totals = plan.segment_totals(segment);
    StageReport {
        first_step: segment.steps.start,
        last_step: segment.steps.end.saturating_sub(1),
        method: stages::method_text(segment.method),
        name: stages::method_name(segment.method),
        totals,
        macs_factor: factor(totals.macs, totals.macs_once),
    }
}

fn factor(macs: u64, once: u64) -> f64 {
    if once == 0 {
        1.0
    } else {
        macs as f64 / once as f64
    }
}

fn step_report(plan: &Plan, step: &Step) -> StepReport {
    StepReport {
        id: step.id.0,
        name: step.name.clone(),
        op: plan.graph.op(step.op).kind.name(),
        output_shape: plan.graph.tensor(step.output.tensor).hwc(),
        macs: step.macs,
        live_bytes: step.live.total(),
        scratch_bytes: step.live.scratch,
        cycles_estimated: step.cycles_estimated,
        cycles_measured: None,
        instructions: None,
        bit_exact: None,
    }
}

/// A measurement beside the plan it was made of.
#[derive(Debug, Serialize)]
pub struct MeasureReport<'a> {
    /// The plan, with measured cycles filled in.
    #[serde(flatten)]
    pub plan: PlanReport,
    /// `virtual` or the probe.
    pub board: &'a str,
    /// Where the cycles come from.
    pub provenance: &'a str,
    /// Whether the cycles were simulated.
    pub simulated: bool,
    /// Every step and the output equal the host's.
    pub bit_exact: bool,
    /// Smallest of the runs.
    pub total_cycles: u64,
    /// Whole inference; virtual board only.
    pub instructions: Option<u64>,
    /// Deepest stack use.
    pub stack_bytes: u32,
    /// Guards around the arena were intact.
    pub guards_intact: bool,
    /// Core clock that milliseconds are computed with.
    pub clock_hz: u64,
    /// Total cycles at that clock.
    pub milliseconds: f64,
    /// Flash of the built image.
    pub image_flash_bytes: u64,
    /// Static RAM of the built image.
    pub image_ram_bytes: u64,
    /// Compiler and version.
    pub toolchain: &'a str,
    /// Compiler flags.
    pub flags: &'a str,
    /// The first difference, when there is one.
    pub difference: &'a Option<tinyscope_board::Difference>,
}

/// The report of a measurement.
pub fn measure_report<'a>(
    plan: &Plan,
    notes: &[Diagnostic],
    measured: &'a Measurement,
) -> MeasureReport<'a> {
    let mut report = plan_report(plan, notes);
    for (step, result) in report.steps.iter_mut().zip(&measured.steps) {
        step.cycles_measured = result.cycles.iter().min().copied();
        step.instructions = result.instructions;
        step.bit_exact = Some(result.bit_exact);
    }
    report.chip.clone_from(&measured.chip);
    MeasureReport {
        plan: report,
        board: &measured.board,
        provenance: &measured.provenance,
        simulated: measured.simulated,
        bit_exact: measured.bit_exact,
        total_cycles: measured.total_cycles,
        instructions: measured.instructions,
        stack_bytes: measured.stack_bytes,
        guards_intact: measured.guards_intact,
        clock_hz: measured.clock_hz,
        milliseconds: measured.total_cycles as f64 * 1e3 / measured.clock_hz.max(1) as f64,
        image_flash_bytes: measured.flash_bytes,
        image_ram_bytes: measured.ram_bytes,
        toolchain: &measured.toolchain,
        flags: &measured.flags,
        difference: &measured.difference,
    }
}
