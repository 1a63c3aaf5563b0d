//! Schedules on the command line: by hand, searched, refused; what others count beside ours.

use super::{example, failure, json, tinyscope};
use serde_json::Value;

/// The report of `plan` for the bundled scene network.
fn plan(more: &[&str]) -> Value {
    let scene = example("scene");
    let mut args = vec!["plan", &scene, "--json"];
    args.extend(more);
    json(&args)
}

/// All memory that a report's plan needs.
fn bytes(report: &Value) -> u64 {
    report["peak_sram_bytes"].as_u64().unwrap()
}

#[test]
fn inspect_says_what_other_tools_count() {
    let path = format!("{}/../models/mcunet-vww1.ron", env!("CARGO_MANIFEST_DIR"));
    let report = json(&["inspect", &path, "--json"]);
    let all = report["accountings"].as_array().unwrap();
    let peak = |name: &str| {
        let account = all.iter().find(|a| a["name"] == name).unwrap();
        let parts = account["parts"].as_array().unwrap();
        let sum: u64 = parts.iter().map(|p| p["bytes"].as_u64().unwrap()).sum();
        assert_eq!(Some(sum), account["peak_bytes"].as_u64());
        sum
    };
    // TinyEngine's generated code for this network says 93,992 (`PEAK_MEM`).
    assert_eq!(peak("TinyEngine"), 93_992);
    assert_eq!(peak("live tensors, in place"), 89_600);
    assert!(peak("TensorFlow Lite Micro") >= 89_600);
    let text = String::from_utf8(tinyscope(&["inspect", &path]).stdout).unwrap();
    assert!(
        text.contains("counted by") && text.contains("93,992 B"),
        "{text}"
    );
}

#[test]
fn published_figures_are_reproduced_and_what_needs_a_file_is_said_to_be_skipped() {
    let report = json(&["reproduce", "--json"]);
    let rows = report["rows"].as_array().unwrap();
    assert_eq!(report["reproduced"].as_u64().unwrap() as usize, rows.len());
    let row = |what: &str| rows.iter().find(|row| row["what"] == what).unwrap();
    // MCUNetV2: 1372.0 KiB layer by layer, n* = 5.
    assert_eq!(row("MobileNetV2 1.0, layer by layer")["ours"], 1372.0);
    assert_eq!(row("MobileNetV2 1.0, n* found")["ours"], 5.0);
    assert!(!report["skipped"].as_array().unwrap().is_empty());
    let text = String::from_utf8(tinyscope(&["reproduce"]).stdout).unwrap();
    assert!(
        text.contains("skipped: ") && text.contains("--models DIR"),
        "{text}"
    );
    let (status, message) = failure(&["reproduce", "--models", "/nowhere/at all"]);
    assert_eq!(status, Some(2));
    assert!(message.contains("is no folder"), "{message}");
}

#[test]
fn patches_lower_the_peak_of_the_uneven_network() {
    let layer = plan(&[]);
    let patch = plan(&["--schedule", "patch"]);
    assert!(bytes(&patch) < bytes(&layer));
    assert!(patch["macs_factor"].as_f64().unwrap() <= 1.25);
    let bounded = plan(&["--schedule", "patch", "--max-macs", "1.05"]);
    assert!(bounded["macs_factor"].as_f64().unwrap() <= 1.05);
}

