//! The measuring firmware for RISC-V on QEMU: inference bit for bit as the host's, traps recorded, guards by physical
//! memory protection. Needs a RISC-V compiler and qemu-system-riscv32.
#![cfg(unix)]

#[path = "../common/mod.rs"]
mod common;
mod gdb;
#[path = "../../../core/tests/support/mod.rs"]
mod support;

use gdb::Qemu;
use std::error::Error;
use tinyscope_board::build::{Build, sources};
use tinyscope_board::fault::{FaultRecord, ProgramMemory, describe};
use tinyscope_board::firmware::{GUARD_BYTES, arena_paint, symbol};
use tinyscope_board::protocol::{self, Hello, RunReport, bytes_of, control, crc32, take_frame};
use tinyscope_board::toolchain::Architecture;
use tinyscope_core::import::load;
use tinyscope_core::plan::{Choices, Core, MemoryKind, MemoryRegion, Target, digest, plan};
use tinyscope_core::quant::{Value, random_input, run};

/// The board "virt": RAM from 2 GiB on.
fn virt() -> Target {
    const RAM: u64 = 8 << 20;
    Target {
        chip: "virt".to_owned(),
        core: Core::RiscV32Imc,
        clock_hz: 100_000_000,
        sram_bytes: RAM as usize,
        flash_bytes: RAM as usize,
        reserved_sram_bytes: 8 * 1024,
        regions: vec![MemoryRegion {
            name: "RAM".to_owned(),
            kind: MemoryKind::Ram,
            base: 0x8000_0000,
            bytes: RAM,
        }],
    }
}

/// The firmware under way, as a session has it.
struct Running {
    qemu: Qemu,
    build: Build,
    control: u64,
    arena: u64,
    rtt: u64,
    hello: Hello,
}

impl Running {
    /// Starts and takes the greeting.
    fn start(build: Build, folder: &std::path::Path) -> Result<Option<Self>, Box<dyn Error>> {
        let Some(qemu) = Qemu::start(&build.elf, folder) else {
            return Ok(None);
        };
        let mut running = Self {
            control: build.image.variable(symbol::CONTROL)?,
            arena: build.image.variable(symbol::ARENA)? + GUARD_BYTES,
            rtt: build.image.variable(symbol::RTT)?,
            qemu,
            build,
            hello: Hello::default(),
        };
        running.qemu.set_pc(running.build.image.entry);
        let mut pending = Vec::new();
        let frame = running.frame(&mut pending)?;
        running.hello = protocol::hello(&frame)?;
        running.wait("idle", control::STATE_IDLE);
        Ok(Some(running))
    }

    fn word(&mut self, word: u64) -> u32 {
        self.qemu.word(self.control + 4 * word)
    }

    fn wait(&mut self, what: &str, state: u32) {
        let address = self.control + 4 * control::STATE;
        self.qemu
            .run_until(what, |qemu| qemu.word(address) == state);
    }

    fn command(&mut self, command: u32) {
        let address = self.control + 4 * control::COMMAND;
        self.qemu.write(address, &command.to_le_bytes());
    }

    /// The next whole frame of the report's channel.
    fn frame(&mut self, pending: &mut Vec<u8>) -> Result<protocol::Frame, Box<dyn Error>> {
        let rtt = self.rtt;
        let mut found = None;
        let mut broken = None;
        self.qemu.run_until("a report", |qemu| {
            let [buffer, size, write, read] = [28, 32, 36, 40].map(|at| qemu.word(rtt + at));
            if buffer == 0 {
                return false;
            }
            let mut at = read;
            while at != write {
                let end = if at < write { write } else { size };
                pending.extend(qemu.read(u64::from(buffer + at), (end - at) as usize));
                at = if end == size { 0 } else { end };
            }
            qemu.write(rtt + 40, &at.to_le_bytes());
            match take_frame(pending) {
                Ok(frame) => found = frame,
                Err(error) => broken = Some(error),
            }
            found.is_some() || broken.is_some()
        });
        broken.map_or(Ok(()), Err)?;
        found.ok_or_else(|| "no frame".into())
    }

