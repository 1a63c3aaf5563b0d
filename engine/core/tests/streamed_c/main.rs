//! Generated C of random networks under random schedules: on the host under sanitisers and on emulated cores, every step's
//! bytes are those of the schedule interpreter and of the layer-by-layer run, in an arena of exactly the plan's size.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "tests"
)]

mod batch;
#[path = "../schedule/build/mod.rs"]
#[allow(
    dead_code,
    reason = "other tests build networks one operator at a time"
)]
mod build;
#[path = "../streams/cases.rs"]
#[allow(dead_code, reason = "other tests shrink what fails")]
mod cases;
#[path = "../support/emulated.rs"]
mod emulated;
mod pairs;

use batch::{Batch, Build};
use emulated::{ARM, EMULATED, RISCV, has_arm, has_risc_v, on_arm, on_risc_v};
use pairs::{Pair, assert_every_method, count, pairs};
use std::process::Command;
use tinyscope_core::plan::{Core, Target};

/// Pairs of a network and a schedule; more by `TINYSCOPE_PAIRS`.
const PAIRS: usize = 500;
/// Of these, one of so many is compiled by the second compiler too.
const SECOND: usize = 5;
/// Pairs on each emulated core; more by `TINYSCOPE_BOARD_PAIRS`.
const EMULATED_PAIRS: usize = 12;
/// Programs that are linked to one on the host.
const TOGETHER: usize = 500;
/// Of so many pairs each way to run a segment has its part.
const ENOUGH: usize = 100;
/// Programs that are linked to one for an emulated core, whose memory is small.
const IN_FLASH: usize = 32;

fn emulated_pairs() -> usize {
    count("TINYSCOPE_BOARD_PAIRS", EMULATED_PAIRS)
}

/// The pairs' programs on the host under sanitisers.
fn host<'a>(compiler: &str, pairs: impl IntoIterator<Item = &'a Pair>) {
    let flags = vec![
        "-O1",
        "-fsanitize=address,undefined",
        "-fno-sanitize-recover=all",
    ];
    let build = Build {
        compiler,
        flags,
        platform: "host.c",
        link: Vec::new(),
    };
    let batch = Batch::new(compiler, pairs);
    let program = batch.build(&build);
    batch.compare(&batch.run(Command::new(program)));
}

fn starts(compiler: &str) -> bool {
    let found = Command::new(compiler).arg("--version").output().is_ok();
    if !found {
        println!("skipped: no {compiler}");
    }
    found
}

#[test]
fn random_networks_under_random_schedules() {
    if !starts("cc") {
        return;
    }
    let all = count("TINYSCOPE_PAIRS", PAIRS);
    let mut first = 0;
    while first < all {
        let last = (first + TOGETHER).min(all);
        let pairs = pairs(first..last, &Target::stm32f746());
        if pairs.len() >= ENOUGH {
            assert_every_method(&pairs);
        }
        host("cc", &pairs);
        if starts("clang") {
            host("clang", pairs.iter().step_by(SECOND));
        }
        first = last;
    }
}

/// Kernels with DSP instructions on three cores, portable ones on two.
#[test]
fn random_networks_under_random_schedules_on_qemu() {
    if !has_arm() {
        return;
    }
    for (index, board) in EMULATED.iter().enumerate() {
        let target = Target {
            core: board.core,
            ..Target::stm32f746()
        };
        // Each core has pairs of its own.
        let first = PAIRS + index * emulated_pairs();
        let pairs = pairs(first..first + emulated_pairs(), &target);
        let cpu = format!("-mcpu={}", board.cpu);
        let build = Build {
            compiler: "arm-none-eabi-gcc",
            flags: [&ARM[..], &[&cpu]].concat(),
            platform: "qemu.c",
            link: [&["-T", "mps2.ld", "-lgcc"], board.memory].concat(),
        };
        for (part, some) in pairs.chunks(IN_FLASH).enumerate() {
            let batch = Batch::new(&format!("{}-{part}", board.cpu), some);
            let program = batch.build(&build);
            batch.compare(&batch.run(on_arm(board, &program)));
        }
    }
}

#[test]
fn random_networks_under_random_schedules_on_a_risc_v() {
    if !has_risc_v() {
        return;
    }
    let target = Target {
        core: Core::RiscV32Imc,
        ..Target::stm32f746()
    };
    let first = PAIRS + EMULATED.len() * emulated_pairs();
    let pairs = pairs(first..first + emulated_pairs(), &target);
    let build = Build {
        compiler: "riscv64-unknown-elf-gcc",
        flags: RISCV.to_vec(),
        platform: "riscv.c",
        link: vec!["-T", "virt.ld"],
    };
    for (part, some) in pairs.chunks(IN_FLASH).enumerate() {
        let batch = Batch::new(&format!("risc-v-{part}"), some);
        let program = batch.build(&build);
        batch.compare(&batch.run(on_risc_v(&program)));
    }
}
