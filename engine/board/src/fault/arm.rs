//! What a Cortex-M recorded when a program faulted, and its names (Armv7-M Architecture Reference Manual, B3.2).

use super::{ProgramMemory, access, wild_jump};
use crate::protocol::control;

/// What the fault handler saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ArmRecord {
    /// Exception number.
    pub exception: u32,
    /// r0 to r3 at the fault. These and all below up to `xpsr` are 0 when the processor could not save them.
    pub r: [u32; 4],
    /// r12 at the fault.
    pub r12: u32,
    /// Link register at the fault.
    pub lr: u32,
    /// Program counter of the faulting instruction.
    pub pc: u32,
    /// Program status at the fault.
    pub xpsr: u32,
    /// Stack pointer at the fault; 0 where it is not known.
    pub sp: u32,
    /// The handler's own link register: which stack, which frame.
    pub exc_return: u32,
    /// Configurable fault status.
    pub cfsr: u32,
    /// Hard fault status.
    pub hfsr: u32,
    /// Address of a memory management fault, where CFSR says it is valid.
    pub mmfar: u32,
    /// Address of a bus fault, where CFSR says it is valid.
    pub bfar: u32,
    /// Where no frame could be saved: the youngest return address on the stack, or 0.
    pub return_address: u32,
}

impl ArmRecord {
    /// From the control block's words, in their order there.
    pub(super) fn from_words(words: &[u32; control::FAULT_WORDS]) -> Self {
        let &[
            exception,
            r0,
            r1,
            r2,
            r3,
            r12,
            lr,
            pc,
            xpsr,
            sp,
            exc_return,
            cfsr,
            hfsr,
            mmfar,
            bfar,
            return_address,
            _,
        ] = words;
        Self {
            exception,
            r: [r0, r1, r2, r3],
            r12,
            lr,
            pc,
            xpsr,
            sp,
            exc_return,
            cfsr,
            hfsr,
            mmfar,
            bfar,
            return_address,
        }
    }

    /// The data address of the fault, where it is known.
    pub fn data_address(&self) -> Option<u32> {
        if self.cfsr & MMARVALID != 0 {
            Some(self.mmfar)
        } else if self.cfsr & BFARVALID != 0 {
            Some(self.bfar)
        } else {
            None
        }
    }

    /// Code addresses that tell where the program was, the best first, 0 where one is not known: where it faulted, where
    /// that would have returned to, and what lies on the stack where there was no frame.
    pub fn places(&self) -> [u32; 3] {
        [self.pc, self.lr, self.return_address]
    }
}

/// The processor could not save its registers on the stack, or its stack limit was met.
const STACKING: &str = "stack overflow";

/// CFSR bits in order of how much they explain: bit, fault, cause.
const CAUSES: &[(u32, &str, &str)] = &[
    (20, "UsageFault", STACKING),
    (12, "BusFault", STACKING),
    (4, "MemManage", STACKING),
    (13, "BusFault", STACKING),
    (5, "MemManage", STACKING),
    (9, "BusFault", "precise data access"),
    (10, "BusFault", "imprecise data access"),
    (8, "BusFault", "instruction fetch"),
    (11, "BusFault", "return from an exception"),
    (1, "MemManage", "data access"),
    (0, "MemManage", "instruction fetch"),
    (3, "MemManage", "return from an exception"),
    (25, "UsageFault", "division by zero"),
    (24, "UsageFault", "unaligned access"),
    (19, "UsageFault", "no coprocessor or FPU off"),
    (18, "UsageFault", "bad exception return"),
    (17, "UsageFault", "not in Thumb state"),
    (16, "UsageFault", "undefined instruction"),
];

/// No frame is larger: a stack pointer further below the stack did not come there by pushing.
const FARTHEST: u32 = 1 << 20;
const MMARVALID: u32 = 1 << 7;
const BFARVALID: u32 = 1 << 15;

/// The fault's name and cause, and the address where it is known, in words:
/// `BusFault (precise data access at 0x60000000)`, `MemManage (access 4 B past the end of the arena)`.
pub(super) fn describe(record: &ArmRecord, memory: &ProgramMemory) -> String {
    let cause = CAUSES
        .iter()
        .find(|(bit, ..)| record.cfsr >> bit & 1 == 1)
        .map(|(_, fault, cause)| (*fault, *cause));
    let Some((fault, cause)) = cause else {
        return without_cause(record);
    };
    if cause == STACKING {
        return format!("{fault} ({})", lost_stack(record, memory));
    }
    if cause == "instruction fetch" {
        return format!("{fault} ({})", wild_jump(record.pc, memory));
    }
    let address = match fault {
        "BusFault" if record.cfsr & BFARVALID != 0 => Some(record.bfar),
        "MemManage" if record.cfsr & MMARVALID != 0 => Some(record.mmfar),
        _ => None,
    };
    match address {
        Some(address) => format!("{fault} ({})", access(cause, address, memory)),
        None => format!("{fault} ({cause})"),
    }
}

/// A fault of the stack: where its pointer was, and whether it came there by pushing.
fn lost_stack(record: &ArmRecord, memory: &ProgramMemory) -> String {
    let (sp, stack) = (record.sp, &memory.stack);
    if stack.is_empty() || sp == 0 {
        return STACKING.to_owned();
    }
    if sp > stack.end || stack.start.saturating_sub(sp) > FARTHEST {
        return format!("the stack pointer was lost: it is {sp:#010x}");
    }
    format!(
        "{STACKING}: more than its {} B are used",
        stack.end - stack.start
    )
}

