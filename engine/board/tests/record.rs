//! Records of measurements: what is written is read back, damage is named and left alone, two processes get two files;
//! statistics and corrections against definitions written out.

use proptest::prelude::*;
use std::error::Error;
use std::path::Path;
use std::process::Command;
use tinyscope_board::measure::{
    Clock, Difference, Energy, InputResult, Measurement, StageTime, Statistics, StepMeasurement,
    Supply, SupplySource,
};
use tinyscope_board::record::{
    ModelFacts, PlanFacts, Record, RequestFacts, StepFacts, VERSION, compare, correction,
    export_csv, export_json, find, list, load, save,
};
use tinyscope_board::{Stage, hash};
use tinyscope_core::plan::{Choices, Schedule, StepId, Target};

const CHIP: &str = "STM32F746NGHx";

/// Text as it comes from files of others: any characters.
fn text() -> impl Strategy<Value = String> {
    proptest::collection::vec(any::<char>(), 0..12).prop_map(|chars| chars.into_iter().collect())
}

fn step() -> impl Strategy<Value = (StepFacts, StepMeasurement)> {
    let numbers = (
        any::<u64>(),
        any::<u64>(),
        any::<Option<u64>>(),
        any::<bool>(),
    );
    let cycles = proptest::collection::vec(any::<u64>(), 0..5);
    (text(), text(), numbers, cycles).prop_map(|(name, kernel, numbers, cycles)| {
        let (macs, cycles_estimated, instructions, bit_exact) = numbers;
        let facts = StepFacts {
            id: StepId(0),
            symbol: name.clone(),
            name,
            op: "CONV_2D".into(),
            kernel,
            macs,
            cycles_estimated,
        };
        let measured = StepMeasurement {
            id: StepId(0),
            cycles,
            instructions,
            bit_exact,
        };
        (facts, measured)
    })
}

fn difference() -> impl Strategy<Value = Difference> {
    (
        any::<[usize; 3]>(),
        any::<i8>(),
        any::<i8>(),
        any::<usize>(),
        any::<u8>(),
    )
        .prop_map(|(at, target, host, count, largest)| Difference {
            input: 1,
            step: StepId(3),
            at,
            target,
            host,
            count,
            largest,
            from: at,
            to: at,
            shape: at,
        })
}

