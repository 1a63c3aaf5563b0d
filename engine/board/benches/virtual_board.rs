//! How long the host waits for the virtual board: attaching, flashing with the chip's own algorithm, running.

#[path = "../tests/support/mod.rs"]
mod support;

use divan::counter::{BytesCount, ItemsCount};
use probe_rs::MemoryInterface;
use support::{COUNT, DONE, RESULTS, attach, flash, image};

fn main() {
    divan::main();
}

#[divan::bench(sample_count = 10)]
fn attaching(bencher: divan::Bencher) {
    bencher.bench_local(attach);
}

/// Erase, program and verify.
#[divan::bench(sample_count = 5)]
fn flashing_600_kb(bencher: divan::Bencher) {
    let program = image(&COUNT, 0, 600_000, 1);
    bencher
        .counter(BytesCount::new(program.len()))
        .with_inputs(attach)
        .bench_local_values(|mut session| {
            flash(&mut session, &program, false).expect("programs and verifies");
            session
        });
}

/// A counting loop to its end, polled as a session polls.
#[divan::bench(sample_count = 5)]
fn running_33_m_instructions(bencher: divan::Bencher) {
    let mut code = COUNT;
    code[12..14].copy_from_slice(&[0xF04F, 0x7280]); // mov.w r2, #0x1000000
    let program = image(&code, 0, 1024, 1);
    bencher
        .counter(ItemsCount::new(2_usize << 24))
        .with_inputs(|| {
            let mut session = attach();
            flash(&mut session, &program, false).expect("programs and verifies");
            session
        })
        .bench_local_values(|mut session| {
            let mut core = session.core(0).expect("core 0");
            core.reset().expect("resets");
            while core.read_word_32(RESULTS + 8).expect("reads") != DONE {}
            drop(core);
            session
        });
}
