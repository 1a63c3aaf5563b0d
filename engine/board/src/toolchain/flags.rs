//! Compiler flags. One place, so that the report can name exactly what was used.

use super::Kind;
use tinyscope_core::plan::Core;

/// Instruction sets; each has compilers of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// Armv7-M, Armv7E-M, Armv8-M Mainline.
    Arm,
    /// RV32IMC.
    RiscV,
}

impl Architecture {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Arm, Self::RiscV];

    /// The processors that it stands for, in words.
    pub const fn cores(self) -> &'static str {
        match self {
            Self::Arm => "Cortex-M3, M4, M7, M33",
            Self::RiscV => "RISC-V RV32IMC",
        }
    }
}

/// The architecture of a processor that programs can be compiled for. `None` for those that we do not know.
pub const fn architecture(core: Core) -> Option<Architecture> {
    match core {
        Core::CortexM0Plus | Core::CortexM3 | Core::CortexM4 | Core::CortexM7 | Core::CortexM33 => {
            Some(Architecture::Arm)
        }
        Core::RiscV32Imc => Some(Architecture::RiscV),
        Core::Other => None,
    }
}

/// Flags that choose the processor. Its floating point is taken as single precision, which every chip of these
/// processors that has any can do. `None` for processors that nothing is compiled for.
pub fn target_flags(kind: Kind, core: Core) -> Option<Vec<&'static str>> {
    let (cpu, fpu, triple, zig_cpu) = match core {
        // Without multiplication to 64 bits and division; only gcc brings the library that has them.
        Core::CortexM0Plus if kind != Kind::Gcc => return None,
        Core::CortexM0Plus => ("-mcpu=cortex-m0plus", None, "thumbv6m-none-eabi", ""),
        Core::CortexM3 => (
            "-mcpu=cortex-m3",
            None,
            "thumbv7m-none-eabi",
            "-mcpu=cortex_m3",
        ),
        Core::CortexM4 => (
            "-mcpu=cortex-m4",
            Some("-mfpu=fpv4-sp-d16"),
            "thumbv7em-none-eabihf",
            "-mcpu=cortex_m4+vfp4d16sp",
        ),
        Core::CortexM7 => (
            "-mcpu=cortex-m7",
            Some("-mfpu=fpv5-sp-d16"),
            "thumbv7em-none-eabihf",
            "-mcpu=cortex_m7+fp_armv8d16sp",
        ),
        Core::CortexM33 => (
            "-mcpu=cortex-m33",
            Some("-mfpu=fpv5-sp-d16"),
            "thumbv8m.main-none-eabihf",
            "-mcpu=cortex_m33+dsp+fp_armv8d16sp",
        ),
        Core::RiscV32Imc => return Some(risc_v_flags(kind)),
        Core::Other => return None,
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
            return Some(vec!["-target", triple, zig_cpu]);
        }
    }
    flags.push(cpu);
    match fpu {
        Some(fpu) => flags.extend([fpu, "-mfloat-abi=hard"]),
        None => flags.push("-mfloat-abi=soft"),
    }
    Some(flags)
}

/// RV32IMC with its control registers, soft floating point, code and data anywhere.
fn risc_v_flags(kind: Kind) -> Vec<&'static str> {
    match kind {
        // With version 2.2 of the specification the control registers belong to the base, so that the name of the
        // architecture is one that a libgcc was built for.
        Kind::Gcc => vec![
            "-march=rv32imc",
            "-mabi=ilp32",
            "-misa-spec=2.2",
            "-mcmodel=medany",
        ],
        // clang before 15 has the control registers in the base and does not know their name.
        Kind::Clang => vec![
            "-target",
            "riscv32-unknown-elf",
            "-march=rv32imc",
            "-mabi=ilp32",
            "-mcmodel=medany",
        ],
        Kind::Zig => vec![
            "-target",
            "riscv32-freestanding-none",
            "-mcpu=generic_rv32+m+c+zicsr",
            "-mcmodel=medany",
        ],
    }
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
        // zig names an entry of its own, which would win over the script's.
        Kind::Zig => &[
            "-nostdlib",
            "-Wl,--gc-sections",
            "-Wl,--entry=tinyscope_reset",
            "-T",
            "link.ld",
        ],
    }
}
