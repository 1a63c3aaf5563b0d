//! The protocol `probe-rs,v01` of the Glasgow Interface Explorer, as its `probe-rs` applet speaks it and probe-rs'
//! own driver for it expects it: commands in, transfers on a wire, answers out.
//!
//! A state machine over bytes, with no more memory than a command and the answers not yet taken. It must not know
//! sockets, nor what is at the other end of the wire.
//!
//! A packet's first byte is an endpoint, the rest goes to that endpoint's stream of commands; answers come back the
//! same way. Reads of an access port are posted, as on the wire: each answers with the value of the one before.

use super::frame::{Deframer, Piece, frame};
use tinyscope_vmcu::{LinkError, Port};

/// What the probe answers when asked what it is.
pub const IDENTIFIER: &[u8; 12] = b"probe-rs,v01";
/// Clock that the divisor divides, in hertz.
const REFERENCE_HZ: u32 = 48_000_000;

const ROOT: u8 = 0;
const SWD: u8 = 1;

// Commands of the root endpoint; one byte, but for SET_DIVISOR.
const IDENTIFY: u8 = 0x00;
const GET_REFERENCE: u8 = 0x10;
const GET_DIVISOR: u8 = 0x11;
const SET_DIVISOR: u8 = 0x12;
const ASSERT_RESET: u8 = 0x20;
const CLEAR_RESET: u8 = 0x21;

// Commands of the SWD endpoint: a sequence of up to 32 bits, or a transfer.
const SEQUENCE: u8 = 0x20;
const SEQUENCE_BITS: u8 = 0x1F;
const TRANSFER_UNUSED: u8 = 0x10;
const ACCESS_PORT: u8 = 1 << 0;
const READ: u8 = 1 << 1;
const ADDRESS: u8 = 0xC;
const UNKNOWN: u8 = 0xC0;
/// Address of RDBUFF in the debug port.
const RDBUFF: u8 = 0xC;

// Answers to transfers: type and acknowledge.
const DATA_OK: u8 = 0x01;
const DONE_OK: u8 = 0x11;
const DONE_FAULT: u8 = 0x14;
const ERROR: u8 = 0x20;

/// Answers are put into packets of about this many bytes.
const PACKET_BYTES: usize = 1024;

/// What transfers act on.
pub trait Wire {
    /// A transfer from the chip; an access port's register answers with its own value.
    fn read(&mut self, port: Port, address: u8) -> Result<u32, LinkError>;
    /// A transfer to the chip.
    fn write(&mut self, port: Port, address: u8, value: u32) -> Result<(), LinkError>;
    /// `count` bits onto the line, least significant first.
    fn sequence(&mut self, bits: u32, count: u8);
    /// The reset pin.
    fn set_reset(&mut self, low: bool);
}

/// Something that no peer of this protocol sends; the connection is of no use any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Nonsense {
    /// A packet is not well-formed.
    #[error("a damaged packet")]
    Packet,
    /// A packet for nobody.
    #[error("a packet for endpoint {0:#04x}")]
    Endpoint(u8),
    /// A command that does not exist.
    #[error("command {0:#04x}")]
    Command(u8),
}

/// A command's bytes so far.
#[derive(Clone, Copy, Debug, Default)]
struct Partial {
    bytes: [u8; 5],
    count: usize,
}

impl Partial {
    /// Takes a byte; the command's bytes once it is `wanted` bytes long.
    fn push(&mut self, byte: u8, wanted: impl Fn(u8) -> usize) -> Option<[u8; 5]> {
        self.bytes[self.count] = byte;
        self.count += 1;
        if self.count < wanted(self.bytes[0]).min(self.bytes.len()) {
            return None;
        }
        self.count = 0;
        Some(self.bytes)
    }
}

fn word(command: [u8; 5]) -> u32 {
    let [_, a, b, c, d] = command;
    u32::from_le_bytes([a, b, c, d])
}

/// One peer's connection.
#[derive(Debug, Default)]
pub struct Link {
    deframer: Deframer,
    /// Whom the open packet is for.
    endpoint: Option<u8>,
    root: Partial,
    swd: Partial,
    /// A transfer of the open packet failed: the driver reads no more of its answers, so none of the rest is done.
    failed: bool,
    divisor: u16,
    /// Value of the latest read of an access port.
    posted: u32,
    /// The answers' open packet: endpoint, then bytes.
    packet: Vec<u8>,
    answers: Vec<u8>,
}

