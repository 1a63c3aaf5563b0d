//! The virtual RISC-V board, through the very session that a real one takes: attached, loaded into RAM, run, measured;
//! programs that go wrong are stopped and named.
#![cfg(feature = "espressif")]

mod common;
#[path = "../../core/tests/support/mod.rs"]
mod support;

use common::{INPUT_BYTES, OUTPUT_BYTES, input};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tinyscope_board::fault::FaultRecord;
use tinyscope_board::probe::{Fault, FaultKind, Faults, open_virtual, open_virtual_chip};
use tinyscope_board::session::{
    AttachOptions, Board, FlashOptions, Layout, attach, attach_probe, attach_through,
    detect_through, flash, start,
};
use tinyscope_board::{BoardError, Cancel, MeasureRequest, measure, target_for_chip};
use tinyscope_core::import::load;
use tinyscope_core::plan::{Choices, Target, plan};

const CHIP: &str = "esp32c3";
const LIMIT: Duration = Duration::from_secs(2);
const STEP: &str = "step_01_rows";

fn layout() -> Layout {
    Layout {
        inputs: vec![(0, INPUT_BYTES)],
        output_bytes: OUTPUT_BYTES,
        steps: vec!["step_00_twice".into(), STEP.into()],
    }
}

#[test]
fn digits_are_the_hosts_bit_for_bit_with_simulated_cycles_per_step() -> Result<(), Box<dyn Error>> {
    let path = support::workspace().join("models/digits.tflite");
    let graph = load("digits", &std::fs::read(path)?).map_err(|d| format!("{d:?}"))?;
    let target = target_for_chip(CHIP)?;
    let plan = Arc::new(plan(&graph, &target, &Choices::default())?);
    let mut request = MeasureRequest::new(Arc::clone(&plan), "virtual");
    request.runs = 2;
    let measured = match measure(&request, &mut |_| {}, &Cancel::default()) {
        Err(error @ BoardError::CompilerMissing { .. }) => {
            println!("skipped: {error}");
            return Ok(());
        }
        other => other?,
    };
    assert!(measured.bit_exact && measured.guards_intact && measured.simulated);
    assert_eq!(measured.timing_model.as_deref(), Some("rv32imc-1"));
    assert_eq!(
        measured.cycles[0], measured.cycles[1],
        "nothing changes between runs"
    );
    assert_eq!(measured.flash_bytes, 0, "all of it runs from RAM");
    assert!(measured.ram_bytes > 0 && measured.ram_bytes <= target.sram_bytes as u64);
    let instructions = measured.instructions.expect("a simulator counts them");
    assert!(instructions <= measured.total_cycles);
    for step in &measured.steps {
        assert!(step.bit_exact && step.cycles[0] > 0);
    }
    println!(
        "{}: {} cycles (simulated, rv32imc-1), {instructions} instructions, {} B of stack",
        measured.chip, measured.total_cycles, measured.stack_bytes
    );
    Ok(())
}

/// Builds the program with `code` in its last step, loads and runs it; `None` without a compiler.
fn outcome(code: &str) -> Option<Result<u32, BoardError>> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let target = target_for_chip(CHIP).expect("the registry has it");
    let build = common::build(&common::project(code), &target, folder.path())?;
    let cancel = Cancel::default();
    let mut board = attach("virtual", &target).expect("attaches");
    board.answer_limit = LIMIT;
    let options = FlashOptions::default();
    flash(&mut board, &build.bytes, options, &mut |_| {}, &cancel).expect("loads");
    let layout = layout();
    let result = start(&mut board, &build.image, &layout, &cancel)
        .and_then(|mut program| program.run(&input(), 0, LIMIT, &cancel))
        .map(|report| report.guards | u32::from(report.guarded) << 2);
    Some(result)
}

