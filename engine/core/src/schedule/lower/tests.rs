//! Small hand-made networks, and what is left of them.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use super::lower;
use crate::diagnostic::Severity;
use crate::graph::{
    Activation, Conv2d, DType, Data, FullyConnected, Graph, Op, OpKind, Pad, PadFill, Padding,
    Pool2d, Quantization, Slice, Tensor, TensorId, Window, verify,
};

/// Builds a graph tensor by tensor.
#[derive(Default)]
struct Net(Graph);

impl Net {
    fn tensor(&mut self, shape: &[usize], dtype: DType) -> TensorId {
        let id = TensorId(self.0.tensors.len() as u32);
        self.0.tensors.push(Tensor {
            name: String::new(),
            shape: shape.to_vec(),
            dtype,
            quant: (dtype == DType::I8).then(|| Quantization::per_tensor(0.5, 3)),
            data: None,
            source_index: Some(id.0 + 100),
        });
        id
    }

    fn map(&mut self, shape: &[usize]) -> TensorId {
        self.tensor(shape, DType::I8)
    }

    fn weights(&mut self, shape: &[usize]) -> TensorId {
        let id = self.map(shape);
        let tensor = &mut self.0.tensors[id.0 as usize];
        tensor.quant = Some(Quantization::per_tensor(0.1, 0));
        tensor.data = Some(Data::I8(vec![1; shape.iter().product()].into()));
        id
    }

    fn op(&mut self, kind: OpKind, input: TensorId, output: TensorId) {
        self.0.ops.push(Op {
            kind,
            inputs: vec![input],
            outputs: vec![output],
            source_index: self.0.ops.len() as u32,
        });
    }

    fn conv(&mut self, input: TensorId, output: TensorId, channels: [usize; 2]) {
        let weights = self.weights(&[channels[1], 3, 3, channels[0]]);
        let kind = OpKind::Conv2d(Conv2d {
            weights,
            bias: None,
            window: window(Padding::default()),
            activation: Activation::None,
        });
        self.op(kind, input, output);
    }

    /// A convolution that keeps the map.
    fn conv_same(&mut self, input: TensorId, output: TensorId) {
        let channels = self.0.tensor(input).shape[3];
        self.conv(input, output, [channels, channels]);
        if let Some(OpKind::Conv2d(conv)) = self.0.ops.last_mut().map(|op| &mut op.kind) {
            conv.window.padding = Padding {
                top: 1,
                bottom: 1,
                left: 1,
                right: 1,
            };
        }
    }

    fn dense(&mut self, input: TensorId, output: TensorId, size: [usize; 2]) {
        let weights = self.weights(&[size[1], size[0]]);
        let kind = OpKind::FullyConnected(FullyConnected {
            weights,
            bias: None,
            activation: Activation::None,
        });
        self.op(kind, input, output);
    }

    fn lowered(mut self, input: TensorId, output: TensorId) -> (Graph, Vec<String>) {
        self.0.inputs = vec![input];
        self.0.outputs = vec![output];
        assert_eq!(verify(&self.0), Ok(()));
        let (graph, notes) = lower(&self.0);
        assert_eq!(verify(&graph), Ok(()));
        (graph, notes.iter().map(ToString::to_string).collect())
    }
}

fn window(padding: Padding) -> Window {
    Window {
        kernel: [3, 3],
        stride: [1, 1],
        dilation: [1, 1],
        padding,
    }
}

fn pad(amounts: [[usize; 2]; 4]) -> OpKind {
    OpKind::Pad(Pad {
        amounts: amounts.to_vec(),
        fill: PadFill::Zero,
    })
}

fn names(graph: &Graph) -> Vec<&str> {
    graph.ops.iter().map(|op| op.kind.name()).collect()
}

