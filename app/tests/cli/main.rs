//! The command line as a script sees it: exit status, JSON names, one-line errors.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "../../../tests/src/models.rs"]
mod models;
mod records;
mod schedules;
mod serve;

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::LazyLock;

/// The program with folders of its own for what it keeps, so that no test sees or leaves anything of the user's.
fn tinyscope(args: &[&str]) -> Output {
    static HOME: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());
    tinyscope_at(HOME.path(), args)
}

/// The program with what it keeps in a folder.
fn tinyscope_at(home: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tinyscope"))
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_CACHE_HOME", home.join("cache"))
        .args(args)
        .output()
        .unwrap()
}

fn json(args: &[&str]) -> Value {
    let output = tinyscope(args);
    assert!(
        output.status.success(),
        "{args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

fn example(name: &str) -> String {
    format!("{}/../models/{name}.tflite", env!("CARGO_MANIFEST_DIR"))
}

/// Status, and standard error, which must be short and name what to do.
fn failure(args: &[&str]) -> (Option<i32>, String) {
    let output = tinyscope(args);
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

#[test]
fn inspect_gives_the_stable_names() {
    let report = json(&["inspect", &example("digits"), "--json"]);
    for key in [
        "model",
        "macs",
        "parameters",
        "peak_sram_bytes",
        "peak_activation_bytes",
        "scratch_bytes",
        "flash_bytes",
        "schedule",
        "diagnostics",
        "steps",
    ] {
        assert!(report.get(key).is_some(), "{key} is missing");
    }
    let steps = report["steps"].as_array().unwrap();
    for key in ["id", "name", "op", "macs", "live_bytes", "cycles_estimated"] {
        assert!(steps[0].get(key).is_some(), "steps[0].{key} is missing");
    }
    let sum: u64 = steps
        .iter()
        .map(|step| step["macs"].as_u64().unwrap())
        .sum();
    assert_eq!(report["macs"].as_u64().unwrap(), sum);
    assert!(report["peak_sram_bytes"].as_u64() >= report["peak_activation_bytes"].as_u64());
}

#[test]
fn a_bundled_example_opens_by_its_name_and_prints_as_text() {
    let output = tinyscope(&["inspect", "digits"]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("SRAM") && text.contains("estimated"),
        "{text}"
    );
}

#[test]
fn a_design_opens_like_a_model_and_says_that_its_weights_are_seeded() {
    let path = |name: &str| format!("{}/../models/{name}.ron", env!("CARGO_MANIFEST_DIR"));
    let report = json(&["inspect", &path("mcunet-vww1"), "--json"]);
    assert!(report["model"].as_str().unwrap().contains("seeded weights"));
    // The architecture's published size: 11.6 M MACs.
    assert_eq!(report["macs"].as_u64().unwrap() / 100_000, 115);
    assert!(report["diagnostics"].to_string().contains("seeded-weights"));

    let folder = tempfile::tempdir().unwrap();
    let bad = folder.path().join("bad.ron");
    let text = std::fs::read_to_string(path("mcunet-vww1")).unwrap();
    for (from, to, why) in [
        ("channels: 3", "channels: 3x", "line 6, column"),
        ("kernel: 7", "kernel: 8", "the kernel is 8 wide"),
        ("(80, 80)", "(80, 80000)", "resolution is 80000"),
    ] {
        std::fs::write(&bad, text.replacen(from, to, 1)).unwrap();
        let (status, message) = failure(&["inspect", bad.to_str().unwrap()]);
        assert_eq!(status, Some(2), "{message}");
        assert!(message.contains(why), "{message}");
    }
}

#[test]
fn what_does_not_fit_is_status_1_and_says_by_how_much() {
    let (status, text) = failure(&["plan", &example("scene"), "--sram", "1000"]);
    assert_eq!(status, Some(1));
    assert!(
        text.contains("SRAM") && text.contains("there are 1,000 B"),
        "{text}"
    );
}

#[test]
fn bad_input_is_status_2_and_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.tflite");
    let mut bytes = std::fs::read(example("digits")).unwrap();
    bytes.truncate(bytes.len() / 2);
    std::fs::write(&broken, bytes).unwrap();
    for args in [
        vec!["inspect", "/nowhere/at-all.tflite"],
        vec!["inspect", broken.to_str().unwrap()],
        vec![
            "plan",
            "digits",
            "--schedule",
            "stream",
            "--max-macs",
            "1.2",
        ],
        vec!["plan", "digits", "--split", "9999", "--grid", "2"],
        vec!["plan", "digits", "--grid", "0", "--split", "1"],
        vec!["plan", "digits", "--chip", "STM32F749NG"],
        vec!["nonsense", "too", "many"],
    ] {
        let (status, text) = failure(&args);
        assert_eq!(status, Some(2), "{args:?}: {text}");
        assert!(
            !text.trim().is_empty() && !text.contains("panicked"),
            "{args:?}: {text}"
        );
    }
    let (_, text) = failure(&["plan", "digits", "--chip", "STM32F749NG"]);
    assert!(
        text.contains("STM32F7"),
        "a similar chip is suggested: {text}"
    );
}

#[test]
fn emit_writes_the_project_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("made/here");
    let report = json(&["emit", "digits", "--out", out.to_str().unwrap(), "--json"]);
    let files = report["files"].as_array().unwrap();
    let mut named: Vec<&str> = files
        .iter()
        .map(|file| file.as_str().unwrap())
        .map(|file| Path::new(file).strip_prefix(&out).unwrap())
        .map(|file| file.to_str().unwrap())
        .collect();
    named.sort_unstable();
    let mut found: Vec<String> = [&out, &out.join("example")]
        .into_iter()
        .flat_map(|folder| std::fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| path.strip_prefix(&out).unwrap().display().to_string())
        .collect();
    found.sort_unstable();
    assert_eq!(named, found);
    assert!(named.contains(&"example/main.c"), "{named:?}");
    assert!(named.contains(&"tinyscope.json"), "{named:?}");
    assert!(
        named.contains(&"model.h") && named.contains(&"model.c"),
        "{named:?}"
    );
    assert_eq!(
        failure(&["emit", "digits", "--out", &example("digits")]).0,
        Some(2)
    );
    assert_eq!(
        failure(&[
            "emit",
            "digits",
            "--out",
            out.to_str().unwrap(),
            "--prefix",
            "a b;"
        ])
        .0,
        Some(2)
    );
}

#[test]
fn emit_overwrites_only_what_it_wrote_itself() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    json(&["emit", "digits", "--out", out, "--json"]);
    // Another plan over an untouched project is no loss.
    json(&["emit", "scene", "--out", out, "--json"]);
    for (name, kept) in [("model.c", "edited by hand"), ("README.md", "mine")] {
        let file = folder.path().join(name);
        std::fs::write(&file, kept).unwrap();
        let (status, text) = failure(&["emit", "digits", "--out", out]);
        assert_eq!(status, Some(2), "{text}");
        assert!(text.contains(name) && text.contains("--force"), "{text}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), kept);
        json(&["emit", "digits", "--out", out, "--force", "--json"]);
        assert_ne!(std::fs::read_to_string(&file).unwrap(), kept);
    }
    // A folder without a manifest is somebody else's.
    std::fs::remove_file(folder.path().join("tinyscope.json")).unwrap();
    json(&["emit", "digits", "--out", out, "--json"]);
    std::fs::remove_file(folder.path().join("tinyscope.json")).unwrap();
    assert_eq!(failure(&["emit", "scene", "--out", out]).0, Some(2));
}

#[test]
fn verify_runs_every_schedule_bit_exactly() {
    let report = json(&["verify", "digits", "--json"]);
    assert_eq!(report["bit_exact"], true);
    let schedules = report["schedules"].as_array().unwrap();
    assert!(schedules.len() > 3, "{schedules:?}");
    for run in schedules {
        assert_eq!(run["exact"], run["steps"], "{run}");
    }
}

#[test]
fn boards_and_chips_are_listed() {
    let report = json(&["boards", "--chips", "STM32F746NG", "--json"]);
    assert_eq!(report["boards"][0]["id"], "virtual");
    let chips = report["chips"].as_array().unwrap();
    assert!(
        chips.iter().any(|chip| chip["name"] == "STM32F746NG"),
        "{chips:?}"
    );
}

#[test]
fn boards_count_the_virtual_chips_of_each_line() {
    let report = json(&["boards", "--chips", "", "--json"]);
    let chips = report["chips"].as_array().unwrap();
    let mut left: Vec<&str> = (chips.iter().filter(|chip| chip["simulated"] == true))
        .map(|chip| chip["name"].as_str().unwrap())
        .collect();
    let table = String::from_utf8(tinyscope(&["boards"]).stdout).unwrap();
    // Counted here by the names alone.
    for line in report["virtual_lines"].as_array().unwrap() {
        let name = line["line"].as_str().unwrap();
        let begins = name.replace('-', "").to_ascii_lowercase();
        let before = left.len();
        left.retain(|chip| !chip.to_ascii_lowercase().starts_with(&begins));
        assert_eq!(line["chips"], before - left.len(), "{name}");
        assert!(table.contains(name), "{table}");
    }
    assert!(left.is_empty(), "of no line: {left:?}");
}

#[test]
fn doctor_names_tools_or_the_line_that_installs_them() {
    let report = json(&["doctor", "--json"]);
    let tools = report.as_array().unwrap();
    assert!(!tools.is_empty());
    for tool in tools {
        assert!(
            tool["found"].is_string() || tool["install"].is_string(),
            "{tool}"
        );
    }
}

#[test]
fn bench_adds_up_to_the_network() {
    let compiler = Command::new("arm-none-eabi-gcc").arg("--version").output();
    if compiler.is_err() {
        println!("skipped: measuring (no arm-none-eabi-gcc)");
        return;
    }
    let chips = ["STM32F746NGHx", "STM32F407VG"];
    let report = json(&["bench", "digits", "--chip", &chips.join(","), "--json"]);
    let benches = report["benches"].as_array().unwrap();
    assert_eq!(benches.len(), chips.len());
    for (bench, chip) in benches.iter().zip(chips) {
        assert_eq!(bench["chip"], chip);
        assert_eq!(bench["bit_exact"], true);
        let rows = bench["kernels"].as_array().unwrap();
        let sum = |name: &str| -> u64 { rows.iter().map(|row| row[name].as_u64().unwrap()).sum() };
        assert_eq!(sum("macs"), bench["macs"].as_u64().unwrap());
        assert_eq!(sum("steps"), 14);
        let (steps, whole) = (sum("instructions"), bench["instructions"].as_u64().unwrap());
        // Between the steps lies only the loop over them.
        assert!(steps <= whole && whole - steps < 50 * 14, "{steps} {whole}");
    }
    let (status, text) = failure(&["bench", "scene", "--chip", "STM32F401CB"]);
    assert_eq!(status, Some(1), "{text}");
}

#[test]
fn measure_runs_on_the_virtual_board() {
    let compiler = Command::new("arm-none-eabi-gcc").arg("--version").output();
    if compiler.is_err() {
        println!("skipped: measuring (no arm-none-eabi-gcc)");
        return;
    }
    let report = json(&["measure", "digits", "--json"]);
    assert_eq!(report["bit_exact"], true);
    assert_eq!(report["simulated"], true);
    for key in [
        "board",
        "chip",
        "total_cycles",
        "instructions",
        "stack_bytes",
        "toolchain",
        "flags",
    ] {
        assert!(!report[key].is_null(), "{key} is missing");
    }
    for step in report["steps"].as_array().unwrap() {
        assert!(step["cycles_measured"].as_u64().unwrap() > 0, "{step}");
    }
    let (status, text) = failure(&["measure", "digits", "--board", "1234:5678:NONE"]);
    assert_eq!(status, Some(3), "{text}");
}

#[test]
fn export_writes_what_inspect_opens_and_overwrites_nothing_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("again.tflite");
    let path = out.to_str().unwrap();
    let report = json(&["export", &example("digits"), "--out", path, "--json"]);
    assert_eq!(report["format"], "tflite");
    let bytes = std::fs::read(&out).unwrap();
    assert_eq!(report["file_bytes"], bytes.len());
    let again = json(&["inspect", path, "--json"]);
    let before = json(&["inspect", &example("digits"), "--json"]);
    assert_eq!(again["macs"], before["macs"]);
    assert_eq!(again["parameters"], before["parameters"]);

    let (status, text) = failure(&["export", &example("scene"), "--out", path]);
    assert_eq!(status, Some(2), "{text}");
    assert!(text.contains("--force"), "{text}");
    assert_eq!(std::fs::read(&out).unwrap(), bytes);
    json(&[
        "export",
        &example("scene"),
        "--out",
        path,
        "--force",
        "--json",
    ]);
    assert_ne!(std::fs::read(&out).unwrap(), bytes);

    let onnx = folder.path().join("digits.model");
    let onnx = onnx.to_str().unwrap();
    let (status, text) = failure(&["export", &example("digits"), "--out", onnx]);
    assert_eq!(status, Some(2), "{text}");
    let report = json(&[
        "export",
        &example("digits"),
        "--out",
        onnx,
        "--format",
        "onnx",
        "--json",
    ]);
    assert_eq!(report["format"], "onnx");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}

