//! The firmware on the virtual board: flash, run, report, faults, time limits. The program is a hand-written one.

mod common;

use common::{INPUT_BYTES, OUTPUT_BYTES, expected, flash_all, input, layout};
use std::error::Error;
use std::time::Duration;
use tinyscope_board::build::{Build, build_with};
use tinyscope_board::probe::{self, FaultKind, Faults};
use tinyscope_board::protocol::{RunReport, StepRecord};
use tinyscope_board::session::{
    AttachOptions, Board, FlashOptions, attach, attach_through, flash, start,
};
use tinyscope_board::toolchain::{Kind, find_in, search_path};
use tinyscope_board::{BoardError, Cancel, Progress, Stage};
use tinyscope_core::plan::Target;

const LIMIT: Duration = Duration::from_secs(20);
const COUNTER: u32 = tinyscope_vmcu::INSTRUCTION_COUNTER;

/// The program with `extra` code in its last step, built; `None` where there is no compiler.
fn built(extra: &str) -> Option<(tempfile::TempDir, Build, Vec<u8>)> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let build = common::build(&common::project(extra), &Target::stm32f746(), folder.path())?;
    let elf = std::fs::read(&build.elf).expect("the image");
    Some((folder, build, elf))
}

fn flashed(elf: &[u8]) -> Result<Board, BoardError> {
    common::flashed(&Target::stm32f746(), elf)
}

/// Attaches to a virtual board with a faulty probe; each try opens another one with the same faults.
fn attach_faulty(faults: &Faults) -> Result<Board, BoardError> {
    attach_through(
        &mut || Ok(probe::open_virtual_with(faults.clone())),
        "virtual",
        true,
        &Target::stm32f746(),
        &AttachOptions::default(),
    )
}

/// Flashes and runs a program once.
fn run(extra: &str, limit: Duration) -> Option<Result<RunReport, BoardError>> {
    let (_folder, build, elf) = built(extra)?;
    Some(flashed(&elf).and_then(|mut board| {
        let layout = layout();
        let cancel = Cancel::default();
        start(&mut board, &build.image, &layout, &cancel)?.run(&input(), COUNTER, limit, &cancel)
    }))
}

fn fnv1a(codes: &[i8]) -> u32 {
    codes.iter().fold(2_166_136_261, |digest, &code| {
        (digest ^ u32::from(code as u8)).wrapping_mul(16_777_619)
    })
}

#[test]
fn a_program_is_flashed_run_and_measured() -> Result<(), Box<dyn Error>> {
    let Some((_folder, build, elf)) = built("") else {
        return Ok(());
    };
    let mut board = flashed(&elf)?;
    assert!(board.is_virtual);
    let (layout, cancel) = (layout(), Cancel::default());
    let mut program = start(&mut board, &build.image, &layout, &cancel)?;
    assert_eq!(program.hello.arena_bytes, 139);
    assert!(program.hello.has_cycle_counter);

    let first = program.run(&input(), COUNTER, LIMIT, &cancel)?;
    let (passes, output) = expected(&input());
    let bytes: Vec<u8> = output.iter().map(|&v| v as u8).collect();
    assert_eq!(first.output, bytes);
    assert_eq!(first.guards, 3, "both guards intact");
    assert_eq!(first.steps.len(), 2);
    assert_eq!(first.steps[0].digest, fnv1a(&passes));
    assert_eq!(first.steps[1].digest, fnv1a(&output));
    assert_eq!((first.steps[0].passes, first.steps[1].passes), (2, 1));
    for StepRecord {
        cycles,
        instructions,
        ..
    } in &first.steps
    {
        assert!((64..10_000).contains(cycles), "{cycles}");
        assert!((64..10_000).contains(instructions), "{instructions}");
    }
    let sum: u64 = first.steps.iter().map(|s| s.cycles).sum();
    assert!(first.cycles >= sum, "the gaps between steps count too");
    assert!(first.cycles < sum + 1_000, "but hooks do not");
    assert!(
        (8..512).contains(&first.stack_bytes),
        "{}",
        first.stack_bytes
    );

    // The same input gives the same answer, cycle for cycle; another one does not.
    let second = program.run(&input(), COUNTER, LIMIT, &cancel)?;
    assert_eq!(second.output, first.output);
    assert_eq!(second.steps[1].instructions, first.steps[1].instructions);
    let zeros = program.run(&[0; INPUT_BYTES], COUNTER, LIMIT, &cancel)?;
    assert_eq!(zeros.output, [1; OUTPUT_BYTES]);
    // Without a counter's address nothing is counted, and cycles still are.
    let uncounted = program.run(&input(), 0, LIMIT, &cancel)?;
    assert_eq!(uncounted.instructions, 0);
    assert!(uncounted.cycles > 0);
    // An input of another size is refused before it reaches the board.
    assert!(matches!(
        program.run(&[0; 3], 0, LIMIT, &cancel),
        Err(BoardError::Model { .. })
    ));
    Ok(())
}

