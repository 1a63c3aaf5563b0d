//! Faults: their status and address registers, the exception each raises, escalation and lockup.

use super::exceptions::HARD_FAULT;
use super::system_control::{CCR_BFHFNMIGN, FPCCR_BFRDY, FPCCR_HFRDY, FPCCR_MMRDY};
use super::traps::{Fault, FaultRecord, Trap};
use super::{Core, Cpu, Stop};

const HFSR_VECTTBL: u32 = 1 << 1;
const HFSR_FORCED: u32 = 1 << 30;
const HFSR_DEBUGEVT: u32 = 1 << 31;
/// DEMCR.VC_HARDERR.
const CATCH_HARD: u32 = 1 << 10;

/// The exception that a fault raises and its bit in CFSR; `None` is always a HardFault.
fn status(fault: Fault) -> Option<(u16, u32)> {
    Some(match fault {
        Fault::FetchAccess => (4, 1),
        Fault::DataAccess => (4, 1 << 1 | 1 << 7),
        Fault::UnstackingAccess => (4, 1 << 3),
        Fault::StackingAccess => (4, 1 << 4),
        Fault::LazyStackingAccess => (4, 1 << 5),
        Fault::FetchBus => (5, 1 << 8),
        Fault::DataBus => (5, 1 << 9 | 1 << 15),
        Fault::Unstacking => (5, 1 << 11),
        Fault::Stacking => (5, 1 << 12),
        Fault::LazyStacking => (5, 1 << 13),
        Fault::UndefinedInstruction => (6, 1 << 16),
        Fault::InvalidState => (6, 1 << 17),
        Fault::InvalidReturn => (6, 1 << 18),
        Fault::NoCoprocessor => (6, 1 << 19),
        Fault::StackOverflow => (6, 1 << 20),
        Fault::Unaligned => (6, 1 << 24),
        Fault::DivideByZero => (6, 1 << 25),
        Fault::VectorTable | Fault::DebugEvent | Fault::SupervisorCall => return None,
    })
}

/// The DEMCR vector catch bit of a fault.
fn catch_bit(fault: Fault) -> u32 {
    match fault {
        Fault::FetchAccess | Fault::DataAccess => 1 << 4,
        Fault::NoCoprocessor => 1 << 5,
        Fault::Unaligned | Fault::DivideByZero => 1 << 6,
        Fault::UndefinedInstruction
        | Fault::InvalidState
        | Fault::InvalidReturn
        | Fault::StackOverflow => 1 << 7,
        Fault::FetchBus | Fault::DataBus => 1 << 8,
        Fault::Stacking
        | Fault::Unstacking
        | Fault::LazyStacking
        | Fault::StackingAccess
        | Fault::UnstackingAccess
        | Fault::LazyStackingAccess
        | Fault::VectorTable => 1 << 9,
        Fault::DebugEvent | Fault::SupervisorCall => 0,
    }
}

/// The fault of a frame that could not be written.
pub(super) fn stacking(trap: Trap) -> Fault {
    match trap {
        Trap::Fault(Fault::DataAccess) => Fault::StackingAccess,
        _ => Fault::Stacking,
    }
}

/// The fault of a frame that could not be read.
pub(super) fn unstacking(trap: Trap) -> Fault {
    match trap {
        Trap::Fault(Fault::DataAccess) => Fault::UnstackingAccess,
        _ => Fault::Unstacking,
    }
}

/// The fault of floating-point state that could not be saved lazily.
pub(super) fn lazy_stacking(trap: Trap) -> Fault {
    match trap {
        Trap::Fault(Fault::DataAccess) => Fault::LazyStackingAccess,
        _ => Fault::LazyStacking,
    }
}

impl Cpu {
    /// Set the status and address registers.
    fn record(&mut self, fault: Fault) {
        let address =
            matches!(fault, Fault::DataBus | Fault::DataAccess).then_some(self.trap_value);
        self.fault = Some(FaultRecord {
            fault,
            pc: self.pc,
            address,
        });
        self.caught |= catch_bit(fault);
        let system = &mut self.system;
        system.cfsr |= status(fault).map_or(0, |(_, bits)| bits);
        match fault {
            Fault::DataBus => system.bfar = self.trap_value,
            Fault::DataAccess => system.mmfar = self.trap_value,
            Fault::VectorTable => system.hfsr |= HFSR_VECTTBL,
            Fault::DebugEvent => system.hfsr |= HFSR_DEBUGEVT,
            Fault::SupervisorCall => system.hfsr |= HFSR_FORCED,
            _ => {}
        }
    }

    /// Record a fault and make its exception pending: the fault's own where that is enabled and of higher priority
    /// than what runs, else HardFault. Returns whether HardFault can be taken too; otherwise the core locks up.
    pub(super) fn raise(&mut self, fault: Fault) -> bool {
        self.record(fault);
        let running = self.execution_priority();
        let mut number = HARD_FAULT;
        if let Some((exception, _)) = status(fault) {
            if self.system.is_enabled(exception) && self.system.priority(exception, true) < running
            {
                number = exception;
            } else {
                self.system.hfsr |= HFSR_FORCED;
            }
        }
        self.system.set_pending(number);
        number != HARD_FAULT || running > -1
    }

    /// The same for a fault of saving floating-point state lazily: whether it escalates was decided when the frame was
    /// made, by the ready bits of FPCCR.
    pub(super) fn raise_lazily(&mut self, fault: Fault) -> bool {
        self.record(fault);
        let (exception, ready) = if fault == Fault::LazyStackingAccess {
            (4, FPCCR_MMRDY)
        } else {
            (5, FPCCR_BFRDY)
        };
        if self.system.fpccr & ready != 0 {
            self.system.set_pending(exception);
            return true;
        }
        self.system.hfsr |= HFSR_FORCED;
        self.system.set_pending(HARD_FAULT);
        self.system.fpccr & FPCCR_HFRDY != 0
    }

    /// Whether a debugger catches the entry of exception `number`, after the faults since the last entry.
    pub(super) fn is_caught(&mut self, number: u16) -> bool {
        let causes = std::mem::take(&mut self.caught);
        let hard = if number == HARD_FAULT { CATCH_HARD } else { 0 };
        (3..=6).contains(&number) && self.vector_catch & (causes | hard) != 0
    }

    /// Stop executing: there is no handler that could run.
    pub(super) fn lock_up(&mut self) -> Stop {
        self.lockup = true;
        self.system.clear_pending(HARD_FAULT);
        // Armv7-M manual, Unrecoverable exception cases; Armv8-M manual, Lockup.
        self.pc = if self.config.core == Core::CortexM33 {
            0xefff_fffe
        } else {
            0xffff_fffe
        };
        Stop::Lockup
    }

    /// Go on from lockup if an NMI preempts it. A reset and a debugger's halt are the other ways out.
    pub(super) fn leaves_lockup(&mut self) -> bool {
        if self.system.is_pending(2) && self.execution_priority() > -2 {
            self.lockup = false;
        }
        !self.lockup
    }

    /// What a load or store gives that nobody answered: a precise fault, or zero where CCR.BFHFNMIGN says so.
    pub(super) fn bus_error(&mut self, address: u32) -> Result<u32, Trap> {
        if self.system.ccr & CCR_BFHFNMIGN != 0 && self.execution_priority() < 0 {
            return Ok(0);
        }
        Err(self.data_fault(address))
    }
}
