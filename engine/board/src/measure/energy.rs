//! Energy as an estimate: a current that somebody states, times the voltage, times the time that was measured. Nothing
//! here measures a current, and every text says so.

use serde::{Deserialize, Serialize};

/// What feeds the chip while it runs, as somebody states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supply {
    /// Current in microamperes.
    pub current_microamperes: u32,
    /// Voltage in millivolts.
    pub voltage_millivolts: u32,
    /// Who says so.
    pub source: SupplySource,
}

/// Where a supply's current is from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SupplySource {
    /// The user typed it.
    Entered,
    /// The chip's data sheet: document, section or page, and the conditions there.
    DataSheet(String),
}

impl std::fmt::Display for Supply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let thousandths = |n: u32| {
            let text = format!("{}.{:03}", n / 1000, n % 1000);
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        };
        write!(
            f,
            "estimated from a current of {} mA at {} V ",
            thousandths(self.current_microamperes),
            thousandths(self.voltage_millivolts)
        )?;
        match &self.source {
            SupplySource::Entered => f.write_str("(entered)"),
            SupplySource::DataSheet(place) => write!(f, "({place})"),
        }
    }
}

/// Energy of one inference, estimated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Energy {
    /// Current times voltage times time.
    pub nanojoules_estimated: u64,
    /// What it was estimated from.
    pub supply: Supply,
}

impl Energy {
    /// Of so many cycles at a clock; `None` without a clock.
    pub fn of(cycles: u64, clock_hz: u64, supply: &Supply) -> Option<Self> {
        // Microamperes times millivolts are nanowatts.
        let nanowatts =
            u128::from(supply.current_microamperes) * u128::from(supply.voltage_millivolts);
        let nanojoules = (nanowatts * u128::from(cycles)).checked_div(u128::from(clock_hz))?;
        Some(Self {
            nanojoules_estimated: u64::try_from(nanojoules).unwrap_or(u64::MAX),
            supply: supply.clone(),
        })
    }
}
