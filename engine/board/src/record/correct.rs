//! What measurements say about the estimate: a factor per chip, and per kernel family where there are enough of them,
//! each with its error. The estimate stays an estimate; the text says what it was corrected by.
//!
//! The factor f makes Σ |measured − f · estimated| over all steps smallest: least absolute deviations through the
//! origin, whose answer is the median of the ratios, each weighted by its estimate. A few steps that are far off (a
//! cache that thrashes) do not move it, as they would move a least-squares fit or a mean.

use super::Record;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use tinyscope_core::plan::Plan;

/// A family gets its own factor from so many measured steps on, of at least two models or plans.
const FAMILY_STEPS: usize = 8;

/// What records of one chip say about its estimates.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Correction {
    /// The chip.
    pub chip: String,
    /// Whether the records are simulated. Measured ones are taken where there are any.
    pub simulated: bool,
    /// Timing models of simulated records.
    pub timing_models: Vec<String>,
    /// How many records it rests on, one for each program, board and compiler: the newest.
    pub records: usize,
    /// How many models they are of.
    pub models: usize,
    /// Boards that they were measured on.
    pub boards: Vec<String>,
    /// Compilers that built them.
    pub compilers: Vec<String>,
    /// Cycles over estimated cycles.
    pub factor: f64,
    /// How far off a corrected estimate was found to be, as a share: see `left_out`.
    pub error: f64,
    /// The error is the largest, over the models, of a whole inference estimated from the other models' records.
    /// Otherwise there is one model only, and it is half the distance of the quartiles of the steps' ratios.
    pub left_out: bool,
    /// Kernel families with a factor of their own, by name.
    pub families: Vec<FamilyCorrection>,
}

/// The factor of a kernel family.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FamilyCorrection {
    /// Name of the family.
    pub family: String,
    /// Cycles over estimated cycles.
    pub factor: f64,
    /// Half the distance of the quartiles of the steps' ratios, as a share of the factor.
    pub error: f64,
    /// How many measured steps it rests on.
    pub steps: usize,
}

/// Cycles that were estimated and then corrected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Corrected {
    /// Of each step, in step order.
    pub steps: Vec<u64>,
    /// Of the whole inference.
    pub total: u64,
}

/// One step's estimate and what was measured.
#[derive(Clone, Copy)]
struct Point {
    estimated: u64,
    cycles: u64,
}

impl Point {
    fn ratio(&self) -> f64 {
        self.cycles as f64 / self.estimated as f64
    }
}

/// Steps of a record that tell something, by family.
fn points(record: &Record) -> impl Iterator<Item = (&str, Point)> {
    record.steps().filter_map(|(facts, measured)| {
        let cycles = measured.statistics().median;
        let point = Point {
            estimated: facts.cycles_estimated,
            cycles,
        };
        (point.estimated > 0 && cycles > 0).then_some((facts.kernel.as_str(), point))
    })
}

/// The weighted quantile of the ratios: the smallest ratio with at least this share of the weight at or below it.
fn quantile(points: &[Point], share: f64) -> Option<f64> {
    let mut sorted: Vec<&Point> = points.iter().collect();
    sorted.sort_by(|a, b| a.ratio().total_cmp(&b.ratio()));
    let whole: f64 = points.iter().map(|p| p.estimated as f64).sum();
    let mut sum = 0.0;
    for point in &sorted {
        sum += point.estimated as f64;
        if sum >= share * whole {
            return Some(point.ratio());
        }
    }
    sorted.last().map(|point| point.ratio())
}

/// Half the distance of the quartiles, as a share of the median.
fn spread(points: &[Point]) -> f64 {
    let at = |share| quantile(points, share).unwrap_or(0.0);
    let median = at(0.5);
    if median > 0.0 {
        (at(0.75) - at(0.25)) / 2.0 / median
    } else {
        0.0
    }
}

/// Factors of the families, and of what has none.
struct Factors<'a> {
    common: f64,
    families: BTreeMap<&'a str, (f64, f64, usize)>,
}

