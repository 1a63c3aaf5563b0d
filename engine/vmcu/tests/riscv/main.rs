//! The RISC-V hart against QEMU's: each encoding in random states, and what neither takes for an instruction.

mod image;
#[path = "../encodings/random.rs"]
#[allow(dead_code)]
mod random;
#[path = "../support/mod.rs"]
#[allow(dead_code)]
mod support;
mod table;

use image::{CASE_WORDS, CASES, CODE, Case, RAM_BYTES, SCRATCH, SCRATCH_BYTES};
use random::Random;
use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use table::ENCODINGS;
use tinyscope_vmcu::riscv::{Counters, Hart, Memory, Ram, Stop, expand};

const QEMU: &str = "qemu-system-riscv32";
/// Rounds of each encoding.
const ROUNDS: usize = 300;
/// Steps after which a program that is not at its end never gets there.
const LIMIT: u64 = 50_000_000;

/// What a case left: cause, registers, `mtval`, `mepc`.
type Outcome = Vec<u32>;

fn outcomes(bytes: &[u8]) -> (Vec<Outcome>, Vec<u8>) {
    let (cases, scratch) = bytes.split_at(bytes.len() - SCRATCH_BYTES as usize);
    let words: Vec<u32> = (cases.chunks_exact(4))
        .map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
        .collect();
    let cases = words.chunks_exact(CASE_WORDS).map(<[u32]>::to_vec);
    (cases.collect(), scratch.to_vec())
}

fn ours(image: &image::Image, cases: usize) -> (Vec<Outcome>, Vec<u8>) {
    let ram = Ram {
        base: CODE,
        instructions: CODE,
        bytes: RAM_BYTES,
    };
    let mut memory = Memory::new(&[ram], 0..0);
    assert!(memory.load(CODE, &image.bytes));
    let mut hart = Hart::new(CODE, Counters::Standard);
    let mut steps = 0;
    while hart.pc != image.end {
        assert_eq!(hart.run(&mut memory, 1), Stop::Limit);
        steps += 1;
        assert!(steps < LIMIT, "stuck at {:#010x}", hart.pc);
    }
    let bytes = (cases * 4 * CASE_WORDS) as u32;
    let table = memory.bytes(CASES, bytes).expect("in RAM");
    let scratch = memory.bytes(SCRATCH, SCRATCH_BYTES).expect("in RAM");
    outcomes(&[table, scratch].concat())
}

/// `None` where QEMU is not installed.
fn qemus(
    image: &image::Image,
    folder: &std::path::Path,
    file: &str,
) -> Option<(Vec<Outcome>, Vec<u8>)> {
    let binary = folder.join("image.bin");
    std::fs::write(&binary, &image.bytes).expect("a temporary folder");
    let started = Command::new(QEMU)
        .current_dir(folder)
        // RV32IMC and no other extension.
        .args([
            "-M",
            "virt",
            "-m",
            "16M",
            "-cpu",
            "lowrisc-ibex",
            "-bios",
            "none",
        ])
        .args(["-display", "none", "-monitor", "none", "-serial", "none"])
        .args(["-semihosting-config", "enable=on,target=native", "-device"])
        .arg(format!(
            "loader,file={},addr={CODE:#x},force-raw=on",
            binary.display()
        ))
        .stdin(Stdio::null())
        .spawn();
    let Ok(mut process) = started else {
        println!("skipped: comparison with QEMU ({QEMU} is not installed)");
        return None;
    };
    let status = process.wait().expect("it was started");
    assert!(status.success(), "{status}");
    Some(outcomes(
        &std::fs::read(folder.join(file)).expect("it wrote its file"),
    ))
}

