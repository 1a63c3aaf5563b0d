//! Prints a [`Plan`] as freestanding C99: one function per step, kernels of our own, weights `const` in flash.
//! Decides nothing: schedules, regions, offsets and kernels come from the plan, numbers from [`crate::quant`].
//! Must not know of probes or compilers.

mod binary;
mod channels;
mod companions;
mod conv;
mod dense;
mod depthwise;
mod elementwise;
mod fragment;
mod layout;
mod names;
mod planes;
mod planes_block;
mod planes_fixed;
mod pool;
mod reduce;
mod resize;
mod softmax;
mod source;
mod step;
mod stream;
mod text;
mod tile;
mod unary;
mod walk;

pub use companions::{EXAMPLE_FOLDER, companions};
pub use source::takes_rows;

use crate::plan::{Plan, StepId};
use crate::schedule::Flow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// How the project is to be printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmitOptions {
    /// Prefix of the public names: `model` gives `model.h`, `model_run`, `MODEL_ARENA_BYTES`. Sanitised.
    pub prefix: String,
}

impl Default for EmitOptions {
    fn default() -> Self {
        Self {
            prefix: "model".into(),
        }
    }
}

/// One file of the generated program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// File name within the project's folder.
    pub path: String,
    /// Its whole text.
    pub text: String,
}

/// Where a step's C function stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepSource {
    /// Index in [`Project::files`].
    pub file: usize,
    /// Lines, counted from 0.
    pub lines: Range<usize>,
}

/// The generated program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// `model.h`, `model.c` (with the prefix asked for), `weights.c`, `weights.h`, `kernels.h`.
    pub files: Vec<SourceFile>,
    /// The function of each step.
    pub steps: BTreeMap<StepId, StepSource>,
}

/// Why a plan cannot be printed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodegenError {
    /// A step asks for something that no kernel does.
    #[error("step {step} ({op}): {message}")]
    Unsupported {
        /// Step index.
        step: u32,
        /// Operator name.
        op: &'static str,
        /// What is missing and what to do.
        message: String,
    },
    /// The plan contradicts itself.
    #[error("the plan is inconsistent at step {step}: {message}")]
    Plan {
        /// Step index.
        step: u32,
        /// What does not fit together.
        message: String,
    },
}

/// Print a plan as C. The same plan gives the same bytes.
///
/// # Errors
/// When a step asks for something that no kernel does, or the plan contradicts itself.
pub fn emit(plan: &Plan, options: &EmitOptions) -> Result<Project, CodegenError> {
    let prefix = names::identifier(&options.prefix);
    let mut printed = Vec::with_capacity(plan.steps.len());
    for (index, step) in plan.steps.iter().enumerate() {
        if step.id.0 as usize != index {
            return Err(tile::inconsistent(step, "steps are not numbered in order"));
        }
        printed.push(step::print(plan, step, &prefix)?);
    }
    let flow = Flow::new(&plan.graph);
    let (program, steps) = source::program(plan, &flow, &prefix, &printed, 1)?;
    let used: BTreeSet<_> = (printed.iter())
        .flat_map(|p| p.code.fragments.iter().copied())
        .chain(stream::fragments(&program))
        .collect();
    let [weights_h, weights_c] = source::weights(&printed);
    let file = |path: String, text: String| SourceFile { path, text };
    Ok(Project {
        files: vec![
            file(format!("{prefix}.h"), source::header(plan, &prefix)?),
            file(format!("{prefix}.c"), program),
            file("weights.c".into(), weights_c),
            file("weights.h".into(), weights_h),
            file(
                "kernels.h".into(),
                fragment::kernels_header(&used, plan.target.core),
            ),
        ],
        steps,
    })
}
