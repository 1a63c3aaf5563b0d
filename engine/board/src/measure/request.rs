//! What to measure, where, on what input and how often.

use super::energy::Supply;
use crate::session::AttachOptions;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tinyscope_core::plan::Plan;

/// Seed of the input where nobody gives one.
const INPUT_SEED: u64 = 1;
/// Time limit for one run where nobody gives one.
const TIMEOUT: Duration = Duration::from_mins(1);

/// What to measure, where and how often.
#[derive(Clone, Debug)]
pub struct MeasureRequest {
    /// The plan to build and run; its target names the chip.
    pub plan: Arc<Plan>,
    /// `virtual`, or a probe as [`crate::BoardInfo::id`] names it.
    pub board: String,
    /// What the network is given.
    pub inputs: Inputs,
    /// How many runs of the first input are measured, at least 1. Further inputs run once each.
    pub runs: u32,
    /// How many runs come before those and are not counted.
    pub warm_up: u32,
    /// Time limit for one run on the target.
    pub timeout: Duration,
    /// Where to keep the generated project and the build; `None` uses a temporary folder.
    pub build_dir: Option<PathBuf>,
    /// Folder of finished builds, to be taken again when nothing changed; `None` builds anew. Not used with `build_dir`.
    pub build_cache: Option<PathBuf>,
    /// How to attach to a real board.
    pub attach: AttachOptions,
    /// The compiler, by name or path; `None` takes the environment's choice, else what is found.
    pub compiler: Option<String>,
    /// What feeds the chip, for an estimate of the energy; `None` takes what its vendor publishes, where that is known.
    pub supply: Option<Supply>,
    /// Whether the target's answers are held against the host's run of the plan.
    pub compare: bool,
}

impl MeasureRequest {
    /// One run on seeded random codes, compared with the host.
    pub fn new(plan: Arc<Plan>, board: impl Into<String>) -> Self {
        Self {
            plan,
            board: board.into(),
            inputs: Inputs::Seeded(INPUT_SEED),
            runs: 1,
            warm_up: 0,
            timeout: TIMEOUT,
            build_dir: None,
            build_cache: None,
            attach: AttachOptions::default(),
            compiler: None,
            supply: None,
            compare: true,
        }
    }
}

/// What the network is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inputs {
    /// Random codes from this seed.
    Seeded(u64),
    /// These, in this order.
    Given(Arc<Samples>),
}

/// Inputs from somewhere, as codes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Samples {
    /// Where they are from and how they became codes, in one line.
    pub about: String,
    /// The inputs, at least one.
    pub items: Vec<Sample>,
    /// Names of the classes that labels number; empty without labels.
    pub classes: Vec<String>,
}

/// One input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// What to call it: as a rule the file's name within its folder.
    pub name: String,
    /// The class that it belongs to, where that is known.
    pub label: Option<u32>,
    /// Codes of all inputs of the lowered graph, one input after the other.
    pub codes: Vec<i8>,
}

impl Samples {
    /// One input without a label.
    pub fn single(codes: Vec<i8>) -> Arc<Self> {
        Arc::new(Self {
            about: "codes as given".to_owned(),
            items: vec![Sample {
                name: "input".to_owned(),
                label: None,
                codes,
            }],
            classes: Vec::new(),
        })
    }
}
