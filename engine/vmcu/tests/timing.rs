//! The cycle models held to what they are taken from: rows of the Cortex-M4's tables, and what was measured on silicon of
//! the Cortex-M7 and M33 (`docs/timing.md` names both). Memory does not wait here.

use tinyscope_vmcu::{Core, Cpu, Memory, NoPeripherals, Region, Stop};

const FLASH: u32 = 0x0800_0000;
const RAM: u32 = 0x2000_0000;
const BKPT: u16 = 0xbe00;

/// Cycles of a sequence, the first instruction's start to the last one's end; r1 and r2 point to RAM.
fn cycles(core: Core, code: &[&[u16]]) -> u64 {
    let mut memory = Memory::new(&[Region::flash(FLASH, 0x1000), Region::ram(RAM, 0x1000)]);
    let mut image: Vec<u8> = [RAM + 0x1000, FLASH + 0x101]
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect();
    image.resize(0x100, 0);
    let halves = code.concat();
    image.extend(halves.iter().chain(&[BKPT]).flat_map(|h| h.to_le_bytes()));
    assert!(memory.load(FLASH, &image));
    let mut cpu = Cpu::new(core);
    cpu.reset(&memory, FLASH);
    (cpu.r[1], cpu.r[2]) = (RAM, 0x100);
    cpu.r[14] = (FLASH + 0x101) + 2 * halves.len() as u32;
    let stop = cpu.run(1000, &mut memory, &mut NoPeripherals);
    assert_eq!(stop, Stop::Bkpt(0), "{code:x?}: {:?}", cpu.fault);
    cpu.clock.cycles
}

// Loads and stores; r1 is a base, r2 an offset.
const LDR: &[u16] = &[0x6808]; // ldr r0, [r1]
const LDR_R3: &[u16] = &[0x684b]; // ldr r3, [r1, #4]
const LDR_R4: &[u16] = &[0x688c]; // ldr r4, [r1, #8]
const LDR_NEXT: &[u16] = &[0xf851, 0x0b04]; // ldr r0, [r1], #4
const LDRB: &[u16] = &[0x7808]; // ldrb r0, [r1]
const STR: &[u16] = &[0x6008]; // str r0, [r1]
const STR_NEXT: &[u16] = &[0xf841, 0x0b04]; // str r0, [r1], #4
const STR_REG: &[u16] = &[0x5088]; // str r0, [r1, r2]
const LDM: &[u16] = &[0xe891, 0x0038]; // ldm r1, {r3, r4, r5}
// Arithmetic.
const ADDS_R4: &[u16] = &[0x3401]; // adds r4, #1
const ADD_R4: &[u16] = &[0xeb05, 0x0406]; // add.w r4, r5, r6
const ADD_R7: &[u16] = &[0xeb07, 0x0706]; // add.w r7, r7, r6
const ADD_R3_R0: &[u16] = &[0xeb00, 0x0302]; // add.w r3, r0, r2
const ADD_R4_R4: &[u16] = &[0xeb04, 0x0406]; // add.w r4, r4, r6
const ADD_BASE: &[u16] = &[0xf101, 0x0100]; // add.w r1, r1, #0
const EOR_R4: &[u16] = &[0xea85, 0x0406]; // eor.w r4, r5, r6
const EOR_SHIFTED: &[u16] = &[0xea85, 0x04f6]; // eor.w r4, r5, r6, ror #3
const ADD_SHIFTED: &[u16] = &[0xeb03, 0x0380]; // add.w r3, r3, r0, lsl #2
const MLA: &[u16] = &[0xfb05, 0x4406]; // mla r4, r5, r6, r4
const MULS: &[u16] = &[0x436c]; // muls r4, r5
const SMLAD: &[u16] = &[0xfb25, 0x4406]; // smlad r4, r5, r6, r4
const SXTB16: &[u16] = &[0xfa2f, 0xf485]; // sxtb16 r4, r5
const SXTB16_R7: &[u16] = &[0xfa2f, 0xf796]; // sxtb16 r7, r6, ror #8
// Flow. Branches go to the instruction after the next halfword.
const NOP: &[u16] = &[0xbf00];
const B: &[u16] = &[0xe000, 0xbf00];
const CMP: &[u16] = &[0x2c00]; // cmp r4, #0
const BEQ: &[u16] = &[0xd000, 0xbf00];
const BNE: &[u16] = &[0xd100];
const BX_LR: &[u16] = &[0x4770];
const IT_EQ: &[u16] = &[0xbf08];

fn check(core: Core, rows: &[(&[&[u16]], u64, &str)]) {
    for (code, expected, what) in rows {
        assert_eq!(cycles(core, code), *expected, "{core:?}: {what}");
    }
}

