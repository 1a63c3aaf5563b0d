//! The simulator against QEMU, encoding by encoding: random instances of every encoding in random states run on both,
//! and the whole state after each must be the same: registers, flags, floating point, memory, and the fault if one was
//! taken. Beside it, that no instruction is implemented outside of the table (`closure.rs`).
//!
//! With `--nocapture` the table of encodings and rounds is printed. `TINYSCOPE_ROUNDS` multiplies the rounds,
//! `TINYSCOPE_SEED` changes them, `TINYSCOPE_ENCODINGS` picks the encodings whose name contains it.
//!
//! Where QEMU 7.2 departs from the architecture, its way is kept out of the cases, and the place says so: it reports
//! UNALIGNED for INVSTATE at odd halfwords, FORCED for DEBUGEVT after BKPT, another BFAR for unaligned accesses that
//! fail; it checks the alignment of an exclusive store only when reserved, and it knows SETEND, HLT and exclusive
//! doublewords, which are undefined on these cores.

mod board;
mod case;
mod closure;
mod image;
mod pattern;
mod random;
mod report;
mod run;
#[path = "../support/mod.rs"]
mod support;
mod table;

use board::{Board, M4, M7, M33};
use image::Image;
use random::Random;
use report::Report;

/// Rounds of each encoding.
const ROUNDS: u32 = 250;

fn variable(name: &str) -> Option<u32> {
    std::env::var(name).ok()?.parse().ok()
}

fn compare(board: &'static Board) {
    if !support::can_compare() {
        return;
    }
    let out = run::folder(board);
    let harness = run::harness(board, &out);
    let mut random = Random(variable("TINYSCOPE_SEED").unwrap_or(1).into());
    let rounds = ROUNDS * variable("TINYSCOPE_ROUNDS").unwrap_or(1);
    let mut encodings = table::encodings_and_undefined(board);
    if let Ok(wanted) = std::env::var("TINYSCOPE_ENCODINGS") {
        encodings.retain(|encoding| encoding.name.contains(&wanted));
    }
    let mut report = Report::new(board, &encodings);
    let mut image = Image::new(board, &harness, &mut random);
    for _ in 0..rounds {
        for (index, encoding) in encodings.iter().enumerate() {
            if !image.push(index, encoding, &mut random) {
                report.compare(&image, &out);
                image = Image::new(board, &harness, &mut random);
                assert!(
                    image.push(index, encoding, &mut random),
                    "an image holds a case"
                );
            }
        }
    }
    report.compare(&image, &out);
    println!("{}", report.table());
    std::fs::remove_dir_all(&out).expect("the temporary folder");
    assert!(report.differences.is_empty(), "{}", report.explain());
}

#[test]
fn cortex_m4_does_as_qemu_does() {
    compare(&M4);
}

#[test]
fn cortex_m7_does_as_qemu_does() {
    compare(&M7);
}

#[test]
fn cortex_m33_does_as_qemu_does() {
    compare(&M33);
}

#[test]
fn all_of_the_cortex_m4_is_in_the_table() {
    closure::check(&M4);
}

#[test]
fn all_of_the_cortex_m7_is_in_the_table() {
    closure::check(&M7);
}

#[test]
fn all_of_the_cortex_m33_is_in_the_table() {
    closure::check(&M33);
}
