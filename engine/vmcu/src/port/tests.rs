use super::*;

/// Two KiB of memory at address 0; above it, nothing answers.
struct Memory(Vec<u8>);

const DPIDR: u32 = 0x5BA0_2477;

impl DebugTarget for Memory {
    fn layout(&self) -> &'static PortLayout {
        &PortLayout {
            dpidr: DPIDR,
            ports: &[AccessPort {
                idr: 0x7477_0001,
                base: 0xE00F_D003,
                is_memory: true,
            }],
        }
    }

    fn debug_read(&mut self, _: u8, address: u32, bytes: u32) -> Result<u32, BusError> {
        let at = address as usize;
        let cells = self.0.get(at..at + bytes as usize).ok_or(BusError)?;
        Ok(cells.iter().rev().fold(0, |v, b| v << 8 | u32::from(*b)))
    }

    fn debug_write(&mut self, _: u8, address: u32, bytes: u32, value: u32) -> Result<(), BusError> {
        let at = address as usize;
        let cells = self.0.get_mut(at..at + bytes as usize).ok_or(BusError)?;
        cells.copy_from_slice(&value.to_le_bytes()[..bytes as usize]);
        Ok(())
    }
}

fn memory() -> Memory {
    Memory((0..2048_u32).map(|i| (i * 7 + i / 256) as u8).collect())
}

fn connected(target: &mut Memory) -> DebugPort {
    let mut port = DebugPort::default();
    port.swj_sequence(u64::MAX, 51);
    port.swj_sequence(0xE79E, 16);
    port.swj_sequence(u64::MAX, 51);
    port.swj_sequence(0, 3);
    assert_eq!(port.read(target, Port::Dp, 0), Ok(DPIDR));
    port.write(target, Port::Dp, 4, 0x5000_0000).expect("ctrl");
    assert_eq!(port.read(target, Port::Dp, 4), Ok(0xF000_0000));
    port
}

fn set(port: &mut DebugPort, target: &mut Memory, csw: u32, tar: u32) {
    port.write(target, Port::Dp, 8, 0).expect("select");
    port.write(target, Port::Ap, 0, csw).expect("csw");
    port.write(target, Port::Ap, 4, tar).expect("tar");
}

#[test]
fn silent_until_swd_is_selected_and_the_id_is_read() {
    let mut t = memory();
    let mut port = DebugPort::default();
    assert_eq!(port.read(&mut t, Port::Dp, 0), Err(LinkError::NoAnswer));
    port.swj_sequence(0xE79E, 16);
    assert_eq!(port.read(&mut t, Port::Dp, 4), Err(LinkError::NoAnswer));
    assert_eq!(port.read(&mut t, Port::Dp, 0), Ok(DPIDR));
    assert_eq!(port.read(&mut t, Port::Dp, 4), Ok(0));
    port.swj_sequence(u64::MAX, 60);
    assert_eq!(
        port.write(&mut t, Port::Dp, 4, 0),
        Err(LinkError::NoAnswer),
        "a line reset asks for the id again"
    );
    assert_eq!(port.read(&mut t, Port::Dp, 0), Ok(DPIDR));
    port.swj_sequence(0xE73C, 16);
    assert_eq!(port.read(&mut t, Port::Dp, 0), Err(LinkError::NoAnswer));
}

#[test]
fn the_switch_may_come_in_pieces() {
    let mut t = memory();
    let mut port = DebugPort::default();
    port.swj_sequence(u64::MAX, 60);
    port.swj_sequence(0x9E, 8);
    port.swj_sequence(0xE7, 8);
    assert_eq!(port.read(&mut t, Port::Dp, 0), Ok(DPIDR));
}

#[test]
fn access_port_faults_without_power() {
    let mut t = memory();
    let mut port = connected(&mut t);
    port.write(&mut t, Port::Dp, 4, 0).expect("ctrl");
    assert_eq!(port.read(&mut t, Port::Ap, 0), Err(LinkError::Fault));
}

#[test]
fn identification_and_absent_ports() {
    let mut t = memory();
    let mut port = connected(&mut t);
    port.write(&mut t, Port::Dp, 8, 0xF0).expect("select");
    assert_eq!(port.read(&mut t, Port::Ap, 0xC), Ok(0x7477_0001));
    assert_eq!(port.read(&mut t, Port::Ap, 0x8), Ok(0xE00F_D003));
    assert_eq!(port.read(&mut t, Port::Dp, 0xC), Ok(0xE00F_D003), "RDBUFF");
    port.write(&mut t, Port::Dp, 8, 0x0100_00F0)
        .expect("select");
    assert_eq!(port.read(&mut t, Port::Ap, 0xC), Ok(0));
}

