//! `boards` and `doctor`.

use super::table::{Align, table};
use super::{Failure, print, print_json};
use crate::format::{self, group, visible};
use serde::Serialize;
use tinyscope_board::probe::{VirtualLine, virtual_lines};
use tinyscope_board::toolchain::{Toolchain, find_toolchain, search_path};
use tinyscope_board::{BoardError, BoardInfo, ChipInfo};
use tinyscope_core::plan::Core;

#[derive(Serialize)]
struct Boards {
    #[serde(rename = "boards")]
    found: Vec<BoardInfo>,
    virtual_lines: Vec<VirtualLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chips: Option<Vec<ChipInfo>>,
}

/// List boards, and with `chips` the registry's chips whose name contains the text.
pub fn boards(chips: Option<&str>, json: bool) -> Result<(), Failure> {
    let found = Boards {
        found: tinyscope_board::boards(),
        virtual_lines: virtual_lines(),
        chips: chips.map(tinyscope_board::chips::search_chips),
    };
    let none = (chips.zip(found.chips.as_ref())).filter(|(_, found)| found.is_empty());
    let nothing = none.map(|(text, _)| {
        Failure::No(format!(
            "no chip's name contains `{}`; a beginning finds more, for example `--chips STM32F7`",
            visible(text)
        ))
    });
    if json {
        print_json(&found)?;
        return nothing.map_or(Ok(()), Err);
    }
    if let Some(nothing) = nothing {
        return Err(nothing);
    }
    if let Some(chips) = &found.chips {
        let rows: Vec<Vec<String>> = chips
            .iter()
            .map(|chip| {
                vec![
                    chip.name.clone(),
                    chip.core.clone(),
                    group(chip.ram_bytes / 1024),
                    group(chip.flash_bytes / 1024),
                    if chip.simulated { "yes" } else { "–" }.into(),
                ]
            })
            .collect();
        let header = [
            ("chip", Align::Left),
            ("core", Align::Left),
            ("RAM KiB", Align::Right),
            ("flash KiB", Align::Right),
            ("virtual", Align::Left),
        ];
        let count = match rows.len() {
            1 => "1 chip".to_owned(),
            count => format!("{} chips", group(count as u64)),
        };
        return print(&format!("{}{count}\n", table(&header, &rows)));
    }
    let rows: Vec<Vec<String>> = (found.found.iter())
        .map(|board| {
            let chip = match &board.chip {
                _ if board.is_virtual => "what --chip names".into(),
                Some(chip) => chip.clone(),
                None => "–".into(),
            };
            vec![board.id.clone(), board.name.clone(), chip]
        })
        .collect();
    let header = ["board", "name", "chip"].map(|name| (name, Align::Left));
    let all = tinyscope_board::chips();
    let simulated: usize = found.virtual_lines.iter().map(|line| line.chips).sum();
    let lines: Vec<Vec<String>> = (found.virtual_lines.iter())
        .map(|line| {
            let chips = group(line.chips as u64);
            vec![line.line.to_owned(), chips, line.examples.join(", ")]
        })
        .collect();
    let line_header = [
        ("line", Align::Left),
        ("chips", Align::Right),
        ("for example", Align::Left),
    ];
    print(&format!(
        "{}\nThe virtual board can be {} of {} chips:\n\n{}\n\
         `tinyscope boards --chips TEXT` lists chips by name and says which of them are virtual.\n",
        table(&header, &rows),
        group(simulated as u64),
        group(all.len() as u64),
        table(&line_header, &lines),
    ))
}

/// Say which tools are here and how to get the others.
pub fn doctor(json: bool, udev_rule: bool) -> Result<(), Failure> {
    if udev_rule {
        return print(tinyscope_board::UDEV_RULE);
    }
    let tools = tinyscope_board::doctor();
    if json {
        print_json(&tools)?;
    } else {
        let rows: Vec<Vec<String>> = tools
            .iter()
            .map(|tool| {
                let (state, detail) = match (&tool.found, &tool.install) {
                    (Some(found), _) => ("found", found.clone()),
                    (None, Some(install)) => {
                        let elsewhere = tool.home.as_ref();
                        let elsewhere =
                            elsewhere.map_or_else(String::new, |at| format!(" (elsewhere: {at})"));
                        ("missing", format!("{install}{elsewhere}"))
                    }
                    (None, None) => ("missing", String::new()),
                };
                vec![
                    tool.name.clone(),
                    tool.purpose.clone(),
                    state.into(),
                    detail,
                ]
            })
            .collect();
        let header = [
            ("tool", Align::Left),
            ("for", Align::Left),
            ("state", Align::Left),
            ("version and place, or what installs it", Align::Left),
        ];
        print(&table(&header, &rows))?;
    }
    let compilers = compilers();
    if json && compilers.iter().any(|(_, found)| found.is_ok()) {
        return Ok(());
    }
    ready(compilers)
}

/// For each architecture the compiler that `measure` takes.
fn compilers() -> [(&'static str, Result<Toolchain, BoardError>); 2] {
    let (path, wanted) = search_path();
    let cores = [
        ("Arm Cortex-M", Core::CortexM7),
        ("RISC-V", Core::RiscV32Imc),
    ];
    cores.map(|(name, core)| (name, find_toolchain(core, &path, wanted.as_deref())))
}

/// What a first measurement wants to know: whether there is a compiler, and which is taken. Without any nothing can be
/// measured, on the virtual board neither.
fn ready(compilers: [(&'static str, Result<Toolchain, BoardError>); 2]) -> Result<(), Failure> {
    let mut lines = String::new();
    let mut missing = None;
    for (name, found) in compilers {
        match found {
            Ok(tool) => {
                let program = format::path(&tool.program);
                lines += &format!("ready to measure on {name}, compiled by {program}\n");
            }
            // What is missing for the first of them is the most useful.
            Err(error) => missing = missing.or(Some(error)),
        }
    }
    match missing {
        Some(error) if lines.is_empty() => Err(error.into()),
        _ => print(&format!(
            "\n{lines}One compiler is enough; `--compiler` takes another.\n"
        )),
    }
}
