//! Registers that only identify: the debug port's and access ports' numbers, ROM tables, component identification,
//! ST's debug block.

use crate::chip::{ChipSpec, Family};
use crate::cpu::Core;
use crate::port::{AccessPort, PortLayout};

/// An access port that leads to memory.
const fn memory(idr: u32, base: u32) -> AccessPort {
    AccessPort {
        idr,
        base,
        is_memory: true,
    }
}

static F4_PORTS: PortLayout = PortLayout {
    dpidr: 0x2BA0_1477,
    ports: &[memory(0x2477_0011, 0xE00F_F003)],
};
static F7_PORTS: PortLayout = PortLayout {
    dpidr: 0x5BA0_2477,
    ports: &[memory(0x7477_0001, 0xE00F_D003)],
};
/// The core's, the D2 domain's (no ROM table), the system debug bus.
static H7_PORTS: PortLayout = PortLayout {
    dpidr: 0x6BA0_2477,
    ports: &[
        memory(0x8477_0001, 0xE00F_E003),
        memory(0x8477_0001, 2),
        memory(0x5477_0002, 0xE00E_0003),
    ],
};
static M33_PORTS: PortLayout = PortLayout {
    dpidr: 0x0BE1_2477,
    ports: &[memory(0x1477_0015, 0xE00F_E003)],
};
static NRF52_PORTS: PortLayout = PortLayout {
    dpidr: 0x2BA0_1477,
    ports: &[
        memory(0x2477_0011, 0xE00F_F003),
        AccessPort {
            idr: 0x0288_0000,
            base: 0,
            is_memory: false,
        },
    ],
};

/// The debug port and what it leads to. Identification registers as debuggers list them for these chips; the STM32H7's
/// are in RM0433, chapter 60, Nordic's control access port in the product specification, chapter 4.8.
pub fn port_layout(family: Family) -> &'static PortLayout {
    match family {
        Family::Stm32F4 => &F4_PORTS,
        Family::Stm32F7 => &F7_PORTS,
        Family::Stm32H7 => &H7_PORTS,
        Family::Stm32L5 | Family::Stm32U5 => &M33_PORTS,
        Family::Nrf52 => &NRF52_PORTS,
    }
}

const CLASS_ROM_TABLE: u32 = 1;
const CLASS_CORESIGHT: u32 = 9;
const CLASS_GENERIC: u32 = 0xE;

/// JEP106 bank and code.
type Designer = (u32, u32);
const ARM: Designer = (4, 0x3B);
const ST: Designer = (0, 0x20);
const NORDIC: Designer = (2, 0x44);

/// A component: where it is, class, part number, designer, architecture, and the table's entries.
#[derive(Clone, Debug)]
struct Component {
    base: u32,
    class: u32,
    part: u32,
    designer: Designer,
    /// `DEVARCH`, where the class has it.
    architecture: u32,
    entries: Vec<u32>,
}

/// The ROM tables of a chip and the identification of what they lead to.
#[derive(Clone, Debug)]
pub struct RomTables(Vec<Component>);

const SCS: u32 = 0xE000_E000;
const DWT: u32 = 0xE000_1000;
const FPB: u32 = 0xE000_2000;
const CORE_TABLE: u32 = 0xE00F_F000;

