//! Names for what the processor recorded when a program faulted (Armv7-M Architecture Reference Manual, B3.2).

/// What the fault handler saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FaultRecord {
    /// Exception number.
    pub exception: u32,
    /// Program counter of the faulting instruction; 0 when the processor could not save it.
    pub pc: u32,
    /// Link register at the fault.
    pub lr: u32,
    /// Stack pointer after the fault was taken.
    pub sp: u32,
    /// Configurable fault status.
    pub cfsr: u32,
    /// Hard fault status.
    pub hfsr: u32,
    /// Address of a memory management fault, where CFSR says it is valid.
    pub mmfar: u32,
    /// Address of a bus fault, where CFSR says it is valid.
    pub bfar: u32,
}

impl FaultRecord {
    /// From the control block's words, in their order there.
    pub const fn from_words(words: [u32; 8]) -> Self {
        let [exception, pc, lr, sp, cfsr, hfsr, mmfar, bfar] = words;
        Self {
            exception,
            pc,
            lr,
            sp,
            cfsr,
            hfsr,
            mmfar,
            bfar,
        }
    }
}

/// CFSR bits in order of how much they explain: bit, fault, cause.
const CAUSES: &[(u32, &str, &str)] = &[
    (
        12,
        "BusFault",
        "stack overflow: the fault could not be stacked",
    ),
    (
        4,
        "MemManage",
        "stack overflow: the fault could not be stacked",
    ),
    (
        13,
        "BusFault",
        "stack overflow: floating-point state could not be stacked",
    ),
    (
        5,
        "MemManage",
        "stack overflow: floating-point state could not be stacked",
    ),
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

const MMARVALID: u32 = 1 << 7;
const BFARVALID: u32 = 1 << 15;

/// The fault's name and cause, and the data address where it is known:
/// `BusFault (precise data access at 0x60000000)`.
pub fn describe(record: &FaultRecord) -> String {
    let cause = CAUSES
        .iter()
        .find(|(bit, ..)| record.cfsr >> bit & 1 == 1)
        .map(|(_, fault, cause)| (*fault, *cause));
    let Some((fault, cause)) = cause else {
        return without_cause(record);
    };
    let address = match fault {
        "BusFault" if record.cfsr & BFARVALID != 0 => Some(record.bfar),
        "MemManage" if record.cfsr & MMARVALID != 0 => Some(record.mmfar),
        _ => None,
    };
    match address {
        Some(address) => format!("{fault} ({cause} at {address:#010x})"),
        None => format!("{fault} ({cause})"),
    }
}

fn without_cause(record: &FaultRecord) -> String {
    if record.hfsr & 1 << 1 != 0 {
        return "HardFault (vector table could not be read)".to_owned();
    }
    if record.hfsr & 1 << 31 != 0 {
        return "HardFault (breakpoint or debug event)".to_owned();
    }
    match record.exception {
        2 => "a non-maskable interrupt".to_owned(),
        3 => "HardFault (no cause recorded)".to_owned(),
        4 => "MemManage (no cause recorded)".to_owned(),
        5 => "BusFault (no cause recorded)".to_owned(),
        6 => "UsageFault (no cause recorded)".to_owned(),
        7 => "SecureFault".to_owned(),
        number => format!("unexpected exception {number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{CAUSES, FaultRecord, describe};

    #[test]
    fn every_cause_is_named_alone() {
        for (bit, fault, cause) in CAUSES {
            let record = FaultRecord {
                exception: 3,
                cfsr: 1 << bit,
                hfsr: 1 << 30,
                ..FaultRecord::default()
            };
            assert_eq!(describe(&record), format!("{fault} ({cause})"));
        }
    }

    #[test]
    fn addresses_are_given_only_where_they_are_valid() {
        let mut record = FaultRecord {
            cfsr: 1 << 9,
            bfar: 0x6000_0000,
            ..FaultRecord::default()
        };
        assert_eq!(describe(&record), "BusFault (precise data access)");
        record.cfsr |= 1 << 15;
        assert_eq!(
            describe(&record),
            "BusFault (precise data access at 0x60000000)"
        );
        let record = FaultRecord {
            cfsr: 1 << 1 | 1 << 7,
            mmfar: 4,
            ..FaultRecord::default()
        };
        assert_eq!(describe(&record), "MemManage (data access at 0x00000004)");
    }

    #[test]
    fn a_failed_stacking_explains_more_than_what_it_met() {
        let record = FaultRecord {
            cfsr: 1 << 12 | 1 << 9,
            ..FaultRecord::default()
        };
        assert!(describe(&record).contains("stack overflow"));
    }

    #[test]
    fn without_a_cause_the_exception_is_named() {
        let of = |exception, hfsr| {
            describe(&FaultRecord {
                exception,
                hfsr,
                ..FaultRecord::default()
            })
        };
        assert_eq!(of(3, 1 << 1), "HardFault (vector table could not be read)");
        assert_eq!(of(3, 1 << 31), "HardFault (breakpoint or debug event)");
        assert_eq!(of(2, 0), "a non-maskable interrupt");
        assert_eq!(of(15, 0), "unexpected exception 15");
    }
}