#[test]
fn words_auto_increment_and_wrap_at_one_kibibyte() {
    let mut t = memory();
    let mut port = connected(&mut t);
    set(&mut port, &mut t, 0x12, 0x3F8);
    let expected =
        |t: &Memory, a: usize| u32::from_le_bytes(t.0[a..a + 4].try_into().expect("four bytes"));
    for address in [0x3F8, 0x3FC, 0x000, 0x004] {
        assert_eq!(
            port.read(&mut t, Port::Ap, 0xC),
            Ok(expected(&t, address)),
            "{address:#x}"
        );
    }
    assert_eq!(port.read(&mut t, Port::Ap, 4), Ok(8));
}

#[test]
fn bytes_and_halfwords_use_their_lanes() {
    let mut t = memory();
    let mut port = connected(&mut t);
    set(&mut port, &mut t, 0x10, 0x101);
    for lane in [1, 2, 3, 0] {
        let address = if lane == 0 { 0x104 } else { 0x100 + lane };
        assert_eq!(
            port.read(&mut t, Port::Ap, 0xC),
            Ok(u32::from(t.0[address]) << (8 * lane))
        );
    }
    set(&mut port, &mut t, 0x11, 0x202);
    port.write(&mut t, Port::Ap, 0xC, 0xBEEF_0000).expect("drw");
    port.write(&mut t, Port::Ap, 0xC, 0x0000_CAFE).expect("drw");
    assert_eq!(t.0[0x202..0x206], [0xEF, 0xBE, 0xFE, 0xCA]);
}

#[test]
fn packed_transfers_fill_the_word() {
    let mut t = memory();
    let mut port = connected(&mut t);
    set(&mut port, &mut t, 0x20, 0x40);
    let expected = u32::from_le_bytes(t.0[0x40..0x44].try_into().expect("four bytes"));
    assert_eq!(port.read(&mut t, Port::Ap, 0xC), Ok(expected));
    assert_eq!(port.read(&mut t, Port::Ap, 4), Ok(0x44));
}

#[test]
fn banked_registers_reach_the_sixteen_bytes_around_tar() {
    let mut t = memory();
    let mut port = connected(&mut t);
    set(&mut port, &mut t, 0x12, 0x108);
    port.write(&mut t, Port::Dp, 8, 0x10).expect("select");
    port.write(&mut t, Port::Ap, 0xC, 0x1122_3344).expect("bd3");
    assert_eq!(t.0[0x10C..0x110], [0x44, 0x33, 0x22, 0x11]);
    port.write(&mut t, Port::Dp, 8, 0).expect("select");
    assert_eq!(
        port.read(&mut t, Port::Ap, 4),
        Ok(0x108),
        "TAR stands still"
    );
}

#[test]
fn a_bus_error_sticks_until_abort() {
    let mut t = memory();
    let mut port = connected(&mut t);
    set(&mut port, &mut t, 0x12, 0x9000);
    assert_eq!(port.read(&mut t, Port::Ap, 0xC), Err(LinkError::Fault));
    assert_eq!(port.read(&mut t, Port::Ap, 0), Err(LinkError::Fault));
    assert_eq!(port.read(&mut t, Port::Dp, 4), Ok(0xF000_0020));
    port.write(&mut t, Port::Dp, 0, 1 << 2).expect("abort");
    assert_eq!(port.read(&mut t, Port::Ap, 4), Ok(0x9000));
    assert_eq!(port.read(&mut t, Port::Dp, 4), Ok(0xF000_0040));
}

/// A small generator, so that the crate needs no dependency: xorshift32.
fn next(state: &mut u32) -> u32 {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    *state
}

#[test]
fn random_transfers_do_to_memory_what_they_say() {
    let mut t = memory();
    let mut model = t.0.clone();
    let mut port = connected(&mut t);
    let mut state = 0x1234_5678;
    for _ in 0..20_000 {
        let random = next(&mut state);
        let (size, increment) = (random & 3, random >> 2 & 3);
        let (bytes, packed) = (1_usize << size.min(2), increment == 2);
        let start = (random >> 8) as usize % 2048 / bytes * bytes;
        set(&mut port, &mut t, size | increment << 4, start as u32);
        let mut address = start;
        for _ in 0..=(random >> 4 & 7) {
            let writes = next(&mut state) & 1 == 1;
            let data = next(&mut state);
            let mut expected = 0_u32;
            for _ in 0..if packed { 4 / bytes } else { 1 } {
                for (k, cell) in model[address..address + bytes].iter_mut().enumerate() {
                    let lane = 8 * ((address + k) % 4);
                    if writes {
                        *cell = (data >> lane) as u8;
                    } else {
                        expected |= u32::from(*cell) << lane;
                    }
                }
                if increment != 0 {
                    address = address / 1024 * 1024 + (address + bytes) % 1024;
                }
            }
            if writes {
                port.write(&mut t, Port::Ap, 0xC, data).expect("drw");
            } else {
                assert_eq!(port.read(&mut t, Port::Ap, 0xC), Ok(expected));
            }
        }
        assert_eq!(port.read(&mut t, Port::Ap, 4), Ok(address as u32), "TAR");
    }
    assert!(t.0 == model);
}
