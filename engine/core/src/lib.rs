//! The compiler of Tinyscope: a model goes in, a plan and a C program come out.
//!
//! Pure: no files, processes, devices or clocks. A module uses only those before it:
//! `graph → format → import → quant → design → memory → schedule → cost → accounting → plan → codegen`; `reproduce` stands
//! behind them all.

pub mod accounting;
pub mod codegen;
pub mod cost;
pub mod design;
pub mod diagnostic;
pub mod export;
pub mod format;
pub mod graph;
pub mod import;
pub mod memory;
mod packing;
pub mod plan;
pub mod quant;
pub mod reproduce;
pub mod schedule;

pub use diagnostic::{Diagnostic, Severity};
pub use graph::{Graph, Op, OpId, OpKind, Tensor, TensorId};
