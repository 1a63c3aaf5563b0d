//! What the firmware says and hears: framed reports over RTT, and the words of its control block.
//!
//! A frame is magic, kind, sequence, payload length, payload and a CRC-32 (IEEE 802.3) of all before it; all words
//! are little-endian. The C side is `firmware/report.c` and `firmware/firmware.h`.

use crate::error::BoardError;

/// First word of a frame: `TSR2`. The digit is the version of the protocol.
pub const MAGIC: u32 = 0x3252_5354;
/// Sent once after reset.
pub const KIND_HELLO: u32 = 1;
/// Sent after each run.
pub const KIND_RUN: u32 = 2;
/// Payload of a greeting.
pub const HELLO_BYTES: usize = 24;
/// Longest payload that is believed: a larger length is damage.
pub const MAX_PAYLOAD_BYTES: usize = 16 << 20;

const HEADER_BYTES: usize = 16;
const CRC_BYTES: usize = 4;
const STEP_BYTES: usize = 24;
const RUN_BYTES: usize = 36;

/// A whole frame whose checksum is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What it holds.
    pub kind: u32,
    /// The host's number for the run.
    pub sequence: u32,
    /// Content.
    pub payload: Vec<u8>,
}

/// What the firmware found out about the chip it runs on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hello {
    /// SCB CPUID.
    pub cpuid: u32,
    /// Bit 0: data cache on, bit 1: instruction cache on.
    pub caches: u32,
    /// Whether the core has a cycle counter (DWT); otherwise the system timer counts, with its turns counted by the firmware.
    pub has_cycle_counter: bool,
    /// Arena size that the program was compiled with.
    pub arena_bytes: u32,
    /// Number of steps that it was compiled with.
    pub steps: u32,
    /// CRC-32 of the image in flash, as the target itself reads it.
    pub image_crc: u32,
}

/// One step of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepRecord {
    /// Cycles, passes summed.
    pub cycles: u64,
    /// Instructions, passes summed; 0 where nothing counts them.
    pub instructions: u64,
    /// FNV-1a of the output, pass after pass.
    pub digest: u32,
    /// How often the step ran.
    pub passes: u32,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunReport {
    /// Cycles of the inference, hooks excluded.
    pub cycles: u64,
    /// Instructions of the inference, hooks excluded; 0 where nothing counts them.
    pub instructions: u64,
    /// Deepest stack use of the program.
    pub stack_bytes: u32,
    /// Bit 0: the guard before the arena is intact, bit 1: the one after it.
    pub guards: u32,
    /// Whether the memory protection unit stood guard: a stray access would have faulted.
    pub guarded: bool,
    /// Bytes of the arena that were written, inputs included, counted in whole words of four bytes.
    pub arena_touched_bytes: u32,
    /// Offset of the first byte after the highest one that was written.
    pub arena_high_water: u32,
    /// Per step.
    pub steps: Vec<StepRecord>,
    /// Codes of the outputs, one after the other.
    pub output: Vec<u8>,
}

fn damaged(message: impl Into<String>) -> BoardError {
    BoardError::Protocol {
        message: message.into(),
    }
}

/// CRC-32 as in IEEE 802.3: reflected, polynomial 0x04C11DB7, start and end inverted.
pub fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

/// A frame as the firmware sends it.
pub fn encode(frame: &Frame) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES + frame.payload.len() + CRC_BYTES);
    let words = [
        MAGIC,
        frame.kind,
        frame.sequence,
        frame.payload.len() as u32,
    ];
    for word in words {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(&frame.payload);
    bytes.extend(crc32(&bytes).to_le_bytes());
    bytes
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}

