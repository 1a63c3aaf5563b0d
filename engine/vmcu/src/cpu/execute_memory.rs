//! Loads and stores of several registers, exclusive accesses, and loads into the PC.

use super::Cpu;
use super::decoded::{Decoded, Op, PRE, WRITEBACK};
use super::traps::{Fault, Trap};
use crate::bus::Bus;
use crate::memory::Memory;

impl Cpu {
    /// Address of an indexed access, and the base register's new value.
    #[inline(always)]
    pub(super) fn indexed(&self, ins: &Decoded) -> (u32, u32) {
        let base = self.reg(ins.rn);
        let moved = base.wrapping_add(ins.imm);
        (if ins.has(PRE) { moved } else { base }, moved)
    }

    pub(super) fn load_pc<B: Bus>(
        &mut self,
        ins: &Decoded,
        here: u32,
        memory: &mut Memory,
        bus: &mut B,
    ) -> Result<(), Trap> {
        let (address, base) = match ins.mode {
            0 => self.indexed(ins),
            1 => (
                self.reg(ins.rn)
                    .wrapping_add(self.reg(ins.rm) << (ins.amount & 31)),
                0,
            ),
            _ => (here.wrapping_add(ins.imm), 0),
        };
        let target = self.load::<4, B>(address, memory, bus)?;
        if ins.has(WRITEBACK) {
            self.set_reg(ins.rn, base);
        }
        self.branch_exchange(target)
    }

    pub(super) fn load_pair<B: Bus>(
        &mut self,
        ins: &Decoded,
        here: u32,
        memory: &mut Memory,
        bus: &mut B,
    ) -> Result<(), Trap> {
        let (address, base) = if ins.op == Op::LdrdLit {
            (here.wrapping_add(ins.imm), 0)
        } else {
            self.indexed(ins)
        };
        check_aligned(address)?;
        let first = self.load::<4, B>(address, memory, bus)?;
        let second = self.load::<4, B>(address.wrapping_add(4), memory, bus)?;
        if ins.has(WRITEBACK) {
            self.set_reg(ins.rn, base);
        }
        self.set_reg(ins.rd, first);
        self.set_reg(ins.ra, second);
        Ok(())
    }

    pub(super) fn store_pair<B: Bus>(
        &mut self,
        ins: &Decoded,
        memory: &mut Memory,
        bus: &mut B,
    ) -> Result<(), Trap> {
        let (address, base) = self.indexed(ins);
        check_aligned(address)?;
        self.store::<4, B>(address, self.reg(ins.rd), memory, bus)?;
        self.store::<4, B>(address.wrapping_add(4), self.reg(ins.ra), memory, bus)?;
        if ins.has(WRITEBACK) {
            self.set_reg(ins.rn, base);
        }
        Ok(())
    }

    /// Lowest address and the base register's new value.
    #[inline(always)]
    fn span(&self, ins: &Decoded, down: bool) -> (u32, u32) {
        let base = self.reg(ins.rn);
        let bytes = 4 * ins.imm.count_ones();
        if down {
            (base.wrapping_sub(bytes), base.wrapping_sub(bytes))
        } else {
            (base, base.wrapping_add(bytes))
        }
    }

    pub(super) fn load_multiple<B: Bus>(
        &mut self,
        ins: &Decoded,
        down: bool,
        memory: &mut Memory,
        bus: &mut B,
    ) -> Result<(), Trap> {
        let (mut address, moved) = self.span(ins, down);
        check_aligned(address)?;
        let base = self.reg(ins.rn);
        let mut target = 0;
        let mut list = ins.imm;
        while list != 0 {
            let register = list.trailing_zeros() as u8;
            list &= list - 1;
            let value = match self.load::<4, B>(address, memory, bus) {
                Ok(value) => value,
                Err(trap) => {
                    // The instruction is restarted, so its base must survive.
                    self.set_reg(ins.rn, base);
                    return Err(trap);
                }
            };
            address = address.wrapping_add(4);
            if register == 15 {
                target = value;
            } else {
                self.set_reg(register, value);
            }
        }
        if ins.has(WRITEBACK) {
            self.set_reg(ins.rn, moved);
        }
        if ins.imm & 1 << 15 != 0 {
            return self.branch_exchange(target);
        }
        Ok(())
    }

    pub(super) fn store_multiple<B: Bus>(
        &mut self,
        ins: &Decoded,
        down: bool,
        memory: &mut Memory,
        bus: &mut B,
    ) -> Result<(), Trap> {
        let (mut address, moved) = self.span(ins, down);
        check_aligned(address)?;
        let mut list = ins.imm;
        while list != 0 {
            let register = list.trailing_zeros() as u8;
            list &= list - 1;
            self.store::<4, B>(address, self.reg(register), memory, bus)?;
            address = address.wrapping_add(4);
        }
        if ins.has(WRITEBACK) {
            self.set_reg(ins.rn, moved);
        }
        Ok(())
    }

    pub(super) fn load_exclusive<B: Bus>(
        &mut self,
        ins: &Decoded,
        memory: &mut Memory,
        bus: &mut B,
    ) -> Result<(), Trap> {
        let address = self.reg(ins.rn).wrapping_add(ins.imm);
        let value = match ins.op {
            Op::Ldrexb => self.load::<1, B>(address, memory, bus)?,
            Op::Ldrexh => {
                check_half_aligned(address)?;
                self.load::<2, B>(address, memory, bus)?
            }
            _ => {
                check_aligned(address)?;
                self.load::<4, B>(address, memory, bus)?
            }
        };
        self.exclusive = Some(address);
        self.set_reg(ins.rd, value);
        Ok(())
    }

    pub(super) fn store_exclusive<B: Bus>(
        &mut self,
        ins: &Decoded,
        memory: &mut Memory,
        bus: &mut B,
    ) -> Result<(), Trap> {
        let address = self.reg(ins.rn).wrapping_add(ins.imm);
        match ins.op {
            Op::Strexb => {}
            Op::Strexh => check_half_aligned(address)?,
            _ => check_aligned(address)?,
        }
        let granted = self.exclusive == Some(address);
        if granted {
            let value = self.reg(ins.rd);
            match ins.op {
                Op::Strexb => self.store::<1, B>(address, value, memory, bus)?,
                Op::Strexh => self.store::<2, B>(address, value, memory, bus)?,
                _ => self.store::<4, B>(address, value, memory, bus)?,
            }
        }
        self.exclusive = None;
        self.set_reg(ins.ra, u32::from(!granted));
        Ok(())
    }
}

/// Accesses of several words, and exclusive ones, fault when not aligned, whatever CCR says.
#[inline(always)]
pub(super) fn check_aligned(address: u32) -> Result<(), Trap> {
    if address.is_multiple_of(4) {
        Ok(())
    } else {
        Err(Trap::Fault(Fault::Unaligned))
    }
}

fn check_half_aligned(address: u32) -> Result<(), Trap> {
    if address & 1 == 0 {
        Ok(())
    } else {
        Err(Trap::Fault(Fault::Unaligned))
    }
}
