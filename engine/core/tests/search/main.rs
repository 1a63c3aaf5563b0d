//! The search over schedules: against exhaustive enumeration, against published figures.

#[path = "../schedule/build.rs"]
#[allow(dead_code, reason = "the tests of schedules use more of it")]
mod build;
mod exhaustive;
mod figures;
#[path = "../support/mod.rs"]
mod support;
