//! Each chip that a virtual board can have, end to end through probe-rs: attach, erase, program, verify, run, debug;
//! and attaching to boards that make it hard. `--nocapture` prints the table.

mod support;

use probe_rs::config::{Registry, TargetSelector};
use probe_rs::flashing::{DownloadOptions, FlashProgress, erase, erase_all};
use probe_rs::probe::Probe;
use probe_rs::{
    Core, CoreStatus, HaltReason, MemoryInterface as _, Permissions, RegisterId, Session,
};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use support::{COUNT, COUNT_LOOP, DONE, FAULT_HANDLER, RESULTS, flash_at, image_at};
use tinyscope_board::probe::{self, Faults};
use tinyscope_board::{BoardError, Cancel, MeasureRequest, measure, target_for_chip};
use tinyscope_core::import::load;
use tinyscope_core::plan::{Choices, plan};
use tinyscope_vmcu::{ChipSpec, FLASH_COUNTERS, Family};

type Outcome<T> = Result<T, Box<dyn Error>>;

const PATIENCE: Duration = Duration::from_secs(10);
/// Offset of the program in an image.
const PROGRAM: u64 = 0x40;
const CYCCNT: u64 = 0xE000_1004;

/// `wfi; b .-2`: sleeps, and sleeps again whenever something wakes it.
const SLEEP: [u16; 2] = [0xBF30, 0xE7FD];
const FOREVER: [u16; 1] = [0xE7FE];

fn attach(probe: Probe, chip: &ChipSpec) -> Outcome<Session> {
    Ok(probe.attach(chip.name.as_str(), Permissions::default())?)
}

/// The two counters of the flash: sectors erased, words programmed.
fn wear(core: &mut Core<'_>) -> Outcome<[u32; 2]> {
    let mut counts = [0; 2];
    core.read_32(u64::from(FLASH_COUNTERS), &mut counts)?;
    Ok(counts)
}

/// What the table says of a chip.
struct Row {
    chip: String,
    core: String,
    image_bytes: usize,
    erases: u32,
    programs: u32,
    mass_erases: u32,
    cycles: u32,
    instructions: u32,
}

fn run_through(chip: &ChipSpec) -> Outcome<Row> {
    let base = u64::from(chip.flash().0);
    let image = image_at(base, &COUNT, FAULT_HANDLER, 150_000, 7);
    let mut session = attach(probe::open_virtual(&chip.name)?, chip)?;

    let erased_before = wear(&mut session.core(0)?)?[0];
    assert_eq!(erased_before, 0, "as delivered");
    flash_at(&mut session, base, &image, false)?;
    let [erases, programs] = wear(&mut session.core(0)?)?;
    assert!(erases > 0 && programs > 0);
    let mut back = vec![0; image.len()];
    session.core(0)?.read(base, &mut back)?;
    assert!(back == image, "{}: flash holds the image", chip.name);

    let (cycles, instructions) = debug(&mut session.core(0)?, base)?;

    // Programming over an image without erasing cannot pass for programming.
    let other = image_at(base, &COUNT, FAULT_HANDLER, 20_000, 8);
    assert!(flash_at(&mut session, base, &other, true).is_err());
    flash_at(&mut session, base, &other, false)?;

    let before = wear(&mut session.core(0)?)?[0];
    let mut progress = FlashProgress::new(|_| {});
    if erase_all(&mut session, &mut progress, false).is_err() {
        // The registry has one-time-programmable memory for some chips, but no way to erase it, and so gives up.
        let bytes = u64::from(chip.flash().1);
        erase(&mut session, &mut progress, base, base + bytes, false)?;
    }
    let mut core = session.core(0)?;
    let mass_erases = wear(&mut core)?[0] - before;
    assert!(mass_erases as usize >= chip.sectors.len());
    let mut back = vec![0; 1 << 16];
    core.read(base, &mut back)?;
    assert!(back.iter().all(|&byte| byte == 0xFF), "erased");
    core.reset()?;
    assert_eq!(core.status()?, CoreStatus::LockedUp, "nothing to run");
    core.halt(PATIENCE)?;
    Ok(Row {
        chip: chip.name.clone(),
        core: format!("{:?}", chip.core.core),
        image_bytes: image.len(),
        erases,
        programs,
        mass_erases,
        cycles,
        instructions,
    })
}