fn without_cause(record: &ArmRecord) -> String {
    if record.hfsr & 1 << 1 != 0 {
        return "HardFault (vector table could not be read)".to_owned();
    }
    if record.hfsr & 1 << 31 != 0 {
        return "HardFault (breakpoint or debug event)".to_owned();
    }
    if record.hfsr & 1 << 30 != 0 {
        // All other faults that are escalated leave their cause.
        return "HardFault (a supervisor call: no SVC instruction may be used)".to_owned();
    }
    match record.exception {
        2 => "a non-maskable interrupt".to_owned(),
        3 => "HardFault (no cause recorded)".to_owned(),
        4 => "MemManage (no cause recorded)".to_owned(),
        5 => "BusFault (no cause recorded)".to_owned(),
        6 => "UsageFault (no cause recorded)".to_owned(),
        7 => "SecureFault".to_owned(),
        11 => "a supervisor call: no SVC instruction may be used".to_owned(),
        number @ 16.. => format!("unexpected interrupt {}", number - 16),
        number => format!("unexpected exception {number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{ArmRecord, CAUSES, ProgramMemory, describe};

    #[test]
    fn every_cause_is_named_alone() {
        for (bit, fault, cause) in CAUSES {
            let record = ArmRecord {
                exception: 3,
                cfsr: 1 << bit,
                hfsr: 1 << 30,
                ..ArmRecord::default()
            };
            let told = describe(&record, &ProgramMemory::default());
            if *cause == "instruction fetch" {
                assert_eq!(
                    told,
                    format!("{fault} (jump to 0x00000000, where no code may be)")
                );
            } else {
                assert_eq!(told, format!("{fault} ({cause})"));
            }
        }
    }

    #[test]
    fn addresses_are_given_only_where_they_are_valid() {
        let mut record = ArmRecord {
            cfsr: 1 << 9,
            bfar: 0x6000_0000,
            ..ArmRecord::default()
        };
        assert_eq!(
            describe(&record, &ProgramMemory::default()),
            "BusFault (precise data access)"
        );
        record.cfsr |= 1 << 15;
        assert_eq!(
            describe(&record, &ProgramMemory::default()),
            "BusFault (precise data access at 0x60000000)"
        );
        let record = ArmRecord {
            cfsr: 1 << 1 | 1 << 7,
            mmfar: 4,
            ..ArmRecord::default()
        };
        assert_eq!(
            describe(&record, &ProgramMemory::default()),
            "MemManage (data access at 0x00000004, through a null pointer)"
        );
    }

    #[test]
    fn a_failed_stacking_explains_more_than_what_it_met() {
        let record = ArmRecord {
            cfsr: 1 << 12 | 1 << 9,
            ..ArmRecord::default()
        };
        assert!(describe(&record, &ProgramMemory::default()).contains("stack overflow"));
    }

    #[test]
    fn a_stack_that_overflowed_is_told_from_a_pointer_that_was_lost() {
        let memory = ProgramMemory {
            stack: 0x2000_0020..0x2000_0800,
            ..ProgramMemory::default()
        };
        for (sp, told) in [
            (0x2000_0020, "stack overflow: more than its 2016 B are used"),
            (0x1FFF_E000, "stack overflow: more than its 2016 B are used"),
            (0x5FFF_FFE0, "the stack pointer was lost: it is 0x5fffffe0"),
            (0x0000_0010, "the stack pointer was lost: it is 0x00000010"),
            (0, "stack overflow"),
        ] {
            for (bit, fault) in [(20, "UsageFault"), (4, "MemManage"), (13, "BusFault")] {
                let record = ArmRecord {
                    cfsr: 1 << bit,
                    sp,
                    ..ArmRecord::default()
                };
                assert_eq!(describe(&record, &memory), format!("{fault} ({told})"));
            }
        }
    }

    #[test]
    fn without_a_cause_the_exception_is_named() {
        let of = |exception, hfsr| {
            let record = ArmRecord {
                exception,
                hfsr,
                ..ArmRecord::default()
            };
            describe(&record, &ProgramMemory::default())
        };
        assert_eq!(of(3, 1 << 1), "HardFault (vector table could not be read)");
        assert_eq!(of(3, 1 << 31), "HardFault (breakpoint or debug event)");
        assert_eq!(of(2, 0), "a non-maskable interrupt");
        assert_eq!(of(15, 0), "unexpected exception 15");
        assert_eq!(of(20, 0), "unexpected interrupt 4");
        assert!(of(11, 0).contains("supervisor call"));
        assert!(of(3, 1 << 30).contains("supervisor call"));
    }

    #[test]
    fn addresses_near_the_programs_memory_are_told_in_its_terms() {
        let memory = ProgramMemory {
            stack: 0x2000_0020..0x2000_0800,
            arena: 0x2000_1000..0x2000_5000,
            code: 0x0800_0000..0x0801_0000,
        };
        let at = |address| {
            let record = ArmRecord {
                cfsr: 1 << 1 | 1 << 7,
                mmfar: address,
                ..ArmRecord::default()
            };
            describe(&record, &memory)
        };
        assert!(at(0x2000_5004).contains("access 4 B past the end of the arena"));
        assert!(at(0x2000_0FFC).contains("access 4 B before the start of the arena"));
        assert!(at(0x2000_0010).contains("stack overflow"));
        assert!(at(0x1FFF_FFF0).contains("stack overflow"));
        assert!(at(0x0800_0100).contains("the program's own code"));
        assert!(at(0x4002_0000).contains("data access at 0x40020000"));
        let record = ArmRecord {
            cfsr: 1,
            pc: 0x2000_1100,
            ..ArmRecord::default()
        };
        assert_eq!(
            describe(&record, &memory),
            "MemManage (execution of data at 0x20001100)"
        );
    }
}