prop_compose! {
    fn record()(
        names in proptest::collection::vec(text(), 8),
        steps in proptest::collection::vec(step(), 0..6),
        cycles in proptest::collection::vec(any::<u64>(), 0..6),
        output in proptest::collection::vec(any::<i8>(), 0..20),
        numbers in any::<[u64; 6]>(),
        flags in any::<[bool; 6]>(),
        difference in proptest::option::of(difference()),
        clock in any::<(u64, Option<u64>, Option<u32>)>(),
        micros in any::<u64>(),
        patches in proptest::option::of((1_usize..9, 1_usize..5)),
    ) -> Record {
        let (mut facts, mut measured): (Vec<_>, Vec<_>) = steps.into_iter().unzip();
        for (index, (facts, measured)) in facts.iter_mut().zip(&mut measured).enumerate() {
            facts.id = StepId(index as u32);
            measured.id = facts.id;
        }
        let schedule = patches.map_or(Schedule::Layer, |(split, grid)| Schedule::Patch {
            split,
            grid: [grid, grid],
        });
        Record {
            version: VERSION,
            date: "2026-02-03T04:05:06Z".into(),
            program: "0.1.0".into(),
            model: ModelFacts {
                name: names[0].clone(),
                file: names[1].clone(),
                sha256: hash::of_bytes(names[0].as_bytes()),
            },
            plan: PlanFacts {
                choices: Some(Choices { schedule, ..Choices::default() }),
                target: Some(Target::stm32f746()),
                peak_sram_bytes: numbers[0],
                macs: numbers[1],
                cycles_estimated: numbers[2],
                steps: facts,
            },
            request: RequestFacts {
                inputs_folder: flags[0].then(|| names[2].clone()),
                timeout_seconds: numbers[3],
                ..RequestFacts::default()
            },
            measurement: Measurement {
                board: names[3].clone(),
                serial: flags[1].then(|| names[4].clone()),
                chip: names[5].clone(),
                simulated: flags[2],
                plan_sha256: hash::of_bytes(names[6].as_bytes()),
                edited: vec![names[7].clone()],
                clock: Clock { rated_hz: clock.0, measured_hz: clock.1, error_ppm: clock.2 },
                total_cycles: cycles.iter().copied().min().unwrap_or(0),
                cycles,
                steps: measured,
                output,
                difference,
                guards_intact: flags[3],
                compared: flags[4],
                bit_exact: flags[5],
                inputs: vec![InputResult { name: names[2].clone(), ..InputResult::default() }],
                energy: Some(Energy {
                    nanojoules_estimated: numbers[4],
                    supply: Supply {
                        current_microamperes: 1,
                        voltage_millivolts: 3300,
                        source: SupplySource::DataSheet(names[1].clone()),
                    },
                }),
                stage_times: vec![StageTime { stage: Stage::Compile, micros }],
                instructions: flags[0].then_some(numbers[5]),
                ..Measurement::default()
            },
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_saved_is_read_back(record in record()) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = save(folder.path(), &record).expect("saved");
        prop_assert_eq!(&load(&path).expect("readable"), &record);
        let again = save(folder.path(), &record).expect("saved");
        prop_assert_ne!(&path, &again, "nothing is overwritten");
        let listing = list(folder.path(), Some(&record.model.sha256)).expect("listed");
        prop_assert_eq!(listing.entries.len(), 2);
        prop_assert!(listing.damaged.is_empty());
        prop_assert!(find(&listing, &listing.entries[1].id).is_ok());
        prop_assert!(list(folder.path(), Some("zz")).expect("listed").entries.is_empty());
        let all = [&listing.entries[0].record];
        let json: Vec<Record> = serde_json::from_str(&export_json(&all).expect("written"))
            .expect("readable");
        prop_assert_eq!(&json[0], &record);
    }

    /// A file that ends anywhere, or has any bytes anywhere, is a record or named as damaged: no panic, and it stays.
    #[test]
    fn damage_is_named_and_left_alone(
        record in record(),
        cut in 0.0..1.0_f64,
        at in 0.0..1.0_f64,
        junk in proptest::collection::vec(any::<u8>(), 0..8),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let whole = save(folder.path(), &record).expect("saved");
        let bytes = std::fs::read(&whole).expect("readable");
        let place = |share: f64| (bytes.len() as f64 * share) as usize;
        let torn = whole.with_file_name("torn.json");
        std::fs::write(&torn, &bytes[..place(cut)]).expect("written");
        let mut mixed = bytes.clone();
        mixed.splice(place(at)..place(at), junk);
        let odd = whole.with_file_name("odd.json");
        std::fs::write(&odd, &mixed).expect("written");
        let listing = list(folder.path(), None).expect("listed");
        prop_assert!(listing.entries.iter().any(|entry| entry.path == whole));
        prop_assert!(listing.damaged.iter().any(|damaged| damaged.path == torn));
        prop_assert_eq!(std::fs::read(&odd).expect("still there"), mixed);
        prop_assert!(torn.exists());
    }

    /// Against the definitions, by counting.
    #[test]
    fn statistics_are_what_they_say(values in proptest::collection::vec(0_u64..50, 1..40)) {
        let s = Statistics::of(&values);
        let at_most = |x: u64| values.iter().filter(|&&v| v <= x).count();
        let smallest = |share: usize| {
            // The smallest value that at least this many quarters of the values do not exceed.
            let wanted = |x: &&u64| at_most(**x) * 4 >= values.len() * share;
            values.iter().filter(wanted).min().copied()
        };
        prop_assert_eq!(Some(s.lower_quartile), smallest(1));
        prop_assert_eq!(Some(s.upper_quartile), smallest(3));
        prop_assert_eq!(Some(&s.minimum), values.iter().min());
        prop_assert_eq!(Some(&s.maximum), values.iter().max());
        prop_assert_eq!(s.spread(), s.maximum - s.minimum);
        let middle = |values: &[u64]| {
            let rank = |k: usize| {
                let below = |x: u64| values.iter().filter(|&&v| v < x).count();
                let upto = |x: u64| values.iter().filter(|&&v| v <= x).count();
                values.iter().copied().find(|&x| below(x) <= k && k < upto(x)).unwrap_or(0)
            };
            rank((values.len() - 1) / 2).midpoint(rank(values.len() / 2))
        };
        prop_assert_eq!(s.median, middle(&values));
        let distances: Vec<u64> = values.iter().map(|v| v.abs_diff(s.median)).collect();
        prop_assert_eq!(s.median_deviation, middle(&distances));
    }

    /// The factor is where the sum of absolute deviations is smallest: no ratio of a step does better.
    #[test]
    fn the_correction_deviates_least(points in proptest::collection::vec((1_u64..1000, 1_u64..5000), 1..7)) {
        let record = measured("m", true, &points);
        let found = correction(&[&record], CHIP).expect("a correction");
        let deviation = |f: f64| -> f64 {
            points.iter().map(|&(e, c)| (c as f64 - f * e as f64).abs()).sum()
        };
        let best = points.iter().map(|&(e, c)| deviation(c as f64 / e as f64)).fold(f64::MAX, f64::min);
        prop_assert!(deviation(found.factor) <= best * (1.0 + 1e-12) + 1e-9, "{} {best}", found.factor);
        prop_assert!(found.error >= 0.0 && !found.left_out);
    }
}

/// A record with a step for each pair of estimated and counted cycles.
fn measured(model: &str, simulated: bool, points: &[(u64, u64)]) -> Record {
    let program = hash::of_bytes(model.as_bytes());
    let step = |(index, &(cycles_estimated, cycles)): (usize, &(u64, u64))| {
        let id = StepId(index as u32);
        let facts = StepFacts {
            id,
            symbol: format!("step_{index:02}"),
            name: format!("conv {index}"),
            op: "CONV_2D".into(),
            kernel: "im2col".into(),
            macs: 10,
            cycles_estimated,
        };
        let measured = StepMeasurement {
            id,
            cycles: vec![cycles],
            instructions: None,
            bit_exact: true,
        };
        (facts, measured)
    };
    let (facts, steps): (Vec<_>, Vec<_>) = points.iter().enumerate().map(step).unzip();
    Record {
        version: VERSION,
        date: "2026-01-01T00:00:00Z".into(),
        model: ModelFacts {
            name: model.into(),
            sha256: program.clone(),
            ..ModelFacts::default()
        },
        plan: PlanFacts {
            steps: facts,
            ..PlanFacts::default()
        },
        measurement: Measurement {
            chip: CHIP.into(),
            board_name: "probe".into(),
            simulated,
            timing_model: simulated.then(|| "m7-3".into()),
            toolchain: "gcc 12".into(),
            plan_sha256: program.clone(),
            program_sha256: program,
            cycles: vec![points.iter().map(|p| p.1).sum()],
            steps,
            ..Measurement::default()
        },
        ..Record::default()
    }
}

#[test]
fn a_correction_prefers_silicon_and_tells_its_error_from_models_left_out()
-> Result<(), Box<dyn Error>> {
    let simulated = measured("a", true, &[(100, 300)]);
    let first = measured("a", false, &[(100, 110), (50, 55)]);
    let second = measured("b", false, &[(1000, 1100)]);
    let third = measured("c", false, &[(1000, 1210)]);
    let other = Record {
        measurement: Measurement {
            chip: "nRF52840_xxAA".into(),
            ..first.measurement.clone()
        },
        ..first.clone()
    };
    let mut edited = measured("d", false, &[(10, 1000)]);
    edited.measurement.program_sha256 = hash::of_bytes(b"edited");
    let mut older = second.clone();
    older.date = "2025-01-01T00:00:00Z".into();
    older.measurement.steps[0].cycles = vec![9000];
    let records = [&older, &simulated, &first, &second, &third, &other, &edited];
    let found = correction(&records, CHIP).ok_or("three records are of this chip")?;
    assert!(!found.simulated);
    assert_eq!((found.records, found.models), (3, 3));
    assert!((found.factor - 1.1).abs() < 1e-12, "{}", found.factor);
    // Without b the factor is 1.21, where b needs 1.1: the worst of the three.
    assert!(found.left_out && (found.error - (1.21 / 1.1 - 1.0)).abs() < 1e-12);
    assert_eq!(
        found.label(),
        format!("estimated, corrected by 3 measurements on {CHIP} (×1.10 ± 10.0 %; probe)")
    );
    let only = correction(&[&simulated], CHIP).ok_or("one record")?;
    assert!(only.simulated && only.label().contains("1 simulation on"));
    assert!(correction(&[&other], CHIP).is_none());
    Ok(())
}

#[test]
fn records_that_cannot_be_compared_say_so_and_steps_are_aligned() {
    let a = measured("m", true, &[(1, 10), (2, 20), (3, 30)]);
    let same = compare(&a, &a);
    assert!(same.comparable && !same.mixed && same.provenance.is_empty());
    assert_eq!(same.change_permille(), Some(0));
    assert_eq!(same.steps.len(), 3);

    let mut b = a.clone();
    b.measurement.simulated = false;
    b.measurement.timing_model = None;
    b.measurement.cycles = vec![90];
    let mixed = compare(&a, &b);
    assert!(mixed.mixed && !mixed.comparable);
    assert!(mixed.provenance[0].decisive);
    assert_eq!(mixed.change_permille(), Some(500));

    // The second lacks the middle step and has another at the end.
    let mut c = measured("n", true, &[(1, 10), (3, 33), (4, 44)]);
    for (step, name) in c.plan.steps.iter_mut().zip(["conv 0", "conv 2", "add"]) {
        step.name = name.into();
    }
    let aligned = compare(&a, &c);
    assert!(!aligned.comparable, "another model");
    let pairs: Vec<[Option<u64>; 2]> = (aligned.steps.iter())
        .map(|s| [&s.first, &s.second].map(|side| side.as_ref().map(|side| side.cycles.median)))
        .collect();
    assert_eq!(
        pairs,
        [
            [Some(10), Some(10)],
            [Some(20), None],
            [Some(30), Some(33)],
            [None, Some(44)]
        ]
    );
}

#[test]
fn csv_keeps_kinds_apart_and_spreadsheets_from_computing() {
    let mut record = measured("=cmd()", true, &[(1, 10)]);
    record.plan.steps[0].name = "a \"b\", c".into();
    let text = export_csv(&[&record, &measured("x", false, &[(1, 7)])]);
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert!(lines[0].ends_with("cycles_estimated,cycles_simulated,cycles_measured"));
    assert!(lines[1].contains(",'=cmd(),"), "{}", lines[1]);
    assert!(lines[1].contains("\"a \"\"b\"\", c\""), "{}", lines[1]);
    assert!(lines[1].ends_with(",1,10,"), "{}", lines[1]);
    assert!(lines[2].ends_with(",1,,7"), "{}", lines[2]);
}

#[test]
fn a_record_of_a_newer_program_is_read_as_far_as_it_is_known() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = save(folder.path(), &measured("m", false, &[(1, 2)]))?;
    let mut value: serde_json::Value = serde_json::from_slice(&std::fs::read(&path)?)?;
    value["measurement"]["humidity_percent"] = 40.into();
    value["plan"]["choices"] = serde_json::json!({"schedule": "by_magic"});
    std::fs::write(&path, value.to_string())?;
    let read = load(&path).map_err(|damaged| damaged.why)?;
    assert_eq!(read.plan.choices, None);
    assert_eq!(read.measurement.steps[0].cycles, [2]);
    value["version"] = (VERSION + 1).into();
    std::fs::write(&path, value.to_string())?;
    assert!(load(&path).is_err_and(|damaged| damaged.why.contains("newer")));
    assert!(load(Path::new("/dev/zero")).is_err());
    Ok(())
}

