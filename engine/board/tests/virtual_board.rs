//! probe-rs' own code drives the virtual board: attach, flash, run, halt, step, break, fault.

mod support;

use probe_rs::probe::list::Lister;
use probe_rs::probe::{DebugProbeSelector, WireProtocol};
use probe_rs::{CoreStatus, HaltReason, MemoryInterface, Permissions, RegisterId};
use std::time::Duration;
use support::{
    COUNT, COUNT_LOOP, DONE, ENTRY, FAULT, FAULT_HANDLER, FAULT_LOAD, FLASH, RESULTS, attach,
    flash, image,
};
use tinyscope_board::probe;

const PATIENCE: Duration = Duration::from_secs(10);
const CFSR: u64 = 0xE000_ED28;
const HFSR: u64 = 0xE000_ED2C;
const BFAR: u64 = 0xE000_ED38;

/// Run until the program says that it is done.
fn run_count(core: &mut probe_rs::Core<'_>) {
    core.reset().expect("resets");
    for _ in 0..10_000 {
        if core.read_word_32(RESULTS + 8).expect("reads") == DONE {
            return;
        }
    }
    panic!("the program does not finish");
}

#[test]
fn probe_rs_lists_and_opens_it() {
    probe::register();
    probe::register();
    if !tinyscope_board::can_search() {
        println!("skipped: listing probes (this system does not tell of its devices)");
        return;
    }
    let lister = Lister::new();
    let virtual_boards: Vec<_> = lister
        .list_all()
        .into_iter()
        .filter(|info| info.vendor_id == probe::VENDOR_ID)
        .collect();
    let serials: Vec<_> = (virtual_boards.iter())
        .filter_map(|info| info.serial_number.as_deref())
        .collect();
    assert_eq!(serials, probe::virtual_chips(), "each chip once");
    assert_eq!(virtual_boards[0].product_id, probe::PRODUCT_ID);
    let mut opened = virtual_boards[0].open().expect("opens");
    opened.select_protocol(WireProtocol::Swd).expect("SWD");
    assert!(opened.select_protocol(WireProtocol::Jtag).is_err());

    let other = DebugProbeSelector {
        vendor_id: probe::VENDOR_ID,
        product_id: probe::PRODUCT_ID + 1,
        interface: None,
        serial_number: None,
    };
    assert!(lister.open(other).is_err(), "only its own id opens it");
    let by_chip = |chip: &str| DebugProbeSelector {
        vendor_id: probe::VENDOR_ID,
        product_id: probe::PRODUCT_ID,
        interface: None,
        serial_number: Some(chip.to_owned()),
    };
    for chip in ["STM32H743ZI", "STM32F429ZI"] {
        assert!(lister.open(by_chip(chip)).is_ok(), "{chip}, listed or not");
    }
    assert!(lister.open(by_chip("STM32G474RE")).is_err(), "not modelled");
}

#[test]
fn a_large_image_is_programmed_verified_and_run() {
    let program = image(&COUNT, FAULT_HANDLER, 600_000, 1);
    let mut session = attach();
    flash(&mut session, &program, false).expect("programs and verifies");

    let mut core = session.core(0).expect("core 0");
    let mut back = vec![0; program.len()];
    core.read(FLASH, &mut back).expect("reads flash");
    assert!(back == program, "flash holds the image");

    run_count(&mut core);
    core.halt(PATIENCE).expect("halts");
    let cycles = core.read_word_32(RESULTS).expect("cycles");
    let instructions = core.read_word_32(RESULTS + 4).expect("instructions");
    assert!(
        (20_000..200_000).contains(&cycles),
        "{cycles} cycles for 20,000 rounds"
    );
    assert!(
        instructions >= 40_000,
        "{instructions} instructions, two a round and more"
    );
    let now = core.read_word_32(0xE000_1004).expect("CYCCNT");
    assert!(now > cycles, "CYCCNT went on after the program read it");
    let again = core.read_word_32(0xE000_1004).expect("CYCCNT");
    assert_eq!(now, again, "and stands still in debug state");

    let pc: u32 = core.read_core_reg(core.program_counter()).expect("pc");
    assert!((ENTRY + COUNT_LOOP..ENTRY + COUNT_LOOP + 4).contains(&u64::from(pc)));
    let r4: u32 = core.read_core_reg(RegisterId(4)).expect("r4");
    assert_eq!(u64::from(r4), RESULTS);
    let s5: u32 = core.read_core_reg(RegisterId(0x45)).expect("s5");
    assert!((f32::from_bits(s5) - 1.5).abs() < f32::EPSILON);
}

