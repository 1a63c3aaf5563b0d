//! Branch and bound over canonical packings: is there a packing no higher than a capacity?
//!
//! After Moffitt's `MiniMalloc` (ASPLOS'23). Items are placed by rising offset (equal offsets by rank), each at the
//! lowest place that those before it leave; every packing can be pushed down into one of that form. Times at which
//! nothing unplaced crosses split the rest into parts that are solved on their own. A branch dies
//! - when in some section the unplaced items, released at their lowest places, no longer fit below the capacity,
//! - when an item would be placed above one that still fits below it,
//! - when the same rest was already tried in vain: parts that failed are remembered by a hash of their items and places.

mod prune;

use super::instance::{Instance, Stretch};
pub(super) use prune::Failed;

/// How a search ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Offsets in units, by item of the instance.
    Found(Vec<i32>),
    /// There is no such packing (if the instance is regular).
    Exhausted,
    /// Out of nodes.
    Stopped,
    /// The caller wants no more.
    Cancelled,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    Done,
    Failed,
    Stopped,
    Cancelled,
}

/// What is placed next lies at this offset or above; at this offset it has at least this rank.
type Bound = (i32, u32);

pub(super) struct Search<'a> {
    /// Item of the instance by rank.
    order: &'a [usize],
    capacity: i32,
    size: Vec<i32>,
    align: Vec<i32>,
    fixed: Vec<Option<i32>>,
    /// The same item again, lower in rank, if there is one.
    twin: Vec<Option<u32>>,
    stretches: Vec<Vec<Stretch>>,
    ends: Vec<(usize, usize)>,
    meets: Vec<Vec<(u32, i32)>>,

    placed: Vec<bool>,
    /// Lowest place by rank; where it lies once placed.
    lowest: Vec<i32>,
    /// Per section: unplaced items that live on into the next.
    crossing: Vec<i32>,
    /// Per section: what is stacked there while a bound is computed.
    stacked: Vec<i32>,
    /// The unplaced items of a list by the lowest place they can still have.
    least: Vec<(i32, u32)>,
    /// Lists of unplaced items, one on another.
    lists: Vec<u32>,
    /// Lowest places before they were raised.
    trail: Vec<(u32, i32)>,
    /// What is placed, in that order.
    done: Vec<u32>,
    failed: &'a mut Failed,
    /// Placements tried.
    pub nodes: u64,
    limit: u64,
}

/// The caller is asked whether to go on when this many more placements have been tried.
const WATCH_EVERY: u64 = 1024;

/// Told the number of placements tried; whether to go on.
type Watch<'w> = &'w mut dyn FnMut(u64) -> bool;

impl<'a> Search<'a> {
    pub fn new(instance: &'a Instance, order: &'a [usize], failed: &'a mut Failed) -> Self {
        let n = order.len();
        let mut rank = vec![0_u32; n];
        for (r, &item) in order.iter().enumerate() {
            rank[item] = r as u32;
        }
        let item = |r: usize| &instance.items[order[r]];
        let mut crossing = vec![0; instance.sections.max(1)];
        for item in &instance.items {
            let (from, to) = item.sections();
            for slot in &mut crossing[from..to.saturating_sub(1).max(from)] {
                *slot += 1;
            }
        }
        let twin = (0..n)
            .map(|r| {
                (0..r).rev().find(|&q| {
                    let (a, b) = (item(q), item(r));
                    a.size == b.size
                        && a.align == b.align
                        && a.fixed.is_none()
                        && b.fixed.is_none()
                        && a.stretches.len() == 1
                        && a.stretches == b.stretches
                        && a.size == a.stretches[0].bytes
                })
            })
            .map(|q| q.map(|q| q as u32))
            .collect();
        Self {
            order,
            capacity: 0,
            size: (0..n).map(|r| item(r).size).collect(),
            align: (0..n).map(|r| item(r).align).collect(),
            fixed: (0..n).map(|r| item(r).fixed).collect(),
            twin,
            stretches: (0..n).map(|r| item(r).stretches.clone()).collect(),
            ends: (0..n).map(|r| item(r).sections()).collect(),
            meets: (0..n)
                .map(|r| {
                    let ranked = item(r).meets.iter();
                    ranked
                        .map(|&(other, above)| (rank[other as usize], above))
                        .collect()
                })
                .collect(),
            placed: vec![false; n],
            lowest: (0..n).map(|r| item(r).fixed.unwrap_or(0)).collect(),
            crossing,
            stacked: vec![0; instance.sections],
            least: Vec::new(),
            lists: Vec::new(),
            trail: Vec::new(),
            done: Vec::new(),
            failed,
            nodes: 0,
            limit: 0,
        }
    }

