//! Speed of the interpreter: an int8 inner product with its requantisation, as generated kernels have it.
//! The counter of a row is simulated instructions, so its rate reads as instructions per second.

use divan::counter::ItemsCount;
use tinyscope_vmcu::{Core, Cpu, Memory, NoPeripherals, Region, Stop};

const INSTRUCTIONS: u64 = 4_000_000;

/// The kernel at address 0x100; r8 and r9 point to data, r11 to the output, r10 is the multiplier.
#[rustfmt::skip]
const KERNEL: [u16; 43] = [
    0x4640,         // outer: mov r0, r8
    0x4649,         // mov r1, r9
    0x2240,         // movs r2, #64
    0x2300,         // movs r3, #0
    0xf850, 0x4b04, // inner: ldr r4, [r0], #4
    0xf851, 0x5b04, // ldr r5, [r1], #4
    0xfa2f, 0xf684, // sxtb16 r6, r4
    0xfa2f, 0xf785, // sxtb16 r7, r5
    0xfa2f, 0xf494, // sxtb16 r4, r4, ror #8
    0xfa2f, 0xf595, // sxtb16 r5, r5, ror #8
    0xfb26, 0x3307, // smlad r3, r6, r7, r3
    0xfb24, 0x3305, // smlad r3, r4, r5, r3
    0x3a01,         // subs r2, #1
    0xd1ed,         // bne inner
    0xfb53, 0xf31a, // smmulr r3, r3, r10
    0xf323, 0x03c7, // ssat r3, #8, r3, asr #3
    0xf80b, 0x3b01, // strb r3, [r11], #1
    0xf3c3, 0x1c03, // ubfx r12, r3, #4, #4
    0xf1bc, 0x0f07, // cmp r12, #7
    0xbf88,         // it hi
    0xf108, 0x0804, // addhi r8, #4
    0xbf98,         // it ls
    0xf1a8, 0x0804, // subls r8, #4
    0xf36f, 0x2b0f, // bfc r11, #8, #8
    0xf36f, 0x280b, // bfc r8, #8, #4
    0xe7d4,         // b outer
];

fn machine(core: Core) -> (Cpu, Memory) {
    let regions = [
        Region::flash(0x0800_0000, 64 << 10),
        Region::ram(0x2000_0000, 64 << 10),
    ];
    let mut memory = Memory::new(&regions);
    let mut image = vec![0u8; 0x100];
    image[..8].copy_from_slice(&[0x00, 0x00, 0x01, 0x20, 0x01, 0x01, 0x00, 0x08]);
    image.extend(KERNEL.iter().flat_map(|half| half.to_le_bytes()));
    assert!(memory.load(0x0800_0000, &image), "the image fits");
    let data: Vec<u8> = (0..8192u32)
        .map(|k| (k.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    assert!(memory.load(0x2000_1000, &data), "the data fits");
    let mut cpu = Cpu::new(core);
    cpu.reset(&memory, 0x0800_0000);
    (cpu.r[8], cpu.r[9]) = (0x2000_1000, 0x2000_2000);
    (cpu.r[10], cpu.r[11]) = (0x4000_0000, 0x2000_8000);
    (cpu, memory)
}

fn run(bencher: divan::Bencher, core: Core) {
    let (mut cpu, mut memory) = machine(core);
    bencher
        .counter(ItemsCount::new(INSTRUCTIONS))
        .bench_local(|| {
            let stop = cpu.run(INSTRUCTIONS, &mut memory, &mut NoPeripherals);
            assert_eq!(stop, Stop::Budget, "{:?}", cpu.fault);
        });
    let rate = cpu.clock.instructions as f64 / cpu.clock.cycles as f64;
    println!("{core:?}: {rate:.2} simulated instructions a cycle");
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn int8_kernel_m4(bencher: divan::Bencher) {
    run(bencher, Core::CortexM4);
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn int8_kernel_m7(bencher: divan::Bencher) {
    run(bencher, Core::CortexM7);
}

fn main() {
    divan::main();
}