#[test]
fn the_search_computes_nothing_twice_where_that_fits() {
    let scene = example("scene");
    let plain = plan(&[]);
    let stream = plan(&["--schedule", "stream"]);
    assert_eq!(stream["macs"], plain["macs"]);
    assert!(bytes(&stream) < bytes(&plain));
    let rows = plan(&["--schedule", "stream", "--input", "rows"]);
    assert!(bytes(&rows) < bytes(&stream), "the input is not held");
    let auto = plan(&["--schedule", "auto"]);
    assert_eq!(auto["macs_factor"], 1.0);
    let budget = (bytes(&stream) - 1).to_string();
    let output = tinyscope(&[
        "plan",
        &scene,
        "--schedule",
        "auto",
        "--sram",
        &budget,
        "--json",
    ]);
    let tight: Value = serde_json::from_slice(&output.stdout).unwrap();
    if output.status.success() {
        assert!(bytes(&tight) < bytes(&stream));
        assert!(tight["macs"].as_u64() > plain["macs"].as_u64());
    } else {
        assert_eq!(output.status.code(), Some(1));
    }
    let bounded = plan(&["--max-macs", "1.3"]);
    assert!(bounded["macs_factor"].as_f64().unwrap() <= 1.3);
    assert!(bytes(&bounded) <= bytes(&stream));
}

