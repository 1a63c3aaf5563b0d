//! Two records side by side: first what differs in how they came about, so that figures that cannot be compared say so,
//! then step by step.

use super::{Record, StepFacts};
use crate::measure::{Statistics, StepMeasurement};
use serde::Serialize;

/// Longer sequences of steps are not aligned by content: the table of the alignment would be too large.
const MAX_ALIGNED: usize = 2_000;

/// Two records side by side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// Both were measured alike, as far as is known: differences in cycles come from the program.
    pub comparable: bool,
    /// One is simulated and the other measured: their cycles belong in different columns.
    pub mixed: bool,
    /// How the records differ in what figures depend on, what makes them incomparable first.
    pub provenance: Vec<ProvenanceLine>,
    /// Cycles of the whole inference.
    pub totals: [Statistics; 2],
    /// Bytes of the arena.
    pub arena_bytes: [u64; 2],
    /// Deepest stack use in bytes.
    pub stack_bytes: [u32; 2],
    /// Flash of the image in bytes.
    pub flash_bytes: [u64; 2],
    /// Step by step, in the order of the first record; steps that only the second has stand where they ran.
    pub steps: Vec<StepComparison>,
}

/// Something that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProvenanceLine {
    /// What.
    pub what: &'static str,
    /// In the first record.
    pub first: String,
    /// In the second.
    pub second: String,
    /// Whether cycles cannot be compared where this differs.
    pub decisive: bool,
}

/// A step in one record, the other, or both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StepComparison {
    /// In the first record.
    pub first: Option<StepSide>,
    /// In the second.
    pub second: Option<StepSide>,
}

/// A step of one record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StepSide {
    /// Step number.
    pub id: u32,
    /// C identifier.
    pub symbol: String,
    /// Description for people.
    pub name: String,
    /// Multiply-accumulates as scheduled.
    pub macs: u64,
    /// Cycles over the runs.
    pub cycles: Statistics,
}

impl StepComparison {
    /// Description for people, of whichever side has it.
    pub fn name(&self) -> &str {
        let side = self.first.as_ref().or(self.second.as_ref());
        side.map_or("", |side| side.name.as_str())
    }

    /// Change of the median from the first to the second, in thousandths; `None` where one has no cycles.
    pub fn change_permille(&self) -> Option<i64> {
        let median = |side: &Option<StepSide>| side.as_ref().map(|side| side.cycles.median);
        change_permille(median(&self.first)?, median(&self.second)?)
    }
}

impl Comparison {
    /// Change of the whole inference's median from the first to the second, in thousandths.
    pub fn change_permille(&self) -> Option<i64> {
        change_permille(self.totals[0].median, self.totals[1].median)
    }
}

/// Change from one value to another, in thousandths, rounded towards zero; `None` from nothing.
fn change_permille(from: u64, to: u64) -> Option<i64> {
    let change = (i128::from(to) - i128::from(from)) * 1000;
    let permille = change.checked_div(i128::from(from))?;
    Some(permille.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64)
}

/// Compares two records.
pub fn compare(first: &Record, second: &Record) -> Comparison {
    let provenance = provenance(first, second);
    let (a, b) = (&first.measurement, &second.measurement);
    Comparison {
        comparable: !provenance.iter().any(|line| line.decisive),
        mixed: a.simulated != b.simulated,
        provenance,
        totals: [a.total(), b.total()],
        arena_bytes: [a.arena_bytes, b.arena_bytes],
        stack_bytes: [a.stack_bytes, b.stack_bytes],
        flash_bytes: [a.flash_bytes, b.flash_bytes],
        steps: steps(first, second),
    }
}

