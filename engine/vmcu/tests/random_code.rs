//! Whatever the bits, the core decodes and runs them: it never panics, and what must always hold of it holds.

use tinyscope_vmcu::cpu::{NO_COPROCESSOR_NAME, UNDEFINED, operation_name};
use tinyscope_vmcu::{Core, CoreConfig, Cpu, FloatUnit, Memory, NoPeripherals, Region, Stop};

const CODE: u32 = 0x0800_0000;
const RAM: u32 = 0x2000_0000;
const BYTES: u32 = 1 << 16;

const CORES: [(Core, FloatUnit); 5] = [
    (Core::CortexM4, FloatUnit::None),
    (Core::CortexM4, FloatUnit::Single),
    (Core::CortexM7, FloatUnit::Single),
    (Core::CortexM7, FloatUnit::Double),
    (Core::CortexM33, FloatUnit::Single),
];

fn config((core, float): (Core, FloatUnit)) -> CoreConfig {
    CoreConfig {
        float,
        ..core.into()
    }
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as u32 ^ (self.0 >> 20) as u32
    }

    fn one_in(&mut self, times: u32) -> bool {
        self.next().is_multiple_of(times)
    }

    /// A word that is often an address near data or code, or a small number.
    fn value(&mut self) -> u32 {
        let value = self.next();
        match value >> 29 {
            0 => RAM + value % BYTES,
            1 | 2 => RAM + ((value % BYTES) & !7),
            3 => CODE + value % BYTES,
            4 => value & 0xff,
            5 => 0xffff_ff00 | value,
            6 => 0xe000_e000 | value & 0xfff,
            _ => value,
        }
    }

    /// A halfword that begins a long instruction half of the time.
    fn half(&mut self) -> u16 {
        let value = self.next() as u16;
        if self.one_in(2) {
            value
        } else {
            value | 0xe800
        }
    }
}

fn randomise(cpu: &mut Cpu, random: &mut Random) {
    for register in &mut cpu.r {
        *register = random.value();
    }
    cpu.r[13] = (RAM + random.next() % BYTES) & !3;
    cpu.pc = (CODE + random.next() % BYTES) & !1;
    cpu.set_nzcv(random.next());
    for register in &mut cpu.fpu.s {
        *register = random.next();
    }
    cpu.fpu.fpscr = random.next() & 0xf7c0_009f;
    cpu.system.cpacr = if random.one_in(8) { 0 } else { 0xf << 20 };
    // Two faults lie between thread mode and lockup then.
    cpu.system.shcsr = 7 << 16;
    cpu.it = if random.one_in(4) {
        random.next() as u8
    } else {
        0
    };
}

#[test]
fn random_code_runs_without_a_panic() {
    for (seed, core) in CORES.into_iter().enumerate() {
        let mut random = Random(seed as u64 + 1);
        let (mut instructions, mut faults) = (0, 0u32);
        for _ in 0..40 {
            let mut memory = Memory::new(&[Region::flash(CODE, BYTES), Region::ram(RAM, BYTES)]);
            let mut code: Vec<u8> = (0..BYTES / 2)
                .flat_map(|_| random.half().to_le_bytes())
                .collect();
            // Faults are handled by more such code.
            for vector in code[..64].chunks_exact_mut(4) {
                let handler = (CODE + random.next() % BYTES) | 1;
                vector.copy_from_slice(&handler.to_le_bytes());
            }
            assert!(memory.load(CODE, &code), "the code fits");
            for _ in 0..1000 {
                let mut cpu = Cpu::new(config(core));
                cpu.reset(&memory, CODE);
                randomise(&mut cpu, &mut random);
                let stop = cpu.run(60, &mut memory, &mut NoPeripherals);
                instructions += cpu.clock.instructions;
                faults += u32::from(cpu.fault.is_some());
                assert_eq!(cpu.pc & 1, 0, "{stop:?}");
                assert_eq!(cpu.r[13] & 3, 0, "{stop:?} at {:#x}", cpu.pc);
                assert_eq!(cpu.banked_sp & 3, 0, "{stop:?}");
                assert!(cpu.clock.instructions <= 60, "{stop:?}");
                assert!(stop != Stop::Budget || cpu.clock.instructions == 60);
            }
        }
        println!("{core:?}: {instructions} instructions, {faults} of 40000 runs with a fault");
        assert!(instructions > 100_000, "{core:?}: {instructions}");
    }
}

/// Names of one encoding on all of [`CORES`].
fn names(first: u16, second: u16) -> [&'static str; 5] {
    CORES.map(|core| operation_name(config(core), CODE, first, second))
}

