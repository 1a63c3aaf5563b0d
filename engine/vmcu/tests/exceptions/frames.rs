//! Frames: their alignment, the codes that return from them, and the limits of Armv8-M's stacks.

use crate::rig::*;
use tinyscope_vmcu::cpu::Fault;
use tinyscope_vmcu::{Core, Stop};

#[test]
fn floating_point_frames_are_aligned_whatever_stkalign_says() {
    // DDI 0403E, PushStack: forcealign. vmov s0, r0; svc #0.
    for (float, expected) in [(false, 0x20), (true, 0x6c)] {
        let mut rig = Rig::new(Core::CortexM4, &[NOP, 0xdf00]);
        rig.write(CCR, 0);
        rig.write(0xe000_ed88, 0xf << 20);
        rig.cpu.control = u8::from(float) << 2;
        rig.cpu.r[13] = RAM + 0x3ffc;
        assert_eq!(rig.run(), Stop::Bkpt(11));
        assert_eq!(RAM + 0x3ffc - rig.cpu.r[13], expected);
        rig.handler(11, &[BX_LR]);
        rig.load(CODE + 4, &[BKPT]);
        assert_eq!(rig.run(), Stop::Bkpt(0));
        assert_eq!(rig.cpu.r[13], RAM + 0x3ffc);
    }
}

#[test]
fn thread_mode_from_a_nested_handler_needs_nonbasethrdena() {
    // DDI 0403E, ExceptionReturn. The NMI interrupts SVCall and returns to thread mode: its frame says so.
    for (bit, fault) in [(0, Some(Fault::InvalidReturn)), (1, None)] {
        let mut rig = Rig::new(Core::CortexM4, &[0xdf00]);
        assert_eq!(rig.run(), Stop::Bkpt(11));
        rig.write(CCR, 0x200 | bit);
        rig.write(ICSR, 1 << 31);
        assert_eq!(rig.run(), Stop::Bkpt(2));
        let xpsr = rig.cpu.r[13] + 28;
        let word = rig.read(xpsr);
        rig.write(xpsr, word & !0x1ff);
        rig.handler(2, &[BX_LR]);
        rig.cpu.r[14] = 0xffff_fff9;
        rig.run();
        assert_eq!(rig.cpu.fault.map(|record| record.fault), fault);
        assert_eq!(rig.cpu.ipsr, if fault.is_some() { 3 } else { 0 });
    }
}

#[test]
fn armv8_m_returns_by_its_own_codes() {
    // DDI 0553, EXC_RETURN without the security extension: 0xFFFFFFB8 and 0xFFFFFFBC.
    for (control, code) in [(0, 0xffff_ffb8u32), (2, 0xffff_ffbc), (4, 0xffff_ffa8)] {
        let mut rig = Rig::new(Core::CortexM33, &[0xdf00, BKPT]);
        rig.write(0xe000_ed88, 0xf << 20);
        rig.cpu.set_psp(RAM + 0x3000);
        rig.cpu.set_register(20, control << 24);
        assert_eq!(rig.run(), Stop::Bkpt(11));
        assert_eq!(rig.cpu.r[14], code);
        rig.handler(11, &[BX_LR]);
        assert_eq!(rig.run(), Stop::Bkpt(0));
        assert_eq!(u32::from(rig.cpu.control), control);
        // S or ES set belongs to a core with the security extension.
        let mut rig = Rig::new(Core::CortexM33, &[0xdf00, BKPT]);
        rig.run();
        rig.handler(11, &[BX_LR]);
        rig.cpu.r[14] |= 1;
        assert_eq!(rig.run(), Stop::Bkpt(3));
        assert_eq!(rig.cpu.system.cfsr, 1 << 18);
    }
}

#[test]
fn armv8_m_takes_only_its_prefix_for_a_return() {
    // In a handler, BX to 0xF0000000: a return on Armv7-M (INVPC), a fetch from nowhere on Armv8-M (IACCVIOL).
    for (core, status) in [(Core::CortexM4, 1 << 18), (Core::CortexM33, 1)] {
        let mut rig = Rig::new(core, &[0xdf00]);
        rig.run();
        rig.handler(11, &[BX_LR]);
        rig.cpu.r[14] = 0xf000_0001;
        assert_eq!(rig.run(), Stop::Bkpt(3));
        assert_eq!(rig.cpu.system.cfsr, status);
    }
}

#[test]
fn stack_limits_stop_instructions_and_frames() {
    // push {r0, r1}; sub sp, #16; svc. DDI 0553, Stack limit checks.
    let limit = RAM + 0x3000;
    for (code, room, faults) in [
        (0xb403u16, 8, false),
        (0xb403, 7, true),
        (0xb084, 16, false),
        (0xb084, 8, true),
    ] {
        let mut rig = Rig::new(Core::CortexM33, &[code, BKPT]);
        rig.cpu.msplim = limit;
        rig.cpu.psplim = limit;
        rig.cpu.set_psp((limit + room + 3) & !3);
        rig.cpu.set_register(20, 2 << 24);
        if room == 7 {
            rig.cpu.set_psp(limit + 4);
        }
        rig.cpu.set_msp(RAM + 0x4000);
        let stop = rig.run();
        assert_eq!(stop == Stop::Bkpt(3), faults, "{code:x} with {room}");
        assert_eq!(rig.cpu.system.cfsr & 1 << 20 != 0, faults, "STKOF");
        if faults {
            assert_eq!(rig.cpu.psp(), limit, "the frame did not fit either");
        }
    }
}

#[test]
fn stack_limits_may_be_ignored_at_negative_priorities() {
    // DDI 0553, CCR.STKOFHFNMIGN. sub sp, #16 in HardFault.
    for (bit, stop) in [(0, Stop::Lockup), (1 << 10, Stop::Bkpt(9))] {
        let mut rig = Rig::new(Core::CortexM33, &[0xde00]);
        rig.handler(3, &[0xb084, BKPT | 9]);
        rig.write(CCR, bit);
        rig.cpu.msplim = RAM + 0x4000 - 0x20;
        assert_eq!(rig.run(), stop);
    }
}
