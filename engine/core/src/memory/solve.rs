//! The anytime exact solver: from the greedy answer down, until the height is proven or the limits are reached.

use super::instance::Instance;
use super::rank::Order;
use super::search::{Failed, Outcome, Search};
use super::{Block, Packing, PackingError, check, greedy, pairs, rank, validate};
use std::ops::ControlFlow;

/// How long [`solve`] goes on. There are no clocks here: the same limits give the same answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Placements the search may try in all.
    pub nodes: u64,
    /// Height in bytes that is low enough; 0 to go on until nothing lower is possible.
    pub enough: usize,
}

/// How far the solver is.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// Placements tried so far.
    pub nodes: u64,
    /// The height in bytes it tries to reach just now.
    pub aim: usize,
    /// The best packing so far, already valid.
    pub best: &'a Packing,
}

/// Most blocks the exact search takes on; its depth is the number of blocks.
const MOST_BLOCKS: usize = 1000;

/// Most blocks of the search by pairs; its depth is the number of pairs.
const MOST_BLOCKS_BY_PAIRS: usize = 64;

/// Placements that each order of the portfolio gets for a height in the first round.
const FIRST_EFFORT: u64 = 1000;

/// The heights between get the effort divided by this: they are only for the case that it is not reached.
const BETWEEN: u64 = 4;

/// Packs `blocks` ever lower: rounds of growing effort, in each of which the least height that is reached within the
/// round's effort is bracketed between the lower bound and the best so far, by every order of the portfolio.
///
/// The answer's [`Packing::lower_bound`] is raised by every height that turns out to be impossible; the packing is
/// proven to be the lowest when the two are equal ([`Packing::is_lowest`]).
///
/// `progress` is called about every thousand placements, and after every improvement. When it returns
/// [`ControlFlow::Break`] the best so far is the answer.
///
/// # Errors
/// As [`super::pack`].
pub fn solve(
    blocks: &[Block],
    limits: &Limits,
    progress: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<Packing, PackingError> {
    check(blocks)?;
    let best = greedy::pack(blocks);
    validate(blocks, &best)?;
    if best.is_lowest() || best.height <= limits.enough {
        return Ok(best);
    }
    let Some(instance) = Instance::new(blocks, MOST_BLOCKS) else {
        return Ok(best);
    };
    let mut solver = Solver {
        blocks,
        limits,
        orders: rank::portfolio(&instance),
        instance,
        failed: Failed::new(limits.nodes),
        best,
        nodes: 0,
        cancelled: false,
        progress,
    };
    solver.descend()?;
    Ok(solver.best)
}

struct Solver<'a> {
    blocks: &'a [Block],
    limits: &'a Limits,
    instance: Instance,
    orders: Vec<Order>,
    failed: Failed,
    best: Packing,
    nodes: u64,
    cancelled: bool,
    progress: &'a mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
}

/// What became of one height.
enum Answer {
    Reached,
    Impossible,
    Unknown,
}

impl Solver<'_> {
    fn is_over(&self) -> bool {
        self.cancelled
            || self.best.is_lowest()
            || self.best.height <= self.limits.enough
            || self.nodes >= self.limits.nodes
    }

    fn descend(&mut self) -> Result<(), PackingError> {
        let mut effort = FIRST_EFFORT;
        while !self.is_over() {
            self.round(effort)?;
            effort = effort.saturating_mul(4);
        }
        Ok(())
    }

    /// Brackets what can be reached with `effort`, the lower bound first.
    fn round(&mut self, effort: u64) -> Result<(), PackingError> {
        let (unit, between) = (self.instance.unit, effort / BETWEEN);
        // Whole units: every offset in a packing that cannot be pushed down further is a sum of sizes.
        let mut aim = self.best.lower_bound.max(self.limits.enough);
        let (mut missed, mut effort) = (None, effort);
        while !self.is_over() {
            match self.aim(aim / unit * unit, effort)? {
                Answer::Reached => {}
                Answer::Impossible => {
                    self.best.lower_bound = (aim / unit * unit + unit).min(self.best.height);
                    missed = Some(aim);
                }
                Answer::Unknown => missed = Some(aim),
            }
            let low = missed.map_or(self.best.lower_bound, |missed: usize| missed + unit);
            let low = low.max(self.best.lower_bound);
            if low >= self.best.height {
                break;
            }
            aim = low.midpoint(self.best.height - unit);
            effort = between;
        }
        Ok(())
    }

    /// Tries to reach a height by every order in turn.
    fn aim(&mut self, height: usize, effort: u64) -> Result<Answer, PackingError> {
        let orders = self.orders.len();
        // Where gaps let two blocks pass each other, only the last way proves anything.
        let ordered = self.instance.apart.is_empty();
        let by_pairs = !ordered && self.instance.items.len() <= MOST_BLOCKS_BY_PAIRS;
        let ways = orders + usize::from(by_pairs);
        for way in 0..ways {
            let limit = effort.min(self.limits.nodes - self.nodes);
            if limit == 0 || self.cancelled {
                break;
            }
            match self.search(way, height, limit) {
                Outcome::Found(offsets) => {
                    self.take(&offsets)?;
                    // What has just succeeded is tried first the next time.
                    if way < orders {
                        self.orders[..=way].rotate_right(1);
                    }
                    let (nodes, aim, best) = (self.nodes, height, &self.best);
                    self.cancelled |= (self.progress)(Progress { nodes, aim, best }).is_break();
                    return Ok(Answer::Reached);
                }
                Outcome::Exhausted if ordered || way == orders => {
                    return Ok(Answer::Impossible);
                }
                Outcome::Exhausted | Outcome::Stopped => {}
                Outcome::Cancelled => self.cancelled = true,
            }
        }
        Ok(Answer::Unknown)
    }

    /// Searches by one order of the portfolio, or by pairs after the last of them.
    fn search(&mut self, way: usize, height: usize, limit: u64) -> Outcome {
        let capacity = (height / self.instance.unit) as i32;
        let (before, aim, best) = (self.nodes, height, &self.best);
        let mut watch = |nodes| {
            let nodes = before + nodes;
            (self.progress)(Progress { nodes, aim, best }).is_continue()
        };
        let (outcome, nodes) = match self.orders.get(way) {
            Some(order) => {
                let failed = &mut self.failed;
                let mut search = Search::new(&self.instance, order, capacity, limit, failed);
                (search.run(&mut watch), search.nodes)
            }
            None => pairs::search(&self.instance, capacity, limit, &mut watch),
        };
        self.nodes += nodes;
        outcome
    }

    fn take(&mut self, found: &[i32]) -> Result<(), PackingError> {
        let mut offsets: Vec<usize> = (self.blocks.iter()).map(|b| b.fixed.unwrap_or(0)).collect();
        for (item, &offset) in self.instance.items.iter().zip(found) {
            offsets[item.block] = offset as usize * self.instance.unit;
        }
        let packing = Packing::of(self.blocks, offsets, self.best.lower_bound);
        validate(self.blocks, &packing)?;
        if packing.height < self.best.height {
            self.best = packing;
        }
        Ok(())
    }
}
