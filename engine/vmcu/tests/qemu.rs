//! The simulator against QEMU: one program of random instructions runs on both, and every line it prints, a
//! running hash per class, must be the same. Without QEMU or the compiler it says so and passes.

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use support::{COMPILER, QEMU, can_compare, run_tool};
use tinyscope_vmcu::{Core, CoreConfig, Cpu, FloatUnit, Memory, NoPeripherals, Region, Size, Stop};

/// Optimisation levels, with the rounds of each of the random classes.
const LEVELS: [(&str, &str); 4] = [
    ("-O0", "-DROUNDS=5000"),
    ("-O1", "-DROUNDS=5000"),
    ("-O2", "-DROUNDS=20000"),
    ("-O3", "-DROUNDS=5000"),
];
/// More than any of the programs needs.
const MOST_INSTRUCTIONS: u64 = 2_000_000_000;

struct Board {
    core: Core,
    float: FloatUnit,
    machine: &'static str,
    flags: &'static [&'static str],
    /// The linker script, and where its two memories begin.
    script: &'static str,
    code: u32,
    data: u32,
}

const M4: Board = Board {
    core: Core::CortexM4,
    float: FloatUnit::Single,
    machine: "mps2-an386",
    flags: &["-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16"],
    script: "link.ld",
    code: 0,
    data: 0x2000_0000,
};
const M7: Board = Board {
    core: Core::CortexM7,
    float: FloatUnit::Double,
    machine: "mps2-an500",
    flags: &["-mcpu=cortex-m7", "-mfpu=fpv5-d16"],
    script: "link.ld",
    code: 0,
    data: 0x2000_0000,
};
/// QEMU begins in Secure state; the program leaves aside the bits of `EXC_RETURN` and FPCCR that tell it.
const M33: Board = Board {
    core: Core::CortexM33,
    float: FloatUnit::Single,
    machine: "mps2-an505",
    flags: &["-mcpu=cortex-m33", "-mfpu=fpv5-sp-d16"],
    script: "link_m33.ld",
    code: 0x1000_0000,
    data: 0x3800_0000,
};

/// Compile and link; returns the ELF file and the raw image that lies at address 0.
fn build(board: &Board, optimisation: &str, rounds: &str, out: &Path) -> (PathBuf, Vec<u8>) {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential");
    let name = format!("{}{optimisation}", board.machine);
    let elf = out.join(format!("{name}.elf"));
    let image = out.join(format!("{name}.bin"));
    let mut compile = Command::new(COMPILER);
    compile
        .args(board.flags)
        .args([
            optimisation,
            rounds,
            "-mthumb",
            "-mfloat-abi=hard",
            "-ffreestanding",
            "-nostdlib",
        ])
        .args(["-fno-builtin", "-fno-math-errno", "-Wall", "-T"])
        .arg(sources.join(board.script));
    for part in [
        "start",
        "alu",
        "memory",
        "fpu",
        "fpu_double",
        "compiled",
        "exceptions",
        "scenarios",
        "scenario_frames",
        "mpu",
    ] {
        compile.arg(sources.join(part).with_extension("c"));
    }
    run_tool(compile.args(["-lgcc", "-o"]).arg(&elf));
    run_tool(
        Command::new("arm-none-eabi-objcopy")
            .args(["-O", "binary"])
            .arg(&elf)
            .arg(&image),
    );
    let bytes = std::fs::read(image).expect("objcopy wrote the image");
    (elf, bytes)
}

fn run_on_qemu(board: &Board, elf: &Path) -> String {
    run_tool(
        Command::new(QEMU)
            .args([
                "-M",
                board.machine,
                "-icount",
                "shift=0",
                "-nographic",
                "-monitor",
                "none",
            ])
            .args([
                "-serial",
                "none",
                "-semihosting-config",
                "enable=on,target=native",
                "-kernel",
            ])
            .arg(elf)
            .stdin(Stdio::null()),
    )
}

/// Run the image, answering the two semihosting calls it makes.
fn run_on_simulator(board: &Board, image: &[u8]) -> (String, Cpu) {
    let regions = [
        Region::ram(board.code, 2 << 20),
        Region::ram(board.data, 2 << 20),
    ];
    let mut memory = Memory::new(&regions);
    assert!(memory.load(board.code, image), "the image fits");
    // As QEMU builds these cores.
    let mut cpu = Cpu::new(CoreConfig {
        float: board.float,
        priority_bits: 8,
        interrupts: 32,
        ..board.core.into()
    });
    cpu.reset(&memory, board.code);
    let mut printed = String::new();
    loop {
        let left = MOST_INSTRUCTIONS.saturating_sub(cpu.clock.instructions);
        let stop = cpu.run(left, &mut memory, &mut NoPeripherals);
        assert_eq!(
            stop,
            Stop::Bkpt(0xab),
            "at {:#x}, fault {:?}, after {printed}",
            cpu.pc,
            cpu.fault
        );
        match cpu.r[0] {
            4 => {
                let mut address = cpu.r[1];
                loop {
                    let byte = cpu
                        .read(address, Size::Byte, &mut memory, &mut NoPeripherals)
                        .expect("a string in memory");
                    if byte == 0 {
                        break;
                    }
                    printed.push(char::from(byte as u8));
                    address += 1;
                }
            }
            _ => return (printed, cpu),
        }
        // What QEMU leaves there after output.
        cpu.r[0] = 0xdead_beef;
        cpu.pc += 2;
    }
}

/// How many random scenarios of exceptions there were, by class.
fn print_scenarios(printed: &str) {
    for line in printed.lines() {
        let mut words = line.split(' ');
        if words.next() == Some("scenarios")
            && let (Some(class), Some(count)) = (words.next(), words.next())
        {
            let count = u32::from_str_radix(count, 16).expect("a count");
            println!("  {class}: {count} scenarios");
        }
    }
}

fn compare(board: &Board) {
    if !can_compare() {
        return;
    }
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(board.machine);
    std::fs::create_dir_all(&out).expect("a temporary folder");
    for (optimisation, rounds) in LEVELS {
        let (elf, image) = build(board, optimisation, rounds, &out);
        let (simulated, cpu) = run_on_simulator(board, &image);
        let expected = run_on_qemu(board, &elf);
        println!(
            "{} {optimisation}: {} instructions, {} cycles",
            board.machine, cpu.clock.instructions, cpu.clock.cycles
        );
        print_scenarios(&simulated);
        let pairs = simulated.lines().zip(expected.lines());
        for (line, wanted) in pairs {
            assert_eq!(line, wanted, "{} {optimisation}", board.machine);
        }
        assert!(
            expected.ends_with("end\n"),
            "QEMU did not finish: {expected}"
        );
        assert_eq!(simulated, expected, "{} {optimisation}", board.machine);
    }
}

#[test]
fn cortex_m4_prints_what_qemu_prints() {
    compare(&M4);
}

#[test]
fn cortex_m33_prints_what_qemu_prints() {
    compare(&M33);
}

#[test]
fn cortex_m7_prints_what_qemu_prints() {
    compare(&M7);
}
