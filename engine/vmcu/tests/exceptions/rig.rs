//! A core with a program and handlers, for looking at single steps.

use tinyscope_vmcu::{CoreConfig, Cpu, Memory, NoPeripherals, Region, Size, Stop};

pub const RAM: u32 = 0x2000_0000;
pub const CODE: u32 = RAM + 0x400;
pub const NOWHERE: u32 = 0x7000_0000;
pub const ICSR: u32 = 0xe000_ed04;
pub const SCR: u32 = 0xe000_ed10;
pub const CCR: u32 = 0xe000_ed14;
pub const BKPT: u16 = 0xbe00;
pub const BX_LR: u16 = 0x4770;
pub const WFI: u16 = 0xbf30;
pub const WFE: u16 = 0xbf20;
pub const SEV: u16 = 0xbf40;
pub const NOP: u16 = 0xbf00;
pub const LOOP: u16 = 0xe7fe;

/// A core with a program, and a handler for each exception.
pub struct Rig {
    pub cpu: Cpu,
    pub memory: Memory,
}

impl Rig {
    /// Thread mode runs `code`; exception `n` stops at `BKPT #n` unless [`Rig::handler`] says otherwise.
    pub fn new(config: impl Into<CoreConfig>, code: &[u16]) -> Self {
        let mut memory = Memory::new(&[Region::ram(RAM, 0x4000)]);
        let mut table = vec![RAM + 0x4000, CODE | 1];
        table.extend((2..32).map(|n| (CODE + 0x100 + 0x20 * n) | 1));
        let bytes: Vec<u8> = table.iter().flat_map(|word| word.to_le_bytes()).collect();
        assert!(memory.load(RAM, &bytes));
        let mut cpu = Cpu::new(config);
        cpu.reset(&memory, RAM);
        let mut rig = Self { cpu, memory };
        rig.load(CODE, code);
        for n in 2..32u16 {
            rig.handler(n, &[BKPT | n]);
        }
        rig
    }

    pub fn load(&mut self, address: u32, code: &[u16]) {
        let bytes: Vec<u8> = code.iter().flat_map(|half| half.to_le_bytes()).collect();
        assert!(self.memory.load(address, &bytes));
    }

    pub fn handler(&mut self, number: u16, code: &[u16]) {
        self.load(CODE + 0x100 + 0x20 * u32::from(number), code);
    }

    pub fn run(&mut self) -> Stop {
        self.cpu.run(1_000, &mut self.memory, &mut NoPeripherals)
    }

    pub fn write(&mut self, address: u32, value: u32) {
        self.cpu
            .write(
                address,
                Size::Word,
                value,
                &mut self.memory,
                &mut NoPeripherals,
            )
            .unwrap();
    }

    pub fn read(&mut self, address: u32) -> u32 {
        self.cpu
            .read(address, Size::Word, &mut self.memory, &mut NoPeripherals)
            .unwrap()
    }
}
