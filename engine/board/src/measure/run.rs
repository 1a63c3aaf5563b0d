//! Build, attach, flash, run, compare: the part of a measurement that needs a board.

use super::compare::find_difference;
use super::currents::typical_supply;
use super::energy::Energy;
use super::host::Answer;
use super::request::{Inputs, Sample};
use super::result::{Clock, Difference, InputResult, Measurement, StepMeasurement};
use super::{Job, ProgramFiles, setup};
use crate::build::{Build, build_with};
use crate::cache::build_cached;
use crate::error::BoardError;
use crate::firmware::caches_in_words;
use crate::hash;
use crate::probe::VirtualChip;
use crate::protocol::{Hello, RunReport};
use crate::session::{
    Board, ClockReading, FlashOptions, Program, attach_with, check, flash, start,
};
use crate::toolchain::search_path;
use crate::types::Stage;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};
use tinyscope_core::plan::StepId;
use tinyscope_core::quant::Value;
use tinyscope_core::quant::calibrate::argmax;

/// Answers of the host, in the order of the inputs.
type Answers = Receiver<Result<Answer, BoardError>>;

/// What came of the runs.
struct Outcome {
    /// Measured runs of the first input, in order.
    reports: Vec<RunReport>,
    inputs: Vec<InputResult>,
    /// Per step, whether it was the host's in every run of every input.
    exact: Vec<bool>,
    /// Every step and output was.
    bit_exact: bool,
    stack_bytes: u32,
    difference: Option<Difference>,
}

