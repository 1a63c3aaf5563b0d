//! The processor, Armv7E-M or Armv8-M: registers, exceptions and the run loop. It reaches RAM and flash through
//! [`Memory`] and everything else through [`Bus`]; it does not know which chip or debugger surrounds it.

mod access;
mod alu;
mod blocks;
mod config;
mod decode;
mod decode16;
mod decode32;
mod decode_fp;
mod decode_memory;
pub(crate) mod decoded;
mod dsp;
mod exception_return;
mod exceptions;
mod execute;
mod execute_float;
mod execute_memory;
mod execute_system;
mod faults;
mod float;
mod frames;
pub mod mpu;
mod names;
mod protection;
mod registers;
mod run;
mod sleep;
mod stack_limit;
mod system_control;
mod systick;
mod traps;

pub use config::{Core, CoreConfig, FloatUnit};
pub use mpu::Mpu;
pub use names::{NO_COPROCESSOR_NAME, UNDEFINED, operation_name};
pub use registers::{Fpu, XPSR_T};
pub use system_control::SystemControl;
pub use systick::SysTick;
pub use traps::{Fault, FaultRecord};

use crate::bus::{Bus, BusFault, Effect, Size};
use crate::memory::{Memory, Window};
use crate::timing::Timing;

/// Stretches of code that are remembered.
const WINDOWS: usize = 16;

/// Time since reset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// Core clock cycles, as the timing model counts them.
    pub cycles: u64,
    /// Instructions executed, those skipped in an IT block included.
    pub instructions: u64,
}

/// Why [`Cpu::run`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The budget of instructions is used up.
    Budget,
    /// A BKPT instruction with this immediate; the program counter is at it.
    Bkpt(u8),
    /// An address in [`Cpu::breakpoints`] was reached; its instruction has not run.
    HardwareBreakpoint,
    /// An exception that [`Cpu::vector_catch`] names was entered; its handler has not run.
    VectorCatch,
    /// A fault at a priority where no handler can run. The core stays so until reset or a debugger moves it.
    Lockup,
    /// A system reset was requested.
    Reset,
    /// A peripheral or debug register asked the core to halt.
    Halted,
    /// WFI or WFE with nothing to wake the core; time may be advanced by adding to [`Clock::cycles`].
    Sleep,
}

/// The processor.
#[derive(Clone, Debug)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "flags and mask bits of the architecture"
)]
pub struct Cpu {
    /// Which processor it is, and its options.
    pub config: CoreConfig,
    /// Time since the core was made.
    pub clock: Clock,
    /// r0–r14; r13 is the stack pointer in use. The program counter is [`Cpu::pc`].
    pub r: [u32; 16],
    /// Address of the next instruction, bit 0 clear.
    pub pc: u32,
    /// The stack pointer that is not in use.
    pub banked_sp: u32,
    /// Negative.
    pub n: bool,
    /// Zero.
    pub z: bool,
    /// Carry.
    pub c: bool,
    /// Overflow.
    pub v: bool,
    /// Saturation, sticky.
    pub q: bool,
    /// Greater-or-equal bits of the SIMD additions, bits 3–0.
    pub ge: u8,
    /// IT state as in the EPSR: condition and mask.
    pub it: u8,
    /// Thumb bit; clear makes the next instruction fault.
    pub t: bool,
    /// Number of the exception being handled, 0 in thread mode.
    pub ipsr: u16,
    /// PRIMASK.
    pub primask: bool,
    /// FAULTMASK.
    pub faultmask: bool,
    /// BASEPRI, 0 when off.
    pub basepri: u8,
    /// CONTROL: nPRIV, SPSEL, FPCA.
    pub control: u8,
    /// MSPLIM; zero before Armv8-M.
    pub msplim: u32,
    /// PSPLIM; zero before Armv8-M.
    pub psplim: u32,
    /// The floating-point registers.
    pub fpu: Fpu,
    /// The system control registers.
    pub system: SystemControl,
    /// Hardware breakpoints: instruction addresses.
    pub breakpoints: Vec<u32>,
    /// Exceptions that stop the core, as DEMCR's VC bits 10–4.
    pub vector_catch: u32,
    /// Whether BKPT halts (a debugger is enabled) instead of faulting.
    pub debug_enabled: bool,
    /// Whether PendSV, SysTick and interrupts are held back, as DHCSR.C_MASKINTS.
    pub mask_interrupts: bool,
    /// Whether the core is locked up.
    pub lockup: bool,
    /// The last fault since reset: what a debugger shows, whichever handler it ended in.
    pub fault: Option<FaultRecord>,
    /// DEMCR's catch bits of the faults since the last exception entry.
    caught: u32,
    /// Whether the core last waited by WFE, not WFI.
    waits_for_event: bool,
    /// Address or immediate that belongs to the current trap.
    trap_value: u32,
    /// Cycles of the current instruction that depend on its data.
    extra: u32,
    /// Whether the local monitor holds an exclusive access.
    exclusive: bool,
    /// Whether the access that is made counts as one of unprivileged code (LDRT).
    as_user: bool,
    /// What the last store asked for.
    effect: Effect,
    window: Window,
    /// Windows of before, by page.
    windows: [Window; WINDOWS],
    timing: Timing,
}

