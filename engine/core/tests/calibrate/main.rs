//! Post-training quantisation: what its graphs and reports must hold, on random networks.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

mod models;
mod networks;
#[path = "../support/oracle.rs"]
mod oracle;
#[path = "../support/pictures.rs"]
mod pictures;
mod properties;
mod report;
mod rules;
#[path = "../support/mod.rs"]
mod support;

use oracle::{Oracle, Request};
use pictures::{Digits, generated};
use std::ops::ControlFlow;
use tinyscope_core::graph::Graph;
use tinyscope_core::quant::Value;
use tinyscope_core::quant::calibrate::{Method, Options, Quantized, quantize};

/// All options worth trying: each method, with and without equalisation and bias correction.
fn all_options() -> impl Iterator<Item = Options> {
    let methods = Method::ALL.into_iter();
    methods.flat_map(|method| {
        [(false, false), (true, false), (false, true), (true, true)].map(
            |(equalize, correct_bias)| Options {
                method,
                equalize,
                correct_bias,
                ..Options::default()
            },
        )
    })
}

fn quantized(graph: &Graph, samples: &[Vec<Value>], options: &Options) -> Quantized {
    let mut go_on = |_| ControlFlow::Continue(());
    quantize(graph, samples, options, &mut go_on).expect("the network can be quantised")
}
