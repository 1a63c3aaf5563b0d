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
    /// WFI or WFE; the instruction is complete.
    Wait,
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
    /// BFSR.STKERR: the stack pointer was bad on exception entry.
    Stacking,
    /// BFSR.UNSTKERR: the stack pointer was bad on exception return.
    Unstacking,
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
            Self::Stacking => "BusFault (stacking)",
            Self::Unstacking => "BusFault (unstacking)",
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
    /// Data address, for [`Fault::DataBus`].
    pub address: Option<u32>,
}
