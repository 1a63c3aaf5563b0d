//! Every compiler for every processor: the digits network, built, run and compared byte for byte.

mod common;
#[path = "../../core/tests/codegen/project.rs"]
#[allow(dead_code, clippy::expect_used, missing_docs, reason = "tests")]
mod project;
#[path = "../../core/tests/support/mod.rs"]
mod support;

use common::input;
use project::{Project, compare, exists, records};
use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tinyscope_board::build::build_with;
use tinyscope_board::probe::virtual_chips;
use tinyscope_board::session::start;
use tinyscope_board::toolchain::{
    Architecture, Kind, Toolchain, compile_project, find_toolchain, search_path, target_flags,
};
use tinyscope_board::{BoardError, Cancel, MeasureRequest, firmware, measure, target_for_chip};
use tinyscope_core::graph::Graph;
use tinyscope_core::import::load;
use tinyscope_core::plan::{Choices, Core, Target, plan};

const LIMIT: Duration = Duration::from_secs(20);

fn digits() -> Result<Graph, Box<dyn Error>> {
    let path = support::workspace().join("models/digits.tflite");
    Ok(load("digits", &std::fs::read(path)?).map_err(|d| format!("{d:?}"))?)
}

/// The search path, with the programs of the tests' own Python environment (zig) behind it.
fn path() -> OsString {
    let oracle = std::env::var_os("TINYSCOPE_ORACLE")
        .map_or_else(|| support::workspace().join("target/oracle"), Into::into);
    let (path, _) = search_path();
    let folders = std::env::split_paths(&path).chain([oracle.join("bin")]);
    std::env::join_paths(folders).unwrap_or(path)
}

/// The compiler of a family; `None`, with a message, where it is not installed.
fn compiler(kind: Kind, core: Core) -> Option<Toolchain> {
    match find_toolchain(core, &path(), Some(OsStr::new(kind.name()))) {
        Ok(toolchain) => {
            assert_eq!(toolchain.kind, kind);
            Some(toolchain)
        }
        Err(error) => {
            println!("skipped: {error}");
            None
        }
    }
}

#[test]
fn every_compiler_is_exact_on_every_virtual_processor() -> Result<(), Box<dyn Error>> {
    let graph = digits()?;
    let mut cores = Vec::new();
    for chip in virtual_chips() {
        let target = target_for_chip(chip)?;
        if cores.contains(&target.core) {
            continue;
        }
        cores.push(target.core);
        let plan = Arc::new(plan(&graph, &target, &Choices::default())?);
        for kind in Kind::ALL {
            let Some(toolchain) = compiler(kind, target.core) else {
                continue;
            };
            let program = toolchain.program.to_string_lossy().into_owned();
            let request = MeasureRequest {
                compiler: Some(program),
                ..MeasureRequest::new(Arc::clone(&plan), "virtual")
            };
            let measured = measure(&request, &mut |_| {}, &Cancel::default())
                .map_err(|error| format!("{} on {chip}: {error}", kind.name()))?;
            println!(
                "{} on {} ({chip}): {} cycles (simulated), {}",
                measured.toolchain,
                target.core.name(),
                measured.total_cycles,
                if measured.bit_exact {
                    "bit-exact"
                } else {
                    "DIFFERS"
                },
            );
            assert!(measured.bit_exact, "{} on {chip}", kind.name());
            assert!(measured.guards_intact);
        }
    }
    assert!(cores.contains(&Core::CortexM7));
    Ok(())
}

/// Dividends and divisors of 64 bits, by their high words: small, large, negative.
const OPERANDS: [(i64, i64); 4] = [
    (0x0123_4567_89AB_CDEF, 77),
    (-0x0123_4567_89AB_CDEF, 0x1_2345_6789),
    (i64::MIN, -3),
    (41, -1_000_000_000_000),
];

#[test]
fn long_division_is_there_whichever_the_compiler() -> Result<(), Box<dyn Error>> {
    // The sums of all quotients and rests, signed and unsigned, byte by byte.
    let mut sum = 0u64;
    let mut lines = Vec::new();
    for (n, d) in OPERANDS {
        sum = sum
            .wrapping_add((n / d) as u64)
            .wrapping_add(3u64.wrapping_mul((n % d) as u64))
            .wrapping_add(5u64.wrapping_mul(n as u64 / d as u64))
            .wrapping_add(7u64.wrapping_mul(n as u64 % d as u64));
        lines.push(format!(
            "{{ volatile uint64_t n = {:#x}ull, d = {:#x}ull; uint64_t un = n, ud = d; int64_t sn = (int64_t)n, \
             sd = (int64_t)d; sum += (uint64_t)(sn / sd) + 3u * (uint64_t)(sn % sd) + 5u * (un / ud) + 7u * (un % ud); }}",
            n as u64, d as u64
        ));
    }
    let lines = lines.join("\n");
    let extra = format!(
        "uint64_t sum = 0;\n{lines}\nfor (int i = 0; i < 8; i++) out[i] = (int8_t)(sum >> (8 * i));"
    );
    let target = Target::stm32f746();
    let layout = common::layout();
    let cancel = Cancel::default();
    for kind in Kind::ALL {
        let Some(toolchain) = compiler(kind, target.core) else {
            continue;
        };
        let folder = tempfile::tempdir()?;
        let build = build_with(
            &common::project(&extra),
            &target,
            folder.path(),
            (&path(), Some(toolchain.program.as_os_str())),
            &mut |_| {},
            &cancel,
        )?;
        assert_eq!(build.log, "", "{}: warnings", kind.name());
        let mut board = common::flashed(&target, &build.bytes)?;
        let report =
            start(&mut board, &build.image, &layout, &cancel)?.run(&input(), 0, LIMIT, &cancel)?;
        assert_eq!(report.output, sum.to_le_bytes(), "{}", kind.name());
    }
    Ok(())
}

