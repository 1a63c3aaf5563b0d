//! The chip that a plan is for.

use serde::{Deserialize, Serialize};

/// Instruction set of the processor, as far as kernels and costs care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Core {
    /// Armv6-M.
    CortexM0Plus,
    /// Armv7-M without DSP.
    CortexM3,
    /// Armv7E-M.
    CortexM4,
    /// Armv7E-M, dual issue, caches.
    CortexM7,
    /// Armv8-M Mainline with DSP.
    CortexM33,
    /// RISC-V, 32 bits, with multiplication and compressed instructions, without floating point: ESP32-C3.
    RiscV32Imc,
    /// Anything else: portable C.
    Other,
}

impl Core {
    /// Whether the packed-multiply (SMLAD) instructions exist.
    pub const fn has_dsp(self) -> bool {
        matches!(self, Self::CortexM4 | Self::CortexM7 | Self::CortexM33)
    }

    /// The name that its maker gives it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CortexM0Plus => "Cortex-M0+",
            Self::CortexM3 => "Cortex-M3",
            Self::CortexM4 => "Cortex-M4",
            Self::CortexM7 => "Cortex-M7",
            Self::CortexM33 => "Cortex-M33",
            Self::RiscV32Imc => "RISC-V RV32IMC",
            Self::Other => "another processor",
        }
    }
}

/// What a memory region is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MemoryKind {
    /// Read-write.
    Ram,
    /// Programmed over the probe.
    Flash,
}

/// One region of the chip's memory map.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryRegion {
    /// The registry's name, for example `SRAM1`.
    pub name: String,
    /// RAM or flash.
    pub kind: MemoryKind,
    /// First address.
    pub base: u64,
    /// Size in bytes.
    pub bytes: u64,
}

/// Chip and budgets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Chip name, as the probe-rs registry spells it.
    pub chip: String,
    /// Processor.
    pub core: Core,
    /// Core clock in hertz that times are computed with.
    pub clock_hz: u64,
    /// RAM that the arena, the stack and the application share, in bytes.
    pub sram_bytes: usize,
    /// Flash for code and weights, in bytes.
    pub flash_bytes: usize,
    /// RAM kept back for stack and application, in bytes.
    pub reserved_sram_bytes: usize,
    /// The memory map; may be empty for an abstract target.
    pub regions: Vec<MemoryRegion>,
}

impl Target {
    /// The STM32F746 of the built-in virtual board: Cortex-M7 at 216 MHz, 320 KiB SRAM, 1 MiB flash (ST, DS10916).
    pub fn stm32f746() -> Self {
        Self {
            chip: "STM32F746NGHx".into(),
            core: Core::CortexM7,
            clock_hz: 216_000_000,
            sram_bytes: 320 * 1024,
            flash_bytes: 1024 * 1024,
            reserved_sram_bytes: 8 * 1024,
            regions: vec![
                MemoryRegion {
                    name: "SRAM".into(),
                    kind: MemoryKind::Ram,
                    base: 0x2000_0000,
                    bytes: 320 * 1024,
                },
                MemoryRegion {
                    name: "Flash".into(),
                    kind: MemoryKind::Flash,
                    base: 0x0800_0000,
                    bytes: 1024 * 1024,
                },
            ],
        }
    }

    /// Bytes that the arena may take.
    pub const fn arena_budget_bytes(&self) -> usize {
        self.sram_bytes.saturating_sub(self.reserved_sram_bytes)
    }
}
