//! RAM and flash as one byte array, with aliases and the cache of decoded instructions beside it.
//! It knows addresses and bytes; who may write flash, and when, is the flash controller's business.

use crate::cpu::decoded::Decoded;

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

/// One address range onto the byte array; a region has one for itself and one per alias.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    pub base: u32,
    pub length: u32,
    /// Index of the first byte.
    pub index: usize,
    pub writable: bool,
}

/// A stretch of code addresses; see [`Memory::code_window`].
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Window {
    pub base: u32,
    pub length: u32,
    /// Index of the first halfword's entry in the decoded code.
    pub code: usize,
}

const GRANULE_BITS: u32 = 20;
const GRANULES: usize = 1 << (32 - GRANULE_BITS);
/// Stores look up whether a page of this many bytes (256) holds decoded code.
const PAGE_BITS: usize = 8;
/// Decoded instructions are kept in pages of this many bytes (4096), made when code is first fetched there.
const CODE_BITS: usize = 12;
const CODE_ENTRIES: usize = 1 << (CODE_BITS - 1);

/// RAM and flash of one chip.
#[derive(Clone, Debug)]
pub struct Memory {
    regions: Vec<Region>,
    pub(crate) views: Vec<View>,
    /// The first view to try for each MiB of address space.
    hints: Box<[u8; GRANULES]>,
    pub(crate) bytes: Vec<u8>,
    /// Pages of decoded instructions, one entry per halfword, in the order in which they were first fetched.
    pub(crate) code: Vec<Decoded>,
    /// For each page of `bytes`, one more than the number of its page in `code`, or 0.
    code_of_page: Vec<u32>,
    code_pages: Vec<bool>,
}

