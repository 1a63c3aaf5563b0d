//! The virtual board at the end of the wire.

use super::link::Wire;
use crate::probe::VirtualProbe;
use probe_rs::architecture::arm::dp::DpRegisterAddress;
use probe_rs::architecture::arm::{ArmError, DapError, RawDapAccess, RegisterAddress};
use probe_rs::probe::DebugProbe;
use tinyscope_vmcu::{LinkError, Port};

fn register(port: Port, address: u8) -> RegisterAddress {
    match port {
        Port::Ap => RegisterAddress::ApRegister(address),
        Port::Dp => RegisterAddress::DpRegister(DpRegisterAddress {
            address,
            bank: None,
        }),
    }
}

/// Whatever is no FAULT leaves the acknowledge undriven.
fn link_error(error: &ArmError) -> LinkError {
    match error {
        ArmError::Dap(DapError::FaultResponse) => LinkError::Fault,
        _ => LinkError::NoAnswer,
    }
}

impl Wire for VirtualProbe {
    fn read(&mut self, port: Port, address: u8) -> Result<u32, LinkError> {
        self.raw_read_register(register(port, address))
            .map_err(|error| link_error(&error))
    }

    fn write(&mut self, port: Port, address: u8, value: u32) -> Result<(), LinkError> {
        self.raw_write_register(register(port, address), value)
            .map_err(|error| link_error(&error))
    }

    fn sequence(&mut self, bits: u32, count: u8) {
        // A sequence is not acknowledged; it fails only where faults are injected, and then transfers tell.
        let _ = self.swj_sequence(count, u64::from(bits));
    }

    fn set_reset(&mut self, low: bool) {
        let _ = if low {
            self.target_reset_assert()
        } else {
            self.target_reset_deassert()
        };
    }
}
