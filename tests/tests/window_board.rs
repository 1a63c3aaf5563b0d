//! Boards, chips and failures in the window: what is chosen, what is offered, and that nothing waits for ever.

#[path = "../../engine/core/tests/support/mod.rs"]
mod support;

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use tinyscope::App;
use tinyscope::command::{Action, Command};
use tinyscope::derived::Stage;
use tinyscope::document::ModelSource;
use tinyscope::window::FailureKind;
use tinyscope_board::session::Detection;
use tinyscope_board::{BoardInfo, BoardsChange};
use tinyscope_tests::window::{PLAIN, open, open_example, settle, survey};

const MODEL: &str = "scene";

fn run(h: &mut Harness<App>, action: Action) {
    let shortcut = action.info().shortcut.expect("the action has keys");
    h.key_press_modifiers(shortcut.modifiers, shortcut.logical_key);
    h.run();
}

fn apply(h: &mut Harness<App>, command: Command) {
    let ctx = h.ctx.clone();
    h.state_mut().apply(&ctx, command);
    h.run();
}

fn chip(h: &Harness<App>) -> String {
    h.state().history.current().target.chip.clone()
}

fn failure(h: &Harness<App>) -> (String, FailureKind) {
    let failure = h.state().failure.clone().expect("it failed");
    (failure.text, failure.kind)
}

#[test]
fn boards_are_listed_when_asked_for_and_the_choice_is_kept() {
    let mut h = open_example(MODEL, PLAIN);
    assert_eq!(h.state().state.board(), "virtual");
    run(&mut h, Action::ChooseBoard);
    settle(&mut h);
    h.get_by_role_and_label(Role::Button, "Virtual board");
    h.get_by_role_and_label(Role::Button, "Look again").click();
    settle(&mut h);
    assert!(h.state().state.boards_open, "looking again keeps the list");
    run(&mut h, Action::ChooseBoard);
    assert!(h.query_by_label("Look again").is_none());

    let probe = "0483:374b:NONE";
    apply(&mut h, Command::SetBoard(probe.into()));
    let stored = h.state().state.board.clone();
    assert_eq!(stored.as_deref(), Some(probe), "kept between sessions");
    run(&mut h, Action::ChooseBoard);
    settle(&mut h);
    h.get_by_role_and_label(Role::Button, probe);
    h.get_by_role_and_label(Role::Button, "Virtual board")
        .click();
    h.run();
    assert_eq!(h.state().state.board(), "virtual");
    assert!(!h.state().state.boards_open);
}

#[test]
fn a_probe_that_is_not_there_is_named_and_another_board_offered() {
    let mut h = open_example("digits", PLAIN);
    apply(&mut h, Command::SetBoard("0483:374b:NONE".into()));
    run(&mut h, Action::Measure);
    settle(&mut h);
    let (text, kind) = failure(&h);
    if text.contains("compiler") {
        println!("skipped: no compiler for Cortex-M");
        return;
    }
    assert_eq!(kind, FailureKind::Board);
    assert!(text.contains("0483:374b:NONE"), "{text}");
    h.get_by_role_and_label(Role::Button, Action::ChooseBoard.info().name)
        .click();
    settle(&mut h);
    h.get_by_role_and_label(Role::Button, "Virtual board")
        .click();
    h.run();
    assert!(h.state().failure.is_none(), "it was of the other board");
}

#[test]
fn another_chip_than_the_boards_is_one_click_from_the_right_one() {
    let mut h = open_example("digits", PLAIN);
    let present = chip(&h);
    apply(&mut h, Command::SetChip("STM32F303ZE".into()));
    run(&mut h, Action::Measure);
    settle(&mut h);
    let (text, kind) = failure(&h);
    if text.contains("compiler") {
        println!("skipped: no compiler for Cortex-M");
        return;
    }
    assert_eq!(kind, FailureKind::NotSimulated(present.clone()));
    for name in ["STM32F303ZE", present.as_str()] {
        assert!(text.contains(name), "{text}");
    }
    h.get_by_role_and_label(Role::Button, &format!("Plan for {present}"))
        .click();
    h.run();
    assert_eq!(chip(&h), present);
    assert!(h.state().failure.is_none());
    h.get_by_label("Nothing has run yet");
}

