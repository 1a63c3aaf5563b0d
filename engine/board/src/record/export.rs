//! Records as files for other programs. CSV after RFC 4180: a line per step and run, with what it depends on in every
//! line, and simulated and measured cycles in columns of their own.

use super::Record;
use crate::error::BoardError;

const COLUMNS: [&str; 26] = [
    "date",
    "model",
    "model_sha256",
    "plan_sha256",
    "program_sha256",
    "firmware_sha256",
    "inputs_sha256",
    "board",
    "board_name",
    "serial",
    "chip",
    "timing_model",
    "clock_hz",
    "clock_is_measured",
    "caches",
    "compiler",
    "flags",
    "step",
    "symbol",
    "name",
    "op",
    "macs",
    "run",
    "cycles_estimated",
    "cycles_simulated",
    "cycles_measured",
];

/// Records as CSV, a line per step and run.
pub fn export_csv(records: &[&Record]) -> String {
    let mut text = COLUMNS.join(",");
    text.push_str("\r\n");
    for record in records {
        let m = &record.measurement;
        let shared = [
            record.date.clone(),
            record.model.name.clone(),
            record.model.sha256.clone(),
            m.plan_sha256.clone(),
            m.program_sha256.clone(),
            m.firmware_sha256.clone(),
            m.inputs_sha256.clone(),
            m.board.clone(),
            m.board_name.clone(),
            m.serial.clone().unwrap_or_default(),
            m.chip.clone(),
            m.timing_model.clone().unwrap_or_default(),
            m.clock_hz.to_string(),
            m.clock.measured_hz.is_some().to_string(),
            m.caches.clone(),
            m.toolchain.clone(),
            m.flags.clone(),
        ]
        .map(|cell| quoted(&cell))
        .join(",");
        for (step, measured) in record.steps() {
            for (run, cycles) in measured.cycles.iter().enumerate() {
                let cycles = cycles.to_string();
                let (simulated, silicon) = if m.simulated {
                    (cycles, String::new())
                } else {
                    (String::new(), cycles)
                };
                let own = [
                    step.id.0.to_string(),
                    quoted(&step.symbol),
                    quoted(&step.name),
                    quoted(&step.op),
                    step.macs.to_string(),
                    run.to_string(),
                    step.cycles_estimated.to_string(),
                    simulated,
                    silicon,
                ];
                text.push_str(&shared);
                text.push(',');
                text.push_str(&own.join(","));
                text.push_str("\r\n");
            }
        }
    }
    text
}

/// A cell, in quotes where it needs them. A cell that a spreadsheet would take for a formula gets a quotation mark of
/// its own in front: names come from files of others.
fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let cell = if formula {
        format!("'{cell}")
    } else {
        cell.to_owned()
    };
    if cell.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell
    }
}

/// Records as a JSON array, each as its file has it.
///
/// # Errors
/// [`BoardError::Protocol`] if a value cannot be written, which no record contains.
pub fn export_json(records: &[&Record]) -> Result<String, BoardError> {
    serde_json::to_string_pretty(records).map_err(|error| BoardError::Protocol {
        message: error.to_string(),
    })
}
