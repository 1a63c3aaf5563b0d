//! The boards that QEMU emulates, and where a program lies on them.

use tinyscope_vmcu::{Core, CoreConfig, FloatUnit};

pub struct Board {
    pub machine: &'static str,
    pub core: Core,
    pub float: FloatUnit,
    /// Memory for code; the vector table is at its beginning.
    pub code: u32,
    /// Memory for scratch, stacks and results.
    pub data: u32,
    /// Memory for the records of the cases.
    pub blob: u32,
    /// Where loads and stores fault.
    pub unmapped: u32,
    /// The code memory once more, when QEMU has that.
    pub alias: Option<u32>,
    /// Memory within reach of a long branch, filled with landings.
    pub far: Option<u32>,
}

/// Length of the code and data memories that are used.
pub const MEMORY_BYTES: u32 = 1 << 20;

/// Length of the far memory.
pub const FAR_BYTES: u32 = 0x4000;

pub static M4: Board = Board {
    machine: "mps2-an386",
    core: Core::CortexM4,
    float: FloatUnit::Single,
    code: 0,
    data: 0x2000_0000,
    blob: 0x2100_0000,
    unmapped: 0x3000_0000,
    alias: Some(0x40_0000),
    far: Some(0x100_0000),
};

pub static M7: Board = Board {
    machine: "mps2-an500",
    core: Core::CortexM7,
    float: FloatUnit::Double,
    blob: 0x6000_0000,
    alias: None,
    far: None,
    ..M4
};

/// The secure aliases: the core has the security extension on this board and begins in the secure state.
pub static M33: Board = Board {
    machine: "mps2-an505",
    core: Core::CortexM33,
    float: FloatUnit::Single,
    code: 0x1000_0000,
    data: 0x3800_0000,
    blob: 0x8000_0000,
    unmapped: 0x3b00_0000,
    alias: None,
    far: None,
};

impl Board {
    pub fn config(&self) -> CoreConfig {
        CoreConfig {
            float: self.float,
            // What QEMU implements on all of them.
            priority_bits: 8,
            ..self.core.into()
        }
    }

    pub fn is_v8(&self) -> bool {
        self.core == Core::CortexM33
    }

    pub fn has_double(&self) -> bool {
        self.float == FloatUnit::Double
    }

    pub fn has_fpv5(&self) -> bool {
        self.core != Core::CortexM4
    }

    pub fn scratch(&self) -> u32 {
        self.data + 0x4000
    }

    pub fn context(&self) -> u32 {
        self.data + 0x9000
    }

    /// The harness's own variables.
    pub fn state(&self) -> u32 {
        self.data + 0x9800
    }

    pub fn stack(&self) -> u32 {
        self.data + 0xb000
    }

    pub fn results(&self) -> u32 {
        self.data + 0x1_0000
    }
}
