//! What each instruction does (volume I, chapters 2, 7 and 9). Compressed ones arrive in full.

use super::hart::{Event, Hart, ILLEGAL, Trap};
use super::memory::Memory;
use super::pmp::Access;
use super::timing;
use crate::bus::Size;
use crate::machine::INSTRUCTION_COUNTER;

const LOAD_MISALIGNED: u32 = 4;
const LOAD_FAULT: u32 = 5;
const STORE_MISALIGNED: u32 = 6;
const STORE_FAULT: u32 = 7;
const ECALL: u32 = 11;

fn trap(cause: u32, value: u32) -> Event {
    Event::Trap(Trap { cause, value })
}

#[inline(always)]
const fn immediate_i(word: u32) -> u32 {
    (word as i32 >> 20) as u32
}

#[inline(always)]
const fn immediate_s(word: u32) -> u32 {
    (word as i32 >> 20) as u32 & !31 | word >> 7 & 31
}

#[inline(always)]
const fn immediate_b(word: u32) -> u32 {
    (word as i32 >> 19) as u32 & !0xFFF | word << 4 & 0x800 | word >> 20 & 0x7E0 | word >> 7 & 0x1E
}

#[inline(always)]
const fn immediate_j(word: u32) -> u32 {
    (word as i32 >> 11) as u32 & !0xF_FFFF
        | word & 0xF_F000
        | word >> 9 & 0x800
        | word >> 20 & 0x7FE
}

impl Hart {
    #[inline(always)]
    fn set(&mut self, rd: u32, value: u32) {
        self.x[rd as usize & 31] = value;
        self.x[0] = 0;
    }

    /// Executes an instruction that is `length` bytes long where it was fetched from.
    #[inline(always)]
    pub(super) fn execute(
        &mut self,
        word: u32,
        length: u32,
        memory: &mut Memory,
    ) -> Result<(), Event> {
        let rd = word >> 7 & 31;
        let a = self.x[(word >> 15 & 31) as usize];
        let b = self.x[(word >> 20 & 31) as usize];
        let funct = word >> 12 & 7;
        let next = self.pc.wrapping_add(length);
        if self.loaded != 0 {
            if timing::reads(word, self.loaded) {
                self.cycles += timing::LOAD_USE;
            }
            self.loaded = 0;
        }
        match word & 0x7F {
            0x13 => {
                let value = immediate(funct, a, word).ok_or(trap(ILLEGAL, word))?;
                self.set(rd, value);
            }
            0x33 if word >> 25 == 1 => {
                if funct >= 4 {
                    self.cycles += timing::DIVISION;
                }
                self.set(rd, multiply(funct, a, b));
            }
            0x33 => {
                let value = register(funct, a, b, word).ok_or(trap(ILLEGAL, word))?;
                self.set(rd, value);
            }
            0x03 => {
                let value = self.load(funct, a.wrapping_add(immediate_i(word)), memory, word)?;
                self.set(rd, value);
                self.loaded = rd as u8;
            }
            0x23 => self.store(funct, a.wrapping_add(immediate_s(word)), b, memory, word)?,
            0x63 => {
                let taken = match funct {
                    0 => a == b,
                    1 => a != b,
                    4 => (a as i32) < b as i32,
                    5 => a as i32 >= b as i32,
                    6 => a < b,
                    7 => a >= b,
                    _ => return Err(trap(ILLEGAL, word)),
                };
                if taken {
                    self.go(self.pc.wrapping_add(immediate_b(word)));
                    return Ok(());
                }
            }
            0x37 => self.set(rd, word & !0xFFF),
            0x17 => self.set(rd, self.pc.wrapping_add(word & !0xFFF)),
            0x6F => {
                let target = self.pc.wrapping_add(immediate_j(word));
                self.set(rd, next);
                self.go(target);
                return Ok(());
            }
            0x67 if funct == 0 => {
                let target = a.wrapping_add(immediate_i(word)) & !1;
                self.set(rd, next);
                self.go(target);
                return Ok(());
            }
            // FENCE and FENCE.I: nothing is out of order here.
            0x0F if funct <= 1 => {}
            0x73 => return self.system(word, next),
            _ => return Err(trap(ILLEGAL, word)),
        }
        self.pc = next;
        self.cycles += 1;
        self.instructions += 1;
        Ok(())
    }

    #[inline(always)]
    fn go(&mut self, target: u32) {
        self.pc = target;
        self.cycles += 1 + timing::TAKEN;
        self.instructions += 1;
    }

    #[inline(always)]
    fn load(&mut self, funct: u32, address: u32, memory: &Memory, word: u32) -> Result<u32, Event> {
        let size = match funct & 3 {
            0 => Size::Byte,
            1 => Size::Half,
            2 if funct == 2 => Size::Word,
            _ => return Err(trap(ILLEGAL, word)),
        };
        if address & (size.bytes() - 1) != 0 {
            return Err(trap(LOAD_MISALIGNED, address));
        }
        if !self.pmp.allows(Access::Read, address, size.bytes()) {
            return Err(trap(LOAD_FAULT, address));
        }
        let value = match memory.read(address, size) {
            Ok(value) => value,
            Err(_) if address == INSTRUCTION_COUNTER => self.instructions as u32,
            Err(_) => return Err(trap(LOAD_FAULT, address)),
        };
        Ok(match funct {
            0 => value as u8 as i8 as u32,
            1 => value as u16 as i16 as u32,
            _ => value,
        })
    }

