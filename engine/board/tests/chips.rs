//! Facts of the chip registry that the rest relies on.

use tinyscope_board::chips::clock_for_chip;
use tinyscope_board::{BoardError, chips, search_chips, target_for_chip};
use tinyscope_core::plan::{Core, MemoryKind, Target};

#[test]
fn the_registry_is_whole_and_sorted() {
    let chips = chips();
    assert!(chips.len() >= 4_379, "{}", chips.len());
    assert!(chips.is_sorted_by(|a, b| a.name <= b.name));
}

#[test]
fn the_disco_board_has_its_data_sheet_memory() -> Result<(), BoardError> {
    let target = target_for_chip("STM32F746NGHx")?;
    assert_eq!(target.core, Core::CortexM7);
    assert_eq!(target.clock_hz, 216_000_000);
    assert_eq!(target.sram_bytes, 320 * 1024);
    assert_eq!(target.flash_bytes, 1024 * 1024);
    let built_in = Target::stm32f746();
    let place = |t: &Target, kind| {
        t.regions
            .iter()
            .filter(|r| r.kind == kind)
            .map(|r| (r.base, r.bytes))
            .max_by_key(|r| r.1)
    };
    for kind in [MemoryKind::Ram, MemoryKind::Flash] {
        assert_eq!(place(&target, kind), place(&built_in, kind));
    }
    Ok(())
}

#[cfg(feature = "espressif")]
#[test]
fn the_esp32_c3_is_planned_for() -> Result<(), BoardError> {
    let target = target_for_chip("esp32c3")?;
    assert_eq!(target.core, Core::RiscV32Imc);
    assert_eq!(target.clock_hz, 160_000_000);
    // SRAM 1 (Espressif, ESP32-C3 Technical Reference Manual, table 3.3-2), by its address on the data bus.
    assert_eq!(target.sram_bytes, 384 * 1024);
    let ram: Vec<u64> = (target.regions.iter())
        .filter(|region| region.kind == MemoryKind::Ram)
        .map(|region| region.base)
        .collect();
    assert_eq!(ram, [0x3FC8_0000]);
    // As much flash as it can address; modules have less.
    assert_eq!(target.flash_bytes, 16 << 20);
    Ok(())
}

#[test]
fn ram_seen_twice_counts_once() -> Result<(), BoardError> {
    let target = target_for_chip("nRF52840_xxAA")?;
    assert_eq!(target.core, Core::CortexM4);
    assert_eq!(target.sram_bytes, 256 * 1024);
    assert_eq!(target.flash_bytes, 1024 * 1024);
    let ram: Vec<u64> = target
        .regions
        .iter()
        .filter(|r| r.kind == MemoryKind::Ram)
        .map(|r| r.base)
        .collect();
    assert_eq!(ram, [0x2000_0000], "the view at 0x0080_0000 is left out");
    Ok(())
}

#[test]
fn windows_of_external_flash_are_not_flash() -> Result<(), BoardError> {
    let target = target_for_chip("STM32H743ZITx")?;
    assert_eq!(target.core, Core::CortexM7);
    assert_eq!(
        target.flash_bytes,
        2 * 1024 * 1024,
        "two banks in one piece"
    );
    assert_eq!(
        target.sram_bytes,
        512 * 1024,
        "AXI SRAM is the largest piece"
    );
    Ok(())
}

#[test]
fn multicore_chips_are_known_by_their_first_core() -> Result<(), BoardError> {
    assert_eq!(target_for_chip("STM32H747XIHx")?.core, Core::CortexM7);
    assert_eq!(target_for_chip("nRF5340_xxAA")?.core, Core::CortexM33);
    assert_eq!(target_for_chip("RP2040")?.core, Core::CortexM0Plus);
    Ok(())
}

#[test]
fn an_unknown_chip_is_answered_with_near_names() {
    let message = |name: &str| match target_for_chip(name) {
        Err(error @ BoardError::UnknownChip { .. }) => error.to_string(),
        other => format!("{other:?}"),
    };
    let mistyped = message("STM32F764NG");
    assert!(
        mistyped.contains("unknown chip `STM32F764NG`"),
        "{mistyped}"
    );
    assert!(mistyped.contains("for example STM32F7"), "{mistyped}");
    assert!(message("").contains("unknown chip ``"));
    assert!(message("pocket calculator").contains("unknown chip"));
    // Too little to tell one chip from another is not an answer either.
    assert!(message("STM32F7").contains("unknown chip"));
}

#[test]
fn search_finds_chips_and_packages_whatever_the_case() {
    let found = search_chips("stm32f746n");
    assert!(!found.is_empty());
    assert!(found.iter().all(|c| c.name.starts_with("STM32F746N")));
    let package = search_chips("stm32f746nghx");
    assert!(
        package.iter().any(|c| c.name == "STM32F746NGHx"),
        "{package:?}"
    );
    assert!(package.iter().all(|c| c.ram_bytes == 320 * 1024));
    assert!(search_chips("no such chip").is_empty());
}

#[test]
fn a_clock_says_where_it_is_from() {
    let known = clock_for_chip("STM32F746NGHx", Core::CortexM7);
    assert_eq!(
        (known.hz, known.source.as_str()),
        (216_000_000, "ST DS10916")
    );
    let guess = clock_for_chip("SomethingElse", Core::CortexM4);
    assert!(guess.source.starts_with("assumed"), "{}", guess.source);
}
