//! Which chips can be virtual boards: the probe-rs registry's memory maps and sector tables, put together with what the
//! simulator knows of the part.

use crate::chips::{
    chips, instruction_address, main_region, registry_chip, target_for_chip, usable_regions,
};
use crate::error::BoardError;
use serde::Serialize;
use std::sync::LazyLock;
use tinyscope_core::plan::MemoryKind;
use tinyscope_vmcu::chip::part;
use tinyscope_vmcu::flash::Sector;
use tinyscope_vmcu::{ChipSpec, Region, riscv};

/// One chip of each Cortex-M line that is modelled. Every other chip of these lines can be a virtual board as well; see
/// [`virtual_chip`].
pub const VIRTUAL_CHIPS: [&str; 8] = [
    super::CHIP,
    "STM32F767ZI",
    "STM32F407VG",
    "STM32F446RE",
    "STM32H743ZI",
    "STM32U585AI",
    "STM32L552ZE",
    "nRF52840_xxAA",
];

/// Those with a RISC-V processor, which the vendor's plug-in makes known.
#[cfg(feature = "espressif")]
const RISC_V_CHIPS: [&str; 1] = ["esp32c3"];
#[cfg(not(feature = "espressif"))]
const RISC_V_CHIPS: [&str; 0] = [];

static ALL: LazyLock<Vec<&str>> =
    LazyLock::new(|| VIRTUAL_CHIPS.into_iter().chain(RISC_V_CHIPS).collect());

/// Names of one chip of each line that is modelled, the default first.
pub fn virtual_chips() -> &'static [&'static str] {
    &ALL
}

/// A line of chips that virtual boards can have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VirtualLine {
    /// Its name, for example `STM32F7`.
    pub line: &'static str,
    /// How many of the registry's chips are of it and modelled.
    pub chips: usize,
    /// Some of them.
    pub examples: Vec<&'static str>,
}

/// The line of a chip that is modelled.
fn line(name: &str) -> Option<&'static str> {
    match part(name) {
        Some(part) => Some(part.family.name()),
        None => RISC_V_CHIPS.contains(&name).then_some("ESP32-C3"),
    }
}

/// The lines that are modelled, in the order of [`virtual_chips`], each with the number of its chips.
pub fn virtual_lines() -> Vec<VirtualLine> {
    let mut lines: Vec<VirtualLine> = Vec::new();
    for &chip in virtual_chips() {
        let Some(name) = line(chip) else { continue };
        if let Some(known) = lines.iter_mut().find(|known| known.line == name) {
            known.examples.push(chip);
        } else {
            lines.push(VirtualLine {
                line: name,
                chips: 0,
                examples: vec![chip],
            });
        }
    }
    for chip in chips().iter().filter(|chip| chip.simulated) {
        let name = line(&chip.name);
        if let Some(known) = lines.iter_mut().find(|known| Some(known.line) == name) {
            known.chips += 1;
        }
    }
    lines
}

/// A chip that a virtual board can have.
#[derive(Clone, Debug)]
pub enum VirtualChip {
    /// With a Cortex-M.
    Arm(ChipSpec),
    /// With a RISC-V processor.
    RiscV(riscv::ChipSpec),
}

impl VirtualChip {
    /// Registry name.
    pub fn name(&self) -> &str {
        match self {
            Self::Arm(chip) => &chip.name,
            Self::RiscV(chip) => &chip.name,
        }
    }

    /// Core clock in hertz that it is said to run at.
    pub fn clock_hz(&self) -> u64 {
        match self {
            Self::Arm(chip) => chip.clock_hz,
            Self::RiscV(chip) => chip.clock_hz,
        }
    }

    /// Name and version of the cycle model.
    pub fn timing_model(&self) -> &'static str {
        match self {
            Self::Arm(chip) => tinyscope_vmcu::timing::model_name(chip.core.core),
            Self::RiscV(_) => riscv::MODEL_NAME,
        }
    }
}

fn known(name: &str) -> Result<probe_rs::Target, BoardError> {
    registry_chip(name).map_err(|error| match error {
        BoardError::UnknownChip { name, suggestion } if suggestion.is_empty() => {
            BoardError::UnknownChip {
                name,
                suggestion: format!("; virtual boards have {}", ALL.join(", ")),
            }
        }
        other => other,
    })
}

/// Whether the virtual board can be the registry's chip of this name.
pub fn simulates(name: &str) -> bool {
    line(name).is_some()
}