    #[inline(always)]
    fn store(
        &mut self,
        funct: u32,
        address: u32,
        value: u32,
        memory: &mut Memory,
        word: u32,
    ) -> Result<(), Event> {
        let size = match funct {
            0 => Size::Byte,
            1 => Size::Half,
            2 => Size::Word,
            _ => return Err(trap(ILLEGAL, word)),
        };
        if address & (size.bytes() - 1) != 0 {
            return Err(trap(STORE_MISALIGNED, address));
        }
        if !self.pmp.allows(Access::Write, address, size.bytes())
            || memory.write(address, size, value).is_err()
        {
            return Err(trap(STORE_FAULT, address));
        }
        if memory.reset_requested {
            return Err(Event::Reset);
        }
        Ok(())
    }

    fn system(&mut self, word: u32, next: u32) -> Result<(), Event> {
        let illegal = trap(ILLEGAL, word);
        let (rd, source, number) = (word >> 7 & 31, word >> 15 & 31, (word >> 20) as u16);
        let funct = word >> 12 & 7;
        match funct {
            0 => match word {
                0x0000_0073 => return Err(trap(ECALL, 0)),
                0x0010_0073 => return Err(Event::Break),
                0x3020_0073 => {
                    let target = self.csr.leave_trap();
                    self.pc = target;
                    self.cycles += 1 + timing::TRAP;
                    self.instructions += 1;
                    return Ok(());
                }
                // WFI: no interrupt is ever pending, so that it waits for ever.
                0x1050_0073 => {
                    self.cycles += 1;
                    return Ok(());
                }
                _ => return Err(illegal),
            },
            4 => return Err(illegal),
            _ => {
                let operand = if funct & 4 == 0 {
                    self.x[source as usize]
                } else {
                    source
                };
                let writes = funct & 3 == 1 || source != 0;
                // The top bits of a number say which registers can only be read.
                if writes && number >> 10 == 3 {
                    return Err(illegal);
                }
                let old = self.read_csr(number).ok_or(illegal)?;
                if writes {
                    let new = match funct & 3 {
                        1 => operand,
                        2 => old | operand,
                        _ => old & !operand,
                    };
                    self.write_csr(number, new).ok_or(illegal)?;
                }
                self.set(rd, old);
            }
        }
        self.pc = next;
        self.cycles += 1;
        self.instructions += 1;
        Ok(())
    }
}

#[inline(always)]
fn immediate(funct: u32, a: u32, word: u32) -> Option<u32> {
    let b = immediate_i(word);
    Some(match (funct, word >> 25) {
        (0, _) => a.wrapping_add(b),
        (1, 0) => a << (b & 31),
        (2, _) => u32::from((a as i32) < b as i32),
        (3, _) => u32::from(a < b),
        (4, _) => a ^ b,
        (5, 0) => a >> (b & 31),
        (5, 0x20) => (a as i32 >> (b & 31)) as u32,
        (6, _) => a | b,
        (7, _) => a & b,
        _ => return None,
    })
}

#[inline(always)]
fn register(funct: u32, a: u32, b: u32, word: u32) -> Option<u32> {
    Some(match (funct, word >> 25) {
        (0, 0) => a.wrapping_add(b),
        (0, 0x20) => a.wrapping_sub(b),
        (1, 0) => a << (b & 31),
        (2, 0) => u32::from((a as i32) < b as i32),
        (3, 0) => u32::from(a < b),
        (4, 0) => a ^ b,
        (5, 0) => a >> (b & 31),
        (5, 0x20) => (a as i32 >> (b & 31)) as u32,
        (6, 0) => a | b,
        (7, 0) => a & b,
        _ => return None,
    })
}

/// The M extension. Division by zero and the overflow have values, not traps (volume I, table 7.1).
#[inline(always)]
fn multiply(funct: u32, a: u32, b: u32) -> u32 {
    let (signed_a, signed_b) = (i64::from(a as i32), i64::from(b as i32));
    match funct {
        0 => a.wrapping_mul(b),
        1 => ((signed_a * signed_b) >> 32) as u32,
        2 => ((signed_a * i64::from(b)) >> 32) as u32,
        3 => ((u64::from(a) * u64::from(b)) >> 32) as u32,
        4 if b == 0 => u32::MAX,
        4 => (a as i32).wrapping_div(b as i32) as u32,
        5 => a.checked_div(b).unwrap_or(u32::MAX),
        6 if b == 0 => a,
        6 => (a as i32).wrapping_rem(b as i32) as u32,
        _ => a.checked_rem(b).unwrap_or(a),
    }
}