/// What the program counts (cycles, instructions), and how often the host looked until it was done; between two looks
/// the host reads other addresses.
fn counts(rounds_code: [u16; 2], looks_elsewhere: usize) -> (u32, u32, usize) {
    let mut code = COUNT;
    code[12..14].copy_from_slice(&rounds_code);
    let mut session = attach();
    flash(&mut session, &image(&code, 0, 1024, 6), false).expect("programs");
    let mut core = session.core(0).expect("core 0");
    core.reset().expect("resets");
    let mut looks = 0;
    while core.read_word_32(RESULTS + 8).expect("reads") != DONE {
        for other in 0..looks_elsewhere as u64 {
            core.read_word_32(0x2000_2000 + 4 * other).expect("reads");
        }
        looks += 1;
        assert!(looks < 100_000, "the program does not finish");
    }
    let cycles = core.read_word_32(RESULTS).expect("cycles");
    let instructions = core.read_word_32(RESULTS + 4).expect("instructions");
    (cycles, instructions, looks)
}

#[test]
fn what_the_program_counts_does_not_depend_on_how_the_host_polls() {
    const TWENTY_THOUSAND: [u16; 2] = [0xF644, 0x6220]; // movw r2, #20000
    let (cycles, ..) = counts(TWENTY_THOUSAND, 0);
    assert_eq!(counts(TWENTY_THOUSAND, 1).0, cycles);
    assert_eq!(counts(TWENTY_THOUSAND, 40).0, cycles);
    let (first, second) = (counts(TWENTY_THOUSAND, 3), counts(TWENTY_THOUSAND, 3));
    assert_eq!(first, second, "the same accesses give the same run");
}

#[test]
fn a_long_program_needs_few_polls() {
    const SIXTEEN_MILLION: [u16; 2] = [0xF04F, 0x7280]; // mov.w r2, #0x1000000
    let (_, instructions, looks) = counts(SIXTEEN_MILLION, 2);
    assert!(instructions > 33_000_000, "{instructions}");
    assert!(looks < 60, "{looks} looks for {instructions} instructions");
}

#[test]
fn registers_and_memory_can_be_written() {
    let mut session = attach();
    flash(&mut session, &image(&COUNT, 0, 1024, 2), false).expect("programs");
    let mut core = session.core(0).expect("core 0");
    core.reset_and_halt(PATIENCE).expect("halts at reset");
    let pc: u32 = core.read_core_reg(core.program_counter()).expect("pc");
    assert_eq!(u64::from(pc), ENTRY, "halted before the first instruction");
    let sp: u32 = core.read_core_reg(core.stack_pointer()).expect("sp");
    assert_eq!(sp, 0x2000_8000);

    for number in (0..13).chain(0x40..0x60) {
        let value = 0x1000_0000 + u32::from(number);
        core.write_core_reg(RegisterId(number), value)
            .expect("writes");
        let back: u32 = core.read_core_reg(RegisterId(number)).expect("reads");
        assert_eq!(back, value, "register {number}");
    }
    let pattern: Vec<u8> = (0..3001_u32).map(|i| (i * 31) as u8).collect();
    core.write(0x2001_0003, &pattern).expect("writes RAM");
    let mut back = vec![0; pattern.len()];
    core.read(0x2001_0003, &mut back).expect("reads RAM");
    assert_eq!(back, pattern);
    assert!(
        core.read_word_32(0xA000_0000).is_err(),
        "nothing answers there"
    );
    assert_eq!(core.read_word_32(FLASH).expect("still alive"), 0x2000_8000);
    assert_eq!(
        core.read_word_32(0x0020_0000).expect("ITCM alias"),
        0x2000_8000
    );
}

