//! Generated C against the host's run: every step, every schedule, host compiler and QEMU.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "tests"
)]

mod companions;
#[path = "../support/emulated.rs"]
mod emulated;
mod graphs;
mod kinds;
mod models;
mod project;
#[path = "../support/mod.rs"]
mod support;

use emulated::{ARM, EMULATED, Emulated, RISCV, has_arm, has_risc_v, on_arm, on_risc_v};
use project::{Project, compare, exists, records};
use std::process::Command;
use tinyscope_core::codegen::{EmitOptions, emit};
use tinyscope_core::plan::{Choices, Core, Plan, Schedule, Target, plan};
use tinyscope_core::schedule::{Flow, legal_splits};

const SANITISE: [&str; 3] = [
    "-O1",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
];

/// Every schedule that the random tests try for a network.
fn choices() -> Vec<Choices> {
    let mut all = Vec::new();
    for (fast_kernels, in_place) in [(true, true), (true, false), (false, true)] {
        let schedules = [
            Schedule::Layer,
            Schedule::Patch {
                split: 2,
                grid: [2, 2],
            },
            Schedule::Patch {
                split: 3,
                grid: [3, 1],
            },
            Schedule::Patch {
                split: 4,
                grid: [2, 3],
            },
        ];
        for schedule in schedules {
            all.push(Choices {
                schedule,
                in_place,
                fast_kernels,
                ..Choices::default()
            });
        }
    }
    all
}

fn host(name: &str, plan: &Plan, seed: u64) {
    let project = Project::new(name, plan, seed);
    let program = project.build("cc", &SANITISE, "host.c");
    compare(plan, seed, &records(Command::new(program)));
}

#[test]
fn random_networks_on_the_host() {
    if !exists("cc") {
        println!("skipped: no cc");
        return;
    }
    let mut patched = 0;
    for seed in 0..20 {
        let graph = graphs::network(seed, seed % 3 == 0);
        let all = choices();
        // Each network takes one schedule that is legal for it; together they take all.
        let planned = (0..all.len()).find_map(|i| {
            let choices = &all[(seed as usize * 5 + i) % all.len()];
            plan(&graph, &Target::stm32f746(), choices).ok()
        });
        let planned = planned.expect("a plan by layer is always legal");
        patched += usize::from(planned.patch_stage().is_some());
        host(&format!("host-{seed}"), &planned, seed);
    }
    assert!(patched > 5, "only {patched} patched plans were legal");
}

/// Every kind of operator, layer by layer: several inputs, several outputs, outputs that are also read.
#[test]
fn every_kind_of_operator_on_the_host() {
    if !exists("cc") {
        println!("skipped: no cc");
        return;
    }
    for seed in 0..6 {
        let graph = kinds::garden(seed);
        let choices = Choices {
            fast_kernels: seed % 2 == 0,
            in_place: seed % 3 != 0,
            ..Choices::default()
        };
        let plan = plan(&graph, &Target::stm32f746(), &choices).expect("a plan by layer");
        host(&format!("kinds-{seed}"), &plan, seed);
    }
}

/// The plan's program on an emulated core: the records of its steps.
fn qemu(name: &str, plan: &Plan, seed: u64, board: &Emulated) -> project::Records {
    let project = Project::new(name, plan, seed);
    let cpu_flag = format!("-mcpu={}", board.cpu);
    let mut flags = [&ARM[..], &["-T", "mps2.ld", &cpu_flag]].concat();
    flags.extend(board.memory);
    let program = project.build("arm-none-eabi-gcc", &flags, "qemu.c");
    records(on_arm(board, &program))
}

#[test]
fn random_networks_on_qemu() {
    if !has_arm() {
        return;
    }
    for seed in 100..120 {
        let board = &EMULATED[seed as usize % EMULATED.len()];
        let target = Target {
            core: board.core,
            ..Target::stm32f746()
        };
        // Every core has each kind of operator once; the rest are networks.
        let (graph, all) = if seed < 105 {
            (kinds::garden(seed), vec![Choices::default()])
        } else {
            (graphs::network(seed, false), choices())
        };
        let planned = plan(&graph, &target, &all[seed as usize % all.len()])
            .or_else(|_| plan(&graph, &target, &Choices::default()))
            .expect("a plan by layer");
        let name = format!("qemu-{}-{seed}", board.cpu);
        compare(&planned, seed, &qemu(&name, &planned, seed, board));
    }
}

