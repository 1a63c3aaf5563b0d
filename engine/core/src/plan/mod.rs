//! `plan(&Graph, &Target, &Choices) -> Result<Plan>`: pure, deterministic, fast enough for every mouse move.
//! Everything the program will do and every byte it will use is decided here; code generation only prints it.

mod buffer;
mod build;
mod choices;
mod diagnose;
pub mod digest;
mod draft;
mod error;
mod interpret;
mod names;
mod prepare;
mod search;
mod target;
mod types;
mod work;

pub use buffer::{Buffer, BufferId, BufferRole, Tenant};
pub use build::{plan, plan_prepared};
pub use choices::{Choices, Schedule};
pub use error::PlanError;
pub use interpret::{InterpretError, Interpretation, Pass, interpret, interpret_with};
pub use prepare::{Prepared, StepFacts};
pub use search::{
    Cost, Counted, Found, FrontPoint, Limit, Objective, Pin, Progress, Query, Ways, best_patch,
    front, lower_bound, search,
};
pub use target::{Core, MemoryKind, MemoryRegion, Target};
pub use types::{
    FlashBytes, Layout, LiveBytes, Operand, Patch, PatchStage, Plan, Segment, SegmentTotals, Step,
    StepId, Totals, Way,
};
pub use work::works;
