//! Why a branch cannot lead to a packing: no room, nothing to raise what was left out, tried before.

use super::Search;

impl Search<'_> {
    /// Whether in every section, from each unplaced item's lowest place on, there is room for those that lie no lower.
    pub(super) fn fits(
        &mut self,
        from: usize,
        to: usize,
        range: (usize, usize),
        floor: i32,
    ) -> bool {
        self.least.clear();
        for at in from..to {
            let item = self.lists[at];
            let mut least = self.lowest[item as usize];
            if self.passed[item as usize] {
                match self.raised(item as usize, floor) {
                    Some(raised) => least = least.max(raised),
                    None => return false,
                }
            }
            if least > self.given.capacity - self.given.size[item as usize] {
                return false;
            }
            let mut hole = self.least.len();
            self.least.push((least, item));
            while hole > 0 && self.least[hole - 1].0 > least {
                self.least[hole] = self.least[hole - 1];
                hole -= 1;
            }
            self.least[hole] = (least, item);
        }
        self.stacked[range.0..range.1].fill(0);
        for &(least, item) in self.least.iter().rev() {
            let room = self.given.capacity - least;
            for stretch in &self.given.stretches[item as usize] {
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

    /// The lowest place for an item that was passed over: another must come to lie where it would fit now, at `floor` or
    /// above, and raise it. `None` when nothing can.
    fn raised(&self, item: usize, floor: i32) -> Option<i32> {
        if self.given.fixed[item].is_some() {
            return None;
        }
        (self.given.meets[item].iter())
            .filter(|&&(other, _)| !self.placed[other as usize])
            .filter_map(|&(other, above)| {
                let least = self.lowest[other as usize].max(floor);
                let whole = self.given.stretches[other as usize].len() == 1
                    && self.given.stretches[item].len() == 1;
                let top = if whole {
                    least + self.given.size[other as usize]
                } else {
                    least
                };
                (least < self.lowest[item] + above).then_some(top)
            })
            .min()
    }

    /// A hash of what is left to do: the items, their lowest places, and which were passed over there.
    pub(super) fn key(&self, from: usize, to: usize) -> u64 {
        (self.lists[from..to].iter()).fold(0, |key, &item| {
            let (lowest, passed) = (self.lowest[item as usize], self.passed[item as usize]);
            let place = (lowest as u32) << 1 | u32::from(passed);
            key ^ mixed(u64::from(item) << 32 | u64::from(place))
        })
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

    /// A key's slot, and what is written there: never 0, which is an empty slot.
    fn slot(&self, key: u64) -> (usize, u64) {
        let key = (key ^ self.salt).max(1);
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
