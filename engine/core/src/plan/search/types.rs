//! What is asked of the search, and what it answers.

use crate::plan::{LiveBytes, Plan, Schedule};
use crate::schedule::{HandOver, Method, Stage};
use std::ops::Range;

/// What the best schedule is. Factors are relative to layer by layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Objective {
    /// The lowest memory; fewer MACs where two are equally low.
    LeastMemory {
        /// Schedules with more MACs than this factor are left out; `None` allows any.
        max_mac_factor: Option<f64>,
    },
    /// The fewest MACs within so many bytes; the lower memory where two have equally many. Where none is that low, the
    /// lowest there is.
    LeastMacs {
        /// Bytes that the arena may take.
        arena_bytes: usize,
    },
    /// The lowest memory; fewer estimated cycles where two are equally low.
    LeastMemoryInTime {
        /// Schedules with more estimated cycles than this factor are left out.
        max_cycle_factor: f64,
    },
    /// The fewest estimated cycles within so many bytes.
    LeastCycles {
        /// Bytes that the arena may take.
        arena_bytes: usize,
    },
}

/// What is added up along a schedule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cost {
    /// Multiply-accumulates.
    #[default]
    Macs,
    /// Estimated cycles on the target.
    Cycles,
}

impl Objective {
    /// What it weighs memory against.
    pub const fn cost(self) -> Cost {
        match self {
            Self::LeastMemory { .. } | Self::LeastMacs { .. } => Cost::Macs,
            Self::LeastMemoryInTime { .. } | Self::LeastCycles { .. } => Cost::Cycles,
        }
    }

    /// The bytes that may be taken, where that is the condition.
    pub const fn cap(self) -> Option<usize> {
        match self {
            Self::LeastMacs { arena_bytes } | Self::LeastCycles { arena_bytes } => {
                Some(arena_bytes)
            }
            Self::LeastMemory { .. } | Self::LeastMemoryInTime { .. } => None,
        }
    }

    /// The factor of cost that may be taken, where that is the condition.
    pub const fn factor(self) -> Option<f64> {
        match self {
            Self::LeastMemory { max_mac_factor } => max_mac_factor,
            Self::LeastMemoryInTime { max_cycle_factor } => Some(max_cycle_factor),
            Self::LeastMacs { .. } | Self::LeastCycles { .. } => None,
        }
    }
}

/// Which bytes count as memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Counted {
    /// The packed arena, scratch included: a plan's `peak_sram_bytes`.
    #[default]
    Arena,
    /// The most that tensors take at any step, without kernel scratch: a plan's `peak_activation_bytes`.
    Activations,
}

impl Counted {
    /// That memory of a plan.
    pub const fn of(self, plan: &Plan) -> usize {
        match self {
            Self::Arena => plan.totals.peak_sram_bytes,
            Self::Activations => plan.totals.peak_activation_bytes,
        }
    }
}

/// A choice of the user's that is kept exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pin {
    /// A segment ends before this step.
    Boundary(usize),
    /// These steps are run in this way.
    Stage(Stage),
}

/// The ways that the search weighs. Layer by layer is always one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ways {
    /// Line buffers, with what they may hand over.
    pub lines: Vec<HandOver>,
    /// Grids of patches.
    pub grids: Vec<[usize; 2]>,
    /// Rows of the strips of a horizontal cache.
    pub strips: Vec<usize>,
    /// Tiles of a tile cache.
    pub tiles: Vec<[usize; 2]>,
}

impl Ways {
    /// Nothing but layer by layer.
    pub const LAYER: Self = Self {
        lines: Vec::new(),
        grids: Vec::new(),
        strips: Vec::new(),
        tiles: Vec::new(),
    };

    /// Line buffers by rows and by pixels: nothing is recomputed.
    pub fn lines() -> Self {
        Self {
            lines: vec![HandOver::Row, HandOver::Pixel],
            ..Self::LAYER
        }
    }

