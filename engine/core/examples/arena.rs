//! Packs the instances of a folder: `cargo run --release -p tinyscope-core --example arena -- FOLDER [NODES]`.
//!
//! Reads every `NAME.CAPACITY.csv` (`id,lower,upper,size`, `upper` exclusive: the format of `MiniMalloc`'s benchmarks) and
//! prints, each with the time it took on one core: the greedy height, a packing that fits the capacity, and the lowest
//! packing found.
#![allow(clippy::print_stdout, reason = "the printed table is the result")]

#[path = "../tests/support/arena.rs"]
mod arena;

use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};
use tinyscope_core::memory::{Block, Limits, Packing, PackingError, solve, validate};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("usage: arena FOLDER [NODES]")?;
    let nodes = arguments.next().map_or(Ok(2_000_000), |n| n.parse())?;
    println!(
        "instance   blocks  greedy    s        capacity  height    s        bound     lowest    s"
    );
    for instance in arena::instances(Path::new(&folder))? {
        let blocks = &instance.blocks;
        let (greedy, greedy_time) = timed(blocks, 0, usize::MAX)?;
        let (fitted, fit_time) = timed(blocks, nodes, instance.capacity)?;
        let (lowest, low_time) = timed(blocks, nodes, 0)?;
        println!(
            "{:10} {:6}  {:8}  {:7.4}  {:8}  {:8}  {:7.4}  {:8}  {:8}{} {:7.4}",
            instance.name,
            blocks.len(),
            greedy.height,
            greedy_time.as_secs_f64(),
            instance.capacity,
            fitted.height,
            fit_time.as_secs_f64(),
            lowest.lower_bound,
            lowest.height,
            if lowest.is_lowest() { "*" } else { " " },
            low_time.as_secs_f64(),
        );
    }
    println!("* proven: the lower bound is reached");
    Ok(())
}

/// The packing, once more validated, and the time it took.
fn timed(blocks: &[Block], nodes: u64, enough: usize) -> Result<(Packing, Duration), PackingError> {
    let start = Instant::now();
    let packing = solve(blocks, &Limits { nodes, enough }, &mut |_| {
        ControlFlow::Continue(())
    })?;
    let time = start.elapsed();
    validate(blocks, &packing)?;
    Ok((packing, time))
}
