//! Element types: float32, hybrid and legacy uint8 models.

use crate::build::{File, I16, O, T, U8, none, options};
use crate::{codes, errors, graph};
use tinyscope_core::graph::{DType, Data};
use tinyscope_core::{OpKind, Severity, import};

/// A fully connected layer of three inputs and two outputs.
fn dense(input: T, weights: T, bias: T, output: T) -> File {
    File::of(9, none(), vec![input, weights, bias], vec![output])
}

fn int32(values: &[i32]) -> T {
    T::list(values)
}

#[test]
fn int8_weights_of_a_float_operator_become_the_numbers_that_they_stand_for() {
    let mut weights = T::codes(&[2, 3], &[1, 2, 3, 4, 5, 6]);
    weights.scales = vec![0.5, 2.0];
    weights.zero_points = vec![0, 0];
    let file = dense(
        T::float(&[1, 3]),
        weights,
        T::floats(&[2], &[0.0, 1.0]),
        T::float(&[1, 2]),
    );
    let imported = import::import("x", &file.bytes());
    assert_eq!(codes(&imported, Severity::Note), ["hybrid"]);
    let graph = imported.graph.expect("it imports");
    let OpKind::FullyConnected(op) = &graph.ops[0].kind else {
        panic!("a fully connected layer");
    };
    let weights = graph.tensor(op.weights);
    assert_eq!((weights.dtype, &weights.quant), (DType::F32, &None));
    assert_eq!(
        weights.data,
        Some(Data::F32([0.5, 1.0, 1.5, 8.0, 10.0, 12.0].into()))
    );
    // The int8 copy is gone.
    assert!(graph.tensors.iter().all(|t| t.dtype == DType::F32));
}

#[test]
fn uint8_is_shifted_to_int8() {
    let u8s = |shape: &[i32], zero_point| T::new(U8, shape).scaled(0.5, zero_point);
    let weights = |zero_point, data: [u8; 6]| u8s(&[2, 3], zero_point).with(data);
    let file = |weights| dense(u8s(&[1, 3], 130), weights, int32(&[5, 6]), u8s(&[1, 2], 0));
    let close = weights(120, [120, 121, 119, 247, 0, 1]);
    let imported = import::import("x", &file(close).bytes());
    assert_eq!(codes(&imported, Severity::Note), ["uint8"]);
    let graph = imported.graph.expect("it imports");
    let pair = |id| graph.tensor(id).scale_zero();
    assert_eq!(pair(graph.inputs[0]), Some((0.5, 2)));
    assert_eq!(pair(graph.outputs[0]), Some((0.5, -128)));
    let (weights_id, _) = graph.ops[0].kind.parameters().expect("weights");
    // Every weight less the zero point is an int8: the zero point is folded.
    assert_eq!(pair(weights_id), Some((0.5, 0)));
    let folded = Data::I8([0, 1, -1, 127, -120, -119].into());
    assert_eq!(graph.tensor(weights_id).data, Some(folded));

    // 255 − 120 is no int8: codes and zero point are both shifted.
    let far = weights(120, [120, 121, 119, 255, 0, 1]);
    let graph = self::graph(&file(far));
    let (weights_id, _) = graph.ops[0].kind.parameters().expect("weights");
    assert_eq!(graph.tensor(weights_id).scale_zero(), Some((0.5, -8)));
    let kept = Data::I8([-8, -7, -9, 127, -128, -127].into());
    assert_eq!(graph.tensor(weights_id).data, Some(kept));
}

#[test]
fn convolutions_of_int8_files_need_symmetric_weights() {
    let conv = || {
        options!(
            Conv2DOptions,
            Conv2DOptionsArgs {
                padding: 1,
                stride_w: 1,
                stride_h: 1
            }
        )
    };
    let weights = T::codes(&[1, 1, 1, 2], &[1, 2]).scaled(1.0, 4);
    let image = || T::int8(&[1, 2, 2, 2], 1.0, 0);
    let file = File::of(
        3,
        conv(),
        vec![image(), weights],
        vec![T::int8(&[1, 2, 2, 1], 1.0, 0)],
    );
    assert_eq!(errors(&file), ["bad-quantisation"]);
    // A fully connected layer honours the zero point; here it can be folded.
    let weights = T::codes(&[2, 3], &[1; 6]).scaled(1.0, 4);
    let file = dense(
        T::int8(&[1, 3], 1.0, 0),
        weights,
        int32(&[0, 0]),
        T::int8(&[1, 2], 1.0, 0),
    );
    let graph = graph(&file);
    let (weights, _) = graph.ops[0].kind.parameters().expect("weights");
    assert_eq!(graph.tensor(weights).data, Some(Data::I8([-3; 6].into())));
}

#[test]
fn a_network_may_be_float_at_one_end() {
    // int8 addition, then a float head.
    let file = File {
        tensors: vec![
            T::int8(&[1, 4], 0.5, 0),
            T::float(&[1, 4]),
            T::float(&[1, 4]),
        ],
        ops: vec![
            O::new(6, none(), &[0], &[1]),
            O::new(19, none(), &[1], &[2]),
        ],
        inputs: vec![0],
        outputs: vec![2],
    };
    let names: Vec<_> = graph(&file).ops.iter().map(|op| op.kind.name()).collect();
    assert_eq!(names, ["DEQUANTIZE", "RELU"]);
}

#[test]
fn sixteen_bit_models_are_refused_once_and_can_be_looked_at() {
    let words = |_| T::new(I16, &[1, 4]).scaled(0.5, 0);
    let file = File {
        tensors: (0..3).map(words).collect(),
        ops: vec![
            O::new(19, none(), &[0], &[1]),
            O::new(19, none(), &[1], &[2]),
        ],
        inputs: vec![0],
        outputs: vec![2],
    };
    let imported = import::import("x", &file.bytes());
    assert_eq!(codes(&imported, Severity::Error), ["not-int8"]);
    assert_eq!(imported.view.operators.len(), 2);
    assert_eq!(imported.view.operators[1].live_bytes, Some(16));
    assert_eq!(imported.view.tensors[0].dtype, "INT16");
}
