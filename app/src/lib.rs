//! Tinyscope: the window and the command line over the engine.
//!
//! `Document` (saved, undoable), `UiState` (layout, pointer; not undoable) and `Derived` (plans) are kept apart.
//! Views read all three and emit `Command`s; one function applies them. No engine number is computed here.

pub mod cli;
pub mod command;
pub mod derived;
pub mod document;
mod engine;
pub mod examples;
mod format;
pub mod images;
pub mod keeping;
mod manifest;
pub mod measuring;
mod opening;
pub mod outline;
pub mod project;
pub mod quantise;
pub mod repeating;
mod samples;
pub mod stages;
pub mod state;
mod store;
pub mod theme;
mod views;
pub mod window;
mod worker;

pub use window::{App, run};
