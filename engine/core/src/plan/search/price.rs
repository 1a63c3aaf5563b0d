//! What segments need and cost before any of them is planned: bytes that are never above what a plan charges, and MACs
//! or cycles as a plan counts them.

use super::edges::Edge;
use super::types::{Cost, Counted};
use crate::cost::{Kernel, estimate_cycles};
use crate::graph::OpId;
use crate::plan::draft::{overwritten, scratch_bytes};
use crate::plan::work::work_in;
use crate::plan::{Choices, PlanError, Prepared, Target};
use crate::schedule::{Geometry, InputMode, Method, ScheduleError, Segment, Source, Stage};

/// What is asked, with what follows from the network alone.
pub(super) struct Prices<'a> {
    pub prepared: &'a Prepared,
    pub target: &'a Target,
    pub choices: &'a Choices,
    pub counted: Counted,
    pub cost: Cost,
    /// Per boundary, bytes of the whole tensors from before it that are read or handed out behind it.
    pub held: Vec<usize>,
    /// Per step, who reads its output, and as which operand.
    pub readers: Vec<Vec<(usize, usize)>>,
    /// Per step, its kernel, and that where it overwrites an operand.
    kernels: Vec<[Kernel; 2]>,
}

impl<'a> Prices<'a> {
    pub fn new(
        prepared: &'a Prepared,
        target: &'a Target,
        choices: &'a Choices,
        counted: Counted,
        cost: Cost,
    ) -> Self {
        let flow = &prepared.flow;
        let steps = flow.steps.len();
        let mut readers = vec![Vec::new(); steps];
        for (step, node) in flow.steps.iter().enumerate() {
            for (operand, source) in node.inputs.iter().enumerate() {
                if let Source::Step(producer) = *source {
                    readers[producer].push((step, operand));
                }
            }
        }
        let kernels = (0..steps)
            .map(|step| {
                [false, true].map(|in_place| {
                    let (op, fast) = (OpId(step as u32), choices.fast_kernels);
                    Kernel::choose(&prepared.graph, op, target.core, fast, in_place)
                })
            })
            .collect();
        let mut prices = Self {
            prepared,
            target,
            choices,
            counted,
            cost,
            held: vec![0; steps + 1],
            readers,
            kernels,
        };
        for (step, node) in flow.steps.iter().enumerate() {
            let last = if node.is_output {
                steps
            } else {
                node.last_reader
            };
            prices.hold(step + 1, last, prices.bytes(step));
        }
        for (index, &last) in flow.input_last_readers.iter().enumerate() {
            if choices.input == InputMode::Resident {
                let tensor = prepared.graph.inputs[index];
                let handed_out = prepared.graph.outputs.contains(&tensor);
                let last = if handed_out { steps } else { last };
                prices.hold(0, last, prepared.graph.tensor(tensor).bytes());
            }
        }
        prices
    }

    fn hold(&mut self, first: usize, last: usize, bytes: usize) {
        for boundary in first..=last {
            self.held[boundary] += bytes;
        }
    }

    /// Bytes of a step's whole output.
    pub fn bytes(&self, step: usize) -> usize {
        self.prepared.flow.steps[step].map.iter().product()
    }

    /// Bytes of scratch of a step with this kernel in the segment; 0 where scratch does not count.
    pub fn scratch(&self, kernel: Kernel, segment: &Segment, step: usize) -> usize {
        if self.counted == Counted::Activations {
            return 0;
        }
        scratch_bytes(self.prepared, kernel, segment, step)
    }

    /// The kernel that a step gets.
    pub fn kernel(&self, step: usize, in_place: bool) -> Kernel {
        self.kernels[step][usize::from(in_place)]
    }

    /// Estimated cycles of a step in the segment.
    pub fn cycles(&self, kernel: Kernel, segment: &Segment, step: usize) -> u64 {
        let work = work_in(self.prepared, kernel, segment, step);
        estimate_cycles(&work, self.target.core)
    }

    /// Each step by itself over its whole map, where that is legal.
    pub fn layers(&self) -> Result<Vec<Edge>, PlanError> {
        let flow = &self.prepared.flow;
        let mut edges = Vec::with_capacity(flow.steps.len());
        for step in 0..flow.steps.len() {
            let stage = Stage {
                steps: step..step + 1,
                method: Method::Layer,
            };
            let segment = match Segment::new(flow, &stage, self.choices.input) {
                Ok(segment) => segment,
                Err(ScheduleError::InputByRows { .. }) => continue,
                Err(error) => return Err(error.into()),
            };
            let operand = overwritten(self.prepared, self.choices, &segment, step);
            let saved = match operand.map(|operand| flow.steps[step].inputs[operand]) {
                Some(Source::Step(producer)) => self.bytes(producer).min(self.bytes(step)),
                _ => 0,
            };
            let kernel = self.kernel(step, operand.is_some());
            let cost = match self.cost {
                Cost::Macs => self.prepared.facts[step].macs_once,
                Cost::Cycles => self.cycles(kernel, &segment, step),
            };
            let scratch = self.scratch(kernel, &segment, step);
            edges.push(Edge {
                steps: stage.steps,
                method: Method::Layer,
                bytes: self.held[step] + self.bytes(step) - saved + scratch,
                cost,
                exact: false,
            });
        }
        Ok(edges)
    }

    /// What everything costs layer by layer.
    pub fn cost_once(&self) -> u64 {
        let flow = &self.prepared.flow;
        (0..flow.steps.len())
            .map(|step| match self.cost {
                Cost::Macs => self.prepared.facts[step].macs_once,
                Cost::Cycles => {
                    let segment = Segment {
                        steps: step..step + 1,
                        method: Method::Layer,
                        geometry: Geometry::Layer,
                    };
                    self.step_cost(&segment, step)
                }
            })
            .sum()
    }

    /// A stage that the user asks for: its cost, and no promise about its memory.
    pub fn pinned(&self, stage: &Stage) -> Result<Edge, PlanError> {
        let segment = self.prepared.segment(stage, self.choices.input)?;
        let cost = (stage.steps.clone())
            .map(|step| self.step_cost(&segment, step))
            .sum();
        Ok(Edge {
            steps: stage.steps.clone(),
            method: stage.method,
            bytes: self.held[stage.steps.start],
            cost,
            exact: false,
        })
    }

    /// What a step of the segment costs.
    pub fn step_cost(&self, segment: &Segment, step: usize) -> u64 {
        match self.cost {
            Cost::Macs => self.prepared.macs(segment, step),
            Cost::Cycles => {
                let operand = overwritten(self.prepared, self.choices, segment, step);
                self.cycles(self.kernel(step, operand.is_some()), segment, step)
            }
        }
    }
}
