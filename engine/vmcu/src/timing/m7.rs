//! `m7-1`: a simple in-order dual-issue model of the Cortex-M7. Arm does not publish cycle counts for this
//! core; the rules below are assumptions, chosen to be few and deterministic.

use super::Event;
use super::class::Class;
use super::m4::words_moved;
use crate::cpu::decoded::{Decoded, Op, WRITEBACK};

/// Cycles lost to a mispredicted branch.
const MISPREDICTED: u32 = 6;
/// Cycles lost to a branch whose target comes from a register or memory.
const INDIRECT: u32 = 3;
/// Two-bit counters of the branch predictor, chosen by address.
const COUNTERS: usize = 512;

/// Issue slots, results on their way, and the branch predictor.
#[derive(Clone, Debug)]
pub(super) struct Pipeline {
    /// The first instruction of the current cycle, when a second may join it.
    open: Option<Class>,
    /// Registers which that first instruction writes.
    first_writes: u16,
    /// Core registers of the previous cycle that arrive one cycle late.
    late: u16,
    /// The same of the current cycle.
    late_next: u16,
    /// S registers (modulo 16) of the previous and the current cycle that arrive late.
    late_float: u16,
    late_float_next: u16,
    counters: Box<[u8; COUNTERS]>,
}

impl Default for Pipeline {
    fn default() -> Self {
        Self {
            open: None,
            first_writes: 0,
            late: 0,
            late_next: 0,
            late_float: 0,
            late_float_next: 0,
            // Weakly taken.
            counters: Box::new([2; COUNTERS]),
        }
    }
}

impl Pipeline {
    #[inline(always)]
    pub(super) fn cost(&mut self, event: Event<'_>) -> u32 {
        let Event { ins, class, .. } = event;
        let float = matches!(class, Class::Float | Class::FloatMac | Class::FloatDivide);
        // Store data and accumulators are needed a stage later than other operands.
        let early = ins.reads & !late_operands(ins, class);
        let joins = match self.open {
            Some(first) => {
                pairs(first, class)
                    && self.first_writes & (ins.reads | ins.writes) == 0
                    && self.late & early == 0
                    && event.extra == 0
            }
            None => false,
        };
        let mut cycles = 0;
        if joins {
            self.open = None;
        } else {
            let waiting = if float {
                self.late_float_next
            } else {
                self.late_next
            };
            let stalls = waiting & early != 0;
            self.late = if stalls { 0 } else { self.late_next };
            self.late_float = if stalls { 0 } else { self.late_float_next };
            self.late_next = 0;
            self.late_float_next = 0;
            let busy = busy_cycles(event);
            if busy > 1 {
                self.late = 0;
                self.late_float = 0;
            }
            cycles = busy + u32::from(stalls);
            self.open = opens(class).then_some(class);
            self.first_writes = if float { 0 } else { ins.writes };
        }
        match class {
            Class::Load | Class::LoadMany => self.late_next |= ins.writes & !moved_base(ins),
            Class::Multiply => self.late_next |= ins.writes,
            Class::Float | Class::FloatMac => self.late_float_next |= ins.writes,
            _ => {}
        }
        cycles + event.extra + self.branch(event)
    }

    /// Cycles lost to the change of flow, if any.
    #[inline(always)]
    fn branch(&mut self, event: Event<'_>) -> u32 {
        match event.class {
            Class::Branch => {
                if event.taken {
                    self.open = None;
                }
                if !matches!(event.ins.op, Op::BCond | Op::Cbz | Op::Cbnz) {
                    return 0;
                }
                let counter = &mut self.counters[(event.pc >> 1) as usize % COUNTERS];
                let predicted = *counter >= 2;
                *counter = if event.taken {
                    (*counter + 1).min(3)
                } else {
                    counter.saturating_sub(1)
                };
                if predicted == event.taken {
                    0
                } else {
                    self.open = None;
                    MISPREDICTED
                }
            }
            _ if event.taken => {
                self.open = None;
                INDIRECT
            }
            _ => 0,
        }
    }

    pub(super) fn skip(&mut self) -> u32 {
        if self.open.take().is_some() {
            return 0;
        }
        self.open = Some(Class::Nothing);
        self.first_writes = 0;
        self.late = self.late_next;
        self.late_next = 0;
        1
    }
}

/// Whether `second` may issue in the same cycle as `first`: each of the load/store, multiply, branch and
/// floating-point units takes one instruction a cycle, and whatever needs several cycles issues alone.
#[inline(always)]
fn pairs(first: Class, second: Class) -> bool {
    let memory = |class| matches!(class, Class::Load | Class::Store);
    match second {
        Class::Alu | Class::Nothing | Class::Branch => true,
        Class::Load | Class::Store => !memory(first),
        Class::Multiply => first != Class::Multiply,
        Class::Float | Class::FloatMac => !matches!(first, Class::Float | Class::FloatMac),
        _ => false,
    }
}

/// Whether another instruction may join one of this class.
#[inline(always)]
fn opens(class: Class) -> bool {
    matches!(
        class,
        Class::Alu
            | Class::Nothing
            | Class::Load
            | Class::Store
            | Class::Multiply
            | Class::Float
            | Class::FloatMac
    )
}

/// Operands that may arrive late without a stall: the data of a store, the accumulator of a multiplication.
#[inline(always)]
fn late_operands(ins: &Decoded, class: Class) -> u16 {
    match class {
        Class::Store if !ins.op.is_float() => 1 << (ins.rd & 15),
        Class::Multiply => match ins.op {
            Op::Smlal | Op::Umlal | Op::Umaal | Op::Smlalxy | Op::Smlald | Op::Smlsld => {
                1 << (ins.ra & 15) | 1 << (ins.rd & 15)
            }
            Op::Mul | Op::Smull | Op::Umull => 0,
            _ => 1 << (ins.ra & 15),
        },
        _ => 0,
    }
}

/// The base register of an indexed access: the address unit has its new value at once.
#[inline(always)]
fn moved_base(ins: &Decoded) -> u16 {
    if ins.has(WRITEBACK) {
        1 << (ins.rn & 15)
    } else {
        0
    }
}

#[inline(always)]
fn busy_cycles(event: Event<'_>) -> u32 {
    match event.class {
        Class::Divide => 2,
        // The data path is 64 bits wide.
        Class::LoadMany | Class::StoreMany => {
            words_moved(event, event.ins.imm.count_ones()).div_ceil(2)
        }
        Class::FloatDivide => 14,
        Class::FloatMac => 1,
        Class::System => 2,
        _ => 1,
    }
}