#[test]
fn cores_differ_in_the_right_instructions_only() {
    let mut random = Random(7);
    for _ in 0..300_000 {
        let (first, second) = (random.half(), random.next() as u16);
        let [m4_soft, m4, m7, m7_double, m33] = names(first, second);
        let float_space = first >> 10 & 0x3b == 0x3b && matches!(second >> 8 & 15, 10 | 11);
        if !float_space {
            // Coprocessors have a space of their own, and none of them is there.
            let coprocessor = first >> 10 & 0x3b == 0x3b && first >> 8 & 3 != 3;
            assert_eq!(
                m4 == NO_COPROCESSOR_NAME,
                coprocessor,
                "{first:04x} {second:04x}"
            );
            assert_eq!(
                [m4_soft, m4, m7],
                [m7_double; 3],
                "{first:04x} {second:04x}"
            );
            // The M33 adds to what was undefined or had bits that should be zero, or takes it away.
            let new = ["LDA", "STL", "TT", "SG", "UNDEFINED"];
            assert!(
                m33 == m4 || new.iter().any(|name| m33.starts_with(name)),
                "{first:04x} {second:04x}: {m4} and {m33}"
            );
            continue;
        }
        // More of a unit takes nothing away; without one, no coprocessor answers.
        if first >> 8 & 3 != 3 {
            assert_eq!(m4_soft, NO_COPROCESSOR_NAME, "{first:04x} {second:04x}");
        }
        assert!(m4 == UNDEFINED || m4 == m7, "{first:04x} {second:04x}");
        assert!(
            m7 == UNDEFINED || m7 == m7_double,
            "{first:04x} {second:04x}"
        );
        if m7_double.contains("F64") {
            assert_eq!(m7, UNDEFINED, "{first:04x} {second:04x}: {m7_double}");
        }
    }
}

#[test]
fn encodings_of_the_manuals_have_their_names() {
    // Encodings from the assembler, with their names on an M4, an M7 with doubles, and an M33.
    let table: [(u16, u16, [&str; 3]); 30] = [
        (0xe8d1, 0x0faf, [UNDEFINED, UNDEFINED, "LDA"]),
        (0xe8d1, 0x0f8f, [UNDEFINED, UNDEFINED, "LDAB"]),
        (0xe8d1, 0x0f9f, [UNDEFINED, UNDEFINED, "LDAH"]),
        (0xe8c1, 0x0faf, [UNDEFINED, UNDEFINED, "STL"]),
        (0xe8c1, 0x0f8f, [UNDEFINED, UNDEFINED, "STLB"]),
        (0xe8c1, 0x0f9f, [UNDEFINED, UNDEFINED, "STLH"]),
        (0xe8d1, 0x0fef, [UNDEFINED, UNDEFINED, "LDAEX"]),
        (0xe8d1, 0x0fcf, [UNDEFINED, UNDEFINED, "LDAEXB"]),
        (0xe8d1, 0x0fdf, [UNDEFINED, UNDEFINED, "LDAEXH"]),
        (0xe8c1, 0x0fe2, [UNDEFINED, UNDEFINED, "STLEX"]),
        (0xe8c1, 0x0fc2, [UNDEFINED, UNDEFINED, "STLEXB"]),
        (0xe8c1, 0x0fd2, [UNDEFINED, UNDEFINED, "STLEXH"]),
        (0xe841, 0xf200, ["STREX", "STREX", "TT"]),
        (0xe841, 0xf240, ["STREX", "STREX", "TTT"]),
        (0xe841, 0xf280, ["STREX", "STREX", UNDEFINED]),
        (0xe97f, 0xe97f, ["LDRD (literal)", "LDRD (literal)", "SG"]),
        (0x470c, 0, ["BX", "BX", UNDEFINED]),
        (0x478c, 0, ["BLX (register)", "BLX (register)", UNDEFINED]),
        (0xec31, 0x0a00, [UNDEFINED; 3]),
        (0xf851, 0x0e04, ["LDRT"; 3]),
        (0xf911, 0x0e04, ["LDRSBT"; 3]),
        (0xf821, 0x0e04, ["STRHT"; 3]),
        (0xf891, 0xf000, ["PLD"; 3]),
        (0xf991, 0xf000, ["PLI"; 3]),
        (0xf3af, 0x80f4, ["DBG"; 3]),
        (0xf7f0, 0xa001, [UNDEFINED; 3]),
        (0xee10, 0x0f10, [NO_COPROCESSOR_NAME; 3]),
        (0xef00, 0x0840, [UNDEFINED; 3]),
        (0xee31, 0x0b02, [UNDEFINED, "VADD.F64", UNDEFINED]),
        (0xeeb7, 0x0ac1, [UNDEFINED, "VCVT.F64.F32", UNDEFINED]),
    ];
    for (first, second, expected) in table {
        let [_, m4, _, m7, m33] = names(first, second);
        assert_eq!([m4, m7, m33], expected, "{first:04x} {second:04x}");
    }
}
