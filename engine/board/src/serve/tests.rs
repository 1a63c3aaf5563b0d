use super::frame::{Damaged, Deframer, Piece, frame};
use super::link::{IDENTIFIER, Link, Nonsense, Wire};
use proptest::prelude::*;
use tinyscope_vmcu::{LinkError, Port};

/// A wire that notes what it is asked and answers with a count; FAULT at address 8 of the access port.
#[derive(Debug, Default, PartialEq, Eq)]
struct Notes {
    log: Vec<String>,
    reads: u32,
}

impl Wire for Notes {
    fn read(&mut self, port: Port, address: u8) -> Result<u32, LinkError> {
        self.log.push(format!("read {port:?} {address:x}"));
        self.reads += 1;
        match (port, address) {
            (Port::Ap, 8) => Err(LinkError::Fault),
            (Port::Dp, 8) => Err(LinkError::NoAnswer),
            _ => Ok(self.reads),
        }
    }

    fn write(&mut self, port: Port, address: u8, value: u32) -> Result<(), LinkError> {
        self.log
            .push(format!("write {port:?} {address:x} {value:x}"));
        Ok(())
    }

    fn sequence(&mut self, bits: u32, count: u8) {
        self.log.push(format!("sequence {bits:x} {count}"));
    }

    fn set_reset(&mut self, low: bool) {
        self.log.push(format!("reset {low}"));
    }
}

/// Packets that a stream decodes to; `None` if it is damaged.
fn packets(stream: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut deframer = Deframer::default();
    let (mut packets, mut open) = (Vec::new(), Vec::new());
    for &byte in stream {
        match deframer.feed(byte).ok()? {
            Piece::Nothing => {}
            Piece::Byte(byte) => open.push(byte),
            Piece::End => packets.push(std::mem::take(&mut open)),
        }
    }
    Some(packets)
}

/// Sends packets to a link; what comes back, and what the wire saw.
fn talk(sent: &[&[u8]]) -> (Result<Vec<Vec<u8>>, Nonsense>, Vec<String>) {
    let (mut link, mut wire, mut stream) = (Link::default(), Notes::default(), Vec::new());
    for packet in sent {
        frame(packet, &mut stream);
    }
    for byte in stream {
        if let Err(nonsense) = link.feed(byte, &mut wire) {
            return (Err(nonsense), wire.log);
        }
    }
    let answers = packets(&link.take_answers()).expect("answers are well-formed");
    (Ok(answers), wire.log)
}

#[test]
fn frames_are_those_of_the_publication() {
    // S. Cheshire and M. Baker, "Consistent Overhead Byte Stuffing", 1999: zero bytes are replaced by distances.
    for (packet, stream) in [
        (
            &[0x45, 0, 0, 0x2C, 0x4C][..],
            &[2, 0x45, 1, 3, 0x2C, 0x4C, 0][..],
        ),
        (&[0][..], &[1, 1, 0][..]),
        (&[1, 2, 3][..], &[4, 1, 2, 3, 0][..]),
    ] {
        let mut framed = Vec::new();
        frame(packet, &mut framed);
        assert_eq!(framed, stream);
        assert_eq!(packets(stream), Some(vec![packet.to_vec()]));
    }
    let mut deframer = Deframer::default();
    assert_eq!(deframer.feed(9), Ok(Piece::Nothing));
    assert_eq!(deframer.feed(0), Err(Damaged), "eight bytes are missing");
    assert_eq!(packets(&[0, 0, 0]), Some(vec![]), "idle line");
}

#[test]
fn it_says_what_it_is() {
    let mut expected = vec![0];
    expected.extend(IDENTIFIER);
    expected.extend(48_000_000u32.to_le_bytes());
    expected.extend(0x1234u16.to_le_bytes());
    // Packet borders mean nothing to an endpoint.
    let (answers, log) = talk(&[&[0, 0x00], &[0, 0x10, 0x12, 0x34], &[0, 0x12, 0x11]]);
    assert_eq!(answers, Ok(vec![expected]));
    assert!(log.is_empty());
}

#[test]
fn sequences_resets_and_transfers_reach_the_wire() {
    let (answers, log) = talk(&[
        &[0, 0x20, 0x21],
        &[1, 0x20, 1, 2, 3, 4, 0x30, 0x9E, 0xE7, 0, 0],
        &[1, 0x08, 0xEF, 0xBE, 0xAD, 0xDE, 0x05, 1, 0, 0, 0, 0x06],
    ]);
    assert_eq!(
        log,
        [
            "reset true",
            "reset false",
            "sequence 4030201 32",
            "sequence e79e 16",
            "write Dp 8 deadbeef",
            "write Ap 4 1",
            "read Dp 4"
        ]
    );
    assert_eq!(answers, Ok(vec![vec![1, 0x11, 0x11, 0x01, 1, 0, 0, 0]]));
}

