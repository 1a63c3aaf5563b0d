//! The report's figures, computed again.

use super::networks::{Net, everything, samples};
use super::quantized;
use std::ops::ControlFlow;
use tinyscope_core::graph::{Activation, Graph, TensorId};
use tinyscope_core::quant::calibrate::{Options, argmax, evaluate, fit_input};
use tinyscope_core::quant::{Value, run};

/// The real values of a tensor over all samples.
fn values(graph: &Graph, samples: &[Vec<Value>], id: TensorId) -> Vec<f64> {
    let of = |sample: &Vec<Value>| {
        let trace = run(graph, &fit_input(graph, sample).unwrap()).unwrap();
        match trace.get(id).expect("a value") {
            Value::F32(numbers) => numbers.iter().map(|&x| f64::from(x)).collect(),
            Value::I8(codes) => {
                let (scale, zero_point) = graph.tensor(id).scale_zero().expect("a scale");
                let real = |&c: &i8| f64::from(scale) * f64::from(i32::from(c) - zero_point);
                codes.iter().map(real).collect::<Vec<f64>>()
            }
        }
    };
    samples.iter().flat_map(of).collect()
}

#[test]
fn noise_is_what_the_formula_says() {
    let graph = everything(3);
    let samples = samples(&graph, 20, 3);
    let result = quantized(&graph, &samples, &Options::default());
    assert_eq!(result.report.steps.len(), result.graph.ops.len());
    for step in &result.report.steps {
        let op = result.graph.op(step.op);
        let x = values(&result.reference, &samples, op.outputs[0]);
        let y = values(&result.graph, &samples, op.outputs[0]);
        let signal: f64 = x.iter().map(|x| x * x).sum();
        let noise: f64 = x.iter().zip(&y).map(|(x, y)| (x - y).powi(2)).sum();
        let expected = 10.0 * (signal / noise).log10();
        let found = step.sqnr_db.expect("noise");
        assert!((found - expected).abs() < 1e-3, "{found} {expected}");
    }
}

#[test]
fn agreement_is_that_of_the_outputs() {
    let graph = everything(5);
    let samples = samples(&graph, 7, 5);
    let result = quantized(&graph, &samples, &Options::default());
    let (mut same, mut cosine, mut error, mut count) = (0, 0.0, 0.0_f64, 0);
    for sample in &samples {
        for (a, b) in graph.outputs.iter().zip(&result.graph.outputs) {
            let one = std::slice::from_ref(sample);
            let (x, y) = (values(&graph, one, *a), values(&result.graph, one, *b));
            let top = |v: &[f64]| {
                let largest = v.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                v.iter().position(|x| *x >= largest)
            };
            let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            same += usize::from(top(&x) == top(&y));
            cosine += dot(&x, &y) / (dot(&x, &x) * dot(&y, &y)).sqrt();
            let errors = x.iter().zip(&y).map(|(x, y)| (x - y).abs());
            error = errors.fold(error, f64::max);
            count += 1;
        }
    }
    let found = result.report.agreement;
    let n = f64::from(count);
    assert!((found.argmax - same as f64 / n).abs() < 1e-9);
    assert!((found.cosine - cosine / n).abs() < 1e-6);
    assert!((found.max_abs_error - error).abs() < 1e-5);
}

#[test]
fn bias_correction_takes_the_mean_error_away() {
    // Positive inputs: rounding errors of weights do not cancel over the samples.
    let mut net = Net::new(12);
    let input = net.input(&[1, 12, 12, 8]);
    let x = net.conv(input, 12, 3, 1, Activation::None);
    let graph = net.finish(&[x]);
    let mut samples = samples(&graph, 24, 12);
    for value in samples.iter_mut().flatten() {
        let Value::F32(numbers) = value else { continue };
        for x in numbers {
            *x = x.abs();
        }
    }
    let mean_error = |correct_bias| {
        let options = Options {
            correct_bias,
            ..Options::default()
        };
        let result = quantized(&graph, &samples, &options);
        let [a, b] = [&result.reference, &result.graph].map(|g| values(g, &samples, g.outputs[0]));
        let (mut means, pixels) = ([0.0; 12], (a.len() / 12) as f64);
        for (at, (a, b)) in a.iter().zip(&b).enumerate() {
            means[at % 12] += (b - a) / pixels;
        }
        means.iter().map(|m| m.abs()).sum::<f64>()
    };
    let [plain, corrected] = [false, true].map(mean_error);
    assert!(corrected < plain / 2.0, "{corrected} {plain}");
}

#[test]
fn accuracy_counts_equal_labels() {
    let graph = everything(6);
    let samples = samples(&graph, 18, 6);
    let result = quantized(&graph, &samples, &Options::default());
    for graph in [&graph, &result.graph] {
        let answer = |sample: &Vec<Value>| {
            let trace = run(graph, &fit_input(graph, sample).unwrap()).unwrap();
            argmax(trace.get(graph.outputs[0]).unwrap()).unwrap()
        };
        let mut labels: Vec<usize> = samples.iter().map(answer).collect();
        labels[3] = 99;
        labels[17] = 99;
        let mut go_on = |_| ControlFlow::Continue(());
        let found = evaluate(graph, &samples, &labels, &mut go_on).expect("it runs");
        assert_eq!((found.correct, found.total), (16, 18));
        assert!(evaluate(graph, &samples, &labels[1..], &mut go_on).is_err());
    }
}
