//! The virtual board as a network probe: an unmodified `probe-rs` flashes, runs and debugs it over TCP.
//!
//! It owns the socket: one client at a time, others wait for their turn. The board is one and the same for all of
//! them: what one client flashed is there for the next, as on a real board. Time goes on while a client is connected,
//! also when it says nothing, and stands still while there is none.

mod frame;
mod link;
mod wire;

use crate::error::BoardError;
use crate::probe::{self, VirtualProbe};
use crate::types::Cancel;
use link::Link;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// USB ids by which probe-rs chooses its driver for this protocol: Qi Hardware, Glasgow Interface Explorer.
const DRIVER: &str = "20b7:9db1";
/// Pause between two looks for a client.
const POLL: Duration = Duration::from_millis(10);
/// A client that says nothing for this long lets the board's time go on by as much.
const IDLE: Duration = Duration::from_millis(1);
/// A client that takes no answers for this long is given up.
const WRITE_LIMIT: Duration = Duration::from_secs(5);
/// Bytes handled between two looks at the cancel flag; each may let the board run for some milliseconds.
const SLICE: usize = 64;

/// What happens on the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServeEvent {
    /// A client has come.
    Connected(SocketAddr),
    /// It has gone; the reason if it was not its own will.
    Disconnected(SocketAddr, Option<String>),
}

/// A virtual board that listens.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    board: VirtualProbe,
}

impl Server {
    /// A board as delivered, with its flash erased, listening on `address` (port 0: any free one). Without a chip's
    /// name it is the first virtual board.
    ///
    /// Whoever reaches that address can use the board, and nothing else of this machine; a loopback address keeps it
    /// to this machine.
    ///
    /// # Errors
    /// [`BoardError::UnknownChip`], [`BoardError::NotSimulated`] where there is no virtual one, [`BoardError::Listen`] where the address cannot be
    /// had.
    pub fn bind(address: SocketAddr, chip: Option<&str>) -> Result<Self, BoardError> {
        let board = probe::virtual_probe(chip)?;
        let listen = |source| BoardError::Listen { address, source };
        let listener = TcpListener::bind(address).map_err(listen)?;
        listener.set_nonblocking(true).map_err(listen)?;
        Ok(Self {
            address: listener.local_addr().map_err(listen)?,
            listener,
            board,
        })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The chip on the board, as the probe-rs registry names it.
    pub fn chip(&self) -> &str {
        self.board.chip_name()
    }

    /// What `probe-rs --probe` takes to reach it.
    pub fn selector(&self) -> String {
        format!("{DRIVER}:tcp:{}", self.address)
    }

    /// Serves clients, one after the other, until cancelled. A client's failure ends its connection only.
    ///
    /// # Errors
    /// [`BoardError::Listen`] when no more clients can be accepted.
    pub fn run(
        &mut self,
        cancel: &Cancel,
        event: &mut dyn FnMut(ServeEvent),
    ) -> Result<(), BoardError> {
        while !cancel.is_cancelled() {
            match self.listener.accept() {
                Ok((stream, peer)) => {
                    event(ServeEvent::Connected(peer));
                    let end = serve_client(stream, &mut self.board, cancel);
                    // The pin belongs to the probe, which is gone.
                    self.board.set_reset(false);
                    event(ServeEvent::Disconnected(peer, end.err()));
                }
                Err(error) if passes(&error) => std::thread::sleep(POLL),
                Err(source) => {
                    return Err(BoardError::Listen {
                        address: self.address,
                        source,
                    });
                }
            }
        }
        Ok(())
    }
}

/// Whether trying again helps: nobody there, or a client that has gone before it was accepted.
fn passes(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock
            | ErrorKind::TimedOut
            | ErrorKind::Interrupted
            | ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionReset
    )
}

/// Serves one client until it leaves, fails, or the server is cancelled.
fn serve_client(
    mut stream: TcpStream,
    board: &mut VirtualProbe,
    cancel: &Cancel,
) -> Result<(), String> {
    let text = |error: io::Error| error.to_string();
    stream.set_nonblocking(false).map_err(text)?;
    stream.set_nodelay(true).map_err(text)?;
    stream.set_read_timeout(Some(IDLE)).map_err(text)?;
    stream.set_write_timeout(Some(WRITE_LIMIT)).map_err(text)?;
    let idle_instructions = board.clock_hz() / 1000 * IDLE.as_millis() as u64;
    let mut link = Link::default();
    let mut buffer = [0; 16 * 1024];
    while !cancel.is_cancelled() {
        let count = match stream.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(()),
            Err(error) if passes(&error) => {
                board.pass_time(idle_instructions);
                continue;
            }
            Err(error) => return Err(text(error)),
        };
        for slice in buffer[..count].chunks(SLICE) {
            if cancel.is_cancelled() {
                return Ok(());
            }
            for &byte in slice {
                link.feed(byte, board)
                    .map_err(|what| format!("it sent {what}, which is no `probe-rs,v01`"))?;
            }
        }
        stream.write_all(&link.take_answers()).map_err(text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
