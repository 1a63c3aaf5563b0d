//! What a pass reads of an operand along one axis, as C: a formula in the place of the output where that is exact, else a
//! table. Regions come from [`operand_interval`]; nothing is worked out anew.

use crate::graph::Interval;
use crate::schedule::Node;
use crate::schedule::region::operand_interval;
use std::fmt::Write;

/// An axis of an operand.
pub(super) struct Axis {
    /// Per place of the output what is read; empty intervals are 0 to 0.
    reads: Vec<Interval>,
    /// `place * stride - before` is where the window starts.
    stride: isize,
    before: isize,
    /// Places that the window spans.
    reach: isize,
    extent: isize,
    windowed: bool,
    exact: bool,
    /// The C name of its table.
    name: String,
}

/// A linear function of `place` in C.
fn linear(place: &str, stride: isize, offset: isize) -> String {
    let scaled = match stride {
        0 => return offset.to_string(),
        1 => place.to_owned(),
        _ => format!("{place} * {stride}"),
    };
    match offset {
        0 => scaled,
        1.. => format!("{scaled} + {offset}"),
        _ => format!("{scaled} - {}", -offset),
    }
}

impl Axis {
    /// Axis `axis` of operand number `operand`; `name` is free for a table.
    pub(super) fn new(node: &Node, operand: usize, axis: usize, name: String) -> Self {
        let extent = node.input_maps[operand][axis];
        let reads: Vec<Interval> = (0..node.map[axis])
            .map(|place| operand_interval(node, operand, axis, Interval::new(place, place + 1)))
            .map(|read| {
                if read.is_empty() {
                    Interval::new(0, 0)
                } else {
                    read
                }
            })
            .collect();
        let [stride, before, reach] = match &node.window {
            Some(w) => [
                w.stride[axis],
                [w.padding.top, w.padding.left][axis],
                (w.kernel[axis] - 1) * w.dilation[axis] + 1,
            ],
            None if node.local && extent != 1 => [1, 0, 1],
            None => [0, 0, extent],
        };
        let mut found = Self {
            reads,
            stride: stride as isize,
            before: before as isize,
            reach: reach as isize,
            extent: extent as isize,
            windowed: node.window.is_some(),
            exact: true,
            name,
        };
        found.exact = (found.reads.iter().enumerate()).all(|(place, read)| {
            let start = place as isize * found.stride - found.before;
            let end = (start + found.reach).clamp(0, found.extent);
            [start.clamp(0, found.extent), end] == [read.start as isize, read.end as isize]
        });
        found
    }

    /// Whether some place reads nothing.
    pub(super) fn may_be_empty(&self) -> bool {
        self.reads.iter().any(|read| read.is_empty())
    }

    /// The table, where there is one.
    pub(super) fn table(&self) -> String {
        if self.exact {
            return String::new();
        }
        let mut out = format!(
            "static const int16_t {}[{}][2] = {{",
            self.name,
            self.reads.len()
        );
        for (place, read) in self.reads.iter().enumerate() {
            let gap = if place % 12 == 0 { "\n    " } else { " " };
            let _ = write!(out, "{gap}{{{}, {}}},", read.start, read.end);
        }
        out.push_str("\n};\n");
        out
    }

    /// The first place that is read, as C.
    pub(super) fn start(&self, place: &str) -> String {
        if !self.exact {
            return format!("{}[{place}][0]", self.name);
        }
        self.clamped(place, 0)
    }

    /// One past the last place that is read, as C.
    pub(super) fn end(&self, place: &str) -> String {
        if !self.exact {
            return format!("{}[{place}][1]", self.name);
        }
        self.clamped(place, self.reach)
    }

    fn clamped(&self, place: &str, further: isize) -> String {
        let offset = further - self.before;
        let last = (self.reads.len() as isize - 1).max(0) * self.stride + offset;
        let text = linear(place, self.stride, offset);
        match (offset < 0, last > self.extent) {
            (true, true) => format!("ts_clamp({text}, 0, {})", self.extent),
            (true, false) => format!("ts_max({text}, 0)"),
            (false, true) => format!("ts_min({text}, {})", self.extent),
            (false, false) => text,
        }
    }

    /// Where the window starts, counted from `start`, as C.
    pub(super) fn origin(&self, place: &str, start: &str) -> String {
        if !self.windowed || (self.before == 0 && self.exact) {
            return "0".into();
        }
        format!("{} - {start}", linear(place, self.stride, -self.before))
    }

    /// Where the window of `place` starts, counted from `start`.
    pub(super) fn origin_of(&self, place: usize, start: usize) -> isize {
        if self.windowed {
            place as isize * self.stride - self.before - start as isize
        } else {
            0
        }
    }
}
