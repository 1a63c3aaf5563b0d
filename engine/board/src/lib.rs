//! Builds, flashes, runs and measures generated programs.
//!
//! A real board and the virtual one differ only in who answers the probe: flashing, running, RTT and the cycle
//! counter are the same probe-rs code. Only this crate and the application touch processes, files and USB.

pub mod bench;
mod boards;
mod boards_watch;
pub mod build;
pub mod cache;
pub mod chips;
mod doctor;
mod error;
pub mod fault;
pub mod firmware;
mod folders;
pub mod hash;
pub mod image;
pub mod measure;
pub mod probe;
pub mod protocol;
pub mod record;
pub mod serve;
pub mod session;
pub mod toolchain;
mod types;

pub use boards::{boards, can_search};
pub use boards_watch::{BoardsChange, BoardsWatch};
pub use build::build;
pub use chips::{chips, search_chips, target_for_chip};
pub use doctor::{UDEV_RULE, UDEV_RULE_FILE, compiles_for, doctor, tools};
pub use error::BoardError;
pub use measure::{
    Difference, MeasureRequest, Measurement, StepMeasurement, measure, measure_sources,
};
pub use types::{BoardInfo, Cancel, ChipInfo, Progress, Stage, ToolReport};
