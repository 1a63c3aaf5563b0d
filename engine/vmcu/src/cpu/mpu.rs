//! The memory protection unit: its registers, and what they allow at an address. PMSAv7 (Armv7-M manual, DDI 0403)
//! and PMSAv8 (Armv8-M manual, DDI 0553). It holds no memory; `protection` puts its answers to use.

use super::config::{Core, CoreConfig};

/// Most regions of any core.
const MOST: usize = 16;
const CTRL_ENABLE: u32 = 1;
const CTRL_HFNMIENA: u32 = 2;
const CTRL_PRIVDEFENA: u32 = 4;
/// RASR: XN, AP, TEX, S, C, B, SRD, SIZE, ENABLE.
const RASR_BITS: u32 = 0x173f_ff3f;
/// Regions smaller than this many bytes have no subregions.
const LEAST_DIVIDED: u64 = 256;

/// What may be done at an address, and what kind of memory it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "independent answers, not states"
)]
pub struct Access {
    /// Loads are allowed.
    pub read: bool,
    /// Stores are allowed.
    pub write: bool,
    /// Instructions may be fetched.
    pub execute: bool,
    /// Device or strongly-ordered memory: accesses must be aligned.
    pub device: bool,
    /// Normal memory that caches may hold.
    pub cacheable: bool,
    /// The region that decided, if one did.
    pub region: Option<u8>,
}

/// The unit's registers.
#[derive(Clone, Debug)]
pub struct Mpu {
    /// Armv8-M registers and rules.
    v8: bool,
    regions: u8,
    control: u32,
    number: u8,
    /// RBAR with RASR or RLAR.
    table: [(u32, u32); MOST],
    /// MAIR0 and MAIR1.
    attributes: [u32; 2],
    /// Whether something was written since this was last cleared.
    pub(super) changed: bool,
}

impl Mpu {
    /// As after reset: off.
    pub fn new(config: CoreConfig) -> Self {
        Self {
            v8: config.core == Core::CortexM33,
            regions: config.mpu_regions.min(MOST as u8),
            control: 0,
            number: 0,
            table: [(0, 0); MOST],
            attributes: [0; 2],
            changed: true, // memory may remember the rules of before the reset
        }
    }

    /// Whether `offset` in the system control space, a multiple of 4, is a register of this unit.
    pub(super) fn owns(offset: u32) -> bool {
        (0xd90..0xdc8).contains(&offset)
    }

    /// Whether it is on, for code at negative priority (HardFault, NMI, FAULTMASK) or other code.
    pub fn applies(&self, negative_priority: bool) -> bool {
        self.control & CTRL_ENABLE != 0 && (!negative_priority || self.control & CTRL_HFNMIENA != 0)
    }

    /// The region that RBAR, RASR or RLAR at `offset` stands for.
    fn slot(&self, offset: u32) -> usize {
        let alias = (offset - 0xd9c) / 8;
        if self.v8 && alias > 0 {
            usize::from(self.number & !3) + alias as usize
        } else {
            usize::from(self.number)
        }
    }

    /// Read the register at `offset` in the system control space.
    pub(super) fn read(&self, offset: u32) -> u32 {
        match offset {
            0xd90 => u32::from(self.regions) << 8,
            0xd94 => self.control,
            0xd98 => u32::from(self.number),
            0xd9c..=0xdbb => {
                let entry = self.table.get(self.slot(offset)).copied();
                let (base, limit) = entry.unwrap_or_default();
                match offset & 4 {
                    0 => limit,
                    _ if self.v8 => base,
                    _ => base | u32::from(self.number),
                }
            }
            0xdc0 | 0xdc4 if self.v8 => self.attributes[(offset >> 2 & 1) as usize],
            _ => 0,
        }
    }

    /// Write the register at `offset` in the system control space.
    pub(super) fn write(&mut self, offset: u32, value: u32) {
        if self.regions == 0 {
            return;
        }
        self.changed = true;
        match offset {
            0xd94 => self.control = value & 7,
            0xd98 if value < u32::from(self.regions) => self.number = value as u8,
            0xd9c..=0xdbb => self.write_region(offset, value),
            0xdc0 | 0xdc4 if self.v8 => self.attributes[(offset >> 2 & 1) as usize] = value,
            _ => {}
        }
    }

