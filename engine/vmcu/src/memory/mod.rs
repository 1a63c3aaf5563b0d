//! RAM and flash as one byte array, with aliases and the cache of decoded instructions beside it.
//! It knows addresses and bytes; who may write flash, and when, is the flash controller's business.

mod cache;
mod cells;
mod code;
mod cost;
mod delays;
mod lines;

pub(crate) use cells::{Cells, Place};
pub(crate) use code::{Code, Window};
pub use cost::{Behind, Cache, Enable, MemoryTiming, Port, Replacement};
pub(crate) use lines::{Guard, NO_READ, NO_USER_READ, NO_USER_WRITE, NO_WRITE, NOT_CACHED};

use cells::View;

/// What a region is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Read and written freely; starts as zeros.
    Ram,
    /// Read freely; stores go to the bus. Starts erased (0xFF).
    Flash,
}

/// A stretch of addresses backed by memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// First address.
    pub base: u32,
    /// Length in bytes.
    pub length: u32,
    /// RAM or flash.
    pub kind: Kind,
    /// Further addresses at which the same bytes appear, for example the F7's flash on the ITCM bus.
    pub aliases: Vec<u32>,
}

impl Region {
    /// RAM at `base`.
    pub const fn ram(base: u32, length: u32) -> Self {
        Self {
            base,
            length,
            kind: Kind::Ram,
            aliases: Vec::new(),
        }
    }

    /// Flash at `base`.
    pub const fn flash(base: u32, length: u32) -> Self {
        Self {
            base,
            length,
            kind: Kind::Flash,
            aliases: Vec::new(),
        }
    }

    /// The same bytes once more at `base`.
    #[must_use]
    pub fn alias(mut self, base: u32) -> Self {
        self.aliases.push(base);
        self
    }
}

/// RAM and flash of one chip.
#[derive(Clone, Debug)]
pub struct Memory {
    regions: Vec<Region>,
    pub(crate) cells: Cells,
    pub(crate) code: Code,
}

impl Memory {
    /// Memory of these regions, RAM zeroed and flash erased. Lengths are rounded up to whole words; where
    /// regions overlap, the earlier wins. At most 255 regions and aliases are reachable.
    pub fn new(regions: &[Region]) -> Self {
        let (mut bytes, mut views) = (Vec::new(), Vec::new());
        for region in regions {
            let index = bytes.len();
            let length = region.length.div_ceil(4) * 4;
            let fill = if region.kind == Kind::Flash { 0xff } else { 0 };
            bytes.resize(index + length as usize, fill);
            for &base in std::iter::once(&region.base).chain(&region.aliases) {
                views.push(View::new(base, length, index, region.kind == Kind::Ram));
            }
        }
        Self {
            regions: regions.to_vec(),
            code: Code::new(bytes.len()),
            cells: Cells::new(bytes, &views),
        }
    }

    /// The regions this memory was made of.
    pub fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// The region that holds `address`, directly or through an alias.
    pub fn region(&self, address: u32) -> Option<&Region> {
        self.regions.iter().find(|region| {
            std::iter::once(&region.base)
                .chain(&region.aliases)
                .any(|base| address.wrapping_sub(*base) < region.length)
        })
    }

    /// Index of the bytes `address .. address + length`, when memory holds them all.
    #[inline(always)]
    pub(crate) fn find(&self, address: u32, length: u32) -> Option<usize> {
        self.cells.find(address, length)
    }

    /// Write into RAM at a place that [`Cells::place`] gave.
    #[inline(always)]
    pub(crate) fn put<const N: usize>(&mut self, place: Place, bytes: [u8; N]) {
        self.cells.bytes[place.index..place.index + N].copy_from_slice(&bytes);
        if self.cells.holds_code(place, N) {
            self.code.forget(place.index, N);
        }
    }

    /// Let accesses take this long from now on; caches become empty. Without it no access waits.
    pub fn set_timing(&mut self, timing: MemoryTiming) {
        self.cells.set_timing(timing);
    }

    /// How long accesses take.
    pub fn timing(&self) -> &MemoryTiming {
        self.cells.delays.timing()
    }

    /// As after a reset of the chip: the caches that programs turn on are off.
    pub fn reset_caches(&mut self) {
        self.cells.reset_caches();
    }

    /// Where instructions around `address` are to be fetched from: a stretch of addresses that begins at
    /// `base`, and the index in `code` of its first halfword.
    pub(crate) fn code_window(&mut self, address: u32) -> Option<Window> {
        let view = self.cells.view(address, 2)?;
        let index = view.at(address);
        Some(self.code.window(index, view.index, view.length, view.base))
    }

    /// The bytes at `address`, or `None` if they are not all in one region.
    pub fn slice(&self, address: u32, length: u32) -> Option<&[u8]> {
        let index = self.find(address, length)?;
        self.cells.bytes.get(index..index + length as usize)
    }

    /// Copy `bytes` to `address`, flash or RAM, as a debugger or a test that loads an image would.
    /// Returns whether they lie in one region; nothing is written otherwise.
    #[must_use]
    pub fn load(&mut self, address: u32, bytes: &[u8]) -> bool {
        let Ok(length) = u32::try_from(bytes.len()) else {
            return false;
        };
        let Some(index) = self.find(address, length) else {
            return false;
        };
        self.cells.bytes[index..index + bytes.len()].copy_from_slice(bytes);
        self.code.forget(index, bytes.len());
        true
    }

    /// Program flash: bits only go from 1 to 0. Returns whether the bytes lie in one region.
    #[must_use]
    pub fn program(&mut self, address: u32, bytes: &[u8]) -> bool {
        let Ok(length) = u32::try_from(bytes.len()) else {
            return false;
        };
        let Some(index) = self.find(address, length) else {
            return false;
        };
        for (cell, byte) in self.cells.bytes[index..].iter_mut().zip(bytes) {
            *cell &= byte;
        }
        self.code.forget(index, bytes.len());
        true
    }

    /// Erase flash to 0xFF. Returns whether the bytes lie in one region.
    #[must_use]
    pub fn erase(&mut self, address: u32, length: u32) -> bool {
        let Some(index) = self.find(address, length) else {
            return false;
        };
        self.cells.bytes[index..index + length as usize].fill(0xff);
        self.code.forget(index, length as usize);
        true
    }
}
