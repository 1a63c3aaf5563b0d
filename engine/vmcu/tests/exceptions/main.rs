//! Exceptions where QEMU is silent, wrong or built differently, held to the manuals: Armv7-M is DDI 0403E, Armv8-M
//! DDI 0553. The random scenarios of `tests/qemu.rs` cover the rest.
#![allow(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as expected"
)]

mod frames;
mod lazy;
mod rig;

use rig::*;
use tinyscope_vmcu::{Core, CoreConfig, FloatUnit, Stop};

fn config(core: Core, float: FloatUnit) -> CoreConfig {
    CoreConfig {
        float,
        ..core.into()
    }
}

#[test]
fn wfi_ignores_primask_but_not_basepri() {
    // DDI 0403E, Wait For Interrupt.
    let mut rig = Rig::new(Core::CortexM4, &[WFI, BKPT]);
    rig.cpu.primask = true;
    rig.cpu.system.set_pending(14);
    assert_eq!(rig.run(), Stop::Bkpt(0));
    let mut rig = Rig::new(Core::CortexM4, &[WFI, BKPT]);
    rig.write(0xe000_ed20, 0x80 << 16);
    rig.cpu.basepri = 0x80;
    rig.cpu.system.set_pending(14);
    assert_eq!(rig.run(), Stop::Sleep);
    assert!(!rig.cpu.wakes());
    rig.cpu.basepri = 0;
    assert!(rig.cpu.wakes());
}

#[test]
fn wfe_waits_for_an_event() {
    // DDI 0403E, Wait For Event and Send Event: SEV, and a pending interrupt that is not even enabled under SEVONPEND.
    let mut rig = Rig::new(Core::CortexM7, &[SEV, WFE, WFE, BKPT]);
    assert_eq!(rig.run(), Stop::Sleep);
    assert_eq!(rig.cpu.pc, CODE + 6);
    rig.cpu.system.set_pending(20);
    assert!(!rig.cpu.wakes());
    rig.write(0xe000_e280, 1 << 4);
    rig.write(SCR, 1 << 4);
    rig.cpu.system.set_pending(20);
    assert!(rig.cpu.wakes());
    assert_eq!(rig.run(), Stop::Bkpt(0));
}

#[test]
fn a_core_sleeps_when_its_last_handler_ends() {
    // DDI 0403E, SCR.SLEEPONEXIT.
    let mut rig = Rig::new(Core::CortexM4, &[NOP, BKPT]);
    rig.handler(14, &[BX_LR]);
    rig.write(SCR, 1 << 1);
    rig.write(ICSR, 1 << 28);
    assert_eq!(rig.run(), Stop::Sleep);
    assert_eq!((rig.cpu.pc, rig.cpu.ipsr), (CODE, 0));
    rig.write(SCR, 0);
    rig.write(ICSR, 1 << 28);
    assert_eq!(rig.run(), Stop::Bkpt(0));
}

#[test]
fn time_goes_on_in_wfi_until_systick() {
    let mut rig = Rig::new(Core::CortexM4, &[WFI, LOOP]);
    for (address, value) in [(0xe000_e014, 9_999), (0xe000_e018, 0), (0xe000_e010, 7)] {
        rig.write(address, value);
    }
    assert_eq!(rig.run(), Stop::Bkpt(15));
    assert!((10_000..10_050).contains(&rig.cpu.clock.cycles));
    assert!(rig.cpu.clock.instructions < 5);
}

#[test]
fn bus_errors_are_ignored_in_hard_fault_where_asked() {
    // ldr r0, [r1]; bkpt #9. DDI 0403E, CCR.BFHFNMIGN.
    for (bit, stop) in [(0, Stop::Lockup), (1 << 8, Stop::Bkpt(9))] {
        let mut rig = Rig::new(Core::CortexM7, &[0xde00]);
        rig.handler(3, &[0x6808, BKPT | 9]);
        rig.cpu.r[1] = NOWHERE;
        rig.write(CCR, 0x200 | bit);
        assert_eq!(rig.run(), stop);
        assert_eq!(rig.cpu.lockup, bit == 0);
    }
}

#[test]
fn an_nmi_ends_a_lockup() {
    // DDI 0403E, Unrecoverable exception cases.
    let mut rig = Rig::new(Core::CortexM4, &[0xde00]);
    rig.handler(3, &[0xde00]);
    assert_eq!(rig.run(), Stop::Lockup);
    assert_eq!(rig.cpu.pc, 0xffff_fffe);
    assert_eq!(rig.run(), Stop::Lockup);
    rig.write(ICSR, 1 << 31);
    assert!(!rig.cpu.lockup);
    assert_eq!(rig.run(), Stop::Bkpt(2));
    // And back into it.
    rig.handler(2, &[BX_LR]);
    assert_eq!(rig.run(), Stop::Lockup);
}