impl Memory {
    /// Memory of these regions, RAM zeroed and flash erased. Lengths are rounded up to whole words; where
    /// regions overlap, the earlier wins. At most 255 regions and aliases are reachable.
    pub fn new(regions: &[Region]) -> Self {
        let mut memory = Self {
            regions: regions.to_vec(),
            views: Vec::new(),
            hints: Box::new([0; GRANULES]),
            bytes: Vec::new(),
            code: Vec::new(),
            code_of_page: Vec::new(),
            code_pages: Vec::new(),
        };
        for region in regions {
            let index = memory.bytes.len();
            let length = region.length.div_ceil(4) * 4;
            let fill = if region.kind == Kind::Flash { 0xff } else { 0 };
            memory.bytes.resize(index + length as usize, fill);
            for &base in std::iter::once(&region.base).chain(&region.aliases) {
                let writable = region.kind == Kind::Ram;
                memory.views.push(View {
                    base,
                    length,
                    index,
                    writable,
                });
            }
        }
        memory.views.truncate(usize::from(u8::MAX));
        for (number, view) in memory.views.iter().enumerate().rev() {
            let last = view.base.saturating_add(view.length.saturating_sub(1));
            for granule in view.base >> GRANULE_BITS..=last >> GRANULE_BITS {
                memory.hints[granule as usize] = number as u8;
            }
        }
        if memory.views.is_empty() {
            memory.views.push(View {
                base: 0,
                length: 0,
                index: 0,
                writable: false,
            });
        }
        memory.code_of_page = vec![0; memory.bytes.len().div_ceil(1 << CODE_BITS)];
        memory.code_pages = vec![false; (memory.bytes.len() >> PAGE_BITS) + 1];
        memory
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

    #[inline(always)]
    pub(crate) fn view(&self, address: u32, length: u32) -> Option<View> {
        let hinted = self.views[self.hints[(address >> GRANULE_BITS) as usize] as usize];
        if fits(&hinted, address, length) {
            return Some(hinted);
        }
        self.search(address, length)
    }

    #[cold]
    fn search(&self, address: u32, length: u32) -> Option<View> {
        self.views
            .iter()
            .copied()
            .find(|view| fits(view, address, length))
    }

    /// Index of the bytes `address .. address + length`, when memory holds them all.
    #[inline(always)]
    pub(crate) fn find(&self, address: u32, length: u32) -> Option<usize> {
        let view = self.view(address, length)?;
        Some(view.index + address.wrapping_sub(view.base) as usize)
    }

    /// As [`Memory::find`], for RAM only.
    #[inline(always)]
    pub(crate) fn find_writable(&self, address: u32, length: u32) -> Option<usize> {
        let view = self.view(address, length)?;
        view.writable
            .then(|| view.index + address.wrapping_sub(view.base) as usize)
    }

    #[inline(always)]
    pub(crate) fn get<const N: usize>(&self, index: usize) -> [u8; N] {
        let mut bytes = [0; N];
        bytes.copy_from_slice(&self.bytes[index..index + N]);
        bytes
    }

    #[inline(always)]
    pub(crate) fn put<const N: usize>(&mut self, index: usize, bytes: [u8; N]) {
        self.bytes[index..index + N].copy_from_slice(&bytes);
        if self.code_pages[index >> PAGE_BITS] || self.code_pages[(index + N - 1) >> PAGE_BITS] {
            self.forget(index, N);
        }
    }

    /// Where instructions around `address` are to be fetched from: a stretch of addresses that begins at
    /// `base`, and the index in `code` of its first halfword.
    pub(crate) fn code_window(&mut self, address: u32) -> Option<Window> {
        let view = self.view(address, 2)?;
        let index = view.index + address.wrapping_sub(view.base) as usize;
        let page = index >> CODE_BITS;
        if self.code_of_page[page] == 0 {
            self.code
                .resize(self.code.len() + CODE_ENTRIES, Decoded::EMPTY);
            self.code_of_page[page] = (self.code.len() / CODE_ENTRIES) as u32;
        }
        let code = (self.code_of_page[page] as usize - 1) * CODE_ENTRIES;
        // The page may begin before its region and end after it.
        let first = (page << CODE_BITS).max(view.index);
        let end = ((page + 1) << CODE_BITS).min(view.index + view.length as usize);
        Some(Window {
            base: view.base.wrapping_add((first - view.index) as u32),
            length: (end - first) as u32,
            code: code + (first & ((1 << CODE_BITS) - 1)) / 2,
        })
    }

    /// Note that the bytes at `index` are cached in decoded form.
    pub(crate) fn mark_code(&mut self, index: usize) {
        self.code_pages[index >> PAGE_BITS] = true;
        self.code_pages[(index + 3).min(self.bytes.len() - 1) >> PAGE_BITS] = true;
    }

    /// Drop decoded instructions that touch these bytes; a 32-bit one may begin two bytes earlier.
    #[cold]
    fn forget(&mut self, index: usize, length: usize) {
        let first = (index / 2).saturating_sub(1);
        let end = (index + length).div_ceil(2);
        for half in first..end {
            let page = half / CODE_ENTRIES;
            let Some(code) = self
                .code_of_page
                .get(page)
                .and_then(|page| page.checked_sub(1))
            else {
                continue;
            };
            self.code[code as usize * CODE_ENTRIES + half % CODE_ENTRIES] = Decoded::EMPTY;
        }
    }

    /// The bytes at `address`, or `None` if they are not all in one region.
    pub fn slice(&self, address: u32, length: u32) -> Option<&[u8]> {
        let index = self.find(address, length)?;
        self.bytes.get(index..index + length as usize)
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
        self.bytes[index..index + bytes.len()].copy_from_slice(bytes);
        self.forget(index, bytes.len());
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
        for (cell, byte) in self.bytes[index..].iter_mut().zip(bytes) {
            *cell &= byte;
        }
        self.forget(index, bytes.len());
        true
    }

    /// Erase flash to 0xFF. Returns whether the bytes lie in one region.
    #[must_use]
    pub fn erase(&mut self, address: u32, length: u32) -> bool {
        let Some(index) = self.find(address, length) else {
            return false;
        };
        self.bytes[index..index + length as usize].fill(0xff);
        self.forget(index, length as usize);
        true
    }
}

#[inline(always)]
fn fits(view: &View, address: u32, length: u32) -> bool {
    let offset = address.wrapping_sub(view.base);
    offset < view.length && view.length - offset >= length
}
