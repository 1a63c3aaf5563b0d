use super::core_debug::{C_DEBUGEN, C_HALT, C_STEP, DCRDR, DCRSR, DEMCR, DFSR, DHCSR};
use super::*;
use crate::chip::stm32f746;
use crate::port::{BusError, DebugTarget};

const KEY: u32 = 0xA05F_0000;
const ENTRY: u32 = 0x0800_0010;
const FLASH_CR: u32 = 0x4002_3C10;

/// A chip with this program at [`ENTRY`], reset.
fn machine(code: &[u16]) -> Machine {
    machine_with(crate::Core::CortexM7, code)
}

fn machine_with(core: crate::Core, code: &[u16]) -> Machine {
    let mut machine = Machine::new(crate::ChipSpec {
        core: core.into(),
        ..stm32f746()
    });
    let table = [0x2000_1000_u32, ENTRY + 1, ENTRY + 1, ENTRY + 1];
    let mut image: Vec<u8> = table.iter().flat_map(|w| w.to_le_bytes()).collect();
    image.extend(code.iter().flat_map(|h| h.to_le_bytes()));
    assert!(machine.memory.load(0x0800_0000, &image));
    machine.reset();
    machine
}

fn write(machine: &mut Machine, address: u32, value: u32) {
    machine
        .debug_write(0, address, 4, value)
        .expect("answers the write");
}

fn read(machine: &mut Machine, address: u32) -> u32 {
    machine.debug_read(0, address, 4).expect("answers the read")
}

fn halt(machine: &mut Machine) {
    write(machine, DHCSR, KEY | C_DEBUGEN | C_HALT);
    assert_eq!(machine.state(), State::Halted);
}

fn register(machine: &mut Machine, number: u32) -> u32 {
    write(machine, DCRSR, number);
    read(machine, DCRDR)
}

/// `adds r0, #1` for ever.
const COUNT: [u16; 2] = [0x3001, 0xE7FD];

#[test]
fn instructions_are_counted_exactly() {
    let mut machine = machine(&COUNT);
    assert_eq!(machine.advance(1001), State::Running);
    assert_eq!(machine.clock().instructions, 1001);
    assert_eq!(machine.cpu.r[0], 501);
    halt(&mut machine);
    let stopped = machine.clock();
    assert_eq!(
        read(&mut machine, INSTRUCTION_COUNTER),
        stopped.instructions as u32
    );
    assert_eq!(read(&mut machine, INSTRUCTION_COUNTER + 4), 0);
    machine.advance(1000);
    assert_eq!(machine.clock(), stopped, "time stands still in debug state");
}

#[test]
fn halting_and_stepping() {
    let mut machine = machine(&COUNT);
    assert_eq!(
        read(&mut machine, DHCSR) & 0x0302_0000,
        0x0300_0000,
        "running, was reset, has executed"
    );
    assert_eq!(read(&mut machine, DHCSR) & 1 << 25, 0, "read once");
    write(&mut machine, DHCSR, C_DEBUGEN | C_HALT);
    assert_eq!(machine.state(), State::Running, "no key, no effect");
    halt(&mut machine);
    assert_eq!(read(&mut machine, DHCSR) & 0xF_003F, 0x3_0003);
    assert_eq!(read(&mut machine, DFSR), 1);
    write(&mut machine, DFSR, 1);

    let before = register(&mut machine, 0);
    let pc = register(&mut machine, 15);
    for _ in 0..2 {
        write(&mut machine, DHCSR, KEY | C_DEBUGEN | C_STEP);
        assert_eq!(machine.state(), State::Halted);
        assert_eq!(read(&mut machine, DHCSR) & C_HALT, C_HALT);
    }
    assert_eq!(register(&mut machine, 15), pc, "round the loop of two");
    assert_eq!(register(&mut machine, 0), before + 1);
    assert_eq!(read(&mut machine, DFSR), 1, "stepped");

    write(&mut machine, DCRDR, 77);
    write(&mut machine, DCRSR, 1 << 16);
    assert_eq!(machine.cpu.r[0], 77);
    write(&mut machine, DHCSR, KEY | C_DEBUGEN);
    assert_eq!(machine.state(), State::Running);
}