#[test]
fn a_cap_that_cannot_be_met_names_the_least_possible_and_what_limits_it() {
    let (status, text) = failure(&["plan", "scene", "--schedule", "auto", "--sram", "1000"]);
    assert_eq!(status, Some(1), "{text}");
    for part in ["the least possible is", "limited by step", " B"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn pins_are_kept_and_illegal_ones_refused() {
    let scene = example("scene");
    let report = json(&[
        "plan",
        &scene,
        "--schedule",
        "auto",
        "--pin",
        "0..3=patch:2x3",
        "--pin-boundary",
        "10",
        "--json",
    ]);
    let stages = report["stages"].as_array().unwrap();
    assert_eq!(stages[0]["method"], "patch:2x3");
    assert_eq!(stages[0]["last_step"], 2);
    assert!(stages.iter().any(|stage| stage["first_step"] == 10));
    for (args, why) in [
        (["--pin", "0..900=rows"], "longer than the network"),
        (["--pin", "0..4=patch:900x900"], "finer than"),
        (["--pin", "0..4"], "A..B=METHOD"),
    ] {
        let mut all = vec!["plan", scene.as_str(), "--schedule", "auto"];
        all.extend(args);
        let (status, text) = failure(&all);
        assert_eq!(status, Some(2), "{args:?}: {text}");
        assert!(text.contains(why), "{args:?}: {text}");
    }
    let (status, text) = failure(&["plan", &scene, "--schedule", "layer", "--pin", "0..3=rows"]);
    assert_eq!(status, Some(2));
    assert!(text.contains("--schedule stream"), "{text}");
}

#[test]
fn nothing_on_the_front_is_beaten_by_another() {
    let report = json(&["plan", "scene", "--front", "--json"]);
    let points = report["points"].as_array().unwrap();
    assert!(points.len() > 1);
    let figures = |point: &Value| {
        ["peak_live_bytes", "macs", "cycles_estimated"].map(|name| point[name].as_u64().unwrap())
    };
    for (i, point) in points.iter().enumerate() {
        for (k, other) in points.iter().enumerate() {
            let (point, other) = (figures(point), figures(other));
            let as_good = (0..3).all(|axis| other[axis] <= point[axis]);
            assert!(i == k || !as_good, "{other:?} beats {point:?}");
        }
    }
    for pair in points.windows(2) {
        assert!(
            figures(&pair[0])[0] >= figures(&pair[1])[0],
            "most memory first"
        );
    }
    assert_eq!(points[0]["macs_factor"], 1.0);
    assert!(points[0]["cycles_estimated"].as_u64().unwrap() > 0);
    let output = tinyscope(&["plan", "scene", "--front", "--input", "resident"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("input resident") && text.contains("×1.000"),
        "{text}"
    );
}

#[test]
fn streamed_stages_are_printed_and_those_with_a_resident_input_measured() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let stages = ["--stage", "0..6=rows", "--input", "rows"];
    let emit = ["emit", "scene", "--out", out, "--json"];
    assert!(tinyscope(&[&emit[..], &stages].concat()).status.success());
    let header = std::fs::read_to_string(folder.path().join("model.h")).unwrap();
    assert!(header.contains("model_input_row"), "{header}");
    // The board has no source of rows.
    let (status, text) = failure(&[&["measure", "scene", "--no-record"][..], &stages].concat());
    assert_eq!(status, Some(2), "{text}");
    assert!(text.contains("the input resident"), "{text}");
    if tinyscope(&["doctor"]).status.code() != Some(0) {
        println!("skipped: no compiler for boards");
        return;
    }
    for stage in [
        "0..6=rows",
        "0..4=pixels",
        "0..4=strips:3",
        "0..4=tiles:5x4",
    ] {
        let args = [
            "measure",
            "scene",
            "--no-record",
            "--json",
            "--stage",
            stage,
        ];
        let measured: serde_json::Value = serde_json::from_slice(&tinyscope(&args).stdout).unwrap();
        assert_eq!(measured["bit_exact"], true, "{stage}");
    }
}

#[test]
fn stages_by_hand_are_listed_each_with_its_way() {
    let plain = plan(&[]);
    let end = plain["steps"].as_array().unwrap().len();
    assert_eq!(plain["stages"].as_array().unwrap().len(), 1);
    assert_eq!(plain["input"], "resident");
    let streamed = plan(&["--stage", "0..6=pixels", "--input", "rows"]);
    assert_eq!(streamed["input"], "rows");
    assert_eq!(
        streamed["macs"], plain["macs"],
        "line buffers compute nothing twice"
    );
    assert!(bytes(&streamed) < bytes(&plain));
    // In any order; what lies in none runs layer by layer, and together they cover every step once.
    let mixed = plan(&["--stage", "6..8=rows", "--stage", "0..4=patch:2x3"]);
    let stages = mixed["stages"].as_array().unwrap();
    let ways: Vec<&str> = stages
        .iter()
        .map(|stage| stage["method"].as_str().unwrap())
        .collect();
    assert_eq!(ways[..3], ["patch:2x3", "layer", "rows"]);
    let mut next = 0;
    let mut macs = 0;
    for stage in stages {
        assert_eq!(stage["first_step"].as_u64().unwrap(), next);
        next = stage["last_step"].as_u64().unwrap() + 1;
        macs += stage["macs"].as_u64().unwrap();
        assert!(stage["peak_live_bytes"].as_u64().unwrap() > 0);
    }
    assert_eq!(next as usize, end);
    assert_eq!(mixed["macs"].as_u64().unwrap(), macs);
    assert!(stages[0]["macs_factor"].as_f64().unwrap() > 1.0);

    let output = tinyscope(&[
        "plan",
        &example("scene"),
        "--stage",
        "0..6=pixels",
        "--input",
        "rows",
    ]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("input by rows") && text.contains("line buffers, pixels"),
        "{text}"
    );
}

#[test]
fn illegal_stages_are_refused_by_name() {
    let scene = example("scene");
    for (args, why) in [
        (vec!["--stage", "0..900=rows"], "longer than the network"),
        (vec!["--stage", "3..3=rows"], "has no steps"),
        (
            vec!["--stage", "0..4=rows", "--stage", "2..6=pixels"],
            "begins before step 4",
        ),
        (vec!["--stage", "0..4=patch:900x2"], "finer than"),
        (vec!["--stage", "0..4=strips:900"], "does not suit"),
        (vec!["--stage", "0..4=tiles:0x2"], "tiles:RxC"),
        (vec!["--stage", "0..4=sideways"], "no way to run a stage"),
        (vec!["--input", "rows"], "arrives row by row"),
        (
            vec!["--stage", "0..4=rows", "--schedule", "layer"],
            "cannot be used with",
        ),
    ] {
        let mut all = vec!["plan", scene.as_str()];
        all.extend(&args);
        let (status, text) = failure(&all);
        assert_eq!(status, Some(2), "{args:?}: {text}");
        assert!(text.contains(why), "{args:?}: {text}");
    }
}
