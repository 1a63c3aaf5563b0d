//! probe-rs' traits over a virtual chip and its debug port.

use super::faults::{FaultKind, Handle};
use super::{
    FACTORY, Faults, NAME, PRODUCT_ID, SPEED_KHZ, VENDOR_ID, open_chip, virtual_chip, virtual_chips,
};
use probe_rs::CoreStatus;
use probe_rs::architecture::arm::sequences::ArmDebugSequence;
use probe_rs::architecture::arm::{
    ArmCommunicationInterface, ArmDebugInterface, ArmError, DapError, DapProbe, RawDapAccess,
    RegisterAddress,
};
use probe_rs::probe::list::ProbeListItem;
use probe_rs::probe::{
    DebugProbe, DebugProbeError, DebugProbeInfo, DebugProbeSelector, ProbeCreationError,
    ProbeFactory, WireProtocol,
};
use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use tinyscope_vmcu::{ChipSpec, DebugPort, LinkError, Machine, Port};

/// Pin mask of nRESET in `swj_pins`.
const NRESET: u32 = 1 << 7;
/// Address of the debug port's ABORT register.
const ABORT: u8 = 0;
/// Its bit that clears the sticky error.
const STKERRCLR: u32 = 1 << 2;

/// A probe wired to a virtual chip.
pub(crate) struct VirtualProbe {
    machine: Box<Machine>,
    port: DebugPort,
    faults: Faults,
    transfers: u64,
    /// The chip's debug port does not answer until its next reset.
    mute: bool,
    handle: Handle,
    speed_khz: u32,
}

impl VirtualProbe {
    pub(crate) fn new(chip: ChipSpec, faults: Faults) -> Self {
        Self::with_machine(Machine::new(chip), faults)
    }

    /// A probe wired to this chip.
    pub(crate) fn with_machine(machine: Machine, faults: Faults) -> Self {
        Self::of(Box::new(machine), faults, Handle::default())
    }

    /// A probe at a chip that may have a past.
    pub(super) fn of(machine: Box<Machine>, faults: Faults, handle: Handle) -> Self {
        Self {
            machine,
            port: DebugPort::default(),
            faults,
            transfers: 0,
            mute: false,
            handle,
            speed_khz: SPEED_KHZ,
        }
    }

    /// The chip, as the probe-rs registry names it.
    pub(crate) fn chip_name(&self) -> &str {
        &self.machine.chip.name
    }

    /// Core clock in hertz.
    pub(crate) fn clock_hz(&self) -> u64 {
        self.machine.chip.clock_hz
    }

    /// Lets a running core execute at most so many instructions, as when nobody talks to the chip.
    pub(crate) fn pass_time(&mut self, instructions: u64) {
        self.machine.advance(instructions);
    }

    fn present(&self) -> Result<(), DebugProbeError> {
        self.faults.present(self.transfers)
    }

    /// Counts a transfer; what is wrong with it, unless injected faults end it.
    fn begin_transfer(&mut self) -> Result<Option<FaultKind>, ArmError> {
        self.present()?;
        // While probe-rs unwinds from a panic, its destructors go on talking; a second panic there would end the process.
        if std::thread::panicking() {
            return Err(DebugProbeError::Timeout.into());
        }
        let number = self.transfers;
        self.transfers += 1;
        self.handle
            .0
            .transfers
            .store(self.transfers, Ordering::Relaxed);
        if self.faults.limit.is_some_and(|limit| number >= limit) {
            return Err(DebugProbeError::Timeout.into());
        }
        self.mute |= self.faults.mute_at.is_some_and(|at| number >= at);
        if self.mute {
            return Err(DapError::NoAcknowledge.into());
        }
        let kind = self.faults.at(number);
        match kind {
            Some(FaultKind::Refused) => Err(DapError::FaultResponse.into()),
            Some(FaultKind::Wait) => Err(DapError::WaitResponse.into()),
            Some(FaultKind::NoAcknowledge) => Err(DapError::NoAcknowledge.into()),
            Some(FaultKind::Hangs) => Err(DebugProbeError::Timeout.into()),
            Some(FaultKind::PowerGlitch) => {
                self.lose_power();
                Ok(None)
            }
            kind => Ok(kind),
        }
    }

    /// Power fails and comes back: everything but flash forgets.
    fn lose_power(&mut self) {
        self.port = DebugPort::default();
        let fresh = Machine::new(self.machine.chip.clone());
        self.machine.peripherals.debug = fresh.peripherals.debug;
        self.machine.peripherals.fpb = fresh.peripherals.fpb.clone();
        self.machine.peripherals.dwt = fresh.peripherals.dwt;
        self.machine.reset();
    }

    /// Drive the reset pin; the chip resets when it goes high again.
    pub(crate) fn set_reset(&mut self, low: bool) {
        if low {
            self.mute = false;
            self.faults.mute_at = None;
        }
        self.machine.drive_reset(low);
    }

    /// The answer as probe-rs wants it. After a FAULT the sticky error is cleared, as probes' firmware does.
    fn resolve<T>(&mut self, answer: Result<T, LinkError>) -> Result<T, ArmError> {
        let cycles = self.machine.cpu.clock.cycles;
        self.handle.0.cycles.store(cycles, Ordering::Relaxed);
        match answer {
            Ok(value) => Ok(value),
            Err(LinkError::NoAnswer) => Err(DapError::NoAcknowledge.into()),
            Err(LinkError::Fault) => {
                let abort = self
                    .port
                    .write(&mut *self.machine, Port::Dp, ABORT, STKERRCLR);
                // The port answered a moment ago, so it takes this as well.
                debug_assert!(abort.is_ok());
                Err(DapError::FaultResponse.into())
            }
        }
    }
}