#[test]
fn breakpoints_count_only_with_a_debugger() {
    let mut machine = machine(&[0x2001, 0xBE00, 0xE7FE]); // movs r0, #1; bkpt; b .
    write(&mut machine, DHCSR, KEY | C_DEBUGEN);
    machine.reset();
    assert_eq!(machine.advance(100), State::Halted);
    assert_eq!(read(&mut machine, DFSR), 2);
    assert_eq!(register(&mut machine, 15), ENTRY + 2);
    write(&mut machine, DHCSR, KEY);
    machine.reset();
    assert_ne!(machine.advance(100), State::Halted, "BKPT faults instead");
}

#[test]
fn hardware_breakpoints_stop_before_the_instruction() {
    // The unit's version 1 and 2 write the same address in different ways.
    for (core, comparator) in [
        (crate::Core::CortexM4, 0x8000_0001 | (ENTRY & !3)),
        (crate::Core::CortexM7, (ENTRY + 2) | 1),
    ] {
        let mut machine = machine_with(core, &COUNT);
        halt(&mut machine);
        write(&mut machine, 0xE000_2000, 3);
        write(&mut machine, 0xE000_2008, comparator);
        write(&mut machine, DFSR, !0);
        write(&mut machine, DHCSR, KEY | C_DEBUGEN);
        assert_eq!(machine.advance(10), State::Halted, "{core:?}");
        assert_eq!(register(&mut machine, 15), ENTRY + 2);
        assert_eq!(read(&mut machine, DFSR), 2);
    }
}

#[test]
fn reset_can_be_caught() {
    let mut machine = machine(&COUNT);
    write(&mut machine, DHCSR, KEY | C_DEBUGEN);
    write(&mut machine, DEMCR, 1);
    write(&mut machine, 0xE000_ED0C, 0x05FA_0004);
    assert_eq!(machine.state(), State::Halted);
    assert_eq!(read(&mut machine, DFSR), 8);
    assert_eq!(register(&mut machine, 15), ENTRY, "nothing has run");
    assert_eq!(register(&mut machine, 13), 0x2000_1000);
    write(&mut machine, DEMCR, 0);
    write(&mut machine, 0xE000_ED0C, 0x05FA_0004);
    assert_eq!(machine.state(), State::Running);
}

#[test]
fn a_program_that_resets_for_ever_uses_up_its_budget() {
    let mut machine = machine(&[
        0x4801, 0x4902, 0x6001, 0xE7FE, 0xED0C, 0xE000, 0x0004, 0x05FA, 0x0004, 0x05FA,
    ]);
    assert_eq!(machine.advance(10_000), State::Running);
    assert_eq!(machine.clock().instructions, 10_000);
    assert!(read(&mut machine, DHCSR) & 1 << 25 != 0, "it was reset");
}

#[test]
fn an_erased_chip_locks_up_until_halted() {
    let mut machine = Machine::new(stm32f746());
    assert_eq!(machine.advance(10), State::LockedUp);
    assert_eq!(read(&mut machine, DHCSR) & 1 << 19, 1 << 19);
    halt(&mut machine);
    assert_eq!(read(&mut machine, DHCSR) & 1 << 19, 0);
}

#[test]
fn sleep_lasts_until_something_wakes_the_core() {
    let mut machine = machine(&[0xBF30, 0x2001, 0xE7FE]); // wfi; movs r0, #1; b .
    assert_eq!(machine.advance(1000), State::Sleeping);
    assert!(machine.clock().cycles >= 900, "time passes");
    let instructions = machine.clock().instructions;
    assert_eq!(read(&mut machine, DHCSR) & 1 << 18, 1 << 18);
    assert_eq!(machine.advance(1000), State::Sleeping);
    assert_eq!(machine.clock().instructions, instructions, "nothing runs");
    machine.cpu.primask = true;
    write(&mut machine, 0xE000_ED04, 1 << 28); // ICSR.PENDSVSET
    assert_eq!(machine.advance(1000), State::Running);
    assert_eq!(machine.cpu.r[0], 1, "went on behind the WFI");
}

#[test]
fn nothing_runs_while_the_reset_pin_is_low() {
    let mut machine = machine(&COUNT);
    machine.held_in_reset = true;
    let before = machine.clock();
    machine.advance(100);
    assert_eq!(machine.clock(), before);
}

