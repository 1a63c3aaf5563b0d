//! Segments: the whole network cut into consecutive steps, each run in its own way, with the geometry of that way
//! worked out.

use super::lines::{Lines, Store};
use super::patch::{AxisPatch, Patches, axis_patches};
use super::stream::Unit;
use super::tiles::Tiles;
use super::{Flow, InputMode, Method, ScheduleError, Stage, check_stage};
use crate::graph::Interval;
use std::ops::Range;

/// Consecutive steps with the geometry of the way in which they are run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Steps of the lowered graph.
    pub steps: Range<usize>,
    /// As chosen.
    pub method: Method,
    /// Worked out.
    pub geometry: Geometry,
}

/// What a method comes to on these steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Geometry {
    /// Whole maps.
    Layer,
    /// One patch after the other.
    Patches(Patches),
    /// One strip after the other, each from left to right.
    Strips(Strips),
    /// Row by row or pixel by pixel.
    Lines(Lines),
    /// One tile after the other.
    Tiles(Tiles),
}

/// A horizontal cache: strips, and the columns that are kept within each.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Strips {
    /// From the top: what each step computes of its rows, halos clipped at the border.
    pub strips: Vec<AxisPatch>,
    /// The columns, the same in every strip.
    pub columns: Lines,
}

impl Strips {
    /// The segment's output in strips of `rows` rows, the last one lower.
    pub fn new(flow: &Flow, steps: &Range<usize>, rows: usize) -> Self {
        let columns = Lines::new(flow, steps, Unit::Column, false);
        Self::with_columns(flow, steps, rows, columns)
    }

    /// The same where the columns are known.
    pub fn with_columns(flow: &Flow, steps: &Range<usize>, rows: usize, columns: Lines) -> Self {
        let height = flow.steps[steps.end - 1].map[0];
        let shares: Vec<Interval> = (0..height)
            .step_by(rows.max(1))
            .map(|start| Interval::new(start, (start + rows.max(1)).min(height)))
            .collect();
        Self {
            strips: axis_patches(flow, steps, 0, &shares),
            columns,
        }
    }

    /// Columns that are kept of step number `at` of the segment, of so many.
    pub fn kept_columns(&self, at: usize, width: usize) -> usize {
        match self.columns.stores[at] {
            Store::Ring(columns) => columns,
            Store::Whole => width,
        }
    }

    /// Rows of the highest strip of step number `at` of the segment.
    pub fn tallest(&self, at: usize) -> usize {
        let rows = self.strips.iter().map(|strip| strip.outputs[at].len());
        rows.max().unwrap_or(0)
    }

    /// Pixels of step number `at` that all strips together compute.
    pub fn computed_pixels(&self, at: usize) -> usize {
        let rows: usize = self
            .strips
            .iter()
            .map(|strip| strip.outputs[at].len())
            .sum();
        rows * self.columns.computed[at]
    }
}

impl Segment {
    /// Works a stage out.
    ///
    /// # Errors
    /// When it is illegal.
    pub fn new(flow: &Flow, stage: &Stage, input: InputMode) -> Result<Self, ScheduleError> {
        check_stage(flow, stage, input)?;
        let steps = &stage.steps;
        let geometry = match stage.method {
            Method::Layer => Geometry::Layer,
            Method::Patch { grid } => Geometry::Patches(Patches::new(flow, steps, grid)),
            Method::HorizontalCache { rows } => Geometry::Strips(Strips::new(flow, steps, rows)),
            Method::LineBuffers { hand_over } => Geometry::Lines(Lines::new(
                flow,
                steps,
                hand_over.into(),
                input == InputMode::Rows,
            )),
            Method::TileCache { tile } => Geometry::Tiles(Tiles::new(flow, steps, tile)),
        };
        Ok(Self {
            steps: steps.clone(),
            method: stage.method,
            geometry,
        })
    }

    /// Whether a step does exactly the work that its whole map takes: layer by layer, and where it takes its input as it
    /// comes.
    pub fn does_once(&self, flow: &Flow, step: usize) -> bool {
        match &self.geometry {
            Geometry::Layer => true,
            Geometry::Lines(lines) => lines.stream(flow, &self.steps).accumulates(step),
            _ => false,
        }
    }

    /// Pixels of a step's output that are computed, those computed again counted again.
    pub fn computed_pixels(&self, flow: &Flow, step: usize) -> usize {
        let at = step - self.steps.start;
        match &self.geometry {
            Geometry::Layer => flow.steps[step].map[..2].iter().product(),
            Geometry::Patches(patches) => patches.computed_pixels(at),
            Geometry::Strips(strips) => strips.computed_pixels(at),
            Geometry::Lines(lines) => lines.computed[at],
            Geometry::Tiles(tiles) => tiles.computed_pixels(at),
        }
    }
}

/// All steps of the network as stages: those given, and layer by layer what lies between them.
///
/// # Errors
/// When stages are out of order.
pub fn cover(flow: &Flow, stages: &[Stage]) -> Result<Vec<Stage>, ScheduleError> {
    let layer = |steps: Range<usize>| Stage {
        steps,
        method: Method::Layer,
    };
    let mut all = Vec::with_capacity(2 * stages.len() + 1);
    let mut end = 0;
    for stage in stages {
        if stage.steps.start < end {
            let stage = stage.steps.clone();
            return Err(ScheduleError::OutOfOrder { stage, end });
        }
        if end < stage.steps.start {
            all.push(layer(end..stage.steps.start));
        }
        end = stage.steps.end;
        all.push(stage.clone());
    }
    if end < flow.steps.len() {
        all.push(layer(end..flow.steps.len()));
    }
    Ok(all)
}
