//! The debug module as a debugger drives it, and what no comparison with another simulator shows: protection by locked
//! entries, hardware breakpoints, resets, counters.

use super::*;

const RAM: Ram = Ram {
    base: 0x3FC8_0000,
    instructions: 0x4038_0000,
    bytes: 64 * 1024,
};
const CODE: u32 = RAM.instructions;
const DATA: u32 = RAM.base + 0x4000;

const DMCONTROL: u8 = 0x10;
const DMSTATUS: u8 = 0x11;
const ABSTRACTCS: u8 = 0x16;
const COMMAND: u8 = 0x17;
const HALTED: u32 = 1 << 9;
const RESET: u32 = 1 << 19;
const DCSR: u16 = 0x7B0;
const DPC: u16 = 0x7B1;

struct Debugger {
    machine: Machine,
    tap: Tap,
}

impl Debugger {
    fn new() -> Self {
        let machine = Machine::new(ChipSpec::esp32c3("ESP32-C3", 160_000_000, RAM));
        let mut debugger = Self {
            machine,
            tap: Tap::default(),
        };
        debugger.write(DMCONTROL, 1);
        debugger
    }

    fn scan(&mut self, request: u64) -> u64 {
        self.tap.scan(&mut self.machine, DMI, request)
    }

    fn write(&mut self, address: u8, value: u32) {
        self.scan(u64::from(address) << 34 | u64::from(value) << 2 | 2);
    }

    fn read(&mut self, address: u8) -> u32 {
        self.scan(u64::from(address) << 34 | 1);
        let answer = self.scan(0);
        assert_eq!(answer & 3, 0);
        (answer >> 2) as u32
    }

    fn halt(&mut self) {
        self.write(DMCONTROL, 1 << 31 | 1);
        self.write(DMCONTROL, 1);
        assert_ne!(self.read(DMSTATUS) & HALTED, 0);
    }

    fn resume(&mut self) {
        self.write(DMCONTROL, 1 << 30 | 1);
        self.write(DMCONTROL, 1);
    }

    fn until_halted(&mut self) {
        assert!((0..100).any(|_| self.read(DMSTATUS) & HALTED != 0));
    }

    fn set(&mut self, register: u16, value: u32) {
        self.write(0x04, value);
        self.write(COMMAND, 2 << 20 | 1 << 17 | 1 << 16 | u32::from(register));
        assert_eq!(self.read(ABSTRACTCS) >> 8 & 7, 0, "{register:#x}");
    }

    fn get(&mut self, register: u16) -> u32 {
        self.write(COMMAND, 2 << 20 | 1 << 17 | u32::from(register));
        assert_eq!(self.read(ABSTRACTCS) >> 8 & 7, 0, "{register:#x}");
        self.read(0x04)
    }

    fn store(&mut self, address: u32, words: &[u32]) {
        self.write(0x38, 2 << 17 | 1 << 16);
        self.write(0x39, address);
        for &word in words {
            self.write(0x3C, word);
        }
        assert_eq!(self.read(0x38) >> 12 & 7, 0);
    }

    fn load(&mut self, address: u32) -> u32 {
        self.write(0x38, 2 << 17 | 1 << 20);
        self.write(0x39, address);
        self.read(0x3C)
    }

    /// Runs these instructions from the start of RAM up to their EBREAK.
    fn run(&mut self, code: &[u32]) {
        self.halt();
        self.store(RAM.base, code);
        self.set(DCSR, 1 << 15);
        self.set(DPC, CODE);
        self.resume();
        self.until_halted();
    }
}

const EBREAK: u32 = 0x0010_0073;

fn addi(rd: u32, rs1: u32, immediate: u32) -> u32 {
    immediate << 20 | rs1 << 15 | rd << 7 | 0x13
}

fn csrw(number: u32, rs1: u32) -> u32 {
    number << 20 | rs1 << 15 | 1 << 12 | 0x73
}

fn sw(rs2: u32, rs1: u32) -> u32 {
    rs2 << 20 | rs1 << 15 | 2 << 12 | 0x23
}

