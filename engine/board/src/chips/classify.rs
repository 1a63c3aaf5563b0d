//! Which processor a registry entry has. The registry names the instruction set only; Cortex-M4 and M7 share one.

use probe_rs::CoreType;
use probe_rs::config::Core as RegistryCore;
use tinyscope_core::plan::Core;

/// Chips whose Armv7E-M core is a Cortex-M7, by the beginning of the name.
const M7_CHIPS: &[&str] = &[
    "ATSAME70",
    "ATSAMS70",
    "ATSAMV70",
    "ATSAMV71",
    "Cortex-M7",
    "GD32H7",
    "MIMXRT10",
    "MIMXRT11",
    "S32K31",
    "S32K32",
    "S32K34",
    "STM32F7",
    "STM32H7",
    "STM32H7R",
    "STM32H7S",
];

/// Chips whose Armv8-M core is a Cortex-M23: no DSP instructions, no cycle counter.
const M23_CHIPS: &[&str] = &[
    "ATSAML10",
    "ATSAML11",
    "Cortex-M23",
    "GD32E23",
    "M23",
    "M25",
    "R7FA0",
    "R7FA2",
];

/// Chips whose RISC-V core is an RV32IMC, by the beginning of the name.
const RV32IMC_CHIPS: &[&str] = &["ESP32C2", "ESP32C3"];

fn begins_with_any(name: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| {
        name.get(..prefix.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(prefix))
    })
}

/// The processor of `core` on the chip called `chip`.
pub fn core_of(core: &RegistryCore, chip: &str) -> Core {
    let core_name = core.name.to_ascii_lowercase();
    match core.core_type {
        CoreType::Armv6m => Core::CortexM0Plus,
        CoreType::Armv7m => Core::CortexM3,
        CoreType::Armv7em if core_name.contains("m4") => Core::CortexM4,
        CoreType::Armv7em if core_name.contains("m7") || begins_with_any(chip, M7_CHIPS) => {
            Core::CortexM7
        }
        CoreType::Armv7em => Core::CortexM4,
        CoreType::Armv8m if !begins_with_any(chip, M23_CHIPS) => Core::CortexM33,
        CoreType::Riscv if begins_with_any(chip, RV32IMC_CHIPS) => Core::RiscV32Imc,
        _ => Core::Other,
    }
}

/// The processor in words; what we cannot plan for keeps the registry's name.
pub fn core_label(core: &RegistryCore, chip: &str) -> String {
    match core_of(core, chip) {
        Core::CortexM0Plus => "Cortex-M0/M0+".to_owned(),
        Core::CortexM3 => "Cortex-M3".to_owned(),
        Core::CortexM4 => "Cortex-M4".to_owned(),
        Core::CortexM7 => "Cortex-M7".to_owned(),
        Core::CortexM33 => "Cortex-M33 or later".to_owned(),
        Core::RiscV32Imc => Core::RiscV32Imc.name().to_owned(),
        Core::Other if core.core_type == CoreType::Armv8m => "Cortex-M23".to_owned(),
        Core::Other => format!("{:?}", core.core_type),
    }
}
