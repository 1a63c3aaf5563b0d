//! Which probe, which chip.

use super::probe_error;
use crate::chips::registry_chip;
use crate::error::BoardError;
use crate::probe;
use crate::types::Stage;
use probe_rs::config::TargetSelector;
use probe_rs::probe::list::Lister;
use probe_rs::probe::{DebugProbeSelector, Probe};
use probe_rs::{Permissions, Session};
use tinyscope_core::plan::Target;

/// A board with an open session.
pub struct Board {
    /// The session.
    pub session: Session,
    /// `virtual`, or the probe's identifier as asked for.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Whether it is the built-in simulator.
    pub is_virtual: bool,
}

/// Attaches to `board` (`virtual`, or `VID:PID:SERIAL`) as the chip of `target`.
///
/// # Errors
/// [`BoardError::ProbeMissing`], [`BoardError::UnknownChip`], [`BoardError::OtherChip`], [`BoardError::Probe`].
pub fn attach(board: &str, target: &Target) -> Result<Board, BoardError> {
    if board == "virtual" {
        return attach_probe(probe::open_virtual()?, board, true, target);
    }
    let missing = || BoardError::ProbeMissing {
        name: board.to_owned(),
    };
    let selector: DebugProbeSelector = board.parse().map_err(|_| missing())?;
    let lister = Lister::new();
    if lister.list(Some(&selector)).is_empty() {
        return Err(missing());
    }
    let probe = lister.open(selector).map_err(probe_error(Stage::Attach))?;
    attach_probe(probe, board, false, target)
}

/// Attaches through a probe that is open already.
///
/// # Errors
/// As [`attach`], but for [`BoardError::ProbeMissing`].
pub fn attach_probe(
    probe: Probe,
    id: &str,
    is_virtual: bool,
    target: &Target,
) -> Result<Board, BoardError> {
    let chip = registry_chip(&target.chip)?;
    if is_virtual {
        let on_board = registry_chip(probe::CHIP)?;
        if chip.memory_map != on_board.memory_map || chip.cores.len() != on_board.cores.len() {
            return Err(BoardError::OtherChip {
                board: id.to_owned(),
                wanted: target.chip.clone(),
                present: probe::CHIP.to_owned(),
            });
        }
    }
    let name = probe.get_name();
    let session = probe
        .attach(TargetSelector::Specified(chip), Permissions::default())
        .map_err(probe_error(Stage::Attach))?;
    Ok(Board {
        session,
        id: id.to_owned(),
        name,
        is_virtual,
    })
}
