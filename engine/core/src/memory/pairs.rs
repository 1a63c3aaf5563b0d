//! Exact search where gaps let two blocks pass each other: which of the two lies above differs from time to time, so that
//! no order of placement tells all packings apart.
//!
//! Every pair may have its offsets' difference in one of a few ranges. A choice of ranges is a system of difference
//! constraints with one least solution. The search decides a pair only when the least solution violates it.

use super::instance::Instance;
use super::search::Outcome;

/// That `to`'s offset is at least `from`'s plus `by`.
#[derive(Clone, Copy)]
struct Edge {
    from: usize,
    to: usize,
    by: i32,
}

/// Two items and the ranges, inclusive, of `a`'s offset − `b`'s in which they share no bytes at any time.
struct Pair {
    a: usize,
    b: usize,
    ranges: Vec<(i32, i32)>,
}

/// No bound: more than any two offsets differ, and safe to add to one.
const FAR: i32 = i32::MAX / 2;

/// Looks for a packing of at most `capacity` units until `limit` rounds of propagation have been done; also gives how
/// many were.
pub(super) fn search(
    instance: &Instance,
    capacity: i32,
    limit: u64,
    watch: &mut dyn FnMut(u64) -> bool,
) -> (Outcome, u64) {
    let offsets = (instance.items.iter()).map(|item| item.fixed.unwrap_or(0));
    let mut search = Search {
        instance,
        capacity,
        pairs: pairs(instance),
        edges: Vec::new(),
        rounds: 0,
        limit,
    };
    let outcome = search.solve(offsets.collect(), watch);
    (outcome, search.rounds)
}

/// Every pair that can conflict, with its free ranges from low to high.
fn pairs(instance: &Instance) -> Vec<Pair> {
    (instance.apart.iter())
        .map(|(a, b, taken)| {
            let (mut ranges, mut from) = (Vec::new(), -FAR);
            for &(below, above) in taken {
                if from <= below {
                    ranges.push((from, below));
                }
                from = from.max(above);
            }
            ranges.push((from, FAR));
            let (a, b) = (*a, *b);
            Pair { a, b, ranges }
        })
        .collect()
}

struct Search<'a> {
    instance: &'a Instance,
    capacity: i32,
    pairs: Vec<Pair>,
    edges: Vec<Edge>,
    rounds: u64,
    limit: u64,
}

impl Search<'_> {
    /// Raises `offsets` to the least solution and decides the first pair that it violates, one range after the other.
    fn solve(&mut self, mut offsets: Vec<i32>, watch: &mut dyn FnMut(u64) -> bool) -> Outcome {
        match self.propagate(&mut offsets, watch) {
            None => {}
            Some(outcome) => return outcome,
        }
        let violated = self.pairs.iter().position(|pair| {
            let difference = offsets[pair.a] - offsets[pair.b];
            let fits = |&(low, high): &(i32, i32)| low <= difference && difference <= high;
            !pair.ranges.iter().any(fits)
        });
        let Some(violated) = violated else {
            return Outcome::Found(offsets);
        };
        let mark = self.edges.len();
        for range in 0..self.pairs[violated].ranges.len() {
            let Pair { a, b, ref ranges } = self.pairs[violated];
            let (low, high) = ranges[range];
            if low > -FAR {
                let (from, to, by) = (b, a, low);
                self.edges.push(Edge { from, to, by });
            }
            if high < FAR {
                let (from, to, by) = (a, b, -high);
                self.edges.push(Edge { from, to, by });
            }
            let outcome = self.solve(offsets.clone(), watch);
            self.edges.truncate(mark);
            if outcome != Outcome::Exhausted {
                return outcome;
            }
        }
        Outcome::Exhausted
    }

    /// Raises `offsets` until every decision holds; why that ended the search, if it did.
    fn propagate(
        &mut self,
        offsets: &mut [i32],
        watch: &mut dyn FnMut(u64) -> bool,
    ) -> Option<Outcome> {
        loop {
            if self.rounds >= self.limit {
                return Some(Outcome::Stopped);
            }
            self.rounds += 1;
            if self.rounds % 256 == 1 && !watch(self.rounds) {
                return Some(Outcome::Cancelled);
            }
            let mut changed = false;
            for &Edge { from, to, by } in &self.edges {
                let align = self.instance.items[to].align;
                let raised = (offsets[from] + by + align - 1) & !(align - 1);
                if raised > offsets[to] {
                    offsets[to] = raised;
                    changed = true;
                }
            }
            let fits = (self.instance.items.iter().zip(&*offsets)).all(|(item, &offset)| {
                offset <= self.capacity - item.size
                    && item.fixed.is_none_or(|fixed| offset <= fixed)
            });
            if !fits {
                return Some(Outcome::Exhausted);
            }
            if !changed {
                return None;
            }
        }
    }
}
