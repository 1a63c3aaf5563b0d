//! Peripherals on the private peripheral bus and the few chip registers that start-up code and probes read.
//! Each is a register file over plain state; none knows the processor.

mod dwt;
mod fpb;
mod ids;
mod st_system;

pub use dwt::Dwt;
pub use fpb::Fpb;
pub use ids::{DBGMCU, DbgMcu, FLASH_SIZE, UNIQUE_ID, rom_table_word};
pub use st_system::StSystem;
