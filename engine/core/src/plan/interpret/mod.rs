//! The schedule interpreter: runs a plan on the host inside one arena of the plan's size, in the order and with the
//! regions that the generated program uses: patch loop, tiles, steps in place. Whatever a plan gets wrong (a halo
//! too small, a buffer reused too early, an overwrite in place too soon) is an error here, never a wrong answer.

mod arena;
mod error;

use self::arena::{Arena, View};
pub use error::InterpretError;

use super::{Layout, Operand, Patch, Plan, Segment, Step, StepId, Way};
use crate::graph::{Data, Interval, OpKind, Region, TensorId};
use crate::quant::{OpParams, Tile, TileMut, eval_region, op_params};
use crate::schedule::{Flow, OperandRegions, Source, operand_regions};

/// One pass of one step: in a patch stage there is one for every patch.
#[derive(Clone, Copy, Debug)]
pub struct Pass<'a> {
    /// The step.
    pub step: StepId,
    /// Index of the patch, 0 outside a patch stage.
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
    /// Per step, the FNV-1a digest (32 bits) of its output's rows, patches one after the other: what the
    /// measuring harness computes on the chip.
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
    let graph = &plan.graph;
    let mut run = Run {
        plan,
        flow: Flow::new(graph),
        arena: Arena::new(plan),
        step: 0,
        patch: 0,
    };
    for (index, &tensor) in graph.inputs.iter().enumerate() {
        let codes = inputs.get(index).map_or(&[][..], Vec::as_slice);
        let expected = graph.tensor(tensor).elements();
        if codes.len() != expected {
            return Err(InterpretError::Input {
                index,
                expected,
                found: codes.len(),
            });
        }
        run.fill_input(tensor, codes)?;
    }
    let mut digests = vec![FNV_OFFSET; plan.steps.len()];
    let mut pass = |run: &mut Run<'_>, index: usize, params: &OpParams, patch| {
        let (region, codes) = run.step(index, params, patch)?;
        digests[index] = fnv1a(digests[index], &codes);
        observe(Pass {
            step: StepId(index as u32),
            patch: run.patch,
            region,
            codes: &codes,
        });
        Ok(())
    };
    for segment in &plan.segments {
        let params = segment_params(plan, segment)?;
        match &segment.way {
            Way::Layer => {
                run.patch = 0;
                for index in segment.steps.clone() {
                    pass(&mut run, index, &params[index - segment.steps.start], None)?;
                }
            }
            Way::HorizontalCache(_) | Way::LineBuffers(_) | Way::TileCache(_) => {
                return Err(run.malformed("runs in a way that is not interpreted"));
            }
            Way::Patch(stage) => {
                for (number, patch) in stage.patches.iter().enumerate() {
                    run.patch = number;
                    for index in segment.steps.clone() {
                        let at = index - segment.steps.start;
                        pass(&mut run, index, &params[at], Some(patch))?;
                    }
                }
            }
        }
    }
    let outputs = (graph.outputs.iter())
        .map(|&tensor| run.output(tensor))
        .collect::<Result<_, _>>()?;
    Ok(Interpretation { outputs, digests })
}

fn segment_params(plan: &Plan, segment: &Segment) -> Result<Vec<OpParams>, InterpretError> {
    (segment.steps.clone())
        .map(|step| {
            let op = plan.graph.op(plan.steps[step].op);
            op_params(&plan.graph, op).map_err(|source| InterpretError::Quant {
                step,
                patch: 0,
                source,
            })
        })
        .collect()
}

const FNV_OFFSET: u32 = 0x811c_9dc5;

/// FNV-1a, continued from `digest`.
fn fnv1a(digest: u32, codes: &[i8]) -> u32 {
    (codes.iter()).fold(digest, |d, &code| {
        (d ^ u32::from(code as u8)).wrapping_mul(0x0100_0193)
    })
}

struct Run<'a> {
    plan: &'a Plan,
    flow: Flow,
    arena: Arena,
    step: usize,
    patch: usize,
}

