//! That nothing is left out: every instruction that the decoder accepts belongs to an encoding of the table, and every
//! operation that it knows is reached by the table's cases. All halfwords are gone through, and of the pairs one in
//! sixteen; all of them when `TINYSCOPE_ROUNDS` is set.

use std::collections::{BTreeMap, BTreeSet};

use tinyscope_vmcu::cpu::{NO_COPROCESSOR_NAME, UNDEFINED, operation_name};

use crate::board::Board;
use crate::case::Case;
use crate::random::Random;
use crate::table::{Encoding, encodings};

/// Cases of each encoding that are looked at for the operations they reach.
const CASES: u32 = 250;

/// What was found by going through all halfwords and pairs of halfwords.
struct Survey {
    /// Operations that the decoder accepts, with the number of their instructions.
    operations: BTreeMap<&'static str, u64>,
    /// Those outside of the table: how many by operation, and one of them.
    outside: BTreeMap<&'static str, (u64, u32)>,
}

fn is_implemented(name: &str) -> bool {
    name != UNDEFINED && name != NO_COPROCESSOR_NAME
}

fn survey(board: &Board, table: &[Encoding], step: u32) -> Survey {
    let mut random = Random(1);
    let mut found = Survey {
        operations: BTreeMap::new(),
        outside: BTreeMap::new(),
    };
    for first in 0..=u16::MAX {
        let long = first >> 11 > 0x1c;
        // What the second halfword must be for each encoding that the first one may begin.
        let shift = if long { 16 } else { 0 };
        let seconds: Vec<(u16, u16)> = table
            .iter()
            .map(|encoding| &encoding.pattern)
            .filter(|p| p.long == long && u32::from(first) & p.mask >> shift == p.value >> shift)
            .map(|p| {
                if long {
                    (p.mask as u16, p.value as u16)
                } else {
                    (0, 0)
                }
            })
            .collect();
        let (begin, end) = if long {
            (random.below(step), 1 << 16)
        } else {
            (0, 1)
        };
        for second in (begin..end).step_by(step as usize) {
            let second = second as u16;
            let name = operation_name(board.config(), 0, first, second);
            if !is_implemented(name) {
                continue;
            }
            *found.operations.entry(name).or_default() += 1;
            if !seconds.iter().any(|(mask, value)| second & mask == *value) {
                let entry = found.outside.entry(name).or_default();
                *entry = (entry.0 + 1, u32::from(first) << 16 | u32::from(second));
            }
        }
    }
    found
}

/// Operations that the table's cases reach.
fn reached(board: &'static Board, table: &[Encoding]) -> BTreeSet<&'static str> {
    let mut random = Random(1);
    let mut names = BTreeSet::new();
    for encoding in table {
        for _ in 0..CASES {
            let case = Case::new(encoding, board, board.code + 0x8_0000, &mut random);
            let halves = if case.pattern.long {
                case.opcode
            } else {
                case.opcode << 16
            };
            let name = operation_name(
                board.config(),
                case.pc,
                (halves >> 16) as u16,
                halves as u16,
            );
            assert!(
                name != UNDEFINED || encoding.name.starts_with("UDF"),
                "{} ({halves:08x}) is undefined",
                encoding.name
            );
            names.insert(name);
        }
    }
    names
}

/// All that this board's core implements is in the table.
pub fn check(board: &'static Board) {
    let table = encodings(board);
    let step = if crate::variable("TINYSCOPE_ROUNDS").is_some() {
        1
    } else {
        16
    };
    let found = survey(board, &table, step);
    let reached = reached(board, &table);
    let missing: Vec<_> = found
        .operations
        .keys()
        .filter(|name| !reached.contains(*name))
        .collect();
    let instructions: u64 = found.operations.values().sum();
    println!(
        "{:?}: {} operations, {instructions} instructions looked at (one in {step}), {} encodings",
        board.core,
        found.operations.len(),
        table.len()
    );
    for (name, (count, example)) in &found.outside {
        println!("{name}: {count} instructions outside of the table, such as {example:08x}");
    }
    assert!(missing.is_empty(), "not reached by any case: {missing:?}");
    assert!(
        found.outside.is_empty(),
        "instructions outside of the table"
    );
}
