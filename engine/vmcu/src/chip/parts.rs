//! The parts that can be virtual boards, by the beginning of their names: processor and identity after the vendors'
//! data sheets and reference manuals. Memory sizes and clocks are not here.

use super::Family;
use crate::cpu::{Core, CoreConfig, FloatUnit};

/// What a data sheet says of a line of chips, but for memory and clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Beginning of the names of its chips.
    pub prefix: &'static str,
    /// Family.
    pub family: Family,
    /// Processor, with its options.
    pub core: CoreConfig,
    /// ST's `DBGMCU_IDCODE` (device and revision), Nordic's `FICR.INFO.PART`.
    pub id: u32,
}

/// The part of a chip, by its name; none if it is not modelled. The longest prefix counts.
pub fn part(name: &str) -> Option<&'static Part> {
    let begins = |prefix: &str| {
        (name.get(..prefix.len())).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
    };
    (PARTS.iter())
        .filter(|part| begins(part.prefix))
        .max_by_key(|part| part.prefix.len())
}

const fn new(prefix: &'static str, family: Family, interrupts: u16, id: u32) -> Part {
    let (core, priority_bits, mpu_regions) = match family {
        Family::Stm32F4 => (Core::CortexM4, 4, 8),
        Family::Stm32F7 => (Core::CortexM7, 4, 8),
        Family::Stm32H7 => (Core::CortexM7, 4, 16),
        Family::Stm32L5 => (Core::CortexM33, 3, 8),
        Family::Stm32U5 => (Core::CortexM33, 4, 8),
        Family::Nrf52 => (Core::CortexM4, 3, 8),
    };
    Part {
        prefix,
        family,
        core: CoreConfig {
            core,
            float: FloatUnit::Single,
            priority_bits,
            interrupts,
            mpu_regions,
            // nRF52 product specifications, CPU options: no bit-banding.
            bit_band: matches!(family, Family::Stm32F4),
        },
        id,
    }
}

/// As [`new`], with the double-precision unit.
const fn double(prefix: &'static str, family: Family, interrupts: u16, id: u32) -> Part {
    let mut part = new(prefix, family, interrupts, id);
    part.core.float = FloatUnit::Double;
    part
}

use Family::{Nrf52, Stm32F4, Stm32F7, Stm32H7, Stm32L5, Stm32U5};

pub(super) const STM32F746: Part = new("STM32F746", Stm32F7, 98, 0x1001_6449);

/// Interrupt counts: the vector tables in the reference manuals. Identities: the manuals' debug chapters.
const PARTS: [Part; 49] = [
    new("STM32F401", Stm32F4, 85, 0x1000_6433),
    new("STM32F401CB", Stm32F4, 85, 0x1000_6423),
    new("STM32F401CC", Stm32F4, 85, 0x1000_6423),
    new("STM32F401RB", Stm32F4, 85, 0x1000_6423),
    new("STM32F401RC", Stm32F4, 85, 0x1000_6423),
    new("STM32F401VB", Stm32F4, 85, 0x1000_6423),
    new("STM32F401VC", Stm32F4, 85, 0x1000_6423),
    new("STM32F405", Stm32F4, 82, 0x1007_6413),
    new("STM32F407", Stm32F4, 82, 0x1007_6413),
    new("STM32F410", Stm32F4, 98, 0x1000_6458),
    new("STM32F411", Stm32F4, 86, 0x1000_6431),
    new("STM32F412", Stm32F4, 97, 0x3000_6441),
    new("STM32F413", Stm32F4, 102, 0x1000_6463),
    new("STM32F415", Stm32F4, 82, 0x1007_6413),
    new("STM32F417", Stm32F4, 82, 0x1007_6413),
    new("STM32F423", Stm32F4, 102, 0x1000_6463),
    new("STM32F427", Stm32F4, 91, 0x2003_6419),
    new("STM32F429", Stm32F4, 91, 0x2003_6419),
    new("STM32F437", Stm32F4, 91, 0x2003_6419),
    new("STM32F439", Stm32F4, 91, 0x2003_6419),
    new("STM32F446", Stm32F4, 97, 0x1000_6421),
    new("STM32F469", Stm32F4, 93, 0x1000_6434),
    new("STM32F479", Stm32F4, 93, 0x1000_6434),
    new("STM32F722", Stm32F7, 104, 0x1001_6452),
    new("STM32F723", Stm32F7, 104, 0x1001_6452),
    new("STM32F732", Stm32F7, 104, 0x1001_6452),
    new("STM32F733", Stm32F7, 104, 0x1001_6452),
    new("STM32F745", Stm32F7, 98, 0x1001_6449),
    STM32F746,
    new("STM32F756", Stm32F7, 98, 0x1001_6449),
    double("STM32F765", Stm32F7, 110, 0x1001_6451),
    double("STM32F767", Stm32F7, 110, 0x1001_6451),
    double("STM32F768", Stm32F7, 110, 0x1001_6451),
    double("STM32F769", Stm32F7, 110, 0x1001_6451),
    double("STM32F777", Stm32F7, 110, 0x1001_6451),
    double("STM32F778", Stm32F7, 110, 0x1001_6451),
    double("STM32F779", Stm32F7, 110, 0x1001_6451),
    double("STM32H742", Stm32H7, 150, 0x2003_6450),
    double("STM32H743", Stm32H7, 150, 0x2003_6450),
    double("STM32H750", Stm32H7, 150, 0x2003_6450),
    double("STM32H753", Stm32H7, 150, 0x2003_6450),
    new("STM32L552", Stm32L5, 109, 0x2001_6472),
    new("STM32L562", Stm32L5, 109, 0x2001_6472),
    new("STM32U575", Stm32U5, 125, 0x3001_6482),
    new("STM32U585", Stm32U5, 125, 0x3001_6482),
    new("STM32U535", Stm32U5, 125, 0x1001_6455),
    new("nRF52832", Nrf52, 39, 0x52832),
    new("nRF52833", Nrf52, 48, 0x52833),
    new("nRF52840", Nrf52, 48, 0x52840),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_names_the_part_whatever_the_case() {
        let id = |name| part(name).map(|part| part.id & 0xFFF);
        assert_eq!(id("STM32F401CCUx"), Some(0x423));
        assert_eq!(id("stm32f401re"), Some(0x433));
        assert_eq!(id("STM32F746NGHx"), Some(0x449));
        assert_eq!(id("nrf52840_xxaa"), Some(0x840));
        assert_eq!(id("STM32F7"), None);
        assert_eq!(id("STM32H747XIHx"), None, "two cores");
        assert_eq!(id(""), None);
    }

    #[test]
    fn which_chips_have_bit_bands() {
        let bands = |name| part(name).map(|part| part.core.bit_band);
        assert_eq!(bands("STM32F401CC"), Some(true));
        for without in ["nRF52840_xxAA", "STM32F746NG", "STM32U585AI"] {
            assert_eq!(bands(without), Some(false), "{without}");
        }
    }

    #[test]
    fn no_part_is_listed_twice() {
        for (i, part) in PARTS.iter().enumerate() {
            assert!(PARTS[..i].iter().all(|other| other.prefix != part.prefix));
        }
    }

    #[test]
    fn which_chips_compute_in_double_precision() {
        let float = |name| part(name).map(|part| part.core.float);
        assert_eq!(float("STM32F746NG"), Some(FloatUnit::Single));
        assert_eq!(float("STM32F767ZI"), Some(FloatUnit::Double));
        assert_eq!(float("STM32H743ZI"), Some(FloatUnit::Double));
        assert_eq!(float("STM32U585AI"), Some(FloatUnit::Single));
    }
}