#[test]
fn what_goes_wrong_is_named_and_located() {
    let programs = [
        (
            "loops for ever",
            "for (;;) { __asm__ volatile(\"\"); }",
            "did not finish",
        ),
        (
            "sleeps for ever",
            "__asm__ volatile(\"wfi\");",
            "did not finish",
        ),
        (
            "one large frame",
            "volatile uint8_t big[8192]; for (int i = 8191; i >= 0; i--) { big[i] = 1; }",
            "stack overflow",
        ),
        (
            "recursion without end",
            "volatile int8_t deep[64]; deep[0] = in[0]; step_01_rows((const int8_t *)deep, out); out[0] = deep[1];",
            "stack overflow",
        ),
        (
            "illegal instruction",
            "__asm__ volatile(\".word 0xffffffff\");",
            "illegal instruction",
        ),
        (
            "reads where nothing is",
            "out[0] = *(volatile int8_t *)0x70000000;",
            "load access fault (read at 0x70000000)",
        ),
        (
            "writes past its arena",
            "((volatile int8_t *)in)[96] = 1;",
            "store access fault (access 21 B past the end of the arena",
        ),
        (
            "writes by the address for instructions",
            "((volatile int8_t *)in)[0x700000] = 1;",
            "store access fault",
        ),
        (
            "an odd address",
            "out[0] = (int8_t)*(volatile int32_t *)(in + 1);",
            "load address misaligned",
        ),
        (
            "stops at a breakpoint",
            "__asm__ volatile(\"ebreak\");",
            "a breakpoint instruction",
        ),
        (
            "jumps to nowhere",
            "((void (*)(void))0x70000000)();",
            "jump to 0x70000000",
        ),
        (
            "resets itself",
            "*(volatile uint32_t *)0x60008000 = 1u << 31; for (;;) { }",
            "store access fault",
        ),
    ];
    for (name, code, wanted) in programs {
        let Some(result) = outcome(code) else { return };
        let error = result.expect_err(name);
        let text = error.to_string();
        println!("{name}: {text}");
        assert!(text.contains(wanted), "{name}: {text}");
        assert!(text.contains(STEP), "{name}: {text}");
    }
    // Without anything wrong, the guards are whole and the processor stood guard.
    if let Some(result) = outcome("") {
        assert_eq!(result.expect("it runs"), 7);
    }
}

#[test]
fn programs_build_without_a_warning_for_both_chips() -> Result<(), Box<dyn Error>> {
    for (chip, define) in [
        (CHIP, "-DTINYSCOPE_ESP32C3=1"),
        ("esp32c2", "-DTINYSCOPE_ESP32C2=1"),
    ] {
        let target = target_for_chip(chip)?;
        let folder = tempfile::tempdir()?;
        let Some(build) = common::build(&common::project(""), &target, folder.path()) else {
            return Ok(());
        };
        assert_eq!(build.log, "", "{chip}: warnings");
        assert!(build.flags.contains(define), "{}", build.flags);
        let (code, ram) = (&build.placement.code, &build.placement.ram);
        assert_ne!(code.base, ram.base, "{chip}: two addresses of one RAM");
        let image = &build.image;
        assert_eq!(image.loaded.0, ram.base, "{chip}");
        assert!((code.base..code.base + image.loaded.1).contains(&image.entry));
        // The code's bytes are not counted, and not used, a second time.
        let (arena, bytes) = image.arena;
        let used = arena + bytes - ram.base;
        assert!(
            used >= image.ram_bytes + image.stack_bytes,
            "{chip}: {used}"
        );
        assert!(
            used < image.ram_bytes + image.stack_bytes + 256,
            "{chip}: {used}"
        );
    }
    Ok(())
}

#[test]
fn the_chip_is_found_as_a_real_one() -> Result<(), Box<dyn Error>> {
    let found = detect_through(&mut || open_virtual(CHIP))?;
    assert_eq!(found.candidates, [CHIP]);
    assert!(found.certain, "{}", found.why);
    Ok(())
}

#[test]
fn a_fault_carries_its_registers() {
    let code =
        "__asm__ volatile(\"li a0, 17\\n li a3, 34\\n .word 0xffffffff\" ::: \"a0\", \"a3\");";
    match outcome(code) {
        None => {}
        Some(Err(BoardError::TargetFault {
            record: Some(record),
            address,
            ..
        })) => {
            let FaultRecord::RiscV(record) = *record else {
                panic!("{record:?}");
            };
            assert_eq!((record.a[0], record.a[3]), (17, 34));
            assert_eq!(
                (record.cause, record.pc, record.value),
                (2, address, u32::MAX)
            );
            assert!((0x3FC8_0000..0x3FCE_0000).contains(&record.sp));
        }
        Some(other) => panic!("{other:?}"),
    }
}

