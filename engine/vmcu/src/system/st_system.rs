//! ST's clock control, power control and watchdog, as far as start-up code and flash algorithms touch them. A source
//! that is switched on is ready at once; the core's speed does not change, since the simulator counts cycles, not
//! seconds. For the same reason the independent watchdog takes its keys and never bites.

/// Registers of RCC, PWR and IWDG.
#[derive(Clone, Copy, Debug)]
pub struct StSystem {
    rcc: [u32; 0x94 / 4],
    pwr: [u32; 4],
}

impl Default for StSystem {
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

impl StSystem {
    /// Address of the first RCC register.
    pub const RCC: u32 = 0x4002_3800;
    /// Address of the first PWR register.
    pub const PWR: u32 = 0x4000_7000;
    /// Address of the first IWDG register.
    pub const IWDG: u32 = 0x4000_3000;

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
        if is_watchdog(address) {
            // PR, RLR and WINR as after reset, SR never busy.
            return Some([0, 0, 0xFFF, 0, 0xFFF][(address - Self::IWDG) as usize / 4]);
        }
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
        self.word(address).map(|word| *word = value).is_some() || is_watchdog(address)
    }
}

fn is_watchdog(address: u32) -> bool {
    (StSystem::IWDG..StSystem::IWDG + 0x14).contains(&address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_switched_on_is_ready() {
        let mut clock = StSystem::default();
        assert!(clock.write(StSystem::RCC, 1 << 24 | 1 << 16 | 1));
        assert_eq!(clock.read(StSystem::RCC), Some(0x0303_0003));
        assert!(clock.write(StSystem::RCC + 8, 2));
        assert_eq!(clock.read(StSystem::RCC + 8), Some(0xA));
        assert!(clock.write(StSystem::PWR, 0xC000 | 3 << 16));
        assert_eq!(clock.read(StSystem::PWR + 4), Some(0x0003_4000));
        assert_eq!(clock.read(StSystem::PWR + 0x10), None);
        assert_eq!(clock.read(0x4000_0000), None);
    }
}