impl Cpu {
    /// A core that has not been reset yet.
    pub fn new(config: impl Into<CoreConfig>) -> Self {
        let config = config.into();
        Self {
            config,
            clock: Clock::default(),
            r: [0; 16],
            pc: 0,
            banked_sp: 0,
            n: false,
            z: false,
            c: false,
            v: false,
            q: false,
            ge: 0,
            it: 0,
            t: true,
            ipsr: 0,
            primask: false,
            faultmask: false,
            basepri: 0,
            control: 0,
            msplim: 0,
            psplim: 0,
            fpu: Fpu::default(),
            system: SystemControl::new(config),
            breakpoints: Vec::new(),
            vector_catch: 0,
            debug_enabled: true,
            mask_interrupts: false,
            lockup: false,
            fault: None,
            caught: 0,
            waits_for_event: false,
            trap_value: 0,
            extra: 0,
            exclusive: false,
            as_user: false,
            effect: Effect::Continue,
            window: Window::default(),
            windows: [Window::default(); WINDOWS],
            timing: Timing::new(config.core),
        }
    }

    /// Reset, keeping time, breakpoints and the debugger's settings: stack pointer and program counter come
    /// from the table at `vector_table`, which VTOR then holds.
    pub fn reset(&mut self, memory: &Memory, vector_table: u32) {
        let mut fresh = Self::new(self.config);
        fresh.clock = self.clock;
        fresh.breakpoints = std::mem::take(&mut self.breakpoints);
        fresh.vector_catch = self.vector_catch;
        fresh.debug_enabled = self.debug_enabled;
        fresh.mask_interrupts = self.mask_interrupts;
        fresh.system.vtor = vector_table;
        fresh.system.systick = self.system.systick.reset();
        fresh.r[14] = 0xffff_ffff;
        let word = |address| {
            memory
                .find(address, 4)
                .map_or(0xffff_ffff, |i| u32::from_le_bytes(memory.cells.get(i)))
        };
        fresh.r[13] = word(vector_table) & !3;
        let entry = word(vector_table.wrapping_add(4));
        fresh.pc = entry & !1;
        fresh.t = entry & 1 != 0;
        *self = fresh;
    }

    /// Read as a debugger does: RAM, flash, system control registers or a peripheral, without faulting the core.
    pub fn read<B: Bus>(
        &mut self,
        address: u32,
        size: Size,
        memory: &mut Memory,
        bus: &mut B,
    ) -> Result<u32, BusFault> {
        if let Some(index) = memory.find(address, size.bytes()) {
            return Ok(match size {
                Size::Byte => u32::from(memory.cells.bytes[index]),
                Size::Half => u32::from(u16::from_le_bytes(memory.cells.get(index))),
                Size::Word => u32::from_le_bytes(memory.cells.get(index)),
            });
        }
        if SystemControl::owns(address) {
            return self.read_system(address, size, memory);
        }
        bus.read(memory, self.clock, address, size)
    }

    /// Write as a debugger does; stores into flash go to the bus.
    pub fn write<B: Bus>(
        &mut self,
        address: u32,
        size: Size,
        value: u32,
        memory: &mut Memory,
        bus: &mut B,
    ) -> Result<Effect, BusFault> {
        let place = memory.cells.place(address, size.bytes());
        if let Some(place) = place.filter(|place| place.writable) {
            match size {
                Size::Byte => memory.put(place, [value as u8]),
                Size::Half => memory.put(place, (value as u16).to_le_bytes()),
                Size::Word => memory.put(place, value.to_le_bytes()),
            }
            return Ok(Effect::Continue);
        }
        if SystemControl::owns(address) {
            let effect = self.write_system(address, size, value, memory);
            // A debugger that makes an NMI pending ends a lockup.
            self.leaves_lockup();
            return effect;
        }
        bus.write(memory, self.clock, address, size, value)
    }
}
