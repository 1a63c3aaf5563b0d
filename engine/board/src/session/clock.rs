//! The core's clock, held against the host's.

use super::contain::contained;
use super::probe_error;
use super::program::Program;
use crate::error::BoardError;
use crate::types::Stage;
use probe_rs::MemoryInterface as _;
use std::time::{Duration, Instant};

/// `DWT_CYCCNT` (Armv7-M Architecture Reference Manual, The Data Watchpoint and Trace unit).
const CYCLES: u64 = 0xE000_1004;
/// `SYST_CVR` (the same, The system timer), 24 bits, counts down.
const SYSTICK: u64 = 0xE000_E018;
/// The firmware's count of the system timer's turns, in cycles.
const TURNS: &str = "tinyscope_systick_turns";
/// Where firmware for RISC-V keeps its counter, which no debugger can read from a running processor; some 20 cycles old.
const MIRROR: &str = "tinyscope_cycles";
/// Time between the two readings: long against the time that a reading takes, short of a turn of a 32-bit counter at
/// 1 GHz.
const BETWEEN: Duration = Duration::from_millis(250);
/// Readings further apart say nothing: a 32-bit counter at 1 GHz has turned once after 4.29 s.
const LONGEST: Duration = Duration::from_secs(4);
/// Time between two looks at the program while that passes.
const PAUSE: Duration = Duration::from_millis(10);
/// Readings at either end, of which the quickest counts.
const TRIES: usize = 8;

/// The core's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockReading {
    /// Hertz.
    pub hz: u64,
    /// How far off `hz` may be, from the time that the readings took; the host's own clock is taken as right.
    pub error_hz: u64,
    /// Whether it was measured. A simulated chip has no clock: `hz` is then what the chip is said to run at.
    pub measured: bool,
}

/// The clock that the core's is held against.
pub trait HostTime {
    /// Time since any fixed moment. It never goes back.
    fn now(&mut self) -> Duration;
    /// Lets time pass, about as much.
    fn wait(&mut self, time: Duration);
}

/// The host's own clock.
struct HostClock(Instant);

impl HostTime for HostClock {
    fn now(&mut self) -> Duration {
        self.0.elapsed()
    }

    fn wait(&mut self, time: Duration) {
        std::thread::sleep(time);
    }
}

/// The counter at a moment of the host's clock.
#[derive(Clone, Copy, Debug)]
struct Reading {
    cycles: u32,
    earliest: Duration,
    latest: Duration,
}

impl Program<'_> {
    /// Reads the cycle counter twice through the probe, while the program waits for commands.
    ///
    /// # Errors
    /// [`BoardError::Probe`]; [`BoardError::Protocol`] when the counter stands still; what stops the program meanwhile.
    pub fn measure_clock(&mut self) -> Result<ClockReading, BoardError> {
        self.measure_clock_by(&mut HostClock(Instant::now()))
    }

    /// [`Program::measure_clock`], held against another clock than the host's own.
    ///
    /// # Errors
    /// As [`Program::measure_clock`].
    pub fn measure_clock_by(
        &mut self,
        host: &mut dyn HostTime,
    ) -> Result<ClockReading, BoardError> {
        if let Some(hz) = self.stated_clock_hz {
            return Ok(ClockReading {
                hz,
                error_hz: 0,
                measured: false,
            });
        }
        contained(Stage::Run, || {
            let first = self.quickest_reading(host)?;
            while host.now().saturating_sub(first.latest) < BETWEEN {
                host.wait(PAUSE);
                self.look()?;
            }
            let second = self.quickest_reading(host)?;
            between(first, second)
        })
    }

    fn quickest_reading(&mut self, host: &mut dyn HostTime) -> Result<Reading, BoardError> {
        let mut best: Option<Reading> = None;
        for _ in 0..TRIES {
            let reading = self.reading(host)?;
            if best.is_none_or(|best| reading.span() < best.span()) {
                best = Some(reading);
            }
        }
        best.ok_or_else(no_clock)
    }

    fn reading(&mut self, host: &mut dyn HostTime) -> Result<Reading, BoardError> {
        let error = |e: probe_rs::Error| probe_error(Stage::Run)(e);
        let core = &mut self.running.core;
        let earliest = host.now();
        let cycles = if let Ok(mirror) = self.running.image.variable(MIRROR) {
            core.read_word_32(mirror).map_err(error)?
        } else if self.hello.has_cycle_counter {
            core.read_word_32(CYCLES).map_err(error)?
        } else {
            let turns = self.running.image.variable(TURNS)?;
            loop {
                let before = core.read_word_32(turns).map_err(error)?;
                let left = core.read_word_32(SYSTICK).map_err(error)?;
                if before == core.read_word_32(turns).map_err(error)? {
                    break before.wrapping_add(0x00FF_FFFF_u32.wrapping_sub(left));
                }
                if host.now().saturating_sub(earliest) > BETWEEN {
                    return Err(too_slow());
                }
            }
        };
        Ok(Reading {
            cycles,
            earliest,
            latest: host.now(),
        })
    }
}

