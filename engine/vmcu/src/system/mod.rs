//! Peripherals on the private peripheral bus and the chip registers that start-up code and probes read.
//! Each is a register file over plain state; none knows the processor.

mod dwt;
mod families;
mod fpb;
mod ids;
mod registers;

pub use dwt::Dwt;
pub use families::{constants, model};
pub use fpb::Fpb;
pub use ids::{DbgMcu, RomTables, port_layout};
pub use registers::{Follows, Model, Registers, Task};
