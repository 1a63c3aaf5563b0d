//! Loads and stores of several registers, exclusive, ordered and unprivileged accesses, and loads into the PC.
//!
//! The local monitor remembers that an address was loaded exclusively but not which: that is how all three cores are
//! built (Cortex-M4 and Cortex-M7 manuals, "Exclusive monitor"; Cortex-M33 manual, C.9).

use super::Cpu;
use super::access::Access;
use super::decode_memory::{SIGNED, SIZE};
use super::decoded::{Decoded, Op, PRE, WRITEBACK};
use super::traps::{Fault, Trap};

impl Cpu {
    /// Address of an indexed access, and the base register's new value.
    #[inline(always)]
    pub(super) fn indexed(&self, ins: &Decoded) -> (u32, u32) {
        let base = self.reg(ins.rn);
        let moved = base.wrapping_add(ins.imm);
        (if ins.has(PRE) { moved } else { base }, moved)
    }

    pub(super) fn load_pc<A: Access>(
        &mut self,
        ins: &Decoded,
        here: u32,
        access: &mut A,
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
        let target = access.load::<4>(self, address)?;
        if ins.has(WRITEBACK) {
            self.set_reg(ins.rn, base);
        }
        self.branch_exchange(target)
    }

    #[inline(always)]
    pub(super) fn load_pair<A: Access>(
        &mut self,
        ins: &Decoded,
        here: u32,
        access: &mut A,
    ) -> Result<(), Trap> {
        let (address, base) = if ins.op == Op::LdrdLit {
            (here.wrapping_add(ins.imm), 0)
        } else {
            self.indexed(ins)
        };
        check_aligned(address)?;
        let (first, second) = access.load_two(self, address)?;
        if ins.has(WRITEBACK) {
            self.set_reg(ins.rn, base);
        }
        self.set_reg(ins.rd, first);
        self.set_reg(ins.ra, second);
        Ok(())
    }

