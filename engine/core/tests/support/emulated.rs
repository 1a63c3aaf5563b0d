//! The boards that QEMU has: what a program is compiled with for them, and how it is started.

use std::path::Path;
use std::process::{Command, Stdio};
use tinyscope_core::plan::Core;

/// An emulated board and the core that its program is made for.
pub struct Emulated {
    pub core: Core,
    /// As the compiler calls it.
    pub cpu: &'static str,
    /// As QEMU calls its board.
    pub machine: &'static str,
    /// What differs from the linker script's memory.
    pub memory: &'static [&'static str],
}

/// The M0+ has no board of its own there: its instructions are a subset of the M3's.
pub const EMULATED: [Emulated; 5] = [
    Emulated {
        core: Core::CortexM7,
        cpu: "cortex-m7",
        machine: "mps2-an500",
        memory: &[],
    },
    Emulated {
        core: Core::CortexM4,
        cpu: "cortex-m4",
        machine: "mps2-an386",
        memory: &[],
    },
    Emulated {
        core: Core::CortexM33,
        cpu: "cortex-m33",
        machine: "mps2-an505",
        memory: &[
            "-Wl,--defsym=code=0x10000000",
            "-Wl,--defsym=data=0x38000000",
            "-Wl,--defsym=data_size=0x200000",
        ],
    },
    Emulated {
        core: Core::CortexM3,
        cpu: "cortex-m3",
        machine: "mps2-an385",
        memory: &[],
    },
    Emulated {
        core: Core::CortexM0Plus,
        cpu: "cortex-m0plus",
        machine: "mps2-an385",
        memory: &[],
    },
];

/// Flags for these cores, beside the core's name.
pub const ARM: [&str; 4] = ["-O2", "-mthumb", "-ffreestanding", "-nostdlib"];

/// Flags for the emulated RISC-V core: what an ESP32-C3 has.
pub const RISCV: [&str; 6] = [
    "-O2",
    "-march=rv32imc_zicsr",
    "-mabi=ilp32",
    "-mcmodel=medany",
    "-ffreestanding",
    "-nostdlib",
];

const SEMIHOSTED: [&str; 9] = [
    "-nographic",
    "-monitor",
    "none",
    "-serial",
    "none",
    "-icount",
    "shift=0",
    "-semihosting-config",
    "enable=on,target=native",
];

/// The program on this board.
pub fn on_arm(board: &Emulated, program: &Path) -> Command {
    let mut command = Command::new("qemu-system-arm");
    command
        .args(["-M", board.machine])
        .args(SEMIHOSTED)
        .arg("-kernel")
        .arg(program)
        .stdin(Stdio::null());
    command
}

/// The program on the board "virt" with the instructions of [`RISCV`].
pub fn on_risc_v(program: &Path) -> Command {
    let mut command = Command::new("qemu-system-riscv32");
    command
        .args(["-M", "virt", "-cpu", "rv32,f=false,d=false,a=false"])
        .args(["-bios", "none"])
        .args(SEMIHOSTED)
        .arg("-kernel")
        .arg(program)
        .stdin(Stdio::null());
    command
}

/// Whether there are a compiler and an emulator for the Cortex-M boards; says what is missing.
pub fn has_arm() -> bool {
    has(["arm-none-eabi-gcc", "qemu-system-arm"])
}

/// The same for RISC-V.
pub fn has_risc_v() -> bool {
    has(["riscv64-unknown-elf-gcc", "qemu-system-riscv32"])
}

fn has(programs: [&str; 2]) -> bool {
    let starts = |name: &&str| Command::new(name).arg("--version").output().is_ok();
    let found = programs.iter().all(starts);
    if !found {
        println!("skipped: no {} or no {}", programs[0], programs[1]);
    }
    found
}
