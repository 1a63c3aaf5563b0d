//! Programs an image and reads it back. The image is cut at sector borders into pieces of a few sectors, so that
//! flashing can be cancelled between them.

use super::attach::Board;
use super::{CORE, probe_error};
use crate::error::BoardError;
use crate::types::{Cancel, Progress, Stage};
use object::read::elf::{ElfFile32, ProgramHeader as _};
use probe_rs::flashing::{
    DownloadOptions, FlashError, FlashProgress, ProgressEvent, ProgressOperation,
};
use probe_rs::{MemoryInterface as _, Session};
use std::time::Duration;

/// Pieces are about this large: a second or two on the slowest probes.
const PIECE_BYTES: u64 = 128 * 1024;

/// How to flash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlashOptions {
    /// Program without erasing first. Wrong unless the flash is erased already; verification tells.
    pub skip_erase: bool,
}

/// Time that each stage of flashing took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlashTimes {
    /// Erasing.
    pub erase: Duration,
    /// Programming.
    pub program: Duration,
    /// Reading back.
    pub verify: Duration,
}

/// Bytes to program at an address.
type Block = (u64, Vec<u8>);

/// The loaded segments of an ELF image, at the addresses where they are programmed.
fn blocks(elf: &[u8]) -> Result<Vec<Block>, BoardError> {
    let bad = |e: object::Error| BoardError::Protocol {
        message: format!("the linked image cannot be read: {e}"),
    };
    let file = ElfFile32::<object::Endianness>::parse(elf).map_err(bad)?;
    let endian = file.endian();
    let mut blocks = Vec::new();
    for header in file.elf_program_headers() {
        if header.p_type(endian) != object::elf::PT_LOAD {
            continue;
        }
        let data = header
            .data(endian, elf)
            .map_err(|()| BoardError::Protocol {
                message: "the linked image ends early".to_owned(),
            })?;
        if !data.is_empty() {
            blocks.push((u64::from(header.p_paddr(endian)), data.to_vec()));
        }
    }
    Ok(blocks)
}

/// First address after the sector that holds `address`; `None` where the chip's flash algorithm does not say.
fn sector_end(session: &Session, address: u64) -> Option<u64> {
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
    let sector = (offset - group.address) / group.size;
    Some(flash.address_range.start + group.address + (sector + 1) * group.size)
}

/// Cuts blocks at sector borders into pieces of about [`PIECE_BYTES`]. No sector is in two pieces.
fn pieces(session: &Session, mut blocks: Vec<Block>) -> Vec<Vec<Block>> {
    blocks.sort_by_key(|block| block.0);
    let mut pieces: Vec<Vec<Block>> = Vec::new();
    // Where the open piece has to end at the latest sector border that it has reached.
    let mut open_until = 0;
    let mut open_from = 0;
    for (mut address, mut data) in blocks {
        while !data.is_empty() {
            let end = address + data.len() as u64;
            let border = sector_end(session, address).unwrap_or(u64::MAX);
            let rest = if border < end {
                data.split_off((border - address) as usize)
            } else {
                Vec::new()
            };
            let same_sector = address < open_until;
            let room = border.saturating_sub(open_from) <= PIECE_BYTES;
            match pieces.last_mut() {
                Some(piece) if same_sector || room => piece.push((address, data)),
                _ => {
                    open_from = address;
                    pieces.push(vec![(address, data)]);
                }
            }
            open_until = border;
            address = border;
            data = rest;
        }
    }
    pieces
}

/// Programs `elf` and verifies it by reading it back.
///
/// # Errors
/// [`BoardError::Verify`] when flash does not hold the image, [`BoardError::Cancelled`] between two pieces (flash then
/// holds the first of them), [`BoardError::Probe`].
pub fn flash(
    board: &mut Board,
    elf: &[u8],
    options: FlashOptions,
    progress: &mut dyn FnMut(Progress),
    cancel: &Cancel,
) -> Result<FlashTimes, BoardError> {
    let session = &mut board.session;
    let blocks = blocks(elf)?;
    let total: u64 = blocks.iter().map(|b| b.1.len() as u64).sum();
    let mut times = FlashTimes::default();
    let mut done = 0;
    for piece in pieces(session, blocks) {
        if cancel.is_cancelled() {
            return Err(BoardError::Cancelled {
                stage: Stage::Program,
            });
        }
        let bytes: u64 = piece.iter().map(|b| b.1.len() as u64).sum();
        let mut stage = Stage::Erase;
        let mut loader = session.target().flash_loader();
        for (address, data) in &piece {
            loader
                .add_data(*address, data)
                .map_err(probe_error(Stage::Program))?;
        }
        let mut download = DownloadOptions::new();
        download.verify = true;
        download.skip_erase = options.skip_erase;
        let (mut seen, mut of) = ([0u64; 3], [bytes; 3]);
        download.progress = FlashProgress::new(|event| {
            let slot = |operation| match operation {
                ProgressOperation::Fill => None,
                ProgressOperation::Erase => Some((0, Stage::Erase)),
                ProgressOperation::Program => Some((1, Stage::Program)),
                ProgressOperation::Verify => Some((2, Stage::Verify)),
            };
            match event {
                ProgressEvent::AddProgressBar {
                    operation,
                    total: Some(size),
                } => {
                    if let Some((index, _)) = slot(operation) {
                        of[index] = size.max(1);
                    }
                }
                ProgressEvent::Started(operation) => {
                    if let Some((_, now)) = slot(operation) {
                        stage = now;
                    }
                }
                ProgressEvent::Progress {
                    operation,
                    size,
                    time,
                } => {
                    if let Some((index, now)) = slot(operation) {
                        stage = now;
                        match now {
                            Stage::Erase => times.erase += time,
                            Stage::Program => times.program += time,
                            _ => times.verify += time,
                        }
                        seen[index] += size;
                        let share = (seen[index] as f64 / of[index] as f64).min(1.0);
                        let fraction = (done as f64 + share * bytes as f64) / total.max(1) as f64;
                        progress(Progress {
                            stage: now,
                            fraction: fraction as f32,
                            message: String::new(),
                        });
                    }
                }
                _ => {}
            }
        });
        let result = loader.commit(session, download);
        match result {
            Ok(()) => done += bytes,
            Err(FlashError::Verify) => {
                return Err(BoardError::Verify {
                    message: first_difference(session, &piece),
                });
            }
            Err(error) => return Err(probe_error(stage)(error)),
        }
    }
    Ok(times)
}

/// Where flash first differs from what was to be written.
fn first_difference(session: &mut Session, piece: &[Block]) -> String {
    let Ok(mut core) = session.core(CORE) else {
        return "it could not be read back".to_owned();
    };
    for (address, data) in piece {
        let mut read = vec![0; data.len()];
        if core.read(*address, &mut read).is_err() {
            return format!("it could not be read back from {address:#010x}");
        }
        if let Some(i) = (0..data.len()).find(|&i| read[i] != data[i]) {
            return format!(
                "first at {:#010x}: {:#04x} instead of {:#04x}",
                address + i as u64,
                read[i],
                data[i]
            );
        }
    }
    "the chip's own check failed".to_owned()
}