impl Run<'_> {
    fn malformed(&self, what: &'static str) -> InterpretError {
        InterpretError::Malformed {
            step: self.step,
            what,
        }
    }

    /// Writes an input of the network into its buffer.
    fn fill_input(&mut self, tensor: TensorId, codes: &[i8]) -> Result<(), InterpretError> {
        let buffer = (self.plan.buffers.iter())
            .find(|b| b.tensor == Some(tensor))
            .ok_or_else(|| self.malformed("an input of the network has no buffer"))?;
        let map = self.plan.graph.tensor(tensor).hwc();
        let view = View::whole(tensor, buffer.id, map);
        self.arena.begin(buffer);
        (self.arena.write(self.plan, self.step, &view, codes)).map_err(|e| e.at(self))
    }

    /// Reads an output of the network after the last step.
    fn output(&self, tensor: TensorId) -> Result<Vec<i8>, InterpretError> {
        let written = |step: &&Step| step.output.tensor == tensor;
        let buffer = (self
            .plan
            .steps
            .iter()
            .find(written)
            .and_then(|s| s.output.buffer))
        .or_else(|| {
            let held = |b: &&super::Buffer| b.tensor == Some(tensor);
            self.plan.buffers.iter().find(held).map(|b| b.id)
        })
        .ok_or_else(|| self.malformed("an output of the network has no buffer"))?;
        let map = self.plan.graph.tensor(tensor).hwc();
        let view = View::whole(tensor, buffer, map);
        (self.arena.read(self.plan, self.step, &view)).map_err(|e| e.at(self))
    }

    /// Runs one pass of a step; returns the region computed and its codes.
    fn step(
        &mut self,
        index: usize,
        params: &OpParams,
        patch: Option<&Patch>,
    ) -> Result<(Region, Vec<i8>), InterpretError> {
        self.step = index;
        let plan = self.plan;
        let step = &plan.steps[index];
        // A tile's life begins anew with every patch; whole maps begin once.
        for buffer in plan.buffers.iter().filter(|b| b.first == index) {
            let again = self.patch > 0
                && !matches!(
                    buffer.role,
                    super::BufferRole::Tile | super::BufferRole::Scratch
                );
            if !again && !self.arena.has_input(buffer) {
                self.arena.begin(buffer);
            }
        }
        let node = (self.flow.steps.get(index)).ok_or_else(|| self.malformed("has no operator"))?;
        let start = plan.segments[step.segment].steps.start;
        let tile_of = |of: usize| {
            patch
                .and_then(|p| p.outputs.get(of.checked_sub(start)?))
                .copied()
        };
        let region = tile_of(index).unwrap_or(Region::whole(node.map[0], node.map[1]));
        let operands: Vec<OperandRegions> = (0..node.inputs.len())
            .map(|operand| operand_regions(node, operand, region, tile_of))
            .collect();
        let output = View {
            tensor: node.output,
            buffer: (step.output.buffer).ok_or_else(|| self.malformed("has no output buffer"))?,
            map: node.map,
            held: if step.output.layout == Layout::Tile {
                region
            } else {
                Region::whole(node.map[0], node.map[1])
            },
            region,
        };
        let codes = if let Some(scratch) = step.scratch {
            self.arena
                .claim(plan, index, scratch)
                .map_err(|e| e.at(self))?;
            let codes = self.compute(step, params, &operands, &output)?;
            self.arena.release(plan, scratch).map_err(|e| e.at(self))?;
            codes
        } else {
            self.compute(step, params, &operands, &output)?
        };
        Ok((region, codes))
    }

    /// Reads the operands, computes, writes. In place, rows are read as late and written as early as a kernel that
    /// works row by row can: a plan that survives this survives every kernel that reads ahead.
    fn compute(
        &mut self,
        step: &Step,
        params: &OpParams,
        operands: &[OperandRegions],
        output: &View,
    ) -> Result<Vec<i8>, InterpretError> {
        let depthwise = matches!(self.plan.graph.op(step.op).kind, OpKind::DepthwiseConv2d(_));
        if step.in_place.is_none() || !depthwise {
            let inputs = (step.inputs.iter().zip(operands).enumerate())
                .map(|(i, (operand, regions))| {
                    self.operand(step, i, operand, regions, regions.read)
                })
                .collect::<Result<Vec<_>, _>>()?;
            let codes = self.eval(step, params, &inputs, output.map, output.region)?;
            (self.arena.write(self.plan, self.step, output, &codes)).map_err(|e| e.at(self))?;
            return Ok(codes);
        }
        let [regions] = operands else {
            return Err(self.malformed("works in place on something else than one operand"));
        };
        let window = self.flow.steps[self.step].window;
        let window = window.ok_or_else(|| self.malformed("works in place without a window"))?;
        let extent = self.flow.steps[self.step].input_maps[0][0];
        let mut read = Operands::empty(regions.read);
        let mut codes = Vec::new();
        for y in output.region.y.start..output.region.y.end {
            let row = Region {
                y: Interval::new(y, y + 1),
                x: output.region.x,
            };
            let needed = crate::schedule::region::input_interval(&window, 0, row.y, extent);
            let fresh = Region {
                y: Interval::new(read.region.y.end.min(needed.end), needed.end),
                x: regions.read.x,
            };
            read.append(self.operand(step, 0, &step.inputs[0], regions, fresh)?);
            let line = self.eval(step, params, std::slice::from_ref(&read), output.map, row)?;
            let view = View {
                region: row,
                ..*output
            };
            (self.arena.write(self.plan, self.step, &view, &line)).map_err(|e| e.at(self))?;
            codes.extend(line);
        }
        Ok(codes)
    }

    /// Copies `region` of an operand out of the arena (or out of the constants).
    fn operand(
        &self,
        step: &Step,
        index: usize,
        operand: &Operand,
        regions: &OperandRegions,
        region: Region,
    ) -> Result<Operands, InterpretError> {
        let map = self.flow.steps[self.step].input_maps[index];
        let Some(buffer) = operand.buffer else {
            let data = self.plan.graph.tensor(operand.tensor).data.as_ref();
            let codes = (data.and_then(Data::as_i8)).ok_or_else(|| {
                self.malformed("an operand without a buffer is not constant int8")
            })?;
            return Ok(Operands {
                map,
                region: Region::whole(map[0], map[1]),
                codes: codes.to_vec(),
            });
        };
        if (operand.layout == Layout::Tile) != regions.tile {
            return Err(self
                .malformed("an operand is a tile where a whole map is expected, or the reverse"));
        }
        let source = self.flow.steps[self.step].inputs[index];
        if matches!(source, Source::Constant) || step.id.0 as usize != self.step {
            return Err(self.malformed("a constant operand has a buffer"));
        }
        let view = View {
            tensor: operand.tensor,
            buffer,
            map,
            held: regions.held,
            region,
        };
        let codes = (self.arena.read(self.plan, self.step, &view)).map_err(|e| e.at(self))?;
        Ok(Operands { map, region, codes })
    }

    fn eval(
        &self,
        step: &Step,
        params: &OpParams,
        inputs: &[Operands],
        map: [usize; 3],
        region: Region,
    ) -> Result<Vec<i8>, InterpretError> {
        let graph = &self.plan.graph;
        let tiles: Vec<Tile<'_>> = inputs.iter().map(Operands::tile).collect();
        let row_stride = region.x.len() * map[2];
        let mut codes = vec![0; region.pixels() * map[2]];
        let mut output = TileMut {
            data: &mut codes,
            map,
            region,
            row_stride,
        };
        eval_region(graph, graph.op(step.op), params, &tiles, &mut output).map_err(|source| {
            InterpretError::Quant {
                step: self.step,
                patch: self.patch,
                source,
            }
        })?;
        Ok(codes)
    }
}

/// A region of an operand, copied out of the arena, rows packed.
struct Operands {
    map: [usize; 3],
    region: Region,
    codes: Vec<i8>,
}

impl Operands {
    fn empty(region: Region) -> Self {
        Self {
            map: [0, 0, 0],
            region: Region {
                y: Interval::new(region.y.start, region.y.start),
                x: region.x,
            },
            codes: Vec::new(),
        }
    }

    /// Adds the rows below.
    fn append(&mut self, below: Self) {
        self.map = below.map;
        self.region.y.end = below.region.y.end.max(self.region.y.end);
        self.codes.extend(below.codes);
    }

    fn tile(&self) -> Tile<'_> {
        Tile {
            data: &self.codes,
            map: self.map,
            region: self.region,
            row_stride: self.region.x.len() * self.map[2],
        }
    }
}
