//! The search over schedules: against exhaustive enumeration, against published figures.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "../schedule/build/mod.rs"]
#[allow(dead_code, reason = "the tests of schedules use more of it")]
mod build;
mod exhaustive;
mod figures;
mod lines;
#[path = "../support/mod.rs"]
mod support;
mod watched;
