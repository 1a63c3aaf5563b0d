//! Any network under any legal schedule gives the bytes of the layer-by-layer run, inside its own arena.

use crate::build::network;
use proptest::prelude::*;
use tinyscope_core::graph::{Graph, Region};
use tinyscope_core::memory::{Block, Packing, validate};
use tinyscope_core::plan::{
    Buffer, BufferRole, Choices, Layout, Objective, Plan, Prepared, Schedule, Target, best_patch,
    interpret, interpret_with, plan_prepared,
};
use tinyscope_core::quant::{Value, random_input, run};

/// Choices that are legal for the model, picked by `pick`.
fn choices(prepared: &Prepared, pick: [usize; 3], in_place: bool, fast_kernels: bool) -> Choices {
    let splits = &prepared.legal_splits;
    let schedule = match splits.len() {
        0 => Schedule::Layer,
        count => {
            let split = splits[pick[0] % count];
            let [h, w, _] = prepared.flow.steps[split - 1].map;
            Schedule::Patch {
                split,
                grid: [1 + pick[1] % h, 1 + pick[2] % w],
            }
        }
    };
    Choices {
        schedule,
        in_place,
        fast_kernels,
        ..Choices::default()
    }
}

/// The parts of a plan that every plan must have right, whatever its schedule.
fn check_sums(plan: &Plan) -> Result<(), TestCaseError> {
    let blocks: Vec<Block> = (plan.buffers.iter()).map(Buffer::block).collect();
    let packing = Packing {
        offsets: plan.buffers.iter().map(|b| b.offset).collect(),
        height: plan.totals.peak_sram_bytes,
        lower_bound: 0,
    };
    prop_assert_eq!(validate(&blocks, &packing), Ok(()));
    for (index, step) in plan.steps.iter().enumerate() {
        let live: usize = (plan.buffers.iter()).map(|b| b.window(index).len()).sum();
        prop_assert_eq!(step.live.total(), live);
        prop_assert!(live <= plan.totals.peak_sram_bytes);
        prop_assert!(step.macs_once == 0 || step.macs > 0);
        prop_assert_eq!(step.in_place.is_some(), step.live.output == 0);
    }
    let peak = &plan.steps[plan.totals.peak_step];
    prop_assert_eq!(peak.live.scratch, plan.totals.scratch_bytes);
    Ok(())
}

fn check_partition(plan: &Plan) -> Result<(), TestCaseError> {
    let Some((segment, stage)) = plan.patch_stage() else {
        return Ok(());
    };
    let last = &plan.steps[segment.steps.end - 1];
    let [h, w, _] = plan.graph.tensor(last.output.tensor).hwc();
    let mut covered = vec![0_u8; h * w];
    for patch in &stage.patches {
        let Region { y, x } = *patch.outputs.last().unwrap();
        for row in y.start..y.end {
            for column in x.start..x.end {
                covered[row * w + column] += 1;
            }
        }
    }
    prop_assert!(covered.iter().all(|&count| count == 1));
    Ok(())
}