#[test]
fn faultmask_stays_clear_at_negative_priorities() {
    // cpsid f; mrs r0, faultmask; bkpt. DDI 0403E, CPS.
    let mut rig = Rig::new(Core::CortexM4, &[LOOP]);
    rig.handler(2, &[0xb671, 0xf3ef, 0x8013, BKPT]);
    rig.write(ICSR, 1 << 31);
    assert_eq!(rig.run(), Stop::Bkpt(0));
    assert_eq!(rig.cpu.r[0], 0);
}

#[test]
fn priorities_and_lines_are_those_of_the_chip() {
    for bits in 3..=8u8 {
        let mask = u32::from(u8::MAX << (8 - bits));
        let mut rig = Rig::new(
            CoreConfig {
                priority_bits: bits,
                interrupts: 40,
                ..Core::CortexM4.into()
            },
            &[],
        );
        rig.write(0xe000_e424, 0xffff_ffff);
        rig.write(0xe000_e428, 0xffff_ffff);
        rig.write(0xe000_ed20, 0xffff_ffff);
        assert_eq!(rig.read(0xe000_e424), mask * 0x0101_0101);
        assert_eq!(rig.read(0xe000_e428), 0);
        assert_eq!(rig.read(0xe000_ed20), mask * 0x0101_0001);
        rig.write(0xe000_e104, 0xffff_ffff);
        rig.write(0xe000_e204, 0xffff_ffff);
        assert_eq!(rig.read(0xe000_e104), 0xff);
        assert_eq!(rig.read(0xe000_e204), 0xff);
        assert_eq!(rig.read(0xe000_e004), 1, "ICTR counts in 32 lines");
    }
}

#[test]
fn stir_is_open_where_user_set_mpend_says_so() {
    // str r0, [r1]. DDI 0403E, CCR.USERSETMPEND and STIR.
    for (bit, stop) in [(0, Stop::Bkpt(3)), (2, Stop::Bkpt(21))] {
        let mut rig = Rig::new(Core::CortexM4, &[0x6008, LOOP]);
        rig.write(CCR, 0x200 | bit);
        rig.write(0xe000_e100, 1 << 5);
        (rig.cpu.r[0], rig.cpu.r[1]) = (5, 0xe000_ef00);
        rig.cpu.control = 1;
        assert_eq!(rig.run(), stop);
    }
}

#[test]
fn systick_reloads_flags_and_stops_as_described() {
    // DDI 0403E, SysTick operation.
    let mut rig = Rig::new(Core::CortexM4, &[]);
    rig.write(0xe000_e014, 0xff00_0004);
    assert_eq!(rig.read(0xe000_e014), 4, "24 bits");
    rig.write(0xe000_e010, 1);
    let values: Vec<u32> = (0..12)
        .map(|_| {
            let value = rig.read(0xe000_e018);
            rig.cpu.clock.cycles += 1;
            value
        })
        .collect();
    assert_eq!(values, [0, 4, 3, 2, 1, 0, 4, 3, 2, 1, 0, 4]);
    // A write of the current value clears it and COUNTFLAG.
    rig.write(0xe000_e018, 77);
    assert_eq!(rig.read(0xe000_e010), 5);
    assert_eq!(rig.read(0xe000_e018), 0);
    // A reload value of zero stops the counter when it gets there.
    rig.cpu.clock.cycles += 2;
    rig.write(0xe000_e014, 0);
    rig.cpu.clock.cycles += 3;
    assert_eq!(rig.read(0xe000_e010), 0x1_0005);
    rig.cpu.clock.cycles += 1_000;
    assert_eq!((rig.read(0xe000_e010), rig.read(0xe000_e018)), (5, 0));
}

#[test]
fn systick_counts_the_reference_clock_that_the_chip_has() {
    let mut rig = Rig::new(Core::CortexM7, &[]);
    assert_eq!(rig.read(0xe000_e01c) >> 31, 1, "NOREF");
    rig.write(0xe000_e010, 0);
    assert_eq!(
        rig.read(0xe000_e010),
        4,
        "without a reference, CLKSOURCE is one"
    );
    rig.cpu.system.systick.reference_divider = 8;
    rig.cpu.system.systick.ten_milliseconds = 20_000;
    assert_eq!(rig.read(0xe000_e01c), 20_000);
    rig.write(0xe000_e014, 99);
    rig.write(0xe000_e010, 1);
    assert_eq!(rig.read(0xe000_e010), 1);
    rig.cpu.clock.cycles += 800;
    assert_eq!(rig.read(0xe000_e018), 0);
    rig.cpu.clock.cycles += 8;
    assert_eq!(rig.read(0xe000_e018), 99);
}

