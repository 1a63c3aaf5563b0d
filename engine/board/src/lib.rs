//! Builds, flashes, runs and measures generated programs.
//!
//! A real board and the virtual one differ only in who answers the probe: flashing, running, RTT and the cycle
//! counter are the same probe-rs code. Only this crate and the application touch processes, files and USB.

pub mod build;
pub mod chips;
mod error;
pub mod fault;
pub mod firmware;
pub mod image;
pub mod probe;
pub mod protocol;
pub mod session;
pub mod toolchain;
mod types;

pub use chips::{chips, search_chips, target_for_chip};
pub use error::BoardError;
pub use types::{
    BoardInfo, Cancel, ChipInfo, Difference, MeasureRequest, Measurement, Progress, Stage,
    StepMeasurement, ToolReport,
};