/// The same programs on another architecture, whose kernels are the portable ones.
#[test]
fn random_networks_on_a_risc_v() {
    if !has_risc_v() {
        return;
    }
    let target = Target {
        core: Core::RiscV32Imc,
        ..Target::stm32f746()
    };
    let mut patched = 0;
    let networks = (0..12).map(|seed| (seed, graphs::network(seed, seed % 3 == 0)));
    let gardens = (0..4).map(|seed| (100 + seed, kinds::garden(seed)));
    for (seed, graph) in networks.chain(gardens) {
        let all = choices();
        let legal = (0..all.len())
            .find_map(|i| plan(&graph, &target, &all[(seed as usize * 5 + i) % all.len()]).ok());
        let plan = legal.expect("a plan by layer is always legal");
        patched += usize::from(plan.patch_stage().is_some());
        let project = Project::new(&format!("riscv-{seed}"), &plan, seed);
        let flags = [&RISCV[..], &["-T", "virt.ld"]].concat();
        let program = project.build("riscv64-unknown-elf-gcc", &flags, "riscv.c");
        compare(&plan, seed, &records(on_risc_v(&program)));
    }
    assert!(patched > 3, "only {patched} patched plans were legal");
}

/// A shared model under a schedule, or nothing where it is absent.
fn planned(name: &str, schedule: Schedule) -> Option<Plan> {
    let graph = models::shared(name)?;
    let choices = Choices {
        schedule,
        ..Choices::default()
    };
    Some(plan(&graph, &Target::stm32f746(), &choices).expect("a legal schedule"))
}

#[test]
fn shared_models_on_the_host() {
    if !exists("cc") {
        println!("skipped: no cc");
        return;
    }
    for name in support::MODELS {
        let Some(plan) = planned(name, Schedule::Layer) else {
            continue;
        };
        let project = Project::new(name, &plan, 1);
        let program = project.build("cc", &["-O2"], "host.c");
        compare(&plan, 1, &records(Command::new(program)));
    }
}

#[test]
fn patched_models_on_the_host() {
    if !exists("cc") {
        println!("skipped: no cc");
        return;
    }
    for (name, at_most, grid) in [
        ("mcunet_vww", 5, [2, 2]),
        ("mbv2-w0.35_imagenet", 8, [3, 2]),
    ] {
        let Some(graph) = models::shared(name) else {
            continue;
        };
        let splits = legal_splits(&Flow::new(&graph));
        let split = splits
            .into_iter()
            .filter(|&n| n <= at_most)
            .max()
            .expect("a legal split");
        let plan = planned(name, Schedule::Patch { split, grid }).expect("the model was there");
        assert!(plan.patch_stage().is_some());
        let project = Project::new(&format!("patched-{name}"), &plan, 2);
        let program = project.build("cc", &["-O2"], "host.c");
        compare(&plan, 2, &records(Command::new(program)));
    }
}

/// The DSP path against the host. Prints instructions per step: `cargo test --test codegen models_on_qemu -- --nocapture`.
#[test]
fn shared_models_on_qemu() {
    if !has_arm() {
        return;
    }
    for (name, board) in [
        ("mcunet_vww", &EMULATED[0]),
        ("person_detect", &EMULATED[1]),
    ] {
        let Some(plan) = planned(name, Schedule::Layer) else {
            continue;
        };
        let records = qemu(&format!("qemu-{name}"), &plan, 3, board);
        compare(&plan, 3, &records);
        let spent = project::instructions(&records);
        for (step, &n) in plan.steps.iter().zip(&spent) {
            println!(
                "{:>3} {:<20} {:>9} MACs {n:>9} instructions  {:.3}",
                step.id.0,
                step.name,
                step.macs,
                f64::from(n) / step.macs.max(1) as f64
            );
        }
        let total: u64 = spent.iter().map(|&n| u64::from(n)).sum();
        println!(
            "{name} on {}: {:.2} M instructions, {:.2} M MACs",
            board.cpu,
            total as f64 / 1e6,
            plan.totals.macs as f64 / 1e6
        );
        if name == "mcunet_vww" {
            assert!(total < 42_700_000, "{total} instructions");
        }
    }
}

#[test]
fn printing_is_deterministic_and_places_every_step() {
    for seed in 0..8 {
        let graph = graphs::network(seed, seed % 2 == 0);
        let plan =
            plan(&graph, &Target::stm32f746(), &Choices::default()).expect("a plan by layer");
        let options = EmitOptions::default();
        let first = emit(&plan, &options).expect("printable");
        assert_eq!(first, emit(&plan, &options).expect("printable"));
        assert_eq!(first.steps.len(), plan.steps.len());
        for step in &plan.steps {
            let place = &first.steps[&step.id];
            let lines: Vec<&str> = first.files[place.file].text.lines().collect();
            let function = &lines[place.lines.clone()];
            assert!(function[0].starts_with("/* Step "), "{function:?}");
            assert!(
                function
                    .iter()
                    .any(|line| line.contains(&format!("static void {}(", step.symbol)))
            );
            assert_eq!(function.last(), Some(&"}"));
        }
    }
}