fn inputs(graph: &Graph, seed: u64) -> (Vec<Value>, Vec<Vec<i8>>) {
    let values = random_input(graph, seed);
    let codes = (values.iter())
        .map(|value| value.as_i8().unwrap().to_vec())
        .collect();
    (values, codes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn every_schedule_gives_the_bytes_of_the_layer_by_layer_run(
        graph in network(),
        pick in any::<[usize; 3]>(),
        in_place in any::<bool>(),
        fast in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let prepared = Prepared::new(&graph).unwrap();
        let choices = choices(&prepared, pick, in_place, fast);
        let plan = plan_prepared(&prepared, &Target::stm32f746(), &choices).unwrap();
        check_sums(&plan)?;
        check_partition(&plan)?;
        let (values, codes) = inputs(&plan.graph, seed);
        let reference = run(&plan.graph, &values).unwrap();
        let mut wrong = Vec::new();
        let result = interpret_with(&plan, &codes, &mut |pass| {
            let step = plan.step(pass.step);
            let [_, w, c] = plan.graph.tensor(step.output.tensor).hwc();
            let whole = reference.get(step.output.tensor).and_then(Value::as_i8).unwrap();
            let Region { y, x } = pass.region;
            let expected: Vec<i8> = (y.start..y.end)
                .flat_map(|row| &whole[(row * w + x.start) * c..(row * w + x.end) * c])
                .copied()
                .collect();
            if expected != pass.codes {
                wrong.push((pass.step, pass.patch));
            }
        });
        let result = result.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(wrong, []);
        let output = reference.get(plan.graph.outputs[0]).and_then(Value::as_i8).unwrap();
        prop_assert_eq!(&result.outputs[0], output);
    }

    #[test]
    fn planning_twice_gives_the_same_plan(graph in network(), pick in any::<[usize; 3]>()) {
        let prepared = Prepared::new(&graph).unwrap();
        let choices = choices(&prepared, pick, true, true);
        let target = Target::stm32f746();
        let once = plan_prepared(&prepared, &target, &choices).unwrap();
        let again = plan_prepared(&Prepared::new(&graph).unwrap(), &target, &choices).unwrap();
        prop_assert_eq!(once, again);
    }

    #[test]
    fn a_patch_stage_recomputes_but_never_skips(graph in network(), pick in any::<[usize; 3]>()) {
        let prepared = Prepared::new(&graph).unwrap();
        let choices = choices(&prepared, pick, true, true);
        let plan = plan_prepared(&prepared, &Target::stm32f746(), &choices).unwrap();
        let Some((segment, stage)) = plan.patch_stage() else { return Ok(()) };
        for (index, step) in plan.steps[segment.steps.clone()].iter().enumerate() {
            let pixels: usize = stage.patches.iter().map(|p| p.outputs[index].pixels()).sum();
            let each = prepared.facts[index].macs_per_pixel;
            prop_assert_eq!(step.macs, each * pixels as u64);
            // A tile is as large as the largest region that it takes.
            if step.output.layout == Layout::Tile && step.in_place.is_none() {
                let [.., c] = plan.graph.tensor(step.output.tensor).hwc();
                let largest = stage.patches.iter().map(|p| p.outputs[index].pixels() * c).max();
                let buffer = plan.buffer(step.output.buffer.unwrap());
                prop_assert_eq!(buffer.role, BufferRole::Tile);
                prop_assert!(buffer.bytes >= largest.unwrap());
            }
        }
        let last = &plan.steps[segment.steps.end - 1];
        prop_assert_eq!(last.macs, last.macs_once);
    }

    #[test]
    fn a_planted_overlap_never_passes_the_interpreter_unnoticed(
        graph in network(),
        pick in any::<[usize; 3]>(),
        seed in any::<u64>(),
    ) {
        let prepared = Prepared::new(&graph).unwrap();
        let choices = choices(&prepared, pick, true, true);
        let mut plan = plan_prepared(&prepared, &Target::stm32f746(), &choices).unwrap();
        // Lay a step's output over all of an operand it does not own.
        let planted = plan.steps.iter().find_map(|step| {
            let input = step.inputs.first()?.buffer?;
            let output = step.output.buffer?;
            let covers = plan.buffer(output).bytes >= plan.buffer(input).bytes;
            let begins = plan.buffer(output).first == step.id.0 as usize;
            (input != output && covers && begins).then_some((input, output))
        });
        let Some((input, output)) = planted else { return Ok(()) };
        plan.buffers[output.0 as usize].offset = plan.buffer(input).offset;
        plan.totals.peak_sram_bytes *= 2;
        let (_, codes) = inputs(&plan.graph, seed);
        prop_assert!(interpret(&plan, &codes).is_err());
    }
}

/// Every legal plan of a model, layer by layer first.
fn every_plan(prepared: &Prepared, target: &Target) -> Vec<Plan> {
    let stages = prepared.legal_splits.iter().flat_map(|&split| {
        let [h, w, _] = prepared.flow.steps[split - 1].map;
        (1..=h).flat_map(move |r| {
            (1..=w).map(move |c| Schedule::Patch {
                split,
                grid: [r, c],
            })
        })
    });
    std::iter::once(Schedule::Layer)
        .chain(stages)
        .map(|schedule| {
            let choices = Choices {
                schedule,
                ..Choices::default()
            };
            plan_prepared(prepared, target, &choices).unwrap()
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_search_finds_what_trying_everything_finds(graph in network(), share in 0..=100_usize) {
        let prepared = Prepared::new(&graph).unwrap();
        let target = Target::stm32f746();
        let all = every_plan(&prepared, &target);
        let find = |objective| {
            let plan = best_patch(&prepared, &target, &Choices::default(), objective).unwrap();
            (plan.totals.peak_sram_bytes, plan.totals.macs)
        };
        let totals = || all.iter().map(|p| (p.totals.peak_sram_bytes, p.totals.macs));
        let least = totals().min().unwrap();
        prop_assert_eq!(find(Objective::LeastMemory { max_mac_factor: None }), least);
        let once = all[0].totals.macs;
        let capped = totals().filter(|&(_, macs)| macs as f64 <= once as f64 * 1.2).min();
        let objective = Objective::LeastMemory { max_mac_factor: Some(1.2) };
        prop_assert_eq!(Some(find(objective)), capped);
        let highest = all[0].totals.peak_sram_bytes;
        let arena_bytes = least.0 + (highest - least.0) * share / 100;
        let fewest = totals().filter(|&(bytes, _)| bytes <= arena_bytes).map(|(_, macs)| macs).min();
        let (bytes, macs) = find(Objective::LeastMacs { arena_bytes });
        prop_assert!(bytes <= arena_bytes);
        prop_assert_eq!(Some(macs), fewest);
        prop_assert_eq!(find(Objective::LeastMacs { arena_bytes: 0 }), least);
    }
}
