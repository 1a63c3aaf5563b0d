//! What distinguishes one virtual chip from another: plain data that a [`crate::Machine`] is built from.
//!
//! A chip is a [`Part`] (what its data sheet says: processor, family, identity) with a memory map, which comes from
//! outside. Registers and their behaviour belong to `flash` and `system`, which read the family here.

mod delays;
mod parts;

pub use parts::{Part, part};

use crate::cpu::CoreConfig;
use crate::flash::Sector;
use crate::memory::{Kind, MemoryTiming, Region};

/// Chips with the same flash controller, clock tree, debug layout and identification registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// ST STM32F4: reference manuals RM0090, RM0368, RM0383, RM0390, RM0386.
    Stm32F4,
    /// ST STM32F7: reference manuals RM0385, RM0410, RM0431.
    Stm32F7,
    /// ST STM32H742, H743, H750 and H753: reference manual RM0433.
    Stm32H7,
    /// ST STM32L5 with TZEN = 0: reference manual RM0438.
    Stm32L5,
    /// ST STM32U5 with TZEN = 0: reference manual RM0456.
    Stm32U5,
    /// Nordic nRF52832, nRF52833 and nRF52840: product specifications.
    Nrf52,
}

impl Family {
    /// As its vendor writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stm32F4 => "STM32F4",
            Self::Stm32F7 => "STM32F7",
            Self::Stm32H7 => "STM32H7",
            Self::Stm32L5 => "STM32L5",
            Self::Stm32U5 => "STM32U5",
            Self::Nrf52 => "nRF52",
        }
    }
}

/// A chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChipSpec {
    /// Name in the probe-rs registry.
    pub name: String,
    /// Family.
    pub family: Family,
    /// Processor, with its options.
    pub core: CoreConfig,
    /// RAM and flash; the flash that programs lie in is the first flash region.
    pub regions: Vec<Region>,
    /// How long accesses to them take, as `docs/timing.md` says. Empty after [`ChipSpec::without_memory_timing`], so that
    /// no access waits.
    pub timing: MemoryTiming,
    /// What one erase takes, by offset from the start of the first flash region.
    pub sectors: Vec<Sector>,
    /// Core clock in hertz that milliseconds are computed with.
    pub clock_hz: u64,
    /// Where the core finds its vector table after reset.
    pub vector_table: u32,
    /// Device and revision: ST's `DBGMCU_IDCODE`, Nordic's `FICR.INFO.PART`.
    pub id: u32,
}

impl ChipSpec {
    /// A chip of this part with this memory map, `regions` by address without what is visible at a second one, and
    /// `sectors` by offset from the first flash region. The family adds aliases, the RAM and the information pages
    /// that memory maps leave out.
    pub fn new(
        part: &Part,
        name: &str,
        clock_hz: u64,
        mut regions: Vec<Region>,
        sectors: Vec<Sector>,
    ) -> Self {
        let vector_table = add_views(part.family, &mut regions);
        Self {
            name: name.to_owned(),
            family: part.family,
            core: part.core,
            timing: delays::timing(part.family, part.id, clock_hz, &regions),
            regions,
            sectors,
            clock_hz,
            vector_table,
            id: part.id,
        }
    }

    /// The same chip as if all its memory answered at once: its caches and wait states are left out, and cycle counts are
    /// those of the core alone.
    #[must_use]
    pub fn without_memory_timing(mut self) -> Self {
        self.timing = MemoryTiming::default();
        self
    }

    /// Address and length of the flash that programs lie in; nothing at 0 if there is none.
    pub fn flash(&self) -> (u32, u32) {
        let flash = self.regions.iter().find(|r| r.kind == Kind::Flash);
        flash.map_or((0, 0), |region| (region.base, region.length))
    }
}

/// Adds what a family's memory map shows twice or a registry leaves out, and gives the vector table's address.
fn add_views(family: Family, regions: &mut Vec<Region>) -> u32 {
    let has = |regions: &[Region], address: u32| {
        (regions.iter()).any(|r| address.wrapping_sub(r.base) < r.length)
    };
    let flash = regions.iter().position(|r| r.kind == Kind::Flash);
    let alias = |regions: &mut Vec<Region>, index: Option<usize>, base: u32| {
        if let Some(region) = index.and_then(|index| regions.get_mut(index)) {
            region.aliases.push(base);
        }
    };
    let ram = |regions: &[Region], address: u32| {
        (regions.iter()).position(|r| r.kind == Kind::Ram && r.base == address)
    };
    match family {
        // BOOT0 low: flash is what lies at 0.
        Family::Stm32F4 => {
            alias(regions, flash, 0);
            0
        }
        // Flash on the ITCM bus, where BOOT_ADD0 points as delivered, and 16 KiB of ITCM RAM (RM0385, 2.2).
        Family::Stm32F7 => {
            alias(regions, flash, 0x0020_0000);
            if !has(regions, 0) {
                regions.push(Region::ram(0, 16 * 1024));
            }
            0x0020_0000
        }
        // The D2 SRAMs again in the code region (RM0433, 2.3.2).
        Family::Stm32H7 => {
            for index in 0..regions.len() {
                let base = regions[index].base;
                if regions[index].kind == Kind::Ram && (0x3000_0000..0x3005_0000).contains(&base) {
                    alias(regions, Some(index), base - 0x2000_0000);
                }
            }
            0x0800_0000
        }
        // SRAM again on the code bus (RM0438 and RM0456, 2.3).
        Family::Stm32L5 | Family::Stm32U5 => {
            let sram = ram(regions, 0x2000_0000);
            alias(regions, sram, 0x0A00_0000);
            0x0800_0000
        }
        // RAM again in the code region (product specification, 4.2).
        Family::Nrf52 => {
            let sram = ram(regions, 0x2000_0000);
            alias(regions, sram, 0x0080_0000);
            if !has(regions, crate::flash::UICR) {
                regions.push(Region::flash(crate::flash::UICR, 0x1000));
            }
            0
        }
    }
}

/// STM32F746NG: Cortex-M7 at 216 MHz, 1 MiB of flash (again on the ITCM bus at 0x00200000), 320 KiB of RAM of which
/// the first 64 KiB are DTCM, 16 KiB of ITCM RAM. After ST's data sheet DS10916 and reference manual RM0385.
pub fn stm32f746() -> ChipSpec {
    const K: u32 = 1024;
    let sizes = [32, 32, 32, 32, 128, 256, 256, 256];
    let sectors = sizes.iter().scan(0, |offset, kib| {
        let sector = Sector {
            offset: *offset,
            bytes: kib * K,
        };
        *offset += sector.bytes;
        Some(sector)
    });
    // DTCM, SRAM1 and SRAM2 are contiguous.
    let regions = vec![
        Region::flash(0x0800_0000, 1 << 20),
        Region::ram(0x2000_0000, 320 * K),
    ];
    ChipSpec::new(
        &parts::STM32F746,
        "STM32F746NGHx",
        216_000_000,
        regions,
        sectors.collect(),
    )
}