/// Run, halt, registers, breakpoint, step. Returns what the program counted.
fn debug(core: &mut Core<'_>, base: u64) -> Outcome<(u32, u32)> {
    let entry = base + PROGRAM;
    core.reset()?;
    let mut polls = 0;
    while core.read_word_32(RESULTS + 8)? != DONE {
        polls += 1;
        assert!(polls < 10_000, "the program does not finish");
    }
    core.halt(PATIENCE)?;
    let cycles = core.read_word_32(RESULTS)?;
    let instructions = core.read_word_32(RESULTS + 4)?;
    assert!((20_000..200_000).contains(&cycles), "{cycles} cycles");
    assert!(instructions >= 40_000, "{instructions} instructions");
    assert!(core.read_word_32(CYCCNT)? > cycles, "the counter went on");
    let now = core.read_word_32(CYCCNT)?;
    assert_eq!(core.read_word_32(CYCCNT)?, now, "and stands still now");
    let s5: u32 = core.read_core_reg(RegisterId(0x45))?;
    assert_eq!(s5, 1.5_f32.to_bits());

    core.reset_and_halt(PATIENCE)?;
    let pc: u32 = core.read_core_reg(core.program_counter())?;
    assert_eq!(u64::from(pc), entry, "halted before the first instruction");
    for number in (0..13).chain(0x40..0x60) {
        let value = 0x1000_0000 + u32::from(number);
        core.write_core_reg(RegisterId(number), value)?;
        let back: u32 = core.read_core_reg(RegisterId(number))?;
        assert_eq!(back, value, "register {number}");
    }
    let pattern: Vec<u8> = (0..3001_u32).map(|i| (i * 31) as u8).collect();
    core.write(0x2000_2003, &pattern)?;
    let mut back = vec![0; pattern.len()];
    core.read(0x2000_2003, &mut back)?;
    assert_eq!(back, pattern);
    assert!(core.read_word_32(0xA000_0000).is_err(), "nobody there");

    assert!(core.available_breakpoint_units()? >= 6);
    core.set_hw_breakpoint(entry + COUNT_LOOP)?;
    core.run()?;
    core.wait_for_core_halted(PATIENCE)?;
    let reason = core.status()?;
    assert!(matches!(
        reason,
        CoreStatus::Halted(HaltReason::Breakpoint(_))
    ));
    let r7: u32 = core.read_core_reg(RegisterId(7))?;
    assert_eq!(core.step()?.pc, entry + COUNT_LOOP + 2);
    let after: u32 = core.read_core_reg(RegisterId(7))?;
    assert_eq!(after, r7.wrapping_add(1), "exactly one instruction");
    core.clear_hw_breakpoint(entry + COUNT_LOOP)?;
    core.run()?;
    assert_eq!(core.status()?, CoreStatus::Running);
    Ok((cycles, instructions))
}

#[test]
fn every_virtual_chip_from_attaching_to_running() -> Outcome<()> {
    println!(
        "{:<14} {:<10} attach program verify run | image B, erases, words programmed, sectors of a full erase | \
         simulated cycles of the program, instructions since power-up (most of them the flash algorithm's)",
        "chip", "core"
    );
    for name in probe::VIRTUAL_CHIPS {
        let chip = probe::virtual_arm_chip(name)?;
        let row = run_through(&chip).map_err(|error| format!("{name}: {error:?}"))?;
        println!(
            "{:<14} {:<10} yes    yes     yes    yes | {} {} {} {} | {} {}",
            row.chip,
            row.core,
            row.image_bytes,
            row.erases,
            row.programs,
            row.mass_erases,
            row.cycles,
            row.instructions
        );
    }
    Ok(())
}

/// One chip for each flash algorithm and number of sectors among the chips that can be virtual boards.
fn one_for_each_algorithm() -> Vec<(String, ChipSpec)> {
    let registry = Registry::from_builtin_families();
    let mut chips = BTreeMap::new();
    for info in tinyscope_board::chips() {
        let Ok(chip) = probe::virtual_arm_chip(&info.name) else {
            continue;
        };
        let target = registry.get_target_by_name(&info.name);
        let algorithms = target.map_or_else(|_| Vec::new(), |target| target.flash_algorithms);
        let start = u64::from(chip.flash().0);
        let algorithm = (algorithms.into_iter())
            .filter(|algorithm| algorithm.flash_properties.address_range.contains(&start))
            .max_by_key(|algorithm| algorithm.default);
        let name = algorithm.map_or_else(String::new, |algorithm| algorithm.name);
        chips.entry((name, chip.sectors.len())).or_insert(chip);
    }
    (chips.into_iter())
        .map(|((algorithm, _), chip)| (algorithm, chip))
        .collect()
}