#[test]
fn a_chip_where_nothing_fits_says_so_and_offers_ways_out() {
    let mut h = open_example(MODEL, PLAIN);
    apply(&mut h, Command::SetChip("STM32F030F4".into()));
    for gauge in ["SRAM", "Flash"] {
        let spoken = h
            .query_all_by_role(Role::Label)
            .filter_map(|n| n.value())
            .find(|v| v.starts_with(gauge));
        assert!(
            spoken.is_some_and(|v| v.ends_with("over budget")),
            "{gauge}"
        );
    }
    run(&mut h, Action::Measure);
    settle(&mut h);
    let (text, kind) = failure(&h);
    if text.contains("compiler") {
        println!("skipped: no compiler for Cortex-M");
        return;
    }
    assert_eq!(kind, FailureKind::TooSmall, "{text}");
    let fit = h.query_all_by_role_and_label(Role::Button, Action::Fit.info().name);
    assert_eq!(fit.count(), 2, "in the inspector and beside the failure");
    h.get_by_role_and_label(Role::Button, Action::ChooseChip.info().name)
        .click();
    h.run();
    assert!(h.state().state.chips_open);
}

#[test]
fn the_chip_list_is_for_the_keyboard_and_begins_anew() {
    let mut h = open_example(MODEL, PLAIN);
    survey(&mut h);
    let before = chip(&h);
    run(&mut h, Action::ChooseChip);
    h.key_press(Key::Enter);
    h.run();
    assert_eq!(chip(&h), before, "Enter on an untouched list");
    run(&mut h, Action::ChooseChip);
    h.event(egui::Event::Text("nrf52840".into()));
    h.run();
    h.key_press(Key::Enter);
    h.run();
    assert_eq!(chip(&h), "nRF52840_xxAA");
    run(&mut h, Action::ChooseChip);
    h.event(egui::Event::Text("stm32f030".into()));
    h.run();
    h.get_by_label_contains("7 of ");
    h.key_press(Key::ArrowDown);
    h.run();
    h.key_press(Key::Enter);
    h.run();
    assert_eq!(chip(&h), "STM32F030C8", "the second of its family");
    assert_eq!(h.state().state.chip.as_deref(), Some("STM32F030C8"));
    run(&mut h, Action::Undo);
    assert_eq!(h.state().state.chip.as_deref(), Some("nRF52840_xxAA"));
    run(&mut h, Action::ChooseChip);
    h.event(egui::Event::Text("no such chip".into()));
    h.run();
    h.get_by_label_contains("no chip of that name");
    h.key_press(Key::Enter);
    h.run();
    assert_eq!(chip(&h), "nRF52840_xxAA");
}

#[test]
fn a_stopped_measurement_is_no_failure_and_an_old_failure_goes_with_its_plan() {
    let mut h = open_example(MODEL, PLAIN);
    apply(&mut h, Command::Run(Action::Measure));
    apply(&mut h, Command::Run(Action::Cancel));
    settle(&mut h);
    let Some(failure) = h.state().failure.clone() else {
        println!("skipped: it was done before it could be stopped");
        return;
    };
    if failure.text.contains("compiler") {
        println!("skipped: no compiler for Cortex-M");
        return;
    }
    assert_eq!(failure.kind, FailureKind::Stopped, "{}", failure.text);
    assert!(h.query_all_by_label("Stopped").count() > 0);
    h.get_by_label("Run again");
    run(&mut h, Action::PatchStage);
    assert_eq!(h.query_all_by_label("Stopped").count(), 0);
    h.get_by_label("Nothing has run yet");
}

