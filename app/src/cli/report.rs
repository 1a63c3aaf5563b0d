//! What the commands print, as data: the JSON of `--json`. Field names are stable and carry their units.

use crate::format::visible;
use crate::stages;
use serde::Serialize;
use tinyscope_board::measure::{
    Agreement, Clock, Difference, Energy, InputResult, Measurement, StageTime, Statistics,
};
use tinyscope_board::record::Correction;
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
    /// Median of the runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cycles_median: Option<u64>,
    /// Largest less smallest of the runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cycles_spread: Option<u64>,
    /// Estimated cycles, corrected by measurements of the chip; an estimate still.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cycles_corrected: Option<u64>,
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
    /// What measurements of the chip make of the estimate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correction: Option<CorrectionReport>,
    /// Bytes of SRAM that the arena may take.
    pub sram_budget_bytes: usize,
    /// Bytes of flash on the chip.
    pub flash_budget_bytes: usize,
    /// Everything import and planning had to say.
    pub diagnostics: Vec<Diagnostic>,
    /// Steps in execution order.
    pub steps: Vec<StepReport>,
}

/// An estimate corrected by measurements.
#[derive(Debug, Serialize)]
pub struct CorrectionReport {
    /// Cycles of one inference: estimated, then corrected.
    pub cycles_corrected: u64,
    /// What it must say of itself.
    pub label: String,
    /// Factors, errors, and what they rest on.
    #[serde(flatten)]
    pub correction: Correction,
}

/// The report of a plan; `notes` are import's diagnostics.
pub fn plan_report(
    plan: &Plan,
    notes: &[Diagnostic],
    correction: Option<&Correction>,
) -> PlanReport {
    let totals = &plan.totals;
    let corrected = correction.map(|correction| correction.apply(plan));
    let corrected_step = |index: usize| corrected.as_ref()?.steps.get(index).copied();
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
        correction: correction.map(|correction| CorrectionReport {
            cycles_corrected: corrected.as_ref().map_or(0, |corrected| corrected.total),
            label: visible(&correction.label()),
            correction: correction.clone(),
        }),
        sram_budget_bytes: plan.target.arena_budget_bytes(),
        flash_budget_bytes: plan.target.flash_bytes,
        diagnostics: notes.iter().chain(&plan.diagnostics).cloned().collect(),
        steps: plan
            .steps
            .iter()
            .enumerate()
            .map(|(index, step)| StepReport {
                cycles_corrected: corrected_step(index),
                ..step_report(plan, step)
            })
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
        cycles_median: None,
        cycles_spread: None,
        cycles_corrected: None,
        instructions: None,
        bit_exact: None,
    }
}

