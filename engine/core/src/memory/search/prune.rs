//! Why a branch cannot lead to a packing: no room, nothing to raise what was left out, tried before.

use super::{Bound, Search};

impl Search<'_> {
    /// Whether in every section, from each unplaced item's lowest place on, there is room for those that lie no lower.
    pub(super) fn fits(
        &mut self,
        from: usize,
        to: usize,
        range: (usize, usize),
        bound: Bound,
    ) -> bool {
        self.least.clear();
        for at in from..to {
            let rank = self.lists[at];
            let lowest = self.lowest[rank as usize];
            let least = if (lowest, rank) < bound {
                let Some(least) = self.raised(rank, bound.0) else {
                    return false;
                };
                least
            } else {
                lowest
            };
            let mut hole = self.least.len();
            self.least.push((least, rank));
            while hole > 0 && self.least[hole - 1].0 > least {
                self.least[hole] = self.least[hole - 1];
                hole -= 1;
            }
            self.least[hole] = (least, rank);
        }
        self.stacked[range.0..range.1].fill(0);
        for &(least, rank) in self.least.iter().rev() {
            let room = self.capacity - least;
            for stretch in &self.stretches[rank as usize] {
                let mut most = 0;
                for slot in &mut self.stacked[stretch.from..stretch.to] {
                    *slot += stretch.bytes;
                    most = most.max(*slot);
                }
                if most > room {
                    return false;
                }
            }
        }
        true
    }

    /// The lowest place for an item that may not be placed where it is, because the packing was already continued
    /// above: another must come to lie where it would fit now, and raise it. `None` when nothing can.
    fn raised(&self, rank: u32, floor: i32) -> Option<i32> {
        let r = rank as usize;
        if self.fixed[r].is_some() {
            return None;
        }
        let ceiling = self.lowest[r] + self.size[r];
        (self.meets[r].iter())
            .filter(|&&(other, _)| !self.placed[other as usize])
            .filter_map(|&(other, _)| {
                let least = self.lowest[other as usize].max(floor);
                (least < ceiling).then(|| least + self.size[other as usize])
            })
            .min()
    }

    /// A hash of what is left to do: the items, their lowest places, and the bound where it excludes any.
    pub(super) fn key(&self, from: usize, to: usize, bound: Bound) -> u64 {
        let mut key = 0_u64;
        let mut excludes = false;
        for &rank in &self.lists[from..to] {
            let offset = self.lowest[rank as usize];
            excludes |= (offset, rank) < bound;
            key ^= mixed(u64::from(rank) << 32 | u64::from(offset as u32));
        }
        if excludes {
            key ^= mixed(!(u64::from(bound.1) << 32 | u64::from(bound.0 as u32)));
        }
        key
    }
}

/// The parts that failed, as a table of hashes in which newer ones replace older ones. Two parts with equal 64-bit
/// hashes are taken for the same.
#[derive(Debug)]
pub(in crate::memory) struct Failed {
    slots: Vec<u64>,
    /// Mixed into every hash, other for every search.
    salt: u64,
}

/// Most slots: 8 MiB.
const MOST_SLOTS: usize = 1 << 20;

impl Failed {
    /// A table for about so many placements.
    pub fn new(nodes: u64) -> Self {
        let slots = usize::try_from(nodes).unwrap_or(MOST_SLOTS);
        Self {
            slots: vec![0; slots.clamp(1, MOST_SLOTS).next_power_of_two()],
            salt: 0,
        }
    }

    /// Forgets what other searches put in: their parts are not this one's.
    pub fn forget(&mut self) {
        self.salt = mixed(self.salt);
    }

    fn slot(&self, key: u64) -> (usize, u64) {
        let key = key ^ self.salt;
        (key as usize & (self.slots.len() - 1), key)
    }

    pub fn contains(&self, key: u64) -> bool {
        let (slot, key) = self.slot(key);
        self.slots[slot] == key
    }

    pub fn insert(&mut self, key: u64) {
        let (slot, key) = self.slot(key);
        self.slots[slot] = key;
    }
}

/// The finaliser of `SplitMix64`.
fn mixed(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