#[test]
fn a_program_is_loaded_run_and_read_back() {
    let mut debugger = Debugger::new();
    assert_eq!(debugger.tap.scan(&mut debugger.machine, IDCODE, 0), 0x5C25);
    debugger.run(&[addi(5, 0, 40), addi(5, 5, 2), EBREAK]);
    assert_eq!(debugger.get(0x1005), 42);
    assert_eq!(debugger.get(DPC), CODE + 8);
    assert_eq!(debugger.get(DCSR) >> 6 & 7, 1, "a break");
    assert_eq!(debugger.load(RAM.base + 8), EBREAK);
    assert_eq!(debugger.load(CODE + 8), EBREAK, "the same cells");
}

#[test]
fn steps_and_hardware_breakpoints_stop_before_the_instruction() {
    let mut debugger = Debugger::new();
    debugger.halt();
    debugger.store(RAM.base, &[addi(5, 5, 1); 8]);
    debugger.set(DPC, CODE);
    debugger.set(DCSR, 1 << 2);
    debugger.resume();
    debugger.until_halted();
    assert_eq!((debugger.get(DPC), debugger.get(0x1005)), (CODE + 4, 1));
    assert_eq!(debugger.get(DCSR) >> 6 & 7, 4, "a step");
    debugger.set(DCSR, 0);
    debugger.set(0x7A0, 3);
    debugger.set(0x7A2, CODE + 16);
    debugger.set(0x7A1, 2 << 28 | 1 << 27 | 1 << 12 | 1 << 6 | 1 << 2);
    debugger.resume();
    debugger.until_halted();
    assert_eq!((debugger.get(DPC), debugger.get(0x1005)), (CODE + 16, 4));
    assert_eq!(debugger.get(DCSR) >> 6 & 7, 2, "a trigger");
    debugger.set(0x7A0, 8);
    assert_eq!(debugger.get(0x7A0), 3, "there are eight");
}

#[test]
fn what_is_wrong_is_told_and_stays_told() {
    let mut debugger = Debugger::new();
    debugger.write(COMMAND, 2 << 20 | 1 << 17 | 0x1005);
    assert_eq!(debugger.read(ABSTRACTCS) >> 8 & 7, 4, "it runs");
    debugger.write(ABSTRACTCS, 7 << 8);
    debugger.halt();
    for (command, error) in [
        (3 << 20 | 1 << 17 | 0x1005, 2),
        (2 << 24, 2),
        (2 << 20 | 1 << 17 | 0x0B00, 3),
        (2 << 20 | 1 << 17 | 0x1020, 3),
    ] {
        debugger.write(COMMAND, command);
        assert_eq!(debugger.read(ABSTRACTCS) >> 8 & 7, error, "{command:#x}");
        debugger.write(COMMAND, 2 << 20 | 1 << 17 | 0x1005);
        assert_eq!(debugger.read(ABSTRACTCS) >> 8 & 7, error, "sticky");
        debugger.write(ABSTRACTCS, 7 << 8);
    }
    for (settings, address, error) in [
        (2 << 17, 0x1000_0000, 2),
        (2 << 17, DATA + 2, 3),
        (3 << 17, DATA, 4),
    ] {
        debugger.write(0x38, settings | 1 << 20);
        debugger.write(0x39, address);
        assert_eq!(debugger.read(0x38) >> 12 & 7, error);
        debugger.write(0x38, 7 << 12);
        assert_eq!(debugger.read(0x38) >> 12 & 7, 0);
    }
}

#[test]
fn the_program_buffer_moves_words_and_tells_of_traps() {
    let mut debugger = Debugger::new();
    debugger.halt();
    debugger.set(0x1008, DATA);
    debugger.set(0x1009, 77);
    debugger.write(0x20, sw(9, 8));
    debugger.write(0x21, addi(8, 8, 4));
    debugger.write(0x22, EBREAK);
    debugger.write(COMMAND, 1 << 18);
    assert_eq!(debugger.read(ABSTRACTCS) >> 8 & 7, 0);
    assert_eq!((debugger.load(DATA), debugger.get(0x1008)), (77, DATA + 4));
    debugger.set(0x1008, 0x1000_0000);
    debugger.write(COMMAND, 1 << 18);
    assert_eq!(debugger.read(ABSTRACTCS) >> 8 & 7, 3);
}

