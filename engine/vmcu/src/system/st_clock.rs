//! ST's clock and power control, as far as start-up code waits for it: a source that is switched on is ready at once.
//! The core's speed does not change: the simulator counts cycles, not seconds.

/// Registers of RCC and PWR that start-up code touches.
#[derive(Clone, Copy, Debug)]
pub struct StClock {
    rcc: [u32; 0x94 / 4],
    pwr: [u32; 4],
}

impl Default for StClock {
    fn default() -> Self {
        let mut rcc = [0; 0x94 / 4];
        rcc[0] = 0x83; // HSI on and ready
        rcc[1] = 0x2400_3010;
        Self {
            rcc,
            pwr: [0xC000, 0, 0, 0],
        }
    }
}

/// Oscillator and PLL enable bits of `RCC_CR`; the bit above each says ready.
const ENABLES: u32 = 1 << 28 | 1 << 26 | 1 << 24 | 1 << 16 | 1;

impl StClock {
    /// Address of the first RCC register.
    pub const RCC: u32 = 0x4002_3800;
    /// Address of the first PWR register.
    pub const PWR: u32 = 0x4000_7000;

    fn word(&mut self, address: u32) -> Option<&mut u32> {
        if address >= Self::RCC {
            self.rcc.get_mut((address - Self::RCC) as usize / 4)
        } else {
            let offset = address.checked_sub(Self::PWR)?;
            self.pwr.get_mut(offset as usize / 4)
        }
    }

    /// A register, if `address` is one.
    pub fn read(&mut self, address: u32) -> Option<u32> {
        let value = *self.word(address)?;
        Some(match address {
            Self::RCC => value & !(ENABLES << 1) | (value & ENABLES) << 1,
            // RCC_CFGR: the switch status follows the switch.
            a if a == Self::RCC + 8 => value & !0xC | (value & 3) << 2,
            // PWR_CSR1: voltage scaling ready, over-drive ready as asked for in PWR_CR1.
            a if a == Self::PWR + 4 => value | 1 << 14 | self.pwr[0] & 3 << 16,
            _ => value,
        })
    }

    /// Write a register; false if `address` is none.
    pub fn write(&mut self, address: u32, value: u32) -> bool {
        self.word(address).map(|word| *word = value).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_switched_on_is_ready() {
        let mut clock = StClock::default();
        assert!(clock.write(StClock::RCC, 1 << 24 | 1 << 16 | 1));
        assert_eq!(clock.read(StClock::RCC), Some(0x0303_0003));
        assert!(clock.write(StClock::RCC + 8, 2));
        assert_eq!(clock.read(StClock::RCC + 8), Some(0xA));
        assert!(clock.write(StClock::PWR, 0xC000 | 3 << 16));
        assert_eq!(clock.read(StClock::PWR + 4), Some(0x0003_4000));
        assert_eq!(clock.read(StClock::PWR + 0x10), None);
        assert_eq!(clock.read(0x4000_0000), None);
    }
}