impl<'a> Factors<'a> {
    fn of(records: &[&'a Record]) -> Option<Self> {
        let mut all = Vec::new();
        let mut families: BTreeMap<&str, (Vec<Point>, BTreeSet<&str>)> = BTreeMap::new();
        for record in records {
            for (family, point) in points(record) {
                all.push(point);
                let entry = families.entry(family).or_default();
                entry.0.push(point);
                entry.1.insert(&record.measurement.program_sha256);
            }
        }
        Some(Self {
            common: quantile(&all, 0.5)?,
            families: (families.into_iter())
                .filter(|(_, (points, programs))| {
                    points.len() >= FAMILY_STEPS && programs.len() > 1
                })
                .filter_map(|(family, (points, _))| {
                    let factor = quantile(&points, 0.5)?;
                    Some((family, (factor, spread(&points), points.len())))
                })
                .collect(),
        })
    }

    fn factor(&self, family: &str) -> f64 {
        self.families.get(family).map_or(self.common, |f| f.0)
    }

    /// How far a record's sum is from what these factors make of its estimates, as a share of it.
    fn miss(&self, record: &Record) -> f64 {
        let (mut expected, mut found) = (0.0, 0.0);
        for (family, point) in points(record) {
            expected += point.estimated as f64 * self.factor(family);
            found += point.cycles as f64;
        }
        if found > 0.0 {
            (expected / found - 1.0).abs()
        } else {
            0.0
        }
    }
}

/// What these records say about estimates for `chip`; `None` where none of them is of it. Records of edited programs do
/// not count: the estimate is of the printed one.
pub fn correction(records: &[&Record], chip: &str) -> Option<Correction> {
    let usable = |record: &&&Record| {
        let m = &record.measurement;
        m.chip == chip && m.plan_sha256 == m.program_sha256 && points(record).next().is_some()
    };
    let on_chip: Vec<&Record> = records.iter().filter(usable).copied().collect();
    let simulated = on_chip.iter().all(|record| record.measurement.simulated);
    // The newest of each program, board and compiler: a measurement repeated often does not weigh more.
    let mut newest: BTreeMap<[&str; 5], &Record> = BTreeMap::new();
    for record in on_chip {
        let m = &record.measurement;
        if m.simulated != simulated {
            continue;
        }
        let key = [
            &m.program_sha256,
            &m.board_name,
            m.serial.as_deref().unwrap_or_default(),
            &m.toolchain,
            &m.flags,
        ]
        .map(|text| text as &str);
        let kept = newest.entry(key).or_insert(record);
        if kept.date < record.date {
            *kept = record;
        }
    }
    let records: Vec<&Record> = newest.into_values().collect();
    let factors = Factors::of(&records)?;
    let all: Vec<Point> = (records.iter())
        .flat_map(|record| points(record))
        .map(|(_, point)| point)
        .collect();
    let models: BTreeSet<&str> = records.iter().map(|r| r.model.sha256.as_str()).collect();
    let misses: Vec<f64> = (models.iter())
        .filter_map(|&model| {
            let (own, others): (Vec<&Record>, Vec<&Record>) =
                (records.iter().copied()).partition(|record| record.model.sha256 == model);
            let factors = Factors::of(&others)?;
            own.iter()
                .map(|record| factors.miss(record))
                .reduce(f64::max)
        })
        .collect();
    let distinct = |text: &dyn Fn(&Record) -> Option<String>| -> Vec<String> {
        let set: BTreeSet<String> = records.iter().filter_map(|record| text(record)).collect();
        set.into_iter().collect()
    };
    Some(Correction {
        chip: chip.to_owned(),
        simulated,
        timing_models: distinct(&|r| r.measurement.timing_model.clone()),
        records: records.len(),
        models: models.len(),
        boards: distinct(&|r| Some(r.measurement.board_name.clone())),
        compilers: distinct(&|r| Some(r.measurement.toolchain.clone())),
        factor: factors.common,
        error: misses
            .iter()
            .copied()
            .reduce(f64::max)
            .unwrap_or_else(|| spread(&all)),
        left_out: !misses.is_empty(),
        families: (factors.families.iter())
            .map(|(family, &(factor, error, steps))| FamilyCorrection {
                family: (*family).to_owned(),
                factor,
                error,
                steps,
            })
            .collect(),
    })
}

impl Correction {
    /// The plan's estimates, corrected. Estimates still.
    pub fn apply(&self, plan: &Plan) -> Corrected {
        let factor = |family: &str| {
            let own = self.families.iter().find(|f| f.family == family);
            own.map_or(self.factor, |family| family.factor)
        };
        let steps: Vec<u64> = (plan.steps.iter())
            .map(|step| {
                (step.cycles_estimated as f64 * factor(step.kernel.family())).round() as u64
            })
            .collect();
        Corrected {
            total: steps.iter().sum(),
            steps,
        }
    }

    /// What a corrected estimate must say of itself: `estimated, corrected by 3 measurements on STM32F746NGHx (×1.07 ±
    /// 4.0 %)`, with the boards that it knows.
    pub fn label(&self) -> String {
        let what = match (self.simulated, self.records) {
            (true, 1) => "simulation",
            (true, _) => "simulations",
            (false, 1) => "measurement",
            (false, _) => "measurements",
        };
        let boards = if self.simulated {
            self.timing_models.join(", ")
        } else {
            self.boards.join(", ")
        };
        format!(
            "estimated, corrected by {} {what} on {} (×{:.2} ± {:.1} %; {boards})",
            self.records,
            self.chip,
            self.factor,
            self.error * 100.0,
        )
    }
}
