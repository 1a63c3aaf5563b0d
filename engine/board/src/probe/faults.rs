//! Faults that a test can have the virtual probe commit.

use probe_rs::probe::DebugProbeError;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tinyscope_vmcu::Machine;

/// What goes wrong with a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// It is answered with FAULT and not carried out.
    Refused,
    /// It is answered with WAIT until the probe gives up, and not carried out.
    Wait,
    /// It is not answered and not carried out.
    NoAcknowledge,
    /// If it reads an access port, this bit of the value is flipped.
    FlippedRead(u8),
    /// If it writes, this bit of the value arrives flipped.
    FlippedWrite(u8),
    /// This bit is flipped both ways.
    FlippedBoth(u8),
    /// The probe does not answer the host in time.
    Hangs,
    /// The chip loses its power for a moment before the transfer.
    PowerGlitch,
}

/// A fault of some transfers in a row. Register transfers are counted from zero when the probe is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The first transfer that it hits.
    pub at: u64,
    /// How many.
    pub count: u64,
    /// What happens to them.
    pub kind: FaultKind,
}

/// What goes wrong at which transfer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// From this transfer on the probe is gone, as when its cable is pulled.
    pub vanish_at: Option<u64>,
    /// From this transfer on the chip does not answer, until its reset pin is pulled: a program took the pins.
    pub mute_at: Option<u64>,
    /// What happens to single transfers.
    pub list: Vec<Fault>,
    /// Transfers after which the probe only reports timeouts: the bound of a test that must not hang.
    pub limit: Option<u64>,
}

impl Faults {
    /// Whether the probe is still there after so many transfers.
    pub(super) fn present(&self, transfers: u64) -> Result<(), DebugProbeError> {
        if self.vanish_at.is_some_and(|at| transfers >= at) {
            return Err(DebugProbeError::Usb(io::Error::new(
                io::ErrorKind::NotConnected,
                "the probe was disconnected",
            )));
        }
        Ok(())
    }

    /// The probe is gone from this transfer on.
    pub fn vanishing(at: u64) -> Self {
        Self {
            vanish_at: Some(at),
            ..Self::default()
        }
    }

    /// One fault.
    pub fn one(kind: FaultKind, at: u64, count: u64) -> Self {
        Self {
            list: vec![Fault { at, count, kind }],
            ..Self::default()
        }
    }

    /// The fault that hits this transfer.
    pub(super) fn at(&self, transfer: u64) -> Option<FaultKind> {
        self.list
            .iter()
            .find(|fault| transfer >= fault.at && transfer - fault.at < fault.count)
            .map(|fault| fault.kind)
    }
}

/// What a test sees of a virtual board behind its probe.
#[derive(Clone, Debug, Default)]
pub struct Handle(pub(super) Arc<Shared>);

/// Shared between probe and handle.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) transfers: AtomicU64,
    pub(super) cycles: AtomicU64,
    pub(super) machine: Mutex<Option<Box<Machine>>>,
}

impl Handle {
    /// Register transfers so far.
    pub fn transfers(&self) -> u64 {
        self.0.transfers.load(Ordering::Relaxed)
    }

    /// Cycles of the core's clock since power-up, as of the latest transfer.
    pub fn cycles(&self) -> u64 {
        self.0.cycles.load(Ordering::Relaxed)
    }

    /// The chip as it was left; `None` while the probe, or a session through it, lives.
    pub fn take_machine(&self) -> Option<Box<Machine>> {
        self.0
            .machine
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}
