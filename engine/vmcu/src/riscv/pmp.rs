//! Physical memory protection (volume II, 3.7), as it binds machine mode: by locked entries, until reset.

/// Number of entries.
pub const ENTRIES: usize = 16;

/// What an access does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Loads.
    Read,
    /// Stores.
    Write,
    /// Fetches an instruction.
    Execute,
}

impl Access {
    const fn bit(self) -> u8 {
        match self {
            Self::Read => 1,
            Self::Write => 2,
            Self::Execute => 4,
        }
    }
}

const LOCKED: u8 = 1 << 7;
/// Reserved bits of an entry's configuration.
const CONFIG: u8 = 0x9F;

/// The entries, and what the last access of each kind found: first and last byte of the part where all is the same.
#[derive(Clone, Debug)]
pub struct Pmp {
    config: [u8; ENTRIES],
    address: [u32; ENTRIES],
    allowed: [(u32, u32); 3],
}

impl Default for Pmp {
    fn default() -> Self {
        Self {
            config: [0; ENTRIES],
            address: [0; ENTRIES],
            allowed: [(0, u32::MAX); 3],
        }
    }
}

impl Pmp {
    /// Reads `pmpcfg0` to `pmpcfg3`.
    pub fn config(&self, register: usize) -> u32 {
        (0..4).fold(0, |word, i| {
            word | u32::from(self.config[4 * register + i]) << (8 * i)
        })
    }

    /// Writes `pmpcfg0` to `pmpcfg3`; locked entries stay.
    pub fn set_config(&mut self, register: usize, word: u32) {
        for i in 0..4 {
            let (entry, config) = (4 * register + i, (word >> (8 * i)) as u8 & CONFIG);
            // Writing without reading is reserved.
            if self.config[entry] & LOCKED == 0 && config & 3 != 2 {
                self.config[entry] = config;
            }
        }
        self.forget();
    }

    /// Reads a `pmpaddr` register.
    pub fn address(&self, entry: usize) -> u32 {
        self.address[entry]
    }

    /// Writes a `pmpaddr` register, unless its entry is locked or is the lower end of a locked one.
    pub fn set_address(&mut self, entry: usize, value: u32) {
        let is_end_of_locked = self
            .config
            .get(entry + 1)
            .is_some_and(|next| next & LOCKED != 0 && next >> 3 & 3 == 1);
        if self.config[entry] & LOCKED == 0 && !is_end_of_locked {
            self.address[entry] = value;
        }
        self.forget();
    }

    fn forget(&mut self) {
        let all = if self.config.iter().any(|config| config & LOCKED != 0) {
            // An empty part: the next access looks.
            (u32::MAX, 0)
        } else {
            (0, u32::MAX)
        };
        self.allowed = [all; 3];
    }

    /// Whether machine mode may access the `bytes` (1, 2 or 4) at `address`.
    #[inline(always)]
    pub fn allows(&mut self, access: Access, address: u32, bytes: u32) -> bool {
        let (first, last) = self.allowed[access as usize];
        if address >= first && address <= last && last - address >= bytes - 1 {
            return true;
        }
        self.look(access, address, bytes)
    }

    /// First and last byte of an entry; `None` of one that is off or empty.
    fn range(&self, entry: usize) -> Option<(u32, u32)> {
        let top = self.address[entry];
        let (first, after) = match self.config[entry] >> 3 & 3 {
            0 => return None,
            1 => {
                let bottom = if entry == 0 {
                    0
                } else {
                    self.address[entry - 1]
                };
                (u64::from(bottom) << 2, u64::from(top) << 2)
            }
            2 => (u64::from(top) << 2, (u64::from(top) << 2) + 4),
            _ => {
                let size = 8u64 << top.trailing_ones();
                let first = (u64::from(top) << 2) & !(size - 1);
                (first, first + size)
            }
        };
        let after = after.min(1 << 32);
        (first < after).then(|| (first as u32, (after - 1) as u32))
    }

    #[cold]
    fn look(&mut self, access: Access, address: u32, bytes: u32) -> bool {
        let end = u64::from(address) + u64::from(bytes) - 1;
        // The part around the address in which no entry begins or ends.
        let (mut low, mut high) = (0, u32::MAX);
        for entry in 0..ENTRIES {
            let Some((first, last)) = self.range(entry) else {
                continue;
            };
            if u64::from(last) < u64::from(address) {
                low = low.max(last.saturating_add(1));
            } else if u64::from(first) > end {
                high = high.min(first - 1);
            } else {
                // The first entry that matches any byte must match all.
                let whole = address >= first && end <= u64::from(last);
                let config = self.config[entry];
                let free = config & LOCKED == 0 || config & access.bit() != 0;
                if whole && free {
                    self.allowed[access as usize] = (low.max(first), high.min(last));
                }
                return whole && free;
            }
        }
        self.allowed[access as usize] = (low, high);
        true
    }
}