#[test]
fn flash_is_erased_and_programmed_through_its_controller_alone() {
    let mut machine = machine(&COUNT);
    halt(&mut machine);
    let target = 0x0800_8000;
    write(&mut machine, target, 0x1234_5678);
    assert_eq!(
        read(&mut machine, target),
        !0,
        "locked: the store is dropped"
    );
    for key in crate::flash::ST_KEYS {
        write(&mut machine, 0x4002_3C04, key);
    }
    write(&mut machine, FLASH_CR, 2 << 8 | 1);
    write(&mut machine, target, 0x1234_5678);
    write(&mut machine, target, 0xFFFF_0000);
    assert_eq!(read(&mut machine, target), 0x1234_0000);
    assert_eq!(read(&mut machine, 0x0020_8000), 0x1234_0000, "ITCM copy");
    assert_eq!(
        machine.debug_write(0, 0x0020_8004, 4, 0),
        Err(BusError),
        "which is read-only"
    );
    write(&mut machine, FLASH_CR, 1 << 16 | 1 << 3 | 2);
    assert_eq!(read(&mut machine, target), !0);
    assert_ne!(read(&mut machine, 0x0800_0000), !0, "sector 0 stands");
    assert_eq!(machine.peripherals.flash_wear().erases, 1);
}

#[test]
fn identification() {
    let mut machine = machine(&COUNT);
    halt(&mut machine);
    assert_eq!(
        read(&mut machine, 0xE000_ED00) & 0xFFF0,
        0xC270,
        "Cortex-M7"
    );
    assert_eq!(read(&mut machine, 0xE004_2000) & 0xFFF, 0x449);
    assert_eq!(
        machine.debug_read(0, 0x1FF0_F442, 2),
        Ok(1024),
        "KiB of flash"
    );
    assert_eq!(read(&mut machine, 0xE00F_D000), 0x2003);
    let cidr: Vec<u32> = (0..4)
        .map(|i| read(&mut machine, 0xE00F_DFF0 + 4 * i))
        .collect();
    assert_eq!(cidr, [0x0D, 0x10, 0x05, 0xB1]);
    assert_eq!(
        read(&mut machine, 0xE000_EFF4),
        0xE0,
        "SCS is a generic component"
    );
    assert_eq!(machine.debug_read(0, 0xA000_0000, 4), Err(BusError));
    assert_eq!(machine.debug_write(0, 0x6000_0000, 4, 0), Err(BusError));
}

#[test]
fn random_erasing_and_programming_leaves_what_flash_physics_allows() {
    let mut machine = machine(&COUNT);
    halt(&mut machine);
    for key in crate::flash::ST_KEYS {
        write(&mut machine, 0x4002_3C04, key);
    }
    // The first words of sectors 1 to 3, so that stores often meet cells that are programmed already.
    let mut model = [[!0_u32; 4]; 3];
    let mut state = 0x9E37_79B9_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    for _ in 0..5_000 {
        let (random, data) = (next(), next());
        let (sector, word) = (random as usize % 3, (random >> 8) as usize % 4);
        let address = 0x0800_8000 + 0x8000 * sector as u32 + 4 * word as u32;
        if (random >> 16) % 8 == 0 {
            write(
                &mut machine,
                FLASH_CR,
                1 << 16 | (sector as u32 + 1) << 3 | 2,
            );
            model[sector] = [!0; 4];
        } else {
            // Sometimes without PG: the store must not reach the cells.
            let programs = random >> 20 & 3 != 0;
            write(&mut machine, FLASH_CR, 2 << 8 | u32::from(programs));
            write(&mut machine, address, data);
            if programs {
                model[sector][word] &= data;
            }
        }
        assert_eq!(read(&mut machine, address), model[sector][word]);
    }
}

/// A chip of this part with flash here, and RAM.
fn chip(name: &str, flash: u32) -> Machine {
    let part = crate::chip::part(name).expect("modelled");
    let regions = vec![
        crate::Region::flash(flash, 64 << 10),
        crate::Region::ram(0x2000_0000, 64 << 10),
    ];
    Machine::new(crate::ChipSpec::new(
        part,
        name,
        64_000_000,
        regions,
        Vec::new(),
    ))
}

