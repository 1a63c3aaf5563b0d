//! The host run beside tflite-micro's interpreter: the same exported file, the same input, turn by turn, outputs compared.
//!
//! Needs `make setup-test`, which installs the interpreter, and the shared models; says so where either is missing.

#[path = "../tests/support/oracle.rs"]
mod oracle;
#[path = "../tests/support/mod.rs"]
mod support;

use oracle::{Oracle, Request};
use std::time::Instant;
use tinyscope_core::export;
use tinyscope_core::import::load;
use tinyscope_core::quant::{Runner, Value, random_input};

const MODELS: [&str; 2] = ["vww_96_int8", "mcunet-320kb-1mb_imagenet"];
/// Turns that the two take one after the other.
const TURNS: usize = 5;
/// Runs in each turn.
const RUNS: usize = 5;

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

fn timed(runner: &Runner<'_>, inputs: &[Value]) -> Vec<f64> {
    let once = |_| {
        let start = Instant::now();
        std::hint::black_box(runner.outputs(inputs).expect("the model runs"));
        start.elapsed().as_secs_f64()
    };
    (0..RUNS).map(once).collect()
}

fn main() {
    let Some(mut oracle) = Oracle::start("the comparison with tflite-micro") else {
        return;
    };
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let one = one.expect("a thread pool");
    let cores = rayon::current_num_threads();
    println!(
        "median of {} runs, outputs the same byte for byte",
        TURNS * RUNS
    );
    for name in MODELS {
        let Some(bytes) = support::model(name) else {
            continue;
        };
        let graph = load(name, &bytes).expect("a good model");
        let file = export::tflite(&graph).expect("the model can be written");
        let inputs = random_input(&graph, 1);
        let runner = Runner::new(&graph).expect("the model runs");
        let ours = runner.outputs(&inputs).expect("the model runs");
        let (mut single, mut parallel, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..TURNS {
            single.extend(one.install(|| timed(&runner, &inputs)));
            parallel.extend(timed(&runner, &inputs));
            let answer = oracle.run(&Request {
                runtime: "tflm",
                model: &file,
                inputs: &inputs,
                outputs: graph.outputs.len(),
                repeat: RUNS,
                ..Request::default()
            });
            let answer = answer.expect("tflite-micro runs it");
            for (ours, theirs) in ours.iter().zip(&answer.values) {
                assert_eq!(&ours.to_le_bytes(), theirs, "{name}: outputs differ");
            }
            theirs.extend(answer.seconds);
        }
        let (single, parallel, theirs) = (median(single), median(parallel), median(theirs));
        println!(
            "{name}: host {:.2} ms on one core ({:.1}×), {:.2} ms on {cores} ({:.1}×); tflite-micro {:.2} ms",
            single * 1e3,
            theirs / single,
            parallel * 1e3,
            theirs / parallel,
            theirs * 1e3
        );
    }
}