/// What the processes of the next test do; nothing unless they are told where.
#[test]
fn saver() {
    let Some(folder) = std::env::var_os("TINYSCOPE_TEST_SAVE") else {
        return;
    };
    for _ in 0..50 {
        let record = measured("m", false, &[(1, 2), (3, 4)]);
        save(Path::new(&folder), &record).expect("saved");
    }
}

#[test]
fn two_processes_that_save_at_once_lose_nothing() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let start = || {
        Command::new(std::env::current_exe()?)
            .args(["--exact", "saver"])
            .env("TINYSCOPE_TEST_SAVE", folder.path())
            .stdout(std::process::Stdio::null())
            .spawn()
    };
    let mut processes = [start()?, start()?, start()?];
    for process in &mut processes {
        assert!(process.wait()?.success());
    }
    let listing = list(folder.path(), None)?;
    assert_eq!(listing.entries.len(), 150);
    assert!(listing.damaged.is_empty());
    let model = std::fs::read_dir(folder.path())?
        .next()
        .ok_or("a folder")??;
    assert_eq!(
        std::fs::read_dir(model.path())?.count(),
        150,
        "nothing else is left"
    );
    Ok(())
}

#[test]
fn a_full_disk_is_an_error_and_leaves_nothing_behind() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    // A limit on the size of files ends a write in its midst, as a full disk does.
    let limited = Command::new("sh")
        .args([
            "-c",
            "trap '' XFSZ && ulimit -f 1 && exec \"$0\" --exact saver",
        ])
        .arg(std::env::current_exe()?)
        .env("TINYSCOPE_TEST_SAVE", folder.path())
        .output();
    let Ok(limited) = limited else {
        println!("skipped: no shell");
        return Ok(());
    };
    let told = String::from_utf8_lossy(&limited.stdout);
    assert!(!limited.status.success() && told.contains("Io {"), "{told}");
    let listing = list(folder.path(), None)?;
    assert!(listing.entries.is_empty() && listing.damaged.is_empty());
    for model in std::fs::read_dir(folder.path())? {
        assert_eq!(std::fs::read_dir(model?.path())?.count(), 0);
    }
    Ok(())
}

#[test]
fn a_folder_that_cannot_be_used_is_named() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("a file");
    std::fs::write(&file, "no folder")?;
    let record = measured("m", false, &[(1, 2)]);
    let error = save(&file, &record).expect_err("no folder").to_string();
    assert!(error.contains("a file"), "{error}");
    assert!(list(&file, None).is_err());
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_model_that_cannot_be_looked_into_hides_no_other() -> Result<(), Box<dyn Error>> {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir()?;
    let closed = save(folder.path(), &measured("closed", false, &[(1, 2)]))?;
    save(folder.path(), &measured("open", false, &[(1, 2)]))?;
    let closed = closed.parent().ok_or("its folder")?;
    std::fs::set_permissions(closed, std::fs::Permissions::from_mode(0o0))?;
    if std::fs::read_dir(closed).is_ok() {
        println!("skipped: this user may look into any folder");
        return Ok(());
    }
    let listing = list(folder.path(), None)?;
    std::fs::set_permissions(closed, std::fs::Permissions::from_mode(0o755))?;
    assert_eq!(listing.entries.len(), 1);
    assert_eq!(listing.damaged.len(), 1);
    assert_eq!(listing.damaged[0].path, closed);
    Ok(())
}