/// The virtual chip of this name: any of the registry's chips whose line is modelled.
///
/// # Errors
/// [`BoardError::UnknownChip`]; [`BoardError::NotSimulated`] for a chip that is not modelled, naming those that are.
pub fn virtual_chip(name: &str) -> Result<VirtualChip, BoardError> {
    let target = known(name)?;
    if !RISC_V_CHIPS.contains(&target.name.as_str()) {
        return virtual_arm_chip(name).map(VirtualChip::Arm);
    }
    let plan = target_for_chip(&target.name)?;
    let ram = main_region(&plan, MemoryKind::Ram).and_then(|ram| {
        Some(riscv::Ram {
            base: u32::try_from(ram.base).ok()?,
            instructions: u32::try_from(instruction_address(&target.name, ram)).ok()?,
            bytes: u32::try_from(ram.bytes).ok()?,
        })
    });
    let ram = ram.ok_or_else(|| not_modelled(&target.name))?;
    let chip = riscv::ChipSpec::esp32c3(&target.name, plan.clock_hz, ram);
    Ok(VirtualChip::RiscV(chip))
}

fn not_modelled(name: &str) -> BoardError {
    let nearest = nearest(name);
    let others = ALL.iter().copied().filter(|chip| *chip != nearest);
    BoardError::NotSimulated {
        name: name.to_owned(),
        nearest: nearest.to_owned(),
        others: others.collect::<Vec<_>>().join(", "),
    }
}

/// [`virtual_chip`], of those with a Cortex-M.
///
/// # Errors
/// As [`virtual_chip`].
pub fn virtual_arm_chip(name: &str) -> Result<ChipSpec, BoardError> {
    let target = known(name)?;
    let missing = || not_modelled(&target.name);
    let part = part(&target.name).ok_or_else(missing)?;
    let core = target.cores.first().ok_or_else(missing)?;
    let regions: Vec<Region> = usable_regions(&target.memory_map, &core.name)
        .iter()
        .filter_map(|region| {
            let base = u32::try_from(region.base).ok()?;
            let length = u32::try_from(region.bytes).ok()?;
            Some(match region.kind {
                MemoryKind::Ram => Region::ram(base, length),
                MemoryKind::Flash => Region::flash(base, length),
            })
        })
        .collect();
    // The flash that programs lie in comes first, then RAM and information pages.
    let mut ordered = regions.clone();
    ordered.sort_by_key(|region| region.kind == tinyscope_vmcu::Kind::Ram);
    let flash = ordered
        .first()
        .filter(|r| r.kind == tinyscope_vmcu::Kind::Flash);
    let flash = flash.ok_or_else(missing)?;
    let end = (regions.iter())
        .filter(|r| r.kind == tinyscope_vmcu::Kind::Flash && r.base >> 24 == flash.base >> 24)
        .map(|r| r.base + r.length)
        .max()
        .unwrap_or(flash.base);
    let sectors = sectors(&target, flash.base, end);
    let clock_hz = target_for_chip(&target.name)?.clock_hz;
    Ok(ChipSpec::new(
        part,
        &target.name,
        clock_hz,
        ordered,
        sectors,
    ))
}

/// The sectors of the flash from `base` to `end`, by the registry's flash algorithm for it.
fn sectors(target: &probe_rs::Target, base: u32, end: u32) -> Vec<Sector> {
    let algorithm = (target.flash_algorithms.iter())
        .filter(|algorithm| (algorithm.flash_properties.address_range).contains(&u64::from(base)))
        .max_by_key(|algorithm| algorithm.default);
    let Some(properties) = algorithm.map(|algorithm| &algorithm.flash_properties) else {
        return Vec::new();
    };
    let mut sectors = Vec::new();
    let (mut address, end) = (u64::from(base), u64::from(end));
    while address < end {
        let offset = address - properties.address_range.start;
        let group = (properties.sectors.iter())
            .filter(|group| group.address <= offset && group.size > 0)
            .max_by_key(|group| group.address);
        let Some(group) = group else { break };
        let in_flash = (target.memory_map.iter()).any(|region| {
            matches!(region, probe_rs::config::MemoryRegion::Nvm(nvm) if nvm.range.contains(&address))
        });
        if in_flash {
            sectors.push(Sector {
                offset: (address - u64::from(base)) as u32,
                bytes: group.size as u32,
            });
        }
        address += group.size;
    }
    sectors
}

/// The modelled chip whose name begins most like this one's.
fn nearest(name: &str) -> &'static str {
    let alike = |other: &str| {
        let pairs = name.bytes().zip(other.bytes());
        pairs.take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count()
    };
    let best = (ALL.iter().copied()).rev().max_by_key(|other| alike(other));
    best.unwrap_or(super::CHIP)
}