/// Takes the first frame out of `buffer`: `None` while it is not whole yet.
///
/// # Errors
/// [`BoardError::Protocol`] as soon as the buffer cannot become a right frame.
pub fn take_frame(buffer: &mut Vec<u8>) -> Result<Option<Frame>, BoardError> {
    let magic = MAGIC.to_le_bytes();
    let seen = buffer.len().min(magic.len());
    if let Some(&[a, b, c, version]) = buffer.first_chunk::<4>()
        && [a, b, c] == [magic[0], magic[1], magic[2]]
        && version != magic[3]
        && version.is_ascii_digit()
    {
        return Err(damaged(format!(
            "it is of version {} of the protocol, expected {}; flash again",
            char::from(version),
            char::from(magic[3])
        )));
    }
    if buffer[..seen] != magic[..seen] {
        return Err(damaged("a frame begins with the wrong mark"));
    }
    let (Some(kind), Some(sequence), Some(length)) =
        (word(buffer, 4), word(buffer, 8), word(buffer, 12))
    else {
        return Ok(None);
    };
    let length = length as usize;
    if length > MAX_PAYLOAD_BYTES {
        return Err(damaged(format!("a frame claims {length} B")));
    }
    let end = HEADER_BYTES + length;
    let Some(crc) = word(buffer, end) else {
        return Ok(None);
    };
    if crc != crc32(&buffer[..end]) {
        return Err(damaged("a frame's checksum is wrong"));
    }
    let payload = buffer[HEADER_BYTES..end].to_vec();
    buffer.drain(..end + CRC_BYTES);
    Ok(Some(Frame {
        kind,
        sequence,
        payload,
    }))
}

/// Reads little-endian words off a payload.
struct Words<'a>(&'a [u8]);

impl Words<'_> {
    fn next(&mut self) -> Result<u32, BoardError> {
        let value = word(self.0, 0).ok_or_else(|| damaged("a report ends early"))?;
        self.0 = &self.0[4..];
        Ok(value)
    }

    fn long(&mut self) -> Result<u64, BoardError> {
        Ok(u64::from(self.next()?) | u64::from(self.next()?) << 32)
    }
}

/// The content of a [`KIND_HELLO`] frame.
///
/// # Errors
/// [`BoardError::Protocol`] when it is another kind or has another length.
pub fn hello(frame: &Frame) -> Result<Hello, BoardError> {
    if frame.kind != KIND_HELLO || frame.payload.len() != HELLO_BYTES {
        return Err(damaged(format!(
            "expected the greeting, got kind {} with {} B",
            frame.kind,
            frame.payload.len()
        )));
    }
    let mut words = Words(&frame.payload);
    Ok(Hello {
        cpuid: words.next()?,
        caches: words.next()?,
        has_cycle_counter: words.next()? == 0,
        arena_bytes: words.next()?,
        steps: words.next()?,
        image_crc: words.next()?,
    })
}

/// The content of a [`KIND_RUN`] frame that answers run `sequence` of a program with these many steps and output bytes.
///
/// # Errors
/// [`BoardError::Protocol`] when it is anything else.
pub fn run_report(
    frame: &Frame,
    sequence: u32,
    steps: usize,
    output_bytes: usize,
) -> Result<RunReport, BoardError> {
    if frame.kind != KIND_RUN || frame.sequence != sequence {
        return Err(damaged(format!(
            "expected the report of run {sequence}, got kind {} of run {}",
            frame.kind, frame.sequence
        )));
    }
    let expected = RUN_BYTES + steps * STEP_BYTES + 4 + output_bytes;
    if frame.payload.len() != expected {
        return Err(damaged(format!(
            "the report has {} B, expected {expected}",
            frame.payload.len()
        )));
    }
    let mut words = Words(&frame.payload);
    let cycles = words.long()?;
    let instructions = words.long()?;
    let stack_bytes = words.next()?;
    let guards = words.next()?;
    let arena_touched_bytes = words.next()?;
    let arena_high_water = words.next()?;
    let count = words.next()? as usize;
    if count != steps {
        return Err(damaged(format!(
            "the report has {count} steps, expected {steps}"
        )));
    }
    let steps = (0..steps)
        .map(|_| {
            Ok(StepRecord {
                cycles: words.long()?,
                instructions: words.long()?,
                digest: words.next()?,
                passes: words.next()?,
            })
        })
        .collect::<Result<_, BoardError>>()?;
    let count = words.next()? as usize;
    if count != output_bytes {
        return Err(damaged(format!(
            "the report has {count} B of output, expected {output_bytes}"
        )));
    }
    Ok(RunReport {
        cycles,
        instructions,
        stack_bytes,
        guards: guards & 3,
        guarded: guards & 4 != 0,
        arena_touched_bytes,
        arena_high_water,
        steps,
        output: words.0.to_vec(),
    })
}