#[test]
fn what_does_not_fit_into_ram_says_so_with_both_figures() -> Result<(), Box<dyn Error>> {
    let target = target_for_chip(CHIP)?;
    let folder = tempfile::tempdir()?;
    let table = "static const uint8_t table[400000] = {1}; out[0] = (int8_t)table[(unsigned)(uint8_t)in[0] * 1500u];";
    let built = tinyscope_board::build::build_project(
        &common::project(table),
        &target,
        folder.path(),
        &mut |_| {},
        &Cancel::default(),
    );
    match built {
        Err(BoardError::CompilerMissing { .. }) => println!("skipped: no compiler"),
        Err(BoardError::DoesNotFit {
            needed_bytes,
            available_bytes,
            what,
            ..
        }) => {
            assert!(needed_bytes > 400_000, "{needed_bytes}");
            assert_eq!(available_bytes, 384 * 1024);
            assert!(what.contains("SRAM"), "{what}");
        }
        other => panic!("{other:?}"),
    }
    Ok(())
}

/// One try through a probe that misbehaves.
fn with_faults(
    target: &Target,
    elf: &[u8],
    image: &tinyscope_board::image::Image,
    faults: Faults,
) -> Result<Vec<u8>, BoardError> {
    let cancel = Cancel::default();
    let probe = open_virtual_chip(CHIP, faults)?;
    let mut board: Board = attach_probe(probe, "virtual", true, target)?;
    board.answer_limit = LIMIT;
    flash(
        &mut board,
        elf,
        FlashOptions::default(),
        &mut |_| {},
        &cancel,
    )?;
    let layout = layout();
    let mut program = start(&mut board, image, &layout, &cancel)?;
    program
        .run(&input(), 0, LIMIT, &cancel)
        .map(|report| report.output)
}

#[test]
fn a_faulty_link_ends_in_an_error_or_the_right_answer() -> Result<(), Box<dyn Error>> {
    let target = target_for_chip(CHIP)?;
    let folder = tempfile::tempdir()?;
    let Some(build) = common::build(&common::project(""), &target, folder.path()) else {
        return Ok(());
    };
    let expected: Vec<u8> = common::expected(&input())
        .1
        .iter()
        .map(|&code| code as u8)
        .collect();
    let right = with_faults(&target, &build.bytes, &build.image, Faults::default())?;
    assert_eq!(right, expected);
    let kinds = [
        FaultKind::Refused,
        FaultKind::Wait,
        FaultKind::NoAcknowledge,
        FaultKind::FlippedRead(7),
        FaultKind::FlippedWrite(13),
        FaultKind::FlippedBoth(0),
        FaultKind::Hangs,
        FaultKind::PowerGlitch,
    ];
    let (mut answered, mut refused) = (0, 0);
    for (index, at) in (0..48u64).map(|i| i * i * 7 + i).enumerate() {
        let fault = Fault {
            at,
            count: 1 + index as u64 % 3,
            kind: kinds[index % kinds.len()],
        };
        let faults = Faults {
            list: vec![fault],
            limit: Some(2_000_000),
            ..Faults::default()
        };
        match with_faults(&target, &build.bytes, &build.image, faults) {
            Ok(output) => {
                assert_eq!(output, expected, "{fault:?}");
                answered += 1;
            }
            Err(_) => refused += 1,
        }
    }
    println!("{answered} right answers, {refused} errors");
    assert!(answered > 0 && refused > 0);
    Ok(())
}

#[test]
fn an_attach_that_fails_is_tried_under_reset() -> Result<(), Box<dyn Error>> {
    let target = target_for_chip(CHIP)?;
    let mute = Faults {
        mute_at: Some(0),
        ..Faults::default()
    };
    let board = attach_through(
        &mut || open_virtual_chip(CHIP, mute.clone()),
        "virtual",
        true,
        &target,
        &AttachOptions::default(),
    );
    let text = board
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    assert!(
        text.contains("tried plainly") && text.contains("under reset"),
        "{text}"
    );
    Ok(())
}
