//! What slow accesses cost at run time: caches and wait states over the flags of [`super::lines`].

use super::cache::Lines;
use super::cost::{Behind, Cache, Enable, MemoryTiming, Port, Replacement};
use super::lines::{LINE_BITS, NOT_CACHED, SLOW_DATA, SLOW_FETCH};

/// CCR.DC and CCR.IC.
const DATA_CACHE: u32 = 1 << 16;
const FETCH_CACHE: u32 = 1 << 17;
/// Cycles that the instructions of one line take at least.
const LINE_CYCLES: u32 = 4;
/// The last line that a flash interface read, where there is no cache.
const BUFFER: Cache = Cache {
    bytes: 16,
    ways: 1,
    line: 16,
    replacement: Replacement::Oldest,
    enable: Enable::Always,
};

/// Caches, and the cycles that accesses had to wait since somebody took them.
#[derive(Clone, Debug)]
pub(crate) struct Delays {
    timing: MemoryTiming,
    fetch: Option<Lines>,
    data: Option<Lines>,
    accelerator: Option<Lines>,
    buffer: Lines,
    /// Whether the flash interface reads ahead.
    prefetch: bool,
    /// The line after the one that was fetched last.
    expected: u32,
    /// Cycles waited for.
    pub stall: u32,
    /// Changes when an instruction cache lets a line go. What was found to be in the cache at an epoch still is.
    pub epoch: u32,
    /// CCR.IC and CCR.DC, as last heard of.
    pub core_bits: u32,
    /// Whether some data goes through a cache of instructions.
    pub shared: bool,
    /// The first and last flag of the code that counts on being held while it runs, where it is shared.
    pub running: (usize, usize),
    /// More than any one access waits.
    pub worst: u32,
}

impl Delays {
    pub fn new(timing: MemoryTiming) -> Self {
        let both = if timing.unified { SLOW_DATA } else { 0 };
        let lines = |cache: &Option<Cache>, bits| {
            cache
                .as_ref()
                .map(|cache| Lines::new(cache, bits, cache.enable == Enable::Always))
        };
        let slowest = timing.ports.iter().map(|port| port.wait.max(port.fill));
        let mut delays = Self {
            fetch: lines(&timing.fetch, SLOW_FETCH | both),
            data: lines(&timing.data, SLOW_DATA),
            accelerator: lines(&timing.accelerator, SLOW_FETCH | SLOW_DATA),
            prefetch: timing.prefetch == Some(Enable::Always),
            buffer: Lines::new(&BUFFER, SLOW_FETCH, true),
            expected: 0,
            stall: 0,
            epoch: 1,
            core_bits: 0,
            shared: false,
            running: (0, 0),
            worst: u32::from(slowest.max().unwrap_or(0)),
            timing,
        };
        delays.shared = delays.is_shared();
        delays
    }

    pub fn timing(&self) -> &MemoryTiming {
        &self.timing
    }

    /// Flags of a line at `address` that no cache holds.
    pub fn flags(&self, address: u32) -> u8 {
        match self.port(address) {
            Some(port) if port.wait | port.fill != 0 => SLOW_DATA | SLOW_FETCH,
            _ => 0,
        }
    }

    fn port(&self, address: u32) -> Option<Port> {
        let ports = &self.timing.ports;
        let holds = |port: &&Port| address.wrapping_sub(port.base) < port.length;
        ports.iter().find(holds).copied()
    }

    fn is_shared(&self) -> bool {
        let is_on = |lines: &Option<Lines>| lines.as_ref().is_some_and(|lines| lines.on);
        self.timing.unified && is_on(&self.fetch) || is_on(&self.accelerator)
    }

    /// Whether a slow data access would let instructions go that the running code counts on.
    pub fn takes_code_away(&self, flags: &[u8], line: usize, address: u32) -> bool {
        if !self.shared {
            return false;
        }
        let cache = match self.port(address).map(|port| port.behind) {
            Some(Behind::Accelerator) => &self.accelerator,
            Some(Behind::Caches) if self.timing.unified => &self.fetch,
            _ => return false,
        };
        let Some(lines) = cache.as_ref().filter(|lines| lines.on) else {
            return false;
        };
        let (first, last) = self.running;
        may_hold(flags, line)
            && (lines.victim(address)).is_some_and(|victim| victim.0 <= last && first <= victim.1)
    }

