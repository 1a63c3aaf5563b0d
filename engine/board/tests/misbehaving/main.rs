//! Programs that go wrong on the chip: each is stopped, named, and located to its step, within its time limit.
//!
//! The table of deeds is in `deeds`; here they are run, each on three processors.

#[path = "../common/mod.rs"]
mod common;
mod deeds;

use common::{STEPS, flash_all, input, layout};
use deeds::{DEEDS, Ends, Known, program};
use std::time::{Duration, Instant};
use tinyscope_board::build::Build;
use tinyscope_board::fault::FaultRecord;
use tinyscope_board::image::read_image;
use tinyscope_board::probe::{self, Faults, open_machine};
use tinyscope_board::protocol::RunReport;
use tinyscope_board::session::{AttachOptions, Layout, Program, attach, attach_through, start};
use tinyscope_board::{BoardError, Cancel, target_for_chip};
use tinyscope_core::plan::Target;
use tinyscope_vmcu::{Machine, stm32f746};

const LIMIT: Duration = Duration::from_secs(1);
/// What a run may take beyond its limit: building apart, the rest is quick.
const MARGIN: Duration = Duration::from_secs(30);
const STEP: &str = STEPS[1];
/// A chip for each processor with its way to guard: Armv7-M's regions on two, Armv8-M's with stack limits on one.
const CHIPS: [&str; 3] = ["STM32F446RE", "STM32F746NGHx", "STM32U585AI"];

/// Builds the program with `code` in its last step, lets `change` alter the image, flashes and runs it.
fn outcome(code: &str, change: impl FnOnce(&mut Vec<u8>)) -> Option<Result<u32, BoardError>> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let target = Target::stm32f746();
    let build = common::build(&common::project(code), &target, folder.path())?;
    let mut elf = build.bytes;
    change(&mut elf);
    let image = read_image(&elf).expect("still an image");
    let cancel = Cancel::default();
    let mut board = attach("virtual", &target).expect("attaches");
    board.answer_limit = LIMIT;
    flash_all(&mut board, &elf).expect("flashes");
    let started = Instant::now();
    let layout = layout();
    let result = start(&mut board, &image, &layout, &cancel)
        .and_then(|mut program| program.run(&input(), 0, LIMIT, &cancel))
        .map(|report| report.guards);
    assert!(started.elapsed() < LIMIT + MARGIN, "in time");
    Some(result)
}

/// Builds the program for a chip; `None` where there is no compiler.
fn built(chip: &str) -> Option<(Target, Build)> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let target = target_for_chip(chip).expect("a known chip");
    let build = common::build(&program(), &target, folder.path())?;
    Some((target, build))
}

