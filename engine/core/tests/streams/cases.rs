//! Random legal choices, and a run of a plan that is held to the layer-by-layer run step by step.

use crate::build::{Numbers, network};
use proptest::prelude::any;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRng, TestRunner};
use tinyscope_core::graph::{Graph, Region};
use tinyscope_core::memory::{Block, Packing, validate};
use tinyscope_core::plan::digest::{expected, regions_in_run_order};
use tinyscope_core::plan::{
    Buffer, Choices, Plan, Prepared, Schedule, StepId, Target, interpret_with, plan_prepared,
};
use tinyscope_core::quant::{Trace, Value, random_input, run};
use tinyscope_core::schedule::{Flow, HandOver, InputMode, Method, Source, Stage, check_stage};

/// Holds `property` to so many random networks, each with a seed: the same ones in every run. What fails is made as
/// small as it can be.
pub fn for_all(cases: u32, property: impl Fn(&Graph, u64) -> Result<(), String>) {
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(config.rng_algorithm);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let result = runner.run(&(network(), any::<u64>()), |(graph, seed)| {
        property(&graph, seed).map_err(TestCaseError::fail)
    });
    match result {
        Ok(()) => {}
        Err(TestError::Fail(reason, (graph, seed))) => {
            let steps: Vec<String> = (Flow::new(&Prepared::new(&graph).unwrap().graph)
                .steps
                .iter())
            .map(|node| format!("{} {:?} -> {:?}", node.op, node.inputs, node.map))
            .collect();
            panic!("{reason} (seed {seed}) of {steps:#?}");
        }
        Err(error) => panic!("{error}"),
    }
}

/// A number below `bound`.
pub fn below(numbers: &mut Numbers, bound: usize) -> usize {
    (numbers.next() >> 33) as usize % bound.max(1)
}

fn chance(numbers: &mut Numbers, percent: usize) -> bool {
    below(numbers, 100) < percent
}

/// A way to run steps whose last output has this map.
pub fn method(numbers: &mut Numbers, [height, width, _]: [usize; 3]) -> Method {
    match below(numbers, 13) {
        0 => Method::Layer,
        1 | 2 => Method::Patch {
            grid: [
                1 + below(numbers, height.min(6)),
                1 + below(numbers, width.min(6)),
            ],
        },
        3 | 4 => Method::HorizontalCache {
            rows: 1 + below(numbers, height),
        },
        5..=8 => Method::TileCache {
            tile: [
                1 + below(numbers, height.min(5)),
                1 + below(numbers, width.min(5)),
            ],
        },
        9 | 10 => Method::ROWS,
        _ => Method::PIXELS,
    }
}

/// A legal sequence of stages over the whole network.
pub fn stages(flow: &Flow, input: InputMode, numbers: &mut Numbers) -> Vec<Stage> {
    let length = flow.steps.len();
    let mut stages = Vec::new();
    let mut start = 0;
    while start < length {
        let found = (0..12).find_map(|_| {
            let end = start + 1 + below(numbers, length - start);
            let stage = Stage {
                steps: start..end,
                method: method(numbers, flow.steps[end - 1].map),
            };
            check_stage(flow, &stage, input).is_ok().then_some(stage)
        });
        match found {
            Some(stage) => {
                start = stage.steps.end;
                stages.push(stage);
            }
            // A gap runs layer by layer.
            None => start += 1,
        }
    }
    stages
}

