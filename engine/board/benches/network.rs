//! How fast the simulator runs generated networks, on one core of the host and with memory timing as the chips have it:
//! the bundled scene model and, where it is, the shared vision model, on a Cortex-M4, an M7 and an M33.
//!
//! What is counted is what is timed: every instruction that the core executes from the command to run up to the report,
//! which is the inference and the firmware's own part (digests of each step's output, checks of guards, arena and
//! stack). The counter of a row is those instructions, so its rate reads as instructions per second.

#[path = "../../core/tests/support/mod.rs"]
mod support;

use divan::counter::ItemsCount;
use std::fmt;
use tinyscope_board::build::{Build, build_project, sources};
use tinyscope_board::firmware::{GUARD_BYTES, symbol};
use tinyscope_board::image::load_blocks;
use tinyscope_board::probe::virtual_arm_chip;
use tinyscope_board::protocol::{bytes_of, control, crc32};
use tinyscope_board::{Cancel, target_for_chip};
use tinyscope_core::import::load;
use tinyscope_core::plan::{BufferRole, Choices, Plan, plan};
use tinyscope_vmcu::{INSTRUCTION_COUNTER, Machine};

/// Instructions between two looks at whether it has finished.
const SLICE: u64 = 100_000;
/// More than any start or run takes.
const MOST: u64 = 1_000_000_000;

fn main() {
    println!(
        "Items: all simulated instructions of a run up to its report, the firmware's digests and checks among them, with \
         memory timing."
    );
    divan::main();
}

/// A model on a chip.
struct Case(&'static str, &'static str, &'static str);

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}, {}", self.0, self.1, self.2)
    }
}

const CASES: [Case; 6] = [
    Case("scene", "Cortex-M4", "STM32F429ZI"),
    Case("scene", "Cortex-M7", "STM32F746NGHx"),
    Case("scene", "Cortex-M33", "STM32U585AI"),
    Case("mcunet_vww", "Cortex-M4", "STM32F429ZI"),
    Case("mcunet_vww", "Cortex-M7", "STM32F746NGHx"),
    Case("mcunet_vww", "Cortex-M33", "STM32U585AI"),
];

#[divan::bench(args = CASES, sample_count = 10, sample_size = 1)]
fn layer_by_layer(bencher: divan::Bencher, case: &Case) {
    let Case(model, _, chip) = *case;
    let own = support::workspace().join(format!("models/{model}.tflite"));
    let bytes = std::fs::read(own).ok();
    let Some(bytes) = bytes.or_else(|| support::shared_bytes(&format!("models/{model}.tflite")))
    else {
        return;
    };
    let graph = load(model, &bytes).expect("it imports");
    let target = target_for_chip(chip).expect("a chip of the registry");
    let plan = plan(&graph, &target, &Choices::default()).expect("it fits");
    let (cancel, folder) = (Cancel::default(), tempfile::tempdir().expect("a folder"));
    let files = sources(&plan).expect("C is written");
    let build = match build_project(&files, &plan.target, folder.path(), &mut |_| {}, &cancel) {
        Ok(build) => build,
        Err(error) => {
            println!("skipped: {error}");
            return;
        }
    };
    let program = Program::new(chip, &plan, &build);
    let mut machine = program.ready.clone();
    program.finish(&mut machine);
    let instructions = machine.clock().instructions - program.ready.clock().instructions;
    bencher
        .counter(ItemsCount::new(instructions))
        .with_inputs(|| program.ready.clone())
        .bench_local_refs(|machine| program.finish(machine));
}

/// A chip that runs as soon as time passes.
struct Program {
    ready: Machine,
    control: u32,
}

impl Program {
    fn new(chip: &str, plan: &Plan, build: &Build) -> Self {
        let address = |name| build.image.variable(name).expect("a variable") as u32;
        let arena = address(symbol::ARENA) + GUARD_BYTES as u32;
        let mut machine = Machine::new(virtual_arm_chip(chip).expect("it is modelled"));
        for (at, bytes) in load_blocks(&build.bytes).expect("the image was linked") {
            assert!(machine.memory.load(at as u32, &bytes), "it lies in flash");
        }
        machine.reset();
        let mut program = Self {
            ready: machine,
            control: address(symbol::CONTROL),
        };
        program.wait(|program| program.word(control::STATE) == control::STATE_IDLE);
        program.set(control::COMMAND, &[control::COMMAND_PREPARE]);
        program.wait(|program| program.word(control::COMMAND) == 0);

        let buffer = plan.buffers.iter().find(|b| b.role == BufferRole::Input);
        let offset = buffer.expect("the plan has an input").offset as u32;
        let count = plan.graph.tensor(plan.graph.inputs[0]).bytes() as u32;
        let input: Vec<u8> = (0..count).map(|k| (k * 37) as u8).collect();
        let loaded = program.ready.memory.load(arena + offset, &input);
        assert!(loaded, "the input lies in RAM");
        let no_stop = control::NO_STEP;
        let mut words = vec![1, INSTRUCTION_COUNTER, no_stop, 0, offset, count];
        let mut checked = bytes_of(&words);
        checked.extend(&input);
        words.push(crc32(&checked));
        program.set(control::LAUNCH, &words);
        program.set(control::COMMAND, &[control::COMMAND_RUN]);
        program.wait(|program| program.word(control::COMMAND) == 0);
        assert_eq!(program.word(control::STATE), control::STATE_RUNNING);
        program
    }

    fn finish(&self, machine: &mut Machine) {
        while word(machine, self.control, control::STATE) == control::STATE_RUNNING {
            machine.advance(SLICE);
            assert!(machine.clock().instructions < MOST, "it hangs");
        }
        let state = word(machine, self.control, control::STATE);
        assert!([control::STATE_REPORTING, control::STATE_IDLE].contains(&state));
    }

    fn wait(&mut self, until: impl Fn(&Self) -> bool) {
        while !until(self) {
            self.ready.advance(SLICE / 10);
            assert!(self.ready.clock().instructions < MOST, "it hangs");
        }
    }

    fn word(&self, number: u64) -> u32 {
        word(&self.ready, self.control, number)
    }

    fn set(&mut self, number: u64, words: &[u32]) {
        let at = self.control + 4 * number as u32;
        let memory = &mut self.ready.memory;
        assert!(memory.load(at, &bytes_of(words)), "it lies in RAM");
    }
}

fn word(machine: &Machine, control: u32, number: u64) -> u32 {
    let bytes = machine.memory.slice(control + 4 * number as u32, 4);
    let bytes = bytes.and_then(|bytes| bytes.first_chunk());
    bytes.map_or(0, |bytes| u32::from_le_bytes(*bytes))
}
