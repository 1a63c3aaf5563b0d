//! A look at the wire format before it is decoded. Protobuf lets two bytes stand for a message of hundreds of bytes in
//! memory; this bounds what decoding will allocate, and gives damaged files their own words.

use crate::format::onnx::{
    AttributeProto, FunctionProto, NodeProto, OperatorSetIdProto, StringStringEntryProto,
    TensorProto, ValueInfoProto, tensor_shape_proto::Dimension,
};

/// Most memory for decoded messages, strings and bulk data not counted.
const MOST_BYTES: usize = 24 << 20;
/// The handle of a string or of shared bytes.
const HANDLE: usize = 32;

/// The messages that hold others.
#[derive(Clone, Copy)]
enum Message {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    ValueInfo,
    Type,
    TensorType,
    Shape,
    Leaf,
}

/// What one occurrence of a field costs in memory, and what lies in it.
enum Field {
    Message(Message, usize),
    /// A list of numbers of this many bytes each, packed or not.
    Numbers(usize),
    /// A string, bytes, or nothing that is kept.
    Other,
}

const fn field(message: Message, number: u64) -> Field {
    match (message, number) {
        (Message::Model, 7) => Field::Message(Message::Graph, 256),
        (Message::Model, 8) => Field::Message(Message::Leaf, size_of::<OperatorSetIdProto>()),
        (Message::Model, 25) => Field::Message(Message::Leaf, size_of::<FunctionProto>()),
        (Message::Model, 14) | (Message::Tensor, 13) => {
            Field::Message(Message::Leaf, size_of::<StringStringEntryProto>())
        }
        (Message::Graph, 1) => Field::Message(Message::Node, size_of::<NodeProto>()),
        (Message::Graph, 5) => Field::Message(Message::Tensor, size_of::<TensorProto>()),
        (Message::Graph, 11..=13) => {
            Field::Message(Message::ValueInfo, size_of::<ValueInfoProto>())
        }
        (Message::Node, 5) => Field::Message(Message::Attribute, size_of::<AttributeProto>()),
        // Kept inside the attribute.
        (Message::Attribute, 5) => Field::Message(Message::Tensor, 0),
        (Message::Attribute, 7) => Field::Numbers(4),
        (Message::Attribute, 8) | (Message::Tensor, 1) => Field::Numbers(8),
        (Message::ValueInfo, 2) => Field::Message(Message::Type, 0),
        (Message::Type, 1) => Field::Message(Message::TensorType, 0),
        (Message::TensorType, 2) => Field::Message(Message::Shape, 0),
        (Message::Shape, 1) => Field::Message(Message::Leaf, size_of::<Dimension>()),
        _ => Field::Other,
    }
}

/// Walks a whole `ModelProto`.
///
/// # Errors
/// A sentence about the file: it is cut short or damaged, or would take too much memory.
pub(super) fn check(bytes: &[u8]) -> Result<(), String> {
    let mut spent = 0;
    walk(Message::Model, bytes, &mut spent)
}

/// Whether the bytes are fields of a `ModelProto` from beginning to end, a network among them.
pub(in crate::import) fn is_model(mut bytes: &[u8]) -> bool {
    let mut has_graph = false;
    while !bytes.is_empty() {
        let Ok(tag) = varint(&mut bytes) else {
            return false;
        };
        let passed = match (tag >> 3, tag & 7) {
            (1 | 5, 0) => varint(&mut bytes).is_ok(),
            (2..=4 | 6..=8 | 14 | 20 | 25 | 26, 2) => {
                has_graph |= tag >> 3 == 7;
                varint(&mut bytes).is_ok_and(|len| take(&mut bytes, len).is_ok())
            }
            _ => false,
        };
        if !passed {
            return false;
        }
    }
    has_graph
}

fn walk(message: Message, mut bytes: &[u8], spent: &mut usize) -> Result<(), String> {
    while !bytes.is_empty() {
        let tag = varint(&mut bytes)?;
        let number = tag >> 3;
        let kind = field(message, number);
        let cost = match tag & 7 {
            0 => {
                varint(&mut bytes)?;
                if let Field::Numbers(size) = kind {
                    size
                } else {
                    0
                }
            }
            1 => {
                take(&mut bytes, 8)?;
                0
            }
            5 => {
                take(&mut bytes, 4)?;
                if let Field::Numbers(size) = kind {
                    size
                } else {
                    0
                }
            }
            2 => {
                let len = varint(&mut bytes)?;
                let inner = take(&mut bytes, len)?;
                match kind {
                    Field::Message(inside, size) => {
                        walk(inside, inner, spent)?;
                        size
                    }
                    // A number takes at least one byte on the wire, a float four.
                    Field::Numbers(4) => inner.len(),
                    Field::Numbers(size) => inner.len().saturating_mul(size),
                    Field::Other => HANDLE,
                }
            }
            other => return Err(format!("field {number} has the wire type {other}")),
        };
        *spent = spent.saturating_add(cost);
        if *spent > MOST_BYTES {
            return Err("it holds more nodes, attributes and names than any network has".into());
        }
    }
    Ok(())
}

/// Reads a base-128 number of at most ten bytes.
pub(super) fn varint(bytes: &mut &[u8]) -> Result<u64, String> {
    let mut value = 0_u64;
    for (index, &byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte < 0x80 {
            *bytes = &bytes[index + 1..];
            return Ok(value);
        }
    }
    Err(if bytes.len() < 10 {
        "it ends in the middle of a number".into()
    } else {
        "a number is longer than 64 bits".into()
    })
}

fn take<'a>(bytes: &mut &'a [u8], len: u64) -> Result<&'a [u8], String> {
    let len = usize::try_from(len).ok().filter(|&len| len <= bytes.len());
    let len = len.ok_or("a field is longer than the rest of the file")?;
    let (head, tail) = bytes.split_at(len);
    *bytes = tail;
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::onnx::{GraphProto, Message as _, ModelProto};

    #[test]
    fn a_written_model_passes_and_every_cut_of_it_is_noticed_or_ends_a_field() {
        let node = NodeProto {
            input: vec!["x".into()],
            op_type: "Relu".into(),
            attribute: vec![AttributeProto {
                name: "a".into(),
                ints: vec![1, -1],
                floats: vec![0.5],
                ..AttributeProto::default()
            }],
            ..NodeProto::default()
        };
        let graph = GraphProto {
            node: vec![node],
            ..GraphProto::default()
        };
        let model = ModelProto {
            ir_version: 8,
            graph: Some(graph),
            ..ModelProto::default()
        };
        let bytes = model.encode_to_vec();
        assert_eq!(check(&bytes), Ok(()));
        for len in 3..bytes.len() {
            assert!(check(&bytes[..len]).is_err(), "cut at {len}");
        }
    }

    #[test]
    fn many_small_messages_are_refused_before_they_are_decoded() {
        // A graph of 400,000 empty nodes in 800 kB would take over 64 MB.
        let mut graph = Vec::new();
        for _ in 0..400_000 {
            graph.extend([0x0a, 0]);
        }
        let mut bytes = vec![0x3a];
        prost::encoding::encode_varint(graph.len() as u64, &mut bytes);
        bytes.extend(graph);
        assert!(check(&bytes).is_err());
    }
}
