//! Which chip a board carries, as far as the chip tells.

use super::attach::open;
use super::contain::contained;
use super::known_chips::{ID_CODES, ST, StDevice, core_name};
use super::{CORE, probe_error};
use crate::chips::{chips, registry_chip};
use crate::error::BoardError;
use crate::types::Stage;
use probe_rs::Permissions;
use probe_rs::architecture::arm::memory::ArmMemoryInterface;
use probe_rs::architecture::arm::sequences::DefaultArmSequence;
use probe_rs::architecture::arm::{FullyQualifiedApAddress, dp::DpAddress};
use probe_rs::config::TargetSelector;
use probe_rs::probe::Probe;

/// Where a Cortex-M tells what it is (Armv7-M Architecture Reference Manual, B3.2.3).
const CPUID: u64 = 0xE000_ED00;

/// What a board says of its chip.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detection {
    /// Registry names that fit, in order. Empty where nothing is known.
    pub candidates: Vec<String>,
    /// Whether a program made for any of them is right for all: there is one, or they differ only in their package.
    pub certain: bool,
    /// What this rests on, for people.
    pub why: String,
}

/// Looks which chip is on `board`: through probe-rs where it knows how, else by reading identification registers.
///
/// # Errors
/// [`BoardError::ProbeMissing`], [`BoardError::ProbePermission`], [`BoardError::Probe`].
pub fn detect_chip(board: &str) -> Result<Detection, BoardError> {
    detect_through(&mut || open(board, crate::probe::CHIP))
}

/// [`detect_chip`] through probes that `open` opens.
///
/// # Errors
/// As [`detect_chip`], and what `open` returns.
pub fn detect_through(
    open: &mut dyn FnMut() -> Result<Probe, BoardError>,
) -> Result<Detection, BoardError> {
    let probe = open()?;
    let by_probe_rs = contained(Stage::Attach, || {
        let session = probe.attach(TargetSelector::Auto, Permissions::default());
        // That probe-rs does not know it is no failure: chips can be read further below.
        Ok(session.ok().map(|session| session.target().name.clone()))
    });
    if let Ok(Some(name)) = by_probe_rs
        && registry_chip(&name).is_ok()
    {
        return Ok(Detection {
            candidates: vec![name],
            certain: true,
            why: "detected by probe-rs".to_owned(),
        });
    }
    let probe = open()?;
    contained(Stage::Attach, || read(probe))
}

/// Reads identification registers through the first access port.
fn read(mut probe: Probe) -> Result<Detection, BoardError> {
    probe
        .attach_to_unspecified()
        .map_err(probe_error(Stage::Attach))?;
    if !probe.has_arm_debug_interface() {
        return Ok(unknown("the probe does not reach an Arm core"));
    }
    let mut interface = probe
        .try_into_arm_debug_interface(DefaultArmSequence::create())
        .map_err(|(_, error)| probe_error(Stage::Attach)(error))?;
    interface
        .select_debug_port(DpAddress::Default)
        .map_err(probe_error(Stage::Attach))?;
    let port = FullyQualifiedApAddress::v1_with_default_dp(CORE as u8);
    let mut memory = interface
        .memory_interface(&port)
        .map_err(probe_error(Stage::Attach))?;
    let cpuid = memory
        .read_word_32(CPUID)
        .map_err(probe_error(Stage::Attach))?;
    let core = core_name(cpuid).map_or_else(
        || format!("a core with CPUID {cpuid:#010x}"),
        ToOwned::to_owned,
    );
    for address in ID_CODES {
        // An address where nothing answers is simply not this family's.
        let Ok(code) = memory.read_word_32(address) else {
            continue;
        };
        let device = (code & 0xFFF) as u16;
        let lines: Vec<&StDevice> = ST.iter().filter(|line| line.device == device).collect();
        if device != 0 && !lines.is_empty() {
            return Ok(st_chip(&mut *memory, &lines, device, &core));
        }
    }
    Ok(unknown(&format!("{core} of an unknown chip")))
}

fn unknown(why: &str) -> Detection {
    Detection {
        why: why.to_owned(),
        ..Detection::default()
    }
}

/// Chips of these lines that have as much flash as the chip says, and the core that it has.
fn st_chip(
    memory: &mut dyn ArmMemoryInterface,
    lines: &[&StDevice],
    device: u16,
    core: &str,
) -> Detection {
    let size = lines.first().and_then(|line| {
        let word = memory.read_word_32(line.flash_size & !3).ok()?;
        let kib = u64::from(word >> (8 * (line.flash_size & 3)) & 0xFFFF);
        (kib != 0 && kib != 0xFFFF).then_some(kib)
    });
    let candidates: Vec<String> = chips()
        .iter()
        .filter(|chip| {
            lines
                .iter()
                .any(|line| line.names.iter().any(|name| chip.name.starts_with(name)))
        })
        .filter(|chip| size.is_none_or(|kib| chip.flash_bytes == kib * 1024))
        .map(|chip| chip.name.clone())
        .collect();
    let size = size.map_or_else(String::new, |kib| format!(", {kib} KiB of flash"));
    Detection {
        certain: all_alike(&candidates),
        candidates,
        why: format!("{core}, STMicroelectronics device {device:#05x}{size}"),
    }
}

/// Whether these chips have one memory map.
fn all_alike(names: &[String]) -> bool {
    let mut chips = names.iter().filter_map(|name| registry_chip(name).ok());
    let Some(first) = chips.next() else {
        return false;
    };
    chips.all(|chip| chip.memory_map == first.memory_map && chip.cores.len() == first.cores.len())
}
