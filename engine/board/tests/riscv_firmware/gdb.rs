//! QEMU's RISC-V board "virt" through its debugger port (GDB's remote serial protocol), as far as the tests need it.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A machine that is stopped unless it is being waited for.
pub struct Qemu {
    process: Child,
    link: UnixStream,
    go_on_at: String,
}

impl Drop for Qemu {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Qemu {
    /// With `elf` in its RAM, stopped before the first instruction. `None` where QEMU is not installed.
    pub fn start(elf: &Path, folder: &Path) -> Option<Self> {
        let socket = folder.join("gdb");
        let process = Command::new("qemu-system-riscv32")
            .args(["-M", "virt", "-cpu", "rv32,f=false,d=false,a=false"])
            .args([
                "-bios",
                "none",
                "-nographic",
                "-monitor",
                "none",
                "-serial",
                "none",
                "-S",
            ])
            .args(["-icount", "shift=0", "-gdb", "chardev:debugger", "-chardev"])
            .arg(format!(
                "socket,id=debugger,server=on,wait=off,path={}",
                socket.display()
            ))
            .arg("-kernel")
            .arg(elf)
            .stdin(Stdio::null())
            .spawn();
        let Ok(process) = process else {
            println!("skipped: no qemu-system-riscv32");
            return None;
        };
        let started = Instant::now();
        let link = loop {
            if let Ok(link) = UnixStream::connect(&socket) {
                break link;
            }
            assert!(started.elapsed() < Duration::from_secs(20), "it starts");
            std::thread::sleep(Duration::from_millis(10));
        };
        let limit = Some(Duration::from_secs(20));
        link.set_read_timeout(limit).expect("a socket");
        let mut qemu = Self {
            process,
            link,
            go_on_at: String::new(),
        };
        qemu.ask("?");
        Some(qemu)
    }

    fn byte(&mut self) -> u8 {
        let mut byte = [0];
        self.link.read_exact(&mut byte).expect("an answer");
        byte[0]
    }

    fn answer(&mut self) -> String {
        while self.byte() != b'$' {}
        let mut text = String::new();
        loop {
            match self.byte() {
                b'#' => break,
                byte => text.push(char::from(byte)),
            }
        }
        let _ = (self.byte(), self.byte());
        self.link.write_all(b"+").expect("QEMU listens");
        text
    }

    fn send(&mut self, packet: &str) {
        let sum = packet.bytes().fold(0u8, u8::wrapping_add);
        let framed = format!("${packet}#{sum:02x}");
        self.link
            .write_all(framed.as_bytes())
            .expect("QEMU listens");
    }

    fn ask(&mut self, packet: &str) -> String {
        self.send(packet);
        self.answer()
    }

    /// Bytes of memory.
    pub fn read(&mut self, address: u64, bytes: usize) -> Vec<u8> {
        let mut read = Vec::with_capacity(bytes);
        while read.len() < bytes {
            let count = (bytes - read.len()).min(1024);
            let text = self.ask(&format!("m{:x},{count:x}", address + read.len() as u64));
            assert_eq!(text.len(), 2 * count, "{text}");
            let digits = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("digits");
            read.extend((0..count).map(|i| digits(2 * i)));
        }
        read
    }

    /// A word of memory.
    pub fn word(&mut self, address: u64) -> u32 {
        let bytes = self.read(address, 4);
        u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
    }

    /// Writes bytes to memory.
    pub fn write(&mut self, address: u64, bytes: &[u8]) {
        for (index, part) in bytes.chunks(512).enumerate() {
            let hex = part.iter().fold(String::new(), |mut hex, byte| {
                // Writing to a string cannot fail.
                let _ = write!(hex, "{byte:02x}");
                hex
            });
            let at = address + 512 * index as u64;
            assert_eq!(self.ask(&format!("M{at:x},{:x}:{hex}", part.len())), "OK");
        }
    }

    /// Where it goes on when it is next waited for.
    pub fn set_pc(&mut self, address: u64) {
        self.go_on_at = format!("{address:x}");
    }

    /// Lets it run until `ready` says so.
    pub fn run_until(&mut self, what: &str, mut ready: impl FnMut(&mut Self) -> bool) {
        let started = Instant::now();
        loop {
            let go = format!("c{}", std::mem::take(&mut self.go_on_at));
            self.send(&go);
            std::thread::sleep(Duration::from_millis(20));
            self.link.write_all(&[3]).expect("QEMU listens");
            self.answer();
            if ready(self) {
                return;
            }
            assert!(started.elapsed() < Duration::from_mins(1), "never {what}");
        }
    }
}
