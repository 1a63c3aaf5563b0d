//! Quantises float networks with every method and option, and prints what it cost:
//! `cargo run -p tinyscope-core --example quantise`. The project's own network is judged by its labelled test pictures;
//! the shared ones, whose data are not here, by their agreement with float on generated pictures.

#[path = "../tests/support/pictures.rs"]
mod pictures;
#[path = "../tests/support/mod.rs"]
mod support;

use pictures::{Digits, generated};
use std::ops::ControlFlow;
use std::time::Instant;
use tinyscope_core::graph::Graph;
use tinyscope_core::import::import;
use tinyscope_core::quant::Value;
use tinyscope_core::quant::calibrate::{Method, Options, Progress, Quantized, evaluate, quantize};
use tinyscope_core::quant::preprocess::Preprocessing;

/// Pictures for calibration.
const PICTURES: usize = 256;

fn main() {
    let models = support::workspace().join("models");
    let bytes = std::fs::read(models.join("digits_float.tflite")).expect("the model is committed");
    if let Some(graph) = load("digits_float", &bytes) {
        let digits = Digits::read(&models, &graph);
        let float = top1(&graph, &digits);
        println!(
            "digits_float: {} test pictures, float top-1 {float:.2} %",
            digits.labels.len()
        );
        table(&graph, &digits.calibration, |result| {
            format!("  top-1 {:6.2} %", top1(&result.graph, &digits))
        });
    }
    // Both take pixels as they are, 0 to 255.
    let pixels = Preprocessing {
        scale: [1.0; 3],
        ..Preprocessing::default()
    };
    for name in ["pretrainedResnet.tflite", "andes_ResNet8_fp32.onnx"] {
        let Some(bytes) = support::shared_bytes(&format!("models/{name}")) else {
            continue;
        };
        if let Some(graph) = load(name, &bytes) {
            println!("{name}: {PICTURES} generated pictures");
            table(&graph, &generated(&graph, &pixels, PICTURES, 1), |_| {
                String::new()
            });
        }
    }
}

fn load(name: &str, bytes: &[u8]) -> Option<Graph> {
    let imported = import(name, bytes);
    if imported.graph.is_none() {
        println!("{name} is not imported: {:#?}", imported.diagnostics);
    }
    imported.graph
}

fn go_on(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Right answers in per cent.
fn top1(graph: &Graph, digits: &Digits) -> f64 {
    let found = evaluate(graph, &digits.test, &digits.labels, &mut go_on);
    found.expect("the network runs").top1() * 100.0
}

/// One line for each method and option, then the steps of the last.
fn table(graph: &Graph, samples: &[Vec<Value>], more: impl Fn(&Quantized) -> String) {
    println!(
        "  method               equal.  bias   same argmax  cosine    max error  worst step     time"
    );
    let mut last = None;
    for method in Method::ALL {
        for (equalize, correct_bias) in [(false, false), (true, false), (false, true), (true, true)]
        {
            let options = Options {
                method,
                equalize,
                correct_bias,
                ..Options::default()
            };
            let start = Instant::now();
            let result = quantize(graph, samples, &options, &mut go_on);
            let result = result.expect("the network can be quantised");
            let took = start.elapsed().as_secs_f32();
            let agreement = result.report.agreement;
            let noise = result.report.steps.iter().filter_map(|step| step.sqnr_db);
            println!(
                "  {:20} {:6}  {:6} {:8.2} %  {:.6}  {:9.5}  {:7.2} dB  {took:6.2} s{}",
                method.name(),
                if equalize { "yes" } else { "-" },
                if correct_bias { "yes" } else { "-" },
                agreement.argmax * 100.0,
                agreement.cosine,
                agreement.max_abs_error,
                noise.fold(f64::INFINITY, f64::min),
                more(&result),
            );
            last = Some(result.report);
        }
    }
    let Some(report) = last else { return };
    println!(
        "  {} constants folded, {} activations fused, {} pairs equalised, {} biases corrected, {} scales widened",
        report.folded_constants,
        report.fused_activations,
        report.equalized_pairs,
        report.corrected_biases,
        report.widened_scales
    );
    for step in &report.steps {
        let noise = step
            .sqnr_db
            .map_or("no noise".into(), |db| format!("{db:.2} dB"));
        println!(
            "    {:3} {:20} {noise:>10}  {:?}",
            step.op.0, step.name, step.range
        );
    }
    println!();
}
