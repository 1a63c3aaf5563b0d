//! What chips take while they run where nobody says so: typical currents that their vendors publish, each with its
//! source. A chip of which no figure could be looked up has none.

use super::energy::{Supply, SupplySource};

/// How a vendor states a current.
enum Current {
    /// Nanoamperes for each megahertz of the core's clock.
    PerMegahertz(u64),
    /// Microamperes at this clock in hertz, and at no other.
    At(u64, u64),
}

/// What is published of a line of chips.
struct Typical {
    /// Beginning of their names.
    prefix: &'static str,
    current: Current,
    millivolts: u32,
    source: &'static str,
}

const STM32U5: &str =
    "ST's features of the STM32U575: Run mode, 19.5 µA/MHz, with the internal SMPS";
const STM32L5: &str = "ST's features of the STM32L552: Run mode, 62 µA/MHz, with the internal SMPS";
const ESP32C3: &str = "Espressif's ESP-AT guide: modem sleep at 160 MHz, 20 mA on average";

const fn typical(
    prefix: &'static str,
    current: Current,
    millivolts: u32,
    source: &'static str,
) -> Typical {
    Typical {
        prefix,
        current,
        millivolts,
        source,
    }
}

static PUBLISHED: [Typical; 5] = [
    typical("STM32U575", Current::PerMegahertz(19_500), 3300, STM32U5),
    typical("STM32U585", Current::PerMegahertz(19_500), 3300, STM32U5),
    typical("STM32L552", Current::PerMegahertz(62_000), 3000, STM32L5),
    typical("STM32L562", Current::PerMegahertz(62_000), 3000, STM32L5),
    typical("esp32c3", Current::At(160_000_000, 20_000), 3300, ESP32C3),
];

/// The supply that the vendor's figures give for a chip at a clock, where one is known.
pub fn typical_supply(chip: &str, clock_hz: u64) -> Option<Supply> {
    let begins = |typical: &&Typical| {
        let head = chip.get(..typical.prefix.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(typical.prefix))
    };
    let published = PUBLISHED.iter().find(begins)?;
    let microamperes = match published.current {
        Current::PerMegahertz(nanoamperes) => nanoamperes * (clock_hz / 1_000) / 1_000_000,
        Current::At(clock, microamperes) if clock == clock_hz => microamperes,
        Current::At(..) => return None,
    };
    Some(Supply {
        current_microamperes: u32::try_from(microamperes).ok()?,
        voltage_millivolts: published.millivolts,
        source: SupplySource::DataSheet(published.source.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_current_follows_the_clock() {
        let current = |chip, clock| typical_supply(chip, clock).map(|s| s.current_microamperes);
        // 19.5 µA/MHz at 160 MHz, 62 µA/MHz at 110 MHz.
        assert_eq!(current("STM32U585AIIx", 160_000_000), Some(3_120));
        assert_eq!(current("stm32l552ze", 110_000_000), Some(6_820));
        assert_eq!(current("ESP32C3", 160_000_000), Some(20_000));
        assert_eq!(current("ESP32C3", 80_000_000), None);
        assert_eq!(current("STM32F746NGHx", 216_000_000), None);
        assert_eq!(current("", 216_000_000), None);
    }

    #[test]
    fn where_a_current_is_from_is_said() {
        let supply = typical_supply("STM32U585AI", 160_000_000).expect("it is published");
        let text = supply.to_string();
        assert!(
            text.starts_with("estimated from a current of 3.12 mA at 3.3 V (ST"),
            "{text}"
        );
    }
}
