//! The state of one cache: which lines it holds. Hits leave no trace, because they are never seen; a miss enters here.

use super::cost::{Cache, Replacement};
use super::lines::{LINE_BITS, SLOW_FETCH};

/// One cache over the lines of memory. Lines that it holds have `bits` cleared in their flags.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    bits: u8,
    line_bits: u32,
    ways: usize,
    random: bool,
    /// For each way of each set, one more than the number of the first flag of its line, or 0.
    tags: Vec<u32>,
    /// How many lines came into each set since it was empty.
    filled: Vec<u32>,
    /// Whether it takes part.
    pub on: bool,
}

impl Lines {
    /// An empty cache.
    pub fn new(cache: &Cache, bits: u8, on: bool) -> Self {
        let (sets, ways) = (cache.sets() as usize, cache.ways.max(1) as usize);
        Self {
            bits,
            line_bits: cache.line.max(16).ilog2(),
            ways,
            random: cache.replacement == Replacement::Random,
            tags: vec![0; sets * ways],
            filled: vec![0; sets],
            on,
        }
    }

    fn set_of(&self, address: u32) -> usize {
        (address >> self.line_bits) as usize % self.filled.len()
    }

    /// The first flag of the line of cache around flag `line` at `address`.
    fn first(&self, line: usize, address: u32) -> usize {
        let within = address >> LINE_BITS & ((1 << (self.line_bits - LINE_BITS)) - 1);
        line.saturating_sub(within as usize)
    }

    fn mark(&self, flags: &mut [u8], first: usize, slow: bool) {
        let lines = 1 << (self.line_bits - LINE_BITS);
        for flag in flags.iter_mut().skip(first).take(lines) {
            *flag = if slow {
                *flag | self.bits
            } else {
                *flag & !self.bits
            };
        }
    }

    /// Take in the line around flag `line`, which it does not hold. Returns whether instructions had to make room.
    pub fn fill(&mut self, flags: &mut [u8], line: usize, address: u32) -> bool {
        let (set, first) = (self.set_of(address), self.first(line, address));
        let at = self.next(set);
        self.filled[set] = self.filled[set].wrapping_add(1);
        let tag = std::mem::replace(&mut self.tags[at], first as u32 + 1);
        if tag != 0 {
            self.mark(flags, tag as usize - 1, true);
        }
        self.mark(flags, first, false);
        tag != 0 && self.bits & SLOW_FETCH != 0
    }

    /// Which tag of a set the next line replaces.
    fn next(&self, set: usize) -> usize {
        let count = self.filled[set];
        let ways = &self.tags[set * self.ways..(set + 1) * self.ways];
        let way = match ways.iter().position(|&tag| tag == 0) {
            Some(empty) => empty,
            None if self.random => scatter(set as u32, count) as usize % self.ways,
            None => count as usize % self.ways,
        };
        set * self.ways + way
    }

    /// The flags, first and last, of the line that would make room for one at `address`, if one has to.
    pub fn victim(&self, address: u32) -> Option<(usize, usize)> {
        let tag = self.tags[self.next(self.set_of(address))];
        let first = (tag as usize).checked_sub(1)?;
        Some((first, first + (1 << (self.line_bits - LINE_BITS)) - 1))
    }

    /// Let go of everything.
    pub fn clear(&mut self, flags: &mut [u8]) {
        for at in 0..self.tags.len() {
            self.drop_tag(flags, at);
        }
    }

    /// Let go of the line around flag `line` at `address`, if it is held.
    pub fn drop_line(&mut self, flags: &mut [u8], line: usize, address: u32) {
        let (set, first) = (self.set_of(address), self.first(line, address));
        for at in set * self.ways..(set + 1) * self.ways {
            if self.tags[at] == first as u32 + 1 {
                self.drop_tag(flags, at);
            }
        }
    }

    /// Let go of one way of a set, as the Cortex-M7's operations by set and way encode them.
    pub fn drop_set_way(&mut self, flags: &mut [u8], value: u32) {
        let way = match self.ways.ilog2() {
            0 => 0,
            bits => (value >> (32 - bits)) as usize,
        };
        let at = self.set_of(value) * self.ways + way;
        if at < self.tags.len() {
            self.drop_tag(flags, at);
        }
    }

    fn drop_tag(&mut self, flags: &mut [u8], at: usize) {
        let tag = std::mem::take(&mut self.tags[at]);
        if tag != 0 {
            self.mark(flags, tag as usize - 1, true);
        }
        let set = at / self.ways;
        let ways = &self.tags[set * self.ways..(set + 1) * self.ways];
        if ways.iter().all(|&tag| tag == 0) {
            self.filled[set] = 0;
        }
    }
}

/// Well mixed bits of two numbers (the finaliser of MurmurHash3).
fn scatter(a: u32, b: u32) -> u32 {
    let mut x = a.rotate_left(16) ^ b;
    x = (x ^ x >> 16).wrapping_mul(0x85eb_ca6b);
    x = (x ^ x >> 13).wrapping_mul(0xc2b2_ae35);
    x ^ x >> 16
}

#[cfg(test)]
mod tests {
    use super::super::cost::Enable;
    use super::*;

    #[test]
    fn a_full_set_lets_one_line_go_and_all_flags_say_so() {
        for (replacement, ways) in [(Replacement::Random, 4), (Replacement::Oldest, 2)] {
            let cache = Cache {
                bytes: 1024,
                ways,
                line: 32,
                replacement,
                enable: Enable::Always,
            };
            let mut flags = vec![SLOW_FETCH; 512];
            let mut lines = Lines::new(&cache, SLOW_FETCH, true);
            let held = |flags: &[u8]| {
                let slow = |flag: &u8| usize::from(flag & SLOW_FETCH != 0);
                flags.len() - flags.iter().map(slow).sum::<usize>()
            };
            for k in 0..3000u32 {
                let line = (k * 7919 % 512) as usize;
                if flags[line] != 0 {
                    lines.fill(&mut flags, line, (line as u32) << 4);
                }
                assert_eq!(flags[line | 1], 0);
                assert_eq!(flags[line & !1], 0);
            }
            assert_eq!(held(&flags), 1024 / 16, "it is full and holds no more");
            lines.drop_set_way(&mut flags, 5 << 5);
            assert_eq!(held(&flags), 1024 / 16 - 2);
            lines.clear(&mut flags);
            assert_eq!(held(&flags), 0);
        }
    }
}
