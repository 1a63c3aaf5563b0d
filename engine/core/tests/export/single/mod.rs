//! Every int8 operator alone, over random shapes and parameters: graph, file, tflite-micro; bit for bit.
//!
//! tflite-micro has no `RELU_N1_TO_1`; its cases only go through the file and back.

pub mod kinds;

use crate::oracle::{Oracle, Request};
use kinds::{ELEMENTS, Generator, MOVES, OWN, WINDOWS};
use tinyscope_core::export;
use tinyscope_core::graph::Graph;
use tinyscope_core::import::import;
use tinyscope_core::quant::{Value, random_input, run};

/// Networks for each kind of operator.
pub const CASES: u64 = 32;

/// The output of the one operator on the host.
fn on_host(graph: &Graph, inputs: &[Value]) -> Result<Vec<u8>, String> {
    let trace = run(graph, inputs).map_err(|why| format!("host: {why}"))?;
    let value = trace.get(graph.outputs[0]).ok_or("host: no value")?;
    Ok(value.to_le_bytes())
}

/// Where two outputs differ.
fn same(what: &str, ours: &[u8], theirs: &[u8]) -> Result<(), String> {
    if ours == theirs {
        return Ok(());
    }
    let places = ours.iter().zip(theirs).filter(|(a, b)| a != b).count();
    let first = ours.iter().zip(theirs).position(|(a, b)| a != b);
    let at = first.map(|i| (i, ours[i] as i8, theirs[i] as i8));
    Err(format!(
        "{what}: {places} of {} bytes differ, first (index, ours, theirs) {at:?}",
        ours.len()
    ))
}

/// The network read from its file computes the same.
fn check_file(graph: &Graph, seed: u64) -> Result<(), String> {
    let bytes = export::tflite(graph).map_err(|why| why.to_string())?;
    let imported = import("case", &bytes);
    let again = imported
        .graph
        .ok_or_else(|| format!("not read again: {:?}", imported.diagnostics))?;
    let inputs = random_input(graph, seed);
    same(
        "read again",
        &on_host(graph, &inputs)?,
        &on_host(&again, &inputs)?,
    )
}

fn check_reference(oracle: &mut Oracle, graph: &Graph, seed: u64) -> Result<(), String> {
    let bytes = export::tflite(graph).map_err(|why| why.to_string())?;
    let inputs = random_input(graph, seed);
    let request = Request {
        runtime: "tflm",
        model: &bytes,
        inputs: &inputs,
        outputs: 1,
        ..Request::default()
    };
    let answer = oracle.run(&request)?;
    same("tflite-micro", &on_host(graph, &inputs)?, &answer.values[0])
}

/// Runs `check` on all cases of all kinds; fails with one line for each kind that has failures.
fn all(kinds: &[(&str, Generator)], mut check: impl FnMut(&Graph, u64) -> Result<(), String>) {
    let mut failures = Vec::new();
    for (name, generate) in kinds {
        let mut failed = Vec::new();
        for seed in 0..CASES {
            let graph = generate(seed);
            if let Err(why) = check(&graph, seed) {
                failed.push(format!("seed {seed}: {why}; {:?}", graph.ops[0].kind));
            }
        }
        if let Some(first) = failed.first() {
            failures.push(format!("{name}: {} of {CASES}; {first}", failed.len()));
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

fn against_the_reference(kinds: &[(&str, Generator)]) {
    let Some(mut oracle) = Oracle::start("operators alone on tflite-micro") else {
        return;
    };
    all(kinds, |graph, seed| {
        check_reference(&mut oracle, graph, seed)
    });
    for (name, _) in kinds {
        println!("{name}: {CASES} networks, every byte as tflite-micro's");
    }
}

#[test]
fn operators_with_windows_compute_what_tflite_micro_does() {
    against_the_reference(&WINDOWS);
}

#[test]
fn element_operators_compute_what_tflite_micro_does() {
    against_the_reference(&ELEMENTS);
}

#[test]
fn moving_operators_compute_what_tflite_micro_does() {
    against_the_reference(&MOVES);
}

#[test]
fn every_operator_survives_the_file() {
    for kinds in [&WINDOWS[..], &ELEMENTS, &MOVES, &OWN] {
        all(kinds, check_file);
    }
}