    /// Writes the input at `offset` and starts the run.
    fn launch(&mut self, sequence: u32, offset: usize, input: &[i8]) {
        self.command(control::COMMAND_PREPARE);
        self.wait("ready", control::STATE_READY);
        let codes: Vec<u8> = input.iter().map(|&code| code as u8).collect();
        let painted = u32::from_le_bytes(
            self.qemu
                .read(self.arena, 4)
                .try_into()
                .expect("four bytes"),
        );
        assert_eq!(painted, arena_paint(0));
        self.qemu.write(self.arena + offset as u64, &codes);
        let head = [
            sequence,
            0,
            control::NO_STEP,
            0,
            offset as u32,
            codes.len() as u32,
        ];
        let mut checked = bytes_of(&head);
        checked.extend(&codes);
        let launch = [&bytes_of(&head)[..], &crc32(&checked).to_le_bytes()].concat();
        self.qemu.write(self.control + 4 * control::LAUNCH, &launch);
        self.command(control::COMMAND_RUN);
    }

    fn report(
        &mut self,
        sequence: u32,
        steps: usize,
        output: usize,
    ) -> Result<RunReport, Box<dyn Error>> {
        let frame = self.frame(&mut Vec::new())?;
        Ok(protocol::run_report(&frame, sequence, steps, output)?)
    }

    /// What the trap handler recorded, in words; where it was; the step that ran.
    fn fault(&mut self) -> (String, Option<String>, u32) {
        self.wait("faulted", control::STATE_FAULTED);
        let address = self.control + 4 * control::FAULT;
        let words = self.qemu.read(address, 4 * control::FAULT_WORDS);
        let words: Vec<u32> = (words.chunks(4))
            .map(|word| u32::from_le_bytes(word.try_into().expect("four bytes")))
            .collect();
        let words = words.try_into().expect("as many words");
        let record = FaultRecord::from_words(Architecture::RiscV, &words).expect("whole");
        let image = &self.build.image;
        let stack = image.stack_base as u32;
        let memory = ProgramMemory {
            stack: stack + GUARD_BYTES as u32..stack + image.stack_bytes as u32,
            arena: self.arena as u32
                ..(self.arena as u32 + self.hello.arena_bytes).next_multiple_of(GUARD_BYTES as u32),
            code: image.loaded.0 as u32..(image.loaded.0 + image.loaded.1) as u32,
        };
        let place = record
            .places()
            .into_iter()
            .find_map(|at| image.function_at(at));
        (
            describe(&record, &memory),
            place.map(str::to_owned),
            self.word(control::STEP),
        )
    }
}