#[test]
fn feature_registers_name_core_and_fpu() {
    use Core::{CortexM4, CortexM7, CortexM33};
    use FloatUnit::{Double, None, Single};
    for (core, float, expected) in [
        (CortexM4, None, [0x410f_c241, 0, 0, 0]),
        (CortexM4, Single, [0x410f_c241, 0x1011_0021, 0x1100_0011, 0]),
        (
            CortexM7,
            Single,
            [0x411f_c270, 0x1011_0021, 0x1100_0011, 0x40],
        ),
        (
            CortexM7,
            Double,
            [0x411f_c270, 0x1011_0221, 0x1200_0011, 0x40],
        ),
        (
            CortexM33,
            Single,
            [0x410f_d214, 0x1011_0021, 0x1100_0011, 0x40],
        ),
    ] {
        let mut rig = Rig::new(config(core, float), &[]);
        let words = [0xe000_ed00, 0xe000_ef40, 0xe000_ef44, 0xe000_ef48].map(|a| rig.read(a));
        assert_eq!(words, expected);
        rig.write(0xe000_ed88, 0xffff_ffff);
        rig.write(0xe000_ef34, 0xffff_ffff);
        let present = float != None;
        assert_eq!(rig.read(0xe000_ed88) != 0, present, "CPACR");
        assert_eq!(rig.read(0xe000_ef34) != 0, present, "FPCCR");
    }
}

#[test]
fn a_late_arrival_goes_first_and_shares_the_frame() {
    // SysTick becomes due while PendSV's frame is pushed. DDI 0403E, Exceptions on exception entry.
    let mut rig = Rig::new(Core::CortexM4, &[LOOP]);
    rig.write(0xe000_ed20, 0x80 << 16);
    for (address, value) in [(0xe000_e014, 5), (0xe000_e018, 0), (0xe000_e010, 7)] {
        rig.write(address, value);
    }
    rig.write(ICSR, 1 << 28);
    assert_eq!(rig.run(), Stop::Bkpt(15));
    assert_eq!(rig.cpu.r[13], RAM + 0x4000 - 0x20);
    assert_eq!(rig.read(ICSR) & 1 << 28, 1 << 28, "PendSV still waits");
}

#[test]
fn entry_chain_and_return_take_their_cycles() {
    // `docs/timing.md`: 12, 6 and 10, beside a cycle of each BX.
    let mut rig = Rig::new(Core::CortexM4, &[BKPT]);
    rig.handler(14, &[BX_LR]);
    rig.write(ICSR, 1 << 28);
    assert_eq!(rig.run(), Stop::Bkpt(0));
    let one = rig.cpu.clock.cycles;
    let mut rig = Rig::new(Core::CortexM4, &[BKPT]);
    rig.handler(14, &[BX_LR]);
    rig.handler(15, &[BX_LR]);
    rig.write(ICSR, 1 << 28 | 1 << 26);
    assert_eq!(rig.run(), Stop::Bkpt(0));
    assert_eq!(
        (one, rig.cpu.clock.cycles),
        (12 + 1 + 10, 12 + 1 + 6 + 1 + 10)
    );
}

#[test]
fn a_breakpoint_without_a_debugger_is_a_debug_event() {
    // DDI 0403E, HFSR.DEBUGEVT.
    let mut rig = Rig::new(Core::CortexM4, &[BKPT]);
    rig.handler(3, &[LOOP]);
    rig.cpu.debug_enabled = false;
    assert_eq!(rig.run(), Stop::Budget);
    assert_eq!((rig.cpu.ipsr, rig.cpu.system.hfsr), (3, 1 << 31));
}

#[test]
fn a_vector_table_that_is_nowhere_locks_up() {
    // DDI 0403E, Unrecoverable exception cases, and HFSR.VECTTBL.
    let mut rig = Rig::new(Core::CortexM7, &[0xdf00]);
    rig.write(0xe000_ed08, NOWHERE);
    assert_eq!(rig.run(), Stop::Lockup);
    assert_eq!(rig.cpu.system.hfsr & 2, 2);
}

#[test]
fn armv8_m_fixes_bits_that_armv7_m_could_change() {
    let mut rig = Rig::new(Core::CortexM33, &[]);
    rig.write(CCR, 0);
    assert_eq!(rig.read(CCR), 0x201, "STKALIGN, and bit 0 reserved as one");
    rig.cpu.psplim = 0;
    assert!(rig.cpu.set_register(31, 0x2000_0007));
    assert_eq!(rig.cpu.register(31), Some(0x2000_0000));
    // An NMI that cannot be taken yet can be taken back: PENDNMICLR.
    rig.write(ICSR, 1 << 31);
    assert_eq!(rig.read(ICSR) >> 31, 1);
    rig.write(ICSR, 1 << 30);
    assert_eq!(rig.read(ICSR) >> 31, 0);
}
