//! Finding the chip on a board, flashing no more than differs.

mod common;

use std::error::Error;
use tinyscope_board::image::load_blocks;
use tinyscope_board::probe::{Faults, Handle, VIRTUAL_CHIPS, open_machine, open_virtual};
use tinyscope_board::session::{
    AttachOptions, FlashOptions, FlashReport, Protocol, attach_probe, attach_through, attach_with,
    detect_chip, detect_through, flash,
};
use tinyscope_board::{BoardError, BoardsWatch, Cancel};
use tinyscope_core::plan::Target;
use tinyscope_vmcu::{Machine, stm32f746};

#[test]
fn the_virtual_boards_chip_is_found_as_a_real_ones() -> Result<(), Box<dyn Error>> {
    let found = detect_chip("virtual")?;
    println!("{found:?}");
    assert!(
        found
            .candidates
            .iter()
            .any(|name| "STM32F746NGHx".starts_with(name.as_str()))
    );
    assert!(found.why.contains("Cortex-M7") && found.why.contains("0x449"));
    assert!(found.why.contains("1024 KiB"));
    // Chips of another size or line are no candidates.
    let named = |begin: &str| found.candidates.iter().any(|name| name.starts_with(begin));
    assert!(!named("STM32F750") && !named("STM32F767") && !named("STM32F746xE"));
    for chip in VIRTUAL_CHIPS {
        let found = detect_through(&mut || open_virtual(chip))?;
        let first: Vec<_> = found.candidates.iter().take(3).collect();
        let count = found.candidates.len();
        println!(
            "{chip:16} {count:3} {} {first:?} {}",
            found.certain, found.why
        );
        assert!(
            found
                .candidates
                .iter()
                .any(|name| name.starts_with(chip) || chip.starts_with(name.as_str())),
            "{chip}: {found:?}"
        );
    }
    assert!(matches!(
        detect_chip("1209:0001:NOWHERE"),
        Err(BoardError::ProbeMissing { .. })
    ));
    Ok(())
}

#[test]
fn options_reach_the_probe() -> Result<(), Box<dyn Error>> {
    let target = Target::stm32f746();
    let options = AttachOptions {
        speed_khz: Some(950),
        under_reset: true,
        protocol: Some(Protocol::Swd),
    };
    let board = attach_with("virtual", &target, &options)?;
    assert_eq!(board.speed_khz, 950);
    assert!(board.attached.contains("under reset at 950 kHz"));
    // A protocol that the probe does not have: refused by every try, and said once.
    let options = AttachOptions {
        protocol: Some(Protocol::Jtag),
        ..AttachOptions::default()
    };
    let error = attach_with("virtual", &target, &options).map(|_| ());
    let text = error.expect_err("no JTAG").to_string();
    assert!(
        text.contains("JTAG") && text.contains("tried plainly"),
        "{text}"
    );
    Ok(())
}

#[test]
fn a_faulty_line_is_tried_slower_and_the_error_names_the_tries() {
    let target = Target::stm32f746();
    let mut opened = 0;
    let mut open = || {
        opened += 1;
        Ok(tinyscope_board::probe::open_virtual_with(
            Faults::vanishing(9),
        ))
    };
    let options = AttachOptions::default();
    let result = attach_through(&mut open, "virtual", true, &target, &options).map(|_| ());
    let text = result.expect_err("it is gone each time").to_string();
    assert_eq!(opened, 6);
    for way in [
        "plainly at 4000 kHz",
        "under reset at 1000 kHz",
        "plainly at 250 kHz",
    ] {
        assert!(text.contains(way), "{text}");
    }
}

#[test]
fn sectors_that_hold_the_image_and_all_others_are_left_alone() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let target = Target::stm32f746();
    // Large enough for three of the chip's sectors of 32 KiB.
    let padding = |first: u8| {
        format!(
            "static const uint8_t pad[80000] = {{{first}, [79999] = 5}}; out[0] = (int8_t)(out[0] + pad[out[1] & 1] * 0);__asm__ volatile(\"\" :: \"r\"(pad));"
        )
    };
    let mut elfs = Vec::new();
    for first in [1, 2] {
        let files = common::project(&padding(first));
        let Some(build) = common::build(&files, &target, folder.path()) else {
            return Ok(());
        };
        elfs.push(std::fs::read(&build.elf)?);
    }
    let blocks = load_blocks(&elfs[0])?;
    let bytes: u64 = blocks.iter().map(|block| block.1.len() as u64).sum();
    assert!((80_000..98_304).contains(&bytes));
    let mut machine = Box::new(Machine::new(stm32f746()));
    // Something of the user's in a sector further up.
    assert!(machine.memory.load(0x0804_0000, b"do not touch"));
    let run = |machine: Box<Machine>,
               elf: &[u8],
               options|
     -> Result<(FlashReport, Box<Machine>), Box<dyn Error>> {
        let (probe, handle): (_, Handle) = open_machine(machine, Faults::default());
        let mut board = attach_probe(probe, "virtual", true, &target)?;
        let report = flash(&mut board, elf, options, &mut |_| {}, &Cancel::default())?;
        drop(board);
        Ok((report, handle.take_machine().ok_or("the chip")?))
    };
    let options = FlashOptions::default();
    let (first, machine) = run(machine, &elfs[0], options)?;
    assert_eq!((first.programmed_bytes, first.unchanged_bytes), (bytes, 0));
    assert_eq!(first.erased_bytes, 3 * 32 * 1024);
    let wear = |machine: &Machine| machine.memory.slice(0x0804_0000, 12).map(<[u8]>::to_vec);
    assert_eq!(wear(&machine).as_deref(), Some(&b"do not touch"[..]));
    // Again: nothing to do.
    assert!(!first.is_reused());
    let worn = machine.peripherals.flash_wear();
    assert_eq!(worn.erases, 3);
    let (again, machine) = run(machine, &elfs[0], options)?;
    assert_eq!((again.programmed_bytes, again.erased_bytes), (0, 0));
    assert_eq!(again.unchanged_bytes, bytes);
    assert!(again.is_reused());
    // As the flash controller itself has it.
    assert_eq!(machine.peripherals.flash_wear(), worn);
    // One byte differs: one sector.
    let (other, machine) = run(machine, &elfs[1], options)?;
    assert_eq!(other.erased_bytes, 32 * 1024);
    assert!(!other.is_reused());
    assert_eq!(machine.peripherals.flash_wear().erases, 4);
    assert_eq!(other.programmed_bytes + other.unchanged_bytes, bytes);
    let there = machine.memory.slice(blocks[0].0 as u32, bytes as u32);
    assert_eq!(there, Some(load_blocks(&elfs[1])?[0].1.as_slice()));
    assert_eq!(wear(&machine).as_deref(), Some(&b"do not touch"[..]));
    // Unless it is asked for.
    let rewrite = FlashOptions {
        rewrite: true,
        ..options
    };
    let (all, _) = run(machine, &elfs[1], rewrite)?;
    assert_eq!((all.programmed_bytes, all.unchanged_bytes), (bytes, 0));
    Ok(())
}

#[test]
fn the_list_of_boards_is_told_once() {
    let mut watch = BoardsWatch::default();
    let first = watch.poll().expect("the first look");
    assert!(first.boards.iter().any(|board| board.is_virtual));
}
