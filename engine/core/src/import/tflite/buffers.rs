//! Constant data: finds a tensor's bytes, checks their size, decodes them once and shares them.

use super::fold::widened;
use super::generated::tflite::{Buffer, Model};
use super::tensors::Problem;
use crate::graph::{DType, Data};
use std::collections::BTreeMap;

/// Bytes that small files may unfold to beyond their size.
const SPARE: usize = 16 << 20;

/// Decoded constants of one file, by place and type, so that tensors which share bytes share memory.
pub(super) struct Buffers<'a> {
    file: &'a [u8],
    model: Model<'a>,
    decoded: BTreeMap<(usize, usize, u8, bool), Data>,
    /// Bytes that may still be decoded: overlapping buffers could otherwise ask for more than the file holds.
    budget: usize,
}

impl<'a> Buffers<'a> {
    pub fn new(file: &'a [u8], model: Model<'a>) -> Self {
        Self {
            file,
            model,
            decoded: BTreeMap::new(),
            budget: file.len().saturating_mul(3).saturating_add(SPARE),
        }
    }

    /// The bytes of buffer `index`; `None` when it is empty, as the buffers of activations are.
    pub fn bytes(&self, index: u32) -> Result<Option<&'a [u8]>, String> {
        // Buffer 0 is the empty one by convention, also in files that have no buffers at all.
        let Some(buffers) = self.model.buffers() else {
            return if index == 0 {
                Ok(None)
            } else {
                Err(format!("names buffer {index}, but the file has none"))
            };
        };
        if index as usize >= buffers.len() {
            return Err(format!(
                "names buffer {index}, but the file has {}",
                buffers.len()
            ));
        }
        let buffer: Buffer<'a> = buffers.get(index as usize);
        if let Some(data) = buffer.data().map(|d| d.bytes())
            && !data.is_empty()
        {
            return Ok(Some(data));
        }
        // Large files keep data behind the tables, by offset and size; offsets 0 and 1 mean "none".
        let (offset, size) = (buffer.offset(), buffer.size());
        if offset <= 1 || size == 0 {
            return Ok(None);
        }
        let range = usize::try_from(offset)
            .ok()
            .and_then(|start| Some(start..start.checked_add(usize::try_from(size).ok()?)?));
        range
            .and_then(|r| self.file.get(r))
            .map(Some)
            .ok_or_else(|| {
                format!(
                    "has its data at bytes {offset} to {}, but the file ends at {}",
                    offset.saturating_add(size),
                    self.file.len()
                )
            })
    }

    /// The constant in buffer `index`, decoded as `dtype`; `None` when the buffer is empty. float16 becomes float32, and
    /// `shifted` uint8 becomes int8, each code less 128.
    pub fn data(
        &mut self,
        index: u32,
        dtype: DType,
        shifted: bool,
        elements: usize,
    ) -> Result<Option<Data>, String> {
        let Some(bytes) = self.bytes(index)? else {
            return Ok(None);
        };
        let expected = elements.saturating_mul(dtype.bytes());
        if bytes.len() != expected {
            return Err(format!(
                "has {} bytes of data, its shape and type need {expected}",
                bytes.len()
            ));
        }
        let key = (bytes.as_ptr().addr(), bytes.len(), dtype as u8, shifted);
        if let Some(data) = self.decoded.get(&key) {
            return Ok(Some(data.clone()));
        }
        let decoded_bytes = elements.saturating_mul(widened(dtype).bytes());
        self.spend(decoded_bytes).map_err(|(_, why, _)| why)?;
        let Some(data) = decode(bytes, dtype, shifted) else {
            return Err("is a constant of a type that is not supported".into());
        };
        self.decoded.insert(key, data.clone());
        Ok(Some(data))
    }

    /// Takes `bytes` from what the file may unfold to.
    pub fn spend(&mut self, bytes: usize) -> Result<(), Problem> {
        let rest = self.budget.checked_sub(bytes).ok_or_else(|| -> Problem {
            (
                "too-large",
                "shares bytes with too many other constants".into(),
                "the file unfolds to many times its size: check where it comes from",
            )
        })?;
        self.budget = rest;
        Ok(())
    }
}

fn decode(bytes: &[u8], dtype: DType, shifted: bool) -> Option<Data> {
    Some(match dtype {
        DType::I8 => Data::I8(bytes.iter().map(|&b| b.cast_signed()).collect()),
        DType::U8 if shifted => Data::I8(bytes.iter().map(|&b| (b ^ 0x80).cast_signed()).collect()),
        DType::U8 => Data::U8(bytes.into()),
        DType::I16 => Data::I16(words(bytes).map(i16::from_le_bytes).collect()),
        DType::I32 => Data::I32(words(bytes).map(i32::from_le_bytes).collect()),
        DType::I64 => Data::I64(words(bytes).map(i64::from_le_bytes).collect()),
        DType::F32 => Data::F32(words(bytes).map(f32::from_le_bytes).collect()),
        DType::F16 => {
            let wide = |word| half::f16::from_le_bytes(word).to_f32();
            Data::F32(words(bytes).map(wide).collect())
        }
        DType::Bool => return None,
    })
}

/// `bytes` as little-endian words of `N` bytes; a remainder is left out, sizes having been checked before.
pub(super) fn words<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> + '_ {
    bytes.as_chunks::<N>().0.iter().copied()
}
