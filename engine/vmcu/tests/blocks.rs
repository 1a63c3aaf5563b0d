//! Straight code runs in blocks when the budget allows it and one instruction at a time when it does not. Nothing that
//! a program or a debugger can see may depend on which it was, nor on how often the host stopped to look: random
//! programs are run in every way, with wait states and caches.

use tinyscope_vmcu::{
    Behind, Cache, Clock, Core, Cpu, Enable, Memory, MemoryPort, MemoryTiming, NoPeripherals,
    Region, Replacement, Size, Stop,
};

const FLASH: u32 = 0x0800_0000;
const RAM: u32 = 0x2000_0000;
const RAM_BYTES: u32 = 0x2000;
/// Programs lie in RAM, so that their stores can reach their own code.
const CODE: u32 = RAM + 0xf00;
const HALFWORDS: usize = 400;
const INSTRUCTIONS: u64 = 3000;

struct Random(u64);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as u32
    }

    fn below(&mut self, limit: u32) -> u32 {
        self.next() % limit
    }
}

/// Halfwords of one instruction. The registers r4–r7 point into RAM and are rarely written.
fn instruction(random: &mut Random) -> Vec<u16> {
    let bits = random.next() as u16;
    let (low, base) = (bits & 3, 4 + (bits >> 2 & 3));
    match random.below(27) {
        // Shifts, additions, MOVS, CMP, and the register forms, to r0–r3.
        0..=3 => vec![bits & 0x1ff8 | low],
        4 | 5 => vec![0x2000 | bits & 0x18ff | low << 8],
        6 => vec![0x4000 | bits & 0x03f8 | low],
        // Loads and stores of each width with an offset; word offsets are odd halves of the time unaligned.
        7..=9 => vec![0x6000 | bits & 0x1fc0 | base << 3 | low],
        10 => vec![0x8000 | bits & 0x0fc0 | base << 3 | low],
        11 => vec![0x5000 | bits & 0x0e00 | base << 3 | low],
        // LDM, STM, PUSH, POP of r0–r3.
        12 => vec![0xc000 | bits & 0x0800 | base << 8 | 1 << low],
        13 => vec![0xb40f, 0xbc0f],
        // ADR, extensions, NOP.
        14 => vec![0xa000 | low << 8 | bits >> 8],
        15 => vec![0xb200 | bits & 0xf8 | low],
        // IT with two instructions, of which the second is MOVS.
        16 => vec![0xbf0c | bits & 0x00d0, 0x1c40, 0x2000 | low << 8 | 7],
        // IT with whatever comes next.
        24 => vec![0xbf00 | bits & 0x00f0 | 1 << low],
        // The PC as an operand, and as a destination that is dropped: ADD, MOV, CMP, literals, ADD.W, UXTH.
        25 => vec![[0x4478, 0x4678, 0x4578, 0x4800 | low << 8 | bits >> 10][low as usize]],
        26 if bits & 16 == 0 => vec![0xeb0f, low << 8 | base],
        26 => vec![0xfa1f, 0xff80 | low, 0x4800 | low << 8 | bits >> 10],
        // Branches forward and a little back, CBZ.
        17 | 18 => vec![0xd000 | bits & 0x0d00 | bits & 7],
        19 => vec![0xb100 | (bits & 0x00f8) | low],
        20 => vec![0xd0f8 | bits & 0x0500 | bits & 3],
        // LDR and STR with write-back; multiplications, packed additions, divisions.
        21 => vec![0xf850 | bits & 0x10 | base, 0x0b01 | low << 12],
        22 => vec![
            0xfa80 | bits & 0x0170 | low,
            0xf000 | low << 8 | bits >> 8 & 0x63,
        ],
        _ => vec![
            0xfb90 | bits & 0x20 | low,
            0xf0f0 | low << 8 | bits >> 12 & 3,
        ],
    }
}

