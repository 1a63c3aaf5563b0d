//! Published memory of streamed schedules without extra work, residuals included (`published.md`, section 3).

use crate::support;
use std::ops::ControlFlow;
use tinyscope_core::graph::Graph;
use tinyscope_core::import::import;
use tinyscope_core::plan::{
    Choices, Counted, Found, Objective, Prepared, Query, Target, Ways, lower_bound, search,
};
use tinyscope_core::schedule::InputMode;

fn design(name: &str) -> Option<Graph> {
    let path = support::workspace().join("models").join(name);
    let bytes = std::fs::read(path).unwrap();
    tinyscope_core::design::open(&bytes).graph
}

fn model(name: &str) -> Option<Graph> {
    import("model", &support::model(name)?).graph
}

fn find(prepared: &Prepared, input: InputMode, counted: Counted, fast_kernels: bool) -> Found {
    let objective = Objective::LeastMemory {
        max_mac_factor: Some(1.0),
    };
    let query = Query {
        counted,
        ways: Ways::lines(),
        ..Query::new(objective)
    };
    let choices = Choices {
        input,
        fast_kernels,
        ..Choices::default()
    };
    let watch = &mut |_| ControlFlow::Continue(());
    search(prepared, &Target::stm32f746(), &choices, &query, watch).unwrap()
}

#[test]
fn no_more_memory_than_published() {
    let nets = [
        (
            "mbv2-1.0@224",
            design("mobilenetv2-1.0-r224.ron"),
            121_664,
            195_696,
        ),
        (
            "mbv2-0.35@144",
            design("mbv2-w0.35-r144.ron"),
            25_560,
            66_976,
        ),
        ("vww1@80", model("mcunet_vww"), 15_568, 21_856),
        (
            "in3@176",
            model("mcunet-320kb-1mb_imagenet"),
            60_272,
            98_752,
        ),
        ("MLPerf VWW", model("vww_96_int8"), 13_592, 28_512),
    ];
    for (name, graph, streamed, resident) in nets {
        let Some(graph) = graph else { continue };
        let prepared = Prepared::new(&graph).unwrap();
        for (input, most) in [(InputMode::Rows, streamed), (InputMode::Resident, resident)] {
            // The arena with kernels that take no scratch, and the tensors beside those that do.
            let plain = find(&prepared, input, Counted::Arena, false).plan.totals;
            let found = find(&prepared, input, Counted::Activations, true);
            let fast = &found.plan.totals;
            println!(
                "{name}, {input:?}: {} bytes (published {most}), with fast kernels {} and an arena of {}",
                plain.peak_sram_bytes, fast.peak_activation_bytes, fast.peak_sram_bytes
            );
            assert!(plain.peak_sram_bytes <= most);
            assert_eq!(plain.peak_sram_bytes, fast.peak_activation_bytes);
            assert_eq!(plain.macs, plain.macs_once);
            assert!(found.proven);
        }
    }
}

#[test]
fn peaks_of_all_designs_stand_at_the_bound_of_their_ways() {
    let folder = support::workspace().join("models");
    let mut names: Vec<String> = (std::fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "ron"))
        .map(|path| path.file_name().unwrap().display().to_string())
        .collect();
    names.sort_unstable();
    for name in names {
        let graph = design(&name).unwrap();
        let Ok(prepared) = Prepared::new(&graph) else {
            println!("skipped: {name} does not plan");
            continue;
        };
        let query = Query {
            counted: Counted::Activations,
            ways: Ways::lines(),
            ..Query::new(Objective::LeastMemory {
                max_mac_factor: Some(1.0),
            })
        };
        for input in [InputMode::Rows, InputMode::Resident] {
            let choices = Choices {
                input,
                ..Choices::default()
            };
            let target = Target::stm32f746();
            let watch = &mut |_| ControlFlow::Continue(());
            let Ok(found) = search(&prepared, &target, &choices, &query, watch) else {
                println!("{name}, {input:?}: not to be streamed");
                continue;
            };
            let bound = lower_bound(&prepared, &target, &choices, &query).unwrap();
            let bytes = found.plan.totals.peak_activation_bytes;
            let ratio = bytes as f64 / bound as f64;
            println!("{name}, {input:?}: {bytes} / {bound} = {ratio:.3}");
            assert!(found.proven && bound <= bytes);
        }
    }
}
