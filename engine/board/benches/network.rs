//! How fast the virtual board runs a generated network: one inference of the bundled scene model, polled as a
//! measurement polls. The counter of a row is simulated instructions, so its rate reads as instructions per second.

use divan::counter::ItemsCount;
use std::path::Path;
use std::time::Duration;
use tinyscope_board::Cancel;
use tinyscope_board::build::{build_project, sources};
use tinyscope_board::session::{FlashOptions, Layout, attach, flash, start};
use tinyscope_core::import::load;
use tinyscope_core::plan::{BufferRole, Choices, Target, plan};
use tinyscope_vmcu::INSTRUCTION_COUNTER;

const LIMIT: Duration = Duration::from_mins(1);

fn main() {
    divan::main();
}

/// The inference alone: built and flashed before, and not compared with the host's.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn scene_layer_by_layer(bencher: divan::Bencher) {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/scene.tflite");
    let bytes = std::fs::read(model).expect("the model is in the repository");
    let graph = load("scene", &bytes).expect("it imports");
    let plan = plan(&graph, &Target::stm32f746(), &Choices::default()).expect("it fits");
    let (cancel, folder) = (Cancel::default(), tempfile::tempdir().expect("a folder"));
    let files = sources(&plan).expect("C is written");
    let build = match build_project(&files, &plan.target, folder.path(), &mut |_| {}, &cancel) {
        Ok(build) => build,
        Err(error) => {
            println!("skipped: {error}");
            return;
        }
    };
    let elf = std::fs::read(&build.elf).expect("the image was linked");
    let mut board = attach("virtual", &plan.target).expect("attaches");
    let options = FlashOptions::default();
    flash(&mut board, &elf, options, &mut |_| {}, &cancel).expect("programs and verifies");

    let input_buffer = plan.buffers.iter().find(|b| b.role == BufferRole::Input);
    let offset = input_buffer.expect("the plan has an input").offset;
    let input_bytes = graph.tensor(graph.inputs[0]).bytes();
    let layout = Layout {
        inputs: vec![(offset, input_bytes)],
        output_bytes: graph.tensor(graph.outputs[0]).bytes(),
        steps: plan.steps.iter().map(|step| step.symbol.clone()).collect(),
    };
    let mut program = start(&mut board, &build.image, &layout, &cancel).expect("it greets");
    let input: Vec<i8> = (0..input_bytes).map(|k| (k * 37) as u8 as i8).collect();
    let mut infer = || {
        program
            .run(&input, INSTRUCTION_COUNTER, LIMIT, &cancel)
            .expect("it runs")
            .instructions
    };
    let instructions = infer();
    bencher
        .counter(ItemsCount::new(instructions))
        .bench_local(infer);
}