impl RomTables {
    /// The tables of this chip. Part numbers are Arm's, from the cores' technical reference manuals; a chip's own table
    /// has ST's device id or Nordic's part.
    pub fn new(chip: &ChipSpec) -> Self {
        let table = |base, part, designer, entries: &[u32]| Component {
            base,
            class: CLASS_ROM_TABLE,
            part,
            designer,
            architecture: 0,
            entries: entries.to_vec(),
        };
        let units = [SCS, DWT, FPB];
        let device = chip.id & 0xFFF;
        let mut components = match chip.family {
            Family::Stm32F4 => vec![table(CORE_TABLE, device, ST, &units)],
            Family::Nrf52 => vec![table(CORE_TABLE, 0x008, NORDIC, &units)],
            Family::Stm32F7 => vec![
                table(0xE00F_D000, device, ST, &[CORE_TABLE]),
                table(CORE_TABLE, 0x4C7, ARM, &units),
            ],
            Family::Stm32H7 => vec![
                table(0xE00F_E000, 0x4C8, ARM, &[CORE_TABLE]),
                table(CORE_TABLE, 0x4C7, ARM, &units),
                table(0xE00E_0000, device, ST, &[]),
            ],
            Family::Stm32L5 | Family::Stm32U5 => vec![
                table(0xE00F_E000, device, ST, &[CORE_TABLE]),
                table(CORE_TABLE, 0x4C9, ARM, &units),
            ],
        };
        let (class, parts, architectures) = match chip.core.core {
            Core::CortexM4 => (CLASS_GENERIC, [0x00C, 0x002, 0x003], [0; 3]),
            Core::CortexM7 => (CLASS_GENERIC, [0x00C, 0x002, 0x00E], [0; 3]),
            Core::CortexM33 => (
                CLASS_CORESIGHT,
                [0xD21; 3],
                [0x4770_2A04, 0x4770_1A02, 0x4770_1A03],
            ),
        };
        for (index, base) in units.into_iter().enumerate() {
            components.push(Component {
                base,
                class,
                part: parts[index],
                designer: ARM,
                architecture: architectures[index],
                entries: Vec::new(),
            });
        }
        Self(components)
    }

    /// A word of a ROM table or of a component's identification registers, if `address` is one.
    pub fn word(&self, address: u32) -> Option<u32> {
        let component = self.0.iter().find(|c| c.base == address & !0xFFF)?;
        let offset = address & 0xFFF;
        match (offset, component.class) {
            (0xFD0.., _) => Some(identification(component, offset)),
            (0xFBC, CLASS_CORESIGHT) => Some(component.architecture),
            (_, CLASS_ROM_TABLE) => {
                let target = component.entries.get(offset as usize / 4);
                // 32-bit entry, present.
                Some(target.map_or(0, |target| target.wrapping_sub(component.base) | 3))
            }
            _ => None,
        }
    }
}

fn identification(component: &Component, offset: u32) -> u32 {
    let (bank, code) = component.designer;
    match offset {
        0xFD0 => bank,
        0xFE0 => component.part & 0xFF,
        0xFE4 => component.part >> 8 & 0xF | (code & 0xF) << 4,
        0xFE8 => 1 << 3 | code >> 4,
        0xFF0 => 0x0D,
        0xFF4 => component.class << 4,
        0xFF8 => 0x05,
        0xFFC => 0xB1,
        _ => 0,
    }
}

/// ST's debug support block: identification, and freeze bits that the simulator need not act on.
#[derive(Clone, Copy, Debug)]
pub struct DbgMcu {
    /// Addresses of the first register, as the debugger and as the core see it.
    at: [u32; 2],
    id: u32,
    control: [u32; 31],
}

impl DbgMcu {
    /// The block of this chip; none in Nordic's.
    pub fn new(chip: &ChipSpec) -> Option<Self> {
        let at = match chip.family {
            Family::Stm32F4 | Family::Stm32F7 => [0xE004_2000; 2],
            Family::Stm32H7 => [0xE00E_1000, 0x5C00_1000],
            Family::Stm32L5 | Family::Stm32U5 => [0xE004_4000; 2],
            Family::Nrf52 => return None,
        };
        Some(Self {
            at,
            id: chip.id,
            control: [0; 31],
        })
    }

    /// Offset of the register at an address, if it is one of the block's.
    fn offset(&self, address: u32) -> Option<usize> {
        (self.at.iter())
            .map(|base| address.wrapping_sub(*base) as usize)
            .find(|offset| *offset < 0x80)
    }

    /// The register at an address, if it is one of the block's.
    pub fn read(&self, address: u32) -> Option<u32> {
        let index = self.offset(address)? / 4;
        Some(index.checked_sub(1).map_or(self.id, |at| self.control[at]))
    }

    /// Write the register at an address; false if it is none of the block's.
    pub fn write(&mut self, address: u32, value: u32) -> bool {
        let Some(offset) = self.offset(address) else {
            return false;
        };
        if let Some(at) = (offset / 4).checked_sub(1) {
            self.control[at] = value;
        }
        true
    }
}
