//! What a printed project comes with: the example builds without a word and runs the network; several networks and their
//! hooks fit into one program.

use crate::graphs;
use crate::project::{WARNINGS, exists};
use std::path::Path;
use std::process::Command;
use tinyscope_core::codegen::{self, EmitOptions, companions, emit};
use tinyscope_core::plan::{Choices, Plan, Schedule, Target, plan};
use tinyscope_core::quant::{Value, run};
use tinyscope_core::schedule::{InputMode, Method, Stage};

/// Writes a network's project into a folder; the paths of its sources and its example.
fn write(plan: &Plan, prefix: &str, folder: &Path) -> Vec<String> {
    let options = EmitOptions {
        prefix: prefix.into(),
    };
    let project = emit(plan, &options).expect("printed");
    let companions = companions(plan, &options, &project);
    for file in project.files.iter().chain(&companions) {
        let path = folder.join(prefix).join(&file.path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, &file.text).expect("written");
    }
    (project.files.iter())
        .filter(|file| Path::new(&file.path).extension().is_some_and(|e| e == "c"))
        .map(|file| format!("{prefix}/{}", file.path))
        .collect()
}

fn planned(seed: u64) -> Plan {
    let graph = graphs::network(seed, false);
    plan(&graph, &Target::stm32f746(), &Choices::default()).expect("a plan")
}

/// The input comes row by row into as many first steps as can be streamed.
fn planned_by_rows(seed: u64) -> Plan {
    let graph = graphs::network(seed, false);
    let streamed = |steps| Choices {
        schedule: Schedule::Stages(vec![Stage {
            steps: 0..steps,
            method: Method::ROWS,
        }]),
        input: InputMode::Rows,
        ..Choices::default()
    };
    let mut most = (1..=graph.ops.len()).rev();
    let plan = most
        .find_map(|steps| plan(&graph, &Target::stm32f746(), &streamed(steps)).ok())
        .expect("a first step that can be streamed");
    assert!(codegen::takes_rows(&plan));
    plan
}

/// Compiles and runs; what the program prints.
fn output(folder: &Path, arguments: &[&str], sources: &[String]) -> String {
    let built = Command::new("cc")
        .current_dir(folder)
        .args(WARNINGS)
        .args(arguments)
        .args(sources)
        .args(["-o", "program"])
        .output()
        .expect("the compiler starts");
    let said = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success() && said.is_empty(), "{said}");
    let ran = Command::new(folder.join("program"))
        .output()
        .expect("the program starts");
    assert!(ran.status.success(), "{:?}", ran.status);
    String::from_utf8(ran.stdout).expect("text")
}

#[test]
fn the_example_prints_what_the_host_run_gives() {
    if !exists("cc") {
        println!("skipped: no cc");
        return;
    }
    for plan in [planned(1), planned(4), planned_by_rows(1)] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut sources = write(&plan, "net", folder.path());
        sources.push("net/example/main.c".into());
        let printed = output(folder.path(), &["-Inet"], &sources);
        let input: Vec<Value> = (plan.graph.inputs.iter())
            .map(|&id| {
                let tensor = plan.graph.tensor(id);
                let (_, zero) = tensor.scale_zero().expect("quantised");
                Value::I8(vec![zero as i8; tensor.elements()])
            })
            .collect();
        let trace = run(&plan.graph, &input).expect("a run");
        let outputs = plan.graph.outputs.iter().map(|&id| {
            let codes = trace.get(id).and_then(|value| value.as_i8()).expect("int8");
            let best = codes.iter().max().expect("not empty");
            let at = codes.iter().position(|code| code == best).unwrap_or(0);
            format!("{} values, largest: number {at} = ", codes.len())
        });
        for line in outputs {
            assert!(printed.contains(&line), "{line:?} in {printed:?}");
        }
    }
}

#[test]
fn two_networks_share_a_program_and_its_hooks() {
    if !exists("cc") {
        println!("skipped: no cc");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let plans = [planned(2), planned(3)];
    let mut sources = write(&plans[0], "first", folder.path());
    sources.extend(write(&plans[1], "second", folder.path()));
    let main = "\
#include \"first/first.h\"
#include \"second/second.h\"
#include <stdio.h>
static union { uint8_t bytes[FIRST_ARENA_BYTES + SECOND_ARENA_BYTES]; uint64_t aligned; } arena;
void tinyscope_step_begin(uint32_t step) { printf(\"%lu \", (unsigned long)step); }
void tinyscope_step_end(uint32_t step, const tinyscope_view *out) { (void)step; (void)out; }
int main(void)
{
    if (first_init(arena.bytes, FIRST_ARENA_BYTES) != 0 || second_init(arena.bytes, SECOND_ARENA_BYTES) != 0
        || first_init(arena.bytes, FIRST_ARENA_BYTES - 1) != 1 || first_init(arena.bytes + 1, FIRST_ARENA_BYTES) != 2) {
        return 1;
    }
    first_run(arena.bytes);
    second_run(arena.bytes);
    return 0;
}
";
    std::fs::write(folder.path().join("main.c"), main).expect("written");
    sources.push("main.c".into());
    let base = format!("-DSECOND_FIRST_STEP={}u", plans[0].steps.len());
    let flags = [
        "-DTINYSCOPE_HOOKS",
        &base,
        "-DTINYSCOPE_WEIGHTS=__attribute__((section(\".data.weights\")))",
    ];
    let printed = output(folder.path(), &flags, &sources);
    let steps: usize = plans.iter().map(|plan| plan.steps.len()).sum();
    let called: Vec<usize> = printed
        .split_whitespace()
        .map(|s| s.parse().expect("a number"))
        .collect();
    assert!(called.into_iter().eq(0..steps), "{printed}");
}

#[test]
fn cmake_builds_the_example() {
    if !exists("cmake") || !exists("cc") {
        println!("skipped: no cmake or no cc");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    write(&planned(5), "net", folder.path());
    for arguments in [&["-S", "net", "-B", "build"][..], &["--build", "build"]] {
        let made = Command::new("cmake")
            .current_dir(folder.path())
            .args(arguments)
            .output()
            .expect("cmake starts");
        let said = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success() && said.is_empty(), "{said}");
    }
    let ran = Command::new(folder.path().join("build/net_example")).output();
    assert!(ran.is_ok_and(|ran| ran.status.success() && !ran.stdout.is_empty()));
}
