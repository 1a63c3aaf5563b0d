//! A virtual microcontroller with an Armv7E-M or Armv8-M core (Cortex-M4, Cortex-M7, Cortex-M33): instructions, faults
//! and a cycle model, flash controller and debug port; and another one with a RISC-V hart ([`riscv`]). It knows nothing of
//! networks, compilers or probes, and has no dependencies.

// The interpreter is one hot function made of many small ones.
#![allow(clippy::inline_always)]
// Names of registers and signals in the architecture's spelling (SysTick, nPRIV) are prose, not code.
#![allow(clippy::doc_markdown)]

pub mod bus;
pub mod chip;
pub mod cpu;
pub mod flash;
pub mod machine;
pub mod memory;
pub mod port;
pub mod riscv;
pub mod system;
pub mod timing;

pub use bus::{Bus, BusFault, Effect, NoPeripherals, Size};
pub use chip::{ChipSpec, Family, stm32f746};
pub use cpu::{Clock, Core, CoreConfig, Cpu, FloatUnit, Stop};
pub use machine::{FLASH_COUNTERS, INSTRUCTION_COUNTER, Machine, State};
pub use memory::{
    Behind, Cache, Enable, Kind, Memory, MemoryTiming, Port as MemoryPort, Region, Replacement,
};
pub use port::{DebugPort, LinkError, Port};