    fn write_region(&mut self, offset: u32, value: u32) {
        let is_base = offset & 4 != 0;
        if is_base && !self.v8 && value & 16 != 0 {
            // RBAR.VALID chooses the region.
            if value & 15 >= u32::from(self.regions) {
                return;
            }
            self.number = value as u8 & 15;
        }
        let slot = self.slot(offset);
        if slot >= usize::from(self.regions) {
            return;
        }
        let (base, limit) = &mut self.table[slot];
        match (is_base, self.v8) {
            (true, true) => *base = value,
            (true, false) => *base = value & !31,
            (false, true) => *limit = value & !16,
            (false, false) => *limit = value & RASR_BITS,
        }
    }

    /// What code may do at `address`, as if the unit applied.
    pub fn probe(&self, address: u32, privileged: bool) -> Access {
        // The private peripheral bus is never protected, only never executed.
        if address >> 20 == 0xe00 {
            return default_map(address);
        }
        let matched = if self.v8 {
            self.probe_v8(address, privileged)
        } else {
            self.probe_v7(address, privileged)
        };
        let mut access = match matched {
            Some(access) => access,
            None if privileged && self.control & CTRL_PRIVDEFENA != 0 => default_map(address),
            None => Access::default(),
        };
        // The system space is never executed, whatever a region says.
        access.execute &= access.read && address < 0xe000_0000;
        access
    }

    fn probe_v7(&self, address: u32, privileged: bool) -> Option<Access> {
        let number = (0..usize::from(self.regions))
            .rev()
            .find(|number| self.holds_v7(*number, address))?;
        let (_, rasr) = self.table[number];
        let (read, write) = match (rasr >> 24 & 7, privileged) {
            (1 | 2, true) | (3, _) => (true, true),
            (2, false) | (5, true) | (6 | 7, _) => (true, false),
            _ => (false, false),
        };
        let (device, cacheable) = match (rasr >> 19 & 7, rasr >> 16 & 3) {
            (0, 0 | 1) | (2, _) => (true, false),
            (1, 0) => (false, false),
            (4..=7, inner) => (false, inner != 0),
            _ => (false, true),
        };
        Some(Access {
            read,
            write,
            execute: rasr & 1 << 28 == 0,
            device,
            cacheable,
            region: Some(number as u8),
        })
    }

    fn holds_v7(&self, number: usize, address: u32) -> bool {
        let (base, rasr) = self.table[number];
        let Some((start, size)) = span_v7(base, rasr) else {
            return false;
        };
        let Some(offset) = u64::from(address).checked_sub(start) else {
            return false;
        };
        let part = offset / (size / 8).max(1);
        offset < size && (size < LEAST_DIVIDED || rasr >> (8 + part) & 1 == 0)
    }

    fn probe_v8(&self, address: u32, privileged: bool) -> Option<Access> {
        let mut hits = (0..usize::from(self.regions)).filter(|number| {
            let (base, limit) = self.table[*number];
            limit & 1 != 0 && address >= base & !31 && address <= limit | 31
        });
        let number = hits.next()?;
        if hits.next().is_some() {
            // Overlapping regions allow nothing.
            return Some(Access::default());
        }
        let (base, limit) = self.table[number];
        let (everyone, read_only) = (base & 2 != 0, base & 4 != 0);
        let index = limit >> 1 & 7;
        let attribute = self.attributes[(index >> 2) as usize] >> (8 * (index & 3)) & 0xff;
        let device = attribute & 0xf0 == 0;
        let allowed = privileged || everyone;
        Some(Access {
            read: allowed,
            write: allowed && !read_only,
            execute: base & 1 == 0,
            device,
            cacheable: !device && attribute & 15 != 4,
            region: Some(number as u8),
        })
    }

