//! The search itself: candidates in the order of a promise that no plan of theirs can be better than, drafted and planned
//! until the best plan is no worse than the next promise.

use super::edges::{Edge, Edges};
use super::paths::{Key, Paths, completions, least_bytes};
use super::pins::Pins;
use super::price::Prices;
use super::streams::Streams;
use super::tiled::Tiled;
use super::types::{Counted, Found, Limit, Objective, Progress, Query};
use crate::plan::build::finish;
use crate::plan::draft::draft;
use crate::plan::{Choices, Plan, PlanError, Prepared, Schedule, Target};
use crate::schedule::{Method, Stage};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// Schedules that are planned before the search gives up on a proof.
const MOST_PLANNED: usize = 512;

/// Who watches a search and may end it.
pub(super) type Watch<'a> = &'a mut dyn FnMut(Progress) -> ControlFlow<()>;

/// A search under way.
pub(super) struct Run<'a> {
    pub prices: Prices<'a>,
    pub edges: Edges,
    pub progress: Progress,
    pins: Pins,
    /// Cost layer by layer.
    once: u64,
    tried: BTreeSet<Vec<usize>>,
    /// Bytes below which no path is left to try.
    level: Option<usize>,
}

/// The search was ended from outside.
pub(super) struct Cancelled;

/// The best schedule that a query asks for. Deterministic.
///
/// `watch` is told of every step of the work and can end it.
///
/// # Errors
/// As [`crate::plan::plan_prepared`], and when a pin is illegal; a condition that cannot be met is none.
pub fn search(
    prepared: &Prepared,
    target: &Target,
    choices: &Choices,
    query: &Query,
    watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Found, PlanError> {
    let mut run = Run::new(prepared, target, choices, query)?;
    let any = Schedule::Stages(run.pins.any(prepared, choices.input)?);
    let any = run.plan(any)?;
    let cancelled = |plan: Plan| Found {
        limit: run_limit(&plan, query),
        plan,
        proven: false,
    };
    if run.weigh(query, watch)?.is_err() {
        return Ok(cancelled(any));
    }
    let order = run.order(query.objective);
    let (mut best, proven) = run.best(order, watch)?;
    let Some(found) = best.take() else {
        if !proven {
            return Ok(cancelled(any));
        }
        // Nothing meets the condition: what comes nearest to it.
        let order = match order {
            Order::Cost { .. } => Order::Memory { most: None },
            Order::Memory { .. } => Order::Cost { cap: None },
        };
        run.tried.clear();
        run.level = None;
        let (nearest, proven) = run.best(order, watch)?;
        let plan = nearest.unwrap_or(any);
        let limit = Some(Limit::of(&plan, query.counted));
        return Ok(Found {
            plan,
            proven,
            limit,
        });
    };
    Ok(Found {
        plan: found,
        proven,
        limit: None,
    })
}

/// Why a plan does not meet a cap on memory.
fn run_limit(plan: &Plan, query: &Query) -> Option<Limit> {
    let above = query.objective.cap()? < query.counted.of(plan);
    above.then(|| Limit::of(plan, query.counted))
}

/// What comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Least memory among schedules of at most so much cost, then least cost.
    Memory { most: Option<u64> },
    /// Least cost among schedules of at most so many bytes, then least memory.
    Cost { cap: Option<usize> },
}

impl Order {
    /// What candidates are compared by.
    const fn rank(self, (cost, bytes): Key) -> (u64, u64) {
        match self {
            Self::Memory { .. } => (bytes as u64, cost),
            Self::Cost { .. } => (cost, bytes as u64),
        }
    }

    const fn accepts(self, (cost, bytes): Key) -> bool {
        match self {
            Self::Memory { most: Some(most) } => cost <= most,
            Self::Cost { cap: Some(cap) } => bytes <= cap,
            Self::Memory { most: None } | Self::Cost { cap: None } => true,
        }
    }
}

impl<'a> Run<'a> {
    pub fn new(
        prepared: &'a Prepared,
        target: &'a Target,
        choices: &'a Choices,
        query: &Query,
    ) -> Result<Self, PlanError> {
        let cost = query.objective.cost();
        Ok(Self {
            pins: Pins::new(prepared, choices.input, &query.pins)?,
            prices: Prices::new(prepared, target, choices, query.counted, cost),
            edges: Edges::default(),
            progress: Progress::default(),
            once: 0,
            tried: BTreeSet::new(),
            level: None,
        })
    }

    /// Finds all edges.
    pub fn weigh(
        &mut self,
        query: &Query,
        watch: Watch<'_>,
    ) -> Result<Result<(), Cancelled>, PlanError> {
        let flow = &self.prices.prepared.flow;
        let steps = flow.steps.len();
        let mut all = self.prices.layers()?;
        self.once = self.prices.cost_once();
        all.retain(|edge| self.pins.allow(&edge.stage()));
        for stage in &self.pins.stages {
            if stage.method != Method::Layer {
                all.push(self.prices.pinned(stage)?);
            }
        }
        let open = |stage: &Stage| self.pins.allow(stage) && !self.pins.stages.contains(stage);
        let mut streams: Vec<Streams<'_>> = Vec::with_capacity(query.ways.lines.len());
        for &hand_over in &query.ways.lines {
            streams.push(Streams::new(&self.prices, hand_over));
        }
        let tiled = Tiled::new(&self.prices, query.ways.tiled());
        for end in 1..=steps {
            for streams in &mut streams {
                all.extend(streams.ending(end, &open));
            }
            tiled.ending(end, &open, &mut all)?;
            self.progress.segments = all.len();
            if watch(self.progress).is_break() {
                return Ok(Err(Cancelled));
            }
        }
        drop(streams);
        self.edges = Edges::new(all, steps);
        Ok(Ok(()))
    }

