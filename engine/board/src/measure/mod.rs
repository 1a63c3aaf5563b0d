//! Plan → C → image → board → figures, compared with the host's run.

mod compare;

use crate::build::{Build, build_project, sources};
use crate::error::BoardError;
use crate::firmware::placement;
use crate::protocol::{Hello, RunReport};
use crate::session::{Board, FlashOptions, Layout, attach, check, flash, start};
use crate::types::{
    Cancel, Difference, MeasureRequest, Measurement, Progress, Stage, StepMeasurement,
};
use compare::{exact_steps, find_difference, host_run};
use std::time::{Duration, Instant};
use tinyscope_core::plan::{Plan, StepId};
use tinyscope_core::quant::{self, Trace, Value};

/// Seed of the input when the request gives none.
const INPUT_SEED: u64 = 1;

/// Generates, builds, flashes, runs and compares.
///
/// # Errors
/// Any [`BoardError`]; a result that differs from the host's is not an error but says so.
pub fn measure(
    request: &MeasureRequest,
    progress: &mut dyn FnMut(Progress),
    cancel: &Cancel,
) -> Result<Measurement, BoardError> {
    report(progress, Stage::Generate, 0.0, String::new());
    let started = Instant::now();
    let files = sources(&request.plan)?;
    let times = vec![(Stage::Generate, started.elapsed())];
    build_and_run(request, &files, times, progress, cancel)
}

fn report(progress: &mut dyn FnMut(Progress), stage: Stage, fraction: f32, message: String) {
    progress(Progress {
        stage,
        fraction,
        message,
    });
}

/// [`measure`] with the C project given, which may have been edited: it is held against the host's run of the plan.
///
/// # Errors
/// As [`measure`].
pub fn measure_sources(
    request: &MeasureRequest,
    files: &[(String, String)],
    progress: &mut dyn FnMut(Progress),
    cancel: &Cancel,
) -> Result<Measurement, BoardError> {
    build_and_run(request, files, Vec::new(), progress, cancel)
}

fn build_and_run(
    request: &MeasureRequest,
    files: &[(String, String)],
    mut times: Vec<(Stage, Duration)>,
    progress: &mut dyn FnMut(Progress),
    cancel: &Cancel,
) -> Result<Measurement, BoardError> {
    let plan = &request.plan;
    let input = input_codes(request)?;
    let layout = layout(plan)?;
    fits(plan)?;
    // Compiling takes seconds; a board that is not there or not this chip is known now.
    check(&request.board, &plan.target)?;

    let started = Instant::now();
    let temporary;
    let folder = if let Some(folder) = &request.build_dir {
        folder.as_path()
    } else {
        temporary = tempfile::tempdir().map_err(|source| BoardError::Io {
            path: std::env::temp_dir(),
            source,
        })?;
        temporary.path()
    };
    let build = build_project(files, &plan.target, folder, progress, cancel)?;
    let elf = std::fs::read(&build.elf).map_err(|source| BoardError::Io {
        path: build.elf.clone(),
        source,
    })?;
    times.push((Stage::Compile, started.elapsed()));

    let started = Instant::now();
    let attaching = format!("{} on {}", plan.target.chip, request.board);
    report(progress, Stage::Attach, 0.0, attaching);
    let mut board = attach(&request.board, &plan.target)?;
    times.push((Stage::Attach, started.elapsed()));

    let flashing = flash(&mut board, &elf, FlashOptions::default(), progress, cancel)?;
    times.push((Stage::Erase, flashing.erase));
    times.push((Stage::Program, flashing.program));
    times.push((Stage::Verify, flashing.verify));

    let started = Instant::now();
    let counter = if board.is_virtual {
        tinyscope_vmcu::INSTRUCTION_COUNTER
    } else {
        0
    };
    let facts = BoardFacts::of(&board);
    let mut program = start(&mut board, &build.image, &layout, cancel)?;
    if !program.hello.has_cycle_counter {
        return Err(BoardError::Model {
            message: format!("{} has no cycle counter", plan.target.chip),
        });
    }
    let runs = request.runs.max(1);
    let mut reports = Vec::with_capacity(runs as usize);
    for run in 0..runs {
        let fraction = run as f32 / runs as f32;
        let message = format!("run {} of {runs}", run + 1);
        report(progress, Stage::Run, fraction, message);
        reports.push(program.run(&input, counter, request.timeout, cancel)?);
    }
    times.push((Stage::Run, started.elapsed()));

    let started = Instant::now();
    report(progress, Stage::Compare, 0.0, String::new());
    let trace = host_run(plan, &input)?;
    let exact = exact_steps(plan, &trace, &reports)?;
    let difference = match exact.iter().position(|exact| !exact) {
        Some(step) => find_difference(
            &mut program,
            plan,
            &trace,
            StepId(step as u32),
            &input,
            request.timeout,
            cancel,
        )?,
        None => None,
    };
    times.push((Stage::Compare, started.elapsed()));
    report(progress, Stage::Compare, 1.0, String::new());
    let facts = facts.with(&program.hello);
    Ok(assemble(
        request, &build, &facts, &reports, &exact, difference, &trace, times,
    ))
}

