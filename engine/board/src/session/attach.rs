//! Which probe, which chip, and how to get hold of it: plainly, under reset, at a lower speed.

use super::contain::contained;
use super::{causes, probe_error};
use crate::boards::connected;
use crate::chips::registry_chip;
use crate::error::BoardError;
use crate::probe::{self, VirtualChip};
use crate::types::Stage;
use probe_rs::architecture::arm::FullyQualifiedApAddress;
use probe_rs::architecture::arm::dp::DpAddress;
use probe_rs::architecture::arm::sequences::DefaultArmSequence;
use probe_rs::config::TargetSelector;
use probe_rs::probe::list::{Accessibility, Lister};
use probe_rs::probe::{DebugProbeSelector, Probe, WireProtocol};
use probe_rs::{Permissions, Session};
use std::time::{Duration, Instant};
use tinyscope_core::plan::Target;

/// The file of udev rules that `dist/` ships.
const RULES_FILE: &str = "69-tinyscope-probes.rules";
/// Debug halting control and status register, the key that writes need, and the bit that allows halting
/// (Armv7-M Architecture Reference Manual, C1.6.2).
const DHCSR: u64 = 0xE000_EDF0;
const DEBUG_KEY: u32 = 0xA05F << 16;
const C_DEBUGEN: u32 = 1;
/// The lowest speed that is tried, in kHz.
const LOWEST_KHZ: u32 = 100;
/// Speed for the tries after a failure where the probe does not tell its own, in kHz.
const SLOW_KHZ: u32 = 400;
/// Time that the firmware may take from reset to its greeting, or to take a command.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// How the probe talks to the chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Two-wire Serial Wire Debug.
    Swd,
    /// JTAG.
    Jtag,
}

impl From<Protocol> for WireProtocol {
    fn from(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Swd => Self::Swd,
            Protocol::Jtag => Self::Jtag,
        }
    }
}

/// Time after which no other way to attach is tried. One try can take several of probe-rs' own limits of two seconds.
const ATTACH_LIMIT: Duration = Duration::from_secs(8);

/// How to attach. The default takes what the probe prefers, and tries other ways when that fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AttachOptions {
    /// Speed of the wire in kHz; `None` leaves it to the probe.
    pub speed_khz: Option<u32>,
    /// Hold the chip in reset while connecting, from the first try on.
    pub under_reset: bool,
    /// The protocol; `None` leaves it to the probe.
    pub protocol: Option<Protocol>,
}

/// A board with an open session.
pub struct Board {
    session: Option<Session>,
    /// `virtual`, or the probe's identifier as asked for.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Whether it is the built-in simulator.
    pub is_virtual: bool,
    /// The simulated chip, if it is.
    pub virtual_chip: Option<VirtualChip>,
    /// Speed of the wire in kHz, as the probe tells it.
    pub speed_khz: u32,
    /// How it was attached where that took more than the first try: `under reset at 1000 kHz, after 2 failed tries`.
    pub attached: String,
    /// Time that the firmware may take from reset to its greeting, or to take a command.
    pub answer_limit: Duration,
}

impl Board {
    /// The session.
    ///
    /// # Errors
    /// [`BoardError::Probe`]; none while the board lives.
    pub fn session(&mut self) -> Result<&mut Session, BoardError> {
        self.session.as_mut().ok_or_else(|| BoardError::Probe {
            stage: Stage::Attach,
            message: "the session is closed".to_owned(),
        })
    }
}

impl Drop for Board {
    /// Closing a session talks to the chip once more, and probe-rs may panic over damaged answers.
    fn drop(&mut self) {
        let session = self.session.take();
        let _ = contained(Stage::Attach, move || {
            drop(session);
            Ok(())
        });
    }
}

/// What can be told before anything is built or connected: the board is there, and it has the plan's chip as far as
/// the board says.
///
/// # Errors
/// [`BoardError::ProbeMissing`], [`BoardError::ProbePermission`], [`BoardError::UnknownChip`],
/// [`BoardError::OtherChip`].
pub fn check(board: &str, target: &Target) -> Result<(), BoardError> {
    if board == "virtual" {
        return probe::virtual_chip(&target.chip).map(|_| ());
    }
    let selector = selector(board)?;
    if connected(Some(&selector)).is_empty() {
        return Err(probe_missing(board));
    }
    permitted(board, &selector)
}

fn probe_missing(board: &str) -> BoardError {
    BoardError::ProbeMissing {
        name: board.to_owned(),
    }
}

fn selector(board: &str) -> Result<DebugProbeSelector, BoardError> {
    board.parse().map_err(|_| probe_missing(board))
}

