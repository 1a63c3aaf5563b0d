//! Faults of the probe link at random moments of a whole session: attach, erase, program, verify, run, read.
//!
//! Each ends as without the fault, bit for bit and with the right flash, or in an error that names a stage. Never in a
//! hang (a session has a minute, and so many transfers), a panic, or a result that is not the undisturbed one. `FAULT_RUNS` and `FAULT_SEED` in
//! the environment ask for more, and for others.

mod common;

use common::input;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tinyscope_board::build::Build;
use tinyscope_board::image::load_blocks;
use tinyscope_board::probe::{FaultKind, Faults, Handle, open_machine};
use tinyscope_board::protocol::RunReport;
use tinyscope_board::session::{AttachOptions, FlashOptions, Layout, attach_through, flash, start};
use tinyscope_board::{BoardError, Cancel, Stage};
use tinyscope_core::plan::Target;
use tinyscope_vmcu::{Machine, stm32f746};

const RUNS: usize = 1_008;
const SEED: u64 = 0x5EED_2026;
const LIMIT: Duration = Duration::from_millis(250);
const COUNTER: u32 = tinyscope_vmcu::INSTRUCTION_COUNTER;
/// Transfers that a session may take, in those of an undisturbed one: probe-rs polls for two seconds in some places, as
/// fast as the machine can. What is beyond is stopped and counts as a hang.
const TRANSFERS: u64 = 50_000;
/// Time that a session may take; attaching gives up after a fraction of it.
const SESSION: Duration = Duration::from_mins(1);

const STAGES: [&str; 6] = ["attach", "erase", "program", "verify", "run", "read"];
const KINDS: [&str; 9] = [
    "refused",
    "wait",
    "no ack",
    "read flip",
    "write flip",
    "both flip",
    "hangs",
    "gone",
    "power",
];

/// A session's transfers at the end of each stage.
#[derive(Clone, Copy, Debug, Default)]
struct Marks([u64; 6]);

struct Setup {
    build: Build,
    elf: Vec<u8>,
    layout: Layout,
    target: Target,
}

/// Outcome of a session, and the chip as it was left.
struct Outcome {
    result: Result<RunReport, BoardError>,
    machine: Option<Box<Machine>>,
    transfers: u64,
    marks: Marks,
}

/// Attaches, flashes, starts and runs once through a probe with these faults. When a try to attach fails, the next one
/// finds the chip as it was left; the faults stay with it if they are for good.
fn session(setup: &Setup, machine: Box<Machine>, faults: &Faults) -> Outcome {
    let (mut machine, mut faults) = (Some(machine), faults.clone());
    let handle = Mutex::new(Handle::default());
    let mut spent = 0;
    let mut marks = Marks::default();
    let now = || handle.lock().expect("no panic").transfers();
    let cancel = Cancel::default();
    let mut open = || {
        let mut handle = handle.lock().expect("no panic");
        if machine.is_none() {
            machine = handle.take_machine();
            spent += handle.transfers();
            faults = remaining(&faults, handle.transfers());
        }
        let chip = machine.take().ok_or(BoardError::ProbeMissing {
            name: "the chip is in use".to_owned(),
        })?;
        let (probe, fresh) = open_machine(chip, faults.clone());
        *handle = fresh;
        Ok(probe)
    };
    let result = attach_through(
        &mut open,
        "virtual",
        true,
        &setup.target,
        &AttachOptions::default(),
    )
    .and_then(|mut board| {
        board.answer_limit = LIMIT;
        marks.0[0] = now();
        let mut progress = |progress: tinyscope_board::Progress| {
            let index = match progress.stage {
                Stage::Erase => 1,
                Stage::Program => 2,
                _ => 3,
            };
            marks.0[index] = now();
        };
        flash(
            &mut board,
            &setup.elf,
            FlashOptions::default(),
            &mut progress,
            &cancel,
        )?;
        marks.0[3] = now();
        let mut program = start(&mut board, &setup.build.image, &setup.layout, &cancel)?;
        let report = program.run(&input(), COUNTER, LIMIT, &cancel);
        marks.0[5] = now();
        report
    });
    let handle = handle.into_inner().expect("no panic");
    Outcome {
        result,
        machine: handle.take_machine(),
        transfers: spent + handle.transfers(),
        marks,
    }
}

/// The faults that a probe opened after `spent` transfers still has.
fn remaining(faults: &Faults, spent: u64) -> Faults {
    let mut left = faults.clone();
    left.vanish_at = faults.vanish_at.map(|at| at.saturating_sub(spent));
    left.limit = faults.limit.map(|limit| limit.saturating_sub(spent));
    for fault in &mut left.list {
        let end = fault.at.saturating_add(fault.count).saturating_sub(spent);
        fault.at = fault.at.saturating_sub(spent);
        fault.count = end - fault.at;
    }
    left
}

fn next(state: &mut u64, below: u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state >> 11) % below.max(1)
}

fn random_faults(random: &mut u64, kind: usize, from: u64, to: u64) -> Faults {
    let at = from + next(random, to - from);
    // Half of them alone, the others a few in a row, many, or for good.
    let count = match next(random, 8) {
        0..4 => 1,
        4 | 5 => 2 + next(random, 6),
        6 => 20 + next(random, 200),
        _ => u64::MAX,
    };
    let bit = next(random, 32) as u8;
    let kind = match kind {
        0 => FaultKind::Refused,
        1 => FaultKind::Wait,
        2 => FaultKind::NoAcknowledge,
        3 => FaultKind::FlippedRead(bit),
        4 => FaultKind::FlippedWrite(bit),
        5 => FaultKind::FlippedBoth(bit),
        6 => FaultKind::Hangs,
        7 => return Faults::vanishing(at),
        _ => return Faults::one(FaultKind::PowerGlitch, at, count.min(3)),
    };
    Faults::one(kind, at, count)
}

