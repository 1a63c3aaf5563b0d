//! End to end: a model file, its plan, its C, the virtual board, the host's run.

#[path = "../../core/tests/support/mod.rs"]
mod support;

use std::error::Error;
use std::sync::Arc;
use tinyscope_board::build::sources;
use tinyscope_board::measure::{Inputs, Samples};
use tinyscope_board::serve::Server;
use tinyscope_board::{
    BoardError, Cancel, MeasureRequest, Measurement, Progress, Stage, measure, measure_sources,
};
use tinyscope_core::graph::{Graph, Region};
use tinyscope_core::import::load;
use tinyscope_core::plan::{Choices, Plan, Schedule, Target, digest, plan};

fn own_model() -> Result<Graph, Box<dyn Error>> {
    let path = support::workspace().join("models/digits.tflite");
    Ok(load("digits", &std::fs::read(path)?).map_err(|d| format!("{d:?}"))?)
}

/// A model of the shared material, or `None` with a message.
fn shared_model(name: &str) -> Option<Graph> {
    let bytes = support::shared_bytes(&format!("models/{name}"))?;
    Some(load(name, &bytes).expect("a released model imports"))
}

fn planned(graph: &Graph, schedule: Schedule) -> Result<Arc<Plan>, Box<dyn Error>> {
    let choices = Choices {
        schedule,
        ..Choices::default()
    };
    Ok(Arc::new(plan(graph, &Target::stm32f746(), &choices)?))
}

fn request(plan: &Arc<Plan>) -> MeasureRequest {
    MeasureRequest::new(Arc::clone(plan), "virtual")
}

/// The measurement; `None` where there is no compiler.
fn measured(request: &MeasureRequest) -> Option<Measurement> {
    match measure(request, &mut |_| {}, &Cancel::default()) {
        Ok(measurement) => Some(measurement),
        Err(error @ BoardError::CompilerMissing { .. }) => {
            println!("skipped: {error}");
            None
        }
        Err(BoardError::CompileFailed { log, .. }) => panic!("{log}"),
        Err(error) => panic!("{error}"),
    }
}

fn assert_sound(measurement: &Measurement, plan: &Plan) {
    assert!(measurement.bit_exact, "{:?}", measurement.difference);
    assert_eq!(measurement.difference, None);
    assert!(measurement.guards_intact);
    assert!(measurement.simulated);
    assert!(
        measurement
            .provenance
            .starts_with("simulated, timing model"),
        "{}",
        measurement.provenance
    );
    assert_eq!(measurement.steps.len(), plan.steps.len());
    assert!(measurement.stack_bytes < 2048);
    // The firmware's own RAM and its stack fit in what the target keeps back.
    let own = measurement.ram_bytes - plan.totals.peak_sram_bytes as u64;
    assert!(
        own + 2048 <= plan.target.reserved_sram_bytes as u64,
        "{own}"
    );
    assert!(measurement.ram_bytes >= plan.totals.peak_sram_bytes as u64);
    assert!(measurement.flash_bytes >= plan.totals.flash.weights as u64);
    let runs = measurement.steps[0].cycles.len();
    let sum = (0..runs)
        .map(|run| measurement.steps.iter().map(|s| s.cycles[run]).sum::<u64>())
        .min()
        .expect("at least one run");
    // What lies between steps counts in the whole; it is little.
    assert!((sum..sum + sum / 10 + 10_000).contains(&measurement.total_cycles));
}

