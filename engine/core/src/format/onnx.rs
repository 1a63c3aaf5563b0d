//! The protobuf messages of ONNX, for reading (`import`) and writing (`export`): `ModelProto` and what it holds.
//!
//! The generated file is committed. After a change of `onnx.proto` make it again, in a scratch project that depends on
//! `protox` 0.9 and `prost-build` of the version that the workspace pins for `prost`, with this program:
//!
//! ```text
//! let set = protox::compile(["onnx.proto"], ["."]).unwrap();
//! let mut config = prost_build::Config::new();
//! config.bytes(["."]).boxed(".onnx.AttributeProto.t").out_dir("generated");
//! config.compile_fds(set).unwrap(); // then onnx.rs becomes onnx_generated.rs
//! ```
//!
//! Byte fields are [`bytes::Bytes`]: decoded from a `Bytes`, they share its memory. The packed lists of numbers in
//! [`TensorProto`] are such fields too (`onnx.proto` says why); writers put elements into `raw_data`.

#[allow(
    missing_docs,
    unused_lifetimes,
    rustdoc::all,
    clippy::all,
    clippy::pedantic,
    reason = "made by prost-build: the comments are those of the schema, and the style is the generator's"
)]
#[rustfmt::skip]
#[path = "generated/onnx_generated.rs"]
mod generated;

pub use bytes::Bytes;
pub use generated::*;
pub use prost::Message;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shared_and_survive_a_round_trip() {
        let tensor = TensorProto {
            dims: vec![2, 2],
            data_type: tensor_proto::DataType::Int8 as i32,
            name: "w".into(),
            raw_data: Bytes::from_static(&[1, 2, 3, 4]),
            ..TensorProto::default()
        };
        let graph = GraphProto {
            initializer: vec![tensor.clone()],
            ..GraphProto::default()
        };
        let model = ModelProto {
            ir_version: 8,
            graph: Some(graph),
            ..ModelProto::default()
        };
        let file = Bytes::from(model.encode_to_vec());
        let read = ModelProto::decode(file.clone()).expect("it was just written");
        assert_eq!(read, model);
        let raw = &read.graph.expect("a graph").initializer[0].raw_data;
        assert!(file.as_ptr_range().contains(&raw.as_ptr()));
    }

    #[test]
    fn numbers_of_the_wire_are_those_of_the_specification() {
        // ir_version 8, then opset_import {version 13}, as any writer prints them.
        let file: &[u8] = &[0x08, 8, 0x42, 2, 0x10, 13];
        let model = ModelProto::decode(file).expect("well-formed");
        assert_eq!((model.ir_version, model.opset_import[0].version), (8, 13));
        // int32_data of a TensorProto is packed: field 5, length-delimited.
        let tensor = TensorProto::decode(&[0x10, 3, 0x2a, 2, 7, 9][..]).expect("well-formed");
        assert_eq!(tensor.int32_data.as_ref(), [7, 9]);
    }
}
