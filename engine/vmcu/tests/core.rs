//! The core by itself: faults, lockup, caches of decoded code, timers, and cycle counts of short sequences.
#![allow(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as expected"
)]

use tinyscope_vmcu::cpu::Fault;
use tinyscope_vmcu::{
    Bus, BusFault, Clock, Core, Cpu, Effect, Memory, NoPeripherals, Region, Size, Stop,
};

const FLASH: u32 = 0x0800_0000;
const RAM: u32 = 0x2000_0000;
const CODE: u32 = FLASH + 0x100;
const HANDLER: u32 = FLASH + 0x80;
const BKPT: u16 = 0xbe00;

/// A core at `CODE` with these halfwords there; every vector leads to a BKPT #1 at `HANDLER`.
fn at_code(core: Core, code: &[u16]) -> (Cpu, Memory) {
    let regions = [
        Region::flash(FLASH, 0x1000).alias(0x0020_0000),
        Region::ram(RAM, 0x1000),
    ];
    let mut memory = Memory::new(&regions);
    let mut image = vec![0u8; 0x100];
    for vector in 0..16usize {
        let value = match vector {
            0 => RAM + 0x1000,
            1 => CODE | 1,
            _ => HANDLER | 1,
        };
        image[4 * vector..4 * vector + 4].copy_from_slice(&value.to_le_bytes());
    }
    image[0x80..0x82].copy_from_slice(&(BKPT | 1).to_le_bytes());
    image.extend(code.iter().flat_map(|half| half.to_le_bytes()));
    assert!(memory.load(FLASH, &image));
    let mut cpu = Cpu::new(core);
    cpu.reset(&memory, FLASH);
    (cpu, memory)
}

fn run(cpu: &mut Cpu, memory: &mut Memory) -> Stop {
    cpu.run(10_000, memory, &mut NoPeripherals)
}

#[test]
fn an_erased_chip_locks_up() {
    let mut memory = Memory::new(&[Region::flash(FLASH, 0x1000), Region::ram(RAM, 0x1000)]);
    let mut cpu = Cpu::new(Core::CortexM7);
    cpu.reset(&memory, FLASH);
    assert_eq!(run(&mut cpu, &mut memory), Stop::Lockup);
    assert!(cpu.lockup);
    assert_eq!(cpu.pc, 0xffff_fffe);
}

#[test]
fn a_bus_fault_names_address_and_instruction() {
    // ldr r0, [r1]
    let (mut cpu, mut memory) = at_code(Core::CortexM7, &[0x6808]);
    cpu.r[1] = 0x6000_0010;
    assert_eq!(run(&mut cpu, &mut memory), Stop::Bkpt(1));
    let record = cpu.fault.unwrap();
    assert_eq!((record.fault, record.pc), (Fault::DataBus, CODE));
    assert_eq!(record.address, Some(0x6000_0010));
    assert_eq!(cpu.system.cfsr, 0x8200);
    assert_eq!(cpu.system.hfsr, 1 << 30);
    assert_eq!(cpu.system.bfar, 0x6000_0010);
    // In the HardFault handler, on the main stack, with the faulting address in the frame.
    assert_eq!(cpu.ipsr, 3);
    let frame = memory.slice(cpu.r[13] + 24, 4).unwrap();
    assert_eq!(u32::from_le_bytes(frame.try_into().unwrap()), CODE);
}

#[test]
fn vector_catch_stops_before_the_handler() {
    let (mut cpu, mut memory) = at_code(Core::CortexM4, &[0xde00]);
    cpu.vector_catch = 1 << 10;
    assert_eq!(run(&mut cpu, &mut memory), Stop::VectorCatch);
    assert_eq!(cpu.pc, HANDLER);
    assert_eq!(cpu.fault.unwrap().fault, Fault::UndefinedInstruction);
}

#[test]
fn floating_point_needs_to_be_enabled() {
    // vadd.f32 s0, s0, s0
    let (mut cpu, mut memory) = at_code(Core::CortexM4, &[0xee30, 0x0a00, BKPT]);
    assert_eq!(run(&mut cpu, &mut memory), Stop::Bkpt(1));
    assert_eq!(cpu.fault.unwrap().fault, Fault::NoCoprocessor);
    cpu.reset(&memory, FLASH);
    cpu.system.cpacr = 0xf << 20;
    assert_eq!(run(&mut cpu, &mut memory), Stop::Bkpt(0));
}

#[test]
fn fpv5_instructions_are_undefined_on_the_m4() {
    // vmaxnm.f32 s0, s0, s1
    let code = [0xfe80, 0x0a20, BKPT];
    for (core, stop) in [
        (Core::CortexM4, Stop::Bkpt(1)),
        (Core::CortexM7, Stop::Bkpt(0)),
    ] {
        let (mut cpu, mut memory) = at_code(core, &code);
        cpu.system.cpacr = 0xf << 20;
        assert_eq!(run(&mut cpu, &mut memory), stop);
    }
}

#[test]
fn a_bad_stack_pointer_ends_in_lockup_or_hard_fault_without_hanging() {
    // push {r0}; the stack is nowhere.
    let (mut cpu, mut memory) = at_code(Core::CortexM7, &[0xb401]);
    cpu.r[13] = 0x1000_0000;
    assert_eq!(run(&mut cpu, &mut memory), Stop::Bkpt(1));
    assert_eq!(cpu.ipsr, 3);
    assert_ne!(cpu.system.cfsr & 1 << 12, 0, "STKERR");
}