    /// Square grids of patches from 2 × 2 to 6 × 6.
    pub fn patches() -> Self {
        Self {
            grids: (2..=6).map(|parts| [parts, parts]).collect(),
            ..Self::LAYER
        }
    }

    /// Every way, with a few sizes of each.
    pub fn all() -> Self {
        Self {
            strips: vec![1, 2, 4, 8],
            tiles: vec![[1, 1], [2, 2], [4, 4], [8, 8]],
            lines: Self::lines().lines,
            grids: Self::patches().grids,
        }
    }

    /// Those that cut maps into patches, strips or tiles.
    pub(super) fn tiled(&self) -> Vec<Method> {
        let grids = self.grids.iter().map(|&grid| Method::Patch { grid });
        let strips = (self.strips.iter()).map(|&rows| Method::HorizontalCache { rows });
        let tiles = self.tiles.iter().map(|&tile| Method::TileCache { tile });
        let mut methods: Vec<Method> = grids.chain(strips).chain(tiles).collect();
        methods.sort_unstable();
        methods.dedup();
        methods
    }
}

impl Default for Ways {
    fn default() -> Self {
        Self::all()
    }
}

/// What is searched for.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// What is best.
    pub objective: Objective,
    /// What counts as memory.
    pub counted: Counted,
    /// What the user has decided.
    pub pins: Vec<Pin>,
    /// What may be chosen.
    pub ways: Ways,
}

impl Query {
    /// Every way, nothing pinned, the arena counted.
    pub fn new(objective: Objective) -> Self {
        Self {
            objective,
            counted: Counted::default(),
            pins: Vec::new(),
            ways: Ways::default(),
        }
    }
}

/// How far a search is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Segments weighed so far.
    pub segments: usize,
    /// Schedules planned so far.
    pub planned: usize,
    /// Memory of the best so far, in bytes.
    pub best_bytes: usize,
    /// No schedule that is still to be weighed is below this, in bytes; 0 while that is unknown.
    pub bound_bytes: usize,
}

/// What a search found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The best schedule, planned.
    pub plan: Plan,
    /// Whether no schedule of these ways is better. Not so where the search was cancelled, or where packing stayed above
    /// the bytes in use and too many schedules promised as much.
    pub proven: bool,
    /// Where the condition cannot be met: what stands in the way. The plan is then the one with the least memory.
    pub limit: Option<Limit>,
}

/// What keeps memory from being lower.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// The segment with the most bytes in use.
    pub steps: Range<usize>,
    /// The way in which it is run.
    pub method: Method,
    /// The step with the most bytes in use.
    pub step: usize,
    /// What those bytes are.
    pub live: LiveBytes,
}

impl Limit {
    /// Of a plan.
    pub(super) fn of(plan: &Plan, counted: Counted) -> Self {
        let bytes = |live: &LiveBytes| match counted {
            Counted::Arena => live.total(),
            Counted::Activations => live.activations(),
        };
        let step = (plan.steps.iter().enumerate())
            .max_by_key(|(index, step)| (bytes(&step.live), std::cmp::Reverse(*index)))
            .map_or(0, |(index, _)| index);
        let own = &plan.steps[step];
        let segment = &plan.segments[own.segment];
        // Steps that run layer by layer limit one by one.
        let steps = match segment.method {
            Method::Layer => step..step + 1,
            _ => segment.steps.clone(),
        };
        Self {
            steps,
            method: segment.method,
            step,
            live: own.live,
        }
    }
}

/// A schedule than which none has both less memory and less cost.
#[derive(Clone, Debug, PartialEq)]
pub struct FrontPoint {
    /// What counts as memory, in bytes.
    pub bytes: usize,
    /// Multiply-accumulates.
    pub macs: u64,
    /// Estimated cycles.
    pub cycles_estimated: u64,
    /// The schedule.
    pub schedule: Schedule,
}