#[test]
fn reads_of_an_access_port_are_posted() {
    // Three reads and RDBUFF: the first answer is old, RDBUFF is the last of the three.
    let (answers, log) = talk(&[&[1, 0x0F, 0x0F, 0x0F, 0x0E]]);
    assert_eq!(log, ["read Ap c", "read Ap c", "read Ap c"]);
    let values: Vec<u8> = (0..4).flat_map(|value| [1, value, 0, 0, 0]).collect();
    assert_eq!(answers, Ok(vec![[&[1], &values[..]].concat()]));
}

#[test]
fn after_a_failure_the_rest_of_the_packet_is_left() {
    // probe-rs' driver reads no answer of a batch after the first failure, and begins anew with the next packet.
    let (answers, log) = talk(&[
        &[1, 0x0F, 0x0B, 0x0E, 0x01, 1, 2],
        &[1, 0x01, 5, 0, 0, 0],
        &[1, 0x0A],
    ]);
    assert_eq!(log, ["read Ap c", "read Ap 8", "write Ap 0 5", "read Dp 8"]);
    assert_eq!(answers, Ok(vec![vec![1, 1, 0, 0, 0, 0, 0x14, 0x11, 0x20]]));
}

#[test]
fn nonsense_is_named() {
    assert_eq!(talk(&[&[7, 0]]).0, Err(Nonsense::Endpoint(7)));
    assert_eq!(talk(&[&[0, 0x33]]).0, Err(Nonsense::Command(0x33)));
    assert_eq!(talk(&[&[1, 0x40]]).0, Err(Nonsense::Command(0x40)));
    assert_eq!(talk(&[&[1, 0x10]]).0, Err(Nonsense::Command(0x10)));
    let mut link = Link::default();
    let mut wire = Notes::default();
    assert_eq!(link.feed(5, &mut wire), Ok(()));
    assert_eq!(link.feed(0, &mut wire), Err(Nonsense::Packet));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn whatever_is_framed_comes_out(sent in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..600), 0..4)) {
        let mut stream = Vec::new();
        for packet in &sent {
            let from = stream.len();
            frame(packet, &mut stream);
            prop_assert!(stream.len() - from <= packet.len() + packet.len() / 254 + 2);
            prop_assert!(stream[from..stream.len() - 1].iter().all(|&byte| byte != 0));
        }
        prop_assert_eq!(packets(&stream), Some(sent));
    }

    /// Bytes from anywhere: no panic, and no more answer than what twelve-byte identifiers come to.
    #[test]
    fn bytes_from_anywhere_do_no_harm(bytes in prop::collection::vec(prop_oneof![0u8..3, any::<u8>()], 0..2000)) {
        let (mut link, mut wire) = (Link::default(), Notes::default());
        for (at, &byte) in bytes.iter().enumerate() {
            if link.feed(byte, &mut wire).is_err() {
                break;
            }
            prop_assert!(wire.log.len() <= at);
        }
        let answers = link.take_answers();
        prop_assert!(packets(&answers).is_some());
        prop_assert!(answers.len() <= 16 * bytes.len() + 16);
        prop_assert_eq!(link.take_answers(), Vec::<u8>::new());
    }

    /// The commands of random packets, each well-formed: however they are cut into packets, the same reaches the wire.
    #[test]
    fn packet_borders_mean_nothing(
        commands in prop::collection::vec((0u8..4, any::<u32>()), 0..60),
        cut in 1usize..40,
    ) {
        let bytes: Vec<u8> = commands
            .iter()
            .flat_map(|&(kind, value)| match kind {
                0 => [&[0x21 + (value % 31) as u8][..], &value.to_le_bytes()].concat(),
                1 => [&[0x0D][..], &value.to_le_bytes()].concat(),
                2 => vec![0x0F],
                _ => vec![0x0E],
            })
            .collect();
        let whole = talk(&[&[&[1], &bytes[..]].concat()]);
        let cut: Vec<Vec<u8>> = bytes.chunks(cut).map(|part| [&[1], part].concat()).collect();
        let cut = talk(&cut.iter().map(Vec::as_slice).collect::<Vec<_>>());
        prop_assert_eq!(whole, cut);
    }
}