#[test]
fn two_pads_in_a_row_fold_into_the_convolution() {
    let mut net = Net::default();
    let (a, b) = (net.map(&[1, 8, 8, 2]), net.map(&[1, 9, 8, 2]));
    let (c, d) = (net.map(&[1, 10, 11, 2]), net.map(&[1, 8, 9, 4]));
    net.op(pad([[0, 0], [1, 0], [0, 0], [0, 0]]), a, b);
    net.op(pad([[0, 0], [0, 1], [1, 2], [0, 0]]), b, c);
    net.conv(c, d, [2, 4]);
    let (graph, notes) = net.lowered(a, d);
    assert_eq!(names(&graph), ["CONV_2D"]);
    let padding = graph.ops[0].kind.window().unwrap().padding;
    let expected = Padding {
        top: 1,
        bottom: 1,
        left: 1,
        right: 2,
    };
    assert_eq!(padding, expected);
    assert_eq!(graph.ops[0].source_index, 2);
    assert_eq!(graph.tensor(graph.inputs[0]).source_index, Some(100));
    assert_eq!(graph.tensors.len(), 3, "input, output, weights");
    assert_eq!(
        notes,
        ["note[pad-folded]: 2 PAD folded into their convolutions"]
    );
}

#[test]
fn pads_that_something_else_sees_stay() {
    // Before a pool, along the channels, read twice, or an output of the network.
    let mut net = Net::default();
    let (a, b, c) = (
        net.map(&[1, 8, 8, 2]),
        net.map(&[1, 10, 10, 2]),
        net.map(&[1, 8, 8, 2]),
    );
    net.op(pad([[0, 0], [1, 1], [1, 1], [0, 0]]), a, b);
    let pool = Pool2d {
        window: window(Padding::default()),
        activation: Activation::None,
    };
    net.op(OpKind::MaxPool2d(pool), b, c);
    assert_eq!(names(&net.lowered(a, c).0), ["PAD", "MAX_POOL_2D"]);

    let mut net = Net::default();
    let (a, b, c) = (
        net.map(&[1, 8, 8, 1]),
        net.map(&[1, 8, 8, 2]),
        net.map(&[1, 6, 6, 4]),
    );
    net.op(pad([[0, 0], [0, 0], [0, 0], [0, 1]]), a, b);
    net.conv(b, c, [2, 4]);
    assert_eq!(names(&net.lowered(a, c).0), ["PAD", "CONV_2D"]);

    let mut net = Net::default();
    let (a, b) = (net.map(&[1, 8, 8, 2]), net.map(&[1, 10, 10, 2]));
    let (c, d) = (net.map(&[1, 8, 8, 4]), net.map(&[1, 8, 8, 4]));
    net.op(pad([[0, 0], [1, 1], [1, 1], [0, 0]]), a, b);
    net.conv(b, c, [2, 4]);
    net.conv(b, d, [2, 4]);
    assert_eq!(names(&net.lowered(a, d).0), ["PAD", "CONV_2D", "CONV_2D"]);

    let mut net = Net::default();
    let (a, b, c) = (
        net.map(&[1, 8, 8, 2]),
        net.map(&[1, 10, 10, 2]),
        net.map(&[1, 8, 8, 4]),
    );
    net.op(pad([[0, 0], [1, 1], [1, 1], [0, 0]]), a, b);
    net.conv(b, c, [2, 4]);
    assert_eq!(names(&net.lowered(a, b).0), ["PAD", "CONV_2D"]);
}

#[test]
fn a_pad_that_rescales_stays() {
    let mut net = Net::default();
    let (a, b, c) = (
        net.map(&[1, 8, 8, 2]),
        net.map(&[1, 10, 10, 2]),
        net.map(&[1, 8, 8, 4]),
    );
    net.0.tensors[b.0 as usize].quant = Some(Quantization::per_tensor(0.500_000_1, 3));
    net.op(pad([[0, 0], [1, 1], [1, 1], [0, 0]]), a, b);
    net.conv(b, c, [2, 4]);
    assert_eq!(names(&net.lowered(a, c).0), ["PAD", "CONV_2D"]);
}

