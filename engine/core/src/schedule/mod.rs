//! How steps are run: the regions they read and compute, the ways to run a segment and which of them are legal.
//! The one definition of halos, line buffers and the order of streamed work: overlay, MAC counts, buffer sizes, the
//! interpreter and C loop bounds all read it. Knows nothing of C, boards or arena offsets.

mod check;
mod error;
mod flow;
mod lines;
mod lower;
mod method;
mod patch;
pub mod region;
mod segment;
pub mod stream;
mod tiles;

pub use check::{check_stage, legal_splits};
pub use error::ScheduleError;
pub use flow::{Flow, Node, Source};
pub use lines::{Lines, Store};
pub use lower::lower;
pub use method::{HandOver, InputMode, Method, Stage};
pub use patch::{AxisPatch, Patches, axis_patches, shares};
pub use region::{ReceptiveField, receptive_fields};
pub use segment::{Geometry, Segment, Strips, cover};
pub use tiles::{AxisTile, Tiles};
