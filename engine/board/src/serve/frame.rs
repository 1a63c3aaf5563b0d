//! Packets on a byte stream: consistent overhead byte stuffing (COBS), each packet ended by a zero byte.
//!
//! Bytes are decoded as they come, so that nothing grows with what a peer sends. Knows nothing of what packets mean.

use cobs::{DecodeResult, DecoderState};

/// What one byte of the stream brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Nothing yet: overhead.
    Nothing,
    /// The next byte of the packet.
    Byte(u8),
    /// The packet is whole.
    End,
}

/// A packet that ended within a run of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damaged;

/// Decodes a stream byte by byte.
#[derive(Debug, Default)]
pub struct Deframer(DecoderState);

impl Deframer {
    /// Takes the next byte of the stream. After damage the next packet is decoded again.
    pub fn feed(&mut self, byte: u8) -> Result<Piece, Damaged> {
        match self.0.feed(byte) {
            Ok(DecodeResult::NoData | DecodeResult::DataStart) => Ok(Piece::Nothing),
            Ok(DecodeResult::DataContinue(byte)) => Ok(Piece::Byte(byte)),
            Ok(DecodeResult::DataComplete) => Ok(Piece::End),
            Err(_) => Err(Damaged),
        }
    }
}

/// Appends `packet`, framed, to `stream`.
pub fn frame(packet: &[u8], stream: &mut Vec<u8>) {
    stream.extend(cobs::encode_vec(packet));
    stream.push(0);
}
