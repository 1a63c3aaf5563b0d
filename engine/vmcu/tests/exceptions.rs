//! Exceptions where QEMU is silent, wrong or built differently, held to the manuals: Armv7-M is DDI 0403E, Armv8-M
//! DDI 0553. The random scenarios of `tests/qemu.rs` cover the rest.
#![allow(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as expected"
)]

use tinyscope_vmcu::cpu::Fault;
use tinyscope_vmcu::{Core, CoreConfig, Cpu, FloatUnit, Memory, NoPeripherals, Region, Size, Stop};

const RAM: u32 = 0x2000_0000;
const CODE: u32 = RAM + 0x400;
const NOWHERE: u32 = 0x7000_0000;
const ICSR: u32 = 0xe000_ed04;
const SCR: u32 = 0xe000_ed10;
const CCR: u32 = 0xe000_ed14;
const BKPT: u16 = 0xbe00;
const BX_LR: u16 = 0x4770;
const WFI: u16 = 0xbf30;
const WFE: u16 = 0xbf20;
const SEV: u16 = 0xbf40;
const NOP: u16 = 0xbf00;
const LOOP: u16 = 0xe7fe;

/// A core with a program, and a handler for each exception.
struct Rig {
    cpu: Cpu,
    memory: Memory,
}

impl Rig {
    /// Thread mode runs `code`; exception `n` stops at `BKPT #n` unless [`Rig::handler`] says otherwise.
    fn new(config: impl Into<CoreConfig>, code: &[u16]) -> Self {
        let mut memory = Memory::new(&[Region::ram(RAM, 0x4000)]);
        let mut table = vec![RAM + 0x4000, CODE | 1];
        table.extend((2..32).map(|n| (CODE + 0x100 + 0x20 * n) | 1));
        let bytes: Vec<u8> = table.iter().flat_map(|word| word.to_le_bytes()).collect();
        assert!(memory.load(RAM, &bytes));
        let mut cpu = Cpu::new(config);
        cpu.reset(&memory, RAM);
        let mut rig = Self { cpu, memory };
        rig.load(CODE, code);
        for n in 2..32u16 {
            rig.handler(n, &[BKPT | n]);
        }
        rig
    }

    fn load(&mut self, address: u32, code: &[u16]) {
        let bytes: Vec<u8> = code.iter().flat_map(|half| half.to_le_bytes()).collect();
        assert!(self.memory.load(address, &bytes));
    }

    fn handler(&mut self, number: u16, code: &[u16]) {
        self.load(CODE + 0x100 + 0x20 * u32::from(number), code);
    }

    fn run(&mut self) -> Stop {
        self.cpu.run(1_000, &mut self.memory, &mut NoPeripherals)
    }

    fn write(&mut self, address: u32, value: u32) {
        self.cpu
            .write(
                address,
                Size::Word,
                value,
                &mut self.memory,
                &mut NoPeripherals,
            )
            .unwrap();
    }

    fn read(&mut self, address: u32) -> u32 {
        self.cpu
            .read(address, Size::Word, &mut self.memory, &mut NoPeripherals)
            .unwrap()
    }
}

fn config(core: Core, float: FloatUnit) -> CoreConfig {
    CoreConfig {
        float,
        ..core.into()
    }
}

#[test]
fn wfi_ignores_primask_but_not_basepri() {
    // DDI 0403E B1.5.18 and B1.5.19.
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
    // DDI 0403E B1.5.17: SEV, and a pending interrupt that is not even enabled under SEVONPEND.
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
    // DDI 0403E B1.5.8, SCR.SLEEPONEXIT.
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
    // ldr r0, [r1]; bkpt #9. DDI 0403E B3.2.8, CCR.BFHFNMIGN.
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
    // DDI 0403E B1.5.15.
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
    // cpsid f; mrs r0, faultmask; bkpt. DDI 0403E B5.2.1.
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
    // str r0, [r1]. DDI 0403E B3.2.26.
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
    // DDI 0403E B3.3.1.
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
fn floating_point_frames_are_aligned_whatever_stkalign_says() {
    // DDI 0403E B1.5.7, PushStack: forcealign. vmov s0, r0; svc #0.
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
fn a_late_arrival_goes_first_and_shares_the_frame() {
    // SysTick becomes due while PendSV's frame is pushed. DDI 0403E B1.5.11.
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
fn thread_mode_from_a_nested_handler_needs_nonbasethrdena() {
    // DDI 0403E B1.5.8. The NMI interrupts SVCall and returns to thread mode: its frame says so.
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
fn a_breakpoint_without_a_debugger_is_a_debug_event() {
    // DDI 0403E B3.2.16, HFSR.DEBUGEVT.
    let mut rig = Rig::new(Core::CortexM4, &[BKPT]);
    rig.handler(3, &[LOOP]);
    rig.cpu.debug_enabled = false;
    assert_eq!(rig.run(), Stop::Budget);
    assert_eq!((rig.cpu.ipsr, rig.cpu.system.hfsr), (3, 1 << 31));
}

#[test]
fn a_vector_table_that_is_nowhere_locks_up() {
    // DDI 0403E B1.5.15 and HFSR.VECTTBL.
    let mut rig = Rig::new(Core::CortexM7, &[0xdf00]);
    rig.write(0xe000_ed08, NOWHERE);
    assert_eq!(rig.run(), Stop::Lockup);
    assert_eq!(rig.cpu.system.hfsr & 2, 2);
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
    // push {r0, r1}; sub sp, #16; svc. DDI 0553 B3.21.
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