    /// Looks for a packing of at most `capacity` units until `limit` placements have been tried. Once only.
    pub fn run(&mut self, capacity: i32, limit: u64, watch: Watch<'_>) -> Outcome {
        (self.capacity, self.limit) = (capacity, limit);
        self.failed.forget();
        let sections = self.stacked.len();
        let all: Vec<u32> = (0..self.order.len() as u32).collect();
        self.lists = all;
        let cuts: Vec<usize> = (1..sections)
            .filter(|&s| self.crossing[s - 1] == 0)
            .collect();
        match self.parts(0, (0, sections), &cuts, (0, 0), watch) {
            Status::Done => {
                let mut offsets = vec![0; self.order.len()];
                for (rank, &item) in self.order.iter().enumerate() {
                    offsets[item] = self.lowest[rank];
                }
                Outcome::Found(offsets)
            }
            Status::Failed => Outcome::Exhausted,
            Status::Stopped => Outcome::Stopped,
            Status::Cancelled => Outcome::Cancelled,
        }
    }

    /// Solves the list that begins at `from`, cut before each section of `cuts`.
    fn parts(
        &mut self,
        from: usize,
        range: (usize, usize),
        cuts: &[usize],
        bound: Bound,
        watch: Watch<'_>,
    ) -> Status {
        let to = self.lists.len();
        let mut first = range.0;
        for &end in cuts.iter().chain([&range.1]) {
            let begin = self.lists.len();
            for at in from..to {
                let rank = self.lists[at];
                let own = self.ends[rank as usize].0;
                if !self.placed[rank as usize] && first <= own && own < end {
                    self.lists.push(rank);
                }
            }
            let status = self.part(begin, (first, end), bound, watch);
            self.lists.truncate(begin);
            if status != Status::Done {
                return status;
            }
            first = end;
        }
        Status::Done
    }

    /// Solves the list that begins at `from` and lives in these sections.
    fn part(
        &mut self,
        from: usize,
        range: (usize, usize),
        bound: Bound,
        watch: Watch<'_>,
    ) -> Status {
        let to = self.lists.len();
        if from == to {
            return Status::Done;
        }
        if self.nodes >= self.limit {
            return Status::Stopped;
        }
        self.nodes += 1;
        if self.nodes % WATCH_EVERY == 1 && !watch(self.nodes) {
            return Status::Cancelled;
        }
        self.sort(from, to);
        if !self.fits(from, to, range, bound) {
            return Status::Failed;
        }
        let key = self.key(from, to, bound);
        if self.failed.contains(key) {
            return Status::Failed;
        }
        let status = self.branch(from, to, range, bound, watch);
        if status == Status::Failed {
            self.failed.insert(key);
        }
        status
    }

    /// By lowest place, then rank. The list was sorted before the last item was placed, so few have to move.
    fn sort(&mut self, from: usize, to: usize) {
        let (list, lowest) = (&mut self.lists[from..to], &self.lowest);
        for at in 1..list.len() {
            let rank = list[at];
            let key = (lowest[rank as usize], rank);
            let mut hole = at;
            while hole > 0 && (lowest[list[hole - 1] as usize], list[hole - 1]) > key {
                list[hole] = list[hole - 1];
                hole -= 1;
            }
            list[hole] = rank;
        }
    }

