//! A RISC-V microcontroller: one RV32IMC hart with machine mode, physical memory protection and a stated cycle model,
//! its RAM, peripherals as plain storage, and a debug module behind a JTAG port.
//!
//! After "The RISC-V Instruction Set Manual", volumes I (20191213) and II (20211203), and "RISC-V External Debug Support"
//! 0.13.2. Not modelled: user mode, interrupts, flash and caches. It must not know who debugs it.

mod compressed;
mod csr;
mod debug_module;
mod execute;
mod hart;
mod machine;
mod memory;
mod pmp;
mod port;
mod timing;
mod triggers;

pub use compressed::expand;
pub use csr::Counters;
pub use hart::{Hart, Stop, Trap};
pub use machine::{ChipSpec, Machine};
pub use memory::{Memory, Ram};
pub use port::{DMI, DTMCS, IDCODE, Tap};
pub use timing::MODEL_NAME;

#[cfg(test)]
mod tests;
