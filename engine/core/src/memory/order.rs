//! The order in which to compute a branchy graph so that the least memory is live at once. Knows nodes with bytes, not
//! operators; what is live is counted, not yet placed.
//!
//! What is live depends only on the set of nodes computed so far, so the best order is a path of least maximum through
//! the sets that are closed under inputs: exact, by Dijkstra's algorithm. Most graphs need few of these sets, because
//! a run of nodes that ends with no more live than it began, and needs no more than is needed anyway, may go first
//! (the valleys of Liu's tree pebbling). Where there are too many sets, a beam search answers.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// One node: what it makes, what it reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Bytes of its output, live until its last reader is done; to the end if it has none.
    pub bytes: usize,
    /// Bytes that it needs besides while it is computed.
    pub scratch_bytes: usize,
    /// The nodes whose outputs it reads.
    pub inputs: Vec<usize>,
    /// The input whose bytes its output may take over, when no other node still reads that.
    pub in_place: Option<usize>,
    /// There before anything is computed, such as the graph's inputs. It has no inputs and no place in the order.
    pub is_given: bool,
    /// Live to the end even if it has readers.
    pub is_kept: bool,
}

/// An order and what it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Every node that is not given, each after its inputs.
    pub nodes: Vec<usize>,
    /// Most bytes live at once.
    pub peak_bytes: usize,
    /// No order needs fewer.
    pub lower_bound: usize,
}

impl Order {
    /// Whether it is proven that no order needs fewer bytes.
    pub const fn is_lowest(&self) -> bool {
        self.peak_bytes <= self.lower_bound
    }
}

/// How far [`order`] searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderLimits {
    /// Sets of computed nodes to look at before giving up exactness.
    pub sets: usize,
    /// Sets of each size that the beam search keeps.
    pub beam: usize,
}

impl Default for OrderLimits {
    fn default() -> Self {
        Self {
            sets: 20_000,
            beam: 64,
        }
    }
}

/// Why there is no order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// An input that is no node, a given node with inputs, or work in place on what is no input.
    #[error("node {node} has an impossible input")]
    Input {
        /// Index of the node.
        node: usize,
    },
    /// Nodes that read each other in a circle.
    #[error("some nodes read each other in a circle")]
    Cycle,
    /// Sizes whose sum is no number.
    #[error("the nodes' sizes are beyond the address range")]
    Overflow,
}

/// Finds an order that needs the fewest bytes at once, or, within its limits, as few as it can.
///
/// # Errors
/// [`OrderError`] when the nodes are no graph without circles.
pub fn order(nodes: &[Node], limits: &OrderLimits) -> Result<Order, OrderError> {
    let graph = Graph::new(nodes)?;
    let start = graph.start();
    let (exact, lower_bound) = graph.least(&start, limits.sets);
    let found = match exact {
        Some(path) => Some(path),
        None => graph.beam(start, limits.beam.max(1)),
    };
    let (path, peak_bytes) = found.ok_or(OrderError::Cycle)?;
    Ok(Order {
        nodes: path,
        peak_bytes,
        lower_bound: lower_bound.min(peak_bytes),
    })
}

/// Most bytes live at once in that order.
///
/// # Errors
/// [`OrderError`] when it is no order of the nodes.
pub fn peak(nodes: &[Node], order: &[usize]) -> Result<usize, OrderError> {
    let graph = Graph::new(nodes)?;
    let mut state = graph.start();
    for &node in order {
        if node >= nodes.len() || !graph.is_ready(&state, node) {
            return Err(OrderError::Input { node });
        }
        graph.compute(&mut state, node);
    }
    if !graph.is_complete(&state) {
        return Err(OrderError::Cycle);
    }
    Ok(state.peak)
}

struct Graph<'a> {
    nodes: &'a [Node],
    /// The nodes that read each.
    readers: Vec<Vec<usize>>,
}

/// What is computed so far.
#[derive(Clone)]
struct State {
    /// A bit for each node.
    set: Box<[u64]>,
    /// Most bytes live so far.
    peak: usize,
    /// Bytes live now.
    live: usize,
    /// Index of the state before, and what was computed since.
    before: usize,
    since: Vec<usize>,
}

impl State {
    fn has(&self, node: usize) -> bool {
        self.set[node / 64] >> (node % 64) & 1 == 1
    }
}

impl<'a> Graph<'a> {
    fn new(nodes: &'a [Node]) -> Result<Self, OrderError> {
        let mut readers = vec![Vec::new(); nodes.len()];
        let mut total: usize = 0;
        for (index, node) in nodes.iter().enumerate() {
            let known = node.inputs.iter().all(|&input| input < nodes.len());
            let given = !node.is_given || node.inputs.is_empty();
            let place = node.in_place.is_none_or(|u| node.inputs.contains(&u));
            if !(known && given && place) {
                return Err(OrderError::Input { node: index });
            }
            total = (total.checked_add(node.bytes))
                .and_then(|total| total.checked_add(node.scratch_bytes))
                .ok_or(OrderError::Overflow)?;
            for &input in &node.inputs {
                if !readers[input].contains(&index) {
                    readers[input].push(index);
                }
            }
        }
        Ok(Self { nodes, readers })
    }