/// The same network on the second architecture, for which there is no virtual board: QEMU's.
#[test]
fn every_compiler_is_exact_on_a_risc_v() -> Result<(), Box<dyn Error>> {
    if !exists("qemu-system-riscv32") {
        println!("skipped: no qemu-system-riscv32");
        return Ok(());
    }
    let target = Target {
        core: Core::RiscV32Imc,
        ..Target::stm32f746()
    };
    let plan = plan(&digits()?, &target, &Choices::default())?;
    for kind in Kind::ALL {
        let Some(toolchain) = compiler(kind, target.core) else {
            continue;
        };
        let project = Project::new(&format!("riscv-{}", kind.name()), &plan, 1);
        let folder = &project.folder;
        std::fs::copy(folder.join("virt.ld"), folder.join("link.ld"))?;
        let mut sources = project.sources.clone();
        sources.extend(["harness.c".to_owned(), "riscv.c".to_owned()]);
        for (name, text) in firmware::sources(Architecture::RiscV) {
            if name == "runtime.c" {
                std::fs::write(folder.join(name), text)?;
                sources.push(name.to_owned());
            }
        }
        compile_project(
            &toolchain,
            target.core,
            &sources,
            &["-DTINYSCOPE_HOOKS=1"],
            folder,
            &mut |_, _| {},
            &Cancel::default(),
        )
        .map_err(|error| format!("{}: {error}", kind.name()))?;
        let mut command = Command::new("qemu-system-riscv32");
        command
            .args(["-M", "virt", "-cpu", "rv32,f=false,d=false,a=false"])
            .args(["-bios", "none", "-nographic", "-monitor", "none"])
            .args(["-serial", "none", "-icount", "shift=0"])
            .args(["-semihosting-config", "enable=on,target=native", "-kernel"])
            .arg(folder.join("firmware.elf"))
            .stdin(Stdio::null());
        compare(&plan, 1, &records(command));
        println!("{} on {}: bit-exact", toolchain.version, target.core.name());
    }
    Ok(())
}

#[test]
fn a_family_that_is_not_installed_is_named_with_what_installs_it() {
    for (core, name, searched, installs) in [
        (
            Core::CortexM4,
            "gcc",
            "arm-none-eabi-gcc",
            "gcc-arm-none-eabi",
        ),
        (Core::CortexM33, "clang", "clang", "lld"),
        (Core::CortexM7, "zig", "zig", "ziglang"),
        (
            Core::RiscV32Imc,
            "gcc",
            "riscv64-unknown-elf-gcc",
            "gcc-riscv64-unknown-elf",
        ),
    ] {
        match find_toolchain(core, OsStr::new(""), Some(OsStr::new(name))) {
            Err(error @ BoardError::CompilerMissing { .. }) => {
                let text = error.to_string();
                assert!(text.contains(searched) && text.contains(installs), "{text}");
                assert!(text.contains(core.name()), "{text}");
            }
            other => panic!("{other:?}"),
        }
    }
    for kind in Kind::ALL {
        assert_eq!(Kind::named(OsStr::new(kind.name())), Some(kind));
        assert!(target_flags(kind, Core::CortexM33).is_some());
        assert!(target_flags(kind, Core::RiscV32Imc).is_some());
        let small = target_flags(kind, Core::CortexM0Plus);
        assert_eq!(small.is_some(), kind == Kind::Gcc);
    }
    assert_eq!(Kind::named(OsStr::new("/usr/bin/gcc")), None);
}

#[test]
fn a_processor_that_the_firmware_is_not_for_is_refused_by_name() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let target = Target {
        core: Core::Other,
        ..Target::stm32f746()
    };
    match build_with(
        &common::project(""),
        &target,
        folder.path(),
        (&path(), None),
        &mut |_| {},
        &Cancel::default(),
    ) {
        Err(error @ BoardError::Model { .. }) => {
            assert!(error.to_string().contains(target.core.name()), "{error}");
        }
        other => panic!("{:?}", other.map(|build| build.flags)),
    }
    Ok(())
}
