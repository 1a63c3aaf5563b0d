//! Branch and bound over canonical packings: is there a packing no higher than a capacity?
//!
//! After Moffitt's `MiniMalloc` (ASPLOS'23). Items are placed by rising offset, each at the lowest place that those
//! before it leave: every packing can be pushed down into one of that form. Times that nothing unplaced crosses split
//! the rest into parts that are solved on their own. A branch dies
//! - when in some section the unplaced items, stacked from their lowest places on, no longer fit below the capacity,
//! - when an item would be placed above another that still fits below it,
//! - when an item that was passed over can no longer be raised from the place that it did not take,
//! - when the same rest was already tried in vain.

mod part;
mod prune;

use super::instance::{Instance, Stretch};
use super::rank::Order;
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

/// What is searched for, fixed from the beginning. Items are numbered by the order's first ranking.
struct Given<'a> {
    order: &'a Order,
    capacity: i32,
    limit: u64,
    size: Vec<i32>,
    align: Vec<i32>,
    fixed: Vec<Option<i32>>,
    /// The same item again, of lower number, if there is one.
    twin: Vec<Option<u32>>,
    stretches: Vec<Vec<Stretch>>,
    /// First section, end of the last.
    ends: Vec<(usize, usize)>,
    /// As [`super::instance::Item::meets`].
    meets: Vec<Vec<(u32, i32)>>,
}

/// What a placement changed of another item.
struct Change {
    item: u32,
    lowest: i32,
    passed: bool,
}

pub(super) struct Search<'a> {
    given: Given<'a>,
    /// Which of two items that could lie equally low is tried first.
    rank: Vec<u32>,
    placed: Vec<bool>,
    /// Lowest place; where it lies once placed.
    lowest: Vec<i32>,
    /// Whether the item was passed over: packings in which it lies at its lowest place were already tried.
    passed: Vec<bool>,
    /// Per section: unplaced items that live on into the next.
    crossing: Vec<i32>,
    /// Per section: what is stacked there while a bound is computed.
    stacked: Vec<i32>,
    /// The unplaced items of a list by the lowest place they can still have.
    least: Vec<(i32, u32)>,
    /// Lists of unplaced items, one on another.
    lists: Vec<u32>,
    /// What placements changed, to be taken back.
    trail: Vec<Change>,
    /// What is placed, in that order.
    done: Vec<u32>,
    failed: &'a mut Failed,
    /// Placements tried.
    pub nodes: u64,
}

/// Told the number of placements tried; whether to go on.
type Watch<'w> = &'w mut dyn FnMut(u64) -> bool;

impl<'a> Search<'a> {
    /// Ready to look for a packing of at most `capacity` units, until `limit` placements have been tried.
    pub fn new(
        instance: &'a Instance,
        order: &'a Order,
        capacity: i32,
        limit: u64,
        failed: &'a mut Failed,
    ) -> Self {
        let given = Given::new(instance, order, capacity, limit);
        let n = given.size.len();
        let mut crossing = vec![0; instance.sections];
        for &(from, to) in &given.ends {
            for slot in &mut crossing[from..to.saturating_sub(1)] {
                *slot += 1;
            }
        }
        failed.forget();
        Self {
            rank: (0..n as u32).collect(),
            placed: vec![false; n],
            lowest: given.fixed.iter().map(|f| f.unwrap_or(0)).collect(),
            passed: vec![false; n],
            crossing,
            stacked: vec![0; instance.sections],
            least: Vec::new(),
            lists: Vec::new(),
            trail: Vec::new(),
            done: Vec::new(),
            failed,
            nodes: 0,
            given,
        }
    }

    /// Searches until there is an answer. Once only.
    pub fn run(&mut self, watch: Watch<'_>) -> Outcome {
        let sections = self.stacked.len();
        self.lists = (0..self.placed.len() as u32).collect();
        let cuts: Vec<usize> = (1..sections)
            .filter(|&s| self.crossing[s - 1] == 0)
            .collect();
        match self.parts(0, (0, sections), &cuts, 0, watch) {
            Status::Done => {
                let mut offsets = vec![0; self.lowest.len()];
                for (&item, &lowest) in self.given.order.items.iter().zip(&self.lowest) {
                    offsets[item] = lowest;
                }
                Outcome::Found(offsets)
            }
            Status::Failed => Outcome::Exhausted,
            Status::Stopped => Outcome::Stopped,
            Status::Cancelled => Outcome::Cancelled,
        }
    }
}

impl<'a> Given<'a> {
    fn new(instance: &Instance, order: &'a Order, capacity: i32, limit: u64) -> Self {
        let n = order.items.len();
        let mut number = vec![0_u32; n];
        for (n, &item) in order.items.iter().enumerate() {
            number[item] = n as u32;
        }
        let items: Vec<_> = (order.items.iter())
            .map(|&item| &instance.items[item])
            .collect();
        let twin = |n: usize| {
            let item = items[n];
            let alike = (0..n).rev().find(|&m| items[m].is_alike(item));
            alike.map(|m| m as u32)
        };
        let meets = items.iter().map(|item| {
            let others = item.meets.iter();
            others.map(|&(other, above)| (number[other as usize], above))
        });
        Self {
            order,
            capacity,
            limit,
            size: items.iter().map(|item| item.size).collect(),
            align: items.iter().map(|item| item.align).collect(),
            fixed: items.iter().map(|item| item.fixed).collect(),
            twin: (0..n).map(twin).collect(),
            stretches: items.iter().map(|item| item.stretches.clone()).collect(),
            ends: items.iter().map(|item| item.sections()).collect(),
            meets: meets.map(Iterator::collect).collect(),
        }
    }
}
