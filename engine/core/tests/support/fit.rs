//! Fitting cycle estimates: the tables beside the cost module, and non-negative least squares on them. Used by the
//! example that prints the coefficients and by the test that judges them.

use std::path::Path;
use tinyscope_core::cost::{Class, TERMS, Work};

/// A measured step.
pub struct Sample {
    /// Name of the network.
    pub network: String,
    /// `layer`, `plain` or the patch stage.
    pub schedule: String,
    /// Number of the line in the table.
    pub line: usize,
    /// What it does, counted.
    pub work: Work,
    /// Simulated cycles.
    pub cycles: u64,
    /// Simulated instructions.
    pub instructions: u64,
}

/// The samples of a table in `src/cost/data`.
pub fn samples(file: &str) -> Vec<Sample> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src/cost/data")
        .join(file);
    let text = std::fs::read_to_string(&path).expect("the table is committed");
    let lines = (1..).zip(text.lines());
    lines
        .filter(|(line, text)| *line > 2 && !text.is_empty())
        .map(|(line, text)| sample(line, text).unwrap_or_else(|| panic!("{file} line {line}")))
        .collect()
}

/// All samples to fit on.
pub fn gathered() -> Vec<Sample> {
    let mut all = samples("random.csv");
    all.extend(samples("operators.csv"));
    all
}

fn sample(line: usize, text: &str) -> Option<Sample> {
    let fields: Vec<&str> = text.splitn(7, ',').collect();
    let [network, schedule, _, class, cycles, instructions, terms] = fields.try_into().ok()?;
    let class = (Class::ALL.into_iter()).find(|known| format!("{known:?}") == class)?;
    let mut counts = [0; TERMS];
    for term in terms.split("; ") {
        let (name, value) = term.rsplit_once(' ')?;
        let index = class.terms().iter().position(|known| *known == name)?;
        counts[index] = value.parse().ok()?;
    }
    Some(Sample {
        network: network.to_owned(),
        schedule: schedule.to_owned(),
        line,
        work: Work { class, counts },
        cycles: cycles.parse().ok()?,
        instructions: instructions.parse().ok()?,
    })
}

/// Cost of each term in thousandths, none negative, with the least sum of squared relative errors.
pub fn fit(samples: &[&Sample], terms: usize, measured: impl Fn(&Sample) -> u64) -> Vec<u32> {
    let rows: Vec<Vec<f64>> = samples
        .iter()
        .map(|sample| {
            let whole = measured(sample).max(1) as f64;
            let counts = sample.work.counts[..terms].iter();
            counts.map(|&count| count as f64 / whole).collect()
        })
        .collect();
    let product = |i: usize, j: usize| rows.iter().map(|row| row[i] * row[j]).sum::<f64>();
    let normal: Vec<Vec<f64>> = (0..terms)
        .map(|i| (0..terms).map(|j| product(i, j)).collect())
        .collect();
    let target: Vec<f64> = (0..terms)
        .map(|i| rows.iter().map(|row| row[i]).sum())
        .collect();
    let costs = non_negative(&normal, &target);
    costs.iter().map(|c| (c * 1_000.0).round() as u32).collect()
}

/// Least squares under x ≥ 0 by its normal equations: the active set method of Lawson and Hanson (Solving Least
/// Squares Problems, 1974, chapter 23).
fn non_negative(normal: &[Vec<f64>], target: &[f64]) -> Vec<f64> {
    let n = target.len();
    let mut x = vec![0.0; n];
    let mut free = vec![false; n];
    for _ in 0..10 * n {
        let gradient = |i: usize| target[i] - (0..n).map(|j| normal[i][j] * x[j]).sum::<f64>();
        // In units of the term itself, so that no term is preferred for being counted in large numbers.
        let gain = |i: usize| gradient(i) / normal[i][i].sqrt();
        let Some(best) = (0..n)
            .filter(|&i| !free[i] && normal[i][i] > 0.0 && gain(i) > 1e-7)
            .max_by(|&a, &b| gain(a).total_cmp(&gain(b)))
        else {
            break;
        };
        free[best] = true;
        loop {
            let solution = solve(normal, target, &free);
            let blocked = (0..n).filter(|&i| free[i] && solution[i] <= 0.0);
            let step = blocked
                .map(|i| x[i] / (x[i] - solution[i]))
                .fold(f64::INFINITY, f64::min);
            if step.is_infinite() {
                x = solution;
                break;
            }
            for i in 0..n {
                x[i] += step * (solution[i] - x[i]);
                if free[i] && (x[i] <= 1e-12 || !x[i].is_finite()) {
                    free[i] = false;
                    x[i] = 0.0;
                }
            }
        }
    }
    x
}

/// Solves the equations of the free unknowns by Gaussian elimination; the others are 0.
fn solve(normal: &[Vec<f64>], target: &[f64], free: &[bool]) -> Vec<f64> {
    let index: Vec<usize> = (0..free.len()).filter(|&i| free[i]).collect();
    let scale = |i: usize| normal[i][i].sqrt();
    let mut rows: Vec<Vec<f64>> = index
        .iter()
        .map(|&i| {
            let left = index.iter().map(|&j| {
                // A trace of ridge keeps terms that always occur together apart.
                let ridge = if i == j { 1e-9 } else { 0.0 };
                normal[i][j] / scale(i) / scale(j) + ridge
            });
            left.chain([target[i] / scale(i)]).collect()
        })
        .collect();
    let n = rows.len();
    for pivot in 0..n {
        let (above, below) = rows.split_at_mut(pivot + 1);
        let lead = &above[pivot];
        for row in below {
            let factor = row[pivot] / lead[pivot];
            for (value, subtract) in row.iter_mut().zip(lead).skip(pivot) {
                *value -= factor * subtract;
            }
        }
    }
    let mut found = vec![0.0; n];
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|j| rows[i][j] * found[j]).sum();
        found[i] = (rows[i][n] - known) / rows[i][i];
    }
    let mut x = vec![0.0; free.len()];
    for (&i, value) in index.iter().zip(found) {
        x[i] = value / scale(i);
    }
    x
}

/// |estimate ÷ measurement − 1|, of each.
pub fn errors(pairs: impl IntoIterator<Item = (u64, u64)>) -> Vec<f64> {
    let mut errors: Vec<f64> = pairs
        .into_iter()
        .map(|(estimated, measured)| (estimated as f64 / measured.max(1) as f64 - 1.0).abs())
        .collect();
    errors.sort_by(f64::total_cmp);
    errors
}

/// The error that a share `part` of sorted errors does not exceed.
pub fn quantile(sorted: &[f64], part: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let at = (last as f64 * part).round() as usize;
    sorted.get(at).copied().unwrap_or(0.0)
}
