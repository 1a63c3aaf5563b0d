//! Programs that go wrong on the chip: each is stopped, named, and located to its step, within its time limit.

mod common;

use common::{flash_all, input, layout};
use std::time::{Duration, Instant};
use tinyscope_board::fault::FaultRecord;
use tinyscope_board::image::read_image;
use tinyscope_board::probe::{self, Faults, open_machine};
use tinyscope_board::session::{AttachOptions, attach, attach_through, start};
use tinyscope_board::{BoardError, Cancel};
use tinyscope_core::plan::Target;
use tinyscope_vmcu::{Machine, stm32f746};

const LIMIT: Duration = Duration::from_secs(1);
/// What a run may take beyond its limit: building apart, the rest is quick.
const MARGIN: Duration = Duration::from_secs(30);
const STEP: &str = "step_01_rows";

/// Builds the program with `code` in its last step, lets `change` alter the image, flashes and runs it.
fn outcome(code: &str, change: impl FnOnce(&mut Vec<u8>)) -> Option<Result<u32, BoardError>> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let target = Target::stm32f746();
    let build = common::build(&common::project(code), &target, folder.path())?;
    let mut elf = std::fs::read(&build.elf).expect("the image");
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

#[test]
fn every_misbehaviour_is_named_and_located() {
    // Code of the last step, and what the message must say, one of several where it depends on the processor's guard.
    let programs: &[(&str, &str, &[&str])] = &[
        (
            "loops for ever",
            "for (;;) { __asm__ volatile(\"\"); }",
            &["did not finish"],
        ),
        (
            "sleeps for ever",
            "__asm__ volatile(\"wfi\");",
            &["did not finish"],
        ),
        (
            "one large frame",
            "volatile uint8_t big[8192]; for (int i = 8191; i >= 0; i--) { big[i] = 1; }",
            &["stack overflow", "BusFault"],
        ),
        (
            "recursion without end",
            "volatile int8_t deep[64]; deep[0] = in[0]; step_01_rows((const int8_t *)deep, out); out[0] = deep[1];",
            &["stack overflow"],
        ),
        (
            "divides by zero",
            "volatile int zero = 0; out[0] = (int8_t)(out[1] / zero);",
            &["division by zero"],
        ),
        (
            "undefined instruction",
            "__asm__ volatile(\"udf #1\");",
            &["undefined instruction"],
        ),
        (
            "reads where nothing is",
            "out[0] = *(volatile int8_t *)0x60000000;",
            &["at 0x60000000"],
        ),
        (
            "writes where nothing is",
            "*(volatile int *)0x60000000 = 1;",
            &["BusFault", "at 0x60000000"],
        ),
        (
            "executes data",
            "static volatile uint16_t code[2] = {0xDE01, 0xE7FE}; ((void (*)(void))((uintptr_t)code + 1))();",
            &["execution of data", "jump to", "undefined instruction"],
        ),
        (
            "jumps to nowhere",
            "((void (*)(void))0xA0000001)();",
            &["jump to 0xa0000000"],
        ),
        (
            "leaves Thumb state",
            "((void (*)(void))0x08000000)();",
            &["not in Thumb state"],
        ),
        (
            "stops at a breakpoint",
            "__asm__ volatile(\"bkpt #0\");",
            &["breakpoint"],
        ),
        (
            "overwrites the control block",
            "extern volatile uint32_t tinyscope_control[]; for (int i = 0; i < 36; i++) { tinyscope_control[i] = 0x01010101u * (uint32_t)i + 0x77; } for (;;) { }",
            &["control block was overwritten"],
        ),
        (
            "resets itself",
            "*(volatile uint32_t *)0xE000ED0C = 0x05FA0004u; for (;;) { }",
            &["a reset: the chip started"],
        ),
    ];
    for (name, code, messages) in programs {
        let Some(result) = outcome(code, |_| {}) else {
            return;
        };
        let error = result.expect_err(name);
        let text = error.to_string();
        println!("{name:30} {text}");
        assert!(messages.iter().any(|m| text.contains(m)), "{name}: {text}");
        // Of an overwritten block nothing is believed, its step neither.
        assert!(
            text.contains(STEP) || *name == "overwrites the control block",
            "{name}: {text}"
        );
        if let BoardError::TargetFault { record, .. } = &error {
            let has_record = record.is_some();
            let by_the_core = ["breakpoint", "reset:"].iter().any(|m| text.contains(m));
            assert!(has_record != by_the_core, "{name}: {record:?}");
        }
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

#[test]
fn writing_beside_the_arena_faults_or_shows_in_the_guards() {
    // One byte past the end lies in painted bytes; 32 further is the processor's guard, where it has one.
    for (offset, guards, words) in [
        (139 - 128, 1, "past the end"),
        (139 - 128 + 32, 1, "past the end of the arena"),
        (-128 - 1, 2, "before the start of the arena"),
    ] {
        let Some(result) = outcome(&format!("out[{offset}] = 1;"), |_| {}) else {
            return;
        };
        match result {
            Ok(seen) => assert_eq!(seen, guards, "{offset}"),
            Err(error) => {
                let text = error.to_string();
                assert!(text.contains(words) && text.contains(STEP), "{text}");
            }
        }
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
