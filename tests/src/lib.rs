//! What the tests over the whole share.
#![allow(clippy::missing_panics_doc, reason = "a panic is how a test fails")]

pub mod models;
pub mod window;
