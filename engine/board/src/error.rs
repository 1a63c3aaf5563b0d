//! What can go wrong between a plan and a measurement. Each variant's text is what the user reads:
//! what, where, what to do.

use crate::Stage;
use crate::fault::FaultRecord;

/// A failure of a tool, a board or the program under test.
#[derive(Debug, thiserror::Error)]
pub enum BoardError {
    /// No C compiler for the chip's core was found.
    #[error("no compiler for {core}: {searched} not found; install one with `{install}`")]
    CompilerMissing {
        /// Processor.
        core: String,
        /// Program names that were looked for.
        searched: String,
        /// The line that installs one.
        install: String,
    },
    /// The compiler refused the program.
    #[error("the compiler failed ({program}): {first_error}")]
    CompileFailed {
        /// Compiler that ran.
        program: String,
        /// Its first error line.
        first_error: String,
        /// All it printed.
        log: String,
    },
    /// The program does not fit the chip.
    #[error(
        "{chip} is too small: {what} needs {needed_bytes} B, there are {available_bytes} B; choose a larger chip or a leaner schedule"
    )]
    DoesNotFit {
        /// Chip name.
        chip: String,
        /// `flash` or `SRAM`.
        what: &'static str,
        /// Bytes needed.
        needed_bytes: u64,
        /// Bytes available.
        available_bytes: u64,
    },
    /// No such chip in the registry.
    #[error("unknown chip `{name}`; `tinyscope boards --chips` lists them{suggestion}")]
    UnknownChip {
        /// What was asked for.
        name: String,
        /// `, for example …`, or empty.
        suggestion: String,
    },
    /// A chip that the virtual board cannot be.
    #[error(
        "the virtual board cannot be a {name}; the nearest that it can be is {nearest}, others are {others}; `tinyscope boards --chips TEXT` says of each chip whether it is virtual"
    )]
    NotSimulated {
        /// The chip.
        name: String,
        /// The simulated chip whose name is most like it.
        nearest: String,
        /// One chip of each other line that is simulated.
        others: String,
    },
    /// No probe answers to this name.
    #[error("no probe `{name}`; `tinyscope boards` lists what is connected")]
    ProbeMissing {
        /// What was asked for.
        name: String,
    },
    /// The system shows the probe, but does not let this user open it.
    #[error(
        "probe `{name}` is connected, but this user may not open it; put this line into /etc/udev/rules.d/{rules_file}, then plug it in again: {rule}"
    )]
    ProbePermission {
        /// The probe.
        name: String,
        /// Name of the file with rules, as `dist/` has it.
        rules_file: &'static str,
        /// The rule for this probe.
        rule: String,
    },
    /// The board carries another chip than the plan is for.
    #[error(
        "the plan is for {wanted}, but board `{board}` carries a {present}; plan for {present}, or measure on a board with a {wanted}"
    )]
    OtherChip {
        /// The board.
        board: String,
        /// Chip of the plan.
        wanted: String,
        /// Chip on the board.
        present: String,
    },
    /// The probe failed or vanished during a stage.
    #[error("the probe failed while {stage}: {message}; check cable and power, then try again")]
    Probe {
        /// What was being done.
        stage: Stage,
        /// The cause.
        message: String,
    },
    /// What was read back from flash is not what was written.
    #[error(
        "verification failed: flash does not hold the program ({message}); flash again with erase"
    )]
    Verify {
        /// Where it differs.
        message: String,
    },
    /// The program faulted on the target.
    #[error("the program stopped with {fault}{}{step}", at(*address))]
    TargetFault {
        /// Fault name, for example `BusFault (precise data access)`.
        fault: String,
        /// Program counter of the faulting instruction; 0 where it is not known.
        address: u32,
        /// ` in step_03_…`, or empty.
        step: String,
        /// All registers that the fault handler saved, where there was one.
        record: Option<Box<FaultRecord>>,
    },
    /// The program did not finish in time.
    #[error(
        "the program did not finish within {seconds} s{step}; raise the limit or look at that step"
    )]
    Timeout {
        /// The limit.
        seconds: u64,
        /// ` (last in step_03_…)`, or empty.
        step: String,
    },
    /// The program answered with something that is not its protocol.
    #[error("the program's report is damaged: {message}")]
    Protocol {
        /// What was wrong.
        message: String,
    },
    /// A run ended without one of its steps.
    #[error(
        "the program ended without {step}: `tinyscope_step_begin` and `tinyscope_step_end` were not called for it"
    )]
    StepMissing {
        /// C symbol of the step.
        step: String,
    },
    /// The user cancelled.
    #[error("cancelled while {stage}")]
    Cancelled {
        /// What was being done.
        stage: Stage,
    },
    /// The graph cannot be run at all.
    #[error("the model cannot be run: {message}")]
    Model {
        /// Why.
        message: String,
    },
    /// The virtual board cannot be served.
    #[error("cannot listen on {address}: {source}; choose another address with --listen")]
    Listen {
        /// Where.
        address: std::net::SocketAddr,
        /// Cause.
        source: std::io::Error,
    },
    /// A file operation failed.
    #[error("{path}: {source}")]
    Io {
        /// File or folder.
        path: std::path::PathBuf,
        /// Cause.
        source: std::io::Error,
    },
}

fn at(address: u32) -> String {
    if address == 0 {
        String::new()
    } else {
        format!(" at {address:#010x}")
    }
}

impl BoardError {
    /// What was being done when it went wrong, where the error belongs to a stage.
    pub fn stage(&self) -> Option<Stage> {
        match self {
            Self::CompilerMissing { .. } | Self::CompileFailed { .. } | Self::DoesNotFit { .. } => {
                Some(Stage::Compile)
            }
            Self::UnknownChip { .. }
            | Self::ProbeMissing { .. }
            | Self::ProbePermission { .. }
            | Self::NotSimulated { .. }
            | Self::OtherChip { .. } => Some(Stage::Attach),
            Self::Probe { stage, .. } | Self::Cancelled { stage } => Some(*stage),
            Self::Verify { .. } => Some(Stage::Verify),
            Self::TargetFault { .. }
            | Self::Timeout { .. }
            | Self::Protocol { .. }
            | Self::StepMissing { .. } => Some(Stage::Run),
            Self::Model { .. } | Self::Io { .. } | Self::Listen { .. } => None,
        }
    }
}