/// Words of the control block, by index; addresses are `base + 4 · index`. States and commands are far apart, so that
/// no flipped bit makes one of another.
pub mod control {
    /// One of the `STATE_…` values; written by the firmware.
    pub const STATE: u64 = 0;
    /// Starts since the host last cleared it.
    pub const BOOTS: u64 = 1;
    /// Step that is running, or [`NO_STEP`].
    pub const STEP: u64 = 2;
    /// Step that was running when the chip started again.
    pub const RESET_STEP: u64 = 4;
    /// One of the `COMMAND_…` values; written by the host, cleared by the firmware.
    pub const COMMAND: u64 = 5;
    /// What the host says of a run: [`LAUNCH_WORDS`] words.
    pub const LAUNCH: u64 = 6;
    /// Sequence, counter, stop step, stop pass, offset and length of the checked bytes, check.
    pub const LAUNCH_WORDS: usize = 7;
    /// Pass of the stop step to stop after.
    pub const STOP_PASS: u64 = LAUNCH + 3;
    /// Output of the step while stopped: address, rows, bytes of a row, bytes from row to row, pass, check.
    pub const VIEW: u64 = 13;
    /// Fault record: [`FAULT_WORDS`] words, the last one the check of the others.
    pub const FAULT: u64 = 19;
    /// Number of words of a fault record.
    pub const FAULT_WORDS: usize = 17;
    /// Number of words.
    pub const WORDS: usize = 36;

    /// No step.
    pub const NO_STEP: u32 = u32::MAX;

    /// Not yet started.
    pub const STATE_STARTING: u32 = 0;
    /// Waiting for a command.
    pub const STATE_IDLE: u32 = u32::from_le_bytes(*b"IDLE");
    /// Arena laid out, waiting for the input.
    pub const STATE_READY: u32 = u32::from_le_bytes(*b"REDY");
    /// In a run.
    pub const STATE_RUNNING: u32 = u32::from_le_bytes(*b"RUNG");
    /// In a run, stopped after a step.
    pub const STATE_STOPPED: u32 = u32::from_le_bytes(*b"STOP");
    /// The run has ended, its report is being sent.
    pub const STATE_REPORTING: u32 = u32::from_le_bytes(*b"RPRT");
    /// What came over the link is not what was sent.
    pub const STATE_REFUSED: u32 = u32::from_le_bytes(*b"RFUS");
    /// Stopped for good by a fault.
    pub const STATE_FAULTED: u32 = u32::from_le_bytes(*b"FALT");
    /// All of them.
    pub const STATES: [u32; 8] = [
        STATE_STARTING,
        STATE_IDLE,
        STATE_READY,
        STATE_RUNNING,
        STATE_STOPPED,
        STATE_REPORTING,
        STATE_REFUSED,
        STATE_FAULTED,
    ];

    /// Lay out guards and paint.
    pub const COMMAND_PREPARE: u32 = u32::from_le_bytes(*b"PREP");
    /// Run once.
    pub const COMMAND_RUN: u32 = u32::from_le_bytes(*b"RUN!");
    /// Go on after a stop.
    pub const COMMAND_CONTINUE: u32 = u32::from_le_bytes(*b"CONT");
}

/// Little-endian bytes of words.
pub fn bytes_of(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}
