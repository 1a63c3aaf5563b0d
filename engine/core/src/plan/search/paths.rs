//! Paths over the boundaries: cheapest first among those within a number of bytes. The bytes of a path are the most of
//! its edges, its cost is the sum.

use super::edges::Edges;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Cost, then bytes: what paths are ordered by.
pub(super) type Key = (u64, usize);

/// The best way from each boundary to the end over edges within `cap` bytes: least cost, then least bytes. Exact: where
/// costs are equal the bytes so far are only ever raised by a maximum.
pub(super) fn completions(edges: &Edges, cap: usize) -> Vec<Option<Key>> {
    let mut best = vec![None; edges.end() + 1];
    best[edges.end()] = Some((0, 0));
    for boundary in (0..edges.end()).rev() {
        best[boundary] = (edges.all[edges.from(boundary)].iter())
            .filter(|edge| edge.bytes <= cap)
            .filter_map(|edge| {
                let (cost, bytes) = best[edge.steps.end]?;
                Some((cost + edge.cost, bytes.max(edge.bytes)))
            })
            .min();
    }
    best
}

/// The least bytes with which the end can be reached from each boundary, at any cost.
pub(super) fn least_bytes(edges: &Edges) -> Option<usize> {
    let mut best = vec![None; edges.end() + 1];
    best[edges.end()] = Some(0);
    for boundary in (0..edges.end()).rev() {
        best[boundary] = (edges.all[edges.from(boundary)].iter())
            .filter_map(|edge| Some(edge.bytes.max(best[edge.steps.end]?)))
            .min();
    }
    best[0]
}

/// All paths within a number of bytes, cheapest first.
pub(super) struct Paths<'a> {
    edges: &'a Edges,
    cap: usize,
    rest: Vec<Option<Key>>,
    heap: BinaryHeap<(Reverse<Key>, usize)>,
    /// Beginnings of paths: the one that each extends, its last edge, its own cost and bytes.
    begun: Vec<Begun>,
}

#[derive(Clone, Copy)]
struct Begun {
    before: usize,
    edge: usize,
    at: usize,
    key: Key,
}

/// Not an edge: the empty beginning.
const NONE: usize = usize::MAX;

impl<'a> Paths<'a> {
    pub fn new(edges: &'a Edges, cap: usize) -> Self {
        let rest = completions(edges, cap);
        let mut paths = Self {
            edges,
            cap,
            heap: BinaryHeap::new(),
            begun: Vec::new(),
            rest,
        };
        paths.begin(Begun {
            before: NONE,
            edge: NONE,
            at: 0,
            key: (0, 0),
        });
        paths
    }

    /// Remembers a beginning by the best that can become of it; of equals the last is continued first.
    fn begin(&mut self, begun: Begun) {
        if let Some((cost, bytes)) = self.rest[begun.at] {
            let key = (begun.key.0 + cost, begun.key.1.max(bytes));
            self.heap.push((Reverse(key), self.begun.len()));
            self.begun.push(begun);
        }
    }
}

impl Iterator for Paths<'_> {
    /// The edges, and what they come to.
    type Item = (Vec<usize>, Key);

    fn next(&mut self) -> Option<Self::Item> {
        while let Some((Reverse(key), index)) = self.heap.pop() {
            let begun = self.begun[index];
            if begun.at == self.edges.end() {
                let mut path = Vec::new();
                let mut index = index;
                while self.begun[index].edge != NONE {
                    path.push(self.begun[index].edge);
                    index = self.begun[index].before;
                }
                path.reverse();
                return Some((path, key));
            }
            for edge in self.edges.from(begun.at) {
                let own = &self.edges.all[edge];
                if own.bytes <= self.cap {
                    self.begin(Begun {
                        before: index,
                        edge,
                        at: own.steps.end,
                        key: (begun.key.0 + own.cost, begun.key.1.max(own.bytes)),
                    });
                }
            }
        }
        None
    }
}
