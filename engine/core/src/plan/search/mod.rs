//! The search over whole schedules: every way to cut the network into segments, each run in its own way, with residuals
//! held across the cuts. Exact: what a segment needs does not depend on how the others are run, so that a schedule is a
//! path over boundaries whose memory is the most of its edges and whose cost is their sum. Edges are priced with bytes
//! that a plan never goes below; those on a path that could be best are then drafted, and the best is planned and packed.

mod edges;
mod front;
mod patches;
mod paths;
mod pins;
mod price;
mod rings;
mod run;
mod streams;
mod tiled;
mod types;

pub use front::{front, lower_bound};
pub use patches::best_patch;
pub use run::search;
pub use types::{Cost, Counted, Found, FrontPoint, Limit, Objective, Pin, Progress, Query, Ways};