#[test]
fn a_model_of_our_own_is_bit_exact_in_every_run() -> Result<(), Box<dyn Error>> {
    let plan = planned(&own_model()?, Schedule::Layer)?;
    let mut stages: Vec<Stage> = Vec::new();
    let request = MeasureRequest {
        runs: 3,
        ..request(&plan)
    };
    let result = measure(
        &request,
        &mut |p: Progress| {
            if stages.last() != Some(&p.stage) {
                stages.push(p.stage);
            }
        },
        &Cancel::default(),
    );
    let measurement = match result {
        Err(error @ BoardError::CompilerMissing { .. }) => {
            println!("skipped: {error}");
            return Ok(());
        }
        other => other?,
    };
    assert_sound(&measurement, &plan);
    assert!(measurement.steps.iter().all(|s| s.cycles.len() == 3));
    let instructions = measurement.instructions.ok_or("the simulator counts")?;
    let of_steps: u64 = measurement
        .steps
        .iter()
        .filter_map(|s| s.instructions)
        .sum();
    assert!((of_steps..of_steps + of_steps / 10 + 5_000).contains(&instructions));
    assert_eq!(
        stages,
        [
            Stage::Generate,
            Stage::Compile,
            Stage::Attach,
            Stage::Erase,
            Stage::Program,
            Stage::Verify,
            Stage::Run,
            Stage::Compare
        ]
    );
    let timed: Vec<Stage> = measurement.stage_times.iter().map(|t| t.stage).collect();
    assert_eq!(timed, stages);
    Ok(())
}

#[test]
fn the_same_request_measures_the_same_cycles() -> Result<(), Box<dyn Error>> {
    let plan = planned(&own_model()?, Schedule::Layer)?;
    let (Some(first), Some(second)) = (measured(&request(&plan)), measured(&request(&plan))) else {
        return Ok(());
    };
    assert_eq!(first.total_cycles, second.total_cycles);
    assert_eq!(first.steps, second.steps);
    assert_eq!(first.output, second.output);
    Ok(())
}

#[test]
fn a_patch_stage_is_bit_exact_too() -> Result<(), Box<dyn Error>> {
    let plan = planned(
        &own_model()?,
        Schedule::Patch {
            split: 1,
            grid: [2, 2],
        },
    )?;
    assert!(plan.patch_stage().is_some());
    if let Some(measurement) = measured(&request(&plan)) {
        assert_sound(&measurement, &plan);
    }
    Ok(())
}

#[test]
fn a_wrong_code_is_found_at_its_first_step() -> Result<(), Box<dyn Error>> {
    for schedule in [
        Schedule::Layer,
        Schedule::Patch {
            split: 1,
            grid: [2, 2],
        },
    ] {
        let plan = planned(&own_model()?, schedule)?;
        let mut files = sources(&plan)?;
        assert!(
            spoil(&mut files),
            "the generated program has hooks to spoil"
        );
        let result = measure_sources(&request(&plan), &files, &mut |_| {}, &Cancel::default());
        let measurement = match result {
            Err(error @ BoardError::CompilerMissing { .. }) => {
                println!("skipped: {error}");
                return Ok(());
            }
            other => other?,
        };
        assert!(!measurement.bit_exact);
        let difference = measurement.difference.ok_or("the difference is found")?;
        assert_eq!(difference.step, plan.steps[0].id);
        assert_eq!(difference.at, [0, 0, 0]);
        assert_eq!(difference.target, !difference.host);
        // The first code of every pass is wrong, over the whole map.
        let regions = digest::regions_in_run_order(&plan, difference.step);
        assert_eq!(difference.count, regions.len());
        let first = |axis: fn(&Region) -> usize| regions.iter().map(axis).max();
        assert_eq!(difference.from, [0, 0, 0]);
        assert_eq!(Some(difference.to[0]), first(|region| region.y.start));
        assert_eq!(Some(difference.to[1]), first(|region| region.x.start));
        assert_eq!(difference.to[2], 0);
        assert_eq!(
            difference.shape,
            plan.graph.tensor(plan.steps[0].output.tensor).hwc()
        );
        assert!(
            u32::from(difference.largest)
                >= i32::from(difference.target).abs_diff(difference.host.into())
        );
        assert!(!measurement.steps[0].bit_exact);
    }
    Ok(())
}

/// Flips every bit of the first code that step 0 puts out, in every pass, just before its end is announced.
fn spoil(files: &mut [(String, String)]) -> bool {
    let mark = "    STEP_END(0, ";
    files
        .iter_mut()
        .find(|(path, _)| path == "model.c")
        .is_some_and(|(_, text)| {
            let found = text.contains(mark);
            *text = text.replace(
                mark,
                &format!("    out[tile->out_offset] = (int8_t)~out[tile->out_offset];\n{mark}"),
            );
            found
        })
}