fn variant(error: &BoardError) -> &'static str {
    match error {
        BoardError::Probe { .. } => "probe error",
        BoardError::Verify { .. } => "verify error",
        BoardError::TargetFault { .. } => "target fault",
        BoardError::Timeout { .. } => "timeout",
        BoardError::Protocol { .. } => "damaged report",
        _ => "other",
    }
}

/// What flash holds where the image is.
fn flash_is_right(machine: &Machine, elf: &[u8]) -> bool {
    let blocks = load_blocks(elf).expect("an image");
    blocks.iter().all(|(address, data)| {
        let there = (machine.memory).slice(*address as u32, data.len() as u32);
        there == Some(data.as_slice())
    })
}

fn number(name: &str, default: u64) -> u64 {
    let value = std::env::var(name).ok();
    value.and_then(|v| v.parse().ok()).unwrap_or(default)
}

#[test]
fn every_fault_ends_as_without_it_or_in_a_named_error() {
    let target = Target::stm32f746();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let files = common::project("");
    let Some(build) = common::build(&files, &target, folder.path()) else {
        return;
    };
    let elf = std::fs::read(&build.elf).expect("the image");
    let setup = Setup {
        build,
        elf,
        layout: common::layout(),
        target,
    };
    // Undisturbed: what is right, and which transfers belong to which stage.
    let fresh = Box::new(Machine::new(stm32f746()));
    let whole = session(&setup, fresh.clone(), &Faults::default());
    let wanted = whole.result.expect("no fault, no error");
    let flashed = whole.machine.expect("the chip as it was left");
    assert!(flash_is_right(&flashed, &setup.elf));
    let again = session(&setup, flashed.clone(), &Faults::default());
    assert_eq!(again.result.expect("no fault, no error"), wanted);

    let runs = number("FAULT_RUNS", RUNS as u64) as usize;
    let seed = number("FAULT_SEED", SEED);
    let table = Mutex::new(BTreeMap::<(usize, usize, &'static str), usize>::new());
    let counter = AtomicUsize::new(0);
    let bad = Mutex::new(Vec::new());
    let hook = std::panic::take_hook();
    if std::env::var_os("FAULT_SHOW").is_none() {
        std::panic::set_hook(Box::new(|_| {}));
    }
    let work = || {
        loop {
            let run = counter.fetch_add(1, Ordering::Relaxed);
            if run >= runs {
                break;
            }
            let (stage, kind) = (run % STAGES.len(), run / STAGES.len() % KINDS.len());
            let mut random = seed ^ (run as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            next(&mut random, 2);
            // To program and erase a chip it has to be empty; later stages begin with a chip that is flashed.
            let (chip, marks) = if (1..4).contains(&stage) {
                (&fresh, whole.marks.0)
            } else {
                (&flashed, again.marks.0)
            };
            let after_flash = marks[3];
            let end = marks[5];
            let (from, to) = match stage {
                0 => (0, marks[0]),
                1..4 => (marks[stage - 1], marks[stage]),
                // The report is read in the last transfers.
                4 => (after_flash, after_flash + (end - after_flash) * 3 / 4),
                _ => (after_flash + (end - after_flash) * 3 / 4, end),
            };
            let mut faults = random_faults(&mut random, kind, from, to);
            let limit = TRANSFERS * whole.marks.0[5];
            faults.limit = Some(limit);
            let started = Instant::now();
            let outcome = catch_unwind(AssertUnwindSafe(|| session(&setup, chip.clone(), &faults)));
            let (told, is_bad) = match outcome {
                Err(_) => ("PANIC", true),
                Ok(outcome) if outcome.transfers >= limit || started.elapsed() > SESSION => {
                    ("HANG", true)
                }
                Ok(outcome) => match outcome.result {
                    Ok(report) => {
                        let flash = outcome
                            .machine
                            .is_some_and(|machine| flash_is_right(&machine, &setup.elf));
                        if report == wanted && flash {
                            ("as without", false)
                        } else {
                            ("WRONG", true)
                        }
                    }
                    Err(error) if error.stage().is_some() => (variant(&error), false),
                    Err(_) => ("UNNAMED", true),
                },
            };
            if is_bad {
                let text = format!(
                    "run {run}, {} {}: {told} {faults:?}",
                    STAGES[stage], KINDS[kind]
                );
                bad.lock().expect("no panic").push(text);
            }
            let mut table = table.lock().expect("no panic");
            *table.entry((stage, kind, told)).or_default() += 1;
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    std::panic::set_hook(hook);
    println!("{runs} sessions, seed {seed:#x}");
    print_table(&table.into_inner().expect("no panic"));
    let bad = bad.into_inner().expect("no panic");
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

fn print_table(table: &BTreeMap<(usize, usize, &'static str), usize>) {
    for (stage, name) in STAGES.iter().enumerate() {
        for (kind, fault) in KINDS.iter().enumerate() {
            let outcomes: Vec<String> = table
                .iter()
                .filter(|(key, _)| (key.0, key.1) == (stage, kind))
                .map(|(key, count)| format!("{} {count}", key.2))
                .collect();
            println!("{name:8} {fault:10} {}", outcomes.join(", "));
        }
    }
}
