//! Programs an image where flash does not hold it yet, and reads it back. Sectors outside the image are never touched.
//! The work is done in pieces of a few sectors, so that it can be cancelled between them.

use super::attach::Board;
use super::contain::contained;
use super::ram::split;
use super::sectors::{Block, Sector, first_difference, sectors};
use super::{CORE, HALT_LIMIT, probe_error};
use crate::error::BoardError;
use crate::image::load_blocks;
use crate::types::{Cancel, Progress, Stage};
use probe_rs::Session;
use probe_rs::flashing::{DownloadOptions, FlashProgress, ProgressEvent, ProgressOperation};
use std::time::{Duration, Instant};

/// Pieces are about this large: a second or two on the slowest probes.
const PIECE_BYTES: u64 = 128 * 1024;

/// How to flash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlashOptions {
    /// Program without erasing first. Wrong unless the flash is erased already; verification tells.
    pub skip_erase: bool,
    /// Program also what flash holds already.
    pub rewrite: bool,
}

/// What flashing did, and how long each stage took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlashReport {
    /// Erasing.
    pub erase: Duration,
    /// Programming.
    pub program: Duration,
    /// Reading: once to find what is there already, and back what was programmed.
    pub verify: Duration,
    /// Bytes of the sectors that were erased.
    pub erased_bytes: u64,
    /// Bytes of the image that were programmed.
    pub programmed_bytes: u64,
    /// Bytes of the image that flash held already.
    pub unchanged_bytes: u64,
}

impl FlashReport {
    /// Whether all of the image was there already.
    pub const fn is_reused(&self) -> bool {
        self.erased_bytes == 0 && self.programmed_bytes == 0
    }
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
) -> Result<FlashReport, BoardError> {
    contained(Stage::Program, || {
        let blocks = load_blocks(elf)?;
        let session = board.session()?;
        let mut job = Job {
            total: blocks.iter().map(|b| b.1.len() as u64).sum::<u64>().max(1),
            report: FlashReport::default(),
            progress,
            cancel,
        };
        let (blocks, in_ram) = split(session, blocks);
        if !in_ram.is_empty() {
            super::ram::load(&mut job, session, &in_ram, options.rewrite)?;
        }
        let sectors = sectors(session, blocks);
        let changed = job.changed(session, &sectors, options.rewrite)?;
        if !changed.is_empty() {
            for piece in changed.chunk_by_bytes(PIECE_BYTES) {
                job.program(session, piece, options.skip_erase)?;
            }
            job.verify(session, &sectors)?;
        }
        job.told(Stage::Verify, 1.0);
        Ok(job.report)
    })
}

/// Sectors in groups of about so many bytes.
trait ChunkByBytes {
    fn chunk_by_bytes(&self, bytes: u64) -> Vec<&[Sector]>;
}

impl ChunkByBytes for Vec<Sector> {
    fn chunk_by_bytes(&self, bytes: u64) -> Vec<&[Sector]> {
        let mut groups = Vec::new();
        let mut from = 0;
        while from < self.len() {
            let mut size = 0;
            let fit = self[from..]
                .iter()
                .take_while(|sector| {
                    size += sector.wanted_bytes();
                    size <= bytes
                })
                .count()
                .max(1);
            groups.push(&self[from..from + fit]);
            from += fit;
        }
        groups
    }
}

pub(super) struct Job<'a> {
    /// Bytes of the image.
    pub(super) total: u64,
    pub(super) report: FlashReport,
    progress: &'a mut dyn FnMut(Progress),
    cancel: &'a Cancel,
}

