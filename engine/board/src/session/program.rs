//! The measuring firmware on the chip: start it, have it run, take its report.

use super::attach::Board;
use super::contain::contained;
use super::health::{check_core, fault, too_late, was_reset};
use super::{CORE, HALT_LIMIT, probe_error};
use crate::error::BoardError;
use crate::firmware::{GUARD_BYTES, symbol};
use crate::image::Image;
use crate::probe::VirtualChip;
use crate::protocol::{self, Frame, Hello, RunReport, control, take_frame};
use crate::toolchain::Architecture;
use crate::types::{Cancel, Stage};
use probe_rs::rtt::{Rtt, ScanRegion};
use probe_rs::{Core, MemoryInterface as _};
use std::time::{Duration, Instant};

/// Rounds of polling between two looks at the core's own state.
const STATUS_EVERY: u32 = 64;
/// Pause between polls of a real board.
const PAUSE: Duration = Duration::from_millis(1);
/// How often a word is read that makes no sense before it is believed.
const READS: usize = 4;
/// How often the program is started anew when what was sent to it did not arrive whole.
const STARTS: u32 = 3;
/// Empty reads of the report's channel after the program said that all is sent.
const EMPTY_READS: u32 = 8;

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

/// What is needed to look at a program that is under way.
pub(super) struct Running<'a> {
    pub(super) core: Core<'a>,
    pub(super) image: &'a Image,
    pub(super) layout: &'a Layout,
    pub(super) control: u64,
    pub(super) arena_bytes: u32,
}

impl Running<'_> {
    pub(super) fn address(&self, word: u64) -> u64 {
        self.control + 4 * word
    }
}

/// A program that runs on a board and waits for commands.
pub struct Program<'a> {
    /// What it found out about its chip.
    pub hello: Hello,
    pub(super) running: Running<'a>,
    pub(super) arena: u64,
    pub(super) stated_clock_hz: Option<u64>,
    answer_limit: Duration,
    rtt_address: u64,
    rtt: Option<Rtt>,
    pause: bool,
    pending: Vec<u8>,
    sequence: u32,
}

/// How a wait ended.
pub(super) enum Event {
    Report(Frame),
    Stopped,
}

/// How the program answered a command.
enum Answer {
    Done,
    /// Something on the way to it was damaged, and may have damaged other things.
    Damaged(&'static str),
}

/// Words of the control block that are read with each poll.
#[derive(Clone, Copy)]
struct Poll {
    state: u32,
    boots: u32,
    command: u32,
}

/// Resets the board into the flashed image and waits for its greeting.
///
/// # Errors
/// [`BoardError::Probe`], [`BoardError::TargetFault`], [`BoardError::Timeout`], [`BoardError::Protocol`],
/// [`BoardError::Verify`] when the chip reads another image out of its flash than was built,
/// [`BoardError::Cancelled`].
pub fn start<'a>(
    board: &'a mut Board,
    image: &'a Image,
    layout: &'a Layout,
    cancel: &Cancel,
) -> Result<Program<'a>, BoardError> {
    contained(Stage::Run, || {
        let rtt_address = image.variable(symbol::RTT)?;
        let control = image.variable(symbol::CONTROL)?;
        let arena = image.variable(symbol::ARENA)? + GUARD_BYTES;
        let (pause, answer_limit) = (!board.is_virtual, board.answer_limit);
        let stated_clock_hz = board.virtual_chip.as_ref().map(VirtualChip::clock_hz);
        let session = board.session()?;
        let core = session.core(CORE).map_err(probe_error(Stage::Run))?;
        let mut program = Program {
            hello: Hello::default(),
            running: Running {
                core,
                image,
                layout,
                control,
                arena_bytes: 0,
            },
            arena,
            stated_clock_hz,
            answer_limit,
            rtt_address,
            rtt: None,
            pause,
            pending: Vec::new(),
            sequence: 0,
        };
        program.boot(cancel)?;
        Ok(program)
    })
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

fn run_error(error: probe_rs::Error) -> BoardError {
    probe_error(Stage::Run)(error)
}

