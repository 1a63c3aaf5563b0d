//! A virtual microcontroller with an Armv7E-M core (Cortex-M4 or Cortex-M7): instructions, faults and a
//! cycle model. It knows nothing of networks, compilers or probes, and has no dependencies.

pub mod bus;
pub mod cpu;
pub mod memory;
pub mod timing;

pub use bus::{Bus, BusFault, Effect, NoPeripherals, Size};
pub use cpu::{Clock, Core, Cpu, Stop};
pub use memory::{Kind, Memory, Region};
