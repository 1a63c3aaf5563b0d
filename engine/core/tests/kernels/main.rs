//! Every operator against a slow, separate implementation on random shapes, and computed region by region against the
//! whole map.
#![allow(missing_docs, reason = "tests")]

mod cases;
mod oracle;
mod regions;

use cases::{Random, sliding};
use proptest::prelude::*;
use tinyscope_core::graph::Graph;
use tinyscope_core::quant::{Value, run};

/// Random codes for every input of the graph.
fn inputs(graph: &Graph, seed: u64) -> Vec<Vec<i8>> {
    let random = &mut Random(!seed);
    let elements = graph.inputs.iter().map(|&id| graph.tensor(id).elements());
    elements.map(|n| random.codes(n)).collect()
}

/// The crate's answer.
fn ours(graph: &Graph, inputs: &[Vec<i8>]) -> Vec<i8> {
    let values: Vec<Value> = inputs.iter().cloned().map(Value::I8).collect();
    let trace = run(graph, &values).expect("the case runs");
    let output = trace.get(graph.outputs[0]).and_then(Value::as_i8);
    output.expect("an int8 output").to_vec()
}

/// The crate's answer equals the oracle's, whole and, where the operator allows it, region by region.
fn check(graph: &Graph, seed: u64, regional: bool) {
    let inputs = inputs(graph, seed);
    let whole = ours(graph, &inputs);
    assert_eq!(whole, oracle::eval(graph, &inputs), "{:?}", graph.ops[0]);
    if regional {
        regions::check(graph, &inputs, &whole, &mut Random(seed ^ 0x5555));
    }
}

fn extent() -> impl Strategy<Value = [usize; 3]> {
    [1_usize..=9, 1..=9, 1..=20]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn convolution(case in sliding(2), seed: u64) {
        check(&cases::conv(&case, seed), seed, true);
    }

    #[test]
    fn depthwise_convolution(case in sliding(2), seed: u64) {
        check(&cases::depthwise(&case, seed), seed, true);
    }

    #[test]
    fn pools(mut case in sliding(1), maximum: bool, seed: u64) {
        case.extent[2] = 1 + seed as usize % 7;
        check(&cases::pool(&case, maximum, seed), seed, true);
    }

    #[test]
    fn sum_and_requantise(extent in extent(), add: bool, seed: u64) {
        check(&cases::elementwise(extent, add, seed), seed, true);
    }

    #[test]
    fn padding(extent in extent(), amounts: [[u8; 2]; 3], seed: u64) {
        let amounts = amounts.map(|pair| pair.map(|n| usize::from(n % 4)));
        check(&cases::pad(extent, amounts, seed), seed, true);
    }

    #[test]
    fn fully_connected(n in 1_usize..=80, m in 1_usize..=40, seed: u64) {
        check(&cases::dense(n, m, seed), seed, false);
    }

    #[test]
    fn mean_over_the_image(extent in extent(), seed: u64) {
        check(&cases::mean(extent, seed), seed, false);
    }

    #[test]
    fn softmax_is_within_a_code_of_the_real_one(
        classes in 1_usize..=64, scale in 0.01_f32..0.4, beta in 0.5_f32..2.0, seed: u64,
    ) {
        let graph = cases::softmax(classes, scale, beta);
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
    fn transpose_and_back(shape in [1_usize..5, 1..5, 1..5], turn in 0_usize..3, seed: u64) {
        let [a, b, c] = shape;
        let turned = |by: usize| (0..4).map(move |i| if i == 0 { 0 } else { (i + by - 1) % 3 + 1 });
        let graph = cases::transpose(&[1, a, b, c], turned(turn).collect());
        let back = &graph.tensor(graph.outputs[0]).shape;
        let back = cases::transpose(back, turned(3 - turn).collect());
        let codes = inputs(&graph, seed);
        prop_assert_eq!(ours(&back, &[ours(&graph, &codes)]), codes[0].clone());
    }
}

#[test]
fn transpose_moves_what_it_should() {
    let graph = cases::transpose(&[1, 2, 3, 1], vec![0, 2, 1, 3]);
    assert_eq!(ours(&graph, &[vec![1, 2, 3, 4, 5, 6]]), [1, 4, 2, 5, 3, 6]);
}