impl Job<'_> {
    pub(super) fn build_and_run(
        &mut self,
        program: &ProgramFiles,
        inputs: &[Vec<i8>],
        answers: &Answers,
    ) -> Result<Measurement, BoardError> {
        let plan = &self.request.plan;
        let layout = setup::layout(plan)?;
        setup::fits(plan)?;
        // Compiling takes seconds; a board that is not there or not this chip is known now.
        check(&self.request.board, &plan.target)?;
        let build = self.build(&program.files)?;

        let started = Instant::now();
        let attaching = format!("{} on {}", plan.target.chip, self.request.board);
        self.report(Stage::Attach, 0.0, attaching);
        let options = &self.request.attach;
        let mut board = attach_with(&self.request.board, &plan.target, options)?;
        self.took(Stage::Attach, started.elapsed());

        let options = FlashOptions::default();
        let flashing = flash(
            &mut board,
            &build.bytes,
            options,
            self.progress,
            self.cancel,
        )?;
        self.took(Stage::Erase, flashing.erase);
        self.took(Stage::Program, flashing.program);
        self.took(Stage::Verify, flashing.verify);

        let facts = Facts::of(&board);
        let started = Instant::now();
        let mut running = start(&mut board, &build.image, &layout, self.cancel)?;
        let hello = running.hello;
        let outcome = self.run(&mut running, facts.is_virtual, inputs, answers, started)?;
        let clock = clock(plan.target.clock_hz, &running.measure_clock()?);
        self.report(Stage::Compare, 1.0, String::new());
        let measured = self.assemble(program, &build, &facts, &hello, inputs, outcome);
        Ok(Measurement {
            flash_reused: flashing.is_reused(),
            clock,
            clock_hz: clock.hz(),
            energy: (self.request.supply.clone())
                .or_else(|| typical_supply(&measured.chip, clock.hz()))
                .and_then(|supply| Energy::of(measured.total_cycles, clock.hz(), &supply)),
            ..measured
        })
    }

    fn build(&mut self, files: &[(String, String)]) -> Result<Build, BoardError> {
        let started = Instant::now();
        let request = self.request;
        let target = &request.plan.target;
        let (path, environment) = search_path();
        let compiler = request.compiler.as_deref().map(Into::into).or(environment);
        let compiler = (&*path, compiler.as_deref());
        let build = match (&request.build_dir, &request.build_cache) {
            (Some(folder), _) => {
                build_with(files, target, folder, compiler, self.progress, self.cancel)
            }
            (None, Some(cache)) => {
                build_cached(files, target, cache, compiler, self.progress, self.cancel)
            }
            (None, None) => {
                let folder = tempfile::tempdir().map_err(|source| BoardError::Io {
                    path: std::env::temp_dir(),
                    source,
                })?;
                build_with(
                    files,
                    target,
                    folder.path(),
                    compiler,
                    self.progress,
                    self.cancel,
                )
            }
        }?;
        self.took(Stage::Compile, started.elapsed());
        Ok(build)
    }

    /// Warm-up and measured runs of the first input, one run of every other, each held against the host's.
    fn run(
        &mut self,
        program: &mut Program<'_>,
        is_virtual: bool,
        inputs: &[Vec<i8>],
        answers: &Answers,
        started: Instant,
    ) -> Result<Outcome, BoardError> {
        let request = self.request;
        let counter = if is_virtual {
            tinyscope_vmcu::INSTRUCTION_COUNTER
        } else {
            0
        };
        let (warm_up, runs) = (request.warm_up, request.runs.max(1));
        let total = warm_up as usize + runs as usize + inputs.len() - 1;
        let mut comparing = Duration::ZERO;
        let mut outcome = Outcome {
            reports: Vec::with_capacity(runs as usize),
            inputs: Vec::with_capacity(inputs.len()),
            exact: vec![request.compare; request.plan.steps.len()],
            bit_exact: request.compare,
            stack_bytes: 0,
            difference: None,
        };
        let mut differing = None;
        let mut done = 0;
        for (index, input) in inputs.iter().enumerate() {
            let (before, counted) = if index == 0 { (warm_up, runs) } else { (0, 1) };
            let mut reports = Vec::with_capacity(counted as usize);
            for run in 0..before + counted {
                let message = if index > 0 {
                    format!("input {} of {}", index + 1, inputs.len())
                } else if run < before {
                    format!("warm-up {} of {before}", run + 1)
                } else {
                    format!("run {} of {runs}", run - before + 1)
                };
                self.report(Stage::Run, done as f32 / total as f32, message);
                let report = program.run(input, counter, request.timeout, self.cancel)?;
                if report.guards != 3 {
                    let limit = request.timeout;
                    return Err(program.stray_write(input, &report, limit, self.cancel)?);
                }
                outcome.stack_bytes = outcome.stack_bytes.max(report.stack_bytes);
                if run >= before {
                    reports.push(report);
                }
                done += 1;
            }
            let waiting = Instant::now();
            let answer = if request.compare {
                Some(next(answers)?)
            } else {
                None
            };
            let result = self.judge(index, &reports, answer.as_ref(), &mut outcome.exact);
            if request.compare && !result.bit_exact {
                outcome.bit_exact = false;
                if differing.is_none()
                    && let Some(step) = first_differing(&reports, answer.as_ref())
                {
                    differing = Some((index, step));
                }
            }
            comparing += waiting.elapsed();
            outcome.inputs.push(result);
            if index == 0 {
                outcome.reports = reports;
            }
        }
        self.took(Stage::Run, started.elapsed().saturating_sub(comparing));

        let started = Instant::now();
        self.report(Stage::Compare, 0.0, String::new());
        if let Some((index, step)) = differing {
            outcome.difference = find_difference(
                program,
                &request.plan,
                step,
                (index, &inputs[index]),
                request.timeout,
                self.cancel,
            )?;
        }
        self.took(Stage::Compare, started.elapsed() + comparing);
        Ok(outcome)
    }

    /// One input's runs against the host's answer; `exact` becomes false for every step that differs.
    fn judge(
        &self,
        index: usize,
        reports: &[RunReport],
        answer: Option<&Answer>,
        exact: &mut [bool],
    ) -> InputResult {
        let sample = match &self.request.inputs {
            Inputs::Seeded(seed) => Sample {
                name: format!("random codes, seed {seed}"),
                ..Sample::default()
            },
            Inputs::Given(samples) => Sample {
                codes: Vec::new(),
                ..samples.items.get(index).cloned().unwrap_or_default()
            },
        };
        let mut bit_exact = answer.is_some();
        if let Some(answer) = answer {
            for report in reports {
                for (step, (found, digest)) in report.steps.iter().zip(&answer.digests).enumerate()
                {
                    let same = found.digest == *digest;
                    exact[step] &= same;
                    bit_exact &= same;
                }
                bit_exact &= codes(&report.output) == answer.output;
            }
        }
        let graph = &self.request.plan.graph;
        let first_output = graph
            .outputs
            .first()
            .map_or(0, |&id| graph.tensor(id).bytes());
        let class = |codes: &[i8]| {
            let first = codes.get(..first_output)?.to_vec();
            argmax(&Value::I8(first)).and_then(|class| u32::try_from(class).ok())
        };
        InputResult {
            name: sample.name,
            label: sample.label,
            target_argmax: reports.first().and_then(|r| class(&codes(&r.output))),
            host_argmax: answer.and_then(|answer| class(&answer.output)),
            bit_exact,
            cycles: reports.iter().map(|r| r.cycles).min().unwrap_or(0),
        }
    }

    fn assemble(
        &mut self,
        program: &ProgramFiles,
        build: &Build,
        facts: &Facts,
        hello: &Hello,
        inputs: &[Vec<i8>],
        outcome: Outcome,
    ) -> Measurement {
        let request = self.request;
        let plan = &request.plan;
        let caches = caches_in_words(hello.caches);
        let provenance = match &facts.timing_model {
            Some(model) => format!("simulated, timing model {model}"),
            None => format!(
                "measured through {}; clock as after reset, {caches}",
                facts.name
            ),
        };
        let reports = &outcome.reports;
        let counted = |instructions: u64| facts.is_virtual.then_some(instructions);
        let steps = plan.steps.iter().enumerate().map(|(index, step)| {
            let of = |report: &RunReport| report.steps.get(index).copied();
            StepMeasurement {
                id: step.id,
                cycles: reports.iter().filter_map(of).map(|s| s.cycles).collect(),
                instructions: reports
                    .first()
                    .and_then(of)
                    .and_then(|s| counted(s.instructions)),
                bit_exact: outcome.exact[index],
            }
        });
        let cycles: Vec<u64> = reports.iter().map(|r| r.cycles).collect();
        let total_cycles = cycles.iter().copied().min().unwrap_or(0);
        let (inputs_about, classes) = match &request.inputs {
            Inputs::Seeded(seed) => (format!("random codes, seed {seed}"), Vec::new()),
            Inputs::Given(samples) => (samples.about.clone(), samples.classes.clone()),
        };
        Measurement {
            board: request.board.clone(),
            board_name: facts.name.clone(),
            serial: facts.serial.clone(),
            chip: plan.target.chip.clone(),
            provenance,
            simulated: facts.is_virtual,
            timing_model: facts.timing_model.clone(),
            toolchain: build.toolchain.version.clone(),
            compiler: build.toolchain.program.to_string_lossy().into_owned(),
            flags: build.flags.clone(),
            plan_sha256: program.plan_sha256.clone(),
            program_sha256: program.program_sha256.clone(),
            firmware_sha256: hash::of_bytes(&build.bytes),
            edited: program.edited.clone(),
            build_reused: build.reused,
            caches,
            runs: request.runs.max(1),
            warm_up: request.warm_up,
            steps: steps.collect(),
            total_cycles,
            cycles,
            instructions: reports.first().and_then(|r| counted(r.instructions)),
            stack_bytes: outcome.stack_bytes,
            stack_reserved_bytes: build.image.stack_bytes as u32,
            arena_bytes: plan.totals.peak_sram_bytes as u64,
            arena_touched_bytes: (reports.iter())
                .map(|report| u64::from(report.arena_high_water))
                .max(),
            // Else it was an error.
            guards_intact: true,
            flash_bytes: build.image.flash_bytes,
            ram_bytes: build.image.ram_bytes,
            compared: request.compare,
            bit_exact: outcome.bit_exact,
            difference: outcome.difference,
            output: reports
                .first()
                .map(|r| codes(&r.output))
                .unwrap_or_default(),
            inputs_about,
            inputs_sha256: hash::of_codes(inputs.iter().map(Vec::as_slice)),
            inputs: outcome.inputs,
            classes,
            stage_times: std::mem::take(&mut self.times),
            ..Measurement::default()
        }
    }
}