#[test]
fn code_in_ram_may_be_rewritten() {
    // ram: movs r0, #1; strh r2, [r1]; movs r0, #0 (overwritten by movs r0, #7); bkpt
    let (mut cpu, mut memory) = at_code(Core::CortexM4, &[]);
    let code: Vec<u8> = [0x2001u16, 0x800a, 0x2000, BKPT]
        .iter()
        .flat_map(|half| half.to_le_bytes())
        .collect();
    assert!(memory.load(RAM, &code));
    for (value, expected) in [(0x2007, 7), (0x2009, 9)] {
        cpu.pc = RAM;
        (cpu.r[1], cpu.r[2]) = (RAM + 4, value);
        assert_eq!(run(&mut cpu, &mut memory), Stop::Bkpt(0));
        assert_eq!(cpu.r[0], expected);
    }
}

#[test]
fn aliases_share_code_and_data() {
    // adr r0, #4; ldr r1, [pc, #0]; bkpt; the literal
    let (mut cpu, mut memory) = at_code(Core::CortexM7, &[0xa001, 0x4900, BKPT, 0, 0x5678, 0x1234]);
    for base in [CODE, 0x0020_0100] {
        cpu.pc = base;
        assert_eq!(run(&mut cpu, &mut memory), Stop::Bkpt(0));
        assert_eq!(cpu.r[0], base + 8);
        assert_eq!(cpu.r[1], u32::from(BKPT));
    }
}

#[test]
fn breakpoints_stop_before_their_instruction_and_steps_are_single() {
    let (mut cpu, mut memory) = at_code(Core::CortexM4, &[0x2001, 0x2002, 0x2003, BKPT]);
    cpu.breakpoints.push(CODE + 4);
    assert_eq!(run(&mut cpu, &mut memory), Stop::HardwareBreakpoint);
    assert_eq!((cpu.pc, cpu.r[0]), (CODE + 4, 2));
    cpu.breakpoints.clear();
    assert_eq!(cpu.run(1, &mut memory, &mut NoPeripherals), Stop::Budget);
    assert_eq!((cpu.pc, cpu.r[0]), (CODE + 6, 3));
    assert_eq!(cpu.clock.instructions, 3);
}

#[test]
fn narrow_instructions_keep_the_flags_in_an_it_block() {
    // cmp r0, r0; it eq; addeq r0, #1; bkpt
    let (mut cpu, mut memory) = at_code(Core::CortexM4, &[0x4280, 0xbf08, 0x3001, BKPT]);
    cpu.r[0] = 0xffff_ffff;
    assert_eq!(run(&mut cpu, &mut memory), Stop::Bkpt(0));
    assert_eq!((cpu.r[0], cpu.z, cpu.c), (0, true, true));
    // The sum was zero with a carry; N still shows the comparison.
    assert!(!cpu.n && cpu.it == 0);
}

#[test]
fn systick_interrupts_a_loop() {
    // b .
    let (mut cpu, mut memory) = at_code(Core::CortexM7, &[0xe7fe]);
    for (address, value) in [(0xe000_e014, 99), (0xe000_e018, 0), (0xe000_e010, 7)] {
        cpu.write(address, Size::Word, value, &mut memory, &mut NoPeripherals)
            .unwrap();
    }
    assert_eq!(run(&mut cpu, &mut memory), Stop::Bkpt(1));
    assert_eq!(cpu.ipsr, 15);
    assert!(
        (100..130).contains(&cpu.clock.cycles),
        "{}",
        cpu.clock.cycles
    );
    let control = cpu
        .read(0xe000_e010, Size::Word, &mut memory, &mut NoPeripherals)
        .unwrap();
    assert_eq!(control, 0x1_0007, "COUNTFLAG is set once");
    let control = cpu
        .read(0xe000_e010, Size::Word, &mut memory, &mut NoPeripherals)
        .unwrap();
    assert_eq!(control, 7);
}

#[test]
fn a_program_can_ask_for_a_reset() {
    // str r0, [r1]; b .
    let (mut cpu, mut memory) = at_code(Core::CortexM7, &[0x6008, 0xe7fe]);
    (cpu.r[0], cpu.r[1]) = (0x05fa_0004, 0xe000_ed0c);
    assert_eq!(run(&mut cpu, &mut memory), Stop::Reset);
}

/// Notes the writes it sees.
#[derive(Default)]
struct Recorder(Vec<(u32, u32)>);

impl Bus for Recorder {
    fn read(&mut self, _: &mut Memory, _: Clock, _: u32, _: Size) -> Result<u32, BusFault> {
        Err(BusFault)
    }

    fn write(
        &mut self,
        memory: &mut Memory,
        _: Clock,
        address: u32,
        size: Size,
        value: u32,
    ) -> Result<Effect, BusFault> {
        self.0.push((address, value));
        let bytes = value.to_le_bytes();
        assert!(memory.program(address, &bytes[..size.bytes() as usize]));
        Ok(Effect::Halt)
    }
}

#[test]
fn stores_into_flash_go_to_its_controller() {
    // strh r0, [r1]; bkpt
    let (mut cpu, mut memory) = at_code(Core::CortexM4, &[0x8008, BKPT]);
    (cpu.r[0], cpu.r[1]) = (0xabcd_1234, FLASH + 0x800);
    let mut recorder = Recorder::default();
    assert_eq!(cpu.run(10, &mut memory, &mut recorder), Stop::Halted);
    assert_eq!(recorder.0, [(FLASH + 0x800, 0x1234)]);
    assert_eq!(
        memory.slice(FLASH + 0x800, 4).unwrap(),
        [0x34, 0x12, 0xff, 0xff]
    );
    assert_eq!(cpu.pc, CODE + 2);
}
