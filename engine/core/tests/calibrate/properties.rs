//! Graphs that come out: legal, runnable, the same whatever the threads.

use super::networks::{Net, everything, normalised, samples, unequal};
use super::{all_options, quantized};
use std::ops::ControlFlow;
use tinyscope_core::graph::{Activation, DType, OpKind, verify, without_unused_tensors};
use tinyscope_core::plan::{Choices, Target, plan};
use tinyscope_core::quant::calibrate::{
    Border, CalibrateError, Method, Options, fit_input, quantize, random_samples,
};
use tinyscope_core::quant::{Value, dequantize, quantize as code, run};
use tinyscope_core::schedule::lower;

#[test]
fn every_network_under_every_option_is_legal_and_runs() {
    for seed in 0..3 {
        for graph in [normalised(seed), unequal(seed), everything(seed)] {
            let samples = samples(&graph, 5, seed);
            for options in all_options() {
                let result = quantized(&graph, &samples, &options);
                assert_eq!(verify(&result.graph), Ok(()));
                assert_eq!(result.graph.ops.len(), result.reference.ops.len());
                let trace = run(
                    &result.graph,
                    &fit_input(&result.graph, &samples[0]).unwrap(),
                );
                assert!(trace.is_ok(), "{options:?}: {:?}", trace.err());
            }
        }
    }
}

#[test]
fn what_comes_out_can_be_lowered_and_planned() {
    for graph in [normalised(1), unequal(1), everything(1)] {
        let samples = samples(&graph, 4, 1);
        for border in [Border::Int8, Border::Float] {
            let options = Options {
                border,
                ..Options::default()
            };
            let result = quantized(&graph, &samples, &options);
            let (lowered, notes) = lower(&result.graph);
            assert_eq!(verify(&lowered), Ok(()), "{notes:#?}");
            let plan = plan(&result.graph, &Target::stm32f746(), &Choices::default());
            assert!(plan.is_ok(), "{:?}", plan.err());
        }
    }
}

#[test]
fn a_float_border_only_wraps_the_same_network() {
    let graph = everything(4);
    let samples = samples(&graph, 4, 9);
    let plain = quantized(&graph, &samples, &Options::default());
    let options = Options {
        border: Border::Float,
        ..Options::default()
    };
    let wrapped = quantized(&graph, &samples, &options);
    assert_eq!(verify(&wrapped.graph), Ok(()));
    let codes = run(&plain.graph, &fit_input(&plain.graph, &samples[2]).unwrap()).unwrap();
    let reals = run(&wrapped.graph, &samples[2]).unwrap();
    for (inner, outer) in plain.graph.outputs.iter().zip(&wrapped.graph.outputs) {
        let (scale, zero_point) = plain.graph.tensor(*inner).scale_zero().unwrap();
        let codes = codes.get(*inner).and_then(Value::as_i8).unwrap().iter();
        let expected: Vec<f32> = codes.map(|&c| dequantize(c, scale, zero_point)).collect();
        assert_eq!(reals.get(*outer), Some(&Value::F32(expected)));
    }
    // The report speaks of the same steps under their new numbers.
    let steps = plain.report.steps.iter().zip(&wrapped.report.steps);
    for (a, b) in steps {
        assert_eq!((a.name, a.sqnr_db), (b.name, b.sqnr_db));
        let op = wrapped.graph.op(b.op);
        assert_eq!(op.kind.name(), a.name);
    }
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let graph = everything(7);
    let samples = samples(&graph, 19, 7);
    for options in all_options() {
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            let pool = pool.build().expect("a thread pool");
            pool.install(|| quantized(&graph, &samples, &options))
        };
        assert_eq!(with(1), with(3), "{options:?}");
    }
}