/// The core clock: rated, and measured where there is one to measure.
fn clock(rated_hz: u64, reading: &ClockReading) -> Clock {
    let ppm = || {
        let millionths = (u128::from(reading.error_hz) * 1_000_000).div_ceil(reading.hz.into());
        u32::try_from(millionths).unwrap_or(u32::MAX)
    };
    let measured = reading.measured && reading.hz > 0;
    Clock {
        rated_hz,
        measured_hz: measured.then_some(reading.hz),
        error_ppm: measured.then(ppm),
    }
}

/// The host's next answer.
fn next(answers: &Answers) -> Result<Answer, BoardError> {
    answers.recv().unwrap_or_else(|_| {
        Err(BoardError::Model {
            message: "the host's run ended early".to_owned(),
        })
    })
}

fn codes(bytes: &[u8]) -> Vec<i8> {
    bytes.iter().map(|&byte| byte as i8).collect()
}

/// The first step that differs in any of the runs.
fn first_differing(reports: &[RunReport], answer: Option<&Answer>) -> Option<StepId> {
    let digests = &answer?.digests;
    let differs = |step: usize| {
        reports
            .iter()
            .any(|r| r.steps[step].digest != digests[step])
    };
    let steps = digests.len().min(reports.first()?.steps.len());
    let step = (0..steps).find(|&step| differs(step))?;
    Some(StepId(step as u32))
}

/// What a measurement says of its board.
struct Facts {
    is_virtual: bool,
    name: String,
    serial: Option<String>,
    timing_model: Option<String>,
}

impl Facts {
    fn of(board: &Board) -> Self {
        let model = |chip: &VirtualChip| chip.timing_model().to_owned();
        Self {
            is_virtual: board.is_virtual,
            name: board.name.clone(),
            // The third part of a probe's identifier.
            serial: board.id.splitn(3, ':').nth(2).map(str::to_owned),
            timing_model: board.virtual_chip.as_ref().map(model),
        }
    }
}
