//! Many generated programs in one: compiled together, run one after the other, each step's digest compared.

use crate::cases::Reference;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use tinyscope_core::codegen::{EmitOptions, emit};
use tinyscope_core::plan::digest::{EMPTY, expected, extend};
use tinyscope_core::plan::{Plan, StepId};
use tinyscope_core::quant::Value;

/// As in the tests of single programs, with the sanitisers.
const FLAGS: [&str; 13] = [
    "-std=c99",
    "-Wall",
    "-Wextra",
    "-Wconversion",
    "-Wshadow",
    "-pedantic",
    "-Werror",
    "-O1",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
    "-DTINYSCOPE_HOOKS",
    "-I.",
    "-c",
];

/// A plan, and what its run must come to.
pub struct Pair {
    pub plan: Plan,
    pub reference: Reference,
}

/// Programs to be compiled and run together, in a folder that is removed when dropped.
pub struct Batch {
    folder: PathBuf,
    pairs: Vec<Pair>,
}

impl Drop for Batch {
    fn drop(&mut self) {
        if std::env::var_os("TINYSCOPE_KEEP").is_none() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

pub fn has_compiler() -> bool {
    Command::new("cc").arg("--version").output().is_ok()
}

impl Batch {
    pub fn new(name: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("tinyscope-batch-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        Self {
            folder,
            pairs: Vec::new(),
        }
    }

    /// Prints the pair's program.
    pub fn add(&mut self, pair: Pair) {
        let number = self.pairs.len();
        let options = EmitOptions {
            prefix: format!("p{number}"),
        };
        let project = emit(&pair.plan, &options)
            .unwrap_or_else(|error| panic!("{error} under {:?}", pair.plan.choices));
        let folder = self.folder.join(format!("p{number}"));
        std::fs::create_dir_all(&folder).expect("a folder");
        for file in &project.files {
            std::fs::write(folder.join(&file.path), &file.text).expect("a file");
        }
        std::fs::write(folder.join("test.c"), unit(number, &pair)).expect("a file");
        self.pairs.push(pair);
    }

    /// Compiles and runs all, and compares.
    pub fn run(&self) {
        let count = self.pairs.len();
        let numbers: Vec<usize> = (0..count).collect();
        let workers = std::thread::available_parallelism().map_or(2, |n| n.get().min(8));
        std::thread::scope(|scope| {
            for part in numbers.chunks(count.div_ceil(workers).max(1)) {
                scope.spawn(|| part.chunks(16).for_each(|some| compile(&self.folder, some)));
            }
        });
        std::fs::write(self.folder.join("main.c"), main(count)).expect("a file");
        let objects: Vec<String> = numbers.iter().map(|n| format!("p{n}.o")).collect();
        std::fs::write(self.folder.join("objects"), objects.join("\n")).expect("a file");
        let link = Command::new("cc")
            .current_dir(&self.folder)
            .args([
                "-std=c99",
                "-fsanitize=address,undefined",
                "main.c",
                "@objects",
                "-o",
                "all",
            ])
            .output()
            .expect("the compiler starts");
        assert!(
            link.status.success(),
            "{}",
            String::from_utf8_lossy(&link.stderr)
        );
        let run = Command::new(self.folder.join("all"))
            .output()
            .expect("the program starts");
        let said = String::from_utf8_lossy(&run.stdout);
        assert!(
            run.status.success(),
            "after {:?} in {}: {}",
            said.lines().last().map(|line| self.about(line)),
            self.folder.display(),
            String::from_utf8_lossy(&run.stderr)
        );
        let mut lines = said.lines();
        for (number, pair) in self.pairs.iter().enumerate() {
            let mut next = || lines.next().expect("a line for every digest").to_owned();
            for index in 0..pair.plan.steps.len() {
                let digest = expected(&pair.plan, &pair.reference.trace, StepId(index as u32))
                    .expect("codes");
                let line = next();
                assert_eq!(
                    line,
                    format!("{number} step {index} {digest}"),
                    "{}",
                    self.about(&line)
                );
            }
            for (index, &id) in pair.plan.graph.outputs.iter().enumerate() {
                let codes = pair
                    .reference
                    .trace
                    .get(id)
                    .and_then(Value::as_i8)
                    .expect("codes");
                let line = next();
                let digest = extend(EMPTY, codes);
                assert_eq!(
                    line,
                    format!("{number} output {index} {digest}"),
                    "{}",
                    self.about(&line)
                );
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
}

fn compile(folder: &Path, numbers: &[usize]) {
    for number in numbers {
        let output = Command::new("cc")
            .current_dir(folder)
            .args(FLAGS)
            .arg(format!("p{number}/test.c"))
            .args(["-o", &format!("p{number}.o")])
            .output()
            .expect("the compiler starts");
        assert!(
            output.status.success(),
            "p{number} in {}:\n{}",
            folder.display(),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// The program with a function that runs it once.
fn unit(number: usize, pair: &Pair) -> String {
    let name = format!("p{number}");
    let upper = name.to_uppercase();
    let mut out = format!(
        "#include \"{name}.c\"\n#include \"weights.c\"\n#include <stdlib.h>\n#include <string.h>\n\
         void test_start(void);\nvoid test_steps(int number, int steps);\n\
         void test_output(int number, int index, const void *codes, unsigned long bytes);\nvoid test_{name}(void);\n"
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
         static void deliver(void *user, int32_t input, int32_t row, int8_t *to)\n{{\n    int bytes = 0;\n    if (user != asked || asked[input]++ != row) {{\n        abort();\n    }}\n\
         #define ROWS(number, rows, row_bytes) if (input == number) {{ bytes = row_bytes; }}\n    {upper}_EACH_INPUT_BY_ROWS(ROWS)\n    \
         memcpy(to, codes + starts[input] + row * bytes, (size_t)bytes);\n}}\n#endif\n",
        codes.join(","),
        starts.join(","),
        starts.len()
    );
    let _ = write!(
        out,
        "void test_{name}(void)\n{{\n    uint8_t *arena = malloc({upper}_ARENA_BYTES);\n    const int8_t *from = codes;\n    test_start();\n    \
         memset(arena, 0x5b, {upper}_ARENA_BYTES);\n    \
         if ({name}_init(arena, {upper}_ARENA_BYTES) != 0) {{\n        abort();\n    }}\n\
         #define FILL(offset, bytes) memcpy(arena + (offset), from, (bytes)); from += (bytes);\n    \
         {upper}_EACH_INPUT(FILL)\n    (void)from;\n\
         #ifdef {upper}_EACH_INPUT_BY_ROWS\n    {name}_run(arena, deliver, asked);\n#else\n    {name}_run(arena);\n#endif\n    \
         test_steps({number}, {upper}_STEPS);\n    int output = 0;\n\
         #define GIVE(offset, bytes) test_output({number}, output++, arena + (offset), (bytes));\n    \
         {upper}_EACH_OUTPUT(GIVE)\n    free(arena);\n}}\n"
    );
    out
}

/// Hooks, and the calls of all.
fn main(count: usize) -> String {
    let mut out = include_str!("main.c").to_owned();
    for number in 0..count {
        let _ = writeln!(out, "void test_p{number}(void);");
    }
    out.push_str("int main(void)\n{\n");
    for number in 0..count {
        let _ = writeln!(out, "    test_p{number}();");
    }
    out.push_str("    return 0;\n}\n");
    out
}