#[test]
fn a_reshape_before_a_dense_layer_goes_and_keeps_the_producer() {
    let mut net = Net::default();
    let (a, b) = (net.map(&[1, 5, 5, 2]), net.map(&[1, 3, 3, 4]));
    let (c, d, e) = (net.map(&[1, 36]), net.map(&[36]), net.map(&[1, 7]));
    net.conv(a, b, [2, 4]);
    net.op(OpKind::Reshape, b, c);
    net.op(OpKind::Reshape, c, d);
    net.dense(d, e, [36, 7]);
    let (graph, notes) = net.lowered(a, e);
    assert_eq!(names(&graph), ["CONV_2D", "FULLY_CONNECTED"]);
    let between = graph.tensor(graph.ops[1].inputs[0]);
    assert_eq!(
        (between.shape.as_slice(), between.source_index),
        (&[1, 3, 3, 4][..], Some(101))
    );
    assert_eq!(
        notes,
        ["note[moves-nothing]: 2 RESHAPE dropped: move no data"]
    );
}

#[test]
fn a_reshape_that_its_reader_needs_stays_unless_it_is_on_the_input() {
    let mut net = Net::default();
    let (a, b) = (net.map(&[1, 5, 5, 2]), net.map(&[1, 3, 3, 4]));
    let (c, d) = (net.map(&[1, 3, 4, 3]), net.map(&[1, 1, 2, 5]));
    net.conv(a, b, [2, 4]);
    net.op(OpKind::Reshape, b, c);
    net.conv(c, d, [3, 5]);
    assert_eq!(
        names(&net.lowered(a, d).0),
        ["CONV_2D", "RESHAPE", "CONV_2D"]
    );

    let mut net = Net::default();
    let (a, b, c) = (
        net.map(&[1, 50]),
        net.map(&[1, 5, 5, 2]),
        net.map(&[1, 3, 3, 4]),
    );
    net.op(OpKind::Reshape, a, b);
    net.conv(b, c, [2, 4]);
    let (graph, _) = net.lowered(a, c);
    assert_eq!(names(&graph), ["CONV_2D"]);
    assert_eq!(graph.tensor(graph.inputs[0]).shape, [1, 5, 5, 2]);
    assert_eq!(graph.tensor(graph.inputs[0]).source_index, Some(100));
}

#[test]
fn a_transpose_of_single_pixels_moves_nothing() {
    let mut net = Net::default();
    let (a, b) = (net.map(&[1, 3, 3, 2]), net.map(&[1, 1, 1, 4]));
    let (c, d) = (net.map(&[1, 4, 1, 1]), net.map(&[1, 7]));
    net.conv(a, b, [2, 4]);
    let permutation = vec![0, 3, 1, 2];
    net.op(OpKind::Transpose { permutation }, b, c);
    net.dense(c, d, [4, 7]);
    assert_eq!(names(&net.lowered(a, d).0), ["CONV_2D", "FULLY_CONNECTED"]);
}

#[test]
fn an_output_reshape_gives_the_same_bytes_in_the_producers_shape() {
    let mut net = Net::default();
    let (a, b, c) = (
        net.map(&[1, 3, 3, 2]),
        net.map(&[1, 1, 1, 4]),
        net.map(&[1, 4]),
    );
    net.conv(a, b, [2, 4]);
    net.op(OpKind::Reshape, b, c);
    let (graph, notes) = net.lowered(a, c);
    assert_eq!(names(&graph), ["CONV_2D"]);
    assert_eq!(graph.tensor(graph.outputs[0]).source_index, Some(101));
    assert!(notes[0].contains("1×1×1×4 instead of 1×4"), "{notes:?}");
}

#[test]
fn an_output_reshape_that_relabels_the_codes_is_warned_of() {
    let mut net = Net::default();
    let (a, b, c) = (
        net.map(&[1, 3, 3, 2]),
        net.map(&[1, 1, 1, 4]),
        net.map(&[1, 4]),
    );
    net.0.tensors[c.0 as usize].quant = Some(Quantization::per_tensor(0.25, -44));
    net.conv(a, b, [2, 4]);
    net.op(OpKind::Reshape, b, c);
    let (graph, notes) = net.lowered(a, c);
    assert_eq!(names(&graph), ["CONV_2D"]);
    assert_eq!(graph.tensor(graph.outputs[0]).scale_zero(), Some((0.5, 3)));
    assert!(notes[0].starts_with("warning[output-scale]"), "{notes:?}");

    // A reader takes the label for its own scale.
    let mut net = Net::default();
    let (a, b) = (net.map(&[1, 3, 3, 2]), net.map(&[1, 1, 1, 4]));
    let (c, d) = (net.map(&[1, 4]), net.map(&[1, 7]));
    net.0.tensors[c.0 as usize].quant = Some(Quantization::per_tensor(0.25, -44));
    net.conv(a, b, [2, 4]);
    net.op(OpKind::Reshape, b, c);
    net.dense(c, d, [4, 7]);
    let (graph, _) = net.lowered(a, d);
    assert_eq!(names(&graph), ["CONV_2D", "RESHAPE", "FULLY_CONNECTED"]);
}

