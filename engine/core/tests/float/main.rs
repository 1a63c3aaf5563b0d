//! The float run: every operator kind against a slow, separate implementation in double precision, on random shapes.
#![allow(missing_docs, reason = "tests")]

mod cases;
mod golden;
mod oracle;
#[path = "../support/mod.rs"]
mod support;

use proptest::prelude::*;
use tinyscope_core::graph::{Graph, verify};
use tinyscope_core::quant::{Value, run};

fn check(graph: &Graph, inputs: &[Vec<f32>]) {
    assert_eq!(verify(graph), Ok(()));
    let values: Vec<Value> = inputs.iter().cloned().map(Value::F32).collect();
    let trace = run(graph, &values).expect("the case runs");
    let output = trace.get(graph.outputs[0]).and_then(Value::as_f32);
    let output = output.expect("a float output");
    let expected = oracle::eval(graph, inputs);
    assert_eq!(output.len(), expected.len());
    for (at, (&found, (value, error))) in output.iter().zip(expected).enumerate() {
        let difference = (f64::from(found) - value).abs();
        assert!(
            difference <= error,
            "element {at} is {found}, expected {value} ± {error:e}: {:?}",
            graph.ops[0]
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn every_kind_agrees_with_the_oracle(seed: u64) {
        for kind in cases::KINDS {
            let (graph, inputs) = cases::case(kind, seed);
            check(&graph, &inputs);
        }
    }
}

#[test]
fn what_is_no_number_reaches_the_output() {
    let reaches = |kind: &str, seed| {
        let (graph, mut inputs) = cases::case(kind, seed);
        inputs[0].fill(f32::NAN);
        let values: Vec<Value> = inputs.into_iter().map(Value::F32).collect();
        let trace = run(&graph, &values).expect("the case runs");
        let output = trace.get(graph.outputs[0]).and_then(Value::as_f32);
        output.is_some_and(|x| x.iter().any(|x| x.is_nan()))
    };
    for kind in ["relu6", "conv", "max pool", "reduce max", "maximum", "add"] {
        // Not in every case: a window may see nothing but padding.
        assert!((0..8).any(|seed| reaches(kind, seed)), "{kind}");
    }
}
