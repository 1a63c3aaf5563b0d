//! Where a tensor lies in the arena, and where in it each pixel does.

use super::arena::Fault;
use crate::graph::{Interval, Region, TensorId};
use crate::plan::{BufferId, Layout, Operand, Plan, Tenant};
use std::ops::Range;

/// A tensor's place in the arena.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub tensor: TensorId,
    /// `[height, width, channels]` of the whole map.
    pub map: [usize; 3],
    pub layout: Layout,
    /// Its first byte in the arena.
    pub base: usize,
    /// How many are its own.
    pub bytes: usize,
}

/// Bytes that lie one after the other, in the arena and in the tensor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    /// First byte in the arena.
    pub byte: usize,
    /// The element of the map that lies there.
    pub element: usize,
    pub length: usize,
}

impl Run {
    pub const fn bytes(self) -> Range<usize> {
        self.byte..self.byte + self.length
    }
}

impl Place {
    /// Where an operand lies, if the plan gives it that memory during all of the steps `needed`.
    pub fn of(plan: &Plan, operand: &Operand, needed: &Range<usize>) -> Result<Self, Fault> {
        let id = operand
            .buffer
            .ok_or(Fault::Malformed("a tensor that is computed has no buffer"))?;
        let tenant = tenant(plan, id, operand.tensor, operand.at, needed)?;
        Ok(Self {
            tensor: operand.tensor,
            map: plan.graph.tensor(operand.tensor).hwc(),
            layout: operand.layout,
            base: plan.buffer(id).offset + tenant.at,
            bytes: tenant.bytes,
        })
    }

    /// Where the rows lie that a tile cache keeps of this tensor.
    pub fn kept_rows(
        &self,
        plan: &Plan,
        id: BufferId,
        needed: &Range<usize>,
    ) -> Result<Self, Fault> {
        let tenant = tenant(plan, id, self.tensor, 0, needed)?;
        let row = self.map[1] * self.map[2];
        let rows = tenant.bytes.checked_div(row).unwrap_or(0);
        Ok(Self {
            // Row y at y mod rows: pixel p at p mod (rows · width).
            layout: Layout::Ring {
                pixels: rows * self.map[1],
            },
            base: plan.buffer(id).offset + tenant.at,
            bytes: tenant.bytes,
            ..*self
        })
    }

    /// The whole map.
    pub const fn whole(&self) -> Region {
        Region::whole(self.map[0], self.map[1])
    }

    /// Its bytes in the arena.
    pub const fn range(&self) -> Range<usize> {
        self.base..self.base + self.bytes
    }

    /// The bytes of `region`, in its order. `held` is what the memory holds of the map at the time: of a tile its
    /// region, of columns the rows.
    pub fn runs(
        &self,
        region: Region,
        held: Region,
        each: &mut dyn FnMut(Run) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let [_, width, channels] = self.map;
        if region.y.is_empty() || region.x.is_empty() {
            return Ok(());
        }
        let inside =
            |part: Interval, whole: Interval| whole.start <= part.start && part.end <= whole.end;
        let fits = match self.layout {
            Layout::Map | Layout::Ring { .. } => true,
            Layout::Tile => inside(region.y, held.y) && inside(region.x, held.x),
            Layout::Columns { .. } => inside(region.y, held.y),
        };
        if !fits {
            return Err(Fault::Access(self.base, "that part is not in memory"));
        }
        // Rows without a gap between them, in the map and in memory, are taken as one.
        let whole_rows = region.x == Interval::new(0, width)
            && match self.layout {
                Layout::Map | Layout::Ring { .. } => true,
                Layout::Tile => held.x == region.x,
                Layout::Columns { .. } => false,
            };
        let (lines, pixels) = if whole_rows {
            (1, region.pixels())
        } else {
            (region.y.len(), region.x.len())
        };
        for line in 0..lines {
            let (mut y, mut x, mut left) = (region.y.start + line, region.x.start, pixels);
            while left > 0 {
                let pixel = y * width + x;
                let (place, room) = match self.layout {
                    Layout::Map => (pixel, left),
                    Layout::Tile => ((y - held.y.start) * held.x.len() + x - held.x.start, left),
                    Layout::Ring { pixels: 0 } | Layout::Columns { columns: 0 } => {
                        return Err(Fault::Access(self.base, "the ring has no places"));
                    }
                    Layout::Ring { pixels } => (pixel % pixels, pixels - pixel % pixels),
                    Layout::Columns { columns } => (
                        (y - held.y.start) * columns + x % columns,
                        columns - x % columns,
                    ),
                };
                let count = room.min(left);
                let run = Run {
                    byte: self.base + place * channels,
                    element: pixel * channels,
                    length: count * channels,
                };
                if run.bytes().end > self.base + self.bytes {
                    let byte = run.byte.max(self.base + self.bytes);
                    return Err(Fault::Access(byte, "that lies behind the tensor's memory"));
                }
                each(run)?;
                left -= count;
                y = (pixel + count) / width;
                x = (pixel + count) % width;
            }
        }
        Ok(())
    }

    /// Fails where a region to be written would overwrite itself.
    pub fn holds(&self, region: Region) -> Result<(), Fault> {
        if region.y.is_empty() || region.x.is_empty() {
            return Ok(());
        }
        let first = region.y.start * self.map[1] + region.x.start;
        let last = (region.y.end - 1) * self.map[1] + region.x.end - 1;
        let fits = match self.layout {
            Layout::Map | Layout::Tile => true,
            Layout::Ring { pixels } => last - first < pixels,
            Layout::Columns { columns } => region.x.len() <= columns,
        };
        if fits {
            Ok(())
        } else {
            Err(Fault::Access(self.base, "the ring is too small for it"))
        }
    }
}

/// A tensor's stay in a buffer, if it lasts for all the steps `needed` and lies in the arena.
fn tenant<'a>(
    plan: &'a Plan,
    id: BufferId,
    tensor: TensorId,
    at: usize,
    needed: &Range<usize>,
) -> Result<&'a Tenant, Fault> {
    let buffer = plan.buffers.get(id.0 as usize);
    let buffer = buffer.ok_or(Fault::Buffer(id, "does not exist"))?;
    let tenant = (buffer.tenants.iter())
        .find(|tenant| tenant.tensor == tensor && tenant.at == at)
        .ok_or(Fault::Buffer(
            id,
            "has no room for a tensor that is to lie there",
        ))?;
    let lasts = |first: usize, last: usize| first <= needed.start && needed.end <= last + 1;
    if !lasts(tenant.first, tenant.last) || !lasts(buffer.first, buffer.last) {
        return Err(Fault::Buffer(id, "is used outside its lifetime"));
    }
    if tenant.at + tenant.bytes > buffer.bytes
        || buffer.offset + buffer.bytes > plan.totals.peak_sram_bytes
    {
        return Err(Fault::Buffer(id, "does not lie in the arena"));
    }
    Ok(tenant)
}
