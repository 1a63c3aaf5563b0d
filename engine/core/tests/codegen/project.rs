//! Compiles a generated program with a harness, runs it, and compares what every step wrote with the host's run.

use std::path::{Path, PathBuf};
use std::process::Command;
use tinyscope_core::codegen::{EmitOptions, emit};
use tinyscope_core::graph::Region;
use tinyscope_core::plan::{Plan, Way};
use tinyscope_core::quant::{random_input, run};

/// Flags under which the generated files compile without a word.
pub const WARNINGS: [&str; 7] = [
    "-std=c99",
    "-Wall",
    "-Wextra",
    "-Wconversion",
    "-Wshadow",
    "-pedantic",
    "-Werror",
];

/// What a step wrote, in the order of the calls.
pub type Records = Vec<(u32, Vec<u8>)>;

/// A folder of its own for one program, removed when dropped.
pub struct Project {
    pub folder: PathBuf,
    pub sources: Vec<String>,
}

impl Drop for Project {
    fn drop(&mut self) {
        // Kept for a look when asked for.
        if std::env::var_os("TINYSCOPE_KEEP").is_none() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

impl Project {
    /// Writes the generated files, the input and the harness.
    pub fn new(name: &str, plan: &Plan, seed: u64) -> Self {
        let folder =
            std::env::temp_dir().join(format!("tinyscope-codegen-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        let project = emit(plan, &EmitOptions::default()).expect("a plan that can be printed");
        for file in &project.files {
            write(&folder, &file.path, &file.text);
        }
        let input = random_input(&plan.graph, seed);
        // One input after the other.
        let codes: Vec<String> = (input.iter())
            .flat_map(|value| value.as_i8().expect("int8 input"))
            .map(ToString::to_string)
            .collect();
        let text = format!(
            "#include <stdint.h>\nstatic const int8_t test_input[] = {{{}}};\n",
            codes.join(",")
        );
        write(&folder, "input.h", &text);
        write(&folder, "platform.h", include_str!("platform.h"));
        write(&folder, "harness.c", include_str!("harness.c"));
        write(&folder, "host.c", include_str!("host.c"));
        write(&folder, "qemu.c", include_str!("qemu.c"));
        write(&folder, "mps2.ld", include_str!("mps2.ld"));
        write(&folder, "riscv.c", include_str!("riscv.c"));
        write(&folder, "virt.ld", include_str!("virt.ld"));
        let sources = project
            .files
            .iter()
            .filter(|file| Path::new(&file.path).extension().is_some_and(|e| e == "c"))
            .map(|file| file.path.clone())
            .collect();
        Self { folder, sources }
    }

    /// Compiles the generated sources alone and asserts that the compiler is silent.
    pub fn check(&self, compiler: &str, flags: &[&str]) {
        self.compile(compiler, &[&WARNINGS, flags].concat());
    }

    /// The same in C++, for firmware that is written in it.
    pub fn check_as_cpp(&self, compiler: &str, flags: &[&str]) {
        let language = ["-x", "c++", "-std=c++17"];
        self.compile(compiler, &[&language, &WARNINGS[1..], flags].concat());
    }

    fn compile(&self, compiler: &str, flags: &[&str]) {
        let output = Command::new(compiler)
            .current_dir(&self.folder)
            .args(flags)
            .arg("-c")
            .args(&self.sources)
            .output()
            .expect("the compiler starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && said.is_empty(),
            "{compiler} {flags:?}:\n{said}"
        );
    }

    /// Compiles every source with `compiler` and links them with the named platform.
    pub fn build(&self, compiler: &str, flags: &[&str], platform: &str) -> PathBuf {
        let program = self.folder.join(format!("program-{platform}"));
        let mut command = Command::new(compiler);
        command
            .current_dir(&self.folder)
            .args(WARNINGS)
            .arg("-DTINYSCOPE_HOOKS")
            .args(flags)
            .args(&self.sources)
            .args([
                "-Wno-pedantic",
                "-Wno-sign-conversion",
                "harness.c",
                platform,
                "-o",
            ])
            .arg(&program);
        if compiler.starts_with("arm-") {
            // An M0+ divides and multiplies 64 bits by the compiler's own library.
            command.arg("-lgcc");
        }
        let output = command.output().expect("the compiler starts");
        assert!(
            output.status.success(),
            "{compiler} {flags:?} in {}:\n{}",
            self.folder.display(),
            String::from_utf8_lossy(&output.stderr)
        );
        program
    }
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).expect("a file in the temporary folder");
}

/// Whether a program can be started.
pub fn exists(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

/// Starts a command and takes its records.
pub fn records(mut command: Command) -> Records {
    let output = command.output().expect("the program starts");
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    let mut bytes = &output.stdout[..];
    let mut records = Vec::new();
    while let Some((head, rest)) = bytes.split_at_checked(8) {
        let word = |i: usize| u32::from_le_bytes([head[i], head[i + 1], head[i + 2], head[i + 3]]);
        let (data, rest) = rest
            .split_at_checked(word(4) as usize)
            .expect("a whole record");
        records.push((word(0), data.to_vec()));
        bytes = rest;
    }
    records
}

/// Asserts that every step wrote what the host's layer-by-layer run has there.
pub fn compare(plan: &Plan, seed: u64, records: &Records) {
    let trace = run(&plan.graph, &random_input(&plan.graph, seed)).expect("the host runs it");
    let mut written = records.iter().filter(|(step, _)| step >> 30 == 0);
    for segment in &plan.segments {
        let patches = match &segment.way {
            Way::Patch(stage) => stage.patches.len(),
            _ => 1,
        };
        for patch in 0..patches {
            for (i, index) in segment.steps.clone().enumerate() {
                let step = &plan.steps[index];
                let map = plan.graph.tensor(step.output.tensor).hwc();
                let region = match &segment.way {
                    Way::Patch(stage) => stage.patches[patch].outputs[i],
                    _ => Region::whole(map[0], map[1]),
                };
                let value = trace
                    .get(step.output.tensor)
                    .and_then(|v| v.as_i8())
                    .expect("int8 value");
                let (id, bytes) = written.next().expect("a record for every call");
                assert_eq!(*id, step.id.0, "order of the steps");
                let expected = cut(value, map, region);
                let wrong = bytes.iter().zip(&expected).filter(|(a, b)| a != b).count();
                assert!(
                    bytes.len() == expected.len() && wrong == 0,
                    "step {id} ({}, {:?}, in place {:?}), patch {patch} {region:?} of {map:?}: {wrong} of {} bytes differ, first at {:?}",
                    step.name,
                    step.kernel,
                    step.in_place,
                    expected.len(),
                    bytes.iter().zip(&expected).position(|(a, b)| a != b)
                );
            }
        }
    }
    assert!(written.next().is_none(), "more calls than steps");
    let outputs = records.iter().filter(|(step, _)| step >> 30 == 1);
    assert_eq!(outputs.clone().count(), plan.graph.outputs.len());
    for (&id, (_, bytes)) in plan.graph.outputs.iter().zip(outputs) {
        let value = trace.get(id).and_then(|value| value.as_i8());
        let expected = value.expect("int8 value").iter().map(|&code| code as u8);
        assert!(
            bytes.iter().copied().eq(expected),
            "output {id:?} after the run"
        );
    }
}

fn cut(value: &[i8], [_, w, c]: [usize; 3], region: Region) -> Vec<u8> {
    (region.y.start..region.y.end)
        .flat_map(|y| &value[(y * w + region.x.start) * c..(y * w + region.x.end) * c])
        .map(|&code| code as u8)
        .collect()
}

/// Instructions per step, from the records behind the run.
pub fn instructions(records: &Records) -> Vec<u32> {
    records
        .iter()
        .filter(|(step, _)| step >> 31 == 1)
        .map(|(_, b)| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect()
}
