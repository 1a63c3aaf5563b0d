//! Measuring folders of inputs and edited projects, and what becomes of measurements that were kept.

use super::{example, models, tinyscope_at};
use serde_json::Value;
use std::path::Path;
use std::process::Output;
use tempfile::TempDir;

/// A home of its own for what is kept; `None`, with a message, where nothing can be compiled.
fn home() -> Option<TempDir> {
    let compiler = std::process::Command::new("arm-none-eabi-gcc")
        .arg("--version")
        .output();
    if compiler.is_err() {
        println!("skipped: measuring (no arm-none-eabi-gcc)");
        return None;
    }
    Some(tempfile::tempdir().unwrap())
}

fn at(home: &TempDir, args: &[&str]) -> Output {
    tinyscope_at(home.path(), args)
}

fn json(home: &TempDir, args: &[&str]) -> Value {
    let output = at(home, args);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{args:?}: {errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn refused(home: &TempDir, args: &[&str]) -> (Option<i32>, String) {
    let output = at(home, args);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), text)
}

#[test]
fn a_measurement_is_kept_listed_compared_exported_and_repeated() {
    let Some(home) = home() else { return };
    assert!(
        json(&home, &["records", "list", "--json"])["records"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let asked = [
        "measure",
        "digits",
        "--json",
        "--current",
        "50.5",
        "--voltage",
        "3",
    ];
    let first = json(&home, &asked);
    assert!(
        first.get("correction").is_none(),
        "nothing was known before"
    );
    assert_eq!(first["build_reused"], false);
    // Microamperes times millivolts times cycles over hertz.
    let cycles = first["total_cycles"].as_u64().unwrap();
    let nanojoules = u128::from(cycles) * 50_500 * 3000 / 216_000_000;
    assert_eq!(
        u128::from(first["energy"]["nanojoules_estimated"].as_u64().unwrap()),
        nanojoules
    );

    let again = json(
        &home,
        &[
            "measure",
            "digits",
            "--runs",
            "3",
            "--warm-up",
            "1",
            "--json",
        ],
    );
    assert_eq!(again["build_reused"], true, "nothing changed");
    assert_eq!(again["firmware_sha256"], first["firmware_sha256"]);
    assert_eq!(again["total"]["runs"], 3);
    assert_eq!(again["warm_up"], 1);
    let correction = &again["correction"];
    assert_eq!(correction["records"], 1);
    assert_eq!(correction["simulated"], true);
    assert!(
        correction["label"]
            .as_str()
            .unwrap()
            .starts_with("estimated, corrected by 1 simulation")
    );
    let steps = again["steps"].as_array().unwrap();
    let sum: u64 = steps
        .iter()
        .map(|s| s["cycles_corrected"].as_u64().unwrap())
        .sum();
    assert_eq!(correction["cycles_corrected"], sum);
    let plain = json(&home, &["plan", "digits", "--no-correction", "--json"]);
    assert!(
        plain.get("correction").is_none() && plain["steps"][0].get("cycles_corrected").is_none()
    );
    let unkept = json(&home, &["measure", "digits", "--no-record", "--json"]);
    assert_eq!(unkept["record"], Value::Null);

    let list = json(&home, &["records", "list", "digits", "--json"]);
    let records = list["records"].as_array().unwrap();
    assert_eq!(records.len(), 2);
    let [a, b] = [0, 1].map(|i| records[i]["id"].as_str().unwrap());
    assert_eq!(records[1]["path"], again["record"]);
    let shown = json(&home, &["records", "show", a, "--json"]);
    assert_eq!(shown["measurement"]["total_cycles"], first["total_cycles"]);
    assert_eq!(shown["version"], 1);
    let text = String::from_utf8(at(&home, &["records", "show", "last"]).stdout).unwrap();
    assert!(
        text.contains("median (simulated)") && text.contains("timing model"),
        "{text}"
    );

    let compared = json(&home, &["records", "compare", a, b, "--json"]);
    assert_eq!(compared["comparable"], true);
    assert_eq!(compared["steps"].as_array().unwrap().len(), steps.len());
    let csv = String::from_utf8(at(&home, &["records", "export", a]).stdout).unwrap();
    assert_eq!(csv.lines().count(), 1 + steps.len());
    let out = home.path().join("all.json");
    at(
        &home,
        &[
            "records",
            "export",
            "--format",
            "json",
            "--out",
            out.to_str().unwrap(),
        ],
    );
    let written = std::fs::read(&out).unwrap();
    let all: Vec<Value> = serde_json::from_slice(&written).unwrap();
    assert_eq!(all.len(), 2);
    let one = ["records", "export", a, "--out", out.to_str().unwrap()];
    let (status, why) = refused(&home, &one);
    assert_eq!(status, Some(2));
    assert!(why.contains("all.json") && why.contains("--force"), "{why}");
    assert_eq!(std::fs::read(&out).unwrap(), written);
    at(&home, &[&one[..], &["--force"]].concat());
    let all: Vec<Value> = serde_json::from_slice(&std::fs::read(&out).unwrap()).unwrap();
    assert_eq!(all.len(), 1);

    let repeated = json(&home, &["records", "rerun", b, "--json"]);
    assert_eq!(repeated["total_cycles"], again["total_cycles"]);
    assert_eq!(repeated["build_reused"], true);
    let (status, why) = refused(
        &home,
        &["records", "rerun", b, "--model", &example("scene")],
    );
    assert_eq!(status, Some(2));
    assert!(why.contains("another model"), "{why}");
    assert_eq!(refused(&home, &["records", "show", "1999"]).0, Some(2));
    // All names begin with the century; each is named so that one can be copied.
    let (status, why) = refused(&home, &["records", "show", "2"]);
    assert_eq!(status, Some(2));
    assert!(
        why.contains("3 measurements begin with") && why.contains(a) && why.contains(b),
        "{why}"
    );
    let text = |args: &[&str]| String::from_utf8(at(&home, args).stdout).unwrap();
    assert!(text(&["records", "compare", a, a]).contains("one and the same measurement"));
    json(
        &home,
        &["measure", "digits", "--chip", "nRF52840_xxAA", "--json"],
    );
    let compared = text(&["records", "compare", a, "last"]);
    assert!(
        compared.contains("-mcpu=cortex-m4") && !compared.contains("-ffreestanding"),
        "{compared}"
    );
    let widest = compared.lines().map(|line| line.chars().count()).max();
    assert!(widest < Some(120), "{widest:?} columns: {compared}");

    // A file that is no record is named and left where it is.
    let damaged = Path::new(again["record"].as_str().unwrap()).with_file_name("torn.json");
    std::fs::write(&damaged, "{\"version\": 1, ").unwrap();
    let list = json(&home, &["records", "list", "--json"]);
    assert_eq!(list["records"].as_array().unwrap().len(), 4);
    assert!(
        list["damaged"][0]["path"]
            .as_str()
            .unwrap()
            .ends_with("torn.json")
    );
    assert!(damaged.exists());
}

#[test]
fn without_records_the_list_says_how_to_get_some() {
    let home = tempfile::tempdir().unwrap();
    let output = at(&home, &["records", "list"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success() && text.contains("tinyscope measure FILE"),
        "{text}"
    );
    let (status, why) = refused(&home, &["records", "show", "last"]);
    assert_eq!(status, Some(2), "{why}");
}

#[test]
fn a_folder_of_inputs_runs_on_one_flash() {
    let Some(home) = home() else { return };
    let file = |name: &str| home.path().join(name).to_str().unwrap().to_owned();
    let (float, int8, pictures) = (file("f.tflite"), file("m.tflite"), file("pictures"));
    std::fs::write(&float, models::float()).unwrap();
    models::pictures(Path::new(&pictures));
    let quantize = [
        "quantize", &float, "--out", &int8, "--images", &pictures, "--json",
    ];
    json(&home, &quantize);
    let asked = [
        "measure", &int8, "--inputs", &pictures, "--runs", "2", "--json",
    ];
    let report = json(&home, &asked);
    let agreement = &report["agreement"];
    // Of 25 files one is no picture.
    assert_eq!(agreement["inputs"], 24);
    for name in [
        "bit_exact",
        "same_argmax",
        "labelled",
        "correct_target",
        "correct_host",
    ] {
        assert_eq!(agreement[name], 24, "{name}");
    }
    assert_eq!(report["classes"], serde_json::json!(["blue", "red"]));
    assert_eq!(report["total"]["runs"], 2);
    assert_eq!(report["inputs"].as_array().unwrap().len(), 24);
    let few = [
        "measure",
        &int8,
        "--inputs",
        &pictures,
        "--samples",
        "3",
        "--json",
    ];
    assert_eq!(json(&home, &few)["inputs"].as_array().unwrap().len(), 3);
    let (status, why) = refused(&home, &["measure", &int8, "--mean", "3"]);
    assert_eq!(status, Some(2), "{why}");
    let (status, why) = refused(&home, &["measure", &int8, "--inputs", "/nowhere"]);
    assert_eq!(status, Some(2), "{why}");
}

#[test]
fn an_edited_project_is_measured_and_its_edits_are_named() {
    let Some(home) = home() else { return };
    let folder = home.path().join("project");
    let project = folder.to_str().unwrap();
    json(&home, &["emit", "digits", "--out", project, "--json"]);
    let whole = json(&home, &["measure", project, "--json"]);
    assert_eq!(whole["edited"], serde_json::json!([]));
    assert_eq!(whole["plan_sha256"], whole["program_sha256"]);
    assert_eq!(whole["bit_exact"], true);
    let printed = json(&home, &["measure", "digits", "--json"]);
    assert_eq!(printed["firmware_sha256"], whole["firmware_sha256"]);

    let program = folder.join("model.c");
    let text = std::fs::read_to_string(&program).unwrap();
    let mark = "    STEP_END(3, ";
    assert!(text.contains(mark), "the program has a place to spoil");
    let spoiled = text.replace(
        mark,
        &format!("    out[tile->out_offset] = (int8_t)~out[tile->out_offset];\n{mark}"),
    );
    std::fs::write(&program, spoiled).unwrap();
    let output = at(&home, &["measure", project, "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["edited"], serde_json::json!(["model.c"]));
    assert_eq!(report["difference"]["step"], 3);
    assert_eq!(report["difference"]["count"], 1);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("rows 0–0 of"), "{errors}");
    let blind = json(&home, &["measure", project, "--no-compare", "--json"]);
    assert_eq!(blind["compared"], false);

    for (args, why) in [
        (
            vec!["measure", project, "--chip", "STM32F746NG"],
            "emit it anew",
        ),
        (
            vec!["measure", project, "--model", "scene"],
            "another model",
        ),
        (
            vec!["measure", home.path().to_str().unwrap()],
            "tinyscope emit",
        ),
        (
            vec!["measure", "digits", "--model", "digits"],
            "goes with a folder",
        ),
    ] {
        let (status, text) = refused(&home, &args);
        assert_eq!(status, Some(2), "{args:?}");
        assert!(text.contains(why), "{args:?}: {text}");
    }
    std::fs::write(folder.join("tinyscope.json"), "{}").unwrap();
    assert_eq!(refused(&home, &["measure", project]).0, Some(2));
}
