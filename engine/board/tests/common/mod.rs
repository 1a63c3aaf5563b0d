//! A small C program with the interface of a generated one: two steps over 64 codes, the first run in two passes as
//! in a patch stage. Written by hand, so that these tests do not depend on code generation.

#![allow(
    dead_code,
    reason = "each test file is a crate of its own and uses its part"
)]

use std::path::Path;
use tinyscope_board::build::{Build, build_project};
use tinyscope_board::session::{Board, FlashOptions, FlashReport, Layout, attach, flash};
use tinyscope_board::{BoardError, Cancel};
use tinyscope_core::plan::Target;

/// Codes that the program reads.
pub const INPUT_BYTES: usize = 64;
/// Codes that it answers with.
pub const OUTPUT_BYTES: usize = 8;
/// Where they start in the arena.
pub const OUTPUT_OFFSET: usize = 128;
/// Its steps.
pub const STEPS: [&str; 2] = ["step_00_twice", "step_01_rows"];

const HEADER: &str = "\
#ifndef MODEL_H
#define MODEL_H
#include <stdint.h>
#define MODEL_ARENA_BYTES 139u
#define MODEL_INPUT_OFFSET 0u
#define MODEL_INPUT_BYTES 64u
#define MODEL_OUTPUT_OFFSET 128u
#define MODEL_OUTPUT_BYTES 8u
#define MODEL_EACH_OUTPUT(X) X(MODEL_OUTPUT_OFFSET, MODEL_OUTPUT_BYTES)
#define MODEL_STEPS 2u
void model_run(uint8_t *arena);
#ifdef TINYSCOPE_HOOKS
typedef struct { const int8_t *data; uint32_t rows, row_bytes, row_stride; } tinyscope_view;
void tinyscope_step_begin(uint32_t step);
void tinyscope_step_end(uint32_t step, const tinyscope_view *out);
#endif
#endif
";

const SOURCE: &str = "\
#include \"model.h\"

/* Halves of an 8x8 image: two passes of 8 rows by 4 columns. */
static __attribute__((noinline)) void step_00_twice(const int8_t *in, int8_t *out)
{
    for (int i = 0; i < 8; i++) {
        for (int j = 0; j < 4; j++) {
            int v = 2 * in[8 * i + j] + 1;
            out[8 * i + j] = (int8_t)(v > 127 ? 127 : v < -128 ? -128 : v);
        }
    }
}

static __attribute__((noinline)) void step_01_rows(const int8_t *in, int8_t *out)
{
    for (int i = 0; i < 8; i++) {
        int sum = 0;
        for (int j = 0; j < 8; j++) {
            sum += in[8 * i + j];
        }
        out[i] = (int8_t)(sum / 8);
    }
    /*HERE*/
}

void model_run(uint8_t *arena)
{
    int8_t *in = (int8_t *)arena, *middle = in + 64, *out = in + 128;
    for (int half = 0; half < 2; half++) {
        tinyscope_view view = {middle + 4 * half, 8, 4, 8};
        tinyscope_step_begin(0);
        step_00_twice(in + 4 * half, middle + 4 * half);
        tinyscope_step_end(0, &view);
    }
    tinyscope_view view = {out, 1, 8, 8};
    tinyscope_step_begin(1);
    step_01_rows(middle, out);
    tinyscope_step_end(1, &view);
}
";

/// The project, with `extra` C code at the end of its last step.
pub fn project(extra: &str) -> Vec<(String, String)> {
    vec![
        ("model.h".to_owned(), HEADER.to_owned()),
        ("model.c".to_owned(), SOURCE.replace("/*HERE*/", extra)),
    ]
}

/// What the two steps put out, computed here; the first in the order of its two passes.
pub fn expected(input: &[i8]) -> (Vec<i8>, Vec<i8>) {
    let twice = |v: i8| (2 * i32::from(v) + 1).clamp(-128, 127) as i8;
    let middle: Vec<i8> = input.iter().map(|&v| twice(v)).collect();
    let passes = (0..2)
        .flat_map(|half| (0..8).map(move |row| 8 * row + 4 * half))
        .flat_map(|start| middle[start..start + 4].to_vec())
        .collect();
    let output = middle
        .chunks(8)
        .map(|row| (row.iter().map(|&v| i32::from(v)).sum::<i32>() / 8) as i8)
        .collect();
    (passes, output)
}

/// A varied input.
pub fn input() -> Vec<i8> {
    (0..INPUT_BYTES)
        .map(|i| (i * 37 % 256) as u8 as i8)
        .collect()
}

/// Builds for `target`; `None`, with a message, where there is no compiler.
pub fn build(files: &[(String, String)], target: &Target, folder: &Path) -> Option<Build> {
    match build_project(files, target, folder, &mut |_| {}, &Cancel::default()) {
        Ok(build) => Some(build),
        Err(error @ BoardError::CompilerMissing { .. }) => {
            println!("skipped: {error}");
            None
        }
        Err(BoardError::CompileFailed { log, .. }) => panic!("{log}"),
        Err(error) => panic!("{error}"),
    }
}

/// What the host knows of the program.
pub fn layout() -> Layout {
    Layout {
        inputs: vec![(0, INPUT_BYTES)],
        output_bytes: OUTPUT_BYTES,
        steps: STEPS.map(str::to_owned).to_vec(),
    }
}

/// Flashes as by default, unwatched and to the end.
pub fn flash_all(board: &mut Board, elf: &[u8]) -> Result<FlashReport, BoardError> {
    let options = FlashOptions::default();
    flash(board, elf, options, &mut |_| {}, &Cancel::default())
}

/// A virtual board with this chip and this image in its flash.
pub fn flashed(target: &Target, elf: &[u8]) -> Result<Board, BoardError> {
    let mut board = attach("virtual", target)?;
    flash_all(&mut board, elf)?;
    Ok(board)
}
