//! From the registry's memory map to the pieces of memory that a program can use.

use probe_rs::config::MemoryRegion as RegistryRegion;
use std::ops::Range;
use tinyscope_core::plan::{MemoryKind, MemoryRegion};

/// Where Armv7-M and Armv8-M place data RAM. RAM below is tightly coupled or a second view of the same cells.
const DATA_RAM: Range<u64> = 0x2000_0000..0x6000_0000;

/// Largest piece that is taken for real memory. Larger regions are address windows of an external bus, whose chip
/// the registry does not know.
const WINDOW_BYTES: u64 = 64 << 20;

/// RAM and flash that `core` can use, adjacent regions joined, by address.
///
/// Left out: windows synthesized for one board's external flash, one-time-programmable and information pages
/// (neither executable nor what the chip boots from, or smaller than a page of code), external windows, and the second
/// address of RAM that is visible twice (the registry calls either one the alias; the one in data RAM is kept).
pub fn usable(memory_map: &[RegistryRegion], core: &str) -> Vec<MemoryRegion> {
    let mut regions: Vec<MemoryRegion> = memory_map
        .iter()
        .filter_map(|region| match region {
            RegistryRegion::Ram(ram)
                if ram.accessible_by(core)
                    && ram.is_writable()
                    && !on_instruction_bus(ram.name.as_deref()) =>
            {
                let twin = memory_map
                    .iter()
                    .any(|other| is_twin_of(other, &ram.range, ram.is_alias));
                let keep = if DATA_RAM.contains(&ram.range.start) {
                    !ram.is_alias || twin
                } else {
                    !ram.is_alias && !twin
                };
                keep.then(|| piece(ram.name.as_deref(), MemoryKind::Ram, &ram.range))
            }
            RegistryRegion::Nvm(nvm)
                if nvm.accessible_by(core)
                    && !nvm.is_alias
                    && (nvm.is_executable() || nvm.is_boot_memory())
                    && nvm.is_readable()
                    && !nvm
                        .name
                        .as_deref()
                        .is_some_and(|n| n.starts_with("synthesized")) =>
            {
                Some(piece(nvm.name.as_deref(), MemoryKind::Flash, &nvm.range))
            }
            _ => None,
        })
        .filter(|region| (1..=WINDOW_BYTES).contains(&region.bytes))
        .collect();
    regions.sort_by_key(|r| (r.base, r.bytes));
    join(regions)
}

/// Whether `other` is the same RAM at the other side of the data RAM border: one of the two is marked as an alias.
fn is_twin_of(other: &RegistryRegion, range: &Range<u64>, is_alias: bool) -> bool {
    let RegistryRegion::Ram(other) = other else {
        return false;
    };
    other.is_alias != is_alias
        && other.range.end - other.range.start == range.end - range.start
        && DATA_RAM.contains(&other.range.start) != DATA_RAM.contains(&range.start)
}

/// Whether this is the RAM's address for instructions, where the registry has the same cells at another one for data:
/// Espressif's chips, none of whose regions is marked as the alias.
fn on_instruction_bus(name: Option<&str>) -> bool {
    name.is_some_and(|name| name.ends_with("Instruction bus"))
}

/// Where the instruction bus has the cells of `ram`.
pub fn instruction_address(memory_map: &[RegistryRegion], ram: &MemoryRegion) -> Option<u64> {
    memory_map.iter().find_map(|region| match region {
        RegistryRegion::Ram(other) => (on_instruction_bus(other.name.as_deref())
            && other.range.end - other.range.start == ram.bytes)
            .then_some(other.range.start),
        _ => None,
    })
}

fn piece(name: Option<&str>, kind: MemoryKind, range: &Range<u64>) -> MemoryRegion {
    let fallback = match kind {
        MemoryKind::Ram => "RAM",
        MemoryKind::Flash => "Flash",
    };
    MemoryRegion {
        name: name.unwrap_or(fallback).to_owned(),
        kind,
        base: range.start,
        bytes: range.end.saturating_sub(range.start),
    }
}

/// Joins regions of one kind that touch. Expects them by address.
fn join(regions: Vec<MemoryRegion>) -> Vec<MemoryRegion> {
    let mut joined: Vec<MemoryRegion> = Vec::with_capacity(regions.len());
    for region in regions {
        match joined.last_mut() {
            Some(last) if last.kind == region.kind && last.base + last.bytes == region.base => {
                last.bytes += region.bytes;
                if last.name != region.name {
                    last.name = format!("{}+{}", last.name, region.name);
                }
            }
            _ => joined.push(region),
        }
    }
    joined
}

/// The largest region of a kind; of equal ones the first.
pub fn largest(regions: &[MemoryRegion], kind: MemoryKind) -> Option<&MemoryRegion> {
    regions
        .iter()
        .filter(|r| r.kind == kind)
        .max_by_key(|r| (r.bytes, std::cmp::Reverse(r.base)))
}
