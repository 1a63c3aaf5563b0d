//! What the firmware counts: cycles by the core's counter or by the system timer, touched bytes of the arena, the clock.

mod common;

use common::input;
use std::error::Error;
use std::path::Path;
use std::time::Duration;
use tinyscope_board::Cancel;
use tinyscope_board::firmware::{self, link_script, placement};
use tinyscope_board::image::{Image, read_image};
use tinyscope_board::probe::{Faults, Handle, open_machine};
use tinyscope_board::protocol::{Hello, RunReport};
use tinyscope_board::session::{ClockReading, HostTime, attach_probe, start};
use tinyscope_board::toolchain::{Architecture, compile_project, find_toolchain, search_path};
use tinyscope_core::plan::{Core, Target};
use tinyscope_vmcu::{Machine, stm32f746};

/// Runs for some 36 million cycles: more than two turns of a 24-bit timer.
const LONG: &str = "for (uint32_t i = 0; i < 12000000u; i++) { __asm__ volatile(\"nop\\n nop\\n nop\" ::: \"memory\"); }";

/// Nothing where there is no compiler.
type Found<T> = Result<Option<T>, Box<dyn Error>>;

/// Builds the program with this code in its last step and these definitions; `None` where there is no compiler.
fn built(code: &str, defines: &[&str], folder: &Path) -> Found<(Vec<u8>, Image)> {
    let target = Target::stm32f746();
    let (path, wanted) = search_path();
    let Ok(toolchain) = find_toolchain(Core::CortexM7, &path, wanted.as_deref()) else {
        println!("skipped: no compiler");
        return Ok(None);
    };
    std::fs::write(folder.join("link.ld"), link_script(&placement(&target)?))?;
    let mut sources = Vec::new();
    for (name, text) in common::project(code) {
        std::fs::write(folder.join(&name), text)?;
        sources.push(name);
    }
    for (name, text) in firmware::sources(Architecture::Arm) {
        std::fs::write(folder.join(name), text)?;
        sources.push(name.to_owned());
    }
    sources.retain(|name| Path::new(name).extension().is_some_and(|end| end == "c"));
    let cancel = Cancel::default();
    compile_project(
        &toolchain,
        Core::CortexM7,
        &sources,
        defines,
        folder,
        &mut |_, _| {},
        &cancel,
    )?;
    let elf = std::fs::read(folder.join("firmware.elf"))?;
    let image = read_image(&elf)?;
    Ok(Some((elf, image)))
}

/// What the program says of itself, of a run, and of its clock.
fn measured(code: &str, defines: &[&str]) -> Found<(Hello, RunReport, ClockReading)> {
    let folder = tempfile::tempdir()?;
    let Some((elf, image)) = built(code, defines, folder.path())? else {
        return Ok(None);
    };
    let layout = common::layout();
    let cancel = Cancel::default();
    let mut board = common::flashed(&Target::stm32f746(), &elf)?;
    let mut program = start(&mut board, &image, &layout, &cancel)?;
    let report = program.run(&input(), 0, Duration::from_mins(1), &cancel)?;
    let clock = program.measure_clock()?;
    Ok(Some((program.hello, report, clock)))
}

const HOOKS: [&str; 2] = ["-DTINYSCOPE_HOOKS=1", "-DTINYSCOPE_CACHES=1"];

#[test]
fn the_system_timer_counts_what_the_cycle_counter_counts() -> Result<(), Box<dyn Error>> {
    for code in ["", LONG] {
        let by_counter = measured(code, &HOOKS)?;
        let defines = [&HOOKS[..], &["-DTINYSCOPE_SYSTICK=1"]].concat();
        let (Some((hello, counter, _)), Some((other, timer, _))) =
            (by_counter, measured(code, &defines)?)
        else {
            return Ok(());
        };
        assert!(hello.has_cycle_counter && !other.has_cycle_counter);
        assert_eq!(counter.output, timer.output);
        for (counter, timer) in counter.steps.iter().zip(&timer.steps) {
            let (counter, timer) = (counter.cycles, timer.cycles);
            println!("cycle counter {counter}, system timer {timer}");
            // Reading the timer takes a few cycles more or less; each turn of it an interrupt.
            let allowed = 40 + 100 * (counter >> 24);
            assert!(counter.abs_diff(timer) <= allowed, "{counter} {timer}");
        }
        if code == LONG {
            assert!(counter.steps[1].cycles > 2 << 24, "longer than two turns");
        }
    }
    Ok(())
}

#[test]
fn the_arenas_touched_bytes_are_counted() -> Result<(), Box<dyn Error>> {
    let Some((_, report, clock)) = measured("", &HOOKS)? else {
        return Ok(());
    };
    // 64 codes in, 64 between, 8 out, without a gap; the last three bytes of the arena are never used.
    assert_eq!(report.arena_touched_bytes, 136);
    assert_eq!(report.arena_high_water, 136);
    // A byte in the last, cut word; a gap would not count.
    let further = measured("out[10] = 1;", &HOOKS)?.map(|(_, report, _)| report);
    let further = further.ok_or("the compiler was there a moment ago")?;
    assert_eq!(further.arena_touched_bytes, 139);
    assert_eq!(further.arena_high_water, 139);
    // A simulated clock is stated, not measured.
    assert!(!clock.measured);
    assert_eq!((clock.hz, clock.error_hz), (216_000_000, 0));
    Ok(())
}

/// A host's clock that goes by the chip's cycles, so many in a second. Time passes by looking at the chip.
struct ChipTime {
    handle: Handle,
    hz: f64,
}

impl HostTime for ChipTime {
    fn now(&mut self) -> Duration {
        Duration::from_secs_f64(self.handle.cycles() as f64 / self.hz)
    }

    fn wait(&mut self, _: Duration) {}
}

#[test]
fn a_boards_clock_is_measured_within_the_error_that_is_told() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let target = Target::stm32f746();
    for defines in [
        &HOOKS[..],
        &[&HOOKS[..], &["-DTINYSCOPE_SYSTICK=1"]].concat(),
    ] {
        let Some((elf, image)) = built("", defines, folder.path())? else {
            return Ok(());
        };
        // As through any probe: nothing says that this chip is a simulated one.
        let machine = Box::new(Machine::new(stm32f746()));
        let (probe, handle) = open_machine(machine, Faults::default());
        let mut board = attach_probe(probe, "any", false, &target)?;
        common::flash_all(&mut board, &elf)?;
        let layout = common::layout();
        let mut program = start(&mut board, &image, &layout, &Cancel::default())?;
        // At its rated clock, fast, and much slower than that: what it is rated at is not asked. While it is only looked
        // at, the chip goes on in long steps; the system timer, read in three transfers, would at a slow clock have
        // turned between them.
        let counted = program.hello.has_cycle_counter;
        let clocks: &[f64] = if counted {
            &[216e6, 218.3e6, 16e6, 1e6]
        } else {
            &[216e6, 218.3e6]
        };
        for &hz in clocks {
            let mut time = ChipTime {
                handle: handle.clone(),
                hz,
            };
            let clock = program.measure_clock_by(&mut time)?;
            println!("{hz:e} Hz: {clock:?}, cycle counter {counted}");
            assert!(clock.measured);
            assert!(
                (clock.hz as f64 - hz).abs() <= clock.error_hz as f64,
                "{hz} {clock:?}"
            );
            assert!(
                clock.error_hz > 0 && clock.error_hz as f64 <= hz / 20.0,
                "{clock:?}"
            );
        }
        // The program still answers.
        program.run(&input(), 0, Duration::from_mins(1), &Cancel::default())?;
    }
    Ok(())
}
