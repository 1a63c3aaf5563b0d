//! Why a program does not go on: faults that its handler recorded, lock-ups, breakpoints.

use super::program::Layout;
use super::{HALT_LIMIT, probe_error};
use crate::error::BoardError;
use crate::fault::{FaultRecord, describe};
use crate::image::Image;
use crate::protocol::control;
use crate::types::Stage;
use probe_rs::{Core, CoreStatus, HaltReason, MemoryInterface as _};

/// An error if the core is not running, though the firmware never halts it.
pub(super) fn check_core(core: &mut Core<'_>, image: &Image) -> Result<(), BoardError> {
    let error = |e: probe_rs::Error| probe_error(Stage::Run)(e);
    let what = match core.status().map_err(error)? {
        CoreStatus::LockedUp => "a lock-up (a fault in the fault handler)",
        CoreStatus::Halted(HaltReason::Breakpoint(_)) => "a breakpoint instruction",
        CoreStatus::Halted(_) => "a halt from outside",
        CoreStatus::Running | CoreStatus::Sleeping | CoreStatus::Unknown => return Ok(()),
    };
    // The program counter can only be read from a halted core.
    let _ = core.halt(HALT_LIMIT);
    let address = core
        .read_core_reg::<u32>(core.program_counter())
        .unwrap_or(0);
    Err(BoardError::TargetFault {
        fault: what.to_owned(),
        address,
        step: place(image.function_at(address)),
    })
}

fn place(function: Option<&str>) -> String {
    function.map_or_else(String::new, |name| format!(" in {name}"))
}

/// The fault that the handler recorded.
pub(super) fn fault(
    core: &mut Core<'_>,
    control: u64,
    image: &Image,
    layout: &Layout,
) -> BoardError {
    let mut words = [0; control::WORDS];
    if let Err(error) = core.read_32(control, &mut words) {
        return probe_error(Stage::Run)(error);
    }
    let step = layout.steps.get(words[control::STEP as usize] as usize);
    let mut record = [0; 8];
    record.copy_from_slice(&words[control::FAULT as usize..]);
    let record = FaultRecord::from_words(record);
    let function = image.function_at(record.pc);
    let step = match (step, function) {
        (Some(step), Some(function)) if step != function => {
            format!(" in {step} ({function})")
        }
        (Some(step), _) => format!(" in {step}"),
        (None, function) => place(function),
    };
    BoardError::TargetFault {
        fault: describe(&record),
        address: record.pc,
        step,
    }
}
