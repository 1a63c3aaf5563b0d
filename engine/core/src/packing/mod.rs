//! The numbers that a layer's kernel reads: weights in the order of its inner loop, and constants with which one of a
//! few short sequences of instructions gives exactly the reference's codes, proved for every accumulator that can occur.
//! Knows the kernels' data, not their text; cost estimates and code generation read it.

mod affine;
mod depthwise;
mod finish;
mod matrix;

pub(crate) use depthwise::depthwise;
pub(crate) use finish::Finish;
pub(crate) use matrix::words;