#[test]
fn every_misbehaviour_is_named_and_located() {
    let mut wrong = Vec::new();
    for chip in CHIPS {
        let Some((target, build)) = built(chip) else {
            return;
        };
        let known = Known::of(&build, target.core);
        let (layout, cancel) = (layout(), Cancel::default());
        let mut board = common::flashed(&target, &build.bytes).expect("flashes");
        for (number, (name, code, ends)) in DEEDS.iter().enumerate() {
            let mut codes = input();
            codes[0] = number as i8;
            let started = Instant::now();
            let result = start(&mut board, &build.image, &layout, &cancel)
                .and_then(|mut program| checked_run(&mut program, &codes, &cancel));
            assert!(
                started.elapsed() < LIMIT + MARGIN,
                "{name} on {chip}: in time"
            );
            let told = match &result {
                Ok(report) => format!("a report, guards {}", report.guards),
                Err(error) => error.to_string(),
            };
            println!("{chip} {name:34} {told}");
            let at = if code.contains("at_~") || code.contains('@') {
                known.label(&format!("at_{name}"))
            } else {
                0
            };
            if let Err(why) = judge(&result, ends(&known, at), name) {
                wrong.push(format!("{name} on {chip}: {why}; {told}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Runs as a measurement does: damaged guards are an error.
fn checked_run(
    program: &mut Program<'_>,
    input: &[i8],
    cancel: &Cancel,
) -> Result<RunReport, BoardError> {
    let report = program.run(input, 0, LIMIT, cancel)?;
    if report.guards == 3 {
        return Ok(report);
    }
    Err(program.stray_write(input, &report, LIMIT, cancel)?)
}

/// Whether a run ended as it must.
fn judge(result: &Result<RunReport, BoardError>, ends: Ends, name: &str) -> Result<(), String> {
    let same = |what: &str, is: &str, wanted: &str| {
        if is == wanted {
            Ok(())
        } else {
            Err(format!("{what} is `{is}` and should be `{wanted}`"))
        }
    };
    let place = format!(" in {STEP} ({name})");
    match (ends, result) {
        (Ends::Never, Err(BoardError::Timeout { step, seconds: 1 })) => {
            same("the place", step, &format!(" (last in {STEP}, in {name})"))
        }
        (Ends::Overwritten, Err(BoardError::Protocol { message })) => same(
            "the message",
            message,
            "its control block was overwritten (state 0x00000077, 16843128 starts)",
        ),
        (Ends::Without(missing), Err(BoardError::StepMissing { step })) => {
            same("the step", step, missing)
        }
        (
            Ends::Core(text, wanted),
            Err(BoardError::TargetFault {
                fault,
                address,
                step,
                record: None,
            }),
        ) => {
            same("the fault", fault, &text)?;
            same(
                "the address",
                &format!("{address:#010x}"),
                &format!("{wanted:#010x}"),
            )?;
            // Without an address only the step is known.
            let place = if wanted == 0 {
                format!(" in {STEP}")
            } else {
                place
            };
            same("the place", step, &place)
        }
        (
            Ends::Fault(text, wanted),
            Err(BoardError::TargetFault {
                fault,
                address,
                step,
                record: Some(record),
            }),
        ) => {
            same("the fault", fault, &text)?;
            if wanted != u32::MAX {
                same(
                    "the address",
                    &format!("{address:#010x}"),
                    &format!("{wanted:#010x}"),
                )?;
            }
            let FaultRecord::Arm(record) = &**record else {
                return Err("the record is another architecture's".to_owned());
            };
            if record.pc != *address {
                return Err(format!("{record:x?}"));
            }
            // Where no frame could be saved only the step is known.
            let place = if *address == 0 {
                format!(" in {STEP}")
            } else {
                place
            };
            same("the place", step, &place)
        }
        _ => Err("it should end in another way".to_owned()),
    }
}

#[test]
fn a_program_that_is_not_what_the_host_takes_it_for_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let target = Target::stm32f746();
    let Some(build) = common::build(&common::project(""), &target, folder.path()) else {
        return;
    };
    let cancel = Cancel::default();
    let mut board = common::flashed(&target, &build.bytes).expect("flashes");
    let mut refused = |layout: &Layout| {
        let result = start(&mut board, &build.image, layout, &cancel)
            .and_then(|mut program| program.run(&input(), 0, LIMIT, &cancel));
        result.expect_err("another program").to_string()
    };
    let right = layout();
    let text = refused(&Layout {
        output_bytes: 9,
        ..right.clone()
    });
    assert!(text.contains("the report has 96 B, expected 97"), "{text}");
    let text = refused(&Layout {
        steps: vec![STEP.to_owned()],
        ..right.clone()
    });
    assert!(text.contains("has 2 steps, expected 1"), "{text}");
    let text = refused(&Layout {
        inputs: vec![(100, 64)],
        ..right
    });
    assert!(
        text.contains("does not lie in the program's arena"),
        "{text}"
    );
}

#[test]
fn a_write_right_behind_the_arena_is_located_to_its_step() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let target = Target::stm32f746();
    // In each step, and in the second pass of the first one only; then how far behind the end.
    for (function, code, step, past) in [
        ("step_00_twice", "out[75 + 3] = 1;", STEPS[0], 3),
        (
            "step_00_twice",
            "static int pass; if (pass++ & 1) out[71 + 5] = 1;",
            STEPS[0],
            5,
        ),
        ("step_01_rows", "out[11] = 1; out[15] = 1;", STEPS[1], 0),
    ] {
        let mut files = common::project("");
        let head = format!("{function}(const int8_t *in, int8_t *out)\n{{\n");
        files[1].1 = files[1].1.replace(&head, &format!("{head}{code}\n"));
        let Some(build) = common::build(&files, &target, folder.path()) else {
            return;
        };
        let mut board = common::flashed(&target, &build.bytes).expect("flashes");
        let (layout, cancel) = (layout(), Cancel::default());
        let known = Known::of(&build, target.core);
        let result = start(&mut board, &build.image, &layout, &cancel)
            .and_then(|mut program| checked_run(&mut program, &input(), &cancel));
        match result {
            Err(BoardError::TargetFault {
                fault, step: place, ..
            }) => {
                let address = known.arena.1 + past;
                let told =
                    format!("a write {past} B past the end of the arena, at {address:#010x}");
                assert_eq!((fault, place), (told, format!(" in {step}")));
            }
            other => panic!("{code}: {other:?}"),
        }
    }
}

#[test]
fn hooks_that_are_never_called_are_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let target = Target::stm32f746();
    for (hook, step) in [
        ("tinyscope_step_end(0, &view);", STEPS[0]),
        ("tinyscope_step_end(1, &view);", STEPS[1]),
    ] {
        let mut files = common::project("");
        files[1].1 = files[1].1.replace(hook, "(void)view;");
        let Some(build) = common::build(&files, &target, folder.path()) else {
            return;
        };
        let mut board = common::flashed(&target, &build.bytes).expect("flashes");
        let (layout, cancel) = (layout(), Cancel::default());
        let result = start(&mut board, &build.image, &layout, &cancel)
            .and_then(|mut program| program.run(&input(), 0, LIMIT, &cancel));
        let ends = Ends::Without(step);
        judge(&result, ends, "").expect("the step is missing");
    }
}

#[test]
fn a_fault_carries_its_registers() {
    let code = "__asm__ volatile(\"movs r0, #17\\n movs r3, #34\\n udf #1\" ::: \"r0\", \"r3\");";
    let Some(result) = outcome(code, |_| {}) else {
        return;
    };
    match result {
        Err(BoardError::TargetFault {
            record: Some(record),
            address,
            ..
        }) => {
            let FaultRecord::Arm(record) = *record else {
                panic!("{record:?}");
            };
            assert_eq!((record.r[0], record.r[3]), (17, 34));
            assert_eq!((record.pc, record.cfsr), (address, 1 << 16));
            assert_eq!(record.xpsr >> 24 & 1, 1, "Thumb state");
            assert_eq!(record.sp % 4, 0);
            assert!(
                (0x2000_0000..0x2000_0800).contains(&record.sp),
                "{record:x?}"
            );
        }
        other => panic!("{other:?}"),
    }
}

/// Overwrites the code of a function, wherever its bytes are in the file.
fn patch(elf: &mut [u8], function: &str, code: [u8; 2]) {
    let image = read_image(elf).expect("an image");
    let found = image.functions.iter().find(|f| f.2 == function);
    let address = found.expect("the function").0;
    let blocks = tinyscope_board::image::load_blocks(elf).expect("an image");
    let (start, bytes) = blocks
        .iter()
        .find(|(start, bytes)| (*start..*start + bytes.len() as u64).contains(&address))
        .expect("its block");
    let at = (address - start) as usize;
    let needle = bytes[at..at + 24].to_vec();
    let in_file = elf
        .windows(needle.len())
        .position(|window| window == needle)
        .expect("its bytes");
    elf[in_file..in_file + 2].copy_from_slice(&code);
}

#[test]
fn a_program_that_never_greets_is_told_from_one_that_resets_for_ever() {
    // `b .` as the first instruction of `main`.
    let Some(silent) = outcome("", |elf| patch(elf, "main", [0xFE, 0xE7])) else {
        return;
    };
    let text = silent.expect_err("it never greets").to_string();
    assert!(
        text.contains("before its greeting") && text.contains("main"),
        "{text}"
    );
    // `udf #1` there: a fault before anything is set up.
    let faulting = outcome("", |elf| patch(elf, "main", [0x01, 0xDE]));
    let text = faulting.map(|r| r.expect_err("it faults").to_string());
    let text = text.expect("the compiler was there a moment ago");
    assert!(
        text.contains("undefined instruction") && text.contains("main"),
        "{text}"
    );
}

#[test]
fn a_program_that_takes_the_debug_pins_is_named_and_reset_brings_the_chip_back() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let target = Target::stm32f746();
    let Some(build) = common::build(&common::project(""), &target, folder.path()) else {
        return;
    };
    let elf = std::fs::read(&build.elf).expect("the image");
    let cancel = Cancel::default();
    // The chip falls silent once it runs.
    let probe = probe::open_virtual_with(Faults {
        mute_at: Some(9_000),
        ..Faults::default()
    });
    let layout = layout();
    let mut board =
        tinyscope_board::session::attach_probe(probe, "virtual", true, &target).expect("attaches");
    let result = flash_all(&mut board, &elf)
        .and_then(|_| start(&mut board, &build.image, &layout, &cancel))
        .and_then(|mut program| {
            for _ in 0..1_000 {
                program.run(&input(), 0, LIMIT, &cancel)?;
            }
            Ok(())
        });
    let error = result.expect_err("it is silent");
    assert!(matches!(error, BoardError::Probe { .. }), "{error}");

    // A chip that is silent from the start: the plain try fails, under reset it answers.
    let mut machine = Some(Box::new(Machine::new(stm32f746())));
    let mut handle = tinyscope_board::probe::Handle::default();
    let mut open = || {
        let chip = machine.take().or_else(|| handle.take_machine());
        let faults = Faults {
            mute_at: Some(0),
            ..Faults::default()
        };
        let (probe, fresh) = open_machine(chip.expect("the chip"), faults);
        handle = fresh;
        Ok(probe)
    };
    let options = AttachOptions::default();
    let board = attach_through(&mut open, "virtual", true, &target, &options);
    let how = board.expect("under reset it answers").attached.clone();
    assert!(
        how.contains("under reset") && how.contains("after 1 failed"),
        "{how}"
    );
}