impl Job<'_> {
    fn told(&mut self, stage: Stage, share: f64) {
        (self.progress)(Progress {
            stage,
            fraction: share.clamp(0.0, 1.0) as f32,
            message: String::new(),
        });
    }

    pub(super) fn told_bytes(&mut self, stage: Stage, done: u64, of: u64) {
        (self.progress)(Progress {
            stage,
            fraction: (done as f64 / of.max(1) as f64).clamp(0.0, 1.0) as f32,
            message: format!("{done} of {of} B"),
        });
    }

    pub(super) fn check_cancel(&self, stage: Stage) -> Result<(), BoardError> {
        if self.cancel.is_cancelled() {
            return Err(BoardError::Cancelled { stage });
        }
        Ok(())
    }

    /// The sectors that do not hold what is wanted.
    fn changed(
        &mut self,
        session: &mut Session,
        sectors: &[Sector],
        rewrite: bool,
    ) -> Result<Vec<Sector>, BoardError> {
        let started = Instant::now();
        let mut core = session.core(CORE).map_err(probe_error(Stage::Verify))?;
        core.halt(HALT_LIMIT).map_err(probe_error(Stage::Verify))?;
        let mut changed = Vec::new();
        for sector in sectors {
            self.check_cancel(Stage::Verify)?;
            if rewrite || first_difference(&mut core, &sector.blocks, &mut |_| {})?.is_some() {
                changed.push(sector.clone());
            } else {
                self.report.unchanged_bytes += sector.wanted_bytes();
            }
        }
        self.report.verify += started.elapsed();
        Ok(changed)
    }

    /// Erases and programs some sectors.
    fn program(
        &mut self,
        session: &mut Session,
        piece: &[Sector],
        skip_erase: bool,
    ) -> Result<(), BoardError> {
        self.check_cancel(Stage::Program)?;
        let mut stage = Stage::Erase;
        let mut loader = session.target().flash_loader();
        for (address, data) in piece.iter().flat_map(|sector| &sector.blocks) {
            loader
                .add_data(*address, data)
                .map_err(probe_error(Stage::Program))?;
        }
        let erased: u64 = (piece.iter())
            .map(|sector| sector.range.end - sector.range.start)
            .sum();
        let programmed: u64 = piece.iter().map(Sector::wanted_bytes).sum();
        let before = self.report;
        let (mut erase_time, mut program_time) = (Duration::ZERO, Duration::ZERO);
        let mut seen = [0; 2];
        let mut download = DownloadOptions::new();
        download.skip_erase = skip_erase;
        download.progress = FlashProgress::new(|event| match event {
            ProgressEvent::Started(ProgressOperation::Erase) => stage = Stage::Erase,
            ProgressEvent::Started(ProgressOperation::Program) => stage = Stage::Program,
            ProgressEvent::Progress {
                operation,
                size,
                time,
            } => {
                let index = match operation {
                    ProgressOperation::Erase => 0,
                    ProgressOperation::Program => 1,
                    ProgressOperation::Fill | ProgressOperation::Verify => return,
                };
                seen[index] += size;
                if index == 0 {
                    erase_time += time;
                    self.told_bytes(Stage::Erase, seen[0].min(erased), erased);
                } else {
                    program_time += time;
                    let done = before.programmed_bytes + seen[1].min(programmed);
                    let of = self.total - before.unchanged_bytes;
                    self.told_bytes(Stage::Program, done, of);
                }
            }
            _ => {}
        });
        let result = loader.commit(session, download);
        result.map_err(|error| probe_error(stage)(error))?;
        self.report.erase += erase_time;
        self.report.program += program_time;
        self.report.programmed_bytes += programmed;
        if !skip_erase {
            self.report.erased_bytes += erased;
        }
        Ok(())
    }

    /// Reads back the whole image: also sectors that were not programmed, should an erase have gone astray.
    fn verify(&mut self, session: &mut Session, sectors: &[Sector]) -> Result<(), BoardError> {
        let started = Instant::now();
        let mut core = session.core(CORE).map_err(probe_error(Stage::Verify))?;
        let mut done = 0;
        for sector in sectors {
            self.check_cancel(Stage::Verify)?;
            let (blocks, total): (&[Block], u64) = (&sector.blocks, self.total);
            let difference = first_difference(&mut core, blocks, &mut |bytes| {
                done += bytes;
                self.told_bytes(Stage::Verify, done, total);
            })?;
            if let Some((address, read, wanted)) = difference {
                return Err(BoardError::Verify {
                    message: format!(
                        "first at {address:#010x}: {read:#04x} instead of {wanted:#04x}"
                    ),
                });
            }
        }
        self.report.verify += started.elapsed();
        Ok(())
    }
}
