//! Compiler flags. One place, so that the report can name exactly what was used.

use super::Kind;
use tinyscope_core::plan::Core;

/// Flags that choose the processor. `None` for processors that the firmware does not support.
pub fn target_flags(kind: Kind, core: Core) -> Option<Vec<&'static str>> {
    let (cpu, fpu, triple, zig_cpu) = match core {
        Core::CortexM3 => ("-mcpu=cortex-m3", None, "thumbv7m-none-eabi", "cortex_m3"),
        Core::CortexM4 => (
            "-mcpu=cortex-m4",
            Some("-mfpu=fpv4-sp-d16"),
            "thumbv7em-none-eabihf",
            "cortex_m4+vfp4d16sp",
        ),
        Core::CortexM7 => (
            "-mcpu=cortex-m7",
            Some("-mfpu=fpv5-sp-d16"),
            "thumbv7em-none-eabihf",
            "cortex_m7+fp_armv8d16sp",
        ),
        Core::CortexM33 => (
            "-mcpu=cortex-m33",
            Some("-mfpu=fpv5-sp-d16"),
            "thumbv8m.main-none-eabihf",
            "cortex_m33+fp_armv8d16sp",
        ),
        // No cycle counter (Armv6-M), or a processor that we do not know.
        Core::CortexM0Plus | Core::RiscV32Imc | Core::Other => return None,
    };
    let mut flags = Vec::new();
    match kind {
        Kind::Gcc => flags.push("-mthumb"),
        Kind::Clang => flags.extend(["-target", triple]),
        Kind::Zig => {
            let triple = if fpu.is_some() {
                "thumb-freestanding-eabihf"
            } else {
                "thumb-freestanding-eabi"
            };
            return Some(vec!["-target", triple, "-mcpu", zig_cpu]);
        }
    }
    flags.push(cpu);
    match fpu {
        Some(fpu) => flags.extend([fpu, "-mfloat-abi=hard"]),
        None => flags.push("-mfloat-abi=soft"),
    }
    Some(flags)
}

/// Flags of every C file, after the processor's.
pub const fn compile_flags() -> &'static [&'static str] {
    &[
        "-std=c99",
        "-O2",
        "-ffreestanding",
        "-ffunction-sections",
        "-fdata-sections",
        "-fno-common",
        "-Wall",
        "-Wextra",
    ]
}

/// Flags of the link, after the processor's; `link.ld` is the script.
pub const fn link_flags(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Gcc => &[
            "-nostdlib",
            "-nostartfiles",
            "-Wl,--gc-sections",
            "-Wl,--build-id=none",
            "-T",
            "link.ld",
        ],
        Kind::Clang => &[
            "-nostdlib",
            "-fuse-ld=lld",
            "-Wl,--gc-sections",
            "-Wl,--build-id=none",
            "-T",
            "link.ld",
        ],
        Kind::Zig => &["-nostdlib", "-Wl,--gc-sections", "-T", "link.ld"],
    }
}
