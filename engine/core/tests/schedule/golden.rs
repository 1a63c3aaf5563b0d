//! One small network, its patch plan in full: schedule, regions, arena.

use crate::build::{Builder, window};
use std::fmt::Write as _;
use tinyscope_core::graph::{Graph, Interval, Region};
use tinyscope_core::plan::{Choices, Layout, Plan, Schedule, Target, Way, plan};

/// Stem, inverted residual block, strided convolution, classifier: what patch stages are for, in nine steps.
pub fn small_network() -> Graph {
    let (mut b, input) = Builder::new(16, 16, 3, 1);
    let stem = b.conv(input, window(3, 2, true, [16, 16]), 8);
    let expanded = b.conv(stem, window(1, 1, true, [8, 8]), 24);
    let filtered = b.depthwise(expanded, window(3, 1, true, [8, 8]));
    let projected = b.conv(filtered, window(1, 1, true, [8, 8]), 8);
    let sum = b.add(stem, projected);
    let wide = b.conv(sum, window(1, 1, true, [8, 8]), 16);
    let small = b.depthwise(wide, window(5, 2, true, [8, 8]));
    let output = b.head(small, 4);
    b.finish(output)
}

fn text(plan: &Plan) -> String {
    let interval = |i: Interval| format!("{}..{}", i.start, i.end);
    let region = |r: &Region| format!("[{}, {}]", interval(r.y), interval(r.x));
    let mut out = String::new();
    for segment in &plan.segments {
        let grid = match &segment.way {
            Way::Patch(stage) => format!("{}×{} patches", stage.grid[0], stage.grid[1]),
            _ => segment.method.name().to_owned(),
        };
        writeln!(out, "steps {:?}: {grid}", segment.steps).unwrap();
        for step in &plan.steps[segment.steps.clone()] {
            let inputs: Vec<_> = (step.inputs.iter())
                .map(|i| {
                    format!(
                        "b{}{}",
                        i.buffer.unwrap().0,
                        if i.layout == Layout::Tile {
                            " tile"
                        } else {
                            ""
                        }
                    )
                })
                .collect();
            let output = step.output.buffer.unwrap().0;
            let mark = if step.in_place.is_some() {
                " in place"
            } else {
                ""
            };
            writeln!(
                out,
                "  {:26} {:12} {} -> b{output}{mark} | macs {} of {} | {:?}",
                step.symbol,
                step.name,
                inputs.join(", "),
                step.macs,
                step.macs_once,
                step.live,
            )
            .unwrap();
        }
        if let Way::Patch(stage) = &segment.way {
            for patch in &stage.patches {
                let outputs: Vec<_> = patch.outputs.iter().map(region).collect();
                writeln!(
                    out,
                    "  patch {} -> {}",
                    region(&patch.input),
                    outputs.join(" ")
                )
                .unwrap();
            }
        }
    }
    for b in &plan.buffers {
        writeln!(
            out,
            "b{} {:?} {}..{} steps {}..={}",
            b.id.0,
            b.role,
            b.offset,
            b.offset + b.bytes,
            b.first,
            b.last
        )
        .unwrap();
    }
    writeln!(out, "{:?}", plan.totals).unwrap();
    out
}

#[test]
fn a_small_patch_plan() {
    let choices = Choices {
        schedule: Schedule::Patch {
            split: 7,
            grid: [2, 2],
        },
        ..Choices::default()
    };
    let plan = plan(&small_network(), &Target::stm32f746(), &choices).unwrap();
    insta::assert_snapshot!(text(&plan));
}
