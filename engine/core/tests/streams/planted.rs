//! Planted faults: whatever is one place, one row, one step or one byte short must not pass the interpreter. So the
//! sizes in a plan are not only enough, but exact.

use crate::build::Numbers;
use crate::cases::{Reference, choices, for_all, planned};
use std::cell::RefCell;
use std::collections::BTreeMap;
use tinyscope_core::graph::TensorId;
use tinyscope_core::plan::{
    BufferId, BufferRole, InterpretError, Layout, Operand, Plan, Prepared, interpret,
};

/// Lays every buffer behind the one before, so that nothing but what is planted can go wrong.
fn spread(plan: &mut Plan) {
    let mut end = 0;
    for buffer in &mut plan.buffers {
        buffer.offset = end;
        plan.totals.peak_sram_bytes = end + buffer.bytes;
        end = (end + buffer.bytes).next_multiple_of(16);
    }
}

fn operands_of(plan: &mut Plan, tensor: TensorId) -> impl Iterator<Item = &mut Operand> {
    (plan.steps.iter_mut())
        .flat_map(|step| step.inputs.iter_mut().chain([&mut step.output]))
        .filter(move |operand| operand.tensor == tensor)
}

/// Takes bytes from the only tenant of a buffer.
fn shorten(plan: &mut Plan, id: BufferId, by: usize) {
    let buffer = &mut plan.buffers[id.0 as usize];
    assert_eq!(buffer.tenants.len(), 1);
    buffer.bytes -= by;
    buffer.tenants[0].bytes -= by;
}

/// Every plan that differs from this one by one fault.
fn faults(plan: &Plan) -> Vec<(&'static str, String, Plan)> {
    let mut all = Vec::new();
    let mut plant = |kind, name: String, change: &dyn Fn(&mut Plan)| {
        let mut faulty = plan.clone();
        change(&mut faulty);
        spread(&mut faulty);
        all.push((kind, name, faulty));
    };
    let mut seen = Vec::new();
    let operands = plan
        .steps
        .iter()
        .flat_map(|s| s.inputs.iter().chain([&s.output]));
    for operand in operands {
        let Some(id) = operand.buffer else { continue };
        if seen.contains(&operand.tensor) {
            continue;
        }
        seen.push(operand.tensor);
        let (buffer, tensor) = (plan.buffer(id), operand.tensor);
        let [_, _, channels] = plan.graph.tensor(tensor).hwc();
        match operand.layout {
            Layout::Ring { pixels } => plant("ring", format!("{tensor:?}"), &|plan| {
                let layout = Layout::Ring { pixels: pixels - 1 };
                operands_of(plan, tensor).for_each(|operand| operand.layout = layout);
                shorten(plan, id, channels);
            }),
            Layout::Columns { columns } => {
                let rows = buffer.bytes / (columns * channels);
                plant("columns", format!("{tensor:?}"), &|plan| {
                    let layout = Layout::Columns {
                        columns: columns - 1,
                    };
                    operands_of(plan, tensor).for_each(|operand| operand.layout = layout);
                    shorten(plan, id, rows * channels);
                });
                plant("rows", format!("{tensor:?}"), &|plan| {
                    shorten(plan, id, columns * channels);
                });
            }
            Layout::Tile if buffer.tenants.len() == 1 => {
                plant("tile", format!("{tensor:?}"), &|plan| {
                    shorten(plan, id, channels);
                });
            }
            Layout::Tile | Layout::Map => {}
        }
    }
    for step in &plan.steps {
        if let Some(id) = step.kept_rows {
            let [_, w, c] = plan.graph.tensor(step.output.tensor).hwc();
            plant("rows kept", format!("{:?}", step.output.tensor), &|plan| {
                shorten(plan, id, w * c);
            });
        }
        if let Some(id) = step.accumulators {
            plant("accumulators", format!("{:?}", step.id), &|plan| {
                plan.buffers[id.0 as usize].bytes -= 1;
            });
        }
        // An output that lies over an input of its stage, and not in place.
        let segment = &plan.segments[step.segment];
        let id = step.output.buffer.unwrap();
        let over = (plan.buffer(id).tenants.iter()).find(|tenant| {
            tenant.tensor != step.output.tensor
                && tenant.last + 1 == segment.steps.end
                && tenant.first < segment.steps.start.max(1)
        });
        if step.id.0 as usize + 1 == segment.steps.end
            && step.in_place.is_none()
            && over.is_some_and(|tenant| tenant.at > step.output.at)
        {
            plant("distance", format!("{:?}", step.output.tensor), &|plan| {
                let tensor = step.output.tensor;
                operands_of(plan, tensor).for_each(|operand| operand.at += 4);
                let buffer = &mut plan.buffers[id.0 as usize];
                let tenants = &mut buffer.tenants;
                let tenant = tenants.iter_mut().find(|t| t.tensor == tensor).unwrap();
                tenant.at += 4;
                buffer.bytes = buffer.bytes.max(tenant.at + tenant.bytes);
            });
        }
    }
    for (index, buffer) in plan.buffers.iter().enumerate() {
        for (number, tenant) in buffer.tenants.iter().enumerate() {
            let used = seen.contains(&tenant.tensor);
            if !used || tenant.first == tenant.last {
                continue;
            }
            plant(
                "end",
                format!("{:?} in {:?}", tenant.tensor, buffer.id),
                &|plan| {
                    plan.buffers[index].tenants[number].last -= 1;
                },
            );
            plant(
                "begin",
                format!("{:?} in {:?}", tenant.tensor, buffer.id),
                &|plan| {
                    plan.buffers[index].tenants[number].first += 1;
                },
            );
        }
    }
    for buffer in &plan.buffers {
        assert!(buffer.role == BufferRole::Scratch || buffer.bytes > 0);
    }
    all
}

#[test]
fn nothing_in_a_plan_can_be_smaller() {
    let counts: RefCell<BTreeMap<&str, usize>> = RefCell::default();
    for_all(500, |graph, seed| {
        let prepared = Prepared::new(graph).unwrap();
        let choices = choices(&prepared, &mut Numbers::new(seed));
        let mut plan = planned(&prepared, &choices);
        let reference = Reference::new(&plan.graph, seed);
        spread(&mut plan);
        reference.check(&plan)?;
        for (kind, name, faulty) in faults(&plan) {
            let found = interpret(&faulty, &reference.codes);
            let as_expected = match kind {
                "accumulators" => matches!(found, Err(InterpretError::Malformed { .. })),
                "begin" | "end" => matches!(found, Err(InterpretError::Buffer { .. })),
                _ => matches!(found, Err(InterpretError::Access { .. })),
            };
            if !as_expected {
                return Err(format!("{kind} of {name}: {found:?} under {choices:?}"));
            }
            *counts.borrow_mut().entry(kind).or_default() += 1;
        }
        Ok(())
    });
    let counts = counts.into_inner();
    println!("{counts:#?}");
    assert_eq!(counts.len(), 9);
    assert!(counts.values().all(|&count| count >= 20), "{counts:?}");
}
