//! Any network under any legal schedule, in the interpreter: the bytes of the layer-by-layer run, nothing read or
//! written where it does not belong, and no byte of any ring, distance or lifetime to spare.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "../schedule/build/mod.rs"]
#[allow(
    dead_code,
    reason = "other tests build networks one operator at a time"
)]
mod build;
mod cases;
mod models;
mod planted;
mod random;
#[path = "../support/mod.rs"]
mod support;
