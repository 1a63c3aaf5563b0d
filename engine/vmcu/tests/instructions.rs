//! Instructions whose effect no comparison with QEMU shows: what the manuals leave to the processor, and what
//! depends on privilege.
#![allow(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as expected"
)]

use tinyscope_vmcu::cpu::Fault;
use tinyscope_vmcu::{Core, Cpu, Memory, NoPeripherals, Region, Stop};

const FLASH: u32 = 0x0800_0000;
const RAM: u32 = 0x2000_0000;
const CODE: u32 = FLASH + 0x100;
const BKPT: u16 = 0xbe00;
const ALL: [Core; 3] = [Core::CortexM4, Core::CortexM7, Core::CortexM33];

/// A core at these halfwords, r1 and r2 pointing to RAM that holds 0x11, 0x22 and so on.
fn at_code(core: Core, code: &[u16]) -> (Cpu, Memory) {
    let mut memory = Memory::new(&[Region::flash(FLASH, 0x1000), Region::ram(RAM, 0x1000)]);
    let mut image = vec![0u8; 0x100];
    for (vector, bytes) in image[..64].chunks_exact_mut(4).enumerate() {
        let value = match vector {
            0 => RAM + 0x1000,
            1 => CODE | 1,
            _ => FLASH + 0x81,
        };
        bytes.copy_from_slice(&value.to_le_bytes());
    }
    image[0x80..0x82].copy_from_slice(&(BKPT | 1).to_le_bytes());
    image.extend(code.iter().flat_map(|half| half.to_le_bytes()));
    assert!(memory.load(FLASH, &image));
    let data: Vec<u8> = (1..=8).map(|k| 0x11 * k).collect();
    assert!(memory.load(RAM, &data));
    let mut cpu = Cpu::new(core);
    cpu.reset(&memory, FLASH);
    (cpu.r[1], cpu.r[2]) = (RAM, RAM + 0x100);
    (cpu, memory)
}

fn run(cpu: &mut Cpu, memory: &mut Memory) -> Stop {
    cpu.run(1000, memory, &mut NoPeripherals)
}

fn word(memory: &Memory, address: u32) -> u32 {
    u32::from_le_bytes(memory.slice(address, 4).unwrap().try_into().unwrap())
}

#[test]
fn the_local_monitor_holds_no_address() {
    // ldrex r0, [r1]; strex r3, r0, [r2]; strex r4, r0, [r2, #4]; ldrex r0, [r1]; clrex; strex r5, r0, [r1]
    let code = [
        0xe851, 0x0f00, 0xe842, 0x0300, 0xe842, 0x0401, 0xe851, 0x0f00, 0xf3bf, 0x8f2f, 0xe841,
        0x0500, BKPT,
    ];
    for core in ALL {
        let (mut cpu, mut memory) = at_code(core, &code);
        assert_eq!(run(&mut cpu, &mut memory), Stop::Bkpt(0));
        assert_eq!(cpu.r[3..6], [0, 1, 1], "{core:?}");
        assert_eq!(word(&memory, RAM + 0x100), 0x4433_2211);
        assert_eq!(word(&memory, RAM + 0x104), 0);
    }
}

#[test]
fn the_stack_pointer_has_no_low_bits() {
    // mov sp, r0; mov r1, sp; add sp, r3; mov r2, sp; ldr sp, [r4]; mov r5, sp
    let code = [0x4685, 0x4669, 0x449d, 0x466a, 0xf8d4, 0xd000, 0x466d, BKPT];
    for core in ALL {
        let (mut cpu, mut memory) = at_code(core, &code);
        (cpu.r[0], cpu.r[3], cpu.r[4]) = (RAM + 0x203, 7, RAM + 4);
        assert_eq!(run(&mut cpu, &mut memory), Stop::Bkpt(0));
        assert_eq!(cpu.r[1], RAM + 0x200);
        assert_eq!(cpu.r[2], RAM + 0x204);
        assert_eq!(cpu.r[5], 0x8877_6654);
    }
}

