//! Why an instruction did not simply complete.

/// What interrupts the run loop's straight path. Details such as addresses are in the core's fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trap {
    /// An exception is to be taken; the instruction has had no effect.
    Fault(Fault),
    /// SVC; the instruction is complete.
    Supervisor,
    /// BKPT with the immediate in `trap_value`.
    Breakpoint,
    /// An EXC_RETURN value, in `trap_value`, was written to the PC in handler mode.
    Return,
    /// WFI; the instruction is complete.
    Wait,
    /// WFE with the event register clear; the instruction is complete.
    WaitForEvent,
}

/// What went wrong in an instruction, as the fault status registers tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// UFSR.UNDEFINSTR.
    UndefinedInstruction,
    /// UFSR.INVSTATE: the Thumb bit is clear.
    InvalidState,
    /// UFSR.INVPC: a bad EXC_RETURN.
    InvalidReturn,
    /// UFSR.NOCP: an absent or disabled coprocessor.
    NoCoprocessor,
    /// UFSR.UNALIGNED.
    Unaligned,
    /// UFSR.DIVBYZERO.
    DivideByZero,
    /// BFSR.IBUSERR: an instruction fetch failed.
    FetchBus,
    /// BFSR.PRECISERR: a load or store failed; BFAR holds its address.
    DataBus,
    /// MMFSR.IACCVIOL: a fetch from a region that is never executable.
    FetchAccess,
    /// MMFSR.DACCVIOL: the memory protection unit refused a load or store; MMFAR holds its address.
    DataAccess,
    /// BFSR.STKERR: the stack pointer was bad on exception entry.
    Stacking,
    /// BFSR.UNSTKERR: the stack pointer was bad on exception return.
    Unstacking,
    /// BFSR.LSPERR: floating-point state could not be saved lazily.
    LazyStacking,
    /// MMFSR.MSTKERR: the memory protection unit refused the frame of an exception entry.
    StackingAccess,
    /// MMFSR.MUNSTKERR: the memory protection unit refused the frame of an exception return.
    UnstackingAccess,
    /// MMFSR.MLSPERR: the memory protection unit refused floating-point state that was saved lazily.
    LazyStackingAccess,
    /// UFSR.STKOF: the stack pointer would have gone below its limit (Armv8-M).
    StackOverflow,
    /// HFSR.VECTTBL: the vector table could not be read.
    VectorTable,
    /// HFSR.DEBUGEVT: BKPT without a debugger.
    DebugEvent,
    /// SVC where it cannot be taken.
    SupervisorCall,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::UndefinedInstruction => "UsageFault (undefined instruction)",
            Self::InvalidState => "UsageFault (invalid state)",
            Self::InvalidReturn => "UsageFault (invalid exception return)",
            Self::NoCoprocessor => "UsageFault (no coprocessor)",
            Self::Unaligned => "UsageFault (unaligned access)",
            Self::DivideByZero => "UsageFault (division by zero)",
            Self::FetchBus => "BusFault (instruction fetch)",
            Self::DataBus => "BusFault (precise data access)",
            Self::FetchAccess => "MemManage (instruction fetch)",
            Self::DataAccess => "MemManage (data access)",
            Self::Stacking => "BusFault (stacking)",
            Self::Unstacking => "BusFault (unstacking)",
            Self::LazyStacking => "BusFault (lazy stacking of floating-point state)",
            Self::StackingAccess => "MemManage (stacking)",
            Self::UnstackingAccess => "MemManage (unstacking)",
            Self::LazyStackingAccess => "MemManage (lazy stacking of floating-point state)",
            Self::StackOverflow => "UsageFault (stack limit)",
            Self::VectorTable => "HardFault (vector table read)",
            Self::DebugEvent => "HardFault (breakpoint without a debugger)",
            Self::SupervisorCall => "HardFault (SVC at a priority that cannot take it)",
        })
    }
}

/// The last fault of the core, kept until reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultRecord {
    /// What happened.
    pub fault: Fault,
    /// Address of the instruction that faulted.
    pub pc: u32,
    /// Data address, for [`Fault::DataBus`] and [`Fault::DataAccess`].
    pub address: Option<u32>,
}
