//! Which caches the firmware turns on: those of the Cortex-M7, and those that a chip has in front of its flash. Where a
//! chip is not listed, what its reset leaves is what is measured.

use tinyscope_core::plan::Core;

/// The definitions for `caches.c` and the beginning of the names of the chips that they are for. The STM32F7's
/// accelerator is not among them: it serves the ITCM bus, and programs are linked to the AXI bus.
const CHIPS: [(&str, &[&str]); 8] = [
    // RM0090, 3.9.1 and kin: PRFTEN, ICEN, DCEN; ICRST, DCRST.
    ("STM32F4", &ST_SECTORS),
    // RM0351 and RM0432, 3.7.1; RM0440: as the STM32F4, at another address.
    ("STM32L4", &ST_PAGES),
    ("STM32G4", &ST_PAGES),
    // RM0438, ICACHE.
    ("STM32L5", &["-DTINYSCOPE_ICACHE=0x40030400u"]),
    // RM0456, ICACHE; FLASH_ACR has PRFTEN and no lines to let go.
    (
        "STM32U5",
        &[
            "-DTINYSCOPE_ICACHE=0x40030400u",
            "-DTINYSCOPE_FLASH_ACR=0x40022000u",
            "-DTINYSCOPE_FLASH_ACR_ON=0x100u",
            "-DTINYSCOPE_FLASH_ACR_RESET=0u",
        ],
    ),
    // nRF52832, nRF52833 and nRF52840 product specifications, NVMC.ICACHECNF. The smaller ones have no cache.
    ("nRF52832", &NVMC),
    ("nRF52833", &NVMC),
    ("nRF52840", &NVMC),
];

const ON: &str = "-DTINYSCOPE_FLASH_ACR_ON=0x700u";
const RESET: &str = "-DTINYSCOPE_FLASH_ACR_RESET=0x1800u";
const ST_SECTORS: [&str; 3] = ["-DTINYSCOPE_FLASH_ACR=0x40023C00u", ON, RESET];
const ST_PAGES: [&str; 3] = ["-DTINYSCOPE_FLASH_ACR=0x40022000u", ON, RESET];
const NVMC: [&str; 1] = ["-DTINYSCOPE_ICACHECNF=0x4001E540u"];

/// What the compiler is told of a chip's caches.
pub(super) fn defines(chip: &str, core: Core) -> Vec<&'static str> {
    let begins = |prefix: &str| {
        (chip.get(..prefix.len())).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
    };
    let mut all = vec![if core == Core::CortexM7 {
        "-DTINYSCOPE_CACHES=1"
    } else {
        "-DTINYSCOPE_CACHES=0"
    }];
    let listed = CHIPS.iter().find(|(prefix, _)| begins(prefix));
    all.extend(listed.map_or(&[][..], |(_, defines)| defines));
    all
}

/// In words, which caches the firmware found on, from the bits of its greeting (`firmware.h`).
pub fn caches_in_words(bits: u32) -> String {
    const NAMES: [&str; 6] = [
        "data cache",
        "instruction cache",
        "flash prefetch",
        "flash instruction lines",
        "flash data lines",
        "chip's cache",
    ];
    let names: Vec<&str> = (NAMES.iter().enumerate())
        .filter(|(bit, _)| bits >> bit & 1 != 0)
        .map(|(_, name)| *name)
        .collect();
    match names.as_slice() {
        [] => "caches off".to_owned(),
        ["data cache", "instruction cache"] => "caches on".to_owned(),
        names => format!("{} on", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chips_are_told_of_their_caches() {
        let of = |chip, core| defines(chip, core).join(" ");
        assert_eq!(
            of("STM32H743ZI", Core::CortexM7),
            "-DTINYSCOPE_CACHES=1",
            "it has no accelerator"
        );
        assert!(of("stm32f407vg", Core::CortexM4).contains("ACR=0x40023C00u"));
        assert!(of("STM32U585AI", Core::CortexM33).contains("ICACHE=0x40030400u"));
        assert!(of("nRF52840_xxAA", Core::CortexM4).contains("ICACHECNF"));
        assert_eq!(of("nRF52810_xxAA", Core::CortexM4), "-DTINYSCOPE_CACHES=0");
    }

    #[test]
    fn the_words_name_what_is_on() {
        assert_eq!(caches_in_words(0), "caches off");
        assert_eq!(caches_in_words(3), "caches on");
        assert_eq!(
            caches_in_words(0b1_1100),
            "flash prefetch, flash instruction lines, flash data lines on"
        );
        assert_eq!(caches_in_words(32), "chip's cache on");
    }
}
