//! Wait states, ports and caches of each family at a chip's rated clock. `docs/timing.md` names the sources.

use super::Family;
use crate::memory::{Behind, Cache, Enable, Kind, MemoryTiming, Port, Region, Replacement};

const K: u32 = 1024;
const MHZ: u64 = 1_000_000;

/// How long memory accesses of a chip take; `device` is the lower half of its identity.
pub(super) fn timing(
    family: Family,
    device: u32,
    clock_hz: u64,
    regions: &[Region],
) -> MemoryTiming {
    let wait = flash_wait_states(family, clock_hz);
    match family {
        // RM0090, 3.5.2: 64 lines of 128 bits on the instruction bus and 8 on the data bus, prefetch.
        Family::Stm32F4 => MemoryTiming {
            ports: flash_ports(regions, wait, wait),
            fetch: Some(lines(64, 16, flash_acr(0x4002_3c00, 9))), // ICEN
            data: Some(lines(8, 16, flash_acr(0x4002_3c00, 10))),  // DCEN
            prefetch: Some(flash_acr(0x4002_3c00, 8)),             // PRFTEN
            ..MemoryTiming::default()
        },
        Family::Stm32F7 => stm32f7(device, wait, regions),
        // The AXI bus runs at half the core's clock, and so do flash and all RAM but the tightly coupled.
        Family::Stm32H7 => level_one(
            16 * K,
            16 * K,
            flash_ports(regions, 2 * wait + 8, 2 * wait + 10),
            &[
                port(0x2400_0000, 512 * K, 8, 10),   // AXI SRAM
                port(0x3000_0000, 1024 * K, 14, 18), // SRAM1 to SRAM3, in the D2 domain
                port(0x1000_0000, 1024 * K, 14, 18), // the same again
                port(0x3800_0000, 64 * K, 16, 22),   // SRAM4, in the D3 domain
            ],
        ),
        // RM0438 and RM0456, ICACHE: 8 KiB in two ways, lines of 128 bits, code and data of the code bus.
        Family::Stm32L5 => unified(flash_ports(regions, wait, wait + 1), 8 * K, ICACHE_CR),
        Family::Stm32U5 => MemoryTiming {
            prefetch: Some(flash_acr(0x4002_2000, 8)), // PRFTEN
            ..unified(flash_ports(regions, wait, wait + 1), 8 * K, ICACHE_CR)
        },
        Family::Nrf52 => {
            let mut timing = unified(flash_ports(regions, wait, wait), 2 * K, ICACHECNF);
            timing.unified = false; // it holds instructions only
            timing
        }
    }
}

/// RM0385 (STM32F74x and F75x), RM0410 (F76x and F77x), RM0431 (F72x and F73x), chapter 2: size of the level 1 caches and
/// of the DTCM, after which SRAM1 and SRAM2 lie on the bus matrix.
fn stm32f7(device: u32, wait: u8, regions: &[Region]) -> MemoryTiming {
    let (cache, sram) = match device & 0xfff {
        0x451 => (16 * K, 0x2002_0000),
        0x452 => (8 * K, 0x2001_0000),
        _ => (4 * K, 0x2001_0000),
    };
    // Flash delivers a line of 32 bytes at once; the AXI bridge and the bus matrix take the rest.
    let mut flash = flash_ports(regions, wait + 2, wait + 4);
    // The second view goes past the level 1 caches and has an accelerator of its own (RM0385, 3.3.2).
    for port in flash.iter_mut().filter(|port| port.base < 0x0800_0000) {
        (port.wait, port.fill) = (wait, wait);
        port.behind = Behind::Accelerator;
    }
    MemoryTiming {
        accelerator: Some(lines(64, 32, flash_acr(0x4002_3c00, 9))), // ARTEN
        prefetch: Some(flash_acr(0x4002_3c00, 8)),                   // PRFTEN
        ..level_one(cache, cache, flash, &[port(sram, 512 * K, 4, 6)])
    }
}

/// ICACHE_CR.EN of the STM32L5 and U5, at its non-secure address.
const ICACHE_CR: Enable = Enable::Register {
    address: 0x4003_0400,
    mask: 1,
};
/// NVMC.ICACHECNF.CACHEEN of the nRF52.
const ICACHECNF: Enable = Enable::Register {
    address: 0x4001_e540,
    mask: 1,
};

/// A bit of FLASH_ACR, which lies at this address.
const fn flash_acr(address: u32, bit: u32) -> Enable {
    Enable::Register {
        address,
        mask: 1 << bit,
    }
}

/// Wait states of flash at 3.3 V or the highest voltage range.
fn flash_wait_states(family: Family, clock_hz: u64) -> u8 {
    let step = match family {
        // RM0090, table 10; RM0385, table 5: one for each 30 MHz.
        Family::Stm32F4 | Family::Stm32F7 => 30 * MHZ,
        // RM0433, table 17, by the AXI clock, half the core's.
        Family::Stm32H7 => {
            let steps = [140, 280, 420, 450].iter();
            return steps.filter(|limit| clock_hz > **limit * MHZ).count() as u8;
        }
        // RM0438, 6.3.3, range 0: one for each 20 MHz.
        Family::Stm32L5 => 20 * MHZ,
        // RM0456, 7.3.3, range 1: one for each 32 MHz.
        Family::Stm32U5 => 32 * MHZ,
        // nRF52840 product specification, 4.1: two without the cache at 64 MHz.
        Family::Nrf52 => return 2,
    };
    u8::try_from((clock_hz.max(1) - 1) / step)
        .unwrap_or(15)
        .min(15)
}

fn port(base: u32, length: u32, wait: u8, fill: u8) -> Port {
    Port {
        base,
        length,
        wait,
        fill,
        behind: Behind::Caches,
    }
}

/// All addresses at which flash appears.
fn flash_ports(regions: &[Region], wait: u8, fill: u8) -> Vec<Port> {
    let flash = regions.iter().filter(|region| region.kind == Kind::Flash);
    flash
        .flat_map(|region| {
            let bases = std::iter::once(region.base).chain(region.aliases.iter().copied());
            bases.map(|base| port(base, region.length, wait, fill))
        })
        .collect()
}

/// A few lines of ST's flash accelerators; the oldest makes room.
fn lines(count: u32, line: u32, enable: Enable) -> Cache {
    Cache {
        bytes: line * count,
        ways: count,
        line,
        replacement: Replacement::Oldest,
        enable,
    }
}

/// The Cortex-M7's caches (technical reference manual, 5.2): lines of 32 bytes, two ways of instructions, four of data.
fn level_one(fetch: u32, data: u32, mut ports: Vec<Port>, ram: &[Port]) -> MemoryTiming {
    let cache = |bytes, ways| {
        Some(Cache {
            bytes,
            ways,
            line: 32,
            replacement: Replacement::Random,
            enable: Enable::Core,
        })
    };
    ports.extend(ram);
    MemoryTiming {
        ports,
        fetch: cache(fetch, 2),
        data: cache(data, 4),
        ..MemoryTiming::default()
    }
}

/// A cache of two ways in front of the code bus, that holds what is fetched and what is loaded through it.
fn unified(ports: Vec<Port>, bytes: u32, enable: Enable) -> MemoryTiming {
    let cache = Cache {
        bytes,
        ways: 2,
        line: 16,
        replacement: Replacement::Random,
        enable,
    };
    MemoryTiming {
        ports,
        fetch: Some(cache),
        unified: true,
        ..MemoryTiming::default()
    }
}
