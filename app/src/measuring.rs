//! How a measurement is to be made, as the user sets it in the window: remembered between runs, never undone. Pure; the
//! engine gets a request made of it.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tinyscope_board::MeasureRequest;
use tinyscope_board::measure::{Supply, SupplySource};
use tinyscope_board::session::AttachOptions;
use tinyscope_core::plan::Plan;

/// Time limit for one run on the target.
const RUN_LIMIT: Duration = Duration::from_mins(2);

/// Most runs of one measurement that can be asked for.
pub const MOST_RUNS: u32 = 1000;

/// What is set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Runs that are measured.
    pub runs: u32,
    /// Runs before them, which do not count.
    pub warm_up: u32,
    /// Milliamperes that the chip takes, for an estimate of the energy; 0 where nobody says.
    pub current_ma: f32,
    /// Volts that it runs at.
    pub volts: f32,
    /// Speed of the debug link in kHz; 0 is the probe's own choice.
    pub speed_khz: u32,
    /// Hold the chip in reset while attaching.
    pub under_reset: bool,
    /// Folder of inputs; without one the input is random, always the same.
    #[serde(skip)]
    pub inputs: Option<PathBuf>,
    /// Keep every measurement.
    pub keep: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            runs: 3,
            warm_up: 1,
            current_ma: 0.0,
            volts: 3.3,
            speed_khz: 0,
            under_reset: false,
            inputs: None,
            keep: true,
        }
    }
}

impl Settings {
    /// The supply, where a current was entered.
    pub fn supply(&self) -> Option<Supply> {
        let thousandths = |value: f32| (f64::from(value) * 1000.0).round() as u32;
        let entered = self.current_ma > 0.0 && self.volts > 0.0;
        entered.then(|| Supply {
            current_microamperes: thousandths(self.current_ma),
            voltage_millivolts: thousandths(self.volts),
            source: SupplySource::Entered,
        })
    }

    /// What the engine is asked for, but for inputs from a folder.
    pub fn request(
        &self,
        plan: Arc<Plan>,
        board: String,
        build_cache: Option<PathBuf>,
    ) -> MeasureRequest {
        MeasureRequest {
            runs: self.runs.clamp(1, MOST_RUNS),
            warm_up: self.warm_up.min(MOST_RUNS),
            timeout: RUN_LIMIT,
            build_cache,
            supply: self.supply(),
            attach: AttachOptions {
                speed_khz: (self.speed_khz > 0).then_some(self.speed_khz),
                under_reset: self.under_reset,
                protocol: None,
            },
            ..MeasureRequest::new(plan, board)
        }
    }

    /// What differs from the usual, in few words; empty where nothing does.
    pub fn summary(&self) -> String {
        let usual = Self::default();
        let mut parts = vec![match (self.runs, self.warm_up) {
            (1, 0) => "1 run".to_owned(),
            (runs, 0) => format!("{runs} runs"),
            (runs, warm_up) => format!("{runs} runs after {warm_up} to warm up"),
        }];
        if let Some(name) = self.inputs.as_ref().and_then(|folder| folder.file_name()) {
            parts.push(format!(
                "inputs from {}",
                crate::format::visible(&name.to_string_lossy())
            ));
        }
        if self.under_reset {
            parts.push("attach under reset".to_owned());
        }
        if self.speed_khz != usual.speed_khz {
            parts.push(format!("{} kHz", self.speed_khz));
        }
        parts.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_supply_needs_a_current() {
        let mut settings = Settings::default();
        assert_eq!(settings.supply(), None);
        settings.current_ma = 102.5;
        let supply = settings.supply().expect("a current was entered");
        assert_eq!(supply.current_microamperes, 102_500);
        assert_eq!(supply.voltage_millivolts, 3300);
    }

    #[test]
    fn the_summary_names_what_was_set() {
        let mut settings = Settings::default();
        assert_eq!(settings.summary(), "3 runs after 1 to warm up");
        settings.runs = 1;
        settings.warm_up = 0;
        settings.inputs = Some("/some/where/photos".into());
        settings.under_reset = true;
        assert_eq!(
            settings.summary(),
            "1 run, inputs from photos, attach under reset"
        );
    }
}
