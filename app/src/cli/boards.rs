//! `boards` and `doctor`.

use super::table::{Align, table};
use super::{Failure, print, print_json};
use crate::format::group;
use serde::Serialize;
use tinyscope_board::{BoardInfo, ChipInfo};

#[derive(Serialize)]
struct Boards {
    boards: Vec<BoardInfo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chips: Option<Vec<ChipInfo>>,
}

/// List boards, and with `chips` the registry's chips whose name contains the text.
pub fn boards(chips: Option<&str>, json: bool) -> Result<(), Failure> {
    let found = Boards {
        boards: tinyscope_board::boards(),
        chips: chips.map(tinyscope_board::chips::search_chips),
    };
    if json {
        return print_json(&found);
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
        return print(&format!("{}{} chips\n", table(&header, &rows), rows.len()));
    }
    let rows: Vec<Vec<String>> = (found.boards.iter())
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
    let simulated = all.iter().filter(|chip| chip.simulated).count();
    let lines: Vec<&str> = (found.boards.iter())
        .flat_map(|board| board.chips.iter().map(String::as_str))
        .collect();
    print(&format!(
        "{}\nThe virtual board can be {simulated} of {} chips, one of each line:\n  {}\n\
         `tinyscope boards --chips TEXT` lists chips by name and says which of them are virtual.\n",
        table(&header, &rows),
        group(all.len() as u64),
        lines.join("\n  "),
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
            ("", Align::Left),
        ];
        print(&table(&header, &rows))?;
    }
    Ok(())
}