/// Whether the system lets this user open the probe.
fn permitted(board: &str, selector: &DebugProbeSelector) -> Result<(), BoardError> {
    let denied = Lister::new()
        .list_with_access(Some(selector))
        .iter()
        .any(|item| item.accessibility == Accessibility::PermissionDenied);
    if denied {
        return Err(no_permission(board, selector.vendor_id));
    }
    Ok(())
}

/// The error with the rule that lets users at the machine open probes of this vendor (systemd's `uaccess`).
fn no_permission(board: &str, vendor_id: u16) -> BoardError {
    BoardError::ProbePermission {
        name: board.to_owned(),
        rules_file: RULES_FILE,
        rule: format!(
            r#"SUBSYSTEM=="usb", ATTR{{idVendor}}=="{vendor_id:04x}", MODE="0660", TAG+="uaccess""#
        ),
    }
}

/// Opens the probe of a board; a virtual one gets this chip.
pub(super) fn open(board: &str, virtual_chip: &str) -> Result<Probe, BoardError> {
    if board == "virtual" {
        return probe::open_virtual(virtual_chip);
    }
    let selector = selector(board)?;
    if connected(Some(&selector)).is_empty() {
        return Err(probe_missing(board));
    }
    permitted(board, &selector)?;
    contained(Stage::Attach, || {
        Lister::new().open(selector.clone()).map_err(|error| {
            let text = causes(&error);
            let lowered = text.to_lowercase();
            if lowered.contains("permission") || lowered.contains("access denied") {
                no_permission(board, selector.vendor_id)
            } else {
                probe_error(Stage::Attach)(error)
            }
        })
    })
}

/// Attaches to `board` (`virtual`, or `VID:PID:SERIAL`) as the chip of `target`.
///
/// # Errors
/// As [`attach_with`].
pub fn attach(board: &str, target: &Target) -> Result<Board, BoardError> {
    attach_with(board, target, &AttachOptions::default())
}

/// [`attach`], with options. A failure is tried again under reset, then slower; the error names all tries.
///
/// # Errors
/// [`BoardError::ProbeMissing`], [`BoardError::ProbePermission`], [`BoardError::UnknownChip`],
/// [`BoardError::OtherChip`], [`BoardError::Probe`].
pub fn attach_with(
    board: &str,
    target: &Target,
    options: &AttachOptions,
) -> Result<Board, BoardError> {
    check(board, target)?;
    attach_through(
        &mut || open(board, &target.chip),
        board,
        board == "virtual",
        target,
        options,
    )
}

/// One way to attach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Try {
    speed_khz: Option<u32>,
    under_reset: bool,
}

/// The ways in the order in which they are tried: as asked for, the same under reset, then both at a quarter of the
/// speed and at a sixteenth. At most six.
fn tries(options: &AttachOptions, probes_own_khz: u32) -> Vec<Try> {
    let full = options.speed_khz;
    let base = full.unwrap_or(probes_own_khz);
    let slower = |divisor: u32| {
        let known = if base == 0 { SLOW_KHZ } else { base };
        (known / divisor).max(LOWEST_KHZ)
    };
    let mut speeds = vec![full];
    for divisor in [4, 16] {
        let speed = slower(divisor);
        if base == 0 || speed < base {
            speeds.push(Some(speed));
        }
    }
    speeds.dedup();
    let mut tries = Vec::new();
    for speed_khz in speeds {
        for under_reset in [false, true] {
            if under_reset || !options.under_reset {
                tries.push(Try {
                    speed_khz,
                    under_reset,
                });
            }
        }
    }
    tries
}

fn way(under_reset: bool, speed_khz: u32) -> String {
    let how = if under_reset {
        "under reset"
    } else {
        "plainly"
    };
    if speed_khz == 0 {
        how.to_owned()
    } else {
        format!("{how} at {speed_khz} kHz")
    }
}

/// Attaches through a probe that is open already, in one try.
///
/// # Errors
/// As [`attach_with`].
pub fn attach_probe(
    probe: Probe,
    id: &str,
    is_virtual: bool,
    target: &Target,
) -> Result<Board, BoardError> {
    let mut probe = Some(probe);
    let mut once = || probe.take().ok_or_else(|| probe_missing(id));
    attach_through(&mut once, id, is_virtual, target, &AttachOptions::default())
}