#[test]
fn the_system_bus_of_an_h7_is_behind_its_own_access_port() {
    let mut machine = chip("STM32H743ZI", 0x0800_0000);
    assert_eq!(machine.debug_read(2, 0xE00E_1000, 4), Ok(0x2003_6450));
    assert_eq!(machine.debug_write(2, 0xE00E_1004, 4, 7), Ok(()));
    assert_eq!(machine.debug_read(2, 0xE00E_1004, 4), Ok(7));
    assert_eq!(
        read(&mut machine, 0x5C00_1004),
        7,
        "the core sees it elsewhere"
    );
    assert_eq!(
        machine.debug_read(2, 0xE00E_0FE0, 4),
        Ok(0x50),
        "ROM table: part 0x450"
    );
    assert_eq!(machine.debug_read(2, 0x2000_0000, 4), Ok(0), "no memory");
    assert_eq!(machine.layout().ports.len(), 3);
}

#[test]
fn an_m33_says_what_its_debugger_may_do() {
    let mut machine = chip("STM32U585AI", 0x0800_0000);
    assert_eq!(
        read(&mut machine, 0xE000_EFB8),
        0xF,
        "non-secure debug, halting and not; no secure state"
    );
    assert_eq!(read(&mut machine, 0xE000_EE08), 0, "DSCSR");
    let architectures = [0xE000_EFBC, 0xE000_1FBC, 0xE000_2FBC];
    let architectures = architectures.map(|address| read(&mut machine, address) & 0xFFFF);
    assert_eq!(architectures, [0x2A04, 0x1A02, 0x1A03], "SCS, DWT, FPB");
    assert_eq!(read(&mut machine, 0xE004_4000), 0x3001_6482);
}

#[test]
fn a_protected_nordic_chip_answers_its_control_port_alone() {
    let mut machine = chip("nRF52840_xxAA", 0);
    assert_eq!(machine.read_vendor(1, 0x0C), 1, "open");
    assert!(machine.memory.load(0x1000_1208, &[0; 4]));
    assert!(machine.memory.load(0x2000_0000, &[7; 4]));
    assert!(machine.is_enabled(0), "until the next reset");
    machine.drive_reset(true);
    machine.drive_reset(false);
    assert_eq!(machine.read_vendor(1, 0x0C), 0, "closed");
    assert!(!machine.is_enabled(0));
    machine.write_vendor(1, 0x04, 1);
    assert_eq!(machine.read_vendor(1, 0x08), 0, "erased");
    assert!(!machine.is_enabled(0), "until the next reset");
    machine.write_vendor(1, 0x00, 1);
    assert!(machine.held_in_reset);
    machine.write_vendor(1, 0x00, 0);
    assert_eq!(machine.read_vendor(1, 0x0C), 1, "open");
    assert_eq!(machine.memory.slice(0x1000_1208, 4), Some(&[0xFF; 4][..]));
    assert_eq!(machine.memory.slice(0x2000_0000, 4), Some(&[0; 4][..]));
    assert_eq!(machine.peripherals.flash_wear().erases, 17);
}

#[test]
fn memory_takes_time_only_where_the_chip_asks_for_it() {
    let count = |spec: crate::ChipSpec, registers: &[(u32, u32)]| {
        let mut machine = Machine::new(spec);
        let table = [0x2000_1000_u32, ENTRY + 1, ENTRY + 1, ENTRY + 1];
        let mut image: Vec<u8> = table.iter().flat_map(|w| w.to_le_bytes()).collect();
        image.extend(COUNT.iter().flat_map(|h| h.to_le_bytes()));
        assert!(machine.memory.load(0x0800_0000, &image));
        machine.reset();
        for (address, value) in registers {
            write(&mut machine, *address, *value);
        }
        machine.pace = Pace::default();
        let before = machine.clock().cycles;
        machine.advance(1000);
        machine.clock().cycles - before
    };
    let timed = stm32f746();
    let plain = count(timed.clone().without_memory_timing(), &[]);
    assert_eq!(
        timed.timing.ports.len(),
        3,
        "flash, its second view, and SRAM"
    );
    // The loop of two instructions lies in one line: it is fetched once, from the line buffer of the flash
    // interface or through the instruction cache (CCR.IC), and flash waits 7 + 2 or 7 + 4 cycles.
    let (wait, fill) = (9, 11);
    assert_eq!(count(timed.clone(), &[]), plain + wait);
    let cached = count(timed, &[(0xE000_ED14, 1 << 17 | 0x4_0200)]);
    assert_eq!(cached, plain + fill);
}
