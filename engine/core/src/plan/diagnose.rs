//! What a finished plan has to say: what does not fit, by how much, and what to do.

use super::{Choices, Plan, Schedule};
use crate::diagnostic::{Diagnostic, Severity};

/// Adds an error for each budget of the target that the plan exceeds.
pub(super) fn fits(plan: &mut Plan) {
    let target = &plan.target;
    let (needed, budget) = (plan.totals.peak_sram_bytes, target.arena_budget_bytes());
    if needed > budget {
        let peak = &plan.steps[plan.totals.peak_step];
        let remedy = match plan.choices {
            Choices {
                in_place: false, ..
            } => "let depthwise convolutions and additions work in place",
            Choices {
                schedule: Schedule::Layer,
                ..
            } => {
                "run the first steps patch by patch, lower the resolution, or choose a chip with more RAM"
            }
            _ => {
                "choose another patch grid or stage, lower the resolution, or choose a chip with more RAM"
            }
        };
        let message = format!(
            "the arena needs {needed} B of SRAM and {} has {budget} B for it ({} B less {} B kept back for stack and application): {} B too many; the peak is at step {} ({})",
            target.chip,
            target.sram_bytes,
            target.reserved_sram_bytes,
            needed - budget,
            peak.id.0,
            peak.name,
        );
        (plan.diagnostics).push(Diagnostic::new(
            Severity::Error,
            "sram-exceeded",
            message,
            remedy,
        ));
    }
    let flash = plan.totals.flash;
    let needed = flash.weights + flash.code_estimated;
    if needed > target.flash_bytes {
        let message = format!(
            "weights ({} B) and code (about {} B, estimated) need {} B more flash than {}'s {} B",
            flash.weights,
            flash.code_estimated,
            needed - target.flash_bytes,
            target.chip,
            target.flash_bytes,
        );
        let remedy = "narrow the widest layers or choose a chip with more flash";
        (plan.diagnostics).push(Diagnostic::new(
            Severity::Error,
            "flash-exceeded",
            message,
            remedy,
        ));
    }
}