/// Choices under which the network can be planned.
pub fn choices(prepared: &Prepared, numbers: &mut Numbers) -> Choices {
    let mut choices = Choices {
        in_place: chance(numbers, 75),
        fast_kernels: chance(numbers, 50),
        overlap: chance(numbers, 75),
        ..Choices::default()
    };
    let flow = &prepared.flow;
    if chance(numbers, 40) {
        // All that reads the input has to be in the first stage of line buffers.
        let least = flow
            .input_last_readers
            .iter()
            .max()
            .map_or(1, |last| last + 1);
        for _ in 0..4 {
            let hand_over = if chance(numbers, 50) {
                HandOver::Row
            } else {
                HandOver::Pixel
            };
            let first = Stage {
                steps: 0..least + below(numbers, flow.steps.len() - least + 1),
                method: Method::LineBuffers { hand_over },
            };
            if check_stage(flow, &first, InputMode::Rows).is_err() {
                continue;
            }
            let mut all = stages(flow, InputMode::Rows, numbers);
            all.retain(|stage| stage.steps.start >= first.steps.end);
            all.insert(0, first);
            choices.input = InputMode::Rows;
            choices.schedule = Schedule::Stages(all);
            return choices;
        }
    }
    choices.schedule = Schedule::Stages(stages(flow, InputMode::Resident, numbers));
    choices
}

/// A plan for the same chip, always.
pub fn planned(prepared: &Prepared, choices: &Choices) -> Plan {
    plan_prepared(prepared, &Target::stm32f746(), choices).unwrap()
}

/// What the layer-by-layer run makes of random inputs.
pub struct Reference {
    pub codes: Vec<Vec<i8>>,
    pub trace: Trace,
}

impl Reference {
    pub fn new(graph: &Graph, seed: u64) -> Self {
        let values = random_input(graph, seed);
        let codes = (values.iter())
            .map(|value| value.as_i8().unwrap().to_vec())
            .collect();
        let trace = run(graph, &values).unwrap();
        Self { codes, trace }
    }

    /// Runs the plan; says what is not as it must be.
    pub fn check(&self, plan: &Plan) -> Result<(), String> {
        let blocks: Vec<Block> = (plan.buffers.iter()).map(Buffer::block).collect();
        let packing = Packing {
            offsets: plan.buffers.iter().map(|b| b.offset).collect(),
            height: plan.totals.peak_sram_bytes,
            lower_bound: 0,
        };
        validate(&blocks, &packing).map_err(|error| error.to_string())?;
        let mut wrong = None;
        let mut order: Vec<Vec<Region>> = vec![Vec::new(); plan.steps.len()];
        let result = interpret_with(plan, &self.codes, &mut |pass| {
            let step = plan.step(pass.step);
            let [_, w, c] = plan.graph.tensor(step.output.tensor).hwc();
            let whole = self
                .trace
                .get(step.output.tensor)
                .and_then(Value::as_i8)
                .unwrap();
            let Region { y, x } = pass.region;
            let same = (y.start..y.end)
                .flat_map(|row| &whole[(row * w + x.start) * c..(row * w + x.end) * c])
                .eq(pass.codes);
            if !same && wrong.is_none() {
                wrong = Some(format!(
                    "{:?} computes {:?} wrongly",
                    pass.step, pass.region
                ));
            }
            order[pass.step.0 as usize].push(pass.region);
        });
        let result = result.map_err(|error| error.to_string())?;
        if let Some(wrong) = wrong {
            return Err(wrong);
        }
        for (&output, codes) in plan.graph.outputs.iter().zip(&result.outputs) {
            if self.trace.get(output).and_then(Value::as_i8) != Some(codes) {
                return Err(format!("output {output:?} differs"));
            }
        }
        for (index, regions) in order.iter_mut().enumerate() {
            let id = StepId(index as u32);
            let mut stated = regions_in_run_order(plan, id);
            stated.retain(|region| region.pixels() > 0);
            regions.retain(|region| region.pixels() > 0);
            if *regions != stated {
                return Err(format!("step {index} runs in another order than stated"));
            }
            if expected(plan, &self.trace, id) != Some(result.digests[index]) {
                return Err(format!("the digest of step {index} differs"));
            }
        }
        Ok(())
    }
}

/// The steps that make what a step reads.
pub fn producers(flow: &Flow, step: usize) -> impl Iterator<Item = usize> + '_ {
    (flow.steps[step].inputs.iter()).filter_map(|source| match *source {
        Source::Step(producer) => Some(producer),
        _ => None,
    })
}
