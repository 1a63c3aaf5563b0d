//! The cache of decoded instructions and blocks, in pages that are made when code is first fetched there.

use crate::cpu::decoded::{Decoded, Timed};
use crate::timing::{Block, Builder};

/// A stretch of code addresses; see [`Code::window`].
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Window {
    pub base: u32,
    pub length: u32,
    /// Index of the first halfword's entry.
    pub code: usize,
}

/// Pages of this many bytes (4096).
const PAGE_BITS: usize = 12;
/// Instructions kept in blocks (12 MiB): more than 2 MiB of code need.
const MOST_RUNS: usize = 1 << 20;
const ENTRIES: usize = 1 << (PAGE_BITS - 1);

/// Entries for halfwords of memory, page after page in the order in which the pages were first fetched.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub decoded: Vec<Timed>,
    /// The block that begins at an instruction.
    pub blocks: Vec<Block>,
    /// What blocks run, one after the other.
    pub runs: Vec<Decoded>,
    /// For each page of memory, one more than the number of its page here, or 0.
    pages: Vec<u32>,
}

impl Code {
    /// For a memory of `bytes` bytes.
    pub(super) fn new(bytes: usize) -> Self {
        Self {
            decoded: Vec::new(),
            blocks: Vec::new(),
            runs: Vec::new(),
            pages: vec![0; bytes.div_ceil(1 << PAGE_BITS)],
        }
    }

    /// The page around `index` as far as it lies in the region that begins at index `start`, address `base`.
    pub(super) fn window(&mut self, index: usize, start: usize, length: u32, base: u32) -> Window {
        let page = index >> PAGE_BITS;
        if self.pages[page] == 0 {
            let entries = self.decoded.len() + ENTRIES;
            self.decoded.resize(entries, Timed::EMPTY);
            self.blocks.resize(entries, Block::UNKNOWN);
            self.pages[page] = (entries / ENTRIES) as u32;
        }
        let code = (self.pages[page] as usize - 1) * ENTRIES;
        // The page may begin before its region and end after it.
        let first = (page << PAGE_BITS).max(start);
        let end = ((page + 1) << PAGE_BITS).min(start + length as usize);
        Window {
            base: base.wrapping_add((first - start) as u32),
            length: (end - first) as u32,
            code: code + (first & ((1 << PAGE_BITS) - 1)) / 2,
        }
    }

    /// Make the block and keep what it runs.
    pub fn keep(&mut self, builder: Builder) -> Block {
        // Blocks that were dropped leave theirs behind.
        if self.runs.len() > MOST_RUNS {
            self.runs.clear();
            self.blocks.fill(Block::UNKNOWN);
        }
        builder.finish(&mut self.runs)
    }

    /// Drop what was made of these bytes: an instruction of 32 bits may begin two bytes earlier, a block further.
    #[cold]
    pub(super) fn forget(&mut self, index: usize, length: usize) {
        let first = index / 2;
        let end = (index + length).div_ceil(2);
        for half in first.saturating_sub(Block::HALFWORDS)..end {
            let page = self.pages.get(half / ENTRIES);
            let Some(page) = page.and_then(|page| page.checked_sub(1)) else {
                continue;
            };
            let entry = page as usize * ENTRIES + half % ENTRIES;
            self.blocks[entry] = Block::UNKNOWN;
            if half + 1 >= first {
                self.decoded[entry] = Timed::EMPTY;
            }
        }
    }
}