/// Wait states, with caches too small for the program or without.
fn timing(random: &mut Random) -> MemoryTiming {
    let cache = |random: &mut Random, line: u32| {
        (random.below(3) != 0).then(|| Cache {
            bytes: 128 << random.below(2),
            ways: 1 << random.below(3),
            line,
            replacement: [Replacement::Random, Replacement::Oldest][random.below(2) as usize],
            enable: Enable::Always,
        })
    };
    let port = |base, length| MemoryPort {
        base,
        length,
        wait: 2,
        fill: 3,
        behind: Behind::Caches,
    };
    let line = 16 << random.below(2);
    let (fetch, data) = (cache(random, line), cache(random, line));
    let accelerator = cache(random, line);
    let unified = random.below(3) == 0;
    let mut ports = vec![port(FLASH, 0x400), port(RAM, 0x1800)];
    ports[random.below(2) as usize].behind =
        [Behind::Nothing, Behind::Accelerator, Behind::Caches][random.below(3) as usize];
    MemoryTiming {
        ports,
        fetch,
        data: data.filter(|_| !unified),
        unified,
        accelerator,
        prefetch: (random.below(2) == 0).then_some(Enable::Always),
    }
}

/// Makes a part of RAM read-only, and the default map hold elsewhere.
fn protect(cpu: &mut Cpu, memory: &mut Memory, random: &mut Random) {
    let base = RAM + 0x900 + 32 * random.below(0x10);
    let (base, limit) = if cpu.config.core == Core::CortexM33 {
        (base | 4, (base + 0x3e0) | 1)
    } else {
        (base, 5 << 24 | 2 << 16 | (5 + random.below(3)) << 1 | 1)
    };
    for (register, value) in [(0xd98, 1), (0xd9c, base), (0xda0, limit), (0xd94, 5)] {
        cpu.write(
            0xe000_e000 + register,
            Size::Word,
            value,
            memory,
            &mut NoPeripherals,
        )
        .expect("a register");
    }
}

fn machine(core: Core, seed: u64) -> (Cpu, Memory) {
    let mut random = Random(seed);
    let regions = [Region::flash(FLASH, 0x400), Region::ram(RAM, RAM_BYTES)];
    let mut memory = Memory::new(&regions);
    let table: Vec<u8> = (0..16u32)
        .map(|vector| match vector {
            0 => RAM + RAM_BYTES,
            1 => CODE | 1,
            15 => FLASH | 0x89,
            _ => FLASH | 0x81,
        })
        .flat_map(u32::to_le_bytes)
        .collect();
    assert!(memory.load(FLASH, &table), "the table fits");
    // Faults: ldr r0, [sp, #24]; adds r0, #2; str r0, [sp, #24]; bx lr. SysTick: bx lr.
    let handlers = [0x06, 0x98, 0x80, 0x1c, 0x06, 0x90, 0x70, 0x47, 0x70, 0x47];
    assert!(memory.load(FLASH + 0x80, &handlers), "the handlers fit");
    let mut code = Vec::new();
    while code.len() < HALFWORDS {
        code.extend(instruction(&mut random));
    }
    code.extend([0xe7fe; 8]);
    let bytes: Vec<u8> = code.iter().flat_map(|half| half.to_le_bytes()).collect();
    assert!(memory.load(CODE, &bytes), "the program fits");
    if random.below(2) == 0 {
        memory.set_timing(timing(&mut random));
    }
    let mut cpu = Cpu::new(core);
    cpu.reset(&memory, FLASH);
    if random.below(3) == 0 {
        protect(&mut cpu, &mut memory, &mut random);
    }
    for register in 0..4 {
        cpu.r[register] = random.next();
    }
    for register in 4..8 {
        let unaligned = if random.below(4) == 0 { 1 } else { 4 };
        cpu.r[register] = RAM + 0x900 + random.below(0x300) * unaligned;
    }
    if random.below(2) == 0 {
        // SysTick with an interrupt, so that some blocks are too close to it.
        let systick = &mut cpu.system.systick;
        systick.reload = if memory.timing().ports.is_empty() {
            1400 + random.below(1000)
        } else {
            6000 + random.below(4000)
        };
        (systick.enabled, systick.interrupt) = (true, true);
    }
    (cpu, memory)
}