impl Link {
    /// Takes a byte of the peer's and carries out the command that it completes.
    pub fn feed(&mut self, byte: u8, wire: &mut impl Wire) -> Result<(), Nonsense> {
        match self.deframer.feed(byte).map_err(|_| Nonsense::Packet)? {
            Piece::Nothing => Ok(()),
            Piece::End => {
                self.endpoint = None;
                if std::mem::take(&mut self.failed) {
                    self.swd.count = 0;
                }
                Ok(())
            }
            Piece::Byte(byte) => match self.endpoint {
                None if byte > SWD => Err(Nonsense::Endpoint(byte)),
                None => {
                    self.endpoint = Some(byte);
                    Ok(())
                }
                Some(ROOT) => self.root(byte, wire),
                Some(_) => self.swd(byte, wire),
            },
        }
    }

    /// The answers since the last call, framed.
    pub fn take_answers(&mut self) -> Vec<u8> {
        self.close_packet();
        std::mem::take(&mut self.answers)
    }

    fn close_packet(&mut self) {
        if !self.packet.is_empty() {
            frame(&self.packet, &mut self.answers);
            self.packet.clear();
        }
    }

    fn answer(&mut self, endpoint: u8, bytes: &[u8]) {
        let other = self.packet.first().is_some_and(|&open| open != endpoint);
        if other || self.packet.len() >= PACKET_BYTES {
            self.close_packet();
        }
        if self.packet.is_empty() {
            self.packet.push(endpoint);
        }
        self.packet.extend(bytes);
    }

    fn root(&mut self, byte: u8, wire: &mut impl Wire) -> Result<(), Nonsense> {
        let bytes = |command| if command == SET_DIVISOR { 3 } else { 1 };
        let Some(command) = self.root.push(byte, bytes) else {
            return Ok(());
        };
        match command[0] {
            IDENTIFY => self.answer(ROOT, IDENTIFIER),
            GET_REFERENCE => self.answer(ROOT, &REFERENCE_HZ.to_le_bytes()),
            GET_DIVISOR => self.answer(ROOT, &self.divisor.to_le_bytes()),
            SET_DIVISOR => self.divisor = u16::from_le_bytes([command[1], command[2]]),
            ASSERT_RESET => wire.set_reset(true),
            CLEAR_RESET => wire.set_reset(false),
            unknown => return Err(Nonsense::Command(unknown)),
        }
        Ok(())
    }

    fn swd(&mut self, byte: u8, wire: &mut impl Wire) -> Result<(), Nonsense> {
        if self.failed {
            return Ok(());
        }
        let bytes = |command| {
            if command & SEQUENCE != 0 || command & READ == 0 {
                5
            } else {
                1
            }
        };
        if self.swd.count == 0 {
            let unused = if byte & SEQUENCE == 0 {
                UNKNOWN | TRANSFER_UNUSED
            } else {
                UNKNOWN
            };
            if byte & unused != 0 {
                return Err(Nonsense::Command(byte));
            }
        }
        let Some(command) = self.swd.push(byte, bytes) else {
            return Ok(());
        };
        if command[0] & SEQUENCE != 0 {
            let count = match command[0] & SEQUENCE_BITS {
                0 => 32,
                count => count,
            };
            wire.sequence(word(command), count);
            return Ok(());
        }
        let port = if command[0] & ACCESS_PORT == 0 {
            Port::Dp
        } else {
            Port::Ap
        };
        let address = command[0] & ADDRESS;
        let done = if command[0] & READ == 0 {
            wire.write(port, address, word(command)).map(|()| None)
        } else {
            self.read(port, address, wire).map(Some)
        };
        match done {
            Ok(None) => self.answer(SWD, &[DONE_OK]),
            Ok(Some(value)) => {
                self.answer(SWD, &[DATA_OK]);
                self.packet.extend(value.to_le_bytes());
            }
            Err(error) => {
                self.failed = true;
                let answer = match error {
                    LinkError::Fault => DONE_FAULT,
                    LinkError::NoAnswer => ERROR,
                };
                self.answer(SWD, &[answer]);
            }
        }
        Ok(())
    }

    fn read(&mut self, port: Port, address: u8, wire: &mut impl Wire) -> Result<u32, LinkError> {
        match port {
            Port::Dp if address == RDBUFF => Ok(self.posted),
            Port::Dp => wire.read(port, address),
            Port::Ap => {
                let value = wire.read(port, address)?;
                Ok(std::mem::replace(&mut self.posted, value))
            }
        }
    }
}
