//! The schedule interpreter: runs a plan on the host inside one arena of the plan's size, in the order, with the regions
//! and with the layouts that the generated program uses. Every byte of the arena knows which element of which tensor
//! it holds, so that whatever a plan gets wrong (a halo too small, a ring one place short, a buffer reused or freed too
//! early, an overwrite too soon) is an error here, never a wrong answer.

mod accumulate;
mod arena;
mod error;
mod order;
mod pass;
mod place;
mod ready;

use self::arena::{Arena, Fault};
use self::place::Place;
use self::ready::Ready;
pub use error::InterpretError;

use super::digest::EMPTY;
use super::{Layout, Operand, Plan, StepId};
use crate::graph::{Region, TensorId};
use crate::schedule::Flow;

/// One pass of one step: over its whole map, a patch, or whatever else its segment computes at a time.
#[derive(Clone, Copy, Debug)]
pub struct Pass<'a> {
    /// The step.
    pub step: StepId,
    /// Index of the patch, strip or tile, 0 where there are none.
    pub patch: usize,
    /// The part of the output map that was computed.
    pub region: Region,
    /// Its codes, rows packed.
    pub codes: &'a [i8],
}

/// What a run leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interpretation {
    /// Codes of each output of the network.
    pub outputs: Vec<Vec<i8>>,
    /// Per step, the FNV-1a digest (32 bits) of its output's rows, region after region as they are computed: what
    /// the measuring harness computes on the chip.
    pub digests: Vec<u32>,
}

/// Runs `plan` on the codes of each input of the lowered graph.
///
/// # Errors
/// When the inputs do not fit, or the plan is wrong.
pub fn interpret(plan: &Plan, inputs: &[Vec<i8>]) -> Result<Interpretation, InterpretError> {
    interpret_with(plan, inputs, &mut |_| {})
}

/// [`interpret`], showing every pass of every step to `observe`.
///
/// # Errors
/// As [`interpret`].
pub fn interpret_with(
    plan: &Plan,
    inputs: &[Vec<i8>],
    observe: &mut dyn FnMut(Pass<'_>),
) -> Result<Interpretation, InterpretError> {
    let flow = Flow::new(&plan.graph);
    if flow.steps.len() != plan.steps.len() {
        let (step, what) = (plan.steps.len(), "there are not as many steps as operators");
        return Err(InterpretError::Malformed { step, what });
    }
    let mut machine = Machine {
        plan,
        flow: &flow,
        inputs,
        filled: Vec::new(),
        arena: Arena::new(plan.totals.peak_sram_bytes),
        digests: vec![EMPTY; plan.steps.len()],
        observe,
        part: 0,
        operands: Vec::new(),
        codes: Vec::new(),
    };
    machine.fill()?;
    for segment in &plan.segments {
        let mut ready = (segment.steps.clone())
            .map(|step| Ready::new(plan, &flow, segment, step))
            .collect::<Result<Vec<_>, _>>()?;
        machine.run(segment, &mut ready)?;
    }
    let outputs = (plan.graph.outputs.iter())
        .map(|&tensor| machine.output(tensor))
        .collect::<Result<_, _>>()?;
    Ok(Interpretation {
        outputs,
        digests: machine.digests,
    })
}

/// A run under way.
struct Machine<'a> {
    plan: &'a Plan,
    flow: &'a Flow,
    inputs: &'a [Vec<i8>],
    /// Inputs of the network that lie in the arena from the beginning.
    filled: Vec<TensorId>,
    arena: Arena,
    digests: Vec<u32>,
    observe: &'a mut dyn FnMut(Pass<'_>),
    /// Which patch, strip or tile.
    part: usize,
    /// What a pass reads and what it computes, kept for the memory.
    operands: Vec<Vec<i8>>,
    codes: Vec<i8>,
}

impl<'a> Machine<'a> {
    /// Writes those inputs of the network that do not arrive row by row.
    fn fill(&mut self) -> Result<(), InterpretError> {
        for (index, &tensor) in self.plan.graph.inputs.iter().enumerate() {
            let (codes, expected) = (
                self.inputs.get(index).map_or(&[][..], Vec::as_slice),
                self.plan.graph.tensor(tensor).elements(),
            );
            if codes.len() != expected {
                let found = codes.len();
                return Err(InterpretError::Input {
                    index,
                    expected,
                    found,
                });
            }
            let map = self.plan.graph.tensor(tensor).hwc();
            let region = Region::whole(map[0], map[1]);
            let operand = self.operand(tensor);
            if !matches!(operand.layout, Layout::Map) {
                continue;
            }
            self.filled.push(tensor);
            Place::of(self.plan, &operand, &(0..1))
                .and_then(|place| self.arena.write(&place, region, region, codes))
                .map_err(|fault| fault.at([0, 0], tensor, region))?;
        }
        Ok(())
    }

    /// A tensor as the steps that use it see it.
    fn operand(&self, tensor: TensorId) -> Operand {
        let used = (self.plan.steps.iter())
            .flat_map(|step| step.inputs.iter().chain([&step.output]))
            .find(|operand| operand.tensor == tensor);
        let unused = || Operand {
            tensor,
            buffer: (self.plan.buffers.iter())
                .find(|buffer| buffer.tensor == Some(tensor))
                .map(|buffer| buffer.id),
            at: 0,
            layout: Layout::Map,
        };
        used.copied().unwrap_or_else(unused)
    }

    /// Reads an output of the network after the last step.
    fn output(&self, tensor: TensorId) -> Result<Vec<i8>, InterpretError> {
        let steps = self.plan.steps.len();
        let map = self.plan.graph.tensor(tensor).hwc();
        let region = Region::whole(map[0], map[1]);
        let mut codes = Vec::with_capacity(map.iter().product());
        Place::of(self.plan, &self.operand(tensor), &(steps - 1..steps))
            .and_then(|place| self.arena.read(&place, region, region, &mut codes))
            .map_err(|fault| fault.at([steps - 1, 0], tensor, region))?;
        Ok(codes)
    }

    /// A fault that concerns a step as a whole as an error.
    fn fault(&self, step: usize) -> impl Fn(Fault) -> InterpretError + use<'a> {
        let (at, tensor) = ([step, self.part], self.plan.steps[step].output.tensor);
        move |fault| fault.at(at, tensor, Region::default())
    }
}
