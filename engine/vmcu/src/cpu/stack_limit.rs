//! The stack limits of Armv8-M, MSPLIM and PSPLIM (Armv8-M manual, Stack limit checks): which instructions are checked against
//! them, and when they count.

use super::Cpu;
use super::decoded::{Decoded, Op, PRE, WRITEBACK};
use super::system_control::CCR_STKOFHFNMIGN;
use super::traps::{Fault, Trap};

const SP: u8 = 13;

/// Whether an instruction may move the stack pointer down in a way that the limit is held against.
pub(super) fn lowers_stack(ins: &Decoded) -> bool {
    match ins.op {
        Op::MovSp => true,
        Op::AddImm | Op::AddReg | Op::AddShift | Op::SubImm | Op::SubReg | Op::SubShift => {
            ins.rd == SP && ins.rn == SP
        }
        Op::StmDb | Op::LdmDb => ins.rn == SP && ins.has(WRITEBACK),
        Op::Vstm | Op::Vldm => ins.rn == SP && ins.has(WRITEBACK) && ins.has(PRE),
        op => is_indexed(op) && ins.rn == SP && ins.has(WRITEBACK) && ins.imm.cast_signed() < 0,
    }
}

/// A load or store that may write its address back.
fn is_indexed(op: Op) -> bool {
    matches!(
        op,
        Op::LdrWb
            | Op::LdrbWb
            | Op::LdrhWb
            | Op::LdrsbWb
            | Op::LdrshWb
            | Op::LdrPc
            | Op::Ldrd
            | Op::StrWb
            | Op::StrbWb
            | Op::StrhWb
            | Op::Strd
    )
}

impl Cpu {
    /// The limit of the stack in use; zero before Armv8-M.
    pub(super) fn stack_limit(&self) -> u32 {
        if self.uses_process_stack() {
            self.psplim
        } else {
            self.msplim
        }
    }

    /// CCR.STKOFHFNMIGN at a negative priority.
    pub(super) fn ignores_stack_limit(&self) -> bool {
        self.system.ccr & CCR_STKOFHFNMIGN != 0 && self.execution_priority() < 0
    }

    /// Fault before an instruction that would move the stack pointer below its limit.
    pub(super) fn check_stack_limit(&self, ins: &Decoded) -> Result<(), Trap> {
        let limit = self.stack_limit();
        if limit == 0 || !lowers_stack(ins) {
            return Ok(());
        }
        let base = self.r[13];
        let moved = match ins.op {
            Op::MovSp => self.reg(ins.rm) & !3,
            Op::AddReg | Op::AddShift => base.wrapping_add(self.shifted(ins)),
            Op::SubReg | Op::SubShift => base.wrapping_sub(self.shifted(ins)),
            Op::SubImm => base.wrapping_sub(ins.imm),
            Op::StmDb | Op::LdmDb => base.wrapping_sub(4 * ins.imm.count_ones()),
            Op::Vstm | Op::Vldm => base.wrapping_sub(4 * u32::from(ins.amount)),
            _ => base.wrapping_add(ins.imm),
        };
        if moved < limit && !self.ignores_stack_limit() {
            return Err(Trap::Fault(Fault::StackOverflow));
        }
        Ok(())
    }
}