#[test]
fn hostile_names_stay_out_of_the_program() {
    let mut graph = graphs::network(5, false);
    graph.name = "*/ int evil; /* \\\n#include \"evil.h\" ??/".into();
    let mut plan =
        plan(&graph, &Target::stm32f746(), &Choices::default()).expect("a plan by layer");
    plan.steps[0].name = "*/ evil".into();
    plan.steps[0].symbol = "x; int evil".into();
    let options = EmitOptions {
        prefix: "../evil\"; while".into(),
    };
    for file in emit(&plan, &options).expect("printable").files {
        assert!(
            file.path
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "._".contains(c)),
            "{}",
            file.path
        );
        assert!(file.text.is_ascii(), "{}", file.path);
        assert!(!file.text.contains("#include \"evil"), "{}", file.path);
        assert!(!file.text.contains("evil;"), "{}", file.path);
        let [opened, closed] = ["/*", "*/"].map(|mark| file.text.matches(mark).count());
        assert_eq!(opened, closed, "{}", file.path);
    }
}

/// The whole text for one tiny network, so that a change of the generated C is seen and meant.
#[test]
fn a_tiny_network_in_c() {
    let mut b = graphs::Builder::new(7);
    let input = b.activation(&[1, 4, 4, 2]);
    b.graph.inputs.push(input);
    let output = b.conv(input, [1, 1], 3).expect("an operator");
    b.graph.outputs.push(output);
    b.graph.name = "tiny".into();
    let plan = plan(&b.graph, &Target::stm32f746(), &Choices::default()).expect("a plan by layer");
    let project = emit(&plan, &EmitOptions::default()).expect("printable");
    let text: Vec<String> = project
        .files
        .iter()
        .filter(|file| file.path != "kernels.h")
        .map(|file| format!("==> {} <==\n{}", file.path, file.text))
        .collect();
    insta::assert_snapshot!(text.join("\n"));
}

/// Every compiler and level that a user may have takes the files without a word.
#[test]
fn other_compilers_have_nothing_to_say() {
    let clang_arm = [
        "--target=arm-none-eabi",
        "-mcpu=cortex-m7",
        "-mthumb",
        "-ffreestanding",
    ];
    let gcc_arm = ["-mcpu=cortex-m4", "-mthumb", "-ffreestanding"];
    for seed in [1, 2, 3] {
        let graph = if seed == 3 {
            kinds::garden(seed)
        } else {
            graphs::network(seed, true)
        };
        let plan =
            plan(&graph, &Target::stm32f746(), &Choices::default()).expect("a plan by layer");
        let project = Project::new(&format!("compilers-{seed}"), &plan, seed);
        for (compiler, target) in [
            ("cc", &[][..]),
            ("clang", &[][..]),
            ("clang", &clang_arm[..]),
            ("arm-none-eabi-gcc", &gcc_arm[..]),
        ] {
            if !exists(compiler) {
                println!("skipped: no {compiler}");
                continue;
            }
            for level in ["-O0", "-Os", "-O3"] {
                project.check(compiler, &[target, &[level]].concat());
                project.check_as_cpp(compiler, &[target, &[level]].concat());
            }
        }
        assert!(!project.sources.is_empty());
    }
}

/// The flash that a plan states for its weights is what the arrays take.
#[test]
fn arrays_take_the_flash_that_the_plan_states() {
    let networks = (0..30).map(|seed| graphs::network(seed, false));
    let gardens = (0..4).map(kinds::garden);
    for (seed, graph) in networks.chain(gardens).enumerate() {
        for choices in choices()
            .into_iter()
            .filter(|c| c.schedule == Schedule::Layer)
        {
            let plan = plan(&graph, &Target::stm32f746(), &choices).expect("a plan by layer");
            let project = emit(&plan, &EmitOptions::default()).expect("printable");
            let header = project
                .files
                .iter()
                .find(|file| file.path == "weights.h")
                .expect("weights.h");
            let bytes: usize = header
                .text
                .lines()
                .filter_map(|line| line.strip_prefix("extern const ")?.strip_suffix("];"))
                .map(|array| {
                    let (name, count) = array.split_once('[').expect("an array");
                    let each = match name.split(' ').next() {
                        Some("ts_channel") => 12,
                        Some("uint32_t") => 4,
                        Some("int16_t") => 2,
                        _ => 1,
                    };
                    each * count.parse::<usize>().expect("a length")
                })
                .sum();
            assert_eq!(bytes, plan.totals.flash.weights, "seed {seed}");
        }
    }
}