#[test]
fn a_job_that_panics_leaves_nothing_waiting() {
    let mut h = open(None, PLAIN);
    h.state_mut().break_next_job();
    apply(&mut h, Command::Open(ModelSource::Example("digits".into())));
    settle(&mut h);
    let problems = h.state().state.problems.clone().expect("the import broke");
    assert!(problems.diagnostics[0].message.contains("please report"));
    apply(&mut h, Command::Open(ModelSource::Example("digits".into())));
    settle(&mut h);
    assert!(h.state().state.problems.is_none(), "the next one opens");

    for action in [Action::Measure, Action::Fit, Action::ChooseBoard] {
        let lines = h.state().log.len();
        h.state_mut().break_next_job();
        apply(&mut h, Command::Run(action));
        settle(&mut h);
        let said = h.state().log[lines..].join("\n");
        assert!(said.contains("internal error"), "{action:?}: {said}");
        assert_eq!(h.state().failure.is_some(), action == Action::Measure);
        if action == Action::Measure {
            assert!(h.query_all_by_label("The measurement failed").count() > 0);
        }
        apply(&mut h, Command::Run(Action::LayerByLayer));
        apply(&mut h, Command::Run(Action::PatchStage));
        assert!(h.state().failure.is_none());
    }
    h.key_press_modifiers(Modifiers::NONE, Key::Escape);
    h.run();
}

#[test]
fn latency_is_compared_in_time_when_the_chip_changes() {
    let mut h = open_example("digits", PLAIN);
    let time = |h: &Harness<App>| {
        let plan = h.state().derived.plan.clone().expect("planned");
        plan.totals.cycles_estimated as f64 / plan.target.clock_hz as f64
    };
    let before = time(&h);
    apply(&mut h, Command::SetChip("nRF52840_xxAA".into()));
    let percent = (time(&h) / before - 1.0) * 100.0;
    assert!(percent > 100.0, "a slower clock and a slower core");
    let spoken = h
        .query_all_by_role(Role::Label)
        .filter_map(|n| n.value())
        .find(|v| v.starts_with("Latency "))
        .expect("a gauge");
    let figure = spoken
        .split_once('+')
        .and_then(|(_, rest)| rest.split_once(' '));
    let said: f64 = figure
        .expect("a change")
        .0
        .replace(',', "")
        .parse()
        .expect("a figure");
    assert!((said - percent).abs() <= 0.1, "{spoken}, not {percent}");
}

#[test]
fn at_the_smallest_size_gauges_stay_clear_of_the_buttons() {
    for width in [960.0, 1000.0, 1280.0, 1600.0] {
        let look = tinyscope_tests::window::Look {
            size: [width, 640.0],
            ..PLAIN
        };
        let h = open_example(MODEL, look);
        let undo = h.get_by_role_and_label(Role::Button, "Undo").rect();
        let chip = h.get_by_role_and_label(Role::Button, "Chip").rect();
        let mut left = chip.right();
        for name in ["SRAM ", "Flash ", "Latency "] {
            let gauge = h
                .query_all_by_role(Role::Label)
                .find(|n| n.value().is_some_and(|v| v.starts_with(name)))
                .expect("a gauge")
                .rect();
            assert!(gauge.left() >= left, "{name} at {width}");
            left = gauge.right();
        }
        assert!(left <= undo.left(), "{left} at {width}: {undo:?}");
    }
}

