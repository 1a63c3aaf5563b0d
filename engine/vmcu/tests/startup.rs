//! Vendor start-up code does not spin: for each family a program in C turns on every oscillator, PLL, regulator and
//! switch as the vendor's own code does, and waits for each ready bit. Without the compiler it says so and passes.

use std::path::Path;
use std::process::{Command, Stdio};
use tinyscope_vmcu::chip::part;
use tinyscope_vmcu::{ChipSpec, Machine, Region, State};

const COMPILER: &str = "arm-none-eabi-gcc";
const STEP: u32 = 0x2000_0100;
const DONE: u32 = 0x600D_600D;
/// Many times what any of the programs needs.
const MOST_INSTRUCTIONS: u64 = 100_000;

struct Program {
    chip: &'static str,
    source: &'static str,
    cpu: &'static str,
    flash: u32,
}

const PROGRAMS: [Program; 7] = [
    program("STM32F446RE", "stm32f4", "cortex-m4", 0x0800_0000),
    program("STM32F746NG", "stm32f4", "cortex-m7", 0x0800_0000),
    program("STM32F767ZI", "stm32f4", "cortex-m7", 0x0800_0000),
    program("STM32H743ZI", "stm32h7", "cortex-m7", 0x0800_0000),
    program("STM32L552ZE", "stm32l5", "cortex-m33", 0x0800_0000),
    program("STM32U585AI", "stm32u5", "cortex-m33", 0x0800_0000),
    program("nRF52840_xxAA", "nrf52", "cortex-m4", 0),
];

const fn program(
    chip: &'static str,
    source: &'static str,
    cpu: &'static str,
    flash: u32,
) -> Program {
    Program {
        chip,
        source,
        cpu,
        flash,
    }
}

fn is_installed() -> bool {
    let mut command = Command::new(COMPILER);
    command.arg("--version").stdout(Stdio::null());
    command
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
}

/// Compiles a program; its image.
fn image(program: &Program) -> Vec<u8> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/startup");
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("startup");
    std::fs::create_dir_all(&out).expect("a folder for the build");
    let elf = out.join(format!("{}.elf", program.chip));
    let mut compile = Command::new(COMPILER);
    compile
        .args([
            format!("-mcpu={}", program.cpu),
            format!("-Wl,--defsym=FLASH_BASE={:#x}", program.flash),
        ])
        .args(["-mthumb", "-O2", "-ffreestanding", "-nostdlib", "-Wall"])
        .args(["-Wl,--build-id=none", "-T"])
        .args([
            sources.join("link.ld"),
            sources.join("vectors.c"),
            sources.join(program.source).with_extension("c"),
        ])
        .arg("-o")
        .arg(&elf);
    let output = compile
        .output()
        .expect("the compiler was found a moment ago");
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {log}", program.chip);
    let binary = elf.with_extension("bin");
    let converted = Command::new("arm-none-eabi-objcopy")
        .args(["-O", "binary"])
        .args([&elf, &binary])
        .status();
    assert!(converted.is_ok_and(|status| status.success()));
    std::fs::read(&binary).expect("the image")
}

#[test]
fn everything_that_is_switched_on_becomes_ready() {
    if !is_installed() {
        println!("skipped: {COMPILER} is not installed");
        return;
    }
    for program in &PROGRAMS {
        let part = part(program.chip).expect("modelled");
        let regions = vec![
            Region::flash(program.flash, 512 << 10),
            Region::ram(0x2000_0000, 64 << 10),
        ];
        let chip = ChipSpec::new(part, program.chip, 64_000_000, regions, Vec::new());
        let mut machine = Machine::new(chip);
        assert!(machine.memory.load(program.flash, &image(program)));
        machine.reset();
        let state = machine.advance(MOST_INSTRUCTIONS);
        let word = |offset: usize| {
            let bytes = machine.memory.slice(STEP + offset as u32, 4).expect("RAM");
            u32::from_le_bytes(bytes.try_into().expect("four bytes"))
        };
        assert_eq!(
            (state, word(4)),
            (State::Running, DONE),
            "{}: {}.c spins after line {}",
            program.chip,
            program.source,
            word(0)
        );
    }
}