#[test]
fn inference_is_the_hosts_and_the_guard_stands() -> Result<(), Box<dyn Error>> {
    let path = support::workspace().join("models/digits.tflite");
    let graph = load("digits", &std::fs::read(path)?).map_err(|d| format!("{d:?}"))?;
    let plan = plan(&graph, &virt(), &Choices::default())?;
    let folder = tempfile::tempdir()?;
    let Some(build) = common::build(&sources(&plan)?, &plan.target, folder.path()) else {
        return Ok(());
    };
    assert_eq!(build.log, "", "no warnings");
    assert_eq!(build.image.flash_bytes, 0);
    let crc = build.image.flash_crc;
    let Some(mut running) = Running::start(build, folder.path())? else {
        return Ok(());
    };
    assert_eq!(running.hello.image_crc, crc);
    assert_eq!(running.hello.steps as usize, plan.steps.len());
    let input = plan.graph.inputs[0];
    let offset = plan.offset_of(input).expect("it has a place");
    let outputs: usize = (plan.graph.outputs.iter())
        .map(|&id| plan.graph.tensor(id).bytes())
        .sum();
    // Twice: the guard stays between the runs.
    for seed in 1..=2 {
        let values = random_input(&plan.graph, seed);
        let codes: Vec<i8> = values
            .iter()
            .filter_map(Value::as_i8)
            .flatten()
            .copied()
            .collect();
        running.launch(seed as u32, offset, &codes);
        let report = running.report(seed as u32, plan.steps.len(), outputs)?;
        let trace = run(&plan.graph, &values)?;
        for (step, record) in plan.steps.iter().zip(&report.steps) {
            assert_eq!(
                Some(record.digest),
                digest::expected(&plan, &trace, step.id),
                "{}",
                step.symbol
            );
            assert!(record.cycles > 0, "{}", step.symbol);
        }
        let expected = trace
            .get(plan.graph.outputs[0])
            .and_then(Value::as_i8)
            .expect("codes");
        let output: Vec<i8> = report.output.iter().map(|&byte| byte as i8).collect();
        assert_eq!(output, expected);
        assert!(report.guarded && report.guards == 3);
        assert!(
            report.stack_bytes > 0
                && u64::from(report.stack_bytes) < running.build.image.stack_bytes
        );
        assert!(report.arena_high_water > 0);
        assert_eq!(
            report.cycles,
            report
                .steps
                .iter()
                .map(|s| s.cycles)
                .sum::<u64>()
                .max(report.cycles)
        );
        println!(
            "{}: bit-exact on QEMU, {} B of stack, {} B of image",
            running.build.toolchain.version, report.stack_bytes, running.build.image.loaded.1
        );
        running.wait("idle", control::STATE_IDLE);
    }
    Ok(())
}

#[test]
fn every_trap_is_named_and_located() -> Result<(), Box<dyn Error>> {
    let cases: [(&str, &str, &str); 9] = [
        (
            "illegal instruction",
            "__asm__ volatile(\".word 0xffffffff\");",
            "illegal instruction",
        ),
        ("a break", "__asm__ volatile(\"ebreak\");", "breakpoint"),
        (
            "reads where nothing is",
            "out[0] = *(volatile int8_t *)0x60000000;",
            "load access fault (read at 0x60000000)",
        ),
        (
            "writes a constant",
            "static const int table[4] = {1, 2, 3, 4}; *(volatile int *)table = 1;",
            "store access fault (write to the program's own code or constants",
        ),
        (
            "past the arena",
            "((volatile int8_t *)in)[96] = 1;",
            "store access fault (access 0 B past the end of the arena",
        ),
        (
            "before the arena",
            "((volatile int8_t *)in)[-65] = 1;",
            "store access fault (access 1 B before the start of the arena",
        ),
        (
            "recursion without end",
            "volatile int8_t deep[64]; deep[0] = in[0]; step_01_rows((const int8_t *)deep, out); out[0] = deep[1];",
            "stack overflow",
        ),
        (
            "one large frame",
            "volatile uint8_t big[8192]; for (int i = 8191; i >= 0; i--) { big[i] = 1; }",
            "stack overflow",
        ),
        (
            "executes data",
            "static volatile uint32_t code[2] = {0x00008067u, 0}; ((void (*)(void))(uintptr_t)code)();",
            "instruction access fault (execution of data",
        ),
    ];
    for (name, code, wanted) in cases {
        let folder = tempfile::tempdir()?;
        let Some(build) = common::build(&common::project(code), &virt(), folder.path()) else {
            return Ok(());
        };
        let Some(mut running) = Running::start(build, folder.path())? else {
            return Ok(());
        };
        running.launch(1, 0, &common::input());
        let (told, place, step) = running.fault();
        println!("{name}: {told} in {place:?}");
        assert!(told.contains(wanted), "{name}: {told}");
        assert_eq!(step, 1, "{name}");
        assert!(
            place
                .as_deref()
                .is_some_and(|place| place == "step_01_rows" || place == "model_run"),
            "{name}: {place:?}"
        );
    }
    Ok(())
}
