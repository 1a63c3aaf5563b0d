//! Networks as editable data: a resolution, a stem, a list of blocks, a head; and the int8 graph that they stand for.
//!
//! A [`Design`] is plain data, read from and written as RON. [`Design::to_graph`] gives a graph like those that import
//! gives. A design holds no weights: the graph's are random, the same for the same seed, with scales chosen so that no
//! activation is lost in the noise or at the ends of its range. They are good for every question but accuracy.
//! Knows nothing of files, schedules or boards.

mod build;
mod bundled;
mod check;
mod error;
mod open;
mod text;
mod types;

pub use build::{Built, Part};
pub use bundled::{BUNDLED, Bundled, bundled};
pub use error::DesignError;
pub use open::open;
pub use types::{
    Activation, Basic, Block, Conv, Dense, Design, Head, Inverted, PaddingStyle, Pooling, Separable,
};