#[test]
fn an_input_of_the_wrong_size_is_refused() -> Result<(), Box<dyn Error>> {
    let plan = planned(&own_model()?, Schedule::Layer)?;
    let request = MeasureRequest {
        inputs: Inputs::Given(Samples::single(vec![0; 3])),
        ..request(&plan)
    };
    let result = measure(&request, &mut |_| {}, &Cancel::default());
    assert!(
        matches!(result, Err(BoardError::Model { .. })),
        "{result:?}"
    );
    Ok(())
}

#[test]
fn an_arena_larger_than_the_chip_is_refused_before_compiling() -> Result<(), Box<dyn Error>> {
    let mut target = Target::stm32f746();
    for region in &mut target.regions {
        region.bytes = 5 * 1024;
    }
    let plan = Arc::new(plan(&own_model()?, &target, &Choices::default())?);
    let mut stages = Vec::new();
    let result = measure(
        &request(&plan),
        &mut |p| stages.push(p.stage),
        &Cancel::default(),
    );
    assert!(
        matches!(result, Err(BoardError::DoesNotFit { .. })),
        "{result:?}"
    );
    assert!(!stages.contains(&Stage::Compile));
    Ok(())
}

#[test]
fn released_models_are_bit_exact() -> Result<(), Box<dyn Error>> {
    let patched = Schedule::Patch {
        split: 5,
        grid: [2, 2],
    };
    for (name, schedule) in [
        ("kws_ref_model.tflite", Schedule::Layer),
        ("ad01_int8.tflite", Schedule::Layer),
        ("pretrainedResnet_quant.tflite", Schedule::Layer),
        ("person_detect.tflite", Schedule::Layer),
        ("mcunet_vww.tflite", Schedule::Layer),
        ("mcunet_vww.tflite", patched),
    ] {
        let Some(graph) = shared_model(name) else {
            return Ok(());
        };
        let plan = planned(&graph, schedule.clone())?;
        let Some(measurement) = measured(&request(&plan)) else {
            return Ok(());
        };
        assert_sound(&measurement, &plan);
        println!(
            "{name} {schedule:?}: {:?} instructions, {} cycles, {} B of stack, {:?}",
            measurement.instructions,
            measurement.total_cycles,
            measurement.stack_bytes,
            measurement.stage_times
        );
    }
    Ok(())
}

/// The two measurements through a probe at a board that keeps its flash; `None` where there is no compiler.
fn measured_twice(request: &MeasureRequest) -> Option<[Measurement; 2]> {
    Some([measured(request)?, measured(request)?])
}

#[test]
fn a_second_measurement_through_a_probe_builds_and_writes_nothing() -> Result<(), Box<dyn Error>> {
    if !tinyscope_board::can_search() {
        println!(
            "skipped: this system has no list of devices, without which probe-rs opens no probe"
        );
        return Ok(());
    }
    let plan = planned(&own_model()?, Schedule::default())?;
    let cache = tempfile::tempdir()?;
    let mut server = Server::bind(([127, 0, 0, 1], 0).into(), None)?;
    let request = MeasureRequest {
        build_cache: Some(cache.path().to_path_buf()),
        ..MeasureRequest::new(plan, server.selector())
    };
    let cancel = Cancel::default();
    let (both, served) = std::thread::scope(|scope| {
        let serving = scope.spawn(|| server.run(&cancel, &mut |_| {}));
        let both = std::panic::catch_unwind(|| measured_twice(&request));
        cancel.cancel();
        (both, serving.join())
    });
    served.map_err(|_| "the server panicked")??;
    let Some([first, second]) = both.map_err(|_| "measuring panicked")? else {
        return Ok(());
    };
    assert_eq!((first.build_reused, first.flash_reused), (false, false));
    assert_eq!((second.build_reused, second.flash_reused), (true, true));
    assert_eq!(first.firmware_sha256, second.firmware_sha256);
    for one in [first, second] {
        assert!(one.bit_exact && one.guards_intact);
        // What is behind a probe is taken for silicon: nothing states its clock, so that it is measured.
        assert!(!one.simulated && one.instructions.is_none());
        assert!(one.clock.measured_hz.is_some() && one.clock.error_ppm.is_some());
    }
    Ok(())
}
