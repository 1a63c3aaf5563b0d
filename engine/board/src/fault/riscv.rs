//! What a RISC-V processor recorded when a program trapped, and its names (The RISC-V Instruction Set Manual, Volume II,
//! table 3.6).

use super::{ProgramMemory, access, access_to_code, wild_jump};
use crate::protocol::control;

/// What the trap handler saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RiscVRecord {
    /// `mcause`.
    pub cause: u32,
    /// `mepc`: the instruction that trapped.
    pub pc: u32,
    /// `mtval`: the address of an access, the bits of an instruction.
    pub value: u32,
    /// `mstatus`.
    pub status: u32,
    /// Return address.
    pub ra: u32,
    /// Stack pointer.
    pub sp: u32,
    /// a0 to a7.
    pub a: [u32; 8],
    /// s0 and s1.
    pub s: [u32; 2],
}

const INTERRUPT: u32 = 1 << 31;

/// Names of the exceptions, by number.
const CAUSES: [&str; 16] = [
    "instruction address misaligned",
    "instruction access fault",
    "illegal instruction",
    "breakpoint",
    "load address misaligned",
    "load access fault",
    "store address misaligned",
    "store access fault",
    "environment call from user mode",
    "environment call from supervisor mode",
    "reserved exception 10",
    "environment call from machine mode",
    "instruction page fault",
    "load page fault",
    "reserved exception 14",
    "store page fault",
];

impl RiscVRecord {
    /// From the control block's words, in their order there.
    pub(super) fn from_words(words: &[u32; control::FAULT_WORDS]) -> Self {
        let &[
            cause,
            pc,
            value,
            status,
            ra,
            sp,
            a0,
            a1,
            a2,
            a3,
            a4,
            a5,
            a6,
            a7,
            s0,
            s1,
            _,
        ] = words;
        Self {
            cause,
            pc,
            value,
            status,
            ra,
            sp,
            a: [a0, a1, a2, a3, a4, a5, a6, a7],
            s: [s0, s1],
        }
    }

    /// The data address of the fault, where it is known.
    pub fn data_address(&self) -> Option<u32> {
        matches!(self.cause, 4..=7).then_some(self.value)
    }

    /// Code addresses that tell where the program was, the best first. The call before the return address is meant: a
    /// call as the last instruction of a function would else tell the function behind it.
    pub(super) fn places(&self) -> [u32; 3] {
        [self.pc, self.ra.saturating_sub(2), 0]
    }
}

pub(super) fn describe(record: &RiscVRecord, memory: &ProgramMemory) -> String {
    let RiscVRecord { cause, value, .. } = *record;
    if cause & INTERRUPT != 0 {
        return format!("unexpected interrupt {}", cause & !INTERRUPT);
    }
    let Some(name) = CAUSES.get(cause as usize) else {
        return format!("unexpected exception {cause}");
    };
    match cause {
        1 => format!("{name} ({})", wild_jump(record.pc, memory)),
        2 => format!("{name} ({value:#x})"),
        5 | 7 if !memory.stack.is_empty() && record.sp < memory.stack.start => {
            format!("{name} (stack overflow: access at {value:#010x})")
        }
        // The image may lie right below the stack, which has not overflowed.
        7 if memory.code.contains(&value) => format!("{name} ({})", access_to_code(value)),
        5 => format!("{name} ({})", access("read", value, memory)),
        7 => format!("{name} ({})", access("write", value, memory)),
        4 | 6 => format!("{name} (at {value:#010x})"),
        _ => (*name).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{CAUSES, RiscVRecord, describe};
    use crate::fault::ProgramMemory;

    fn memory() -> ProgramMemory {
        ProgramMemory {
            stack: 0x3FC8_4020..0x3FC8_4800,
            arena: 0x3FC8_5000..0x3FC8_9000,
            code: 0x3FC8_0000..0x3FC8_4000,
        }
    }

    fn told(cause: u32, value: u32) -> String {
        let record = RiscVRecord {
            cause,
            value,
            pc: 0x4038_0100,
            sp: 0x3FC8_4400,
            ..RiscVRecord::default()
        };
        describe(&record, &memory())
    }

    #[test]
    fn every_cause_is_named() {
        for (cause, name) in CAUSES.iter().enumerate() {
            assert!(told(cause as u32, 0x6000_0000).starts_with(name));
        }
        assert_eq!(told(24, 0), "unexpected exception 24");
        assert_eq!(told(1 << 31 | 7, 0), "unexpected interrupt 7");
    }

    #[test]
    fn addresses_near_the_programs_memory_are_told_in_its_terms() {
        assert_eq!(
            told(7, 0x3FC8_9004),
            "store access fault (access 4 B past the end of the arena, at 0x3fc89004)"
        );
        assert!(told(5, 0x3FC8_4FFC).contains("access 4 B before the start of the arena"));
        assert!(told(7, 0x3FC8_4010).contains("stack overflow"));
        assert!(told(7, 0x3FC8_0100).contains("the program's own code or constants"));
        assert!(told(5, 0x6000_0000).contains("read at 0x60000000"));
        assert!(told(1, 0).contains("jump to 0x40380100"));
    }

    #[test]
    fn a_stack_pointer_below_the_stack_is_an_overflow_wherever_it_reaches() {
        let record = RiscVRecord {
            cause: 7,
            value: 0x3FC8_0100,
            sp: 0x3FC8_0100,
            ..RiscVRecord::default()
        };
        assert!(describe(&record, &memory()).contains("stack overflow"));
    }

    #[test]
    fn only_data_accesses_have_a_data_address() {
        let of = |cause| {
            let record = RiscVRecord {
                cause,
                value: 9,
                ..RiscVRecord::default()
            };
            record.data_address()
        };
        assert_eq!((of(2), of(5), of(7)), (None, Some(9), Some(9)));
    }
}
