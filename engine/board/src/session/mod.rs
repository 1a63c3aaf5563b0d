//! A connected board: attach, flash, run. The same code for a real board and the virtual one.
//!
//! Knows nothing of plans: it runs any image that has the measuring firmware in it.

mod attach;
mod flash;
mod health;
mod program;

pub use attach::{Board, attach, attach_probe, check};
pub use flash::{FlashOptions, flash};
pub use program::{Layout, Program, Stopped, start};

use crate::error::BoardError;
use crate::types::Stage;
use std::time::Duration;

/// Index of the core that the program runs on: the chip's first, whose memory map the target has.
const CORE: usize = 0;
/// Time for the core to obey a halt.
const HALT_LIMIT: Duration = Duration::from_millis(500);

/// A probe-rs error during `stage`, with all its causes in one line.
fn probe_error<E: std::error::Error>(stage: Stage) -> impl Fn(E) -> BoardError {
    move |error| {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            let text = inner.to_string();
            if !message.contains(&text) {
                message = format!("{}: {text}", message.trim_end_matches('.'));
            }
            cause = inner.source();
        }
        BoardError::Probe {
            stage,
            message: message.trim_end_matches('.').to_owned(),
        }
    }
}
