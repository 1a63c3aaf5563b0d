//! What a printed program comes with: an example that calls it, a project for `cmake`, and a page with its numbers and
//! how they were made. The measured sources themselves are [`super::emit`]'s.

use super::names::{comment, identifier};
use super::source::{arrives, port_name, takes_rows};
use super::{EmitOptions, Project, SourceFile};
use crate::graph::{Tensor, TensorId};
use crate::plan::Plan;
use std::fmt::Write;
use std::path::Path;

/// Folder of the example within the project. Its sources are no part of the network's program.
pub const EXAMPLE_FOLDER: &str = "example";

/// `example/main.c`, `CMakeLists.txt` and `README.md` for a project that was printed from `plan` with the same options.
pub fn companions(plan: &Plan, options: &EmitOptions, project: &Project) -> Vec<SourceFile> {
    let prefix = identifier(&options.prefix);
    let file = |path: &str, text: String| SourceFile {
        path: path.into(),
        text,
    };
    vec![
        file("example/main.c", example(plan, &prefix)),
        file("CMakeLists.txt", cmake(&prefix, project)),
        file("README.md", readme(plan, &prefix, project)),
    ]
}

/// A program that runs the network once, on the host or, with a `printf`, on a board.
fn example(plan: &Plan, prefix: &str) -> String {
    let upper = prefix.to_ascii_uppercase();
    format!(
        "/* Runs {name} once on an input of zeros and prints what comes out. Made by Tinyscope as a start: yours to edit. */\n\
         #include \"{prefix}.h\"\n\n#include <stdio.h>\n#include <string.h>\n\n\
         /* The only memory that the network writes. Aligned as it asks for. */\n\
         static union {{\n    uint8_t bytes[{upper}_ARENA_BYTES];\n    uint64_t aligned;\n}} arena;\n\n\
         /* Real zero in the input's codes. Put codes of your own there: round(real / scale) + zero point. */\n\
         #define FILL(offset, count, zero_point) memset(arena.bytes + (offset), (zero_point), (count));\n\n\
         {deliver}static void print_output(uint32_t offset, uint32_t count, double scale, int32_t zero_point)\n{{\n    \
         const int8_t *codes = (const int8_t *)arena.bytes + offset;\n    uint32_t best = 0;\n    \
         for (uint32_t i = 1; i < count; i++) {{\n        if (codes[i] > codes[best]) {{\n            best = i;\n        }}\n    }}\n    \
         printf(\"%lu values, largest: number %lu = %g\\n\", (unsigned long)count, (unsigned long)best,\n           \
         scale * (codes[best] - zero_point));\n}}\n\n\
         int main(void)\n{{\n    \
         if ({prefix}_init(arena.bytes, sizeof arena.bytes) != 0) {{\n        puts(\"the arena is too small or not aligned\");\n        return 1;\n    }}\n{fill}    \
         {prefix}_run({arguments});\n{print}    return 0;\n}}\n",
        name = comment(&plan.graph.name),
        deliver = deliver_row(plan, &upper),
        arguments = arguments(plan, "arena.bytes", "deliver_row"),
        fill = each(&plan.graph.inputs, "INPUT", |index, name| {
            if arrives(plan, index) {
                String::new()
            } else {
                format!(
                    "    FILL({upper}_{name}_OFFSET, {upper}_{name}_BYTES, {upper}_{name}_ZERO_POINT)\n"
                )
            }
        }),
        print = each(&plan.graph.outputs, "OUTPUT", |_, name| format!(
            "    print_output({upper}_{name}_OFFSET, {upper}_{name}_BYTES, (double){upper}_{name}_SCALE, {upper}_{name}_ZERO_POINT);\n"
        )),
    )
}

/// A line for each input or output of the network, by its macros' name.
fn each(ids: &[TensorId], kind: &str, line: impl Fn(usize, &str) -> String) -> String {
    (0..ids.len())
        .map(|index| line(index, &port_name(kind, index)))
        .collect()
}

/// What the network's entry is called with.
fn arguments(plan: &Plan, arena: &str, row: &str) -> String {
    if takes_rows(plan) {
        format!("{arena}, {row}, 0")
    } else {
        arena.into()
    }
}

/// The callback for inputs that arrive by rows.
fn deliver_row(plan: &Plan, upper: &str) -> String {
    if !takes_rows(plan) {
        return String::new();
    }
    let rows = each(&plan.graph.inputs, "INPUT", |index, name| {
        if arrives(plan, index) {
            format!(
                "    if (input == {index}) {{\n        memset(to, {upper}_{name}_ZERO_POINT, {upper}_{name}_ROW_BYTES);\n    }}\n"
            )
        } else {
            String::new()
        }
    });
    format!(
        "/* The next row of an input, here zeros; a camera's driver would wait for its next line. */\n\
         static void deliver_row(void *user, int32_t input, int32_t row, int8_t *to)\n{{\n    (void)user;\n    (void)row;\n{rows}}}\n\n"
    )
}

/// The files to compile.
fn sources(project: &Project) -> Vec<&str> {
    (project.files.iter())
        .map(|file| file.path.as_str())
        .filter(|path| Path::new(path).extension().is_some_and(|e| e == "c"))
        .collect()
}

