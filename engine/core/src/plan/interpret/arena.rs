//! The arena of the interpreter: bytes, and for each byte the element of the tensor that it holds.

use super::InterpretError;
use super::place::{Place, Run};
use crate::graph::{Region, TensorId};
use crate::plan::{Buffer, BufferId, Plan};
use std::ops::Range;

/// Mark of bytes that hold nothing.
const NOTHING: u64 = u64::MAX;
/// In place of a tensor's number, that of memory which holds no tensor.
const RAW: u64 = u32::MAX as u64 - 1;
/// What freed memory reads as.
const POISON: i8 = -0x5b;

/// What is wrong with an access.
#[derive(Debug)]
pub(super) enum Fault {
    /// From this byte of the arena on.
    Access(usize, &'static str),
    Buffer(BufferId, &'static str),
    Malformed(&'static str),
}

impl Fault {
    /// The error at a step; `tensor` and `region` are what was accessed.
    pub fn at(self, [step, part]: [usize; 2], tensor: TensorId, region: Region) -> InterpretError {
        match self {
            Self::Access(byte, what) => InterpretError::Access {
                step,
                part,
                tensor: tensor.0,
                region,
                byte,
                what,
            },
            Self::Buffer(buffer, what) => InterpretError::Buffer {
                step,
                part,
                buffer: buffer.0,
                what,
            },
            Self::Malformed(what) => InterpretError::Malformed { step, what },
        }
    }
}

pub(super) struct Arena {
    bytes: Vec<i8>,
    /// Per byte what it holds: the tensor's number above, the element's below.
    marks: Vec<u64>,
}

const fn mark(tensor: TensorId, element: usize) -> u64 {
    (tensor.0 as u64) << 32 | element as u64
}

/// The mark of every byte of a buffer without tensors.
const fn raw(buffer: BufferId) -> u64 {
    RAW << 32 | buffer.0 as u64
}

impl Arena {
    pub fn new(bytes: usize) -> Self {
        Self {
            bytes: vec![POISON; bytes],
            marks: vec![NOTHING; bytes],
        }
    }

    /// Makes memory hold nothing, but what it holds of the tensors `kept`.
    pub fn clear(&mut self, range: Range<usize>, kept: &[TensorId]) -> Result<(), Fault> {
        let (bytes, marks) = self.slice(range)?;
        for (byte, mark) in bytes.iter_mut().zip(marks) {
            if !kept.iter().any(|tensor| u64::from(tensor.0) == *mark >> 32) {
                (*byte, *mark) = (POISON, NOTHING);
            }
        }
        Ok(())
    }

    /// Makes memory that holds elements of `tensor` hold nothing.
    pub fn free(&mut self, range: Range<usize>, tensor: TensorId) -> Result<(), Fault> {
        let (bytes, marks) = self.slice(range)?;
        for (byte, mark) in bytes.iter_mut().zip(marks) {
            if u64::from(tensor.0) == *mark >> 32 {
                (*byte, *mark) = (POISON, NOTHING);
            }
        }
        Ok(())
    }

    /// Gives a buffer without tensors its bytes; what lay there is gone.
    pub fn claim(&mut self, buffer: &Buffer) -> Result<(), Fault> {
        let (bytes, marks) = self.slice(buffer.offset..buffer.offset + buffer.bytes)?;
        bytes.fill(POISON);
        marks.fill(raw(buffer.id));
        Ok(())
    }

    /// The bytes of a buffer without tensors, which it must still have.
    pub fn claimed(&mut self, buffer: &Buffer) -> Result<&mut [i8], Fault> {
        let (bytes, marks) = self.slice(buffer.offset..buffer.offset + buffer.bytes)?;
        if marks.iter().any(|&mark| mark != raw(buffer.id)) {
            return Err(Fault::Buffer(
                buffer.id,
                "was overwritten while it was in use",
            ));
        }
        Ok(bytes)
    }

    /// Appends the codes of a region.
    pub fn read(
        &self,
        place: &Place,
        region: Region,
        held: Region,
        codes: &mut Vec<i8>,
    ) -> Result<(), Fault> {
        place.runs(region, held, &mut |run| {
            let first = mark(place.tensor, run.element);
            let marks = &self.marks[run.bytes()];
            let wrong = |(&mark, expected): (&u64, u64)| mark ^ expected;
            if marks.iter().zip(first..).map(wrong).fold(0, |a, b| a | b) != 0 {
                let at = marks.iter().zip(first..).position(|pair| wrong(pair) != 0);
                return Err(Fault::Access(
                    run.byte + at.unwrap_or(0),
                    "what is to be read there is not, or no longer, there",
                ));
            }
            codes.extend_from_slice(&self.bytes[run.bytes()]);
            Ok(())
        })
    }

    /// Writes a region from packed codes.
    pub fn write(
        &mut self,
        place: &Place,
        region: Region,
        held: Region,
        codes: &[i8],
    ) -> Result<(), Fault> {
        place.holds(region)?;
        let mut codes = codes;
        place.runs(region, held, &mut |run: Run| {
            let Some((now, later)) = codes.split_at_checked(run.length) else {
                return Err(Fault::Malformed("an output is smaller than its region"));
            };
            codes = later;
            self.bytes[run.bytes()].copy_from_slice(now);
            let marks = self.marks[run.bytes()].iter_mut();
            for (to, mark) in marks.zip(mark(place.tensor, run.element)..) {
                *to = mark;
            }
            Ok(())
        })
    }

    fn slice(&mut self, range: Range<usize>) -> Result<(&mut [i8], &mut [u64]), Fault> {
        let (bytes, marks) = (&mut self.bytes, &mut self.marks);
        (bytes.get_mut(range.clone()).zip(marks.get_mut(range)))
            .ok_or(Fault::Malformed("a buffer does not lie in the arena"))
    }
}

/// Starts what the plan keeps in memory from `step` on, tensors only: nothing is there yet. What shares the bytes and
/// is alive stays.
pub(super) fn begin(
    arena: &mut Arena,
    plan: &Plan,
    step: usize,
    of: &dyn Fn(&Buffer) -> bool,
    filled: &[TensorId],
) -> Result<(), Fault> {
    for buffer in plan.buffers.iter().filter(|buffer| of(buffer)) {
        for tenant in &buffer.tenants {
            if tenant.first != step || filled.contains(&tenant.tensor) {
                continue;
            }
            let kept: Vec<TensorId> = (buffer.tenants.iter())
                .filter(|other| other.first <= step && step <= other.last)
                .map(|other| other.tensor)
                .filter(|&other| other != tenant.tensor)
                .collect();
            let start = buffer.offset + tenant.at;
            arena.clear(start..start + tenant.bytes, &kept)?;
        }
    }
    Ok(())
}

/// Ends what the plan keeps in memory until `step`.
pub(super) fn end(
    arena: &mut Arena,
    plan: &Plan,
    step: usize,
    of: &dyn Fn(&Buffer) -> bool,
) -> Result<(), Fault> {
    for buffer in plan.buffers.iter().filter(|buffer| of(buffer)) {
        for tenant in buffer.tenants.iter().filter(|tenant| tenant.last == step) {
            let start = buffer.offset + tenant.at;
            arena.free(start..start + tenant.bytes, tenant.tensor)?;
        }
    }
    Ok(())
}
