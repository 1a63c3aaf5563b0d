//! Every operator against a slow, separate implementation on random shapes, and computed region by region against the
//! whole map.
#![allow(missing_docs, reason = "tests")]

mod cases;
mod oracle;
mod regions;

use cases::windows::{self, Sliding, sliding};
use cases::{Random, elementwise, moves};
use proptest::prelude::*;
use tinyscope_core::graph::{Data, Graph, Interpolation, Padding, Quantization, Window, verify};
use tinyscope_core::quant::{QuantError, Runner, Value, op_params, run};

/// Random codes for every input of the graph.
fn inputs(graph: &Graph, seed: u64) -> Vec<Vec<i8>> {
    let random = &mut Random(!seed);
    let elements = graph.inputs.iter().map(|&id| graph.tensor(id).elements());
    elements.map(|n| random.codes(n)).collect()
}

/// Codes of the operator's inputs, constants included.
fn operands(graph: &Graph, inputs: &[Vec<i8>]) -> Vec<Vec<i8>> {
    let codes = |id| {
        let given = graph.inputs.iter().position(|&input| input == id);
        given.map_or_else(
            || {
                let data = graph.tensor(id).data.as_ref().and_then(Data::as_i8);
                data.expect("a constant").to_vec()
            },
            |i| inputs[i].clone(),
        )
    };
    graph.ops[0].inputs.iter().map(|&id| codes(id)).collect()
}

/// The crate's answer.
fn ours(graph: &Graph, inputs: &[Vec<i8>]) -> Vec<i8> {
    let values: Vec<Value> = inputs.iter().cloned().map(Value::I8).collect();
    let trace = run(graph, &values).expect("the case runs");
    let output = trace.get(graph.outputs[0]).and_then(Value::as_i8);
    output.expect("an int8 output").to_vec()
}

/// The crate's answer equals the oracle's, whole and, where the operator allows it, region by region.
fn check_codes(graph: &Graph, inputs: &[Vec<i8>], seed: u64, regional: bool) {
    assert_eq!(verify(graph), Ok(()), "{:?}", graph.ops[0]);
    let whole = ours(graph, inputs);
    let operands = operands(graph, inputs);
    assert_eq!(whole, oracle::eval(graph, &operands), "{:?}", graph.ops[0]);
    if regional {
        regions::check(graph, &operands, &whole, &mut Random(seed ^ 0x5555));
    }
}

fn check(graph: &Graph, seed: u64, regional: bool) {
    check_codes(graph, &inputs(graph, seed), seed, regional);
}