impl<'a> Program<'a> {
    fn core(&mut self) -> &mut Core<'a> {
        &mut self.running.core
    }

    pub(super) fn write_word(&mut self, word: u64, value: u32) -> Result<(), BoardError> {
        let address = self.running.address(word);
        self.core().write_word_32(address, value).map_err(run_error)
    }

    /// Resets the chip, and waits until the program has greeted.
    fn boot(&mut self, cancel: &Cancel) -> Result<(), BoardError> {
        self.pending.clear();
        self.rtt = None;
        self.clear()?;
        if self.running.image.architecture == Architecture::RiscV {
            // Out of reset it would run its own boot program.
            let (entry, core) = (self.running.image.entry, &mut self.running.core);
            core.write_core_reg(core.program_counter(), entry as u32)
                .map_err(run_error)?;
        }
        self.core().run().map_err(run_error)?;
        self.wait_for_state(control::STATE_IDLE, "before its greeting", cancel)?;
        let region = ScanRegion::Exact(self.rtt_address);
        let rtt = Rtt::attach_region(self.core(), &region).map_err(probe_error(Stage::Run))?;
        self.rtt = Some(rtt);
        self.hello = match self.wait(self.answer_limit, cancel)? {
            Event::Report(frame) => protocol::hello(&frame)?,
            Event::Stopped => return Err(unexpected_stop()),
        };
        let Running { image, layout, .. } = self.running;
        if self.hello.image_crc != image.flash_crc {
            return Err(BoardError::Verify {
                message: "the chip itself reads another image than was built".to_owned(),
            });
        }
        if self.hello.steps as usize != layout.steps.len() {
            return Err(BoardError::Protocol {
                message: format!(
                    "the program on the chip has {} steps, expected {}",
                    self.hello.steps,
                    layout.steps.len()
                ),
            });
        }
        // Nothing is read or written outside what the image has.
        if u64::from(self.hello.arena_bytes) > image.arena.1 {
            return Err(BoardError::Protocol {
                message: format!(
                    "the program on the chip has an arena of {} B, the image one of {} B",
                    self.hello.arena_bytes, image.arena.1
                ),
            });
        }
        self.running.arena_bytes = self.hello.arena_bytes;
        Ok(())
    }

    /// Halts the chip in reset and clears what survives it: nothing of an earlier run may be taken for this one's.
    fn clear(&mut self) -> Result<(), BoardError> {
        let (rtt, control) = (self.rtt_address, self.running.control);
        let mut cleared = [0; control::WORDS];
        cleared[control::STEP as usize] = control::NO_STEP;
        cleared[control::RESET_STEP as usize] = control::NO_STEP;
        for _ in 0..STARTS {
            let core = self.core();
            core.reset_and_halt(HALT_LIMIT).map_err(run_error)?;
            core.write_32(rtt, &[0; 6]).map_err(run_error)?;
            core.write_32(control, &cleared).map_err(run_error)?;
            let mut read = [1; control::WORDS];
            core.read_32(control, &mut read).map_err(run_error)?;
            let mut id = [1; 6];
            core.read_32(rtt, &mut id).map_err(run_error)?;
            if read == cleared && id == [0; 6] {
                return Ok(());
            }
        }
        Err(did_not_arrive("cleared words"))
    }

    /// The polled words, read again while they make no sense or say that the chip was reset.
    fn poll(&mut self) -> Result<Poll, BoardError> {
        let mut words = [0; control::COMMAND as usize + 1];
        for _ in 0..READS {
            let address = self.running.control;
            (self.core().read_32(address, &mut words)).map_err(run_error)?;
            let poll = Poll {
                state: words[control::STATE as usize],
                boots: words[control::BOOTS as usize],
                command: words[control::COMMAND as usize],
            };
            // None yet: it is starting, or faulted while it did.
            if control::STATES.contains(&poll.state) && poll.boots <= 1 {
                return Ok(poll);
            }
        }
        check_core(&mut self.running)?;
        let (state, boots) = (words[0], words[1]);
        if control::STATES.contains(&state) && boots < 1 << 16 {
            return Err(was_reset(&mut self.running, boots));
        }
        Err(BoardError::Protocol {
            message: format!(
                "its control block was overwritten (state {state:#010x}, {boots} starts)"
            ),
        })
    }

    /// Looks once whether the program still waits for commands.
    pub(super) fn look(&mut self) -> Result<(), BoardError> {
        match self.poll()?.state {
            control::STATE_FAULTED => Err(fault(&mut self.running)),
            _ => check_core(&mut self.running),
        }
    }

    /// Looks after the program between two polls: cancelled, late, or no longer running?
    fn between(
        &mut self,
        polls: &mut u32,
        started: Instant,
        limit: Duration,
        before: &str,
        cancel: &Cancel,
    ) -> Result<(), BoardError> {
        check_cancel(cancel)?;
        *polls += 1;
        if polls.is_multiple_of(STATUS_EVERY) {
            check_core(&mut self.running)?;
        }
        if started.elapsed() > limit {
            check_core(&mut self.running)?;
            return Err(too_late(&mut self.running, limit, before));
        }
        if self.pause {
            std::thread::sleep(PAUSE);
        }
        Ok(())
    }

    fn wait_for_state(
        &mut self,
        wanted: u32,
        before: &str,
        cancel: &Cancel,
    ) -> Result<(), BoardError> {
        let (started, mut polls) = (Instant::now(), 0);
        loop {
            let poll = self.poll()?;
            match poll.state {
                control::STATE_FAULTED => return Err(fault(&mut self.running)),
                state if state == wanted => return Ok(()),
                _ => {}
            }
            self.between(&mut polls, started, self.answer_limit, before, cancel)?;
        }
    }

    /// Gives a command and waits until it is taken.
    fn command(&mut self, command: u32, cancel: &Cancel) -> Result<Answer, BoardError> {
        let before = self.poll()?.state;
        self.write_word(control::COMMAND, command)?;
        let (started, mut polls, mut nothing) = (Instant::now(), 0, 0);
        loop {
            let poll = self.poll()?;
            match poll.state {
                control::STATE_FAULTED => return Err(fault(&mut self.running)),
                control::STATE_REFUSED => return Ok(Answer::Damaged("the input")),
                _ => {}
            }
            match poll.command {
                0 if poll.state != before || command == control::COMMAND_CONTINUE => {
                    return Ok(Answer::Done);
                }
                // Not there and not taken. The state is read before the command, so once means nothing.
                0 => {
                    nothing += 1;
                    if nothing > READS {
                        return Ok(Answer::Damaged("a command"));
                    }
                }
                other if other != command => return Ok(Answer::Damaged("a command")),
                _ => {}
            }
            self.between(
                &mut polls,
                started,
                self.answer_limit,
                "between runs",
                cancel,
            )?;
        }
    }

    /// Polls until a report is whole or the program stops after a step. Nothing is written to the target before it
    /// says that its report stands.
    pub(super) fn wait(&mut self, limit: Duration, cancel: &Cancel) -> Result<Event, BoardError> {
        let (started, mut polls, mut empty) = (Instant::now(), 0, 0);
        let mut buffer = [0; 1024];
        loop {
            check_cancel(cancel)?;
            let state = self.poll()?.state;
            match state {
                control::STATE_FAULTED => return Err(fault(&mut self.running)),
                control::STATE_STOPPED => return Ok(Event::Stopped),
                control::STATE_REPORTING | control::STATE_IDLE => {
                    let Some(up) = self.rtt.as_mut().and_then(|rtt| rtt.up_channel(0)) else {
                        return Err(BoardError::Protocol {
                            message: "it has no report channel".to_owned(),
                        });
                    };
                    let count = up
                        .read(&mut self.running.core, &mut buffer)
                        .map_err(probe_error(Stage::Run))?;
                    self.pending.extend(&buffer[..count]);
                    if let Some(frame) = take_frame(&mut self.pending)? {
                        return Ok(Event::Report(frame));
                    }
                    if count > 0 {
                        continue;
                    }
                    empty += u32::from(state == control::STATE_IDLE);
                    if empty > EMPTY_READS {
                        return Err(BoardError::Protocol {
                            message: format!("it ends after {} B", self.pending.len()),
                        });
                    }
                }
                _ => {}
            }
            self.between(&mut polls, started, limit, "after its last step", cancel)?;
        }
    }

    /// Writes input and commands; the program runs when this returns. What does not arrive whole starts all over: a
    /// write that went astray may have hit anything.
    pub(super) fn launch(
        &mut self,
        input: &[i8],
        counter: u32,
        stop: Option<(u32, u32)>,
        cancel: &Cancel,
    ) -> Result<(), BoardError> {
        let bytes: usize = self.running.layout.inputs.iter().map(|input| input.1).sum();
        if input.len() != bytes {
            return Err(BoardError::Model {
                message: format!("it takes {bytes} input codes, got {}", input.len()),
            });
        }
        let mut lost = "";
        for start in 0..STARTS {
            // After a run that was cancelled or left stopped, too, it starts anew.
            if start > 0 || self.poll()?.state != control::STATE_IDLE {
                self.boot(cancel)?;
            }
            match self.try_launch(input, counter, stop, cancel)? {
                Answer::Done => return Ok(()),
                Answer::Damaged(what) => lost = what,
            }
        }
        Err(did_not_arrive(lost))
    }

    fn try_launch(
        &mut self,
        input: &[i8],
        counter: u32,
        stop: Option<(u32, u32)>,
        cancel: &Cancel,
    ) -> Result<Answer, BoardError> {
        self.sequence += 1;
        let (step, pass) = stop.unwrap_or((control::NO_STEP, 0));
        let arena_bytes = self.hello.arena_bytes as usize;
        let (words, writes) = super::launch::words(
            self.running.layout,
            arena_bytes,
            input,
            [self.sequence, counter, step, pass],
        )?;
        if let damaged @ Answer::Damaged(_) = self.command(control::COMMAND_PREPARE, cancel)? {
            return Ok(damaged);
        }
        for (offset, codes) in writes {
            let address = self.arena + offset as u64;
            self.core().write(address, &codes).map_err(run_error)?;
        }
        let address = self.running.address(control::LAUNCH);
        self.core().write_32(address, &words).map_err(run_error)?;
        self.command(control::COMMAND_RUN, cancel)
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
        contained(Stage::Run, || {
            self.launch(input, counter, None, cancel)?;
            match self.wait(limit, cancel)? {
                Event::Report(frame) => self.judged(&frame),
                Event::Stopped => Err(unexpected_stop()),
            }
        })
    }

    /// The report in a frame, if every step ran.
    fn judged(&self, frame: &Frame) -> Result<RunReport, BoardError> {
        let Layout {
            steps,
            output_bytes,
            ..
        } = self.running.layout;
        let report = protocol::run_report(frame, self.sequence, steps.len(), *output_bytes)?;
        match steps
            .iter()
            .zip(&report.steps)
            .find(|(_, ran)| ran.passes == 0)
        {
            Some((step, _)) => Err(BoardError::StepMissing { step: step.clone() }),
            None => Ok(report),
        }
    }

    /// Continues after a stop at the step's next pass.
    pub(super) fn resume(&mut self, next_pass: u32, cancel: &Cancel) -> Result<(), BoardError> {
        let address = self.running.address(control::STOP_PASS);
        self.write_word(control::STOP_PASS, next_pass)?;
        let there = self.core().read_word_32(address).map_err(run_error)?;
        if there != next_pass {
            return Err(did_not_arrive("a command"));
        }
        match self.command(control::COMMAND_CONTINUE, cancel)? {
            Answer::Done => Ok(()),
            Answer::Damaged(what) => Err(did_not_arrive(what)),
        }
    }
}

fn did_not_arrive(what: &str) -> BoardError {
    BoardError::Probe {
        stage: Stage::Run,
        message: format!("the link damages what is sent ({what} did not arrive whole)"),
    }
}
