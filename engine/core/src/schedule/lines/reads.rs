//! What one step reads of a map, as tables over the rows and columns of its own output: what it reads is a product of
//! both.

use super::NEVER;
use crate::graph::{Interval, Region};
use crate::schedule::stream::{Stream, Unit};

/// Places of a unit of a map of that width.
pub(super) const fn unit_places(unit: Unit, width: usize) -> usize {
    match unit {
        Unit::Row => width,
        Unit::Pixel | Unit::Column => 1,
    }
}

/// What a step reads of a map, unit after unit of its own output, in places of that map.
pub(super) struct Reads {
    /// Units of the step in a row of its map; rows have one, and all columns are one row.
    in_row: usize,
    units: usize,
    /// Per unit within a row of units: first place and end; `NEVER` and 0 where nothing is read.
    columns: Vec<(usize, usize)>,
    /// Per row of units, the places by which it is moved: of its first and of its last row; `None` where nothing is read.
    rows: Vec<Option<(usize, usize)>>,
    /// Per row of units, the first place that it or a later one reads.
    firsts: Vec<usize>,
}

impl Reads {
    pub fn new(stream: &Stream<'_>, step: usize, operands: &[(usize, usize)], done: usize) -> Self {
        let node = &stream.flow.steps[step];
        let operand = operands.first().map_or(0, |&(_, operand)| operand);
        let map = node.input_maps[operand];
        let unit = stream.unit;
        let (shape, units) = if stream.accumulates(step) {
            (map, if done > 0 { unit.count(map) } else { 0 })
        } else {
            (node.map, done)
        };
        let read = |region: Region| {
            if stream.accumulates(step) {
                region
            } else {
                stream.read(step, operand, region)
            }
        };
        let in_row = match unit {
            Unit::Row => 1,
            Unit::Pixel | Unit::Column => shape[1].max(1),
        };
        let wide = match unit {
            Unit::Column => 0,
            Unit::Row | Unit::Pixel => map[1],
        };
        let columns = (0..in_row)
            .map(|column| {
                let mut region = Region::whole(shape[0], shape[1]);
                if unit != Unit::Row {
                    region.x = Interval::new(column, column + 1);
                }
                let x = read(region).x;
                if x.is_empty() {
                    (NEVER, 0)
                } else {
                    (x.start, x.end)
                }
            })
            .collect();
        let rows = (0..units.div_ceil(in_row))
            .map(|row| {
                let mut region = Region::whole(shape[0], shape[1]);
                if unit != Unit::Column {
                    region.y = Interval::new(row, row + 1);
                }
                let y = read(region).y;
                (!y.is_empty()).then(|| (y.start * wide, (y.end - 1) * wide))
            })
            .collect();
        let mut reads = Self {
            in_row,
            units,
            columns,
            rows,
            firsts: Vec::new(),
        };
        let mut first = NEVER;
        let mut firsts: Vec<usize> = (0..reads.rows.len())
            .rev()
            .map(|row| {
                first = first.min(reads.first_in_row(row, 0));
                first
            })
            .collect();
        firsts.reverse();
        reads.firsts = firsts;
        reads
    }

    /// Units of the step in that row.
    fn columns_of(&self, row: usize) -> usize {
        (self.units - row * self.in_row).min(self.in_row)
    }

    /// Places that must be there before the first `units` units are computed.
    pub fn there(&self, units: usize) -> usize {
        let Some(last) = units.checked_sub(1) else {
            return 0;
        };
        let needed = |row: usize, column: usize| {
            let end = self.rows.get(row).copied().flatten();
            match (end, self.columns[column]) {
                (Some((_, end)), (first, needed)) if first != NEVER => end + needed,
                _ => 0,
            }
        };
        let (row, column) = (last / self.in_row, last % self.in_row);
        // At the end of a row more columns are needed than at the beginning of the next.
        let before = row.checked_sub(1).map(|row| needed(row, self.in_row - 1));
        needed(row, column).max(before.unwrap_or(0))
    }

    /// The first place that a row of units reads from that unit of it on.
    fn first_in_row(&self, row: usize, column: usize) -> usize {
        let Some((start, _)) = self.rows[row] else {
            return NEVER;
        };
        // Starts never fall within a row, so the first that reads anything reads the first place.
        let mut columns = self.columns[column..self.columns_of(row)].iter();
        let first = columns.find(|(start, _)| *start != NEVER);
        first.map_or(NEVER, |&(column, _)| start + column)
    }

    /// The first place that is read from that unit on.
    pub fn first_from(&self, unit: usize) -> usize {
        if unit >= self.units {
            return NEVER;
        }
        let (row, column) = (unit / self.in_row, unit % self.in_row);
        let later = self.firsts.get(row + 1).copied().unwrap_or(NEVER);
        self.first_in_row(row, column).min(later)
    }

    /// Places of the ring that a map needs which is written only as far as this step asks, so many places at a time.
    pub fn ring(&self, written: usize) -> usize {
        let (mut ring, mut there) = (0, 0);
        for (row, places) in self.rows.iter().enumerate() {
            let Some((start, end)) = *places else {
                continue;
            };
            let later = self.firsts.get(row + 1).copied().unwrap_or(NEVER);
            for &(first, needed) in &self.columns[..self.columns_of(row)] {
                if first == NEVER {
                    continue;
                }
                there = there.max((end + needed).next_multiple_of(written.max(1)));
                let last_unit = there - written.min(there);
                let kept_from = (start + first).min(later).min(last_unit);
                ring = ring.max(there - kept_from);
            }
        }
        ring
    }
}
