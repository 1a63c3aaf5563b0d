//! Small programs for the virtual board, as Thumb opcodes so that no compiler is needed.
#![allow(dead_code, reason = "each test file uses its own part")]

use probe_rs::flashing::{DownloadOptions, FlashError};
use probe_rs::probe::Probe;
use probe_rs::{Permissions, Session};
use tinyscope_board::probe;

/// Start of flash.
pub const FLASH: u64 = 0x0800_0000;
/// Where the programs begin.
pub const ENTRY: u64 = FLASH + 0x40;
/// Where [`COUNT`] leaves cycles, instructions and [`DONE`].
pub const RESULTS: u64 = 0x2000_1000;
/// Written last by [`COUNT`].
pub const DONE: u32 = 0x600D_600D;

/// Enables DWT through its lock, counts 20,000 down to zero, stores the cycle count and the instruction counter at
/// [`RESULTS`], enables the FPU, moves 1.5 into S5, stores [`DONE`], then increments r7 for ever.
pub const COUNT: [u16; 52] = [
    0x4812, 0xF04F, 0x7180, 0x6001, 0x4811, 0x4912, 0x6001, 0x4812, // DEMCR.TRCENA, DWT_LAR
    0x2100, 0x6041, 0x2101, 0x6001, // CYCCNT = 0, CTRL = 1
    0xF644, 0x6220, 0x3A01, 0xD1FD, // movw r2, #20000; subs r2, #1; bne
    0x6843, 0x4C0E, 0x6023, // CYCCNT to results[0]
    0xF04F, 0x4570, 0x682E, 0x6066, // instruction counter to results[1]
    0x480C, 0xF44F, 0x0170, 0x6001, 0xF3BF, 0x8F4F, 0xF3BF, 0x8F6F, // CPACR, dsb, isb
    0xEEF7, 0x2A08, // vmov.f32 s5, #1.5
    0x4E08, 0x60A6, // DONE to results[2]
    0x3701, 0xE7FD, // adds r7, #1; b
    0x0000, 0xEDFC, 0xE000, 0x1FB0, 0xE000, 0xCE55, 0xC5AC, 0x1000, 0xE000, 0x1000, 0x2000, 0xED88,
    0xE000, 0x600D, 0x600D,
];
/// Offset of `adds r7, #1` in [`COUNT`].
pub const COUNT_LOOP: u64 = 0x46;

/// Reads 0xA0000000, where nothing is; offset 12 is a handler that sets r7 to 0x77.
pub const FAULT: [u16; 8] = [
    0x2005, 0x0740, 0xBF00, 0x6801, 0xE7FE, 0xBF00, 0x2777, 0xE7FE,
];
/// Offset of the load that faults in [`FAULT`].
pub const FAULT_LOAD: u64 = 6;
/// Offset of the handler in [`FAULT`].
pub const FAULT_HANDLER: u64 = 12;

/// An image of `bytes`: vector table (every exception goes to `handler`), the program, then noise from `seed`.
pub fn image(code: &[u16], handler: u64, bytes: usize, seed: u32) -> Vec<u8> {
    image_at(FLASH, code, handler, bytes, seed)
}

/// As [`image`], for flash at another address.
pub fn image_at(flash: u64, code: &[u16], handler: u64, bytes: usize, seed: u32) -> Vec<u8> {
    let entry = flash + ENTRY - FLASH;
    let mut words = vec![0x2000_8000, entry as u32 + 1];
    words.resize(16, (entry + handler) as u32 + 1);
    let mut image: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
    image.extend(code.iter().flat_map(|h| h.to_le_bytes()));
    let mut state = seed | 1;
    while image.len() < bytes {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        image.push(state as u8);
    }
    image
}

/// Attach to a virtual board as the chip that it has.
pub fn attach() -> Session {
    attach_to(probe::open_virtual(probe::CHIP).expect("opens"))
}

/// Attach through this probe as the chip that the virtual board has.
pub fn attach_to(probe: Probe) -> Session {
    probe
        .attach(probe::CHIP, Permissions::default())
        .expect("attaches")
}

/// Program and verify, erasing first unless told not to.
pub fn flash(session: &mut Session, image: &[u8], skip_erase: bool) -> Result<(), FlashError> {
    flash_at(session, FLASH, image, skip_erase)
}

/// As [`flash`], for flash at another address.
pub fn flash_at(
    session: &mut Session,
    flash: u64,
    image: &[u8],
    skip_erase: bool,
) -> Result<(), FlashError> {
    let mut loader = session.target().flash_loader();
    loader.add_data(flash, image)?;
    let mut options = DownloadOptions::default();
    options.verify = true;
    options.skip_erase = skip_erase;
    loader.commit(session, options)
}