#[test]
fn a_steps_output_can_be_watched_pass_by_pass() -> Result<(), Box<dyn Error>> {
    let Some((_folder, build, elf)) = built("") else {
        return Ok(());
    };
    let mut board = flashed(&elf)?;
    let (layout, cancel) = (layout(), Cancel::default());
    let mut program = start(&mut board, &build.image, &layout, &cancel)?;
    let mut seen = Vec::new();
    program.watch_step(
        &input(),
        0,
        &mut |pass, stopped| {
            assert_eq!(pass as usize * 32, seen.len());
            seen.extend(stopped.data.iter().map(|&v| v as i8));
            false
        },
        LIMIT,
        &cancel,
    )?;
    assert_eq!(seen, expected(&input()).0);
    // After it ran to its end the program takes commands again.
    let report = program.run(&input(), 0, LIMIT, &cancel)?;
    assert_eq!(report.steps[0].passes, 2);
    Ok(())
}

#[test]
fn a_fault_is_named_with_address_and_step() {
    for (code, name) in [
        ("*(volatile int *)0x60000000 = 1;", "at 0x60000000"),
        (
            "__asm__ volatile(\"udf #1\");",
            "UsageFault (undefined instruction)",
        ),
        (
            "volatile int zero = 0; out[0] = (int8_t)(out[1] / zero);",
            "UsageFault (division by zero)",
        ),
    ] {
        let Some(result) = run(code, LIMIT) else {
            return;
        };
        match result {
            Err(BoardError::TargetFault {
                fault,
                address,
                step,
                ..
            }) => {
                assert!(fault.contains(name), "{fault}");
                assert!(
                    (0x0800_0000..0x0810_0000).contains(&address),
                    "{address:#x}"
                );
                assert_eq!(step, " in step_01_rows");
            }
            other => panic!("{code}: {other:?}"),
        }
    }
}