#[test]
fn every_flash_algorithm_erases_and_programs_every_sector() -> Outcome<()> {
    let chips = one_for_each_algorithm();
    assert!(chips.len() > 15, "{}", chips.len());
    for (algorithm, chip) in chips {
        let mut session = attach(probe::open_virtual(&chip.name)?, &chip)?;
        let base = u64::from(chip.flash().0);
        let mut loader = session.target().flash_loader();
        let mut pieces = Vec::new();
        for (number, sector) in chip.sectors.iter().enumerate() {
            let data: Vec<u8> = (0..48).map(|i| (number * 31 + i * 7 + 1) as u8).collect();
            // The end of a sector, so that one that is erased too late or too early is seen.
            pieces.push((base + u64::from(sector.offset + sector.bytes) - 48, data));
        }
        if chip.family == Family::Nrf52 {
            pieces.push((0x1000_1080, vec![0x5A; 8])); // customer words of UICR
        }
        for (address, data) in &pieces {
            loader.add_data(*address, data)?;
        }
        let mut options = DownloadOptions::default();
        options.verify = true;
        (loader.commit(&mut session, options))
            .map_err(|error| format!("{} by {algorithm}: {error:?}", chip.name))?;
        let mut core = session.core(0)?;
        let [erases, programs] = wear(&mut core)?;
        assert_eq!(erases as usize, pieces.len(), "{}", chip.name);
        for (address, data) in &pieces {
            let mut back = vec![0; data.len()];
            core.read(*address, &mut back)?;
            assert_eq!(&back, data, "{} at {address:#x}", chip.name);
        }
        println!(
            "{algorithm:<20} {:<14} {} sectors, {programs} words programmed",
            chip.name,
            chip.sectors.len()
        );
    }
    Ok(())
}

#[test]
fn a_nordic_chip_is_recognised() -> Outcome<()> {
    let probe = probe::open_virtual("nRF52840_xxAA")?;
    let session = probe.attach(TargetSelector::Auto, Permissions::default())?;
    assert_eq!(session.target().name, "nRF52840_xxAA");
    Ok(())
}

/// A board whose flash holds this program, which has run for a while.
fn used(chip: &ChipSpec, code: &[u16]) -> Outcome<Probe> {
    let base = u64::from(chip.flash().0);
    let image = image_at(base, code, 0, 512, 3);
    Ok(probe::open_programmed(
        &chip.name,
        &image,
        Faults::default(),
    )?)
}

/// The board takes a new program, which runs.
fn takes_a_program(session: &mut Session, chip: &ChipSpec) -> Outcome<()> {
    let base = u64::from(chip.flash().0);
    let image = image_at(base, &COUNT, FAULT_HANDLER, 4096, 9);
    flash_at(session, base, &image, false)?;
    debug(&mut session.core(0)?, base)?;
    Ok(())
}

fn all_chips() -> Outcome<Vec<ChipSpec>> {
    let chips = probe::VIRTUAL_CHIPS.iter();
    Ok(chips
        .map(|name| probe::virtual_arm_chip(name))
        .collect::<Result<_, _>>()?)
}

#[test]
fn connecting_under_reset_halts_before_the_first_instruction() -> Outcome<()> {
    for chip in all_chips()? {
        let probe = used(&chip, &FOREVER)?;
        let mut session = probe.attach_under_reset(chip.name.as_str(), Permissions::default())?;
        let mut core = session.core(0)?;
        assert!(core.status()?.is_halted(), "{}", chip.name);
        let pc: u32 = core.read_core_reg(core.program_counter())?;
        assert_eq!(u64::from(pc), u64::from(chip.flash().0) + PROGRAM);
        drop(core);
        takes_a_program(&mut session, &chip)?;
    }
    Ok(())
}

#[test]
fn an_empty_chip_is_locked_up_and_takes_a_program() -> Outcome<()> {
    for chip in all_chips()? {
        let mut session = attach(probe::open_virtual(&chip.name)?, &chip)?;
        assert_eq!(session.core(0)?.status()?, CoreStatus::LockedUp);
        takes_a_program(&mut session, &chip)?;
    }
    Ok(())
}

#[test]
fn a_sleeping_program_is_halted_and_replaced() -> Outcome<()> {
    for chip in all_chips()? {
        let mut session = attach(used(&chip, &SLEEP)?, &chip)?;
        assert_eq!(
            session.core(0)?.status()?,
            CoreStatus::Sleeping,
            "{}",
            chip.name
        );
        session.core(0)?.halt(PATIENCE)?;
        takes_a_program(&mut session, &chip)?;
    }
    Ok(())
}

/// First register of the port with the debug pins.
fn debug_port_pins(chip: &ChipSpec) -> Option<u32> {
    match chip.family {
        Family::Stm32F4 | Family::Stm32F7 => Some(0x4002_0000),
        Family::Stm32H7 => Some(0x5802_0000),
        Family::Stm32L5 | Family::Stm32U5 => Some(0x4202_0000),
        Family::Nrf52 => None, // its debug pins are nothing else
    }
}

