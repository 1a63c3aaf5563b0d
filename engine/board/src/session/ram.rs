//! Loads what runs from RAM through the debug interface, and reads it back.

use super::flash::Job;
use super::sectors::{Block, first_difference};
use super::{CORE, HALT_LIMIT, probe_error};
use crate::error::BoardError;
use crate::types::Stage;
use probe_rs::config::MemoryRegion;
use probe_rs::{MemoryInterface as _, Session};
use std::time::Instant;

/// Written in one go: a fraction of a second on the slowest probes, so that it can be cancelled.
const PIECE_BYTES: usize = 16 * 1024;

/// Blocks for flash, and those that lie in RAM.
pub(super) fn split(session: &Session, blocks: Vec<Block>) -> (Vec<Block>, Vec<Block>) {
    let in_ram = |address: u64| {
        (session.target().memory_map.iter())
            .any(|region| matches!(region, MemoryRegion::Ram(ram) if ram.range.contains(&address)))
    };
    blocks.into_iter().partition(|block| !in_ram(block.0))
}

/// Writes the pieces that RAM does not hold yet, with the chip halted out of reset: what ran before may still write.
pub(super) fn load(
    job: &mut Job<'_>,
    session: &mut Session,
    blocks: &[Block],
    rewrite: bool,
) -> Result<(), BoardError> {
    let mut core = session.core(CORE).map_err(probe_error(Stage::Program))?;
    core.reset_and_halt(HALT_LIMIT)
        .map_err(probe_error(Stage::Program))?;
    for (start, data) in blocks {
        for (index, piece) in data.chunks(PIECE_BYTES).enumerate() {
            job.check_cancel(Stage::Program)?;
            let wanted = [(start + (index * PIECE_BYTES) as u64, piece.to_vec())];
            let bytes = piece.len() as u64;
            let started = Instant::now();
            let held = !rewrite && first_difference(&mut core, &wanted, &mut |_| {})?.is_none();
            job.report.verify += started.elapsed();
            if held {
                job.report.unchanged_bytes += bytes;
                continue;
            }
            let started = Instant::now();
            core.write(wanted[0].0, piece)
                .map_err(probe_error(Stage::Program))?;
            job.report.program += started.elapsed();
            job.report.programmed_bytes += bytes;
            let of = job.total - job.report.unchanged_bytes;
            job.told_bytes(Stage::Program, job.report.programmed_bytes, of);
            let started = Instant::now();
            if let Some((address, read, wanted)) =
                first_difference(&mut core, &wanted, &mut |_| {})?
            {
                return Err(BoardError::Verify {
                    message: format!(
                        "RAM first at {address:#010x}: {read:#04x} instead of {wanted:#04x}"
                    ),
                });
            }
            job.report.verify += started.elapsed();
        }
    }
    Ok(())
}
