//! Runs the measuring firmware: commands, reports, stops, faults, time limits.

use super::attach::Board;
use super::health::{check_core, fault};
use super::{CORE, HALT_LIMIT, probe_error};
use crate::error::BoardError;
use crate::firmware::{GUARD_BYTES, symbol};
use crate::image::Image;
use crate::protocol::{self, Hello, RunReport, control, take_frame};
use crate::types::{Cancel, Stage};
use probe_rs::rtt::{Rtt, ScanRegion};
use probe_rs::{Core, MemoryInterface as _};
use std::time::{Duration, Instant};

/// Time that the firmware may take from reset to its greeting.
const START_LIMIT: Duration = Duration::from_secs(5);
/// Rounds of polling between two looks at the core's own state.
const STATUS_EVERY: u32 = 64;
/// Pause between polls of a real board.
const PAUSE: Duration = Duration::from_millis(1);

/// What the host has to know of the program in the image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Input codes, one entry per input: offset in the arena, number of bytes.
    pub inputs: Vec<(usize, usize)>,
    /// Number of bytes of all outputs, which come back with a report one after the other.
    pub output_bytes: usize,
    /// C symbol of each step.
    pub steps: Vec<String>,
}

/// A program that runs on a board and waits for commands.
pub struct Program<'a> {
    /// What it found out about its chip.
    pub hello: Hello,
    core: Core<'a>,
    rtt: Rtt,
    image: &'a Image,
    layout: &'a Layout,
    control: u64,
    arena: u64,
    pause: bool,
    pending: Vec<u8>,
    sequence: u32,
}

/// How a wait ended.
enum Event {
    Report(protocol::Frame),
    Stopped,
}

/// A step's output, taken from the target while it was stopped after that step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// The bytes, rows one after the other.
    pub data: Vec<u8>,
}

/// Resets the board into the flashed image and waits for its greeting.
///
/// # Errors
/// [`BoardError::Probe`], [`BoardError::TargetFault`], [`BoardError::Timeout`], [`BoardError::Protocol`],
/// [`BoardError::Cancelled`].
pub fn start<'a>(
    board: &'a mut Board,
    image: &'a Image,
    layout: &'a Layout,
    cancel: &Cancel,
) -> Result<Program<'a>, BoardError> {
    let run_error = |e: probe_rs::Error| probe_error(Stage::Run)(e);
    let rtt_address = image.variable(symbol::RTT)?;
    let control = image.variable(symbol::CONTROL)?;
    let arena = image.variable(symbol::ARENA)? + GUARD_BYTES;
    let pause = !board.is_virtual;
    let mut core = board.session.core(CORE).map_err(run_error)?;
    core.reset_and_halt(HALT_LIMIT).map_err(run_error)?;
    // RAM survives a reset: nothing of an earlier run may be taken for this one's.
    core.write_32(rtt_address, &[0; 6]).map_err(run_error)?;
    core.write_32(control, &[0; control::WORDS])
        .map_err(run_error)?;
    core.run().map_err(run_error)?;

    let started = Instant::now();
    let mut polls: u32 = 0;
    loop {
        check_cancel(cancel)?;
        let mut words = [0; control::WORDS];
        core.read_32(control, &mut words[..1]).map_err(run_error)?;
        match words[0] {
            control::STATE_IDLE => break,
            control::STATE_FAULTED => return Err(fault(&mut core, control, image, layout)),
            _ => {}
        }
        polls += 1;
        if polls.is_multiple_of(STATUS_EVERY) {
            check_core(&mut core, image)?;
        }
        if started.elapsed() > START_LIMIT {
            return Err(BoardError::Timeout {
                seconds: START_LIMIT.as_secs(),
                step: " (before the first step)".to_owned(),
            });
        }
        if pause {
            std::thread::sleep(PAUSE);
        }
    }
    let rtt = Rtt::attach_region(&mut core, &ScanRegion::Exact(rtt_address))
        .map_err(probe_error(Stage::Run))?;
    let mut program = Program {
        hello: Hello {
            cpuid: 0,
            caches: 0,
            has_cycle_counter: false,
            arena_bytes: 0,
            steps: 0,
        },
        core,
        rtt,
        image,
        layout,
        control,
        arena,
        pause,
        pending: Vec::new(),
        sequence: 0,
    };
    program.hello = match program.wait(START_LIMIT, cancel)? {
        Event::Report(frame) => protocol::hello(&frame)?,
        Event::Stopped => return Err(unexpected_stop()),
    };
    if program.hello.steps as usize != layout.steps.len() {
        return Err(BoardError::Protocol {
            message: format!(
                "the program on the chip has {} steps, expected {}",
                program.hello.steps,
                layout.steps.len()
            ),
        });
    }
    Ok(program)
}

