//! Segments that run through line buffers, in strips or in tiles: per step a function that computes one unit, and per
//! segment a function that calls them in the order of [`crate::schedule::stream`].
//!
//! Buffers that keep the last places of a map are filled from the start; when they are full, what is kept moves to the
//! start: as many bytes as a ring of places modulo its size, and kernels read without a seam.

mod axis;
mod driver;
mod pass;
mod take;
mod tiles;

pub(super) use driver::{Entry, driver};
pub(super) use take::{Take, taking};

use super::CodegenError;
use super::fragment::Fragment;
use super::step::Printed;
use super::tile::inconsistent;
use crate::graph::TensorId;
use crate::plan::{Layout, Plan, Segment, Step, Way};
use crate::schedule::stream::{Stream, Unit};
use crate::schedule::{Flow, Lines, Source};
use std::ops::Range;

/// A streamed segment, as its functions are printed.
pub(super) struct Streamed<'a> {
    pub plan: &'a Plan,
    pub flow: &'a Flow,
    pub segment: &'a Segment,
}

/// Whether the segment's steps run unit by unit, rather than over whole maps or patches.
pub(super) fn streams(segment: &Segment) -> bool {
    !matches!(segment.way, Way::Layer | Way::Patch(_))
}

/// Whether the caller delivers an input of the network row by row.
pub(super) fn fed(plan: &Plan, tensor: TensorId) -> Option<usize> {
    let mut operands = plan.steps.iter().flat_map(|step| &step.inputs);
    operands
        .find(|operand| operand.tensor == tensor)
        .and_then(|operand| match operand.layout {
            Layout::Ring { pixels } => Some(pixels),
            _ => None,
        })
}

/// Whether a step, run in this way, has all that it reads and writes in one piece: single pixels, or whole maps.
pub(super) fn sees_whole(plan: &Plan, step: &Step) -> bool {
    let whole = |tensor: TensorId, layout: Layout| {
        let [height, width, _] = plan.graph.tensor(tensor).hwc();
        layout == Layout::Map || [height, width] == [1, 1]
    };
    let [height, width, _] = plan.graph.tensor(step.output.tensor).hwc();
    let operands = &mut step.inputs.iter();
    matches!(plan.segments[step.segment].way, Way::LineBuffers(_))
        && [height, width] == [1, 1]
        && operands.all(|operand| whole(operand.tensor, operand.layout))
}

impl<'a> Streamed<'a> {
    pub(super) const fn steps(&self) -> &'a Range<usize> {
        &self.segment.steps
    }

    /// The stream that the segment, or each of its strips, follows.
    fn stream(&self) -> Option<(&'a Lines, Stream<'a>)> {
        let lines = match &self.segment.way {
            Way::LineBuffers(lines) => lines,
            Way::HorizontalCache(strips) => &strips.columns,
            _ => return None,
        };
        Some((lines, lines.stream(self.flow, &self.segment.steps)))
    }

    /// Of the array of counters: where the steps' own end and those of accumulating steps begin, then those of inputs.
    fn counters(&self) -> Counters {
        let Some((_, stream)) = self.stream() else {
            return Counters::default();
        };
        let taking = (self.steps().clone())
            .filter(|&step| stream.accumulates(step))
            .collect();
        let reads = |input: usize| {
            let mut nodes = self.flow.steps[self.steps().clone()].iter();
            nodes.any(|node| node.inputs.contains(&Source::Input(input)))
        };
        let inputs = (0..self.flow.inputs.len())
            .filter(|&input| stream.fed && reads(input))
            .collect();
        Counters {
            steps: self.steps().clone(),
            taking,
            inputs,
        }
    }

    /// A step's function.
    pub(super) fn function(&self, step: &Step, printed: &Printed) -> Result<String, CodegenError> {
        match &self.segment.way {
            Way::TileCache(tiles) => self.tile_function(tiles, step, printed),
            Way::HorizontalCache(strips) => self.column_function(strips, step, printed),
            Way::LineBuffers(lines) => self.unit_function(lines.unit, step, printed),
            Way::Layer | Way::Patch(_) => Err(inconsistent(step, "its segment is not streamed")),
        }
    }
}

/// What the program's streamed segments call, the kernels aside.
pub(super) fn fragments(program: &str) -> Vec<Fragment> {
    [
        ("ts_first(", Fragment::Keep),
        ("ts_room", Fragment::Keep),
        ("ts_move_down(", Fragment::Keep),
        ("ts_span", Fragment::Span),
        ("ts_window_rows", Fragment::Window),
        ("ts_carry(", Fragment::Carry),
    ]
    .into_iter()
    .filter_map(|(name, fragment)| program.contains(name).then_some(fragment))
    .collect()
}

/// Whether C text mentions a variable; a field of that name is none.
fn mentions(text: &str, variable: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric() && !"_.>".contains(c))
        .any(|word| word == variable)
}

/// Where each counter of a segment stands in its array.
#[derive(Default)]
struct Counters {
    steps: Range<usize>,
    taking: Vec<usize>,
    inputs: Vec<usize>,
}

impl Counters {
    fn len(&self) -> usize {
        self.steps.len() + self.taking.len() + self.inputs.len()
    }

    /// Units of its output that a step has computed.
    fn done(&self, step: usize) -> String {
        format!("done[{}]", step - self.steps.start)
    }

    /// Units of its input that a step has taken.
    fn taken(&self, step: usize) -> String {
        let at = self.taking.iter().position(|&s| s == step).unwrap_or(0);
        format!("done[{}]", self.steps.len() + at)
    }

    /// Rows of an input that have arrived.
    fn rows(&self, input: usize) -> String {
        let at = self.inputs.iter().position(|&i| i == input).unwrap_or(0);
        format!("done[{}]", self.steps.len() + self.taking.len() + at)
    }

    /// Places of a source that are there, `width` of them to a row; `None` for whole maps from outside.
    fn there(&self, source: Source, unit: Unit, width: usize) -> Option<String> {
        let (units, places) = match source {
            Source::Step(step) if self.steps.contains(&step) => {
                let places = if unit == Unit::Row { width } else { 1 };
                (self.done(step), places)
            }
            Source::Input(input) if self.inputs.contains(&input) => (self.rows(input), width),
            _ => return None,
        };
        Some(times(&units, places))
    }
}

/// A product in C.
fn times(text: &str, factor: usize) -> String {
    match factor {
        1 => text.to_owned(),
        _ => format!("{text} * {factor}"),
    }
}

/// The same of a sum.
fn times_sum(text: &str, factor: usize) -> String {
    let single = text.parse::<usize>().is_ok()
        || text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    match factor {
        1 => text.to_owned(),
        _ if single => format!("{text} * {factor}"),
        _ => format!("({text}) * {factor}"),
    }
}