    pub fn order(&self, objective: Objective) -> Order {
        match objective.cap() {
            Some(cap) => Order::Cost { cap: Some(cap) },
            None => Order::Memory {
                most: (objective.factor())
                    .map(|factor| (self.once as f64 * factor.max(0.0)).floor() as u64),
            },
        }
    }

    /// The best plan that is accepted, and whether nothing better is left.
    pub fn best(
        &mut self,
        order: Order,
        watch: Watch<'_>,
    ) -> Result<(Option<Plan>, bool), PlanError> {
        let mut best: Option<(Plan, Key)> = None;
        let mut planned = 0;
        loop {
            let Some((path, promise)) = self.next(order) else {
                return Ok((best.map(|(plan, _)| plan), true));
            };
            let beaten = |(_, key): &(Plan, Key)| order.rank(*key) <= order.rank(promise);
            if best.as_ref().is_some_and(beaten) {
                return Ok((best.map(|(plan, _)| plan), true));
            }
            self.progress.bound_bytes = promise.1;
            let ended = watch(self.progress).is_break();
            let exact = self.refine(&path)?;
            if ended {
                if best.is_none() {
                    let plan = self.plan(self.schedule(&path))?;
                    let key = (promise.0, self.prices.counted.of(&plan));
                    best = order.accepts(key).then_some((plan, key));
                }
                return Ok((best.map(|(plan, _)| plan), false));
            }
            if !exact {
                continue;
            }
            let plan = self.plan(self.schedule(&path))?;
            let key = (promise.0, self.prices.counted.of(&plan));
            if key == promise && order.accepts(key) {
                // As good as was promised, and no other promise is better.
                self.progress.best_bytes = key.1;
                self.progress.planned += 1;
                return Ok((Some(plan), true));
            }
            let better = |(_, other): &(Plan, Key)| order.rank(key) < order.rank(*other);
            if order.accepts(key) && best.as_ref().is_none_or(better) {
                best = Some((plan, key));
                self.progress.best_bytes = key.1;
            }
            self.tried.insert(path);
            planned += 1;
            self.progress.planned += 1;
            if planned == MOST_PLANNED {
                return Ok((best.map(|(plan, _)| plan), false));
            }
        }
    }

    /// The next path in the order that was not planned yet.
    fn next(&mut self, order: Order) -> Option<(Vec<usize>, Key)> {
        match order {
            Order::Cost { cap } => self.untried(cap.unwrap_or(usize::MAX), None),
            Order::Memory { most } => {
                // Bytes only ever rise: where the last path was found there may be another, below there is none.
                if let Some(found) = self.level.and_then(|level| self.untried(level, most)) {
                    return Some(found);
                }
                let least = least_bytes(&self.edges)?.max(self.level.unwrap_or(0));
                let levels = self.edges.levels();
                let fits = |level: usize| {
                    let reached = completions(&self.edges, level)[0];
                    reached.is_some_and(|(cost, _)| most.is_none_or(|most| cost <= most))
                };
                let first = levels
                    .partition_point(|&level| level < least || (most.is_some() && !fits(level)));
                let (level, found) = (levels[first..].iter())
                    .find_map(|&level| Some((level, self.untried(level, most)?)))?;
                self.level = Some(level);
                Some(found)
            }
        }
    }

    fn untried(&self, cap: usize, most: Option<u64>) -> Option<(Vec<usize>, Key)> {
        Paths::new(&self.edges, cap)
            .take_while(|(_, (cost, _))| most.is_none_or(|most| *cost <= most))
            .find(|(path, _)| !self.tried.contains(path))
    }

    /// Gives the edges of a path the bytes that a plan charges. Whether they had them already.
    pub fn refine(&mut self, path: &[usize]) -> Result<bool, PlanError> {
        if path.iter().all(|&edge| self.edges.all[edge].exact) {
            return Ok(true);
        }
        let choices = self.choices(self.schedule(path));
        let draft = draft(self.prices.prepared, self.prices.target, &choices)?;
        let bytes: Vec<usize> = match self.prices.counted {
            Counted::Arena => draft.floors(),
            Counted::Activations => draft.live().iter().map(|[tensors, _]| *tensors).collect(),
        };
        let mut same = true;
        for &edge in path {
            let edge: &mut Edge = &mut self.edges.all[edge];
            let charged = bytes[edge.steps.clone()].iter().copied().max();
            let charged = charged.unwrap_or(0);
            debug_assert!(edge.bytes <= charged, "{edge:?} is charged {charged} bytes");
            same &= edge.bytes == charged;
            edge.bytes = charged;
            edge.exact = true;
        }
        Ok(same)
    }

    /// The schedule of a path; what it does not name runs layer by layer.
    pub fn schedule(&self, path: &[usize]) -> Schedule {
        let stages = (path.iter().map(|&edge| &self.edges.all[edge]))
            .filter(|edge| edge.method != Method::Layer)
            .map(Edge::stage)
            .collect();
        Schedule::Stages(stages)
    }

    pub fn choices(&self, schedule: Schedule) -> Choices {
        Choices {
            schedule,
            ..self.prices.choices.clone()
        }
    }

    pub fn plan(&self, schedule: Schedule) -> Result<Plan, PlanError> {
        let choices = self.choices(schedule);
        let (prepared, target) = (self.prices.prepared, self.prices.target);
        finish(
            prepared,
            target,
            &choices,
            draft(prepared, target, &choices)?,
        )
    }
}
