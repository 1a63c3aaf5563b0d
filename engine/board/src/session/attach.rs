//! Which probe, which chip.

use super::probe_error;
use crate::boards::connected;
use crate::chips::registry_chip;
use crate::error::BoardError;
use crate::probe;
use crate::types::Stage;
use probe_rs::config::TargetSelector;
use probe_rs::probe::list::Lister;
use probe_rs::probe::{DebugProbeSelector, Probe};
use probe_rs::{Permissions, Session};
use tinyscope_core::plan::Target;
use tinyscope_vmcu::ChipSpec;

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
    /// The simulated chip, if it is.
    pub virtual_chip: Option<ChipSpec>,
}

/// What can be told before anything is built or connected: the board is there, and it has the plan's chip as far as
/// the board says.
///
/// # Errors
/// [`BoardError::ProbeMissing`], [`BoardError::UnknownChip`], [`BoardError::OtherChip`].
pub fn check(board: &str, target: &Target) -> Result<(), BoardError> {
    if board == "virtual" {
        return probe::virtual_chip(&target.chip).map(|_| ());
    }
    let selector = selector(board)?;
    if connected(Some(&selector)).is_empty() {
        return Err(probe_missing(board));
    }
    Ok(())
}

fn probe_missing(board: &str) -> BoardError {
    BoardError::ProbeMissing {
        name: board.to_owned(),
    }
}

fn selector(board: &str) -> Result<DebugProbeSelector, BoardError> {
    board.parse().map_err(|_| probe_missing(board))
}

/// Attaches to `board` (`virtual`, or `VID:PID:SERIAL`) as the chip of `target`.
///
/// # Errors
/// [`BoardError::ProbeMissing`], [`BoardError::UnknownChip`], [`BoardError::OtherChip`], [`BoardError::Probe`].
pub fn attach(board: &str, target: &Target) -> Result<Board, BoardError> {
    if board == "virtual" {
        return attach_probe(probe::open_virtual(&target.chip)?, board, true, target);
    }
    check(board, target)?;
    let probe = Lister::new()
        .open(selector(board)?)
        .map_err(probe_error(Stage::Attach))?;
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
    let virtual_chip = if is_virtual {
        Some(probe::virtual_chip(&target.chip)?)
    } else {
        None
    };
    let name = probe.get_name();
    let session = probe
        .attach(TargetSelector::Specified(chip), Permissions::default())
        .map_err(probe_error(Stage::Attach))?;
    Ok(Board {
        session,
        id: id.to_owned(),
        name,
        is_virtual,
        virtual_chip,
    })
}