/// Runs the cases on both and compares; `what` names them.
fn compare(cases: &[Case], what: &dyn Fn(usize) -> String, name: &str) -> Option<Vec<Outcome>> {
    let folder =
        std::env::temp_dir().join(format!("tinyscope-riscv-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    let mut random = Random(7);
    let scratch: Vec<u8> = (0..SCRATCH_BYTES).map(|_| random.word() as u8).collect();
    let image = image::build(cases, &scratch, "out.bin");
    let result = qemus(&image, &folder, "out.bin").map(|(theirs, their_bytes)| {
        let (ours, our_bytes) = ours(&image, cases.len());
        for (index, (our, their)) in ours.iter().zip(&theirs).enumerate() {
            assert!(
                our == their,
                "{}: {:x?}\nbefore {:x?}\nours   {our:x?}\nQEMU's {their:x?}",
                what(index),
                cases[index].code,
                cases[index].registers
            );
        }
        assert_eq!(our_bytes, their_bytes, "what was stored");
        ours
    });
    let _ = std::fs::remove_dir_all(&folder);
    result
}

/// Bytes of a case's code before its instruction, and behind the instruction and its pad; see [`image::build`].
const BEFORE: u32 = (2 + 30 + 2) * 4;
const BEHIND: u32 = 33 * 4;

#[test]
fn every_encoding_does_what_qemus_does() {
    let mut random = Random(1);
    let (mut cases, mut names) = (Vec::new(), Vec::new());
    let mut address = CODE + 0x200;
    for encoding in &ENCODINGS {
        let mut found = 0;
        for _ in 0..20 * ROUNDS {
            let Some(case) = encoding.case(&mut random, address + BEFORE) else {
                continue;
            };
            address += (BEFORE + case.code.len() as u32 + BEHIND).next_multiple_of(4);
            cases.push(case);
            names.push(encoding.name);
            found += 1;
            if found == ROUNDS {
                break;
            }
        }
        assert_eq!(found, ROUNDS, "{}", encoding.name);
    }
    let Some(outcomes) = compare(&cases, &|index| names[index].to_owned(), "encodings") else {
        return;
    };
    let mut trapped = BTreeMap::new();
    for (outcome, name) in outcomes.iter().zip(&names) {
        if outcome[0] != 0 {
            *trapped.entry(*name).or_insert(0) += 1;
        }
    }
    println!(
        "{} rounds of {} encodings; trapped: {trapped:?}",
        cases.len(),
        ENCODINGS.len()
    );
    // Only the call of the environment traps: all other cases were executed.
    assert_eq!(trapped.into_iter().collect::<Vec<_>>(), [("ECALL", ROUNDS)]);
}

/// Whether this is in the table: an instruction of I, M, Zicsr or Zifencei.
fn is_listed(word: u32) -> bool {
    ENCODINGS.iter().any(|encoding| {
        // Branches and jumps of the table have one offset.
        let free = match encoding.fixed & 0x7F {
            0x63 => encoding.free | 0xFE00_0F80,
            0x6F => encoding.free | 0xFFFF_F000,
            0x0F => 0xFFFF_8F80,
            _ => encoding.free,
        };
        encoding.fixed & 3 == 3
            && (word ^ encoding.fixed) & !free & !(0xFFF << 20 & csr_bits(encoding.fixed)) == 0
    })
}

/// All bits where the table's control register stands for any.
fn csr_bits(fixed: u32) -> u32 {
    if fixed & 0x7F == 0x73 && fixed >> 12 & 7 != 0 {
        u32::MAX
    } else {
        0
    }
}

#[test]
fn nothing_else_is_an_instruction() {
    let mut random = Random(2);
    let mut words = Vec::new();
    // Every fourth of the 16-bit patterns that have no meaning, and random 32-bit words outside of the table.
    let halves = (0..=u16::MAX).filter(|half| half & 3 != 3 && expand(*half).is_none());
    words.extend(halves.step_by(4).map(u32::from));
    let short = words.len();
    while words.len() < short + 6000 {
        let word = random.word() | 3;
        let system = word & 0x7F == 0x73;
        if word & 0x1F != 0x1F && !is_listed(word) && !system {
            words.push(word);
        }
    }
    let cases: Vec<Case> = (words.iter().enumerate())
        .map(|(index, word)| {
            let mut registers = std::array::from_fn(|_| random.operand());
            registers[0] = 0;
            let length = if index < short { 2 } else { 4 };
            Case {
                registers,
                code: word.to_le_bytes()[..length].to_vec(),
            }
        })
        .collect();
    let Some(outcomes) = compare(&cases, &|index| format!("{:#x}", words[index]), "undefined")
    else {
        return;
    };
    println!("{short} of 16 bits, {} of 32 bits", words.len() - short);
    for (outcome, word) in outcomes.iter().zip(&words) {
        assert_eq!((outcome[0], outcome[32]), (2, *word), "{word:#x}");
    }
}