#[test]
fn a_program_that_takes_the_debug_pins_is_reached_under_reset() -> Outcome<()> {
    for chip in all_chips()? {
        let Some(port) = debug_port_pins(&chip) else {
            continue;
        };
        // ldr r0, =MODER; movs r1, #0; str r1, [r0]; b .
        let [low, high] = [port as u16, (port >> 16) as u16];
        let code = [0x4801, 0x2100, 0x6001, 0xE7FE, low, high];
        let failure = attach(used(&chip, &code)?, &chip).map(|_| ());
        assert!(failure.is_err(), "{}: nobody answers", chip.name);
        let probe = used(&chip, &code)?;
        let mut session = probe.attach_under_reset(chip.name.as_str(), Permissions::default())?;
        takes_a_program(&mut session, &chip)?;
    }
    Ok(())
}

#[test]
fn a_protected_nordic_chip_is_opened_by_erasing_it_and_only_with_permission() -> Outcome<()> {
    let chip = probe::virtual_arm_chip("nRF52840_xxAA")?;
    // NVMC.CONFIG = 1; UICR.APPROTECT = 0; AIRCR = SYSRESETREQ until the debug port is closed for good.
    let code = [
        0x4805, 0x2101, 0x6001, 0x4805, 0x2100, 0x6001, 0x4804, 0x4905, 0x6001, 0xE7FE, 0xBF00,
        0xBF00, 0xE504, 0x4001, 0x1208, 0x1000, 0xED0C, 0xE000, 0x0004, 0x05FA,
    ];
    let refused = attach(used(&chip, &code)?, &chip).map(|_| ());
    let message = format!("{:?}", refused.expect_err("it is protected"));
    assert!(message.contains("erase"), "{message}");

    let permissions = Permissions::new().allow_erase_all();
    let mut session = used(&chip, &code)?.attach(chip.name.as_str(), permissions)?;
    let mut words = [0; 2];
    session.core(0)?.read_32(0x1000_1208, &mut words)?;
    assert_eq!(words, [u32::MAX; 2], "everything was erased");
    takes_a_program(&mut session, &chip)
}

#[test]
fn every_chip_of_a_modelled_line_can_be_a_virtual_board() -> Outcome<()> {
    let mut modelled = 0;
    for info in tinyscope_board::chips() {
        match probe::virtual_arm_chip(&info.name) {
            Ok(chip) => {
                modelled += 1;
                let (base, bytes) = chip.flash();
                assert_eq!(info.flash_bytes, u64::from(bytes), "{}", info.name);
                let mut end = 0;
                for sector in &chip.sectors {
                    assert!(sector.offset >= end && sector.bytes > 0, "{}", info.name);
                    end = sector.offset + sector.bytes;
                }
                let first = chip.sectors.first().ok_or("no sectors")?;
                assert_eq!(first.offset, 0);
                assert!(end >= bytes, "{}: sectors cover the flash", info.name);
                let ram = chip.regions.iter().any(|region| region.base == 0x2000_0000);
                assert!(ram && base.is_multiple_of(1024), "{}", info.name);
            }
            Err(error) => assert!(error.to_string().contains(&info.name), "{error}"),
        }
    }
    println!("{modelled} of the registry's chips can be virtual boards");
    assert!(modelled > 300, "{modelled}");
    let near = probe::virtual_arm_chip("STM32H747XIHx").expect_err("it has two cores");
    assert!(near.to_string().contains("STM32H743ZI"), "{near}");
    Ok(())
}

#[test]
fn a_network_is_bit_exact_on_every_chip() -> Outcome<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/digits.tflite");
    let graph = load("digits", &std::fs::read(path)?).map_err(|d| format!("{d:?}"))?;
    for name in probe::VIRTUAL_CHIPS {
        let target = target_for_chip(name)?;
        let plan = plan(&graph, &target, &Choices::default())?;
        let request = MeasureRequest::new(Arc::new(plan), "virtual");
        let measurement = match measure(&request, &mut |_| {}, &Cancel::default()) {
            Err(error @ BoardError::CompilerMissing { .. }) => {
                println!("skipped: {error}");
                return Ok(());
            }
            other => other.map_err(|error| format!("{name}: {error}"))?,
        };
        assert!(
            measurement.bit_exact,
            "{name}: {:?}",
            measurement.difference
        );
        assert!(measurement.guards_intact, "{name}");
        println!(
            "{name:<14} digits: bit-exact, {} cycles, {:?} instructions ({})",
            measurement.total_cycles, measurement.instructions, measurement.provenance
        );
    }
    Ok(())
}