/// A measurement beside the plan it was made of.
#[derive(Debug, Serialize)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct MeasureReport<'a> {
    /// The plan, with measured cycles filled in.
    #[serde(flatten)]
    pub plan: PlanReport,
    /// What was measured, where its names are not those below.
    #[serde(skip)]
    pub measurement: &'a Measurement,
    /// `virtual` or the probe.
    pub board: &'a str,
    /// The probe's own name.
    pub board_name: &'a str,
    /// The probe's serial number.
    pub serial: Option<&'a str>,
    /// Where the cycles come from.
    pub provenance: &'a str,
    /// Whether the cycles were simulated.
    pub simulated: bool,
    /// By which timing model, if so.
    pub timing_model: Option<&'a str>,
    /// Whether the answers were held against the host's.
    pub compared: bool,
    /// Every step and the output equal the host's.
    pub bit_exact: bool,
    /// Smallest of the runs.
    pub total_cycles: u64,
    /// Over the runs, in cycles.
    pub total: Statistics,
    /// Runs before those that count.
    pub warm_up: u32,
    /// Whole inference; virtual board only.
    pub instructions: Option<u64>,
    /// Deepest stack use.
    pub stack_bytes: u32,
    /// Stack that the image reserves.
    pub stack_reserved_bytes: u32,
    /// Bytes of the arena up to the last that was written, where the firmware tells.
    pub arena_touched_bytes: Option<u64>,
    /// Guards around the arena were intact.
    pub guards_intact: bool,
    /// Core clock, rated and measured.
    pub clock: Clock,
    /// Core clock that milliseconds are computed with.
    pub clock_hz: u64,
    /// Total cycles at that clock.
    pub milliseconds: f64,
    /// Which caches were on.
    pub caches: &'a str,
    /// Energy of one inference, estimated.
    pub energy: Option<&'a Energy>,
    /// Flash of the built image.
    pub image_flash_bytes: u64,
    /// Static RAM of the built image.
    pub image_ram_bytes: u64,
    /// Compiler and version.
    pub toolchain: &'a str,
    /// The compiler's path.
    pub compiler: &'a str,
    /// Compiler flags.
    pub flags: &'a str,
    /// Of the C that the plan prints.
    pub plan_sha256: &'a str,
    /// Of the C that was built.
    pub program_sha256: &'a str,
    /// Of the linked image.
    pub firmware_sha256: &'a str,
    /// Of the inputs.
    pub inputs_sha256: &'a str,
    /// Files that are not as printed.
    pub edited: &'a [String],
    /// The image is an earlier build's.
    pub build_reused: bool,
    /// The chip held the image already.
    pub flash_reused: bool,
    /// Where the inputs are from.
    pub inputs_about: &'a str,
    /// Sums over the inputs.
    pub agreement: Agreement,
    /// Every input.
    pub inputs: &'a [InputResult],
    /// Names of the classes that labels number.
    pub classes: &'a [String],
    /// The first difference, when there is one.
    pub difference: &'a Option<Difference>,
    /// Wall time of each stage.
    pub stage_times: &'a [StageTime],
    /// The file that it is kept in.
    pub record: Option<String>,
}

/// The report of a measurement that is kept in the file `record`.
pub fn measure_report<'a>(
    plan: &Plan,
    notes: &[Diagnostic],
    m: &'a Measurement,
    correction: Option<&Correction>,
    record: Option<String>,
) -> MeasureReport<'a> {
    let mut report = plan_report(plan, notes, correction);
    for (step, result) in report.steps.iter_mut().zip(&m.steps) {
        let cycles = result.statistics();
        step.cycles_measured = Some(cycles.minimum);
        step.cycles_median = Some(cycles.median);
        step.cycles_spread = Some(cycles.spread());
        step.instructions = result.instructions;
        step.bit_exact = m.compared.then_some(result.bit_exact);
    }
    report.chip.clone_from(&m.chip);
    MeasureReport {
        plan: report,
        measurement: m,
        board: &m.board,
        board_name: &m.board_name,
        serial: m.serial.as_deref(),
        provenance: &m.provenance,
        simulated: m.simulated,
        timing_model: m.timing_model.as_deref(),
        compared: m.compared,
        bit_exact: m.bit_exact,
        total_cycles: m.total_cycles,
        total: m.total(),
        warm_up: m.warm_up,
        instructions: m.instructions,
        stack_bytes: m.stack_bytes,
        stack_reserved_bytes: m.stack_reserved_bytes,
        arena_touched_bytes: m.arena_touched_bytes,
        guards_intact: m.guards_intact,
        clock: m.clock,
        clock_hz: m.clock_hz,
        milliseconds: m.milliseconds(),
        caches: &m.caches,
        energy: m.energy.as_ref(),
        image_flash_bytes: m.flash_bytes,
        image_ram_bytes: m.ram_bytes,
        toolchain: &m.toolchain,
        compiler: &m.compiler,
        flags: &m.flags,
        plan_sha256: &m.plan_sha256,
        program_sha256: &m.program_sha256,
        firmware_sha256: &m.firmware_sha256,
        inputs_sha256: &m.inputs_sha256,
        edited: &m.edited,
        build_reused: m.build_reused,
        flash_reused: m.flash_reused,
        inputs_about: &m.inputs_about,
        agreement: m.agreement(),
        inputs: &m.inputs,
        classes: &m.classes,
        difference: &m.difference,
        stage_times: &m.stage_times,
        record,
    }
}