fn port_of(address: RegisterAddress) -> (Port, u8) {
    let port = if address.is_ap() { Port::Ap } else { Port::Dp };
    (port, address.a2_and_3())
}

impl RawDapAccess for VirtualProbe {
    fn raw_read_register(&mut self, address: RegisterAddress) -> Result<u32, ArmError> {
        let fault = self.begin_transfer()?;
        let (port, register) = port_of(address);
        let answer = self.port.read(&mut *self.machine, port, register);
        let value = self.resolve(answer)?;
        Ok(match fault {
            Some(FaultKind::FlippedRead(bit) | FaultKind::FlippedBoth(bit)) if port == Port::Ap => {
                value ^ 1 << (bit % 32)
            }
            _ => value,
        })
    }

    fn raw_write_register(&mut self, address: RegisterAddress, value: u32) -> Result<(), ArmError> {
        let fault = self.begin_transfer()?;
        let (port, register) = port_of(address);
        let value = match fault {
            Some(FaultKind::FlippedWrite(bit) | FaultKind::FlippedBoth(bit)) => {
                value ^ 1 << (bit % 32)
            }
            _ => value,
        };
        let answer = self.port.write(&mut *self.machine, port, register, value);
        self.resolve(answer)
    }

    fn jtag_sequence(&mut self, _: u8, _: bool, _: u64) -> Result<(), DebugProbeError> {
        Err(DebugProbeError::UnsupportedProtocol(WireProtocol::Jtag))
    }

    fn swj_sequence(&mut self, bit_len: u8, bits: u64) -> Result<(), DebugProbeError> {
        self.present()?;
        self.port.swj_sequence(bits, u32::from(bit_len));
        Ok(())
    }

    fn swj_pins(&mut self, out: u32, select: u32, _wait: u32) -> Result<u32, DebugProbeError> {
        self.present()?;
        if select & NRESET != 0 {
            self.set_reset(out & NRESET == 0);
        }
        Ok(if self.machine.held_in_reset {
            0
        } else {
            NRESET
        })
    }

    fn into_probe(self: Box<Self>) -> Box<dyn DebugProbe> {
        self
    }

    fn core_status_notification(&mut self, _: CoreStatus) -> Result<(), DebugProbeError> {
        Ok(())
    }
}

impl DapProbe for VirtualProbe {}

impl DebugProbe for VirtualProbe {
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
        self.set_reset(true);
        Ok(())
    }

    fn target_reset_deassert(&mut self) -> Result<(), DebugProbeError> {
        self.present()?;
        self.set_reset(false);
        Ok(())
    }

    fn select_protocol(&mut self, protocol: WireProtocol) -> Result<(), DebugProbeError> {
        match protocol {
            WireProtocol::Swd => Ok(()),
            WireProtocol::Jtag => Err(DebugProbeError::UnsupportedProtocol(protocol)),
        }
    }

    fn active_protocol(&self) -> Option<WireProtocol> {
        Some(WireProtocol::Swd)
    }

    fn has_arm_interface(&self) -> bool {
        true
    }

    fn try_get_arm_debug_interface<'probe>(
        self: Box<Self>,
        sequence: Arc<dyn ArmDebugSequence>,
    ) -> Result<Box<dyn ArmDebugInterface + 'probe>, (Box<dyn DebugProbe>, ArmError)> {
        Ok(ArmCommunicationInterface::create(self, sequence, false))
    }

    fn try_as_dap_probe(&mut self) -> Option<&mut dyn DapProbe> {
        Some(self)
    }

    fn into_probe(self: Box<Self>) -> Box<dyn DebugProbe> {
        self
    }
}

impl Drop for VirtualProbe {
    /// Leaves the chip to whoever holds on to the handle.
    fn drop(&mut self) {
        if Arc::strong_count(&self.handle.0) > 1 {
            let machine = self.machine.clone();
            let mut left = (self.handle.0.machine.lock()).unwrap_or_else(PoisonError::into_inner);
            *left = Some(machine);
        }
    }
}

impl fmt::Debug for VirtualProbe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VirtualProbe")
            .field("chip", &self.machine.chip.name)
            .field("transfers", &self.transfers)
            .finish_non_exhaustive()
    }
}

/// The virtual board with this chip, in a list of probes.
fn listed(chip: &str) -> DebugProbeInfo {
    let name = format!("Virtual board ({chip})");
    let serial = Some(chip.to_owned());
    DebugProbeInfo::new(name, VENDOR_ID, PRODUCT_ID, serial, &FACTORY, None, false)
}

/// What probe-rs asks for the virtual boards.
#[derive(Debug)]
pub(super) struct VirtualFactory;

impl fmt::Display for VirtualFactory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("virtual board")
    }
}

impl ProbeFactory for VirtualFactory {
    fn open(&self, selector: &DebugProbeSelector) -> Result<Box<dyn DebugProbe>, DebugProbeError> {
        // Not only those that are listed: any chip that is modelled can be asked for.
        let asked = selector.serial_number.as_deref();
        let mut chips = asked.into_iter().chain(virtual_chips().iter().copied());
        let chip = chips.find(|chip| selector.matches_probe(&listed(chip)));
        let chip = chip.and_then(|chip| virtual_chip(chip).ok());
        let chip = chip.ok_or(ProbeCreationError::NotFound)?;
        Ok(open_chip(chip, Faults::default()))
    }

    fn list_probes(&self) -> Vec<ProbeListItem> {
        let listed = virtual_chips().iter().map(|chip| listed(chip));
        listed.map(ProbeListItem::accessible).collect()
    }
}
