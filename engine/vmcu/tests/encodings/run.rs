//! An image on the simulator and on QEMU.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tinyscope_vmcu::{Cpu, Memory, NoPeripherals, Region, Size, Stop};

use crate::board::{Board, FAR_BYTES, MEMORY_BYTES};
use crate::image::{Image, landings, records};
use crate::support::{COMPILER, QEMU, run_tool};

/// Words of a case's whole state: what `harness.s` captures, then the scratch memory.
pub const STATE_WORDS: usize = 61 + 64;
/// More than a case and the harness around it need.
const INSTRUCTIONS_PER_CASE: u64 = 5_000;
/// A case that never comes back on QEMU is found by this; an image takes a second or two.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// A folder for this board's files, of this process alone.
pub fn folder(board: &Board) -> PathBuf {
    let name = format!("encodings-{}-{}", board.machine, std::process::id());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&path).expect("a temporary folder");
    path
}

/// Assemble the harness for this board's addresses.
pub fn harness(board: &Board, out: &Path) -> Vec<u8> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/encodings/harness.s");
    let (elf, image) = (out.join("harness.elf"), out.join("harness.bin"));
    let mut command = Command::new(COMPILER);
    command.args([
        "-nostdlib",
        "-mcpu=cortex-m4",
        "-mthumb",
        "-Wl,--build-id=none",
    ]);
    command.arg(format!(
        "-Wl,-Ttext={:#x},--section-start=.vectors={:#x}",
        board.code + 64,
        board.code
    ));
    for (name, address) in [
        ("BLOB", board.blob),
        ("RECORDS", records(board)),
        ("RESULTS", board.results()),
        ("SCRATCH", board.scratch()),
        ("CONTEXT", board.context()),
        ("STATE", board.state()),
        ("STACK", board.stack()),
        ("LIMITS", u32::from(board.is_v8())),
    ] {
        command.arg(format!("-Wl,--defsym={name}={address:#x}"));
    }
    run_tool(command.args(["-Wl,-e,reset", "-o"]).arg(&elf).arg(source));
    let mut copy = Command::new("arm-none-eabi-objcopy");
    run_tool(copy.args(["-O", "binary"]).arg(&elf).arg(&image));
    std::fs::read(image).expect("objcopy wrote the image")
}

fn words(bytes: &[u8]) -> Vec<u32> {
    let word = |chunk: &[u8]| u32::from_le_bytes(chunk.try_into().expect("four bytes"));
    bytes.chunks_exact(4).map(word).collect()
}

/// The results of the image's cases on the simulator.
pub fn simulate(image: &Image, blob: &[u8], cases: usize) -> Vec<u32> {
    let board = image.board;
    let code = Region::ram(board.code, MEMORY_BYTES);
    let mut regions = vec![
        board.alias.into_iter().fold(code, Region::alias),
        Region::ram(board.data, MEMORY_BYTES),
        Region::ram(board.blob, blob.len() as u32),
    ];
    regions.extend(board.far.map(|base| Region::ram(base, FAR_BYTES)));
    let mut memory = Memory::new(&regions);
    assert!(memory.load(board.code, &image.code) && memory.load(board.blob, blob));
    assert!(
        board
            .far
            .is_none_or(|base| memory.load(base, &landings(FAR_BYTES)))
    );
    let mut cpu = Cpu::new(board.config());
    cpu.reset(&memory, board.code);
    let budget = INSTRUCTIONS_PER_CASE * (1 + cases as u64);
    loop {
        let left = budget.saturating_sub(cpu.clock.instructions);
        match cpu.run(left, &mut memory, &mut NoPeripherals) {
            Stop::Bkpt(0xab) if cpu.r[0] == 5 => break,
            Stop::Bkpt(0xab) => cpu.pc += 2,
            // QEMU has no debugger attached: the instruction faults.
            Stop::Bkpt(_) => {
                cpu.debug_enabled = false;
                cpu.run(1, &mut memory, &mut NoPeripherals);
                cpu.debug_enabled = true;
            }
            stop => {
                let told = image
                    .cases
                    .iter()
                    .min_by_key(|told| told.pc.abs_diff(cpu.pc));
                panic!(
                    "{stop:?} at {:#x}, fault {:?}, near {told:?}",
                    cpu.pc, cpu.fault
                );
            }
        }
    }
    let mut read = |address| {
        let word = cpu.read(address, Size::Word, &mut memory, &mut NoPeripherals);
        word.expect("memory of the harness")
    };
    let (block, count) = (board.context(), read(board.context() + 8) / 4);
    let start = read(block + 4);
    (0..count).map(|k| read(start + 4 * k)).collect()
}

/// The results of the image's cases on QEMU, or what it said when it did not finish within `patience`.
pub fn emulate(
    image: &Image,
    blob: &[u8],
    out: &Path,
    patience: Duration,
) -> Result<Vec<u32>, String> {
    let board = image.board;
    let results = out.join("results");
    std::fs::write(out.join("code.bin"), &image.code).expect("a file in the temporary folder");
    std::fs::write(out.join("blob.bin"), blob).expect("a file in the temporary folder");
    if results.exists() {
        std::fs::remove_file(&results).expect("the results of the last run");
    }
    let loader =
        |file: &str, address: u32| format!("loader,file={file},addr={address:#x},force-raw=on");
    let mut command = Command::new(QEMU);
    if let Some(far) = board.far {
        std::fs::write(out.join("far.bin"), landings(FAR_BYTES))
            .expect("a file in the temporary folder");
        command.args(["-device", &loader("far.bin", far)]);
    }
    let mut child = command
        .current_dir(out)
        .args([
            "-M",
            board.machine,
            "-nographic",
            "-monitor",
            "none",
            "-serial",
            "none",
        ])
        .args(["-semihosting-config", "enable=on,target=native"])
        .args(["-device", &loader("code.bin", board.code)])
        .args(["-device", &loader("blob.bin", board.blob)])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(
            std::fs::File::create(out.join("messages")).expect("a file in the temporary folder"),
        )
        .spawn()
        .expect("QEMU was found a moment ago");
    let begun = Instant::now();
    let finished = loop {
        if let Some(status) = child.try_wait().expect("the process is ours") {
            break status.success();
        }
        if begun.elapsed() > patience {
            child
                .kill()
                .and_then(|()| child.wait())
                .expect("the process is ours");
            break false;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let messages = std::fs::read_to_string(out.join("messages")).unwrap_or_default();
    if finished {
        Ok(words(
            &std::fs::read(results).expect("what the harness wrote"),
        ))
    } else {
        Err(messages)
    }
}
