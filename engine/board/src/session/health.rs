//! Why a program does not go on: faults that its handler recorded, resets, lock-ups, breakpoints.

use super::program::{Layout, Running};
use super::{HALT_LIMIT, probe_error};
use crate::error::BoardError;
use crate::fault::{ArmRecord, FaultRecord, ProgramMemory, describe};
use crate::firmware::GUARD_BYTES;
use crate::image::Image;
use crate::protocol::control;
use crate::toolchain::Architecture;
use crate::types::Stage;
use std::time::Duration;

use probe_rs::{CoreStatus, HaltReason, MemoryInterface as _};

/// CFSR, HFSR, DFSR, MMFAR and BFAR (Armv7-M Architecture Reference Manual, B3.2).
const FAULT_STATUS: u64 = 0xE000_ED28;
/// How often a record is read whose check is wrong.
const READS: usize = 4;

/// An error if the core is not running, though the firmware never halts it.
pub(super) fn check_core(running: &mut Running<'_>) -> Result<(), BoardError> {
    let error = |e: probe_rs::Error| probe_error(Stage::Run)(e);
    let what = match running.core.status().map_err(error)? {
        CoreStatus::LockedUp => return Err(lock_up(running)),
        CoreStatus::Halted(HaltReason::Breakpoint(_)) => "a breakpoint instruction",
        CoreStatus::Halted(_) => "a halt from outside",
        CoreStatus::Running | CoreStatus::Sleeping | CoreStatus::Unknown => return Ok(()),
    };
    // The program counter can only be read from a halted core.
    let _ = running.core.halt(HALT_LIMIT);
    let address = program_counter(running).unwrap_or(0);
    let step = step_word(running, control::STEP);
    Err(BoardError::TargetFault {
        fault: what.to_owned(),
        address,
        step: place(
            step.as_deref(),
            running.image.function_at(address),
            running.layout,
        ),
        record: None,
    })
}

/// The core stopped over a fault that no handler could take: only its status registers tell which.
fn lock_up(running: &mut Running<'_>) -> BoardError {
    let mut status = [0; 5];
    let read = running.core.read_32(FAULT_STATUS, &mut status);
    let [cfsr, hfsr, _, mmfar, bfar] = status;
    let record = FaultRecord::Arm(ArmRecord {
        cfsr,
        hfsr,
        mmfar,
        bfar,
        ..ArmRecord::default()
    });
    let known = read.is_ok() && running.image.architecture == Architecture::Arm && cfsr != 0;
    let cause = if known {
        describe(&record, &memory_of(running.image, running.arena_bytes))
    } else {
        "a fault".to_owned()
    };
    let step = step_word(running, control::STEP);
    BoardError::TargetFault {
        fault: format!("a lock-up: {cause} in a fault handler or with faults masked"),
        address: 0,
        step: place(step.as_deref(), None, running.layout),
        record: None,
    }
}

fn program_counter(running: &mut Running<'_>) -> Option<u32> {
    let register = running.core.program_counter();
    running.core.read_core_reg::<u32>(register).ok()
}

/// Name of the step that a word of the control block names.
fn step_word(running: &mut Running<'_>, word: u64) -> Option<String> {
    let step = running.core.read_word_32(running.address(word)).ok()?;
    running.layout.steps.get(step as usize).cloned()
}

/// ` in step (function)`, as far as each is known.
fn place(step: Option<&str>, function: Option<&str>, layout: &Layout) -> String {
    // A function of another step than the one that is said to run is worth more than both.
    let function = function.filter(|name| Some(*name) != step);
    match (step, function) {
        (Some(step), Some(function)) => format!(" in {step} ({function})"),
        (Some(step), None) => format!(" in {step}"),
        (None, Some(function)) if layout.steps.iter().any(|step| step == function) => {
            format!(" after {function} began")
        }
        (None, Some(function)) => format!(" in {function}"),
        (None, None) => String::new(),
    }
}