/// All that can be seen of a core, and its RAM.
fn seen(cpu: &Cpu, memory: &Memory) -> (Clock, Vec<Option<u32>>, Vec<u8>) {
    let registers = (0..96).map(|number| cpu.register(number)).collect();
    let ram = memory.slice(RAM, RAM_BYTES).expect("RAM").to_vec();
    (cpu.clock, registers, ram)
}

#[test]
fn blocks_and_single_steps_give_the_same_state_and_time() {
    let mut total = 0;
    for seed in 1..400u64 {
        let core = [Core::CortexM4, Core::CortexM7, Core::CortexM33][seed as usize % 3];
        let (mut cpu, mut memory) = machine(core, seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let (mut stepped, mut its_memory) = (cpu.clone(), memory.clone());
        let mut random = Random(seed);
        while cpu.clock.instructions < INSTRUCTIONS {
            let budget = u64::from(1 + random.below(300));
            let stop = cpu.run(budget, &mut memory, &mut NoPeripherals);
            let mut stop_of_steps = Stop::Budget;
            while stepped.clock.instructions < cpu.clock.instructions
                && stop_of_steps == Stop::Budget
            {
                stop_of_steps = stepped.run(1, &mut its_memory, &mut NoPeripherals);
            }
            assert_eq!(
                seen(&cpu, &memory),
                seen(&stepped, &its_memory),
                "program {seed}"
            );
            if stop != Stop::Budget {
                break;
            }
        }
        total += cpu.clock.instructions;
    }
    assert!(total > 100_000, "only {total} instructions ran");
}

/// Runs a program with budgets of random size. With breakpoints no blocks run, and every so often the debugger stops in
/// the midst of the program and steps on.
fn run_in_slices(
    (mut cpu, mut memory): (Cpu, Memory),
    most: u32,
    breakpoints: bool,
    seed: u64,
) -> (Cpu, Memory) {
    let mut random = Random(seed);
    let far = CODE + 2 * HALFWORDS as u32 + 0x40;
    while cpu.clock.instructions < INSTRUCTIONS {
        let left = INSTRUCTIONS - cpu.clock.instructions;
        let budget = left.min(u64::from(1 + random.below(most)));
        if breakpoints {
            cpu.breakpoints = vec![far, CODE + 2 * random.below(HALFWORDS as u32)];
        }
        match cpu.run(budget, &mut memory, &mut NoPeripherals) {
            Stop::Budget => {}
            Stop::HardwareBreakpoint => {
                cpu.breakpoints.clear();
                if cpu.run(1, &mut memory, &mut NoPeripherals) != Stop::Budget {
                    break;
                }
            }
            _ => break,
        }
    }
    (cpu, memory)
}

/// A program's cycles are a function of the program: the same whoever looks, and however often.
#[test]
fn cycles_do_not_depend_on_who_looks_and_how_often() {
    let (mut total, mut waited) = (0, 0);
    for seed in 1..300u64 {
        let core = [Core::CortexM4, Core::CortexM7, Core::CortexM33][seed as usize % 3];
        let seed = seed.wrapping_mul(0xd6e8_feb8_6659_fd93);
        let start = machine(core, seed);
        let whole = run_in_slices(start.clone(), u32::MAX, false, seed);
        for (most, breakpoints) in [(2000, false), (40, false), (3000, true), (30, true)] {
            let sliced = run_in_slices(start.clone(), most, breakpoints, seed ^ u64::from(most));
            assert_eq!(
                seen(&sliced.0, &sliced.1),
                seen(&whole.0, &whole.1),
                "{core:?}, program {seed:#x}, at most {most} at a time, breakpoints: {breakpoints}"
            );
        }
        total += whole.0.clock.instructions;
        waited += u32::from(!whole.1.timing().ports.is_empty());
    }
    assert!(total > 100_000, "only {total} instructions ran");
    assert!(waited > 100, "only {waited} programs had memory that waits");
}
