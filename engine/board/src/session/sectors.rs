//! Which sectors of the flash an image touches, and which of them hold it already.

use super::probe_error;
use crate::error::BoardError;
use crate::types::Stage;
use probe_rs::{Core, MemoryInterface as _, Session};
use std::ops::Range;

/// Bytes that are read in one go.
const CHUNK_BYTES: usize = 4096;
/// How often bytes are read that are not what was written, before they are believed.
const READS: usize = 3;

/// Bytes to program at an address.
pub(super) type Block = (u64, Vec<u8>);

/// A sector, and what the image wants in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sector {
    pub(super) range: Range<u64>,
    pub(super) blocks: Vec<Block>,
}

impl Sector {
    pub(super) fn wanted_bytes(&self) -> u64 {
        self.blocks.iter().map(|block| block.1.len() as u64).sum()
    }
}

/// The sector that holds `address`; `None` where the chip's flash algorithm does not say.
fn sector_at(session: &Session, address: u64) -> Option<Range<u64>> {
    let flash = session
        .target()
        .flash_algorithms
        .iter()
        .map(|algorithm| &algorithm.flash_properties)
        .find(|flash| flash.address_range.contains(&address))?;
    let offset = address - flash.address_range.start;
    let group = flash
        .sectors
        .iter()
        .filter(|group| group.address <= offset && group.size > 0)
        .max_by_key(|group| group.address)?;
    let start = flash.address_range.start
        + group.address
        + (offset - group.address) / group.size * group.size;
    Some(start..start + group.size)
}

/// Cuts blocks, which are in order of address, at the borders of the chip's sectors.
pub(super) fn sectors(session: &Session, blocks: Vec<Block>) -> Vec<Sector> {
    cut(blocks, |address| sector_at(session, address))
}

fn cut(blocks: Vec<Block>, sector_at: impl Fn(u64) -> Option<Range<u64>>) -> Vec<Sector> {
    let mut sectors: Vec<Sector> = Vec::new();
    for (mut address, mut data) in blocks {
        while !data.is_empty() {
            let end = address + data.len() as u64;
            let range = sector_at(address).unwrap_or(address..end);
            let rest = if range.end < end {
                data.split_off((range.end - address) as usize)
            } else {
                Vec::new()
            };
            let next = range.end;
            match sectors.last_mut() {
                Some(sector) if sector.range == range => sector.blocks.push((address, data)),
                _ => sectors.push(Sector {
                    range,
                    blocks: vec![(address, data)],
                }),
            }
            address = next;
            data = rest;
        }
    }
    sectors
}

/// Where memory first differs from `blocks`: address, what is there, what was wanted. Reading stops there, so that a
/// sector to be programmed anew costs little.
pub(super) fn first_difference(
    core: &mut Core<'_>,
    blocks: &[Block],
    progress: &mut dyn FnMut(u64),
) -> Result<Option<(u64, u8, u8)>, BoardError> {
    let mut buffer = [0; CHUNK_BYTES];
    for (address, data) in blocks {
        for (index, wanted) in data.chunks(CHUNK_BYTES).enumerate() {
            let address = address + (index * CHUNK_BYTES) as u64;
            let read = &mut buffer[..wanted.len()];
            let mut difference = None;
            for _ in 0..READS {
                core.read(address, read)
                    .map_err(probe_error(Stage::Verify))?;
                difference = (0..wanted.len()).find(|&i| read[i] != wanted[i]);
                if difference.is_none() {
                    break;
                }
            }
            if let Some(i) = difference {
                return Ok(Some((address + i as u64, read[i], wanted[i])));
            }
            progress(wanted.len() as u64);
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn blocks_are_cut_at_sector_borders_and_nothing_is_lost() {
        let sector_at = |address: u64| {
            let start = address / 100 * 100;
            (address < 400).then_some(start..start + 100)
        };
        let blocks = vec![(50, vec![1; 120]), (190, vec![2; 5]), (390, vec![3; 40])];
        let sectors = cut(blocks.clone(), sector_at);
        let ranges: Vec<_> = sectors.iter().map(|s| s.range.clone()).collect();
        assert_eq!(ranges, [0..100, 100..200, 300..400, 400..430]);
        let mut bytes: Vec<(u64, u8)> = Vec::new();
        for (address, data) in sectors.iter().flat_map(|s| &s.blocks) {
            bytes.extend((*address..).zip(data.iter().copied()));
        }
        let wanted: Vec<(u64, u8)> = blocks
            .iter()
            .flat_map(|(address, data)| (*address..).zip(data.iter().copied()))
            .collect();
        assert_eq!(bytes, wanted);
    }
}