/// `CMakeLists.txt`: a library of its own, so that several networks fit into one firmware, and the example where the
/// project is built by itself.
fn cmake(prefix: &str, project: &Project) -> String {
    let sources = sources(project).join(" ");
    format!(
        "# Made by Tinyscope. In a firmware: add_subdirectory(this folder), then link to `{prefix}`.\n\
         cmake_minimum_required(VERSION 3.13)\nproject({prefix} C)\n\n\
         add_library({prefix} STATIC {sources})\n\
         target_include_directories({prefix} PUBLIC ${{CMAKE_CURRENT_SOURCE_DIR}})\n\
         set_target_properties({prefix} PROPERTIES C_STANDARD 99)\n\
         # The figures of README.md are those of -O2; the kernels are written for it.\n\
         if(CMAKE_C_COMPILER_ID MATCHES \"GNU|Clang\")\n    \
         target_compile_options({prefix} PRIVATE -O2 -ffreestanding -ffunction-sections -fdata-sections)\nendif()\n\n\
         # The example, where this folder is the project itself and the compiler is for a system with an output.\n\
         if(CMAKE_SOURCE_DIR STREQUAL CMAKE_CURRENT_SOURCE_DIR AND NOT CMAKE_CROSSCOMPILING)\n    \
         add_executable({prefix}_{EXAMPLE_FOLDER} {EXAMPLE_FOLDER}/main.c)\n    \
         set_target_properties({prefix}_{EXAMPLE_FOLDER} PROPERTIES C_STANDARD 99)\n    \
         target_link_libraries({prefix}_{EXAMPLE_FOLDER} PRIVATE {prefix})\nendif()\n"
    )
}

/// `README.md`: the numbers, each with where it is from.
fn readme(plan: &Plan, prefix: &str, project: &Project) -> String {
    let upper = prefix.to_ascii_uppercase();
    let totals = &plan.totals;
    let mut out = format!(
        "# {}\n\nA convolutional network as freestanding C99, printed by Tinyscope {} for {}. \
         It uses no heap and no global state: all it writes is the arena that it is given.\n\n\
         | what | value | from |\n|---|---|---|\n",
        comment(&plan.graph.name),
        env!("CARGO_PKG_VERSION"),
        comment(&plan.target.chip),
    );
    let mut row = |what: &str, value: String, source: &str| {
        let _ = writeln!(out, "| {what} | {value} | {source} |");
    };
    let bytes = |n: usize| format!("{n} bytes");
    row(
        "arena",
        bytes(totals.peak_sram_bytes),
        "computed: activations, scratch, input and output",
    );
    row(
        "weights and constants in flash",
        bytes(totals.flash.weights),
        "computed",
    );
    row(
        "code in flash",
        bytes(totals.flash.code_estimated),
        "estimated; a build says it exactly",
    );
    row("multiply-accumulates", totals.macs.to_string(), "computed");
    row(
        "of these computed more than once",
        (totals.macs - totals.macs_once.min(totals.macs)).to_string(),
        "computed",
    );
    row(
        "cycles",
        totals.cycles_estimated.to_string(),
        "estimated, by formulas fitted to simulated runs; `tinyscope measure` measures",
    );
    row("steps", plan.steps.len().to_string(), "computed");
    for (kind, ids) in [
        ("input", &plan.graph.inputs),
        ("output", &plan.graph.outputs),
    ] {
        for &id in ids {
            row(kind, port(plan.graph.tensor(id)), "int8");
        }
    }
    let files: Vec<String> = (sources(project).iter())
        .map(|file| format!("`{file}`"))
        .collect();
    let _ = write!(
        out,
        "\n## Use\n\n```c\n#include \"{prefix}.h\"\n\n\
         if ({prefix}_init(arena, sizeof arena) != 0) {{ /* too small, or not aligned to {upper}_ARENA_ALIGN */ }}\n\
         {before}\n{prefix}_run({arguments});\n\
         /* int8 codes of the output at arena + {upper}_OUTPUT_OFFSET */\n```\n\n\
         A real number is scale × (code − zero point); `{prefix}.h` has both for every input and output.\n\n\
         Build and try it here: `cmake -B build && cmake --build build && build/{prefix}_{EXAMPLE_FOLDER}`. In a firmware, compile \
         {} with `-O2`, or add this folder to a CMake project. Several networks fit into one firmware when each is printed with a \
         prefix of its own (`--prefix`).\n\n\
         Compile with `-DTINYSCOPE_HOOKS` to be called before and after every step. With \
         `-DTINYSCOPE_WEIGHTS='__attribute__((section(\".name\")))'` all weights go into a section of that name, and \
         `-DTINYSCOPE_PORTABLE` takes plain C in place of the DSP instructions; the result is the same to the byte.\n",
        files.join(" and "),
        before = if arrives(plan, 0) {
            format!(
                "/* `next_row` writes the int8 codes of one row, {upper}_INPUT_ROW_BYTES bytes, when it is asked for it */"
            )
        } else {
            format!("/* int8 codes of the input to arena + {upper}_INPUT_OFFSET */")
        },
        arguments = arguments(plan, "arena", "next_row"),
    );
    out
}

/// Shape and quantisation of a network's input or output.
fn port(tensor: &Tensor) -> String {
    let shape: Vec<String> = tensor.shape.iter().map(ToString::to_string).collect();
    let (scale, zero_point) = tensor.scale_zero().unwrap_or((1.0, 0));
    format!(
        "{}, scale {scale:?}, zero point {zero_point}",
        shape.join(" × ")
    )
}
