//! A connected board: attach, flash, run. The same code for a real board and the virtual one.
//!
//! Knows nothing of plans: it runs any image that has the measuring firmware in it. What comes over the link is taken
//! to be damaged until a check says otherwise: a fault of cable, probe or power ends in an error, never in a result.

mod attach;
mod clock;
mod contain;
mod detect;
mod flash;
mod health;
mod known_chips;
mod launch;
mod program;
mod ram;
mod sectors;
mod stray;
mod watch;

pub use attach::{
    AttachOptions, Board, Protocol, attach, attach_probe, attach_through, attach_with, check,
};
pub use clock::{ClockReading, HostTime};
pub use detect::{Detection, detect_chip, detect_through};
pub use flash::{FlashOptions, FlashReport, flash};
pub use program::{Layout, Program, start};
pub use watch::Stopped;

use crate::error::BoardError;
use crate::types::Stage;
use std::time::Duration;

/// Index of the core that the program runs on: the chip's first, whose memory map the target has.
const CORE: usize = 0;
/// Time for the core to obey a halt.
const HALT_LIMIT: Duration = Duration::from_millis(500);

/// A probe-rs error during `stage`, with all its causes in one line.
fn probe_error<E: std::error::Error>(stage: Stage) -> impl Fn(E) -> BoardError {
    move |error| BoardError::Probe {
        stage,
        message: causes(&error),
    }
}

/// An error with all its causes in one line.
fn causes(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !message.contains(&text) {
            message = format!("{}: {text}", message.trim_end_matches('.'));
        }
        cause = inner.source();
    }
    message.trim_end_matches('.').to_owned()
}
