//! Real networks: the project's own by its labelled pictures, a shared one by its agreement, and both in the runtime
//! that their files are for.

use super::networks::{everything, normalised, samples, unequal};
use super::{Digits, Oracle, Request, all_options, generated, quantized, support};
use std::ops::ControlFlow;
use tinyscope_core::export;
use tinyscope_core::graph::Graph;
use tinyscope_core::import::import;
use tinyscope_core::plan::{Choices, Target, plan};
use tinyscope_core::quant::calibrate::{Options, evaluate, fit_input};
use tinyscope_core::quant::preprocess::Preprocessing;
use tinyscope_core::quant::run;

fn read(name: &str, bytes: &[u8]) -> Graph {
    let imported = import(name, bytes);
    let found = imported.diagnostics;
    imported
        .graph
        .unwrap_or_else(|| panic!("{name}: {found:#?}"))
}

fn digits() -> (Graph, Digits) {
    let models = support::workspace().join("models");
    let bytes = std::fs::read(models.join("digits_float.tflite")).expect("it is committed");
    let graph = read("digits_float", &bytes);
    let digits = Digits::read(&models, &graph);
    (graph, digits)
}

/// Right answers among the test pictures.
fn correct(graph: &Graph, digits: &Digits) -> usize {
    let mut go_on = |_| ControlFlow::Continue(());
    let found = evaluate(graph, &digits.test, &digits.labels, &mut go_on);
    found.expect("the network runs").correct
}

#[test]
fn digits_lose_less_than_a_point_of_accuracy() {
    let (graph, digits) = digits();
    let float = correct(&graph, &digits);
    // As train.py measured it.
    assert_eq!((float, digits.labels.len()), (398, 400));
    // Each method plain, and with equalisation and bias correction.
    for options in all_options().filter(|options| options.equalize == options.correct_bias) {
        let result = quantized(&graph, &digits.calibration, &options);
        let int8 = correct(&result.graph, &digits);
        println!("{options:?}: {int8} of 400, float {float}");
        assert!(
            int8 + 4 >= float,
            "{options:?}: {int8} of 400, float {float}"
        );
    }
}

#[test]
fn pretrained_resnet_keeps_more_signal_than_noise() {
    let Some(bytes) = support::shared_bytes("models/pretrainedResnet.tflite") else {
        return;
    };
    let graph = read("pretrainedResnet", &bytes);
    let pixels = Preprocessing {
        scale: [1.0; 3],
        ..Preprocessing::default()
    };
    let samples = generated(&graph, &pixels, 24, 1);
    let result = quantized(&graph, &samples, &Options::default());
    assert_eq!(result.report.steps.len(), graph.ops.len());
    for step in &result.report.steps {
        assert!(step.sqnr_db.is_none_or(|db| db > 0.0), "{step:?}");
        assert_eq!(step.source_index as usize, step.op.0 as usize);
    }
    let plan = plan(&result.graph, &Target::stm32f746(), &Choices::default());
    assert!(plan.is_ok(), "{:?}", plan.err());
}

#[test]
fn one_network_in_two_formats_quantises_alike() {
    let outputs = ["pretrainedResnet.tflite", "andes_ResNet8_fp32.onnx"].map(|name| {
        let graph = read(name, &support::shared_bytes(&format!("models/{name}"))?);
        let samples = generated(&graph, &Preprocessing::default(), 16, 2);
        let result = quantized(&graph, &samples, &Options::default());
        let input = fit_input(&result.graph, &samples[3]).expect("the sample fits");
        let trace = run(&result.graph, &input).expect("the network runs");
        trace.get(result.graph.outputs[0]).cloned()
    });
    assert_eq!(outputs[0], outputs[1]);
}

#[test]
fn quantised_networks_run_in_tflite_micro_to_the_same_bytes() {
    let Some(mut oracle) = Oracle::start("quantised networks in tflite-micro") else {
        return;
    };
    let (own, pictures) = digits();
    let mut networks = vec![("digits", own, pictures.calibration[..32].to_vec())];
    for (name, make) in [
        ("normalised", normalised as fn(u64) -> Graph),
        ("unequal", unequal),
        ("everything", everything),
    ] {
        let graph = make(11);
        let samples = samples(&graph, 8, 11);
        networks.push((name, graph, samples));
    }
    for (name, graph, samples) in networks {
        let result = quantized(&graph, &samples, &Options::default());
        let file = export::tflite(&result.graph).expect("the network can be written");
        for sample in &samples[..3] {
            let inputs = fit_input(&result.graph, sample).expect("the sample fits");
            let ours = run(&result.graph, &inputs).expect("the network runs");
            let request = Request {
                runtime: "tflm",
                model: &file,
                inputs: &inputs,
                outputs: result.graph.outputs.len(),
                ..Request::default()
            };
            let answer = oracle.run(&request).expect("tflite-micro runs it");
            for (id, theirs) in result.graph.outputs.iter().zip(&answer.values) {
                let ours = ours.get(*id).expect("a value").to_le_bytes();
                assert_eq!(&ours, theirs, "{name}, tensor {}", id.0);
            }
        }
    }
}