#[test]
fn a_stack_overflow_is_a_fault_and_not_silent_damage() {
    let code = "volatile uint8_t big[8192]; for (int i = 8191; i >= 0; i--) { big[i] = 1; }";
    let Some(result) = run(code, LIMIT) else {
        return;
    };
    match result {
        Err(BoardError::TargetFault { fault, step, .. }) => {
            assert!(fault.contains("stack overflow"), "{fault}");
            assert_eq!(step, " in step_01_rows");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_program_that_never_ends_runs_into_the_limit() {
    let Some(result) = run(
        "for (;;) { __asm__ volatile(\"\"); }",
        Duration::from_secs(1),
    ) else {
        return;
    };
    match result {
        Err(BoardError::Timeout { seconds, step }) => {
            assert_eq!(seconds, 1);
            assert_eq!(step, " (last in step_01_rows)");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn writing_past_the_arena_shows_in_the_guards() {
    let Some(result) = run("out[11] = 1;", LIMIT) else {
        return;
    };
    let report = result.expect("a report");
    assert_eq!(report.guards, 1, "the guard after the arena is hurt");
    // Before it, where the processor guards memory, the write itself is the fault.
    let before = run("((int8_t *)(uintptr_t)in)[-65] = 1;", LIMIT);
    match before.expect("the compiler was there a moment ago") {
        Ok(report) => assert_eq!(report.guards, 2, "the guard before it"),
        Err(error) => {
            let text = error.to_string();
            assert!(text.contains("1 B before the start of the arena"), "{text}");
        }
    }
}

#[test]
fn skipping_the_erase_is_caught_by_verification() -> Result<(), Box<dyn Error>> {
    let (Some(first), Some(second)) = (built(""), built("out[0] = 3;")) else {
        return Ok(());
    };
    let mut board = flashed(&first.2)?;
    let flash_again = |board: &mut Board, skip_erase| {
        flash(
            board,
            &second.2,
            FlashOptions {
                skip_erase,
                ..FlashOptions::default()
            },
            &mut |_| {},
            &Cancel::default(),
        )
    };
    match flash_again(&mut board, true) {
        Err(BoardError::Verify { message }) => {
            assert!(message.contains("first at 0x08"), "{message}");
        }
        other => panic!("{other:?}"),
    }
    flash_again(&mut board, false)?;
    let (layout, cancel) = (layout(), Cancel::default());
    let report =
        start(&mut board, &second.1.image, &layout, &cancel)?.run(&input(), 0, LIMIT, &cancel)?;
    assert_eq!(report.output[0], 3);
    Ok(())
}

#[test]
fn flashing_reports_its_stages_in_order() -> Result<(), Box<dyn Error>> {
    let Some((_folder, _build, elf)) = built("") else {
        return Ok(());
    };
    let mut seen: Vec<Progress> = Vec::new();
    let mut board = attach("virtual", &Target::stm32f746())?;
    flash(
        &mut board,
        &elf,
        FlashOptions::default(),
        &mut |p| seen.push(p),
        &Cancel::default(),
    )?;
    let mut stages: Vec<Stage> = seen.iter().map(|p| p.stage).collect();
    stages.dedup();
    assert_eq!(stages, [Stage::Erase, Stage::Program, Stage::Verify]);
    assert!(seen.iter().all(|p| (0.0..=1.0).contains(&p.fraction)));
    let last = seen.last().ok_or("no progress")?;
    assert!(last.fraction > 0.99, "{last:?}");
    Ok(())
}

#[test]
fn cancelling_is_answered_in_every_stage() -> Result<(), Box<dyn Error>> {
    let Some((_folder, build, elf)) = built("for (;;) { __asm__ volatile(\"\"); }") else {
        return Ok(());
    };
    let cancel = Cancel::default();
    cancel.cancel();
    let mut board = attach("virtual", &Target::stm32f746())?;
    let options = FlashOptions::default();
    let result = flash(&mut board, &elf, options, &mut |_| {}, &cancel);
    assert!(matches!(result, Err(BoardError::Cancelled { .. })));

    let mut board = flashed(&elf)?;
    let layout = layout();
    let late = Cancel::default();
    let mut program = start(&mut board, &build.image, &layout, &late)?;
    let from_elsewhere = late.clone();
    let canceller = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(100));
        from_elsewhere.cancel();
    });
    let result = program.run(&input(), 0, LIMIT, &late);
    assert!(matches!(
        result,
        Err(BoardError::Cancelled { stage: Stage::Run })
    ));
    canceller.join().expect("the thread ended");
    Ok(())
}

#[test]
fn a_probe_that_vanishes_is_reported_with_the_stage() {
    let Some((_folder, build, elf)) = built("") else {
        return;
    };
    let mut stages = Vec::new();
    // From the first transfers to well into the run.
    for vanish_at in [0, 20, 2_000, 20_000, 60_000] {
        let cancel = Cancel::default();
        let layout = layout();
        let result = attach_faulty(&Faults::vanishing(vanish_at)).and_then(|mut board| {
            flash_all(&mut board, &elf)?;
            let mut program = start(&mut board, &build.image, &layout, &cancel)?;
            for _ in 0..1_000 {
                program.run(&input(), 0, LIMIT, &cancel)?;
            }
            Ok(())
        });
        match result {
            Err(BoardError::Probe { stage, message }) => {
                assert!(!message.is_empty());
                stages.push(stage);
            }
            other => panic!("vanishing at {vanish_at}: {other:?}"),
        }
    }
    assert_eq!(stages.first(), Some(&Stage::Attach));
    assert_eq!(stages.last(), Some(&Stage::Run));
}

#[test]
fn a_board_with_another_chip_or_none_is_refused() {
    let mut target = Target::stm32f746();
    target.chip = "STM32G474RE".into();
    assert!(matches!(
        attach("virtual", &target).map(|_| ()),
        Err(BoardError::NotSimulated { .. })
    ));
    target.chip = "no such chip".into();
    assert!(matches!(
        attach("virtual", &target).map(|_| ()),
        Err(BoardError::UnknownChip { .. })
    ));
    for name in ["", "not a probe", "1209:0001:NOWHERE"] {
        assert!(matches!(
            attach(name, &Target::stm32f746()).map(|_| ()),
            Err(BoardError::ProbeMissing { .. })
        ));
    }
}

#[test]
fn clang_builds_what_gcc_builds() -> Result<(), Box<dyn Error>> {
    let (path, _) = search_path();
    let Some(clang) = find_in("clang", Kind::Clang, &path) else {
        println!("skipped: no clang with lld");
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let cancel = Cancel::default();
    let build = build_with(
        &common::project(""),
        &Target::stm32f746(),
        folder.path(),
        (&path, Some(clang.program.as_os_str())),
        &mut |_| {},
        &cancel,
    )?;
    assert_eq!(build.toolchain.kind, Kind::Clang);
    assert!(build.flags.contains("thumbv7em-none-eabihf"));
    let mut board = flashed(&std::fs::read(&build.elf)?)?;
    let layout = layout();
    let report = start(&mut board, &build.image, &layout, &cancel)?.run(
        &input(),
        COUNTER,
        LIMIT,
        &cancel,
    )?;
    assert_eq!(report.steps[0].digest, fnv1a(&expected(&input()).0));
    assert_eq!(report.steps[1].digest, fnv1a(&expected(&input()).1));
    assert_eq!(report.guards, 3);
    Ok(())
}

#[test]
fn a_noisy_probe_never_gives_a_wrong_result() {
    let Some((_folder, build, elf)) = built("") else {
        return;
    };
    let (layout, cancel) = (layout(), Cancel::default());
    let (passes, output) = expected(&input());
    let run_with = |faults: Faults| {
        let mut board = attach_faulty(&faults)?;
        flash_all(&mut board, &elf)?;
        let mut program = start(&mut board, &build.image, &layout, &cancel)?;
        program.run(&input(), 0, Duration::from_secs(1), &cancel)
    };
    let mut errors = 0;
    for first in (100..12_000).step_by(700) {
        let result = run_with(Faults::one(FaultKind::FlippedRead(0), first, 40));
        match result {
            Ok(report) => {
                assert_eq!(report.steps[0].digest, fnv1a(&passes));
                assert_eq!(report.steps[1].digest, fnv1a(&output));
            }
            Err(error) => {
                errors += 1;
                assert!(!error.to_string().is_empty());
            }
        }
    }
    assert!(errors > 0, "some of these transfers mattered");
}
