//! Counts by encoding and class, and what differs.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use crate::board::Board;
use crate::image::{Image, Told};
use crate::run::{PATIENCE, STATE_WORDS, emulate, simulate};
use crate::table::{Class, Encoding};

/// Whole states that are fetched for the explanation of one encoding.
const EXAMPLES: usize = 2;

pub struct Report {
    board: &'static Board,
    names: Vec<(Class, String)>,
    rounds: Vec<u32>,
    hashes: Vec<u32>,
    /// By encoding: how many cases differed, and the states of the first.
    pub differences: BTreeMap<usize, (u32, Vec<String>)>,
}

impl Report {
    pub fn new(board: &'static Board, encodings: &[Encoding]) -> Self {
        Self {
            board,
            names: encodings
                .iter()
                .map(|e| (e.class, e.name.clone()))
                .collect(),
            rounds: vec![0; encodings.len()],
            hashes: vec![0; encodings.len()],
            differences: BTreeMap::new(),
        }
    }

    /// Run an image on both and note what differs.
    pub fn compare(&mut self, image: &Image, out: &Path) {
        let blob = image.blob(false, 0, usize::MAX);
        let simulated = simulate(image, &blob, image.cases.len());
        let emulated = emulate(image, &blob, out, PATIENCE).unwrap_or_else(|message| {
            panic!("QEMU did not finish: {message}{:?}", stuck(image, out));
        });
        assert_eq!(simulated.len(), image.cases.len(), "a hash for every case");
        assert_eq!(emulated.len(), image.cases.len(), "a hash for every case");
        for (k, told) in image.cases.iter().enumerate() {
            self.rounds[told.encoding] += 1;
            let hash = &mut self.hashes[told.encoding];
            *hash = hash.rotate_left(5).wrapping_add(emulated[k]);
            if simulated[k] == emulated[k] {
                continue;
            }
            let (count, examples) = self.differences.entry(told.encoding).or_default();
            *count += 1;
            if examples.len() < EXAMPLES {
                let blob = image.blob(true, k, 1);
                let state = emulate(image, &blob, out, PATIENCE).unwrap_or_default();
                examples.push(difference(told, &simulate(image, &blob, 1), &state));
            }
        }
    }

    /// Every encoding with its rounds and the hash over their results, and the classes' totals.
    pub fn table(&self) -> String {
        let mut text = format!("{:?} on {}\n", self.board.core, self.board.machine);
        let mut totals: BTreeMap<Class, (u32, u32)> = BTreeMap::new();
        for (k, (class, name)) in self.names.iter().enumerate() {
            let _ = writeln!(text, "{:8} {:08x} {name}", self.rounds[k], self.hashes[k]);
            let total = totals.entry(*class).or_default();
            *total = (total.0 + 1, total.1 + self.rounds[k]);
        }
        for (class, (encodings, rounds)) in totals {
            let _ = writeln!(
                text,
                "{rounds:8} rounds of {encodings:3} encodings: {}",
                class.name()
            );
        }
        let rounds: u32 = self.rounds.iter().sum();
        let _ = writeln!(text, "{rounds:8} rounds of {} encodings", self.names.len());
        text
    }

    pub fn explain(&self) -> String {
        let mut text = String::from("the simulator and QEMU differ\n");
        for (k, (count, examples)) in &self.differences {
            let _ = writeln!(
                text,
                "{}: {count} of {} rounds",
                self.names[*k].1, self.rounds[*k]
            );
            for example in examples {
                let _ = writeln!(text, "{example}");
            }
        }
        text
    }
}

/// The first case at which QEMU does not come back, by halving.
fn stuck<'a>(image: &'a Image, out: &Path) -> &'a Told {
    let (mut good, mut bad) = (0, image.cases.len());
    while bad - good > 1 {
        let middle = good.midpoint(bad);
        let blob = image.blob(false, good, middle - good);
        match emulate(image, &blob, out, PATIENCE / 20) {
            Ok(_) => good = middle,
            Err(_) => bad = middle,
        }
    }
    &image.cases[good]
}

/// The words of the state that differ, by name.
fn difference(told: &Told, simulated: &[u32], emulated: &[u32]) -> String {
    let mut text = format!(
        "  {} {:0w$x} at {:#x}: {}",
        told.name,
        told.opcode,
        told.pc,
        told.text,
        w = if told.opcode >> 16 == 0 { 4 } else { 8 }
    );
    for k in 0..STATE_WORDS {
        let (ours, theirs) = (simulated.get(k), emulated.get(k));
        if ours != theirs {
            let _ = write!(
                text,
                "\n    {}: simulator {:08x}, QEMU {:08x}",
                word_name(k),
                ours.unwrap_or(&0),
                theirs.unwrap_or(&0)
            );
        }
    }
    text
}

fn word_name(k: usize) -> String {
    const NAMES: [&str; 20] = [
        "r0",
        "r1",
        "r2",
        "r3",
        "r12",
        "lr",
        "pc",
        "xpsr",
        "frame",
        "exc_return",
        "exception",
        "primask",
        "basepri",
        "faultmask",
        "control",
        "msp",
        "cfsr",
        "hfsr",
        "mmfar",
        "bfar",
    ];
    match k {
        0..=7 => format!("r{}", k + 4),
        8..=27 => NAMES[k - 8].into(),
        28 => "fpscr".into(),
        29..=60 => format!("s{}", k - 29),
        _ => format!("scratch+{:#x}", 4 * (k - 61)),
    }
}
