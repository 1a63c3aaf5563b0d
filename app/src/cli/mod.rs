//! The command line: the engine without a window, for scripts and continuous integration.

#![allow(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "a report is put together once; `write!` into a string only adds an error to ignore"
)]

mod args;
mod bench;
mod boards;
mod emit;
mod export;
mod failure;
mod front;
mod golden;
mod inspect;
mod measure;
mod measure_args;
mod model;
mod plan;
mod quantize;
mod records;
mod report;
mod reproduce;
mod run;
mod serve;
mod table;
mod verify;

pub use args::{Cli, Command};
pub use failure::Failure;

use std::io::Write as _;

/// Run one subcommand.
pub fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Inspect(args) => inspect::inspect(args),
        Command::Plan { plan, front: false } => plan::plan(plan),
        Command::Plan { plan, front: true } => front::front(plan),
        Command::Emit {
            plan,
            out,
            prefix,
            force,
        } => emit::emit(plan, out, prefix, *force),
        Command::Bench(args) => bench::bench(args),
        Command::Export {
            model,
            out,
            format,
            force,
        } => export::export(model, out, *format, *force),
        Command::Verify { plan, golden, seed } => verify::verify(plan, golden.as_deref(), *seed),
        Command::Measure(args) => measure::measure(args),
        Command::Records { command } => records::records(command),
        Command::Quantize(args) => quantize::quantize(args),
        Command::Run {
            model,
            image,
            preprocessing,
            labels,
            top,
        } => run::run(
            model,
            image.as_deref(),
            preprocessing,
            labels.as_deref(),
            *top,
        ),
        Command::Reproduce {
            models,
            packings,
            json,
        } => reproduce::reproduce(models.as_deref(), packings.as_deref(), *json),
        Command::Boards { chips, json } => boards::boards(chips.as_deref(), *json),
        Command::Serve { chip, listen, json } => serve::serve(chip.as_deref(), *listen, *json),
        Command::Doctor { json, udev_rule } => boards::doctor(*json, *udev_rule),
    }
}

/// Print to standard output; a closed pipe (`| head`) is not an error.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::Tool(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Print a value as indented JSON.
fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::Tool(format!("cannot write JSON: {error}")))?;
    print(&format!("{text}\n"))
}