impl Reading {
    fn span(&self) -> Duration {
        self.latest.saturating_sub(self.earliest)
    }
}

fn no_clock() -> BoardError {
    BoardError::Protocol {
        message: "the cycle counter stands still while the program runs".to_owned(),
    }
}

fn too_slow() -> BoardError {
    BoardError::Protocol {
        message: "the link is too slow to read the cycle counter; choose a higher speed".to_owned(),
    }
}

/// The clock of two readings: cycles over the time between the middles of the readings, uncertain by half of either.
fn between(first: Reading, second: Reading) -> Result<ClockReading, BoardError> {
    let cycles = f64::from(second.cycles.wrapping_sub(first.cycles));
    let (a, b) = (first.span().as_secs_f64(), second.span().as_secs_f64());
    let apart = second.earliest.saturating_sub(first.earliest);
    let seconds = apart.as_secs_f64() + (b - a) / 2.0;
    let unsure = f64::midpoint(a, b);
    if cycles == 0.0 {
        return Err(no_clock());
    }
    if seconds <= unsure || apart > LONGEST {
        return Err(too_slow());
    }
    let hz = cycles / seconds;
    Ok(ClockReading {
        hz: hz.round() as u64,
        // The slowest that fits is nearer than the fastest.
        error_hz: (cycles / (seconds - unsure) - hz).ceil() as u64,
        measured: true,
    })
}

#[cfg(test)]
mod tests {
    use super::{Reading, between};
    use std::time::Duration;

    #[test]
    fn the_true_clock_lies_within_the_error() {
        let hz = 216_000_000.0;
        for (delay_a, delay_b) in [(0.0, 1.0), (1.0, 0.0), (0.5, 0.5), (0.1, 0.8)] {
            let span = 2e-3;
            let read = |start: f64, share: f64, offset: u32| {
                let cycles = ((start + share * span) * hz) as u64;
                Reading {
                    cycles: (cycles as u32).wrapping_add(offset),
                    earliest: Duration::from_secs_f64(start),
                    latest: Duration::from_secs_f64(start + span),
                }
            };
            // The counter turns over between the readings.
            let offset = u32::MAX - 1_000_000;
            let clock = between(read(0.0, delay_a, offset), read(0.25, delay_b, offset));
            let clock = clock.expect("a clock");
            let off = (clock.hz as f64 - hz).abs();
            assert!(off <= clock.error_hz as f64 + 1.0, "{clock:?}");
            assert!(clock.error_hz < 2_000_000, "{clock:?}");
        }
    }

    #[test]
    fn a_slow_link_is_told_from_a_counter_that_stands_still() {
        let read = |cycles, from, to| Reading {
            cycles,
            earliest: Duration::from_millis(from),
            latest: Duration::from_millis(to),
        };
        let error = |a, b| between(a, b).expect_err("no clock").to_string();
        assert!(error(read(0, 0, 300), read(9, 200, 700)).contains("too slow"));
        assert!(error(read(0, 0, 1), read(9, 4_001, 4_002)).contains("too slow"));
        assert!(error(read(9, 0, 1), read(9, 300, 301)).contains("stands still"));
    }

    #[test]
    fn a_counter_that_stands_still_is_no_clock() {
        let still = |at| Reading {
            cycles: 5,
            earliest: Duration::from_millis(at),
            latest: Duration::from_millis(at + 1),
        };
        assert!(between(still(0), still(200)).is_err());
    }
}
