//! probe-rs' traits over a virtual RISC-V chip: a probe that scans whole registers through JTAG.

use super::faults::{FaultKind, Faults, Handle};
use super::{NAME, SPEED_KHZ};
use bitvec::field::BitField as _;
use bitvec::vec::BitVec;
use probe_rs::architecture::riscv::JtagDtmBuilder;
use probe_rs::architecture::riscv::communication_interface::{RiscvError, RiscvInterfaceBuilder};
use probe_rs::config::ScanChainElement;
use probe_rs::probe::{DebugProbe, DebugProbeError, JtagAccess, JtagSequence, WireProtocol};
use std::fmt;
use std::sync::atomic::Ordering;
use tinyscope_vmcu::riscv::{ChipSpec, DMI, Machine, Tap};

/// Bits of the instruction register, as in the registry's scan chains for these chips.
const INSTRUCTION_BITS: u8 = 5;
/// Where a scan of the debug module's bus has its data.
const DATA_BIT: u32 = 2;
/// What the bus answers to an operation that failed, and to one that came while another was under way.
const FAILED: u64 = 2;
const BUSY: u64 = 3;

/// A probe wired to a virtual RISC-V chip.
pub(super) struct JtagProbe {
    machine: Box<Machine>,
    tap: Tap,
    faults: Faults,
    transfers: u64,
    handle: Handle,
    chain: Vec<ScanChainElement>,
    selected: u32,
    idle_cycles: u8,
    speed_khz: u32,
}

impl JtagProbe {
    pub(super) fn new(chip: ChipSpec, faults: Faults) -> Self {
        Self {
            machine: Box::new(Machine::new(chip)),
            tap: Tap::default(),
            faults,
            transfers: 0,
            handle: Handle::default(),
            chain: vec![ScanChainElement {
                name: None,
                ir_len: Some(INSTRUCTION_BITS),
            }],
            selected: 0,
            idle_cycles: 0,
            speed_khz: SPEED_KHZ,
        }
    }

    fn present(&self) -> Result<(), DebugProbeError> {
        self.faults.present(self.transfers)
    }

    /// A scan of the debug module's bus, with the fault that was asked for. Scans of other registers are not counted.
    fn transfer(&mut self, value: u64) -> Result<u64, DebugProbeError> {
        // While probe-rs unwinds from a panic, its destructors go on talking; a second panic there would end the process.
        if std::thread::panicking() {
            return Err(DebugProbeError::Timeout);
        }
        let number = self.transfers;
        self.transfers += 1;
        let shared = &self.handle.0;
        shared.transfers.store(self.transfers, Ordering::Relaxed);
        let gone = |at: Option<u64>| at.is_some_and(|at| number >= at);
        if gone(self.faults.limit) || gone(self.faults.mute_at) {
            return Err(DebugProbeError::Timeout);
        }
        let flip = |bit: u8| 1u64 << (DATA_BIT + u32::from(bit) % 32);
        let mut flip_answer = 0;
        let mut flip_request = 0;
        match self.faults.at(number) {
            Some(FaultKind::Refused) => return Ok(FAILED),
            Some(FaultKind::Wait) => return Ok(BUSY),
            Some(FaultKind::NoAcknowledge | FaultKind::Hangs) => {
                return Err(DebugProbeError::Timeout);
            }
            Some(FaultKind::FlippedRead(bit)) => flip_answer = flip(bit),
            Some(FaultKind::FlippedWrite(bit)) => flip_request = flip(bit),
            Some(FaultKind::FlippedBoth(bit)) => {
                (flip_answer, flip_request) = (flip(bit), flip(bit));
            }
            Some(FaultKind::PowerGlitch) => {
                *self.machine = Machine::new(self.machine.chip.clone());
                self.tap = Tap::default();
            }
            None => {}
        }
        let answer = self.tap.scan(&mut self.machine, DMI, value ^ flip_request);
        Ok(answer ^ flip_answer)
    }
}

impl JtagAccess for JtagProbe {
    fn set_expected_scan_chain(&mut self, _: &[ScanChainElement]) -> Result<(), DebugProbeError> {
        Ok(())
    }