    fn start(&self) -> State {
        let mut set = vec![0; self.nodes.len().div_ceil(64)];
        let mut live = 0;
        for (index, node) in self.nodes.iter().enumerate().filter(|(_, n)| n.is_given) {
            set[index / 64] |= 1 << (index % 64);
            live += node.bytes;
        }
        State {
            set: set.into(),
            peak: live,
            live,
            before: usize::MAX,
            since: Vec::new(),
        }
    }

    fn is_ready(&self, state: &State, node: usize) -> bool {
        let mut inputs = self.nodes[node].inputs.iter();
        !state.has(node) && inputs.all(|&input| state.has(input))
    }

    fn is_complete(&self, state: &State) -> bool {
        (0..self.nodes.len()).all(|node| state.has(node))
    }

    /// Computes one node.
    fn compute(&self, state: &mut State, node: usize) {
        let own = &self.nodes[node];
        let is_last = |input: usize| {
            let mut others = self.readers[input].iter();
            !self.nodes[input].is_kept && others.all(|&r| r == node || state.has(r))
        };
        let shared = match own.in_place {
            Some(input) if is_last(input) => self.nodes[input].bytes.min(own.bytes),
            _ => 0,
        };
        let peak = state.live + own.bytes + own.scratch_bytes - shared;
        let freed: usize = (own.inputs.iter().enumerate())
            .filter(|&(at, input)| !own.inputs[..at].contains(input) && is_last(*input))
            .map(|(_, &input)| self.nodes[input].bytes)
            .sum();
        state.live = state.live + own.bytes - freed;
        state.peak = state.peak.max(peak);
        state.set[node / 64] |= 1 << (node % 64);
        state.since.push(node);
    }

    /// Computes what costs nothing: from a ready node on along its only readers, up to where no more is live than now,
    /// if that needs no more than was needed already. Whatever order the rest has, that run may as well go first.
    fn settle(&self, state: &mut State) {
        let ready: Vec<usize> = (0..self.nodes.len()).collect();
        let mut at = 0;
        while let Some(&node) = ready.get(at) {
            at += 1;
            if !self.is_ready(state, node) {
                continue;
            }
            let mut run = state.clone();
            let mut next = node;
            loop {
                self.compute(&mut run, next);
                if run.peak > state.peak || run.live <= state.live {
                    break;
                }
                match self.readers[next][..] {
                    [only] if self.is_ready(&run, only) => next = only,
                    _ => break,
                }
            }
            if run.peak <= state.peak && run.live <= state.live {
                *state = run;
                at = 0;
            }
        }
    }

    /// What follows a state: each ready node computed, and all that then costs nothing.
    fn successors(&self, state: &State, before: usize) -> impl Iterator<Item = State> {
        (0..self.nodes.len())
            .filter(|&node| self.is_ready(state, node))
            .map(move |node| {
                let mut next = State {
                    before,
                    since: Vec::new(),
                    ..state.clone()
                };
                self.compute(&mut next, node);
                self.settle(&mut next);
                next
            })
    }

    /// The path of least peak if `limit` sets are enough to find it, and a bound below which none is.
    fn least(&self, start: &State, limit: usize) -> (Option<(Vec<usize>, usize)>, usize) {
        let mut states = vec![start.clone()];
        self.settle(&mut states[0]);
        let mut known: HashMap<Box<[u64]>, usize> = HashMap::new();
        // By peak; then what is furthest, so that a free descent is followed at once.
        let mut queue = BinaryHeap::from([(Reverse(states[0].peak), 0)]);
        let mut bound = states[0].peak;
        while let Some((Reverse(peak), index)) = queue.pop() {
            bound = peak;
            if self.is_complete(&states[index]) {
                return (Some((path(&states, index), peak)), peak);
            }
            if known
                .get(&states[index].set)
                .is_some_and(|&best| best < peak)
            {
                continue;
            }
            let next: Vec<State> = self.successors(&states[index], index).collect();
            for state in next {
                let best = known.entry(state.set.clone()).or_insert(usize::MAX);
                if state.peak < *best {
                    *best = state.peak;
                    queue.push((Reverse(state.peak), states.len()));
                    states.push(state);
                }
            }
            if states.len() > limit {
                break;
            }
        }
        (None, bound)
    }

    /// The best of `width` paths, kept by peak and then by what is live. `None` when there is no order at all.
    fn beam(&self, start: State, width: usize) -> Option<(Vec<usize>, usize)> {
        let mut states = vec![start];
        self.settle(&mut states[0]);
        let mut front = vec![0];
        let mut best: Option<usize> = None;
        while !front.is_empty() {
            let mut next: Vec<State> = Vec::new();
            for &index in &front {
                if self.is_complete(&states[index]) {
                    let peak = states[index].peak;
                    if best.is_none_or(|best| peak < states[best].peak) {
                        best = Some(index);
                    }
                } else {
                    next.extend(self.successors(&states[index], index));
                }
            }
            next.sort_by(|a, b| (a.peak, a.live, &a.set).cmp(&(b.peak, b.live, &b.set)));
            next.dedup_by(|a, b| a.set == b.set);
            next.truncate(width);
            front = (states.len()..states.len() + next.len()).collect();
            states.extend(next);
        }
        best.map(|index| (path(&states, index), states[index].peak))
    }
}

/// All that was computed up to a state.
fn path(states: &[State], mut index: usize) -> Vec<usize> {
    let mut path = Vec::new();
    while let Some(state) = states.get(index) {
        path.extend(state.since.iter().rev());
        index = state.before;
    }
    path.reverse();
    path
}