fn unexpected_stop() -> BoardError {
    BoardError::Protocol {
        message: "it stopped where no stop was asked for".to_owned(),
    }
}

fn check_cancel(cancel: &Cancel) -> Result<(), BoardError> {
    if cancel.is_cancelled() {
        return Err(BoardError::Cancelled { stage: Stage::Run });
    }
    Ok(())
}

impl Program<'_> {
    fn address(&self, word: u64) -> u64 {
        self.control + 4 * word
    }

    fn write_word(&mut self, word: u64, value: u32) -> Result<(), BoardError> {
        let address = self.address(word);
        self.core
            .write_word_32(address, value)
            .map_err(probe_error(Stage::Run))
    }

    /// Polls until a report is whole or the program stops after a step.
    fn wait(&mut self, limit: Duration, cancel: &Cancel) -> Result<Event, BoardError> {
        let error = |e: probe_rs::Error| probe_error(Stage::Run)(e);
        let started = Instant::now();
        let mut polls: u32 = 0;
        let mut buffer = [0; 1024];
        loop {
            check_cancel(cancel)?;
            let mut state = [0; 1];
            self.core.read_32(self.control, &mut state).map_err(error)?;
            match state[0] {
                control::STATE_FAULTED => {
                    return Err(fault(&mut self.core, self.control, self.image, self.layout));
                }
                control::STATE_STOPPED => return Ok(Event::Stopped),
                _ => {}
            }
            let up = self.rtt.up_channel(0).ok_or_else(|| BoardError::Protocol {
                message: "it has no report channel".to_owned(),
            })?;
            let count = up
                .read(&mut self.core, &mut buffer)
                .map_err(probe_error(Stage::Run))?;
            self.pending.extend(&buffer[..count]);
            if let Some(frame) = take_frame(&mut self.pending)? {
                return Ok(Event::Report(frame));
            }
            if count > 0 {
                continue;
            }
            polls += 1;
            if polls.is_multiple_of(STATUS_EVERY) {
                check_core(&mut self.core, self.image)?;
            }
            if started.elapsed() > limit {
                return Err(self.timeout(limit));
            }
            if self.pause {
                std::thread::sleep(PAUSE);
            }
        }
    }

    fn timeout(&mut self, limit: Duration) -> BoardError {
        let mut step = [control::NO_STEP];
        let address = self.address(control::STEP);
        let read = self.core.read_32(address, &mut step);
        let _ = self.core.halt(HALT_LIMIT);
        if let Err(error) = read {
            return probe_error(Stage::Run)(error);
        }
        if !self.pending.is_empty() {
            return BoardError::Protocol {
                message: format!("it ended after {} B", self.pending.len()),
            };
        }
        BoardError::Timeout {
            seconds: limit.as_secs() + u64::from(limit.subsec_nanos() > 0),
            step: self
                .layout
                .steps
                .get(step[0] as usize)
                .map_or_else(String::new, |step| format!(" (last in {step})")),
        }
    }

    /// Writes input and commands; the program runs when this returns.
    fn launch(
        &mut self,
        input: &[i8],
        counter: u32,
        stop: Option<(u32, u32)>,
    ) -> Result<(), BoardError> {
        let bytes: usize = self.layout.inputs.iter().map(|input| input.1).sum();
        if input.len() != bytes {
            return Err(BoardError::Model {
                message: format!("it takes {bytes} input codes, got {}", input.len()),
            });
        }
        let mut rest = input;
        for &(offset, bytes) in &self.layout.inputs {
            let (codes, others) = rest.split_at(bytes);
            let codes: Vec<u8> = codes.iter().map(|&code| code as u8).collect();
            self.core
                .write(self.arena + offset as u64, &codes)
                .map_err(probe_error(Stage::Run))?;
            rest = others;
        }
        self.sequence += 1;
        let (step, pass) = stop.unwrap_or((control::NO_STEP, 0));
        self.write_word(control::SEQUENCE, self.sequence)?;
        self.write_word(control::COUNTER, counter)?;
        self.write_word(control::STOP_STEP, step)?;
        self.write_word(control::STOP_PASS, pass)?;
        self.write_word(control::COMMAND, control::COMMAND_RUN)
    }

    /// Runs once on `input`. `counter` is the address of a word that counts instructions, or 0.
    ///
    /// # Errors
    /// [`BoardError::TargetFault`], [`BoardError::Timeout`], [`BoardError::Protocol`], [`BoardError::Probe`],
    /// [`BoardError::Cancelled`].
    pub fn run(
        &mut self,
        input: &[i8],
        counter: u32,
        limit: Duration,
        cancel: &Cancel,
    ) -> Result<RunReport, BoardError> {
        self.launch(input, counter, None)?;
        match self.wait(limit, cancel)? {
            Event::Report(frame) => protocol::run_report(
                &frame,
                self.sequence,
                self.layout.steps.len(),
                self.layout.output_bytes,
            ),
            Event::Stopped => Err(unexpected_stop()),
        }
    }

    /// Runs on `input` and hands the output of each pass of `step` to `look`, until it returns `true`; the program is
    /// then left stopped there. Otherwise it runs to its end.
    ///
    /// # Errors
    /// As [`Program::run`].
    pub fn watch_step(
        &mut self,
        input: &[i8],
        step: u32,
        look: &mut dyn FnMut(u32, Stopped) -> bool,
        limit: Duration,
        cancel: &Cancel,
    ) -> Result<(), BoardError> {
        self.launch(input, 0, Some((step, 0)))?;
        for pass in 0.. {
            match self.wait(limit, cancel)? {
                Event::Report(_) => return Ok(()),
                Event::Stopped => {
                    let stopped = self.read_view()?;
                    if look(pass, stopped) {
                        let _ = self.core.halt(HALT_LIMIT);
                        return Ok(());
                    }
                    self.write_word(control::STOP_PASS, pass + 1)?;
                    self.resume()?;
                }
            }
        }
        Ok(())
    }

    /// Continues after a stop, and sees to it that the next wait does not meet the old state.
    fn resume(&mut self) -> Result<(), BoardError> {
        self.write_word(control::COMMAND, control::COMMAND_CONTINUE)?;
        let address = self.address(control::COMMAND);
        let started = Instant::now();
        loop {
            let command = self
                .core
                .read_word_32(address)
                .map_err(probe_error(Stage::Run))?;
            if command == 0 {
                return Ok(());
            }
            if started.elapsed() > START_LIMIT {
                return Err(self.timeout(START_LIMIT));
            }
        }
    }

    fn read_view(&mut self) -> Result<Stopped, BoardError> {
        let error = |e: probe_rs::Error| probe_error(Stage::Run)(e);
        let mut view = [0; 4];
        let address = self.address(control::VIEW);
        self.core.read_32(address, &mut view).map_err(error)?;
        let [start, rows, row_bytes, stride] = view;
        let arena = self.arena..self.arena + u64::from(self.hello.arena_bytes);
        let inside = u64::from(start) >= arena.start
            && (rows == 0
                || u64::from(start)
                    + u64::from(rows - 1) * u64::from(stride)
                    + u64::from(row_bytes)
                    <= arena.end);
        if !inside {
            return Err(BoardError::Protocol {
                message: "a step's output does not lie in the arena".to_owned(),
            });
        }
        let mut data = vec![0; rows as usize * row_bytes as usize];
        for (row, bytes) in data.chunks_mut((row_bytes as usize).max(1)).enumerate() {
            let address = u64::from(start) + row as u64 * u64::from(stride);
            self.core.read(address, bytes).map_err(error)?;
        }
        Ok(Stopped { data })
    }
}
