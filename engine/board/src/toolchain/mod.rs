//! The C compiler: where it is, how it is called, what it said.

mod find;
mod flags;
mod run;

pub use find::{
    Kind, OVERRIDE, Toolchain, candidates, find_in, find_toolchain, program, search_path,
};
pub use flags::{Architecture, architecture, compile_flags, link_flags, target_flags};
pub use run::{compile_project, first_error};
