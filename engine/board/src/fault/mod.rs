//! Faults in words: what the processor recorded when a program went wrong, and where that lies in the program's memory.

mod arm;
mod riscv;

pub use arm::ArmRecord;
pub use riscv::RiscVRecord;

use crate::protocol::{bytes_of, control, crc32};
use crate::toolchain::Architecture;
use std::ops::Range;

/// What the fault handler saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultRecord {
    /// Of a Cortex-M.
    Arm(ArmRecord),
    /// Of a RISC-V processor.
    RiscV(RiscVRecord),
}

impl FaultRecord {
    /// From the control block's words; `None` when their check is wrong.
    pub fn from_words(
        architecture: Architecture,
        words: &[u32; control::FAULT_WORDS],
    ) -> Option<Self> {
        let (content, check) = words.split_at(control::FAULT_WORDS - 1);
        if crc32(&bytes_of(content)) != check[0] {
            return None;
        }
        Some(match architecture {
            Architecture::Arm => Self::Arm(ArmRecord::from_words(words)),
            Architecture::RiscV => Self::RiscV(RiscVRecord::from_words(words)),
        })
    }

    /// Address of the faulting instruction; 0 where the processor could not save it.
    pub fn pc(&self) -> u32 {
        match self {
            Self::Arm(record) => record.pc,
            Self::RiscV(record) => record.pc,
        }
    }

    /// Code addresses that tell where the program was, the best first, 0 where one is not known: where it faulted, where
    /// that would have returned to, and what lies on the stack where nothing else is known.
    pub fn places(&self) -> [u32; 3] {
        match self {
            Self::Arm(record) => record.places(),
            Self::RiscV(record) => record.places(),
        }
    }
}

/// The fault's name and cause, and the address where it is known, in words:
/// `BusFault (precise data access at 0x60000000)`, `MemManage (access 4 B past the end of the arena)`.
pub fn describe(record: &FaultRecord, memory: &ProgramMemory) -> String {
    match record {
        FaultRecord::Arm(record) => arm::describe(record, memory),
        FaultRecord::RiscV(record) => riscv::describe(record, memory),
    }
}

/// The memory that a program may use, to tell guards from other addresses. Empty ranges are not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProgramMemory {
    /// Its stack.
    pub stack: Range<u32>,
    /// Its arena, without what lies between its end and the processor's guard.
    pub arena: Range<u32>,
    /// Its image: code and constants, by their address for data.
    pub code: Range<u32>,
}

/// Bytes beside stack and arena in which a stray access is told as one over their end, and from address 0 on those that
/// are reached through a null pointer.
const NEAR: u32 = 4096;

fn wild_jump(pc: u32, memory: &ProgramMemory) -> String {
    // The stack is the lowest part of the program's RAM, the arena the highest.
    if (memory.stack.start..memory.arena.end).contains(&pc) {
        format!("execution of data at {pc:#010x}")
    } else {
        format!("jump to {pc:#010x}, where no code may be")
    }
}

/// An access in the program's terms where it is near its memory.
fn access(cause: &str, address: u32, memory: &ProgramMemory) -> String {
    let ProgramMemory { stack, arena, code } = memory;
    let before = |start: u32| {
        start
            .checked_sub(address)
            .filter(|gap| (1..=NEAR).contains(gap))
    };
    if !stack.is_empty() && before(stack.start).is_some() {
        return format!("stack overflow: access at {address:#010x}");
    }
    if !arena.is_empty() {
        if let Some(past) = address.checked_sub(arena.end).filter(|past| *past < NEAR) {
            return format!("access {past} B past the end of the arena, at {address:#010x}");
        }
        if let Some(gap) = before(arena.start) {
            return format!("access {gap} B before the start of the arena, at {address:#010x}");
        }
    }
    if code.contains(&address) {
        return access_to_code(address);
    }
    if address < NEAR {
        return format!("{cause} at {address:#010x}, through a null pointer");
    }
    format!("{cause} at {address:#010x}")
}

fn access_to_code(address: u32) -> String {
    format!("write to the program's own code or constants at {address:#010x}")
}

#[cfg(test)]
mod tests {
    use super::FaultRecord;
    use crate::protocol::{bytes_of, control, crc32};
    use crate::toolchain::Architecture;

    #[test]
    fn a_record_with_a_wrong_check_is_none() {
        for architecture in Architecture::ALL {
            let mut words = [7; control::FAULT_WORDS];
            words[control::FAULT_WORDS - 1] = crc32(&bytes_of(&words[..control::FAULT_WORDS - 1]));
            let record = FaultRecord::from_words(architecture, &words);
            assert_eq!(record.map(|r| r.pc()), Some(7));
            for bit in 0..32 * control::FAULT_WORDS {
                let mut words = words;
                words[bit / 32] ^= 1 << (bit % 32);
                assert_eq!(FaultRecord::from_words(architecture, &words), None);
            }
        }
    }
}