/// A file in a folder that lives as long as the test.
fn file(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_model_that_cannot_run_is_still_inspected_with_status_2() {
    let folder = tempfile::tempdir().unwrap();
    let odd = file(&folder, "odd.tflite", &models::unsupported());
    let output = tinyscope(&["inspect", &odd]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("not supported") && text.contains("CONV_2D"),
        "{text}"
    );
    assert!(text.contains("error[unsupported-operator]"), "{text}");
    let report: Value =
        serde_json::from_slice(&tinyscope(&["inspect", &odd, "--json"]).stdout).unwrap();
    assert_eq!(report["can_run"], false);
    assert!(report["operators"].as_array().unwrap().len() > 3);
    assert_eq!(report["diagnostics"][0]["severity"], "error");
    let (status, text) = failure(&["plan", &odd]);
    assert_eq!(status, Some(2));
    assert!(text.contains("unsupported-operator"), "{text}");
}

#[test]
fn a_float_model_is_quantised_with_the_folder_it_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let float = file(&folder, "colours.tflite", &models::float());
    let pictures = folder.path().join("pictures");
    models::pictures(&pictures);
    let out = folder.path().join("int8.tflite");
    let [pictures, out] = [&pictures, &out].map(|p| p.to_str().unwrap());
    assert!(
        tinyscope(&["inspect", &float]).status.success(),
        "it can be looked at"
    );

    let (status, text) = failure(&["quantize", &float, "--out", out]);
    assert_eq!(status, Some(2));
    assert!(
        text.contains("--random") && text.contains("--images"),
        "{text}"
    );

    let asked = [
        "quantize", &float, "--out", out, "--images", pictures, "--json",
    ];
    let report = json(&asked);
    assert_eq!(report["samples"], 24);
    assert_eq!(report["classes"], serde_json::json!(["blue", "red"]));
    let broken = report["broken"].as_array().unwrap();
    assert_eq!(broken.len(), 1);
    assert!(broken[0]["file"].as_str().unwrap().ends_with("zz.png"));
    let steps = report["steps"].as_array().unwrap();
    assert!(
        steps.iter().all(|s| s["sqnr_db"].as_f64().unwrap() > 20.0),
        "{steps:?}"
    );
    assert!(report["agreement"]["argmax"].as_f64().unwrap() > 0.99);
    assert_eq!(report["top1_float"], 1.0);
    assert_eq!(report["top1_int8"], 1.0);
    let first = std::fs::read(out).unwrap();
    let (status, text) = failure(&asked);
    assert_eq!(status, Some(2));
    assert!(text.contains(out) && text.contains("--force"), "{text}");
    let again = json(&[&asked[..], &["--force"]].concat());
    assert_eq!(again, report);
    assert_eq!(std::fs::read(out).unwrap(), first, "the same bytes again");

    let planned = json(&["plan", out, "--json"]);
    assert_eq!(planned["steps"].as_array().unwrap().len(), 3);
    assert_eq!(json(&["verify", out, "--json"])["bit_exact"], true);
    let (status, text) = failure(&["quantize", out, "--out", out, "--random"]);
    assert_eq!(status, Some(2));
    assert!(text.contains("already"), "{text}");

    // One picture of each class through the float and the int8 network.
    for model in [float.as_str(), out] {
        let top = |class: &str| {
            let image = format!("{pictures}/{class}/05.png");
            json(&["run", model, "--image", &image, "--json"])["outputs"][0]["top"][0]["index"]
                .as_u64()
                .unwrap()
        };
        assert_eq!((top("blue"), top("red")), (0, 1), "{model}");
    }
}

