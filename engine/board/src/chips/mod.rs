//! Chips of the probe-rs registry: list, search, and the [`Target`] that a plan needs. Offline; no probe is touched.
//!
//! A chip's RAM and flash count here as the largest piece with consecutive addresses that its first core can reach,
//! because an arena and an image each lie in one piece.

mod classify;
mod clock;
mod regions;
mod similar;

pub use clock::{Clock, clock_for_chip};
pub(crate) use regions::usable as usable_regions;

use crate::error::BoardError;
use crate::types::ChipInfo;
use probe_rs::config::{Core as RegistryCore, Registry};
use std::sync::LazyLock;
use tinyscope_core::plan::{MemoryKind, MemoryRegion, Target};

/// RAM kept back for stack and application when a target is made from the registry, in bytes.
const RESERVED_SRAM_BYTES: usize = 8 * 1024;

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
    register_vendors();
    Registry::from_builtin_families()
});

/// Make the vendors that probe-rs knows through plug-ins known to it, with their chips and probes. Any number of calls
/// register them once.
pub(crate) fn register_vendors() {
    #[cfg(feature = "espressif")]
    {
        static REGISTERED: std::sync::Once = std::sync::Once::new();
        REGISTERED.call_once(probe_rs_espressif::register_plugin);
    }
}

static CHIPS: LazyLock<Vec<ChipInfo>> = LazyLock::new(|| {
    let mut chips: Vec<ChipInfo> = REGISTRY
        .families()
        .iter()
        .flat_map(|family| {
            family.variants().iter().map(|chip| {
                describe(
                    &chip.name,
                    &family.name,
                    chip.cores.first(),
                    &chip.memory_map,
                )
            })
        })
        .collect();
    chips.sort_by(|a, b| a.name.cmp(&b.name));
    chips
});

fn describe(
    name: &str,
    family: &str,
    core: Option<&RegistryCore>,
    memory_map: &[probe_rs::config::MemoryRegion],
) -> ChipInfo {
    let (ram_bytes, flash_bytes) = core.map_or((0, 0), |core| {
        let regions = regions::usable(memory_map, &core.name);
        (
            regions::largest(&regions, MemoryKind::Ram).map_or(0, |r| r.bytes),
            regions::largest(&regions, MemoryKind::Flash).map_or(0, |r| r.bytes),
        )
    });
    ChipInfo {
        name: name.to_owned(),
        family: family.to_owned(),
        core: core.map_or_else(|| "none".to_owned(), |c| classify::core_label(c, name)),
        ram_bytes,
        flash_bytes,
        simulated: crate::probe::simulates(name),
    }
}

/// Every chip of the registry, by name.
pub fn chips() -> &'static [ChipInfo] {
    &CHIPS
}

/// Chips whose name or package name contains `query`, whatever the case; those that begin with it come first.
pub fn search_chips(query: &str) -> Vec<ChipInfo> {
    let needle = query.trim().to_ascii_lowercase();
    let mut found: Vec<ChipInfo> = CHIPS
        .iter()
        .filter(|chip| chip.name.to_ascii_lowercase().contains(&needle))
        .cloned()
        .collect();
    if found.is_empty() {
        for family in REGISTRY.families() {
            for chip in family.variants() {
                for package in chip.package_variants() {
                    if package.to_ascii_lowercase().contains(&needle) {
                        found.push(describe(
                            package,
                            &family.name,
                            chip.cores.first(),
                            &chip.memory_map,
                        ));
                    }
                }
            }
        }
    }
    found.sort_by_key(|chip| {
        let name = chip.name.to_ascii_lowercase();
        (!name.starts_with(&needle), name)
    });
    found
}

/// The target of a chip: memory map, processor, budgets and a clock.
///
/// # Errors
/// [`BoardError::UnknownChip`] with the most similar names, also when `name` fits several chips.
pub fn target_for_chip(name: &str) -> Result<Target, BoardError> {
    let chip = registry_chip(name)?;
    let core = chip
        .cores
        .first()
        .map(|core| classify::core_of(core, &chip.name));
    let regions = chip.cores.first().map_or_else(Vec::new, |core| {
        regions::usable(&chip.memory_map, &core.name)
    });
    let core = core.unwrap_or(tinyscope_core::plan::Core::Other);
    let bytes = |kind| regions::largest(&regions, kind).map_or(0, |r: &MemoryRegion| r.bytes);
    Ok(Target {
        chip: chip.name.clone(),
        core,
        clock_hz: clock_for_chip(&chip.name, core).hz,
        sram_bytes: usize::try_from(bytes(MemoryKind::Ram)).unwrap_or(usize::MAX),
        flash_bytes: usize::try_from(bytes(MemoryKind::Flash)).unwrap_or(usize::MAX),
        reserved_sram_bytes: RESERVED_SRAM_BYTES,
        regions,
    })
}

/// The registry's own entry, for attaching.
pub(crate) fn registry_chip(name: &str) -> Result<probe_rs::Target, BoardError> {
    let name = name.trim();
    REGISTRY
        .get_target_by_name(name)
        .ok()
        .filter(|_| !name.is_empty())
        .ok_or_else(|| BoardError::UnknownChip {
            name: name.to_owned(),
            suggestion: similar::suggestion(name, CHIPS.iter().map(|chip| chip.name.as_str())),
        })
}

/// The piece of `kind` that a program is placed in: the target's largest.
pub(crate) fn main_region(target: &Target, kind: MemoryKind) -> Option<&MemoryRegion> {
    regions::largest(&target.regions, kind)
}

/// The address at which the processor of `chip` fetches instructions from this RAM: its own, except where the registry
/// has the same cells at another one for instructions.
pub(crate) fn instruction_address(chip: &str, ram: &MemoryRegion) -> u64 {
    let map = registry_chip(chip).map(|chip| chip.memory_map);
    map.ok()
        .and_then(|map| regions::instruction_address(&map, ram))
        .unwrap_or(ram.base)
}