#[test]
fn a_network_that_is_only_a_reshape_stays() {
    let mut net = Net::default();
    let (a, b) = (net.map(&[1, 4]), net.map(&[4]));
    net.op(OpKind::Reshape, a, b);
    assert_eq!(names(&net.lowered(a, b).0), ["RESHAPE"]);
}

#[test]
fn the_float_border_comes_off() {
    let mut net = Net::default();
    let (f, a) = (net.tensor(&[1, 4], DType::F32), net.map(&[1, 4]));
    let (b, g) = (net.map(&[1, 7]), net.tensor(&[1, 7], DType::F32));
    net.op(OpKind::Quantize, f, a);
    net.dense(a, b, [4, 7]);
    net.op(OpKind::Dequantize, b, g);
    let (graph, notes) = net.lowered(f, g);
    assert_eq!(names(&graph), ["FULLY_CONNECTED"]);
    assert_eq!(graph.tensor(graph.inputs[0]).source_index, Some(101));
    assert_eq!(graph.tensor(graph.outputs[0]).source_index, Some(102));
    assert!(graph.tensors.iter().all(|t| t.dtype == DType::I8));
    assert!(
        notes[0].contains("takes int8 codes, value = 0.5 · (code − 3)"),
        "{notes:?}"
    );
    assert!(notes[1].contains("gives int8"), "{notes:?}");
}

#[test]
fn a_float_input_read_twice_is_an_error() {
    let mut net = Net::default();
    let (f, a, b) = (
        net.tensor(&[1, 4], DType::F32),
        net.map(&[1, 4]),
        net.map(&[1, 4]),
    );
    net.op(OpKind::Quantize, f, a);
    net.op(OpKind::Quantize, f, b);
    net.0.inputs = vec![f];
    net.0.outputs = vec![a, b];
    let (_, notes) = lower(&net.0);
    assert!(
        notes
            .iter()
            .any(|d| d.severity == Severity::Error && d.code == "float-border")
    );
}

#[test]
fn a_network_that_computes_in_floating_point_is_to_be_quantised() {
    let mut net = Net::default();
    let (f, g) = (
        net.tensor(&[1, 4], DType::F32),
        net.tensor(&[1, 4], DType::F32),
    );
    let (a, b) = (net.map(&[1, 4]), net.tensor(&[1, 4], DType::F32));
    // Float at one operator is enough, whatever the border looks like.
    net.op(OpKind::Quantize, f, a);
    net.op(OpKind::Dequantize, a, g);
    net.op(OpKind::Softmax { beta: 1.0 }, g, b);
    let (graph, notes) = net.lowered(f, b);
    assert_eq!(names(&graph), ["QUANTIZE", "DEQUANTIZE", "SOFTMAX"]);
    assert_eq!(notes.len(), 1);
    assert!(
        notes[0].starts_with("error[not-int8]") && notes[0].contains("float32"),
        "{notes:?}"
    );
}

#[test]
fn a_float_output_that_is_read_again_keeps_its_numbers() {
    let mut net = Net::default();
    let (a, f, b) = (
        net.map(&[1, 4]),
        net.tensor(&[1, 4], DType::F32),
        net.map(&[1, 4]),
    );
    net.op(OpKind::Dequantize, a, f);
    net.op(OpKind::Quantize, f, b);
    net.0.inputs = vec![a];
    net.0.outputs = vec![f, b];
    let (graph, notes) = lower(&net.0);
    assert_eq!(verify(&graph), Ok(()));
    assert_eq!(names(&graph), ["DEQUANTIZE", "QUANTIZE"]);
    assert!(notes.iter().any(|d| d.code == "float-border"), "{notes:?}");
}