#[test]
fn bad_samples_and_settings_are_status_2() {
    let folder = tempfile::tempdir().unwrap();
    let float = file(&folder, "f.tflite", &models::float());
    let out = format!("{}/o.tflite", folder.path().display());
    for (more, why) in [
        (vec!["--images", "/nowhere"], "/nowhere"),
        (
            vec!["--images", folder.path().to_str().unwrap()],
            "holds no",
        ),
        (vec!["--random", "--samples", "0"], "from 1 to"),
        (vec!["--random", "--mean", "1,2"], "three"),
        (vec!["--random", "--images", "x"], "--images"),
    ] {
        let mut args = vec!["quantize", &float, "--out", &out];
        args.extend(&more);
        let (status, text) = failure(&args);
        assert_eq!(status, Some(2), "{more:?}: {text}");
        assert!(text.contains(why), "{more:?}: {text}");
    }
    assert!(!Path::new(&out).exists());
    let picture = file(&folder, "p.png", b"no picture");
    assert_eq!(failure(&["run", &float, "--image", &picture]).0, Some(2));
}

#[test]
fn every_subcommand_takes_a_project() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(example("scene"), folder.path().join("m.tflite")).unwrap();
    let text = r#"(version: 1, model: File("m.tflite"), chip: "STM32F746NGHx",
        choices: (schedule: patch(split: 6, grid: (3, 3)), in_place: true, fast_kernels: true))"#;
    let project = file(&folder, "p.tinyscope", text.as_bytes());
    let report = json(&["plan", &project, "--json"]);
    assert_eq!(report["schedule"]["patch"]["split"], 6);
    let plain = json(&["plan", &project, "--schedule", "layer", "--json"]);
    assert_eq!(plain["schedule"], "layer", "options come first");
    assert!(json(&["inspect", &project, "--json"])["steps"].is_array());
    assert_eq!(json(&["verify", &project, "--json"])["bit_exact"], true);
    let out = folder.path().join("c");
    json(&["emit", &project, "--out", out.to_str().unwrap(), "--json"]);

    let float = file(&folder, "f.tflite", &models::float());
    assert!(Path::new(&float).exists());
    let quantised = text.replace("m.tflite", "f.tflite").replace("split: 6", "split: 1").replace(
        "fast_kernels: true)",
        "fast_kernels: true), quantise: Some((options: (), images: None, samples: 9, preprocessing: ()))",
    );
    let project = file(&folder, "q.tinyscope", quantised.as_bytes());
    let report = json(&["plan", &project, "--json"]);
    let codes: Vec<&str> = (report["diagnostics"].as_array().unwrap().iter())
        .map(|d| d["code"].as_str().unwrap())
        .collect();
    assert!(codes.contains(&"random-ranges"), "{codes:?}");

    let broken = file(&folder, "b.tinyscope", b"(version: 99)");
    let (status, text) = failure(&["plan", &broken]);
    assert_eq!(status, Some(2));
    assert!(text.contains("version 99"), "{text}");
}
