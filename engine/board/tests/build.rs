//! Linker scripts, the build of a program with the firmware, and what happens when it cannot be built.

mod common;

use std::error::Error;
use std::ffi::OsStr;
use std::time::{Duration, Instant};
use tinyscope_board::build::{build_project, build_with};
use tinyscope_board::firmware::{link_script, placement, symbol};
use tinyscope_board::toolchain::{find_toolchain, first_error};
use tinyscope_board::{BoardError, Cancel, Progress, target_for_chip};
use tinyscope_core::plan::{Core, MemoryKind, Target};

#[test]
fn the_link_script_follows_the_memory_map() -> Result<(), Box<dyn Error>> {
    let script = link_script(&placement(&Target::stm32f746())?);
    assert!(script.contains("FLASH (rx) : ORIGIN = 0x08000000, LENGTH = 0x100000"));
    assert!(script.contains("RAM (rwx) : ORIGIN = 0x20000000, LENGTH = 0x50000"));
    let nordic = link_script(&placement(&target_for_chip("nRF52840_xxAA")?)?);
    assert!(nordic.contains("FLASH (rx) : ORIGIN = 0x00000000, LENGTH = 0x100000"));
    assert!(nordic.contains("RAM (rwx) : ORIGIN = 0x20000000, LENGTH = 0x40000"));
    Ok(())
}

#[test]
fn a_region_name_cannot_end_the_scripts_comment() -> Result<(), Box<dyn Error>> {
    let mut target = Target::stm32f746();
    target.regions[0].name = "*/ MEMORY {".into();
    let script = link_script(&placement(&target)?);
    assert_eq!(script.matches("*/").count(), 1, "{script}");
    assert_eq!(script.matches("MEMORY\n{").count(), 1);
    Ok(())
}

#[test]
fn a_program_builds_without_a_warning_for_every_supported_core() -> Result<(), Box<dyn Error>> {
    for (chip, core) in [
        ("STM32F746NGHx", Core::CortexM7),
        ("nRF52840_xxAA", Core::CortexM4),
        ("STM32F103C8", Core::CortexM3),
        ("nRF5340_xxAA", Core::CortexM33),
        ("STM32G071RBTx", Core::CortexM0Plus),
    ] {
        let target = target_for_chip(chip)?;
        assert_eq!(target.core, core, "{chip}");
        let folder = tempfile::tempdir()?;
        let Some(build) = common::build(&common::project(""), &target, folder.path()) else {
            return Ok(());
        };
        assert_eq!(build.log, "", "{chip}: warnings");
        let image = &build.image;
        assert!((1_000..16_000).contains(&image.flash_bytes), "{image:?}");
        // 139 bytes of arena and the firmware's own; the stack is apart.
        assert!((139..4_000).contains(&image.ram_bytes), "{image:?}");
        assert_eq!(image.stack_bytes, build.placement.stack_bytes);
        let ram = &build.placement.ram;
        for name in [symbol::RTT, symbol::CONTROL, symbol::ARENA] {
            let address = image.variable(name)?;
            assert!(
                (ram.base..ram.base + ram.bytes).contains(&address),
                "{name}"
            );
        }
        assert_eq!(image.variable(symbol::ARENA)? % 32, 0);
        let step = image
            .functions
            .iter()
            .find(|f| f.2 == "step_01_rows")
            .ok_or("no function for the step")?;
        assert_eq!(image.function_at(step.0 as u32 + 2), Some("step_01_rows"));
        assert_eq!(image.function_at(0xFFFF_FFF0), None);
    }
    Ok(())
}

#[test]
fn no_compiler_says_what_to_install() {
    let found = find_toolchain(Core::CortexM7, OsStr::new(""), None);
    let Err(BoardError::CompilerMissing {
        searched, install, ..
    }) = &found
    else {
        panic!("{found:?}");
    };
    assert!(searched.contains("arm-none-eabi-gcc"));
    assert!(install.contains("gcc-arm-none-eabi"));

    let folder = tempfile::tempdir().expect("a temporary folder");
    let built = build_with(
        &common::project(""),
        &Target::stm32f746(),
        folder.path(),
        (OsStr::new(""), None),
        &mut |_| {},
        &Cancel::default(),
    );
    assert!(matches!(built, Err(BoardError::CompilerMissing { .. })));
}

