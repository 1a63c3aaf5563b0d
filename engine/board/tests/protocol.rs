//! Frames: what goes in comes out, and damage is seen.

use proptest::prelude::*;
use tinyscope_board::protocol::{
    Frame, HELLO_BYTES, KIND_HELLO, KIND_RUN, StepRecord, crc32, encode, hello, run_report,
    take_frame,
};
use tinyscope_board::{BoardError, protocol};

fn frames() -> impl Strategy<Value = Frame> {
    (
        any::<u32>(),
        any::<u32>(),
        proptest::collection::vec(any::<u8>(), 0..300),
    )
        .prop_map(|(kind, sequence, payload)| Frame {
            kind,
            sequence,
            payload,
        })
}

proptest! {
    #[test]
    fn frames_come_out_as_they_went_in(sent in proptest::collection::vec(frames(), 1..4), chunk in 1usize..64) {
        let bytes: Vec<u8> = sent.iter().flat_map(encode).collect();
        let (mut buffer, mut got) = (Vec::new(), Vec::new());
        for part in bytes.chunks(chunk) {
            buffer.extend(part);
            while let Some(frame) = take_frame(&mut buffer).expect("intact") {
                got.push(frame);
            }
        }
        prop_assert_eq!(got, sent);
        prop_assert!(buffer.is_empty());
    }

    #[test]
    fn a_cut_frame_is_never_taken(frame in frames(), share in 0.0f64..1.0) {
        let mut bytes = encode(&frame);
        bytes.truncate((bytes.len() as f64 * share) as usize);
        prop_assert_eq!(take_frame(&mut bytes).expect("no damage yet"), None);
    }

    #[test]
    fn a_changed_frame_is_never_taken(frame in frames(), at in any::<prop::sample::Index>(), flip in 1u8..) {
        let mut bytes = encode(&frame);
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        // An error, or a length that asks for more bytes than will come; never a frame.
        prop_assert!(!matches!(take_frame(&mut bytes), Ok(Some(_))));
    }

    #[test]
    fn bytes_lost_in_the_middle_are_seen(frame in frames(), next in frames(), at in any::<prop::sample::Index>(), count in 1usize..8) {
        let mut bytes = encode(&frame);
        let at = at.index(bytes.len());
        let end = (at + count).min(bytes.len());
        bytes.drain(at..end);
        bytes.extend(encode(&next));
        if let Ok(Some(taken)) = take_frame(&mut bytes) {
            // Losing whole frames from the front leaves the next one.
            prop_assert_eq!(taken, next);
        }
    }

    #[test]
    fn random_bytes_are_no_report(payload in proptest::collection::vec(any::<u8>(), 0..200), steps in 0usize..5, output in 0usize..50) {
        let expected = 40 + 24 * steps + output;
        let frame = Frame { kind: KIND_RUN, sequence: 1, payload };
        match run_report(&frame, 1, steps, output) {
            Ok(report) => {
                prop_assert_eq!(frame.payload.len(), expected);
                prop_assert_eq!(report.steps.len(), steps);
                prop_assert_eq!(report.output.len(), output);
            }
            Err(error) => prop_assert!(matches!(error, BoardError::Protocol { .. }), "expected a protocol error"),
        }
    }
}

#[test]
fn the_checksum_is_the_standard_one() {
    // The check value of CRC-32/ISO-HDLC.
    assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    assert_eq!(crc32(b""), 0);
}

fn run_payload() -> Vec<u8> {
    let mut payload = Vec::new();
    for long in [1_000_u64 << 32, 7] {
        payload.extend(long.to_le_bytes());
    }
    for word in [96_u32, 7, 64, 120, 1] {
        payload.extend(word.to_le_bytes());
    }
    payload.extend(900_u64.to_le_bytes());
    payload.extend(6_u64.to_le_bytes());
    for word in [0xABCD_u32, 4] {
        payload.extend(word.to_le_bytes());
    }
    payload.extend(2_u32.to_le_bytes());
    payload.extend([0x80, 0x7F]);
    payload
}

#[test]
fn a_run_report_is_read_field_by_field() {
    let frame = Frame {
        kind: KIND_RUN,
        sequence: 5,
        payload: run_payload(),
    };
    let report = run_report(&frame, 5, 1, 2).expect("intact");
    assert_eq!((report.cycles, report.instructions), (1_000 << 32, 7));
    assert_eq!((report.stack_bytes, report.guards), (96, 3));
    assert!(report.guarded);
    assert_eq!(
        (report.arena_touched_bytes, report.arena_high_water),
        (64, 120)
    );
    assert_eq!(
        report.steps,
        [StepRecord {
            cycles: 900,
            instructions: 6,
            digest: 0xABCD,
            passes: 4
        }]
    );
    assert_eq!(report.output, [0x80, 0x7F]);
    // Another run, another program, another kind.
    assert!(run_report(&frame, 6, 1, 2).is_err());
    assert!(run_report(&frame, 5, 2, 2).is_err());
    assert!(run_report(&frame, 5, 1, 3).is_err());
    let other = Frame {
        kind: KIND_HELLO,
        ..frame
    };
    assert!(run_report(&other, 5, 1, 2).is_err());
}

#[test]
fn the_greeting_is_read_and_nothing_else_is() {
    let payload: Vec<u8> = [0x411F_C271_u32, 3, 0, 62_000, 59, 0xCAFE]
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect();
    assert_eq!(payload.len(), HELLO_BYTES);
    let mut frame = Frame {
        kind: KIND_HELLO,
        sequence: 0,
        payload,
    };
    let greeting = hello(&frame).expect("intact");
    assert_eq!(greeting.cpuid, 0x411F_C271);
    assert!(greeting.has_cycle_counter);
    assert_eq!((greeting.arena_bytes, greeting.steps), (62_000, 59));
    assert_eq!(greeting.image_crc, 0xCAFE);
    frame.payload.pop();
    assert!(hello(&frame).is_err());
}

#[test]
fn a_length_beyond_belief_is_damage_at_once() {
    let mut bytes = Vec::new();
    for word in [
        protocol::MAGIC,
        KIND_RUN,
        1,
        protocol::MAX_PAYLOAD_BYTES as u32 + 1,
    ] {
        bytes.extend(word.to_le_bytes());
    }
    assert!(take_frame(&mut bytes).is_err());
}

#[test]
fn firmware_of_another_version_is_told_as_such() {
    let mut bytes = b"TSR1\x01\0\0\0".to_vec();
    let error = take_frame(&mut bytes).expect_err("not this version");
    assert!(error.to_string().contains("version 1"), "{error}");
}