    fn set_scan_chain(&mut self, _: &[ScanChainElement]) -> Result<(), DebugProbeError> {
        Ok(())
    }

    fn scan_chain(&mut self) -> Result<&[ScanChainElement], DebugProbeError> {
        Ok(&self.chain)
    }

    fn shift_raw_sequence(&mut self, _: JtagSequence) -> Result<BitVec, DebugProbeError> {
        Err(DebugProbeError::NotImplemented {
            function_name: "shift_raw_sequence",
        })
    }

    fn tap_reset(&mut self) -> Result<(), DebugProbeError> {
        self.present()
    }

    fn set_idle_cycles(&mut self, idle_cycles: u8) -> Result<(), DebugProbeError> {
        self.idle_cycles = idle_cycles;
        Ok(())
    }

    fn idle_cycles(&self) -> u8 {
        self.idle_cycles
    }

    fn write_register(
        &mut self,
        address: u32,
        data: &[u8],
        len: u32,
    ) -> Result<BitVec, DebugProbeError> {
        self.selected = address;
        self.write_dr(data, len)
    }

    fn write_dr(&mut self, data: &[u8], len: u32) -> Result<BitVec, DebugProbeError> {
        self.present()?;
        let mut bytes = [0; 8];
        for (to, from) in bytes.iter_mut().zip(data) {
            *to = *from;
        }
        let value = u64::from_le_bytes(bytes);
        let answer = if self.selected == DMI {
            self.transfer(value)?
        } else {
            self.tap.scan(&mut self.machine, self.selected, value)
        };
        let mut bits = BitVec::repeat(false, len as usize);
        // No register of this chip is longer.
        let held = bits.len().min(64);
        if held > 0 {
            bits[..held].store_le(answer);
        }
        Ok(bits)
    }
}

impl DebugProbe for JtagProbe {
    fn get_name(&self) -> &'static str {
        NAME
    }

    fn speed_khz(&self) -> u32 {
        self.speed_khz
    }

    fn set_speed(&mut self, speed_khz: u32) -> Result<u32, DebugProbeError> {
        self.speed_khz = speed_khz;
        Ok(speed_khz)
    }

    fn attach(&mut self) -> Result<(), DebugProbeError> {
        self.present()
    }

    fn detach(&mut self) -> Result<(), probe_rs::Error> {
        Ok(())
    }

    fn target_reset(&mut self) -> Result<(), DebugProbeError> {
        self.target_reset_assert()?;
        self.target_reset_deassert()
    }

    fn target_reset_assert(&mut self) -> Result<(), DebugProbeError> {
        self.present()?;
        self.faults.mute_at = None;
        Ok(())
    }

    fn target_reset_deassert(&mut self) -> Result<(), DebugProbeError> {
        self.present()?;
        self.machine.reset();
        Ok(())
    }

    fn select_protocol(&mut self, protocol: WireProtocol) -> Result<(), DebugProbeError> {
        match protocol {
            WireProtocol::Jtag => Ok(()),
            WireProtocol::Swd => Err(DebugProbeError::UnsupportedProtocol(protocol)),
        }
    }

    fn active_protocol(&self) -> Option<WireProtocol> {
        Some(WireProtocol::Jtag)
    }

    fn try_as_jtag_probe(&mut self) -> Option<&mut dyn JtagAccess> {
        Some(self)
    }

    fn has_riscv_interface(&self) -> bool {
        true
    }

    fn try_get_riscv_interface_builder<'probe>(
        &'probe mut self,
    ) -> Result<Box<dyn RiscvInterfaceBuilder<'probe> + 'probe>, RiscvError> {
        Ok(Box::new(JtagDtmBuilder::new(self)))
    }

    fn into_probe(self: Box<Self>) -> Box<dyn DebugProbe> {
        self
    }
}

impl fmt::Debug for JtagProbe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JtagProbe")
            .field("chip", &self.machine.chip.name)
            .field("transfers", &self.transfers)
            .finish_non_exhaustive()
    }
}
