//! `tinyscope [FILE]` opens the window; a subcommand works without one.

use clap::Parser as _;
use std::process::ExitCode;
use tinyscope::cli::{self, Cli};
use tinyscope::document::ModelSource;

fn main() -> ExitCode {
    let arguments = Cli::parse();
    if let Some(command) = &arguments.command {
        return match cli::run(command) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => {
                eprintln!("tinyscope: {failure}");
                ExitCode::from(failure.status())
            }
        };
    }
    let example = arguments.example.map(ModelSource::Example);
    let model = example.or_else(|| arguments.file.map(ModelSource::File));
    match tinyscope::run(model) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!(
                "tinyscope: cannot open a window: {error:#}; without a display use a subcommand, see --help"
            );
            ExitCode::from(3)
        }
    }
}
