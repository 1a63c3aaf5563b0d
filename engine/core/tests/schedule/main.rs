//! Schedules from the outside: properties over random networks, published figures, a golden plan.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod build;
mod golden;
mod properties;
mod published;
mod refusals;
mod regions;
#[path = "../support/mod.rs"]
mod support;