/// Technical reference manual of the Cortex-M4, r0p1: table 3-1 (3.3.1) and load/store timings (3.3.3).
#[test]
fn the_m4_follows_its_manual() {
    check(
        Core::CortexM4,
        &[
            (&[ADDS_R4, ADD_R7], 2, "ADD: 1 each"),
            (&[SMLAD, MLA], 2, "SMLAD, MLA: 1 each"),
            (&[LDR], 2, "LDR: 2"),
            (&[LDR, LDR_R3, LDR_R4], 4, "LDR after LDR: 1 less"),
            (&[LDR, LDR_R3, STR_REG], 4, "STR after LDR: 1 less"),
            (&[STR], 1, "STR Rx,[Ry,#imm] is always one cycle"),
            (&[STR_NEXT], 1, "the same with base update"),
            (&[STR_REG], 2, "STR with register offset: 2"),
            (&[STR, LDR_R3], 3, "nothing is pipelined after a store"),
            (
                &[LDR_NEXT, LDR_R3],
                4,
                "an address from the load before is not",
            ),
            (
                &[ADD_BASE, LDR],
                4,
                "an address just computed stalls a cycle",
            ),
            (&[ADD_BASE, ADDS_R4, LDR], 4, "one cycle later it does not"),
            (&[LDM], 4, "LDM: 1 + N"),
            (&[B, ADDS_R4], 3, "B: 1 + P, address known early"),
            (&[NOP, B, ADDS_R4], 4, "16 bits at an odd halfword"),
            (&[NOP, B, ADD_R4], 5, "32 bits at an odd halfword: one more"),
            (&[B, ADD_R4], 3, "32 bits at a word"),
            (&[CMP, BNE, ADDS_R4], 3, "B<cc> not taken: 1"),
            (&[BX_LR, NOP], 3, "BX: 1 + P, address not known early"),
            (&[CMP, IT_EQ, ADDS_R4], 2, "IT is folded into 16 bits"),
            (&[ADD_R4, IT_EQ, ADDS_R4], 3, "and not into 32"),
        ],
    );
}

/// Silicon: pipeline cycle test by jnk0le, Cortex-M7 (STM32H743).
#[test]
fn the_m7_issues_two_where_it_can() {
    check(
        Core::CortexM7,
        &[
            (&[ADDS_R4, ADD_R7], 1, "independent additions pair"),
            (
                &[ADD_R4, ADD_R4_R4],
                1,
                "an early sum is there for a late one",
            ),
            (&[EOR_R4, ADD_R4_R4], 2, "a late result is not"),
            (&[LDR, ADD_R7], 1, "a load pairs"),
            (&[LDR, LDR_R3], 1, "two loads pair in different banks"),
            (&[LDR, LDR_R4], 2, "and not in the same one"),
            (&[LDR, STR], 1, "a load pairs with a store of what it loads"),
            (&[STR, STR_NEXT], 2, "two stores do not"),
            (
                &[LDR, ADD_R7, ADD_R3_R0],
                2,
                "a word is there in the next cycle",
            ),
            (&[LDRB, ADD_R7, ADD_R3_R0], 3, "a byte is not"),
            (&[LDR, ADD_R7, ADD_SHIFTED], 3, "nor a word that is shifted"),
            (&[MLA, ADD_R7, MLA], 2, "sums of products chain every cycle"),
            (&[MLA, STR], 2, "a product does not pair with a store"),
            (&[SXTB16, SXTB16_R7], 2, "extractions do not pair"),
            (&[SXTB16, ADD_R7], 1, "they are first of a pair"),
            (&[ADD_R7, SXTB16], 2, "and not second"),
            (
                &[EOR_SHIFTED, ADD_SHIFTED],
                2,
                "nor do two shifted operands",
            ),
            (&[LDM], 2, "LDM: 64 bits a cycle"),
            (
                &[CMP, BEQ, ADD_R4],
                2,
                "a branch, predicted taken, with its flags",
            ),
        ],
    );
}

/// Silicon: pipeline cycle test by jnk0le, Cortex-M33 (RP2350).
#[test]
fn the_m33_pairs_some_instructions_of_16_bits() {
    check(
        Core::CortexM33,
        &[
            (&[ADDS_R4, ADD_R7], 2, "arithmetic does not pair"),
            (&[ADDS_R4, NOP], 1, "NOP pairs with arithmetic"),
            (&[ADD_R7, NOP], 2, "but not with 32 bits"),
            (&[LDR, ADD_R7], 2, "a load takes one cycle"),
            (&[LDR, ADD_R3_R0], 3, "its result two"),
            (&[LDR, STR], 2, "a store takes it in one"),
            (&[LDM], 3, "LDM of x registers: x"),
            (&[MULS], 2, "MULS: 2"),
            (&[MLA, MLA], 2, "sums of products chain"),
            (
                &[EOR_SHIFTED, ADD_R4_R4],
                3,
                "a shifted operand's result takes two",
            ),
            (
                &[CMP, BNE, ADD_R4],
                2,
                "a branch not taken pairs with its flags",
            ),
            (&[CMP, BEQ, ADD_R4], 4, "taken it waits for them: 2"),
            (&[LDR, B, ADD_R4], 3, "else 1"),
            (&[CMP, IT_EQ, ADDS_R4], 2, "IT pairs with 16 bits"),
        ],
    );
}