    /// Addresses, ascending, at which an answer of [`Mpu::probe`] may change; the first is 0.
    pub(super) fn boundaries(&self) -> Vec<u32> {
        let mut list: Vec<u64> = (0..8).map(|part| part << 29).collect();
        list.extend([0xe000_0000, 0xe010_0000]);
        for (base, limit) in self.table.iter().take(usize::from(self.regions)) {
            if self.v8 {
                if limit & 1 != 0 {
                    list.extend([u64::from(base & !31), u64::from(limit | 31) + 1]);
                }
            } else if let Some((start, size)) = span_v7(*base, *limit) {
                list.extend((0..=8).map(|part| start + ((part * size / 8) & !31)));
            }
        }
        let mut list: Vec<u32> = list
            .into_iter()
            .filter_map(|at| u32::try_from(at).ok())
            .collect();
        list.sort_unstable();
        list.dedup();
        list
    }

    /// The stretch of addresses around `address`, first and last, on which [`Mpu::probe`] answers alike.
    pub(super) fn stretch(&self, address: u32) -> (u32, u32) {
        let list = self.boundaries();
        let next = list.partition_point(|at| *at <= address);
        let first = next.checked_sub(1).and_then(|at| list.get(at)).copied();
        let last = list.get(next).map_or(u32::MAX, |at| at - 1);
        (first.unwrap_or(0), last)
    }
}

/// Start and size of a PMSAv7 region, if it is enabled. The base is aligned to the size.
fn span_v7(base: u32, rasr: u32) -> Option<(u64, u64)> {
    let exponent = (rasr >> 1 & 31) + 1;
    let size = 1u64 << exponent;
    (rasr & 1 != 0 && exponent >= 5).then(|| (u64::from(base) & !(size - 1), size))
}

/// The map that holds without regions (The system address map, DDI 0403 and DDI 0553).
pub(super) fn default_map(address: u32) -> Access {
    // Peripherals, external devices and the system space.
    let device = matches!(address >> 29, 2 | 5..=7);
    Access {
        read: true,
        write: true,
        execute: !device,
        device,
        cacheable: !device,
        region: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(core: Core) -> Mpu {
        Mpu::new(CoreConfig::from(core))
    }

    #[test]
    fn the_highest_region_counts_and_a_disabled_subregion_lets_the_next_one_through() {
        let mut mpu = unit(Core::CortexM7);
        mpu.write(0xd94, 1);
        mpu.write(0xd9c, 0x2000_0010); // region 0: 64 KiB, all may do all
        mpu.write(0xda0, 3 << 24 | 15 << 1 | 1);
        mpu.write(0xd9c, 0x2000_0011); // region 1: 256 bytes, nothing, without its third eighth
        mpu.write(0xda0, 1 << 10 | 7 << 1 | 1);
        let writable: Vec<u32> = (0..10)
            .filter(|part| mpu.probe(0x2000_0000 + 32 * part, false).write)
            .collect();
        assert_eq!(writable, [2, 8, 9]);
        assert_eq!(mpu.stretch(0x2000_0050), (0x2000_0040, 0x2000_005f));
        assert_eq!(mpu.stretch(0x2000_0100).1, 0x2000_1fff);
    }

    #[test]
    fn without_a_region_only_privileged_code_may_have_the_default_map() {
        let mut mpu = unit(Core::CortexM4);
        mpu.write(0xd94, 1);
        assert!(!mpu.probe(0x2000_0000, true).read);
        mpu.write(0xd94, 5);
        assert!(mpu.probe(0x2000_0000, true).write);
        assert!(!mpu.probe(0x4000_0000, true).execute);
        assert!(!mpu.probe(0x2000_0000, false).read);
        assert!(mpu.probe(0xe000_ed00, false).read);
    }

    #[test]
    fn overlapping_regions_of_armv8_allow_nothing() {
        let mut mpu = unit(Core::CortexM33);
        mpu.write(0xdc0, 0x0000_44ff); // attribute 0 write-back, attribute 1 not cacheable
        for (number, base, limit) in [(0, 0x2000_0002, 0x2000_0fe1), (1, 0x2000_0806, 0x2000_1fe3)]
        {
            mpu.write(0xd98, number);
            mpu.write(0xd9c, base);
            mpu.write(0xda0, limit);
        }
        let (first, both, second) = (
            mpu.probe(0x2000_0000, false),
            mpu.probe(0x2000_0800, true),
            mpu.probe(0x2000_1000, false),
        );
        assert!(first.write && first.cacheable && first.region == Some(0));
        assert_eq!(both, Access::default());
        assert!(second.read && !second.write && !second.cacheable);
    }
}
