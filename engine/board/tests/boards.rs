//! What is connected and what is installed.

use std::ffi::OsStr;
use tinyscope_board::{boards, doctor, tools};

#[test]
fn the_virtual_board_is_first_and_only_once() {
    let boards = boards();
    assert_eq!(boards[0].id, "virtual");
    assert!(boards[0].is_virtual);
    assert_eq!(boards[0].chip.as_deref(), Some("STM32F746NGHx"));
    assert_eq!(boards[0].chips, tinyscope_board::probe::virtual_chips());
    assert!(boards[1..].iter().all(|board| !board.is_virtual));
    // Opening it makes it known to probe-rs; it is still listed once.
    tinyscope_board::probe::register();
    assert_eq!(tinyscope_board::boards(), boards);
}

#[test]
fn a_missing_tool_comes_with_the_line_that_installs_it() {
    let reports = tools(OsStr::new(""));
    assert_eq!(reports[0].name, "arm-none-eabi-gcc");
    for report in &reports {
        assert_eq!(report.found, None, "{}", report.name);
        assert!(report.install.is_some(), "{}", report.name);
    }
}

#[test]
fn doctor_says_of_everything_either_where_it_is_or_how_to_get_it() {
    let reports = doctor();
    assert!(reports.iter().any(|r| r.name == "virtual board"));
    for report in reports {
        assert_ne!(
            report.found.is_some(),
            report.install.is_some(),
            "{report:?}"
        );
        assert!(!report.purpose.is_empty());
    }
}