#[test]
fn cancelling_works_at_every_report() {
    let graph = normalised(2);
    let samples = samples(&graph, 18, 2);
    let options = Options {
        method: Method::Mse,
        correct_bias: true,
        ..Options::default()
    };
    let mut seen = Vec::new();
    let mut note = |progress| {
        seen.push(progress);
        ControlFlow::Continue(())
    };
    quantize(&graph, &samples, &options, &mut note).expect("the network can be quantised");
    // Four passes over two batches, each with a report before, between and after.
    assert_eq!(seen.len(), 4 * 3);
    assert!(seen.iter().all(|p| p.total == 18));
    assert!(
        seen.chunks(3)
            .all(|p| [p[0].done, p[1].done, p[2].done] == [0, 16, 18])
    );
    for stop in 0..seen.len() {
        let mut left = stop;
        let mut until = |_| {
            if left == 0 {
                return ControlFlow::Break(());
            }
            left -= 1;
            ControlFlow::Continue(())
        };
        let result = quantize(&graph, &samples, &options, &mut until);
        assert_eq!(result.err(), Some(CalibrateError::Cancelled));
    }
}

#[test]
fn equalisation_keeps_the_float_function_to_the_last_bit() {
    for seed in 0..8 {
        let graph = unequal(seed);
        let samples = samples(&graph, 3, seed);
        let options = Options {
            equalize: true,
            ..Options::default()
        };
        let result = quantized(&graph, &samples, &options);
        // conv → depthwise, depthwise → conv through the padding, conv → dense through LEAKY_RELU and MEAN.
        assert_eq!(result.report.equalized_pairs, 3);
        let [before, after] = [&graph, &result.reference].map(|g| {
            let trace = run(g, &samples[1]).expect("the network runs");
            trace.get(g.outputs[0]).cloned()
        });
        assert_eq!(before, after);
        let first = |graph: &tinyscope_core::Graph| {
            let (weights, _) = graph.ops[0].kind.parameters().expect("a convolution");
            graph.tensor(weights).data.clone()
        };
        assert_ne!(first(&graph), first(&result.reference));
    }
}

#[test]
fn equalisation_lowers_the_noise_of_an_unequal_chain() {
    let graph = unequal(3);
    let samples = samples(&graph, 8, 3);
    let noise = |equalize| {
        let options = Options {
            equalize,
            ..Options::default()
        };
        let report = quantized(&graph, &samples, &options).report;
        report.steps.last().and_then(|step| step.sqnr_db)
    };
    assert!(
        noise(true) > noise(false),
        "{:?}",
        [noise(true), noise(false)]
    );
}

#[test]
fn zero_is_exact_everywhere() {
    for graph in [normalised(5), everything(5)] {
        let samples = samples(&graph, 4, 5);
        for options in all_options() {
            let result = quantized(&graph, &samples, &options);
            for tensor in result.graph.tensors.iter().filter(|t| t.dtype == DType::I8) {
                if let Some((scale, zero_point)) = tensor.scale_zero() {
                    assert!((-128..=127).contains(&zero_point));
                    let zero = code(0.0, scale, zero_point);
                    assert!(dequantize(zero, scale, zero_point).abs() <= 0.0);
                }
            }
        }
    }
}

#[test]
fn what_cannot_be_quantised_is_refused() {
    let graph = normalised(1);
    let good = samples(&graph, 2, 1);
    let mut go_on = |_| ControlFlow::Continue(());
    let mut error = |graph, samples: &[Vec<Value>], method| {
        let options = Options {
            method,
            ..Options::default()
        };
        quantize(graph, samples, &options, &mut go_on).err()
    };
    assert_eq!(
        error(&graph, &[], Method::Mse),
        Some(CalibrateError::NoSamples)
    );
    let mut broken = good.clone();
    broken[1] = vec![Value::F32(vec![f32::NAN; 192])];
    let found = error(&graph, &broken, Method::Mse);
    assert!(matches!(
        found,
        Some(CalibrateError::NotFinite { index: 0, .. })
    ));
    for bad in [
        vec![],
        vec![Value::F32(vec![0.0; 3])],
        vec![Value::I8(vec![0; 192])],
    ] {
        let found = error(&graph, &[good[0].clone(), bad], Method::MinMax);
        assert!(matches!(
            found,
            Some(CalibrateError::Sample { sample: 1, .. })
        ));
    }
    for method in [
        Method::MovingAverage { momentum: 1.0 },
        Method::Percentile { percent: 50.0 },
        Method::Percentile { percent: f32::NAN },
    ] {
        let found = error(&graph, &good, method);
        assert!(matches!(found, Some(CalibrateError::Option { .. })));
    }
    let int8 = quantized(&graph, &good, &Options::default()).graph;
    let found = error(&int8, &good, Method::MinMax);
    assert!(
        matches!(found, Some(CalibrateError::NotFloat { .. })),
        "{found:?}"
    );
}

