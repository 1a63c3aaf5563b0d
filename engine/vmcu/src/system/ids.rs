//! Registers that only identify: ROM table, component identification, ST's device identification.

/// ROM table of the chip, pointed to by the access port's BASE.
pub const ROM_TABLE: u32 = 0xE00F_D000;
/// Arm's processor ROM table behind it.
const PROCESSOR_TABLE: u32 = 0xE00F_F000;

/// `DBGMCU_IDCODE` and the three freeze registers after it.
pub const DBGMCU: u32 = 0xE004_2000;
/// ST's flash size register (16 bits, KiB).
pub const FLASH_SIZE: u32 = 0x1FF0_F442;
/// ST's 96-bit unique id.
pub const UNIQUE_ID: u32 = 0x1FF0_F420;

const CLASS_ROM_TABLE: u32 = 1;
const CLASS_GENERIC: u32 = 0xE;

/// A component: where it is, its class, its part number and whether Arm (or else ST) designed it.
struct Component {
    base: u32,
    class: u32,
    part: u32,
    arm: bool,
}

const fn arm(base: u32, class: u32, part: u32) -> Component {
    Component {
        base,
        class,
        part,
        arm: true,
    }
}

/// Part numbers after Arm's Cortex-M7 technical reference manual; ST's is the device id of `DBGMCU_IDCODE`.
const COMPONENTS: [Component; 5] = [
    Component {
        base: ROM_TABLE,
        class: CLASS_ROM_TABLE,
        part: 0x449,
        arm: false,
    },
    arm(PROCESSOR_TABLE, CLASS_ROM_TABLE, 0x4C7),
    arm(0xE000_E000, CLASS_GENERIC, 0x00C),
    arm(0xE000_1000, CLASS_GENERIC, 0x002),
    arm(0xE000_2000, CLASS_GENERIC, 0x00E),
];

/// A word of the two ROM tables or of a component's identification registers, if `address` is one.
pub fn rom_table_word(address: u32) -> Option<u32> {
    let component = COMPONENTS.iter().find(|c| c.base == address & !0xFFF)?;
    let offset = address & 0xFFF;
    if offset >= 0xFD0 {
        return Some(identification(component, offset));
    }
    let is_table = component.class == CLASS_ROM_TABLE;
    is_table.then(|| {
        let targets: &[u32] = if component.base == ROM_TABLE {
            &[PROCESSOR_TABLE]
        } else {
            &[0xE000_E000, 0xE000_1000, 0xE000_2000]
        };
        targets.get(offset as usize / 4).map_or(0, |target| {
            target.wrapping_sub(component.base) | 3 // 32-bit entry, present
        })
    })
}

fn identification(component: &Component, offset: u32) -> u32 {
    // JEP106 bank and code: Arm 4/0x3B, ST 0/0x20.
    let (bank, code) = if component.arm { (4, 0x3B) } else { (0, 0x20) };
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
    id_code: u32,
    control: [u32; 3],
}

impl DbgMcu {
    /// The block of the device with this `DBGMCU_IDCODE`.
    pub fn new(id_code: u32) -> Self {
        Self {
            id_code,
            control: [0; 3],
        }
    }

    /// Value of the register at byte `offset`.
    pub fn read(&self, offset: u32) -> u32 {
        match offset {
            0x0 => self.id_code,
            0x4..=0xC => self.control[offset as usize / 4 - 1],
            _ => 0,
        }
    }

    /// Write the register at byte `offset`.
    pub fn write(&mut self, offset: u32, value: u32) {
        if let 0x4..=0xC = offset {
            self.control[offset as usize / 4 - 1] = value;
        }
    }
}