#[test]
fn breakpoints_and_steps() {
    let mut session = attach();
    flash(&mut session, &image(&COUNT, 0, 1024, 3), false).expect("programs");
    let mut core = session.core(0).expect("core 0");
    core.reset_and_halt(PATIENCE).expect("halts at reset");
    assert_eq!(core.available_breakpoint_units().expect("units"), 8);
    core.set_hw_breakpoint(ENTRY + COUNT_LOOP).expect("sets");
    core.run().expect("runs");
    core.wait_for_core_halted(PATIENCE).expect("breaks");
    assert!(matches!(
        core.status().expect("status"),
        CoreStatus::Halted(HaltReason::Breakpoint(_))
    ));
    let pc: u32 = core.read_core_reg(core.program_counter()).expect("pc");
    assert_eq!(u64::from(pc), ENTRY + COUNT_LOOP);

    let r7: u32 = core.read_core_reg(RegisterId(7)).expect("r7");
    let stepped = core.step().expect("steps");
    assert_eq!(stepped.pc, ENTRY + COUNT_LOOP + 2);
    let after: u32 = core.read_core_reg(RegisterId(7)).expect("r7");
    assert_eq!(after, r7.wrapping_add(1), "exactly one instruction");
    core.run().expect("runs");
    core.wait_for_core_halted(PATIENCE).expect("breaks again");
    core.clear_hw_breakpoint(ENTRY + COUNT_LOOP)
        .expect("clears");
    core.run().expect("runs");
    assert_eq!(core.status().expect("status"), CoreStatus::Running);
}

#[test]
fn an_erased_chip_locks_up_and_halting_frees_it() {
    let mut session = attach();
    let mut core = session.core(0).expect("core 0");
    core.reset().expect("resets");
    assert_eq!(core.status().expect("status"), CoreStatus::LockedUp);
    core.halt(PATIENCE).expect("halts");
    assert!(core.status().expect("status").is_halted());
}

#[test]
fn a_fault_is_caught_or_handled_and_leaves_its_traces() {
    let mut session = attach();
    flash(&mut session, &image(&FAULT, FAULT_HANDLER, 512, 4), false).expect("programs");
    let mut core = session.core(0).expect("core 0");

    core.reset().expect("resets");
    assert_eq!(core.status().expect("status"), CoreStatus::Running);
    core.halt(PATIENCE).expect("halts");
    let r7: u32 = core.read_core_reg(RegisterId(7)).expect("r7");
    assert_eq!(r7, 0x77, "the program's own handler ran");

    core.reset_and_halt(PATIENCE).expect("halts at reset");
    core.enable_vector_catch(probe_rs::VectorCatchCondition::HardFault)
        .expect("catches");
    core.run().expect("runs");
    core.wait_for_core_halted(PATIENCE).expect("caught");
    let pc: u32 = core.read_core_reg(core.program_counter()).expect("pc");
    assert_eq!(u64::from(pc), ENTRY + FAULT_HANDLER, "at the handler");
    let r7: u32 = core.read_core_reg(RegisterId(7)).expect("r7");
    assert_ne!(r7, 0x77, "which has not run");
    assert_eq!(
        core.read_word_32(CFSR).expect("CFSR"),
        0x8200,
        "precise, BFAR valid"
    );
    assert_eq!(core.read_word_32(BFAR).expect("BFAR"), 0xA000_0000);
    assert_eq!(core.read_word_32(HFSR).expect("HFSR"), 1 << 30, "escalated");
    let sp: u32 = core.read_core_reg(core.stack_pointer()).expect("sp");
    let stacked_pc = core.read_word_32(u64::from(sp) + 24).expect("frame");
    assert_eq!(u64::from(stacked_pc), ENTRY + FAULT_LOAD);
}

#[test]
fn the_reset_pin_resets() {
    let mut opened = probe::open_virtual(probe::CHIP).expect("opens");
    opened.target_reset_assert().expect("low");
    opened.target_reset_deassert().expect("high");
    opened.target_reset().expect("pulse");
    let mut session = support::attach_to(opened);
    let mut core = session.core(0).expect("core 0");
    core.halt(PATIENCE).expect("halts");
    let vtor = core.read_word_32(0xE000_ED08).expect("VTOR");
    assert_eq!(vtor, 0x0020_0000, "boots from flash on the ITCM bus");
}

#[test]
fn another_chip_is_refused() {
    let probe = probe::open_virtual(probe::CHIP).expect("opens");
    let error = probe
        .attach("nRF52840_xxAA", Permissions::default())
        .expect_err("it is no nRF52840");
    assert!(!error.to_string().is_empty());
}