/// Whether the tensors' dimensions before the rows are 1, so that regions of an operator that moves codes suffice.
fn is_image(graph: &Graph) -> bool {
    let of = |shape: &[usize]| match shape.len() {
        rank @ 0..=2 => shape[..rank.saturating_sub(1)].iter().all(|&d| d == 1),
        rank => shape[..rank - 3].iter().all(|&d| d == 1),
    };
    graph.tensors.iter().all(|tensor| of(&tensor.shape))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn convolution(case in sliding(2), seed: u64) {
        check(&windows::conv(&case, seed), seed, true);
    }

    #[test]
    fn depthwise_convolution(case in sliding(2), seed: u64) {
        check(&windows::depthwise(&case, seed), seed, true);
    }

    #[test]
    fn transposed_convolution(seed: u64) {
        check(&windows::transpose_conv(seed), seed, true);
    }

    #[test]
    fn pools(mut case in sliding(1), maximum: bool, seed: u64) {
        case.extent[2] = 1 + seed as usize % 7;
        check(&windows::pool(&case, maximum, seed), seed, true);
    }

    #[test]
    fn fully_connected(rows in 1_usize..=6, n in 1_usize..=80, m in 1_usize..=40, seed: u64) {
        check(&windows::dense(rows, n, m, seed), seed, false);
    }

    #[test]
    fn two_tensors(rank in 1_usize..=5, which in 0_usize..5, seed: u64) {
        let graph = elementwise::pair(rank, which, seed);
        let pixelwise = regions::is_pixelwise(&graph);
        check(&graph, seed, pixelwise);
    }

    #[test]
    fn prelu(rank in 1_usize..=4, seed: u64) {
        let graph = elementwise::prelu(rank, seed);
        let pixelwise = regions::is_pixelwise(&graph);
        check(&graph, seed, pixelwise);
    }

    #[test]
    fn functions_of_every_code(which in 0_usize..7, seed: u64) {
        let graph = elementwise::unary(which, seed);
        check_codes(&graph, &[elementwise::all_codes()], seed, true);
    }

    #[test]
    fn requantise(extent in [1_usize..=9, 1..=9, 1..=20], seed: u64) {
        check(&elementwise::requantize(extent, seed), seed, true);
    }

    #[test]
    fn reductions(rank in 1_usize..=4, which in 0_usize..3, seed: u64) {
        check(&cases::reduction(rank, which, seed), seed, false);
    }

    #[test]
    fn padding(rank in 1_usize..=5, which in 0_usize..4, seed: u64) {
        let graph = moves::pad(rank, which, seed);
        check(&graph, seed, is_image(&graph));
    }

    #[test]
    fn slices(rank in 1_usize..=5, seed: u64) {
        let graph = moves::slice(rank, seed);
        check(&graph, seed, is_image(&graph));
    }

    #[test]
    fn concatenation(rank in 1_usize..=5, seed: u64) {
        let graph = moves::concatenation(rank, seed);
        check(&graph, seed, is_image(&graph));
    }

    #[test]
    fn transpose(rank in 1_usize..=5, seed: u64) {
        check(&moves::transpose(rank, seed), seed, false);
    }

    #[test]
    fn resampling(bilinear: bool, seed: u64) {
        let way = if bilinear { Interpolation::Bilinear } else { Interpolation::Nearest };
        check(&moves::resize(way, seed), seed, true);
    }

    #[test]
    fn softmax(
        shape in proptest::collection::vec(1_usize..4, 0..4),
        classes in 1_usize..=64, scale in 0.001_f32..2.0, beta in 0.5_f32..2.0, seed: u64,
    ) {
        check(&cases::softmax(shape, classes, scale, beta), seed, true);
    }

    #[test]
    fn softmax_is_within_a_code_of_the_real_one(
        classes in 1_usize..=64, scale in 0.01_f32..0.4, beta in 0.5_f32..2.0, seed: u64,
    ) {
        let graph = cases::softmax(vec![1], classes, scale, beta);
        let inputs = inputs(&graph, seed);
        let real: Vec<f64> = inputs[0]
            .iter()
            .map(|&code| (f64::from(code) * f64::from(scale) * f64::from(beta)).exp())
            .collect();
        let sum: f64 = real.iter().sum();
        for (code, real) in ours(&graph, &inputs).into_iter().zip(real) {
            let exact = (real / sum * 256.0 - 128.0).min(127.0);
            prop_assert!((f64::from(code) - exact).abs() <= 1.0, "{code} is not {exact}");
        }
    }

    #[test]
    fn a_runner_runs_many_times_and_keeps_outputs_only(case in sliding(2), seed: u64) {
        let graph = windows::conv(&case, seed);
        let runner = Runner::new(&graph).expect("the case runs");
        let samples: Vec<Vec<Value>> = (0..5)
            .map(|i| inputs(&graph, seed ^ i).into_iter().map(Value::I8).collect())
            .collect();
        let outputs = runner.outputs_of_all(&samples).expect("they run");
        for (sample, outputs) in samples.iter().zip(outputs) {
            let trace = run(&graph, sample).expect("it runs");
            prop_assert_eq!(trace.get(graph.outputs[0]), outputs.first());
        }
    }
}

#[test]
fn what_copies_codes_refuses_another_scale() {
    for which in [moves::concatenation(4, 1), cases::reduction(3, 2, 1)] {
        let mut graph = which;
        let output = graph.outputs[0].0 as usize;
        graph.tensors[output].quant = Some(Quantization::per_tensor(0.5, 1));
        let answer = op_params(&graph, &graph.ops[0]);
        assert!(
            matches!(answer, Err(QuantError::Rescale { .. })),
            "{answer:?}"
        );
    }
}

/// A hostile file may have windows far wider than its maps: only the pixels that are there may cost anything.
#[test]
fn a_window_of_mostly_padding_costs_what_it_covers() {
    let pooled = |kernel: usize| {
        let before = kernel - 3;
        let padding = Padding {
            top: before,
            left: before,
            ..Padding::default()
        };
        let case = Sliding {
            window: Window {
                kernel: [kernel; 2],
                stride: [1; 2],
                dilation: [1; 2],
                padding,
            },
            extent: [3, 3, 2],
            output: [1, 1],
        };
        let graph = windows::pool(&case, false, 1);
        ours(&graph, &inputs(&graph, 2))
    };
    assert_eq!(pooled(1 << 30), pooled(3));
}