/// Attaches through probes that `open` opens, one for each try.
///
/// # Errors
/// As [`attach_with`], and what `open` returns.
pub fn attach_through(
    open: &mut dyn FnMut() -> Result<Probe, BoardError>,
    id: &str,
    is_virtual: bool,
    target: &Target,
    options: &AttachOptions,
) -> Result<Board, BoardError> {
    let chip = registry_chip(&target.chip)?;
    let virtual_chip = if is_virtual {
        Some(probe::virtual_chip(&target.chip)?)
    } else {
        None
    };
    let first = open()?;
    let ways = tries(options, first.speed_khz());
    let mut ready = Some(first);
    let mut failed: Vec<String> = Vec::new();
    let mut first_error = None;
    let started = Instant::now();
    for attempt in &ways {
        if started.elapsed() > ATTACH_LIMIT {
            break;
        }
        let mut probe = match ready.take().map_or_else(&mut *open, Ok) {
            Ok(probe) => probe,
            // The probe itself is gone: nothing else will help.
            Err(error) => return Err(first_error.unwrap_or(error)),
        };
        let name = probe.get_name();
        let prepared = prepare(&mut probe, options, *attempt);
        let speed_khz = probe.speed_khz();
        let selector = TargetSelector::Specified(chip.clone());
        let attached = contained(Stage::Attach, || {
            prepared?;
            let permissions = Permissions::default();
            if attempt.under_reset {
                enable_halting(probe).attach_under_reset(selector, permissions)
            } else {
                probe.attach(selector, permissions)
            }
            .map_err(probe_error(Stage::Attach))
        });
        match attached {
            Ok(session) => {
                return Ok(Board {
                    session: Some(session),
                    id: id.to_owned(),
                    name,
                    is_virtual,
                    virtual_chip,
                    speed_khz,
                    attached: if failed.is_empty() && !attempt.under_reset {
                        String::new()
                    } else {
                        let way = way(attempt.under_reset, speed_khz);
                        format!("{way}, after {} failed tries", failed.len())
                    },
                    answer_limit: ANSWER_LIMIT,
                });
            }
            Err(error) => {
                failed.push(way(attempt.under_reset, speed_khz));
                first_error.get_or_insert(error);
            }
        }
    }
    Err(all_failed(first_error, &failed))
}

/// Allows the core to halt out of reset, while the chip is held there. probe-rs does so only after reset, which a core
/// that was never debugged has by then left (Armv7-M Architecture Reference Manual, C1.6.5: without `C_DEBUGEN`,
/// `VC_CORERESET` is ignored). What fails here, attaching tells.
fn enable_halting(mut probe: Probe) -> Probe {
    if !probe.has_arm_debug_interface() || probe.attach_to_unspecified_under_reset().is_err() {
        return probe;
    }
    let mut interface = match probe.try_into_arm_debug_interface(DefaultArmSequence::create()) {
        Ok(interface) => interface,
        Err((probe, _)) => return probe,
    };
    if interface.select_debug_port(DpAddress::Default).is_ok() {
        let port = FullyQualifiedApAddress::v1_with_default_dp(0);
        if let Ok(mut memory) = interface.memory_interface(&port) {
            let _ = memory.write_word_32(DHCSR, DEBUG_KEY | C_DEBUGEN);
        }
    }
    interface.close()
}

/// Sets protocol and speed.
fn prepare(probe: &mut Probe, options: &AttachOptions, attempt: Try) -> Result<(), BoardError> {
    if let Some(protocol) = options.protocol {
        probe
            .select_protocol(protocol.into())
            .map_err(probe_error(Stage::Attach))?;
    }
    if let Some(speed) = attempt.speed_khz {
        probe.set_speed(speed).map_err(probe_error(Stage::Attach))?;
    }
    Ok(())
}

/// The first failure, with all the ways that were tried.
fn all_failed(error: Option<BoardError>, failed: &[String]) -> BoardError {
    match error {
        Some(BoardError::Probe { stage, message }) => BoardError::Probe {
            stage,
            message: format!("{message}; tried {}", failed.join(", ")),
        },
        Some(error) => error,
        None => BoardError::Probe {
            stage: Stage::Attach,
            message: "no way to attach was left to try".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{AttachOptions, Try, tries};

    #[test]
    fn a_failure_is_tried_under_reset_and_then_slower() {
        let order = |options: &AttachOptions, own| -> Vec<(Option<u32>, bool)> {
            tries(options, own)
                .iter()
                .map(
                    |&Try {
                         speed_khz,
                         under_reset,
                     }| (speed_khz, under_reset),
                )
                .collect()
        };
        let options = AttachOptions::default();
        let both = |speed| vec![(speed, false), (speed, true)];
        assert_eq!(
            order(&options, 4000),
            [both(None), both(Some(1000)), both(Some(250))].concat()
        );
        let under_reset = AttachOptions {
            speed_khz: Some(200),
            under_reset: true,
            ..options
        };
        assert_eq!(
            order(&under_reset, 4000),
            [(Some(200), true), (Some(100), true)]
        );
        // A probe that does not tell its speed is slowed down all the same.
        assert_eq!(order(&options, 0), [both(None), both(Some(100))].concat());
    }
}
