//! A packing problem as the exact search reads it: sections instead of times, and for each pair how far apart.

use super::Block;

/// A block's bytes in use over a range of sections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    /// First section.
    pub from: usize,
    /// End, exclusive.
    pub to: usize,
    /// Bytes in use.
    pub bytes: i32,
}

/// One block, in units of [`Instance::unit`].
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// Index among the caller's blocks.
    pub block: usize,
    pub size: i32,
    pub align: i32,
    pub fixed: Option<i32>,
    pub first: usize,
    pub last: usize,
    pub stretches: Vec<Stretch>,
    /// The items that are in use at some time with this one: index, and how far above this one's offset they must lie
    /// if they lie above it.
    pub meets: Vec<(u32, i32)>,
}

impl Item {
    /// Sections from the first to the last, the end exclusive.
    pub fn sections(&self) -> (usize, usize) {
        let from = self.stretches.first().map_or(0, |s| s.from);
        (from, self.stretches.last().map_or(0, |s| s.to))
    }

    /// Whether one can take the other's place in any packing: equal sizes, alignments and lives without gaps, not fixed.
    pub fn is_alike(&self, other: &Self) -> bool {
        (self.size, self.align) == (other.size, other.align)
            && self.fixed.or(other.fixed).is_none()
            && matches!(&self.stretches[..], [only] if only.bytes == self.size)
            && self.stretches == other.stretches
    }
}

/// All items that have bytes at some time.
#[derive(Clone, Debug)]
pub(super) struct Instance {
    pub items: Vec<Item>,
    /// Number of sections: the times at which what is in use is not a part of what is in use just before or after.
    pub sections: usize,
    /// Bytes in one unit: the greatest common divisor of all sizes, windows, alignments above one and fixed offsets.
    pub unit: usize,
    /// Where gaps let two items pass each other, every pair that can conflict: the two, and the open intervals in which
    /// the first one's offset − the second one's must not be, rising. Empty where of every pair one must lie above the
    /// other: only then does trying all canonical packings prove anything.
    pub apart: Vec<Apart>,
}

/// Two items, and the differences of their offsets at which they share bytes.
pub(super) type Apart = (usize, usize, Vec<(i32, i32)>);

impl Instance {
    /// `None` when the blocks are too many or too large for the search.
    pub fn new(blocks: &[Block], most: usize) -> Option<Self> {
        let unit = unit(blocks);
        let kept: Vec<usize> = (0..blocks.len())
            .filter(|&i| blocks[i].spans().next().is_some())
            .collect();
        let scaled = |bytes: usize| i32::try_from(bytes / unit).ok();
        let total: usize = (blocks.iter())
            .map(|b| b.bytes + b.align + b.fixed.unwrap_or(0))
            .sum();
        if kept.len() > most || scaled(total)? > i32::MAX / 4 {
            return None;
        }
        let mut items = Vec::with_capacity(kept.len());
        for &block in &kept {
            let Block {
                bytes,
                align,
                first,
                last,
                fixed,
                ..
            } = blocks[block];
            items.push(Item {
                block,
                size: scaled(bytes)?,
                align: scaled(align)?.max(1),
                fixed: match fixed {
                    Some(offset) => Some(scaled(offset)?),
                    None => None,
                },
                first,
                last,
                stretches: Vec::new(),
                meets: Vec::new(),
            });
        }
        let sections = stretch(blocks, &mut items, unit);
        let apart = meet(blocks, &mut items, unit);
        Some(Self {
            items,
            sections,
            unit,
            apart,
        })
    }
}

/// The greatest common divisor of everything that offsets are made of.
fn unit(blocks: &[Block]) -> usize {
    let mut unit = 0;
    for block in blocks {
        let gaps = block.gaps.iter().flat_map(|gap| [gap.lower, gap.upper]);
        let align = if block.align > 1 { block.align } else { 0 };
        let own = [block.bytes, align, block.fixed.unwrap_or(0)];
        unit = own.into_iter().chain(gaps).fold(unit, gcd);
    }
    unit.max(1)
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Sweeps over time and opens a section wherever something ends after something began. Gives their number.
fn stretch(blocks: &[Block], items: &mut [Item], unit: usize) -> usize {
    // Time, whether it begins, item, bytes. What ends before a time goes first.
    let mut events: Vec<(usize, bool, usize, i32)> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        for span in blocks[item.block].spans() {
            let bytes = ((span.upper - span.lower) / unit) as i32;
            events.push((span.first, true, index, bytes));
            events.push((span.last + 1, false, index, bytes));
        }
    }
    events.sort_unstable();
    let (mut sections, mut grown) = (0, false);
    for (_, begins, index, bytes) in events {
        let stretches = &mut items[index].stretches;
        if begins {
            stretches.push(Stretch {
                from: sections,
                to: sections,
                bytes,
            });
            grown = true;
            continue;
        }
        if grown {
            sections += 1;
            grown = false;
        }
        if let Some(last) = stretches.last_mut() {
            last.to = sections;
        }
    }
    sections
}

/// Fills in [`Item::meets`] and gives [`Instance::apart`].
fn meet(blocks: &[Block], items: &mut [Item], unit: usize) -> Vec<Apart> {
    let (mut pairs, mut regular) = (Vec::new(), true);
    let scaled = |difference: isize| (difference / unit as isize) as i32;
    for b in 0..items.len() {
        for a in 0..b {
            let taken = blocks[items[a].block].apart(&blocks[items[b].block]);
            let (Some(least), Some(most)) = (
                taken.iter().map(|&(below, _)| below).min(),
                taken.iter().map(|&(_, above)| above).max(),
            ) else {
                continue;
            };
            items[b].meets.push((a as u32, scaled(most.max(0))));
            items[a].meets.push((b as u32, scaled((-least).max(0))));
            regular &= (taken.iter()).all(|&(below, above)| below < 0 && above > 0);
            let taken = taken
                .iter()
                .map(|&(below, above)| (scaled(below), scaled(above)));
            pairs.push((a, b, taken.collect()));
        }
    }
    if regular { Vec::new() } else { pairs }
}
