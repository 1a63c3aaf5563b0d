//! Many generated programs in one: compiled together, run one after the other, each step's digest compared.

use crate::pairs::Pair;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use tinyscope_core::codegen::{EmitOptions, emit};
use tinyscope_core::plan::StepId;
use tinyscope_core::plan::digest::{EMPTY, expected, extend};
use tinyscope_core::quant::Value;

/// As for single programs.
const FLAGS: [&str; 8] = [
    "-std=c99",
    "-Wall",
    "-Wextra",
    "-Wconversion",
    "-Wshadow",
    "-pedantic",
    "-Werror",
    "-DTINYSCOPE_HOOKS",
];

const PLATFORMS: [(&str, &str); 6] = [
    ("platform.h", include_str!("../codegen/platform.h")),
    ("host.c", include_str!("../codegen/host.c")),
    ("qemu.c", include_str!("../codegen/qemu.c")),
    ("mps2.ld", include_str!("../codegen/mps2.ld")),
    ("riscv.c", include_str!("../codegen/riscv.c")),
    ("virt.ld", include_str!("../codegen/virt.ld")),
];

/// How programs are compiled and linked.
pub struct Build<'a> {
    pub compiler: &'a str,
    /// For every file, and for the linker.
    pub flags: Vec<&'a str>,
    /// What stands around the programs: a file of the tests of single programs.
    pub platform: &'a str,
    /// For the linker alone.
    pub link: Vec<&'a str>,
}

/// Programs to be compiled and run together, in a folder that is removed when dropped.
pub struct Batch<'a> {
    folder: PathBuf,
    pairs: Vec<&'a Pair>,
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        if std::env::var_os("TINYSCOPE_KEEP").is_none() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