#[test]
fn every_border_of_several_comes_off() {
    let mut net = Net::default();
    let (f, g) = (
        net.tensor(&[1, 4], DType::F32),
        net.tensor(&[1, 4], DType::F32),
    );
    let (a, b, c) = (net.map(&[1, 4]), net.map(&[1, 4]), net.map(&[1, 4]));
    let out = net.tensor(&[1, 4], DType::F32);
    net.op(OpKind::Quantize, f, a);
    net.op(OpKind::Quantize, g, b);
    net.op(OpKind::Add(Activation::None), a, c);
    net.0.ops[2].inputs.push(b);
    net.op(OpKind::Dequantize, c, out);
    net.0.inputs = vec![f, g];
    // Once as numbers, once as codes.
    net.0.outputs = vec![out, c];
    let (graph, _) = lower(&net.0);
    assert_eq!(verify(&graph), Ok(()));
    assert_eq!(names(&graph), ["ADD"]);
    assert_eq!(graph.inputs.len(), 2);
    assert_eq!(graph.outputs[0], graph.outputs[1]);
}

#[test]
fn slices_joins_and_resizings_that_change_nothing_go() {
    let mut net = Net::default();
    let ids: Vec<TensorId> = (0..5).map(|_| net.map(&[1, 4, 4, 2])).collect();
    net.conv_same(ids[0], ids[1]);
    let whole = |stride: isize| {
        OpKind::Slice(Slice {
            begin: if stride > 0 {
                vec![0; 4]
            } else {
                vec![0, 3, 0, 0]
            },
            stride: vec![1, stride, 1, 1],
            extent: vec![1, 4, 4, 2],
        })
    };
    net.op(whole(1), ids[1], ids[2]);
    net.op(OpKind::Concatenation { axis: 3 }, ids[2], ids[3]);
    // Backwards it does move.
    net.op(whole(-1), ids[3], ids[4]);
    let (graph, _) = net.lowered(ids[0], ids[4]);
    assert_eq!(names(&graph), ["CONV_2D", "STRIDED_SLICE"]);
}

#[test]
fn constants_that_are_no_weights_stay() {
    let mut net = Net::default();
    let (a, b) = (net.map(&[1, 4, 4, 2]), net.map(&[1, 4, 4, 2]));
    let _unused = net.weights(&[9]);
    let slopes = net.weights(&[2]);
    net.op(OpKind::Prelu { slopes }, a, b);
    let (graph, _) = net.lowered(a, b);
    assert_eq!(graph.tensors.len(), 3, "input, output, slopes");
}

#[test]
fn branches_run_in_the_order_that_keeps_least_alive() {
    // Two wide branches that each end narrow: one after the other needs half of both at once.
    let mut net = Net::default();
    let input = net.map(&[1, 8, 8, 2]);
    let wide: Vec<TensorId> = (0..2).map(|_| net.map(&[1, 6, 6, 32])).collect();
    let narrow: Vec<TensorId> = (0..2).map(|_| net.map(&[1, 4, 4, 2])).collect();
    let output = net.map(&[1, 4, 4, 2]);
    for &wide in &wide {
        net.conv(input, wide, [2, 32]);
    }
    for (&wide, &narrow) in wide.iter().zip(&narrow) {
        net.conv(wide, narrow, [32, 2]);
    }
    net.op(OpKind::Add(Activation::None), narrow[0], output);
    net.0.ops[4].inputs.push(narrow[1]);
    let (graph, notes) = net.lowered(input, output);
    let order: Vec<u32> = graph.ops.iter().map(|op| op.source_index).collect();
    assert!([[0, 2, 1, 3, 4], [1, 3, 0, 2, 4]].contains(&order[..].try_into().unwrap()));
    let told = |note: &String| note.contains("in another order than the file");
    assert!(notes.iter().any(told), "{notes:?}");
}