    /// A load or store of the line behind flag `line` was slow. Stores wait for nothing: there is a buffer.
    pub fn data(&mut self, flags: &mut [u8], line: usize, address: u32, write: bool) {
        let Some(port) = self.port(address) else {
            return;
        };
        let cache = match port.behind {
            Behind::Nothing => &mut None,
            Behind::Accelerator => &mut self.accelerator,
            Behind::Caches if self.timing.unified => &mut self.fetch,
            Behind::Caches => &mut self.data,
        };
        let wait = match cache {
            Some(lines) if lines.on && may_hold(flags, line) => {
                if lines.fill(flags, line, address) {
                    self.epoch = self.epoch.wrapping_add(1);
                }
                port.fill
            }
            _ => port.wait,
        };
        if !write {
            self.stall += u32::from(wait);
        }
    }

    /// A fetch from the line behind flag `line` was slow.
    pub fn fetch(&mut self, flags: &mut [u8], line: usize, address: u32) {
        let Some(port) = self.port(address) else {
            return;
        };
        let cache = match port.behind {
            Behind::Nothing => &mut None,
            Behind::Accelerator => &mut self.accelerator,
            Behind::Caches => &mut self.fetch,
        };
        let (lines, wait) = match cache {
            Some(lines) if lines.on && may_hold(flags, line) => (lines, port.fill),
            _ => (&mut self.buffer, port.wait),
        };
        if lines.fill(flags, line, address) {
            self.epoch = self.epoch.wrapping_add(1);
        }
        let number = address >> LINE_BITS;
        let ahead = self.prefetch && number == self.expected;
        let saved = if ahead { LINE_CYCLES } else { 0 };
        self.expected = number.wrapping_add(1);
        self.stall += u32::from(wait).saturating_sub(saved);
    }

    /// The core's CCR has new cache bits. A cache that is turned off keeps nothing.
    pub fn set_core_bits(&mut self, flags: &mut [u8], bits: u32) {
        self.core_bits = bits;
        self.switch(flags, |enable, data| {
            let bit = if data { DATA_CACHE } else { FETCH_CACHE };
            (enable == Enable::Core).then_some(bits & bit != 0)
        });
    }

    /// A word was written to a register of the chip.
    pub fn note_register(&mut self, flags: &mut [u8], written: u32, value: u32) {
        self.switch(flags, |enable, _| match enable {
            Enable::Register { address, mask } if address == written => Some(value & mask != 0),
            _ => None,
        });
    }

    /// As after a reset of the chip: the caches that it turns on itself are off.
    pub fn reset(&mut self, flags: &mut [u8]) {
        self.switch(flags, |enable, _| match enable {
            Enable::Always => None,
            _ => Some(false),
        });
    }

    fn switch(&mut self, flags: &mut [u8], wanted: impl Fn(Enable, bool) -> Option<bool>) {
        if let Some(enable) = self.timing.prefetch
            && let Some(on) = wanted(enable, false)
        {
            self.prefetch = on;
        }
        let sides = [
            (&mut self.fetch, &self.timing.fetch, false),
            (&mut self.data, &self.timing.data, true),
            (&mut self.accelerator, &self.timing.accelerator, false),
        ];
        for (lines, cache, data) in sides {
            if let (Some(lines), Some(cache)) = (lines, cache)
                && let Some(on) = wanted(cache.enable, data)
                && on != lines.on
            {
                lines.on = on;
                lines.clear(flags);
                self.buffer.clear(flags);
                self.expected = 0;
                self.epoch = self.epoch.wrapping_add(1);
            }
        }
        self.shared = self.is_shared();
    }

    /// A cache maintenance operation of the Cortex-M7, by its register's offset in the system control space. Cleaning
    /// changes nothing here: memory always holds what was stored. `line` is the flag of an address that memory holds.
    pub fn maintain(&mut self, flags: &mut [u8], offset: u32, value: u32, line: Option<usize>) {
        let (lines, fetch) = match offset {
            0xf50 | 0xf58 => (&mut self.fetch, true),
            _ => (&mut self.data, false),
        };
        let Some(lines) = lines else {
            return;
        };
        match (offset, line) {
            (0xf50, _) => {
                // ICIALLU
                lines.clear(flags);
                self.buffer.clear(flags);
                self.expected = 0;
            }
            // ICIMVAU, DCIMVAC, DCCIMVAC
            (0xf58 | 0xf5c | 0xf70, Some(line)) => lines.drop_line(flags, line, value),
            (0xf60 | 0xf74, _) => lines.drop_set_way(flags, value), // DCISW, DCCISW
            _ => return,
        }
        if fetch {
            self.epoch = self.epoch.wrapping_add(1);
        }
    }
}

/// Whether caches may hold the line behind this flag.
fn may_hold(flags: &[u8], line: usize) -> bool {
    flags.get(line).is_some_and(|flag| flag & NOT_CACHED == 0)
}
