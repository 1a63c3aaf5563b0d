//! The clock that times are computed with: the highest that the data sheet allows, where we know it.

use tinyscope_core::plan::Core;

/// A core clock and where the figure is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Hertz.
    pub hz: u64,
    /// The document, or `assumed for …` where only the processor is known.
    pub source: String,
}

/// Highest core clock in MHz by the beginning of the chip name; the longest match counts.
/// The third column is the vendor's document.
const DATA_SHEETS: &[(&str, u64, &str)] = &[
    ("ATSAMD51", 120, "Microchip DS60001507"),
    ("ATSAME54", 120, "Microchip DS60001507"),
    ("ATSAME70", 300, "Microchip DS60001527"),
    ("ESP32C2", 120, "Espressif ESP8684 Series Datasheet"),
    ("ESP32C3", 160, "Espressif ESP32-C3 Series Datasheet"),
    ("MIMXRT1060", 600, "NXP IMXRT1060CEC"),
    ("RP2040", 133, "Raspberry Pi RP2040 datasheet"),
    ("RP235", 150, "Raspberry Pi RP2350 datasheet"),
    ("STM32F103", 72, "ST DS5319"),
    ("STM32F303", 72, "ST DS9118"),
    ("STM32F401", 84, "ST DS9716"),
    ("STM32F405", 168, "ST DS8626"),
    ("STM32F407", 168, "ST DS8626"),
    ("STM32F410", 100, "ST DS11144"),
    ("STM32F411", 100, "ST DS10314"),
    ("STM32F412", 100, "ST DS11139"),
    ("STM32F413", 100, "ST DS11581"),
    ("STM32F415", 168, "ST DS8597"),
    ("STM32F417", 168, "ST DS8597"),
    ("STM32F423", 100, "ST DS11724"),
    ("STM32F427", 180, "ST DS9405"),
    ("STM32F429", 180, "ST DS9405"),
    ("STM32F437", 180, "ST DS9484"),
    ("STM32F439", 180, "ST DS9484"),
    ("STM32F446", 180, "ST DS10693"),
    ("STM32F469", 180, "ST DS11189"),
    ("STM32F479", 180, "ST DS11118"),
    ("STM32F722", 216, "ST DS11853"),
    ("STM32F723", 216, "ST DS11853"),
    ("STM32F732", 216, "ST DS11854"),
    ("STM32F733", 216, "ST DS11854"),
    ("STM32F745", 216, "ST DS10916"),
    ("STM32F746", 216, "ST DS10916"),
    ("STM32F756", 216, "ST DS10915"),
    ("STM32F765", 216, "ST DS11532"),
    ("STM32F767", 216, "ST DS11532"),
    ("STM32F768", 216, "ST DS11532"),
    ("STM32F769", 216, "ST DS11532"),
    ("STM32F777", 216, "ST DS11668"),
    ("STM32F778", 216, "ST DS11668"),
    ("STM32F779", 216, "ST DS11668"),
    ("STM32G431", 170, "ST DS12589"),
    ("STM32G474", 170, "ST DS12288"),
    ("STM32H742", 480, "ST DS12110"),
    ("STM32H743", 480, "ST DS12110"),
    ("STM32H747", 480, "ST DS12930"),
    ("STM32H750", 480, "ST DS12556"),
    ("STM32H753", 480, "ST DS12117"),
    ("STM32H7A3", 280, "ST DS13195"),
    ("STM32H7B3", 280, "ST DS13139"),
    ("STM32L432", 80, "ST DS11451"),
    ("STM32L476", 80, "ST DS10198"),
    ("STM32L4R5", 120, "ST DS12023"),
    ("STM32L552", 110, "ST DS12737"),
    ("STM32L562", 110, "ST DS12736"),
    ("STM32U535", 160, "ST DS14217"),
    ("STM32U575", 160, "ST DS13737"),
    ("STM32U585", 160, "ST DS13086"),
    ("STM32WB55", 64, "ST DS11929"),
    ("nRF52832", 64, "Nordic nRF52832 PS"),
    ("nRF52833", 64, "Nordic nRF52833 PS"),
    ("nRF52840", 64, "Nordic nRF52840 PS"),
    ("nRF5340", 128, "Nordic nRF5340 PS"),
];

/// The clock of a chip: from its data sheet, else a usual one for its processor, and which of the two it is.
pub fn clock_for_chip(chip: &str, core: Core) -> Clock {
    let known = DATA_SHEETS
        .iter()
        .filter(|(prefix, ..)| {
            chip.get(..prefix.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(prefix))
        })
        .max_by_key(|(prefix, ..)| prefix.len());
    if let Some((_, mhz, document)) = known {
        return Clock {
            hz: mhz * 1_000_000,
            source: (*document).to_owned(),
        };
    }
    let (mhz, name) = match core {
        Core::CortexM0Plus => (48, "a Cortex-M0+"),
        Core::CortexM3 => (72, "a Cortex-M3"),
        Core::CortexM4 => (80, "a Cortex-M4"),
        Core::CortexM7 => (216, "a Cortex-M7"),
        Core::CortexM33 => (100, "a Cortex-M33"),
        Core::RiscV32Imc => (160, "an RV32IMC"),
        Core::Other => (100, "an unknown processor"),
    };
    Clock {
        hz: mhz * 1_000_000,
        source: format!("assumed for {name}"),
    }
}