impl<'a> Batch<'a> {
    /// Prints the pairs' programs.
    pub fn new(name: &str, pairs: impl IntoIterator<Item = &'a Pair>) -> Self {
        let folder =
            std::env::temp_dir().join(format!("tinyscope-batch-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        let batch = Self {
            folder,
            pairs: pairs.into_iter().collect(),
        };
        for (number, pair) in batch.pairs.iter().enumerate() {
            let options = EmitOptions {
                prefix: format!("p{number}"),
            };
            let project = emit(&pair.plan, &options)
                .unwrap_or_else(|error| panic!("{error} under {:?}", pair.plan.choices));
            let folder = batch.folder.join(format!("p{number}"));
            std::fs::create_dir_all(&folder).expect("a folder");
            for file in &project.files {
                std::fs::write(folder.join(&file.path), &file.text).expect("a file");
            }
            std::fs::write(folder.join("test.c"), unit(number, pair)).expect("a file");
        }
        for (name, text) in PLATFORMS {
            std::fs::write(batch.folder.join(name), text).expect("a file");
        }
        std::fs::write(batch.folder.join("main.c"), include_str!("main.c")).expect("a file");
        std::fs::write(batch.folder.join("batch.h"), batch.header()).expect("a file");
        batch
    }

    /// Compiles all and links them to one program.
    pub fn build(&self, build: &Build) -> PathBuf {
        let count = self.pairs.len();
        let numbers: Vec<usize> = (0..count).collect();
        let workers = std::thread::available_parallelism().map_or(2, |n| n.get().min(8));
        std::thread::scope(|scope| {
            for part in numbers.chunks(count.div_ceil(workers).max(1)) {
                scope.spawn(move || {
                    for number in part {
                        let (source, object) =
                            (format!("p{number}/test.c"), format!("p{number}.o"));
                        let files = ["-I.", "-c", &source, "-o", &object];
                        call(&self.folder, build, &[&FLAGS[..], &files].concat());
                    }
                });
            }
        });
        let objects: Vec<String> = numbers.iter().map(|n| format!("p{n}.o")).collect();
        std::fs::write(self.folder.join("objects"), objects.join("\n")).expect("a file");
        let files = ["-std=gnu99", "main.c", build.platform, "@objects"];
        let output = ["-o", "all"];
        call(
            &self.folder,
            build,
            &[&files[..], &build.link, &output].concat(),
        );
        self.folder.join("all")
    }

    /// Runs the program; what it wrote.
    pub fn run(&self, mut command: Command) -> String {
        let run = command.output().expect("the program starts");
        let said = String::from_utf8_lossy(&run.stdout).into_owned();
        assert!(
            run.status.success(),
            "after {:?} in {}: {}",
            said.lines().last().map(|line| self.about(line)),
            self.folder.display(),
            String::from_utf8_lossy(&run.stderr)
        );
        said
    }

    /// Asserts that a run wrote the digests of the host's layer-by-layer run.
    pub fn compare(&self, said: &str) {
        let mut lines = said.lines();
        let mut check = |wanted: String| {
            let line = lines.next().expect("a line for every digest");
            assert_eq!(line, wanted, "{}", self.about(line));
        };
        for (number, Pair { plan, reference }) in self.pairs.iter().enumerate() {
            for index in 0..plan.steps.len() {
                let digest = expected(plan, &reference.trace, StepId(index as u32));
                check(format!("{number} step {index} {}", digest.expect("codes")));
            }
            for (index, &id) in plan.graph.outputs.iter().enumerate() {
                let codes = reference.trace.get(id).and_then(Value::as_i8);
                let digest = extend(EMPTY, codes.expect("codes"));
                check(format!("{number} output {index} {digest}"));
            }
        }
        assert_eq!(lines.next(), None);
    }

    /// The plan that a line is about.
    fn about(&self, line: &str) -> String {
        let mut words = line.split(' ');
        let number: usize = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
        let plan = &self.pairs[number].plan;
        let step: usize = words.nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
        let name = plan
            .steps
            .get(step)
            .map(|step| (step.name.clone(), step.kernel, &plan.segments[step.segment]));
        format!(
            "program {number} in {}: {name:?} of {:?}",
            self.folder.display(),
            plan.choices
        )
    }

    /// What the frame knows of the programs.
    fn header(&self) -> String {
        let most = |of: fn(&Pair) -> usize| self.pairs.iter().map(|pair| of(pair)).max();
        let mut out = format!(
            "#include <stdint.h>\n\
             #define TEST_STEPS {}u\n\
             #define TEST_ARENA_BYTES {}u\n\
             void test_fail(void);\n\
             uint8_t *test_start(uint32_t arena_bytes);\n\
             void test_steps(uint32_t number, uint32_t steps);\n\
             void test_output(uint32_t number, uint32_t index, const uint8_t *codes, uint32_t bytes);\n\
             void test_end(uint8_t *arena, uint32_t arena_bytes);\n\
             #define TEST_EACH(X)",
            most(|pair| pair.plan.steps.len()).unwrap_or(0),
            // Printed arenas are rounded up to their alignment.
            most(|pair| pair.plan.totals.peak_sram_bytes).unwrap_or(0) + 16,
        );
        for number in 0..self.pairs.len() {
            let _ = write!(out, " X({number})");
        }
        out.push('\n');
        out
    }
}

fn call(folder: &Path, build: &Build, arguments: &[&str]) {
    let output = Command::new(build.compiler)
        .current_dir(folder)
        .args(&build.flags)
        .args(arguments)
        .output()
        .expect("the compiler starts");
    assert!(
        output.status.success(),
        "{} {arguments:?} in {}:\n{}",
        build.compiler,
        folder.display(),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The program with a function that runs it once.
fn unit(number: usize, pair: &Pair) -> String {
    let name = format!("p{number}");
    let upper = name.to_uppercase();
    let mut out = format!(
        "#include \"{name}.c\"\n#include \"weights.c\"\n#include \"batch.h\"\nvoid test_{name}(void);\n"
    );
    let mut starts = Vec::new();
    let mut codes = Vec::new();
    for input in &pair.reference.codes {
        starts.push(codes.len().to_string());
        codes.extend(input.iter().map(ToString::to_string));
    }
    let _ = write!(
        out,
        "static const int8_t codes[] = {{{}}};\n#ifdef {upper}_EACH_INPUT_BY_ROWS\nstatic const int starts[] = {{{}}};\n\
         static int asked[{}];\n\
         static void deliver(void *user, int32_t input, int32_t row, int8_t *to)\n{{\n    int bytes = 0;\n    if (user != asked || asked[input]++ != row) {{\n        test_fail();\n    }}\n\
         #define ROWS(number, rows, row_bytes) if (input == number) {{ bytes = row_bytes; }}\n    {upper}_EACH_INPUT_BY_ROWS(ROWS)\n    \
         for (int i = 0; i < bytes; i++) {{\n        to[i] = codes[starts[input] + row * bytes + i];\n    }}\n}}\n#endif\n",
        codes.join(","),
        starts.join(","),
        starts.len()
    );
    let _ = write!(
        out,
        "void test_{name}(void)\n{{\n    uint8_t *const arena = test_start({upper}_ARENA_BYTES);\n    const int8_t *from = codes;\n    \
         if ({name}_init(arena, {upper}_ARENA_BYTES) != 0) {{\n        test_fail();\n    }}\n\
         #define FILL(offset, bytes) for (uint32_t i = 0; i < (bytes); i++) {{ arena[(offset) + i] = (uint8_t)*from++; }}\n    \
         {upper}_EACH_INPUT(FILL)\n    (void)from;\n\
         #ifdef {upper}_EACH_INPUT_BY_ROWS\n    {name}_run(arena, deliver, asked);\n#else\n    {name}_run(arena);\n#endif\n    \
         test_steps({number}, {upper}_STEPS);\n    uint32_t output = 0;\n\
         #define GIVE(offset, bytes) test_output({number}, output++, arena + (offset), (bytes));\n    \
         {upper}_EACH_OUTPUT(GIVE)\n    test_end(arena, {upper}_ARENA_BYTES);\n}}\n"
    );
    out
}