/// The request's input, or seeded random codes.
fn input_codes(request: &MeasureRequest) -> Result<Vec<i8>, BoardError> {
    let graph = &request.plan.graph;
    let bytes: usize = graph
        .inputs
        .iter()
        .map(|&id| graph.tensor(id).bytes())
        .sum();
    match &request.input {
        Some(codes) if codes.len() == bytes => Ok(codes.clone()),
        Some(codes) => Err(BoardError::Model {
            message: format!("it takes {bytes} input codes, got {}", codes.len()),
        }),
        None => Ok(quant::random_input(graph, INPUT_SEED)
            .iter()
            .filter_map(Value::as_i8)
            .flatten()
            .copied()
            .collect()),
    }
}

/// Where the program takes its inputs and how much output it gives.
fn layout(plan: &Plan) -> Result<Layout, BoardError> {
    let graph = &plan.graph;
    let inputs = graph
        .inputs
        .iter()
        .map(|&id| {
            plan.offset_of(id)
                .map(|offset| (offset, graph.tensor(id).bytes()))
                .ok_or_else(|| BoardError::Model {
                    message: format!("the plan has no buffer for input tensor {}", id.0),
                })
        })
        .collect::<Result<_, _>>()?;
    Ok(Layout {
        inputs,
        output_bytes: (graph.outputs.iter())
            .map(|&id| graph.tensor(id).bytes())
            .sum(),
        steps: plan.steps.iter().map(|step| step.symbol.clone()).collect(),
    })
}

/// Says before compiling that an arena is larger than the RAM. The linker has the last word.
fn fits(plan: &Plan) -> Result<(), BoardError> {
    let place = placement(&plan.target)?;
    let needed_bytes = plan.totals.peak_sram_bytes as u64 + place.stack_bytes;
    if needed_bytes > place.ram.bytes {
        return Err(BoardError::DoesNotFit {
            chip: plan.target.chip.clone(),
            what: "SRAM",
            needed_bytes,
            available_bytes: place.ram.bytes,
        });
    }
    Ok(())
}

/// What a measurement says of its board.
struct BoardFacts {
    is_virtual: bool,
    name: String,
    provenance: String,
}

impl BoardFacts {
    fn of(board: &Board) -> Self {
        Self {
            is_virtual: board.is_virtual,
            name: board.name.clone(),
            provenance: String::new(),
        }
    }

    /// Adds what the firmware found out.
    fn with(mut self, hello: &Hello) -> Self {
        let caches = match hello.caches {
            0 => "caches off",
            1 => "data cache on",
            2 => "instruction cache on",
            _ => "caches on",
        };
        self.provenance = if self.is_virtual {
            let core = tinyscope_vmcu::stm32f746().core.core;
            let model = tinyscope_vmcu::timing::model_name(core);
            format!("simulated, timing model {model}")
        } else {
            format!(
                "measured through {}; clock as after reset, {caches}",
                self.name
            )
        };
        self
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "gathers the results of every stage into one value"
)]
fn assemble(
    request: &MeasureRequest,
    build: &Build,
    facts: &BoardFacts,
    reports: &[RunReport],
    exact: &[bool],
    difference: Option<Difference>,
    trace: &Trace,
    stage_times: Vec<(Stage, Duration)>,
) -> Measurement {
    let plan = &request.plan;
    let counted = |instructions: u64| facts.is_virtual.then_some(instructions);
    let first = &reports[0];
    let steps = plan
        .steps
        .iter()
        .enumerate()
        .map(|(index, step)| StepMeasurement {
            id: step.id,
            cycles: reports.iter().map(|r| r.steps[index].cycles).collect(),
            instructions: counted(first.steps[index].instructions),
            bit_exact: exact[index],
        })
        .collect();
    let output: Vec<i8> = first.output.iter().map(|&byte| byte as i8).collect();
    let host_output: Option<Vec<&[i8]>> = (plan.graph.outputs.iter())
        .map(|&id| trace.get(id).and_then(Value::as_i8))
        .collect();
    let host_output = host_output.map(|outputs| outputs.concat());
    let outputs_equal = reports.iter().all(|r| {
        let codes = r.output.iter().map(|&byte| byte as i8);
        host_output
            .as_ref()
            .is_some_and(|host| codes.eq(host.iter().copied()))
    });
    Measurement {
        board: request.board.clone(),
        chip: plan.target.chip.clone(),
        provenance: facts.provenance.clone(),
        simulated: facts.is_virtual,
        toolchain: build.toolchain.version.clone(),
        flags: build.flags.clone(),
        clock_hz: plan.target.clock_hz,
        steps,
        total_cycles: reports.iter().map(|r| r.cycles).min().unwrap_or(0),
        instructions: counted(first.instructions),
        stack_bytes: reports.iter().map(|r| r.stack_bytes).max().unwrap_or(0),
        guards_intact: reports.iter().all(|r| r.guards == 3),
        flash_bytes: build.image.flash_bytes,
        ram_bytes: build.image.ram_bytes,
        bit_exact: exact.iter().all(|&e| e) && outputs_equal,
        difference,
        output,
        stage_times,
    }
}