fn provenance(first: &Record, second: &Record) -> Vec<ProvenanceLine> {
    let (a, b) = (&first.measurement, &second.measurement);
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
    let choices = |record: &Record| {
        let known = record.plan.choices.as_ref().map(serde_json::to_string);
        known.and_then(Result::ok).unwrap_or_default()
    };
    let decisive = [
        ("kind of cycles", a.kind().to_owned(), b.kind().to_owned()),
        ("timing model", text(&a.timing_model), text(&b.timing_model)),
        (
            "model",
            format!("{} {}", first.model.name, first.model.sha256),
            format!("{} {}", second.model.name, second.model.sha256),
        ),
        ("chip", a.chip.clone(), b.chip.clone()),
        ("caches", a.caches.clone(), b.caches.clone()),
        ("compiler", a.toolchain.clone(), b.toolchain.clone()),
        ("flags", a.flags.clone(), b.flags.clone()),
        ("input", a.inputs_sha256.clone(), b.inputs_sha256.clone()),
    ];
    let others = [
        ("clock", a.clock.to_string(), b.clock.to_string()),
        (
            "board",
            format!("{} {}", a.board_name, text(&a.serial)),
            format!("{} {}", b.board_name, text(&b.serial)),
        ),
        ("schedule", choices(first), choices(second)),
        ("plan", a.plan_sha256.clone(), b.plan_sha256.clone()),
        ("edited files", a.edited.join(" "), b.edited.join(" ")),
        (
            "program",
            a.program_sha256.clone(),
            b.program_sha256.clone(),
        ),
        (
            "firmware",
            a.firmware_sha256.clone(),
            b.firmware_sha256.clone(),
        ),
        ("Tinyscope", first.program.clone(), second.program.clone()),
    ];
    let line = |decisive| {
        move |(what, first, second): (&'static str, String, String)| {
            (first != second).then_some(ProvenanceLine {
                what,
                first,
                second,
                decisive,
            })
        }
    };
    let decisive = decisive.into_iter().filter_map(line(true));
    decisive
        .chain(others.into_iter().filter_map(line(false)))
        .collect()
}

fn side((facts, measured): (&StepFacts, &StepMeasurement)) -> StepSide {
    StepSide {
        id: facts.id.0,
        symbol: facts.symbol.clone(),
        name: facts.name.clone(),
        macs: facts.macs,
        cycles: measured.statistics(),
    }
}

fn steps(first: &Record, second: &Record) -> Vec<StepComparison> {
    let (a, b): (Vec<_>, Vec<_>) = (first.steps().collect(), second.steps().collect());
    // Lowering does not depend on the schedule: the same model has the same steps in the same order.
    let alike = |x: &StepFacts, y: &StepFacts| x.op == y.op && x.name == y.name;
    let same_steps = a.len() == b.len() && a.iter().zip(&b).all(|(x, y)| alike(x.0, y.0));
    let pairs = if same_steps || a.len().max(b.len()) > MAX_ALIGNED {
        let longest = a.len().max(b.len());
        let inside = |i: usize, length: usize| (i < length).then_some(i);
        (0..longest)
            .map(|i| (inside(i, a.len()), inside(i, b.len())))
            .collect()
    } else {
        aligned(a.len(), b.len(), |i, j| alike(a[i].0, b[j].0))
    };
    (pairs.into_iter())
        .map(|(i, j): (Option<usize>, Option<usize>)| StepComparison {
            first: i.map(|i| side(a[i])),
            second: j.map(|j| side(b[j])),
        })
        .collect()
}

/// The longest common subsequence of two sequences, and between its pairs what only one has (Wagner and Fischer 1974).
fn aligned(
    rows: usize,
    columns: usize,
    alike: impl Fn(usize, usize) -> bool,
) -> Vec<(Option<usize>, Option<usize>)> {
    // Pairs that can still be made of what is behind row i and column j.
    let mut behind = vec![vec![0_u32; columns + 1]; rows + 1];
    for i in (0..rows).rev() {
        for j in (0..columns).rev() {
            behind[i][j] = if alike(i, j) {
                behind[i + 1][j + 1] + 1
            } else {
                behind[i + 1][j].max(behind[i][j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut pairs = Vec::with_capacity(rows + columns);
    while i < rows || j < columns {
        if i < rows && j < columns && alike(i, j) {
            pairs.push((Some(i), Some(j)));
            (i, j) = (i + 1, j + 1);
        } else if j == columns || (i < rows && behind[i + 1][j] >= behind[i][j + 1]) {
            pairs.push((Some(i), None));
            i += 1;
        } else {
            pairs.push((None, Some(j)));
            j += 1;
        }
    }
    pairs
}