/// Where the program uses memory.
fn memory_of(image: &Image, arena_bytes: u32) -> ProgramMemory {
    let arena = (image.arena.0 + GUARD_BYTES) as u32;
    let stack = (image.stack_base + GUARD_BYTES) as u32;
    let (code, code_bytes) = (image.loaded.0 as u32, image.loaded.1 as u32);
    ProgramMemory {
        stack: stack..(image.stack_base + image.stack_bytes) as u32,
        arena: arena..arena.saturating_add(arena_bytes),
        code: code..code.saturating_add(code_bytes),
    }
}

/// The fault that the handler recorded.
pub(super) fn fault(running: &mut Running<'_>) -> BoardError {
    let mut record = None;
    for _ in 0..READS {
        let mut words = [0; control::FAULT_WORDS];
        let address = running.address(control::FAULT);
        if let Err(error) = running.core.read_32(address, &mut words) {
            return probe_error(Stage::Run)(error);
        }
        record = FaultRecord::from_words(running.image.architecture, &words);
        if record.is_some() {
            break;
        }
    }
    let step = step_word(running, control::STEP);
    let Some(record) = record else {
        return BoardError::TargetFault {
            fault: "a fault whose record is damaged".to_owned(),
            address: 0,
            step: place(step.as_deref(), None, running.layout),
            record: None,
        };
    };
    let image = running.image;
    // A return address only tells the caller, which the step's name is better than.
    let known = usize::from(step.is_none());
    let function = (record.places().into_iter().take(2 + known))
        .find_map(|address| image.function_at(address));
    BoardError::TargetFault {
        fault: describe(&record, &memory_of(image, running.arena_bytes)),
        address: record.pc(),
        step: place(step.as_deref(), function, running.layout),
        record: Some(Box::new(record)),
    }
}

/// The chip started again without being told to.
pub(super) fn was_reset(running: &mut Running<'_>, boots: u32) -> BoardError {
    let step = step_word(running, control::RESET_STEP);
    BoardError::TargetFault {
        fault: format!(
            "a reset: the chip started {boots} times, because the program resets it or its power failed"
        ),
        address: 0,
        step: place(step.as_deref(), None, running.layout),
        record: None,
    }
}

/// The program did not get on within the limit: where it is.
pub(super) fn too_late(running: &mut Running<'_>, limit: Duration, before: &str) -> BoardError {
    let _ = running.core.halt(HALT_LIMIT);
    let step = step_word(running, control::STEP);
    let image = running.image;
    let function = program_counter(running).and_then(|address| image.function_at(address));
    let function = function.filter(|name| Some(*name) != step.as_deref());
    let step = match (step, function) {
        (Some(step), Some(function)) => format!(" (last in {step}, in {function})"),
        (Some(step), None) => format!(" (last in {step})"),
        (None, Some(function)) => format!(" ({before}, in {function})"),
        (None, None) => format!(" ({before})"),
    };
    BoardError::Timeout {
        seconds: limit.as_secs_f64().ceil() as u64,
        step,
    }
}

#[cfg(test)]
mod tests {
    use super::memory_of;
    use crate::image::Image;
    use crate::toolchain::Architecture;

    #[test]
    fn an_arena_of_any_size_that_the_chip_may_tell_is_taken() {
        let image = Image {
            flash_bytes: 0,
            ram_bytes: 0,
            stack_bytes: 0x800,
            stack_base: 0x2000_0000,
            arena: (0x2000_1000, 0x4000),
            flash_crc: 0,
            loaded: (0xFFFF_FF00, 0x1000),
            entry: 0,
            architecture: Architecture::Arm,
            variables: [].into(),
            functions: Vec::new(),
        };
        assert_eq!(memory_of(&image, 100).arena, 0x2000_1020..0x2000_1084);
        assert_eq!(memory_of(&image, u32::MAX).arena.end, u32::MAX);
        assert_eq!(memory_of(&image, 0xE000_0000).arena.end, u32::MAX);
    }
}