#[test]
fn an_override_that_is_not_there_is_named() {
    let wanted = OsStr::new("/nowhere/armcc");
    let found = find_toolchain(Core::CortexM7, OsStr::new("/usr/bin"), Some(wanted));
    let message = found.map_or_else(|e| e.to_string(), |t| format!("{t:?}"));
    assert!(message.contains("/nowhere/armcc"), "{message}");
    assert!(message.contains("TINYSCOPE_CC"), "{message}");
}

#[test]
fn the_compilers_first_error_is_what_is_reported() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let files = common::project("this is not C;");
    let built = build_project(
        &files,
        &Target::stm32f746(),
        folder.path(),
        &mut |_| {},
        &Cancel::default(),
    );
    match built {
        Err(BoardError::CompileFailed {
            first_error, log, ..
        }) => {
            assert!(first_error.contains("model.c:"), "{first_error}");
            assert!(first_error.contains("error"), "{first_error}");
            assert!(log.len() >= first_error.len());
        }
        Err(error @ BoardError::CompilerMissing { .. }) => println!("skipped: {error}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(
        first_error("a\nb.c:1:2: error: no\nc"),
        "b.c:1:2: error: no"
    );
    assert_eq!(first_error("only this\n\n"), "only this");
    assert_eq!(first_error(""), "it printed nothing");
    Ok(())
}

#[test]
fn a_chip_that_is_too_small_is_named_with_both_figures() -> Result<(), Box<dyn Error>> {
    for (kind, bytes) in [(MemoryKind::Ram, 1_280), (MemoryKind::Flash, 1_024)] {
        let mut target = Target::stm32f746();
        for region in target.regions.iter_mut().filter(|r| r.kind == kind) {
            region.bytes = bytes;
        }
        let folder = tempfile::tempdir()?;
        let built = build_project(
            &common::project(""),
            &target,
            folder.path(),
            &mut |_| {},
            &Cancel::default(),
        );
        match built {
            Err(BoardError::DoesNotFit {
                needed_bytes,
                available_bytes,
                what,
                ..
            }) => {
                assert_eq!(available_bytes, bytes);
                assert!(needed_bytes > bytes, "{what}: {needed_bytes}");
            }
            Err(error @ BoardError::CompilerMissing { .. }) => println!("skipped: {error}"),
            other => panic!("{other:?}"),
        }
    }
    // No memory at all is the same answer, and needs no compiler.
    let mut target = Target::stm32f746();
    target.regions.clear();
    assert!(matches!(
        placement(&target),
        Err(BoardError::DoesNotFit { .. })
    ));
    Ok(())
}

#[test]
fn cancelling_stops_the_compiler() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let cancel = Cancel::default();
    cancel.cancel();
    let started = Instant::now();
    let built = build_project(
        &common::project(""),
        &Target::stm32f746(),
        folder.path(),
        &mut |_: Progress| {},
        &cancel,
    );
    match built {
        Err(BoardError::CompilerMissing { .. }) => println!("skipped: no compiler"),
        other => assert!(matches!(other, Err(BoardError::Cancelled { .. }))),
    }
    assert!(started.elapsed() < Duration::from_secs(20));
    assert!(!folder.path().join("firmware.elf").exists());
    Ok(())
}

#[test]
fn files_of_a_project_stay_in_its_folder() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let files = vec![("../escaped.c".to_owned(), String::new())];
    let built = build_project(
        &files,
        &Target::stm32f746(),
        &folder.path().join("inner"),
        &mut |_| {},
        &Cancel::default(),
    );
    assert!(matches!(
        built,
        Err(BoardError::Io { .. } | BoardError::CompilerMissing { .. })
    ));
    assert!(!folder.path().join("escaped.c").exists());
    Ok(())
}