#[test]
fn unprivileged_accesses_are_refused_where_user_code_would_be() {
    // ldrt r0, [r1]; ldrt r0, [r2]; ldr r0, [r2]
    let code = [0xf851, 0x0e00, 0xf852, 0x0e00, 0x6810, BKPT];
    for core in ALL {
        let (mut cpu, mut memory) = at_code(core, &code);
        cpu.r[2] = 0xe000_ed00;
        assert_eq!(run(&mut cpu, &mut memory), Stop::Bkpt(1), "{core:?}");
        let record = cpu.fault.unwrap();
        assert_eq!((record.fault, record.pc), (Fault::DataBus, CODE + 4));
        assert_eq!(cpu.r[0], 0x4433_2211);
        // Other accesses are as privileged as ever.
        cpu.pc = CODE + 8;
        assert_eq!(run(&mut cpu, &mut memory), Stop::Bkpt(0));
        assert_eq!(cpu.r[0], cpu.system.cpuid);
    }
}

#[test]
fn ordered_accesses_are_aligned_ones() {
    // lda r0, [r1]; stlh r0, [r2]; ldaexb r3, [r1]; stlexb r4, r3, [r2]; ldah r5, [r6]
    let code = [
        0xe8d1, 0x0faf, 0xe8c2, 0x0f9f, 0xe8d1, 0x3fcf, 0xe8c2, 0x3fc4, 0xe8d6, 0x5f9f, BKPT,
    ];
    let (mut cpu, mut memory) = at_code(Core::CortexM33, &code);
    cpu.r[6] = RAM + 1;
    assert_eq!(run(&mut cpu, &mut memory), Stop::Bkpt(1));
    let record = cpu.fault.unwrap();
    assert_eq!((record.fault, record.pc), (Fault::Unaligned, CODE + 16));
    assert_eq!((cpu.r[0], cpu.r[3], cpu.r[4]), (0x4433_2211, 0x11, 0));
    assert_eq!(word(&memory, RAM + 0x100), 0x2211);
    for core in [Core::CortexM4, Core::CortexM7] {
        let (mut cpu, mut memory) = at_code(core, &code);
        assert_eq!(run(&mut cpu, &mut memory), Stop::Bkpt(1));
        let record = cpu.fault.unwrap();
        assert_eq!(
            (record.fault, record.pc),
            (Fault::UndefinedInstruction, CODE)
        );
    }
}

#[test]
fn test_target_without_a_protection_unit() {
    // sg; tt r0, r1; ttt r3, r1; msr control, r4; isb; tt r5, r1; ttt r6, r1
    let code = [
        0xe97f, 0xe97f, 0xe841, 0xf000, 0xe841, 0xf340, 0xf384, 0x8814, 0xf3bf, 0x8f6f, 0xe841,
        0xf500, 0xe841, 0xf640, BKPT,
    ];
    let (mut cpu, mut memory) = at_code(Core::CortexM33, &code);
    (cpu.r[4], cpu.r[6]) = (1, 1);
    assert_eq!(run(&mut cpu, &mut memory), Stop::Bkpt(0));
    // Readable and writable, no region; unprivileged code is told nothing, whatever it asks.
    assert_eq!((cpu.r[0], cpu.r[3]), (0xc_0000, 0xc_0000));
    assert_eq!((cpu.r[5], cpu.r[6]), (0, 0));
}

#[test]
fn absent_units_are_missing_coprocessors() {
    let config = tinyscope_vmcu::CoreConfig {
        float: tinyscope_vmcu::FloatUnit::None,
        ..Core::CortexM4.into()
    };
    // vadd.f32 s0, s0, s0; mrc p5, 0, r0, c1, c0, 0; vadd.i32 d0, d0, d0 (Advanced SIMD)
    for (first, second, fault) in [
        (0xee30, 0x0a00, Fault::NoCoprocessor),
        (0xee11, 0x0510, Fault::NoCoprocessor),
        (0xef20, 0x0800, Fault::UndefinedInstruction),
        // PKHBT with a shift that it does not have.
        (0xeac0, 0x0010, Fault::UndefinedInstruction),
    ] {
        let (_, mut memory) = at_code(Core::CortexM4, &[first, second]);
        let mut cpu = Cpu::new(config);
        cpu.reset(&memory, FLASH);
        cpu.system.cpacr = 0xf << 20;
        assert_eq!(run(&mut cpu, &mut memory), Stop::Bkpt(1));
        assert_eq!(cpu.fault.unwrap().fault, fault, "{first:x}");
    }
}