    pub(super) fn store_pair<A: Access>(
        &mut self,
        ins: &Decoded,
        access: &mut A,
    ) -> Result<(), Trap> {
        let (address, base) = self.indexed(ins);
        check_aligned(address)?;
        let (first, second) = (self.reg(ins.rd), self.reg(ins.ra));
        access.store::<4>(self, address, first)?;
        access.store::<4>(self, address.wrapping_add(4), second)?;
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

    pub(super) fn load_multiple<A: Access>(
        &mut self,
        ins: &Decoded,
        down: bool,
        access: &mut A,
    ) -> Result<(), Trap> {
        let (mut address, moved) = self.span(ins, down);
        check_aligned(address)?;
        let base = self.reg(ins.rn);
        let mut target = 0;
        let mut list = ins.imm;
        while list != 0 {
            let register = list.trailing_zeros() as u8;
            list &= list - 1;
            let value = match access.load::<4>(self, address) {
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

    pub(super) fn store_multiple<A: Access>(
        &mut self,
        ins: &Decoded,
        down: bool,
        access: &mut A,
    ) -> Result<(), Trap> {
        let (mut address, moved) = self.span(ins, down);
        check_aligned(address)?;
        let mut list = ins.imm;
        while list != 0 {
            let register = list.trailing_zeros() as u8;
            list &= list - 1;
            let value = self.reg(register);
            access.store::<4>(self, address, value)?;
            address = address.wrapping_add(4);
        }
        if ins.has(WRITEBACK) {
            self.set_reg(ins.rn, moved);
        }
        Ok(())
    }

    pub(super) fn load_exclusive<A: Access>(
        &mut self,
        ins: &Decoded,
        access: &mut A,
    ) -> Result<(), Trap> {
        let address = self.reg(ins.rn).wrapping_add(ins.imm);
        let value = match ins.op {
            Op::Ldrexb => access.load::<1>(self, address)?,
            Op::Ldrexh => {
                check_half_aligned(address)?;
                access.load::<2>(self, address)?
            }
            _ => {
                check_aligned(address)?;
                access.load::<4>(self, address)?
            }
        };
        self.exclusive = true;
        self.set_reg(ins.rd, value);
        Ok(())
    }

    pub(super) fn store_exclusive<A: Access>(
        &mut self,
        ins: &Decoded,
        access: &mut A,
    ) -> Result<(), Trap> {
        let address = self.reg(ins.rn).wrapping_add(ins.imm);
        match ins.op {
            Op::Strexb => {}
            Op::Strexh => check_half_aligned(address)?,
            _ => check_aligned(address)?,
        }
        let granted = self.exclusive;
        if granted {
            let value = self.reg(ins.rd);
            match ins.op {
                Op::Strexb => access.store::<1>(self, address, value)?,
                Op::Strexh => access.store::<2>(self, address, value)?,
                _ => access.store::<4>(self, address, value)?,
            }
        }
        self.exclusive = false;
        self.set_reg(ins.ra, u32::from(!granted));
        Ok(())
    }

    /// LDA, LDAB, LDAH: an aligned load. There is one observer, so that nothing needs ordering.
    pub(super) fn load_acquire<A: Access>(
        &mut self,
        ins: &Decoded,
        access: &mut A,
    ) -> Result<(), Trap> {
        let address = self.reg(ins.rn);
        check_sized(address, ins.mode)?;
        let value = self.load_sized(address, ins.mode, access)?;
        self.set_reg(ins.rd, value);
        Ok(())
    }

    /// STL, STLB, STLH: an aligned store.
    pub(super) fn store_release<A: Access>(
        &mut self,
        ins: &Decoded,
        access: &mut A,
    ) -> Result<(), Trap> {
        let address = self.reg(ins.rn);
        check_sized(address, ins.mode)?;
        self.store_sized(address, ins.mode, self.reg(ins.rd), access)
    }

    /// LDRT and its kin: as unprivileged code would load.
    pub(super) fn load_as_user<A: Access>(
        &mut self,
        ins: &Decoded,
        access: &mut A,
    ) -> Result<(), Trap> {
        let address = self.reg(ins.rn).wrapping_add(ins.imm);
        self.as_user = true;
        let value = self.load_sized(address, ins.mode, access);
        self.as_user = false;
        self.set_reg(ins.rd, value?);
        Ok(())
    }

    /// STRT and its kin.
    pub(super) fn store_as_user<A: Access>(
        &mut self,
        ins: &Decoded,
        access: &mut A,
    ) -> Result<(), Trap> {
        let address = self.reg(ins.rn).wrapping_add(ins.imm);
        self.as_user = true;
        let stored = self.store_sized(address, ins.mode, self.reg(ins.rd), access);
        self.as_user = false;
        stored
    }

    /// A load whose size and sign are in `mode`.
    fn load_sized<A: Access>(
        &mut self,
        address: u32,
        mode: u8,
        access: &mut A,
    ) -> Result<u32, Trap> {
        Ok(match (mode & SIZE, mode & SIGNED != 0) {
            (0, false) => access.load::<1>(self, address)?,
            (0, true) => access.load::<1>(self, address)? as i8 as u32,
            (1, false) => access.load::<2>(self, address)?,
            (1, true) => access.load::<2>(self, address)? as i16 as u32,
            _ => access.load::<4>(self, address)?,
        })
    }

    fn store_sized<A: Access>(
        &mut self,
        address: u32,
        mode: u8,
        value: u32,
        access: &mut A,
    ) -> Result<(), Trap> {
        match mode & SIZE {
            0 => access.store::<1>(self, address, value),
            1 => access.store::<2>(self, address, value),
            _ => access.store::<4>(self, address, value),
        }
    }
}

fn check_sized(address: u32, mode: u8) -> Result<(), Trap> {
    match mode & SIZE {
        0 => Ok(()),
        1 => check_half_aligned(address),
        _ => check_aligned(address),
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
