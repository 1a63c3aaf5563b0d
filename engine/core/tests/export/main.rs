//! Export against the import of this project and against the reference runtimes.

mod models;
mod onnx;
#[path = "../support/oracle.rs"]
mod oracle;
mod single;
#[path = "../support/mod.rs"]
mod support;