#[test]
fn locked_entries_bind_machine_mode_until_reset() {
    let mut debugger = Debugger::new();
    debugger.halt();
    debugger.set(0x1006, DATA >> 2);
    debugger.set(0x1007, (DATA + 32) >> 2);
    // Entry 1, from entry 0's address to its own: locked, top of range, reading only.
    debugger.set(0x1008, 0x8900);
    debugger.set(0x1009, DATA + 28);
    debugger.set(0x100A, DATA + 32);
    debugger.set(0x100B, 9);
    debugger.set(0x305, RAM.base + 0x8000);
    debugger.run(&[
        csrw(0x3B0, 6),
        csrw(0x3B1, 7),
        csrw(0x3A0, 8),
        csrw(0x3B0, 0),
        csrw(0x3A0, 0),
        sw(11, 10),
        EBREAK,
    ]);
    assert_eq!(debugger.load(DATA + 32), 9, "behind the entry");
    assert_eq!(debugger.get(0x3A0), 0x8900, "locked");
    assert_eq!(debugger.get(0x3B0), DATA >> 2, "its lower end, too");
    // The store traps to where nothing may be executed, and so on: cause and address are the first one's no more.
    debugger.store(RAM.base, &[sw(11, 9), EBREAK]);
    debugger.store(RAM.base + 0x100, &[EBREAK]);
    debugger.set(0x305, CODE + 0x100);
    debugger.set(DPC, CODE);
    debugger.resume();
    debugger.until_halted();
    assert_eq!((debugger.get(0x342), debugger.get(0x343)), (7, DATA + 28));
    assert_eq!((debugger.get(0x341), debugger.load(DATA + 28)), (CODE, 0));
    // The chip's own reset bit: the hart stays halted, RAM stays, the entries go.
    debugger.store(0x6000_8000, &[1 << 31]);
    assert_ne!(debugger.read(DMSTATUS) & RESET, 0);
    assert_eq!(debugger.get(0x3A0), 0);
    assert_eq!(
        (debugger.get(DPC), debugger.load(DATA + 32)),
        (0x4000_0000, 9)
    );
}

#[test]
fn espressifs_counter_counts_what_it_is_told_to() {
    let mut debugger = Debugger::new();
    debugger.halt();
    debugger.set(0x1006, 1);
    let count = |number: u32, rd: u32| number << 20 | 2 << 12 | rd << 7 | 0x73;
    // Cycles: a nop takes one, a taken branch three.
    debugger.run(&[
        csrw(0x7E0, 6),
        csrw(0x7E2, 0),
        count(0x7E2, 10),
        addi(0, 0, 0),
        count(0x7E2, 11),
        0x0000_0463, // beq x0, x0, 8
        addi(0, 0, 0),
        count(0x7E2, 12),
        EBREAK,
    ]);
    let [a, b, c] = [0x100A, 0x100B, 0x100C].map(|register| debugger.get(register));
    assert_eq!((b - a, c - b), (2, 4));
    debugger.write(COMMAND, 2 << 20 | 1 << 17 | 0xB00);
    assert_eq!(debugger.read(ABSTRACTCS) >> 8 & 7, 3, "no mcycle");
}

#[test]
fn what_is_loaded_is_there_a_cycle_late_and_a_division_takes_its_time() {
    let cycles = |code: &[u32]| {
        let mut debugger = Debugger::new();
        debugger.halt();
        debugger.set(0x1008, DATA);
        let before = debugger.machine.hart.cycles;
        let code: Vec<u32> = code.iter().copied().chain([EBREAK]).collect();
        debugger.run(&code);
        debugger.machine.hart.cycles - before
    };
    let lw = 8 << 15 | 2 << 12 | 5 << 7 | 0x03;
    assert_eq!(cycles(&[addi(6, 0, 1), addi(7, 0, 1)]), 2);
    assert_eq!(cycles(&[lw, addi(7, 6, 1)]), 2);
    assert_eq!(cycles(&[lw, addi(7, 5, 1)]), 3);
    let div = 1 << 25 | 6 << 20 | 5 << 15 | 4 << 12 | 7 << 7 | 0x33;
    assert_eq!(cycles(&[div]), 34);
    assert_eq!(MODEL_NAME, "rv32imc-1");
}

#[test]
fn a_debugger_that_leaves_lets_the_hart_go_on() {
    let mut debugger = Debugger::new();
    debugger.halt();
    debugger.store(RAM.base, &[addi(5, 5, 1), 0xFFDF_F06F]); // j .-4
    debugger.set(DPC, CODE);
    debugger.write(DMCONTROL, 0);
    debugger.machine.advance(1000);
    assert_eq!(debugger.machine.hart.x[5], 500);
}
