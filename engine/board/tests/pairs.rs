//! Random networks under random schedules on the virtual Cortex-M7 and Cortex-M4, bit for bit. Those whose input lies in
//! the arena are measured like any model: the compiler's flags, the firmware, guards and paint of a measurement. Those that
//! ask for their input row by row run as one program on the bare virtual chip.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    missing_docs,
    reason = "tests"
)]

#[path = "../../core/tests/streamed_c/batch.rs"]
#[allow(
    dead_code,
    reason = "programs run on the virtual chip, not as a process"
)]
mod batch;
#[path = "../../core/tests/schedule/build/mod.rs"]
#[allow(
    dead_code,
    reason = "other tests build networks one operator at a time"
)]
mod build;
#[path = "../../core/tests/streams/cases.rs"]
#[allow(dead_code, reason = "other tests shrink what fails")]
mod cases;
#[path = "../../core/tests/support/emulated.rs"]
#[allow(dead_code, reason = "the emulator's part is not needed here")]
mod emulated;
#[path = "../../core/tests/streamed_c/pairs.rs"]
mod pairs;

use batch::{Batch, Build};
use emulated::ARM;
use object::{Object, ObjectSegment, ObjectSymbol};
use pairs::{Pair, assert_every_method, count, pairs};
use std::path::Path;
use std::sync::Arc;
use tinyscope_board::{
    BoardError, Cancel, MeasureRequest, measure, probe::virtual_arm_chip, target_for_chip,
};
use tinyscope_core::codegen::takes_rows;
use tinyscope_vmcu::{Machine, Stop};

/// Pairs on each chip; more by `TINYSCOPE_BOARD_PAIRS`.
const PAIRS: usize = 30;
/// Behind the pairs of the other executors, so that these are others.
const FIRST: usize = 600;
/// What a generated program may take, as for a measured one, and what the frame around it takes.
const STACK_BYTES: usize = 2048 + 256;
/// What the stack's place holds before the run.
const PAINT: u8 = 0xc5;

#[test]
fn random_networks_under_random_schedules_on_a_cortex_m7() {
    on("STM32F746NGHx", "-mcpu=cortex-m7", 0);
}

#[test]
fn random_networks_under_random_schedules_on_a_cortex_m4() {
    on("STM32F407VG", "-mcpu=cortex-m4", 1);
}

fn on(chip: &str, cpu: &str, part: usize) {
    let target = target_for_chip(chip).expect("a chip of the registry");
    let each = count("TINYSCOPE_BOARD_PAIRS", PAIRS);
    let first = FIRST + part * each;
    let pairs = pairs(first..first + each, &target);
    assert_every_method(&pairs);
    let (by_rows, resident): (Vec<Pair>, Vec<Pair>) =
        (pairs.into_iter()).partition(|pair| takes_rows(&pair.plan));
    for pair in resident {
        if !measured(pair) {
            return;
        }
    }
    let start = virtual_arm_chip(chip).expect("a virtual chip").flash().0;
    let code = format!("-Wl,--defsym=code={start:#x}");
    let build = Build {
        compiler: "arm-none-eabi-gcc",
        flags: [&ARM[..], &[cpu]].concat(),
        platform: "qemu.c",
        link: vec![
            "-T",
            "mps2.ld",
            &code,
            "-Wl,--defsym=data_size=0x1c000",
            "-lgcc",
        ],
    };
    // As many as one flash holds with ease.
    for (index, part) in by_rows.chunks(16).enumerate() {
        let batch = Batch::new(&format!("{chip}-{index}"), part);
        let program = batch.build(&build);
        batch.compare(&said_by(chip, &program));
    }
}

/// The pair as any model is measured; false, with a word, where there is no compiler.
fn measured(Pair { plan, reference }: Pair) -> bool {
    let about = format!("{:?}", plan.choices);
    let outputs = plan.graph.outputs.iter();
    let bytes: usize = outputs.map(|&id| plan.graph.tensor(id).bytes()).sum();
    let inputs: usize = reference.codes.iter().map(Vec::len).sum();
    assert!(inputs > 0, "{about}");
    let request = MeasureRequest::new(Arc::new(plan), "virtual");
    match measure(&request, &mut |_| {}, &Cancel::default()) {
        Ok(measurement) => {
            assert!(
                measurement.bit_exact,
                "{:?}: {about}",
                measurement.difference
            );
            assert!(measurement.guards_intact, "{about}");
            assert!(measurement.stack_bytes < 2048, "{about}");
            assert_eq!(measurement.output.len(), bytes, "{about}");
            true
        }
        Err(error @ BoardError::CompilerMissing { .. }) => {
            println!("skipped: {error}");
            false
        }
        Err(error) => panic!("{error}: {about}"),
    }
}

/// What a program with semihosting writes on a bare virtual chip until it ends; its stack stays small.
fn said_by(chip: &str, program: &Path) -> String {
    let bytes = std::fs::read(program).expect("the linked program");
    let elf = object::File::parse(&*bytes).expect("an ELF file");
    let address = |name: &str| {
        let mut symbols = elf.symbols();
        let symbol = symbols.find(|symbol| symbol.name() == Ok(name));
        symbol.expect("a symbol of the linker script").address() as u32
    };
    let (bottom, top) = (address("bss_end"), address("stack_top"));
    // What would have to be copied out of flash.
    assert_eq!(address("data_begin"), address("data_end"));
    let mut machine = Machine::new(virtual_arm_chip(chip).expect("a virtual chip"));
    for segment in elf.segments() {
        let data = segment.data().expect("a segment's bytes");
        let at = segment.address() as u32;
        assert!(data.is_empty() || machine.memory.load(at, data), "{at:#x}");
    }
    let paint = vec![PAINT; (top - bottom) as usize];
    assert!(machine.memory.load(bottom, &paint), "{bottom:#x}");
    machine.reset();
    machine.enable_debug();
    let mut said = Vec::new();
    for _ in 0..1_000_000 {
        let Machine {
            cpu,
            memory,
            peripherals,
            ..
        } = &mut machine;
        let stop = cpu.run(1 << 32, memory, peripherals);
        assert_eq!(stop, Stop::Bkpt(0xab), "{:?}", cpu.fault);
        let [operation, argument] = [machine.cpu.r[0], machine.cpu.r[1]];
        match operation {
            // SYS_OPEN
            0x01 => {}
            // SYS_WRITE
            0x05 => {
                let [from, length] = [4, 8].map(|offset| word(&machine, argument + offset));
                said.extend_from_slice(machine.memory.slice(from, length).expect("memory"));
                machine.cpu.r[0] = 0;
            }
            // SYS_EXIT, after a run without a fault
            0x18 => {
                assert_eq!(argument, 0x20026);
                let stack = machine.memory.slice(bottom, top - bottom).expect("memory");
                let clean = stack.iter().take_while(|&&byte| byte == PAINT).count();
                assert!(
                    stack.len() - clean <= STACK_BYTES,
                    "{}",
                    stack.len() - clean
                );
                return String::from_utf8(said).expect("text");
            }
            other => panic!("semihosting call {other:#x}"),
        }
        machine.cpu.pc += 2;
    }
    panic!("the program does not end");
}

fn word(machine: &Machine, address: u32) -> u32 {
    let bytes = machine.memory.slice(address, 4).expect("memory");
    u32::from_le_bytes(bytes.try_into().expect("four bytes"))
}
