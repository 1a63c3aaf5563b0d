//! Constants at multiples of 16 bytes, which runtimes that map the file into memory ask for.

use flatbuffers::{FlatBufferBuilder, Push, PushAlignment, Vector, WIPOffset};

/// Bytes that constants are aligned to.
const ALIGNMENT: usize = 16;

/// Sixteen bytes, aligned to sixteen.
struct Line([u8; ALIGNMENT]);

#[allow(
    unsafe_code,
    reason = "the trait's only method is declared unsafe; this one copies into a slice, with its bounds checked"
)]
impl Push for Line {
    type Output = Line;

    unsafe fn push(&self, dst: &mut [u8], _written_len: usize) {
        dst[..ALIGNMENT].copy_from_slice(&self.0);
    }

    fn size() -> usize {
        ALIGNMENT
    }

    fn alignment() -> PushAlignment {
        PushAlignment::new(ALIGNMENT)
    }
}

/// Writes a vector of bytes whose first byte is aligned. Files are written from their end to their start.
pub(super) fn bytes<'a>(fbb: &mut FlatBufferBuilder<'a>, data: &[u8]) -> WIPOffset<Vector<'a, u8>> {
    fbb.start_vector::<Line>(0);
    let (lines, rest) = data.as_chunks::<ALIGNMENT>();
    if !rest.is_empty() {
        for _ in rest.len()..ALIGNMENT {
            fbb.push(0u8);
        }
        for &byte in rest.iter().rev() {
            fbb.push(byte);
        }
    }
    for line in lines.iter().rev() {
        fbb.push(Line(*line));
    }
    fbb.end_vector::<u8>(data.len())
}