#[test]
fn in_a_narrow_window_nothing_lies_over_anything() {
    for width in [960.0, 1000.0, 1280.0] {
        let look = tinyscope_tests::window::Look {
            size: [width, 900.0],
            ..PLAIN
        };
        let mut h = open_example("scene", look);
        survey(&mut h);
        run(&mut h, Action::PatchStage);
        // The bar then tells of findings, tools and the failure.
        apply(&mut h, Command::SetChip("STM32F303ZE".into()));
        run(&mut h, Action::Measure);
        settle(&mut h);
        let inspector = h.get_by_role_and_label(Role::Tab, "Inspector").rect();
        let mut left = 0.0;
        for name in [
            "Arena",
            "C",
            "Diagnostics",
            "Log",
            "Receptive field",
            "Measure",
            "Records",
            "Quantise",
        ] {
            let tab = h.get_by_role_and_label(Role::Tab, name).rect();
            assert!(
                tab.left() >= left && tab.right() <= inspector.left(),
                "{name} at {width}: {tab:?}"
            );
            left = tab.right();
        }
        for (name, action) in [
            ("patch stage", Action::EdgeEarlier),
            ("patch grid", Action::GridCoarser),
        ] {
            let label = h.get_by_label(name).rect();
            let less = h
                .get_by_role_and_label(Role::Button, action.info().name)
                .rect();
            assert!(
                label.right() <= less.left(),
                "{name} at {width}: {label:?}, {less:?}"
            );
        }
        let mut bar: Vec<_> = (h.query_all_by_role(Role::Label))
            .map(|node| node.rect())
            .filter(|rect| rect.top() > 872.0 && rect.width() > 0.0)
            .collect();
        assert!(bar.len() >= 2, "{bar:?}");
        bar.sort_by(|a, b| a.left().total_cmp(&b.left()));
        for pair in bar.windows(2) {
            assert!(pair[0].right() <= pair[1].left(), "at {width}: {pair:?}");
        }
    }
}

#[test]
fn no_file_of_a_broken_kind_closes_the_window() {
    let Some(folder) = support::shared("bad") else {
        return;
    };
    let entries = std::fs::read_dir(&folder).expect("a readable folder");
    let mut paths: Vec<_> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
    paths.sort();
    let mut h = open(None, PLAIN);
    let mut seen = 0;
    for path in paths {
        apply(&mut h, Command::Open(ModelSource::File(path.clone())));
        settle(&mut h);
        let state = h.state();
        let told = state.state.problems.is_some() || state.derived.stage != Stage::Empty;
        assert!(told, "{}", path.display());
        assert!(!state.log.iter().any(|l| l.contains("internal error")));
        seen += 1;
    }
    assert!(seen > 0);
}

#[test]
fn probes_that_come_and_go_are_told_of_and_the_chip_behind_one_is_taken() {
    let probe = BoardInfo {
        id: "0483:374b:0001".into(),
        name: "ST-Link\u{202e}".into(),
        chip: None,
        chips: Vec::new(),
        is_virtual: false,
    };
    let all = || vec![tinyscope_board::boards().remove(0), probe.clone()];
    let mut h = open_example("digits", PLAIN);
    let notice = |h: &Harness<App>| h.state().state.notice.clone().map(|notice| notice.text);
    h.state_mut().take_boards(BoardsChange {
        boards: vec![tinyscope_board::boards().remove(0)],
        ..BoardsChange::default()
    });
    assert_eq!(notice(&h), None, "the first look is no news");
    h.state_mut().take_boards(BoardsChange {
        boards: all(),
        added: vec![probe.clone()],
        removed: Vec::new(),
    });
    let text = notice(&h).expect("it is told");
    assert!(
        text.starts_with("ST-Link\\u{202e} was plugged in"),
        "{text}"
    );

    // A chip that is known for certain is planned for; else the list opens.
    h.state_mut().take_detected(Ok(Detection {
        candidates: vec!["STM32F407VGTx".into()],
        certain: true,
        why: "device 0x413".into(),
    }));
    h.run();
    assert!(chip(&h).starts_with("STM32F407VG"), "{}", chip(&h));
    h.state_mut().take_detected(Ok(Detection {
        candidates: vec!["STM32F405RG".into(), "STM32F407VG".into()],
        certain: false,
        why: "device 0x413".into(),
    }));
    h.run();
    assert!(h.state().state.chips_open);
    assert!(chip(&h).starts_with("STM32F407VG"), "nothing is guessed");

    apply(&mut h, Command::SetBoard(probe.id.clone()));
    h.state_mut().take_boards(BoardsChange {
        boards: vec![tinyscope_board::boards().remove(0)],
        added: Vec::new(),
        removed: vec![probe.clone()],
    });
    assert!(notice(&h).is_some_and(|text| text.ends_with("was unplugged")));
    assert_eq!(h.state().state.board(), probe.id, "it may come back");
}
