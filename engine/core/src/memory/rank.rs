//! In which order the exact search prefers items that could lie equally low. None suits every instance, and the right
//! one is often a thousand times faster than the wrong one: hence a portfolio.

use super::instance::{Instance, Item};
use std::cmp::Reverse;

/// What to sort by, the largest first.
#[derive(Clone, Copy)]
enum Key {
    /// Bytes × steps.
    Area,
    /// The fullest section it lives in.
    Total,
    /// Steps.
    Width,
    /// Sections.
    Sections,
    /// Bytes × sections.
    Block,
    /// Number of others it meets.
    Meetings,
    /// Bytes.
    Size,
    /// First step.
    Late,
}

use Key::{Area, Block, Late, Meetings, Sections, Size, Total, Width};

/// The portfolio, what has solved most first. The first three of Moffitt's are among them.
const PORTFOLIO: [&[Key]; 10] = [
    &[Total, Width, Area],
    &[Total, Sections, Area],
    &[Block],
    &[Total, Meetings],
    &[Total, Area, Width],
    &[Width, Area, Total],
    &[Late, Sections],
    &[Size, Total],
    &[Total, Size],
    &[Sections, Late],
];

/// An order of the portfolio.
#[derive(Clone, Debug)]
pub(super) struct Order {
    /// Items by rank. Ties keep the blocks' order.
    pub items: Vec<usize>,
    /// Whether it goes first by the fullest section, to be ranked again as parts are cut off.
    pub by_total: bool,
}

/// Every order of the portfolio.
pub(super) fn portfolio(instance: &Instance) -> Vec<Order> {
    let mut totals = vec![0_i64; instance.sections];
    for stretch in instance.items.iter().flat_map(|item| &item.stretches) {
        for total in &mut totals[stretch.from..stretch.to] {
            *total += i64::from(stretch.bytes);
        }
    }
    let value = |item: &Item, key: Key| -> i64 {
        let (from, to) = item.sections();
        let (width, size) = ((item.last - item.first) as i64 + 1, i64::from(item.size));
        match key {
            Area => width.saturating_mul(size),
            Total => totals[from..to].iter().copied().max().unwrap_or(0),
            Width => width,
            Sections => (to - from) as i64,
            Block => (to - from) as i64 * size,
            Meetings => item.meets.len() as i64,
            Size => size,
            Late => item.first as i64,
        }
    };
    (PORTFOLIO.iter())
        .map(|keys| {
            let mut items: Vec<usize> = (0..instance.items.len()).collect();
            items.sort_by_cached_key(|&i| {
                let values = keys.iter().map(|&key| value(&instance.items[i], key));
                Reverse(values.collect::<Vec<i64>>())
            });
            Order {
                items,
                by_total: matches!(keys, [Total, ..]),
            }
        })
        .collect()
}
