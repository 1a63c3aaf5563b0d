//! How long accesses to memory take: wait states, caches and the buffers of flash interfaces, as plain data of a chip.
//! `docs/timing.md` says what the rules are and where their figures come from.

/// The memory system of a chip, at its rated clock. The default has no wait states anywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryTiming {
    /// Where accesses take longer than one in tightly coupled memory. The first that holds an address counts.
    pub ports: Vec<Port>,
    /// Cache of instructions.
    pub fetch: Option<Cache>,
    /// Cache of data.
    pub data: Option<Cache>,
    /// Whether `fetch` holds data too; `data` is `None` then.
    pub unified: bool,
    /// Cache of code and data for the ports that say so: the accelerator on a bus of its own.
    pub accelerator: Option<Cache>,
    /// What makes the flash interface read the next line ahead, so that the 4 cycles or more that 16 bytes of
    /// instructions take are not waited for.
    pub prefetch: Option<Enable>,
}

/// A range of addresses behind one bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Port {
    /// First address.
    pub base: u32,
    /// Length in bytes.
    pub length: u32,
    /// Cycles that a load waits, and a fetch that leaves a line of 16 bytes, when no cache takes part.
    pub wait: u8,
    /// Cycles until the word that was asked for arrives when a cache fills a line.
    pub fill: u8,
    /// Which caches take part.
    pub behind: Behind,
}

/// Which caches are between the core and a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behind {
    /// None.
    Nothing,
    /// [`MemoryTiming::fetch`] and [`MemoryTiming::data`].
    Caches,
    /// [`MemoryTiming::accelerator`].
    Accelerator,
}

/// What turns a cache on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enable {
    /// Nothing: it is on from reset.
    Always,
    /// CCR.IC and CCR.DC of the Cortex-M7.
    Core,
    /// A register of the chip: on when one of the bits of `mask` is set in the word at `address`.
    Register {
        /// Its address.
        address: u32,
        /// Its enabling bits.
        mask: u32,
    },
}

/// Which line makes room in a full set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replacement {
    /// Any: chosen by the set and by how many lines came into it since it was empty. The same accesses after a cache was
    /// emptied always find the same lines in it, whatever was there before.
    Random,
    /// The one that came first.
    Oldest,
}

/// A cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cache {
    /// Size in bytes.
    pub bytes: u32,
    /// Ways; the size over the line for a fully associative one.
    pub ways: u32,
    /// Bytes of a line, 16 or 32.
    pub line: u32,
    /// Which line makes room.
    pub replacement: Replacement,
    /// What turns it on.
    pub enable: Enable,
}

impl Cache {
    /// Sets.
    pub fn sets(&self) -> u32 {
        (self.bytes / self.line.max(1) / self.ways.max(1)).max(1)
    }

    /// The Cortex-M7's CCSIDR of a data cache (write-back, read and write allocate) or an instruction cache.
    pub fn size_identification(&self, data: bool) -> u32 {
        let policies = if data { 0xf000_0000 } else { 0x2000_0000 };
        let line = self.line.max(16).ilog2() - 4;
        policies | (self.sets() - 1) << 13 | (self.ways.max(1) - 1) << 3 | line
    }
}