#[test]
fn random_samples_serve_where_there_are_none() {
    let graph = everything(2);
    let samples = random_samples(&graph, 6, 1);
    assert_eq!(samples, random_samples(&graph, 6, 1));
    assert_ne!(samples[0], samples[1]);
    let result = quantized(&graph, &samples, &Options::default());
    assert_eq!(result.report.samples, 6);
}

#[test]
fn constants_and_activations_go_into_the_operators_before_them() {
    let graph = normalised(6);
    let samples = samples(&graph, 2, 6);
    let result = quantized(&graph, &samples, &Options::default());
    assert_eq!(result.report.folded_constants, 3);
    assert_eq!(result.report.fused_activations, 2);
    let kinds: Vec<&str> = result.graph.ops.iter().map(|op| op.kind.name()).collect();
    let expected = [
        "CONV_2D",
        "DEPTHWISE_CONV_2D",
        "CONV_2D",
        "ADD",
        "MEAN",
        "FULLY_CONNECTED",
        "SOFTMAX",
    ];
    assert_eq!(kinds, expected);
    let sources: Vec<u32> = result.graph.ops.iter().map(|op| op.source_index).collect();
    assert_eq!(sources, [0, 4, 6, 7, 9, 10, 11]);
    let OpKind::Conv2d(conv) = &result.graph.ops[0].kind else {
        panic!("a convolution")
    };
    assert_eq!(conv.activation, Activation::Relu6);
    let used = without_unused_tensors(&result.graph).tensors.len();
    assert_eq!(used, result.graph.tensors.len());
    // The same function, up to the rounding of float32.
    let [a, b] = [&graph, &result.reference].map(|g| {
        let trace = run(g, &samples[0]).expect("the network runs");
        trace
            .get(g.outputs[0])
            .and_then(Value::as_f32)
            .unwrap_or_default()
            .to_vec()
    });
    assert!(
        a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-5),
        "{a:?} {b:?}"
    );
}

#[test]
fn shared_weights_are_not_changed_for_another_reader() {
    let mut net = Net::new(8);
    let input = net.input(&[1, 4, 4, 4]);
    let x = net.conv(input, 4, 1, 1, Activation::None);
    let kind = net.graph.ops[0].kind.clone();
    let y = net.op(kind, &[x]);
    let factor = net.constant(&[1], vec![3.0]);
    let y = net.combine(
        tinyscope_core::graph::Combine::Mul(Activation::None),
        y,
        factor,
    );
    let graph = net.finish(&[x, y]);
    let samples = samples(&graph, 3, 8);
    let result = quantized(&graph, &samples, &Options::default());
    assert_eq!(result.report.folded_constants, 1);
    let [a, b] = [&graph, &result.reference].map(|g| run(g, &samples[0]).expect("it runs"));
    let outputs = graph.outputs.iter().zip(&result.reference.outputs);
    for (x, y) in outputs {
        let (a, b) = (
            a.get(*x).and_then(Value::as_f32),
            b.get(*y).and_then(Value::as_f32),
        );
        let pairs = a.unwrap_or_default().iter().zip(b.unwrap_or_default());
        assert!(pairs.clone().count() > 0);
        assert!(pairs.into_iter().all(|(a, b)| (a - b).abs() < 1e-5));
    }
}
