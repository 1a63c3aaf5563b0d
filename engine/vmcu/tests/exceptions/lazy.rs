//! Floating-point state that a handler's first floating-point instruction finds no place for (`PreserveFPState` of
//! both manuals, and the ready bits of FPCCR).

use crate::rig::*;
use tinyscope_vmcu::cpu::Fault;
use tinyscope_vmcu::{Core, Stop};

const CPACR: u32 = 0xe000_ed88;
const SHCSR: u32 = 0xe000_ed24;
const FPCCR: u32 = 0xe000_ef34;
const FPCAR: u32 = 0xe000_ef38;
const LSPERR: u32 = 1 << 13;
const MLSPERR: u32 = 1 << 5;
const ENABLED: u32 = 7 << 16;
const UNUSED: u32 = RAM + 0x2000;
/// vmov s0, r0
const VMOV: [u16; 2] = [0xee00, 0x0a10];
const SVC: u16 = 0xdf00;

/// An SVC handler that is about to use the FPU, whose state belongs to thread mode and is to be saved at `place`.
/// Priorities are SVC's, and that of `MemManage` and `BusFault`.
fn before_saving(core: Core, enabled: u32, priorities: (u32, u32), place: u32) -> Rig {
    let mut rig = Rig::new(core, &[VMOV[0], VMOV[1], SVC]);
    rig.write(CPACR, 0xf << 20);
    rig.write(SHCSR, enabled);
    rig.write(0xe000_ed1c, priorities.0 << 24);
    rig.write(0xe000_ed18, priorities.1 * 0x0101);
    assert_eq!(rig.run(), Stop::Bkpt(11));
    assert_eq!(rig.read(FPCCR) & 1, 1, "LSPACT");
    rig.write(FPCAR, place);
    rig.handler(11, &[VMOV[0], VMOV[1], BKPT | 9]);
    rig
}

/// Nobody writes the 256 bytes at `UNUSED`; everything else is as without regions.
fn forbid(rig: &mut Rig, core: Core) {
    let (base, size) = if core == Core::CortexM33 {
        (UNUSED | 2 << 1, (UNUSED + 255) & !31 | 1)
    } else {
        (UNUSED, 6 << 24 | 2 << 16 | 7 << 1 | 1)
    };
    for (address, value) in [(0xed98, 0), (0xed9c, base), (0xeda0, size), (0xed94, 5)] {
        rig.write(0xe000_0000 | address, value);
    }
}

#[test]
fn its_fault_is_taken_at_the_instruction_that_needs_the_fpu() {
    for core in [Core::CortexM4, Core::CortexM7, Core::CortexM33] {
        for (place, fault, number, bit) in [
            (NOWHERE, Fault::LazyStacking, 5, LSPERR),
            (UNUSED, Fault::LazyStackingAccess, 4, MLSPERR),
        ] {
            let mut rig = before_saving(core, ENABLED, (0x80, 0), place);
            forbid(&mut rig, core);
            let needs = rig.cpu.pc;
            assert_eq!(rig.run(), Stop::Bkpt(number), "{core:?}");
            // The status alone: the address registers are not valid.
            assert_eq!(rig.cpu.system.cfsr, bit);
            assert_eq!(rig.cpu.system.hfsr, 0);
            let record = rig.cpu.fault.expect("a fault");
            assert_eq!((record.fault, record.pc), (fault, needs));
            assert_eq!(rig.read(rig.cpu.r[13] + 24), needs, "to be tried again");
            assert_eq!(rig.read(FPCCR) & 1, 1, "nothing is saved yet");
            // Given a place, the instruction is done.
            rig.write(FPCAR, RAM + 0x1000);
            rig.handler(number.into(), &[BX_LR]);
            assert_eq!(rig.run(), Stop::Bkpt(9));
            assert_eq!(rig.read(FPCCR) & 1, 0);
        }
    }
}

#[test]
fn a_fault_of_no_higher_priority_waits_and_the_state_is_given_up() {
    for core in [Core::CortexM4, Core::CortexM33] {
        let mut rig = before_saving(core, ENABLED, (0, 0x80), NOWHERE);
        assert_eq!(rig.run(), Stop::Bkpt(9), "the handler goes on");
        assert_eq!(rig.cpu.system.cfsr, LSPERR);
        assert_eq!(rig.read(SHCSR) >> 14 & 1, 1, "BUSFAULTPENDED");
        assert_eq!(rig.read(FPCCR) & 1, 0);
        rig.handler(11, &[BX_LR]);
        rig.cpu.pc = CODE + 0x100 + 0x20 * 11;
        assert_eq!(rig.run(), Stop::Bkpt(5), "once the handler ends");
    }
}

#[test]
fn without_a_handler_of_its_own_it_becomes_a_hard_fault() {
    for core in [Core::CortexM4, Core::CortexM33] {
        let mut rig = before_saving(core, 0, (0, 0), NOWHERE);
        // What counts is what FPCCR says of the time when the frame was made.
        rig.write(SHCSR, ENABLED);
        assert_eq!(rig.run(), Stop::Bkpt(3));
        assert_eq!(
            (rig.cpu.system.cfsr, rig.cpu.system.hfsr),
            (LSPERR, 1 << 30)
        );
    }
}

#[test]
fn where_no_fault_could_be_taken_it_locks_up() {
    // A HardFault handler that used the FPU, interrupted by the NMI, which needs it too.
    let mut rig = Rig::new(Core::CortexM4, &[0xde00]);
    rig.write(CPACR, 0xf << 20);
    rig.handler(3, &[VMOV[0], VMOV[1], BKPT | 9]);
    assert_eq!(rig.run(), Stop::Bkpt(9));
    rig.write(ICSR, 1 << 31);
    assert_eq!(rig.run(), Stop::Bkpt(2));
    assert_eq!(rig.read(FPCCR) >> 4 & 1, 0, "HFRDY");
    rig.write(FPCAR, NOWHERE);
    rig.handler(2, &[VMOV[0], VMOV[1], BKPT | 9]);
    assert_eq!(rig.run(), Stop::Lockup);
    assert_eq!(rig.cpu.system.cfsr & LSPERR, LSPERR);
}