    fn branch(
        &mut self,
        from: usize,
        to: usize,
        range: (usize, usize),
        bound: Bound,
        watch: Watch<'_>,
    ) -> Status {
        let ceiling = (self.lists[from..to].iter())
            .filter(|&&r| self.fixed[r as usize].is_none())
            .map(|&r| self.lowest[r as usize] + self.size[r as usize])
            .min()
            .unwrap_or(i32::MAX);
        // One that is in nobody's way goes where it is; there is no need to try another place.
        for at in from..to {
            let rank = self.lists[at];
            if self.lowest[rank as usize] >= ceiling {
                break;
            }
            if self.is_free(rank) {
                if (self.lowest[rank as usize], rank) < bound {
                    return Status::Failed; // It could be pushed down, so this was tried before.
                }
                return self.place(rank, from, range, bound, watch);
            }
        }
        for at in from..to {
            let rank = self.lists[at];
            let offset = self.lowest[rank as usize];
            if offset >= ceiling {
                break;
            }
            if (offset, rank) < bound {
                continue;
            }
            if self.twin[rank as usize].is_some_and(|twin| !self.placed[twin as usize]) {
                continue;
            }
            let status = self.place(rank, from, range, (offset, rank), watch);
            if status != Status::Failed {
                return status;
            }
        }
        Status::Failed
    }

    /// Whether nothing unplaced is raised by placing this one.
    fn is_free(&self, rank: u32) -> bool {
        let offset = self.lowest[rank as usize];
        self.meets[rank as usize].iter().all(|&(other, above)| {
            self.placed[other as usize] || self.lowest[other as usize] >= offset + above
        })
    }

    /// Places an item of the list at its lowest place, solves the rest, and takes it back unless that is done.
    fn place(
        &mut self,
        rank: u32,
        from: usize,
        range: (usize, usize),
        bound: Bound,
        watch: Watch<'_>,
    ) -> Status {
        let r = rank as usize;
        let offset = self.lowest[r];
        let (mark, to, before) = (self.trail.len(), self.lists.len(), self.done.len());
        self.done.push(rank);
        self.placed[r] = true;
        let mut possible = true;
        for &(other, above) in &self.meets[r] {
            let o = other as usize;
            let raised = offset + above;
            if self.placed[o] || self.lowest[o] >= raised {
                continue;
            }
            self.trail.push((other, self.lowest[o]));
            let align = self.align[o];
            self.lowest[o] = if align == 1 {
                raised
            } else {
                (raised + align - 1) / align * align
            };
            possible &= self.fixed[o].is_none_or(|fixed| self.lowest[o] <= fixed);
        }
        let mut cuts = [0; 8];
        let mut count = 0;
        let (first, end) = self.ends[r];
        for s in first + 1..end {
            self.crossing[s - 1] -= 1;
            if self.crossing[s - 1] == 0 && count < cuts.len() {
                cuts[count] = s;
                count += 1;
            }
        }
        let mut status = Status::Failed;
        if possible {
            status = if count == 0 {
                for at in from..to {
                    let other = self.lists[at];
                    if other != rank {
                        self.lists.push(other);
                    }
                }
                self.part(to, range, bound, watch)
            } else {
                self.parts(from, range, &cuts[..count], bound, watch)
            };
        }
        self.lists.truncate(to);
        if status == Status::Done {
            return status;
        }
        // Takes back this one, and all of the parts that were solved before one failed.
        for (other, lowest) in self.trail.drain(mark..).rev() {
            self.lowest[other as usize] = lowest;
        }
        for other in self.done.drain(before..) {
            let (first, end) = self.ends[other as usize];
            for crossing in &mut self.crossing[first..end - 1] {
                *crossing += 1;
            }
            self.placed[other as usize] = false;
        }
        status
    }
}
