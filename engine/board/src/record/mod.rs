//! Measurements that are kept: one JSON file each, with everything that a figure depends on. Saving, listing, comparing,
//! exporting, and what many of them say about the estimate.
//!
//! Knows nothing of boards and of how a measurement comes about.

mod compare;
mod correct;
mod export;
mod store;

pub use compare::{Comparison, ProvenanceLine, StepComparison, StepSide, compare};
pub use correct::{Corrected, Correction, FamilyCorrection, correction};
pub use export::{export_csv, export_json};
pub use store::{Damaged, Entry, Listing, default_folder, find, list, load, save};

use crate::measure::Measurement;
use serde::{Deserialize, Deserializer, Serialize};
use tinyscope_core::plan::{Choices, Plan, StepId, Target};
use tinyscope_core::quant::preprocess::Preprocessing;

/// Version of the files' schema that is written. Fields are only added; a larger number means that a field changed its
/// meaning.
pub const VERSION: u32 = 1;

/// A measurement and everything that its figures depend on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// Version of the schema.
    pub version: u32,
    /// When it was measured: ISO 8601, UTC.
    pub date: String,
    /// Version of the program that measured.
    pub program: String,
    /// The model.
    pub model: ModelFacts,
    /// The plan that was built.
    pub plan: PlanFacts,
    /// What was asked for.
    pub request: RequestFacts,
    /// What came of it.
    pub measurement: Measurement,
}

/// Which model it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelFacts {
    /// Its name, for people.
    pub name: String,
    /// What opens it: an absolute path of a model or project, or the name of a bundled example.
    pub file: String,
    /// SHA-256 of the model file's bytes, in hexadecimal digits.
    pub sha256: String,
}

/// The plan, as far as a comparison and a repetition need it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlanFacts {
    /// What was chosen; `None` where a newer program chose what this one does not know.
    #[serde(deserialize_with = "if_known")]
    pub choices: Option<Choices>,
    /// The chip and its budgets; `None` as above.
    #[serde(deserialize_with = "if_known")]
    pub target: Option<Target>,
    /// Height of the arena, in bytes.
    pub peak_sram_bytes: u64,
    /// Multiply-accumulates as scheduled.
    pub macs: u64,
    /// Cycles of the whole inference, estimated.
    pub cycles_estimated: u64,
    /// Steps in the order they ran.
    pub steps: Vec<StepFacts>,
}

/// A step of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepFacts {
    /// Its number.
    pub id: StepId,
    /// C identifier.
    pub symbol: String,
    /// Description for people.
    pub name: String,
    /// Operator type.
    pub op: String,
    /// Kernel family.
    pub kernel: String,
    /// Multiply-accumulates as scheduled.
    pub macs: u64,
    /// Cycles, estimated.
    pub cycles_estimated: u64,
}

/// What a repetition needs beside model and plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RequestFacts {
    /// Folder of the inputs, absolute; `None` for seeded random codes.
    pub inputs_folder: Option<String>,
    /// Most inputs taken from it.
    pub inputs_limit: Option<u64>,
    /// How pictures became inputs.
    #[serde(deserialize_with = "if_known")]
    pub preprocessing: Option<Preprocessing>,
    /// Folder of the edited project that was built; `None` where the program was printed from the plan.
    pub project_folder: Option<String>,
    /// The compiler that was asked for; `None` takes what is found.
    pub compiler: Option<String>,
    /// Time limit for a run, in seconds.
    pub timeout_seconds: u64,
}

/// `None` for what this version does not know, instead of giving up the whole record.
fn if_known<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: serde::de::DeserializeOwned,
    D: Deserializer<'de>,
{
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).ok())
}

impl PlanFacts {
    /// Of a plan.
    pub fn of(plan: &Plan) -> Self {
        Self {
            choices: Some(plan.choices.clone()),
            target: Some(plan.target.clone()),
            peak_sram_bytes: plan.totals.peak_sram_bytes as u64,
            macs: plan.totals.macs,
            cycles_estimated: plan.totals.cycles_estimated,
            steps: (plan.steps.iter())
                .map(|step| StepFacts {
                    id: step.id,
                    symbol: step.symbol.clone(),
                    name: step.name.clone(),
                    op: plan.graph.op(step.op).kind.name().to_owned(),
                    kernel: step.kernel.family().to_owned(),
                    macs: step.macs,
                    cycles_estimated: step.cycles_estimated,
                })
                .collect(),
        }
    }
}

impl Record {
    /// A record of `measurement`, dated now.
    pub fn new(
        model: ModelFacts,
        plan: &Plan,
        request: RequestFacts,
        measurement: Measurement,
    ) -> Self {
        Self {
            version: VERSION,
            date: store::now(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            model,
            plan: PlanFacts::of(plan),
            request,
            measurement,
        }
    }

    /// Step by step: the plan's facts and what was measured of it, where both are there.
    pub fn steps(&self) -> impl Iterator<Item = (&StepFacts, &crate::measure::StepMeasurement)> {
        let measured = &self.measurement.steps;
        (self.plan.steps.iter()).filter_map(|step| {
            let found = measured.iter().find(|m| m.id == step.id)?;
            Some((step, found))
        })
    }
}
