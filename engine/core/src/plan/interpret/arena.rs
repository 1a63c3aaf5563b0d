//! The arena of the interpreter: bytes, and for each byte the tensor that it holds.

use super::{InterpretError, Run};
use crate::graph::{Region, TensorId};
use crate::plan::{Buffer, BufferId, BufferRole, Plan};

/// Holder of bytes that no tensor has written since their buffer's life began.
const NOBODY: u32 = u32::MAX;
/// Holder of scratch.
const SCRATCH: u32 = u32::MAX - 1;
/// What freed memory reads as.
const POISON: i8 = -0x5b;

/// A region of a tensor where it lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    pub tensor: TensorId,
    pub buffer: BufferId,
    /// `[height, width, channels]` of the whole map.
    pub map: [usize; 3],
    /// The part of the map that the buffer holds, rows packed.
    pub held: Region,
    /// The part that is meant.
    pub region: Region,
}

impl View {
    pub fn whole(tensor: TensorId, buffer: BufferId, map: [usize; 3]) -> Self {
        let region = Region::whole(map[0], map[1]);
        Self {
            tensor,
            buffer,
            map,
            held: region,
            region,
        }
    }
}

/// What is wrong with an access.
pub(super) enum Fault {
    Buffer(BufferId, &'static str),
    NotHeld(TensorId, usize),
}

impl Fault {
    pub fn at(self, run: &Run<'_>) -> InterpretError {
        let (step, patch) = (run.step, run.patch);
        match self {
            Self::Buffer(buffer, what) => InterpretError::Buffer {
                step,
                patch,
                buffer: buffer.0,
                what,
            },
            Self::NotHeld(tensor, byte) => InterpretError::NotHeld {
                step,
                patch,
                tensor: tensor.0,
                byte,
            },
        }
    }
}

pub(super) struct Arena {
    bytes: Vec<i8>,
    /// Per byte, the tensor whose code it is.
    holder: Vec<u32>,
    /// Buffers that were filled before the first step.
    filled: Vec<BufferId>,
}

impl Arena {
    pub fn new(plan: &Plan) -> Self {
        Self {
            bytes: vec![POISON; plan.totals.peak_sram_bytes],
            holder: vec![NOBODY; plan.totals.peak_sram_bytes],
            filled: Vec::new(),
        }
    }

    /// Whether the buffer was filled by the caller.
    pub fn has_input(&self, buffer: &Buffer) -> bool {
        self.filled.contains(&buffer.id)
    }

    /// Starts a buffer's life: whatever lay there is gone.
    pub fn begin(&mut self, buffer: &Buffer) {
        let range = buffer.offset..buffer.offset + buffer.bytes;
        if let (Some(bytes), Some(holder)) = (
            self.bytes.get_mut(range.clone()),
            self.holder.get_mut(range),
        ) {
            bytes.fill(POISON);
            holder.fill(NOBODY);
        }
        if buffer.role == BufferRole::Input {
            self.filled.push(buffer.id);
        }
    }

    /// Gives scratch its bytes for one pass.
    pub fn claim(&mut self, plan: &Plan, step: usize, scratch: BufferId) -> Result<(), Fault> {
        let buffer = live(plan, step, scratch)?;
        let range = buffer.offset..buffer.offset + buffer.bytes;
        let outside = Fault::Buffer(scratch, "does not lie in the arena");
        self.bytes
            .get_mut(range.clone())
            .ok_or(outside)?
            .fill(POISON);
        self.holder[range].fill(SCRATCH);
        Ok(())
    }

    /// Ends a pass: scratch must still have its bytes.
    pub fn release(&mut self, plan: &Plan, scratch: BufferId) -> Result<(), Fault> {
        let buffer = plan.buffer(scratch);
        let range = buffer.offset..buffer.offset + buffer.bytes;
        if self.holder[range.clone()].iter().any(|&h| h != SCRATCH) {
            return Err(Fault::Buffer(
                scratch,
                "was overwritten by the step's output",
            ));
        }
        self.holder[range].fill(NOBODY);
        Ok(())
    }

    /// Copies a region out, rows packed.
    pub fn read(&self, plan: &Plan, step: usize, view: &View) -> Result<Vec<i8>, Fault> {
        let mut codes = Vec::with_capacity(view.region.pixels() * view.map[2]);
        for row in rows(plan, step, view)? {
            let holder = self.holder.get(row.clone());
            let holder = holder.ok_or(Fault::Buffer(view.buffer, "does not lie in the arena"))?;
            if let Some(i) = holder.iter().position(|&h| h != view.tensor.0) {
                return Err(Fault::NotHeld(view.tensor, row.start + i));
            }
            codes.extend_from_slice(&self.bytes[row]);
        }
        Ok(codes)
    }

    /// Writes a region from packed rows.
    pub fn write(
        &mut self,
        plan: &Plan,
        step: usize,
        view: &View,
        codes: &[i8],
    ) -> Result<(), Fault> {
        let width = view.region.x.len() * view.map[2];
        for (i, row) in rows(plan, step, view)?.enumerate() {
            let bytes = self.bytes.get_mut(row.clone());
            let bytes = bytes.ok_or(Fault::Buffer(view.buffer, "does not lie in the arena"))?;
            bytes.copy_from_slice(&codes[i * width..(i + 1) * width]);
            self.holder[row].fill(view.tensor.0);
        }
        Ok(())
    }
}

/// The buffer, if it is in use at `step`.
fn live(plan: &Plan, step: usize, id: BufferId) -> Result<&Buffer, Fault> {
    let buffer = (plan.buffers.get(id.0 as usize)).ok_or(Fault::Buffer(id, "does not exist"))?;
    if step < buffer.first || step > buffer.last {
        return Err(Fault::Buffer(id, "is used outside its lifetime"));
    }
    Ok(buffer)
}

/// The arena bytes of each row of a view.
fn rows(
    plan: &Plan,
    step: usize,
    view: &View,
) -> Result<impl Iterator<Item = std::ops::Range<usize>> + use<>, Fault> {
    let buffer = live(plan, step, view.buffer)?;
    let View { held, region, .. } = *view;
    let channels = view.map[2];
    if held.pixels() * channels > buffer.bytes {
        return Err(Fault::Buffer(
            view.buffer,
            "is too small for the region it is to hold",
        ));
    }
    let inside = |r: crate::graph::Interval, h: crate::graph::Interval| {
        r.is_empty() || (h.start <= r.start && r.end <= h.end)
    };
    if !inside(region.y, held.y) || !inside(region.x, held.x) {
        return Err(Fault::Buffer(
            view.buffer,
            "does not hold the region that is used",
        ));
    }
    let (stride, width) = (held.x.len() * channels, region.x.len() * channels);
    let first = buffer.offset + region.x.start.saturating_sub(held.x.start) * channels;
    Ok((region.y.start..region.y.end)
        .map(move |y| first + (y - held.y.start) * stride)
        .map(move |start| start..start + width))
}
