//! How steps are run: the regions they read and compute, patch stages and which of them are legal.
//! The one definition of halos: overlay, MAC counts, buffer sizes and C loop bounds all read it.
//! Knows nothing of C, boards or arena offsets.

mod error;
mod flow;
mod lower;
mod patch;
pub mod region;

pub use error::ScheduleError;
pub use flow::{Flow, Node, Source};
pub use lower::lower;
pub use patch::{AxisPatch, Stage, axis_patches, check_split, legal_splits, shares};
pub use region::{OperandRegions, ReceptiveField, operand_regions, receptive_fields};
