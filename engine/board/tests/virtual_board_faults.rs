//! What can go wrong on the wire: each ends in an error, never in a panic, a hang or a silently wrong image.

mod support;

use probe_rs::{MemoryInterface, Permissions};
use std::error::Error;
use support::{COUNT, FLASH, attach, attach_to, flash, image};
use tinyscope_board::probe::{self, FaultKind, Faults, open_virtual_with};

/// The message with all its causes.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[test]
fn flashing_without_erasing_fails_verification() {
    let mut session = attach();
    let (a, b) = (image(&COUNT, 0, 40_000, 1), image(&COUNT, 0, 40_000, 2));
    flash(&mut session, &a, false).expect("a fresh chip takes A");
    let error = flash(&mut session, &b, true).expect_err("B over A cannot verify");
    assert!(
        chain(&error).to_lowercase().contains("verif"),
        "{}",
        chain(&error)
    );
    let mut core = session.core(0).expect("core 0");
    let mut cells = vec![0; a.len()];
    core.read(FLASH, &mut cells).expect("reads");
    let anded: Vec<u8> = a.iter().zip(&b).map(|(a, b)| a & b).collect();
    assert!(cells == anded, "programming only clears bits");
    drop(core);
    flash(&mut session, &b, false).expect("after erasing, B fits");
}

#[test]
fn a_probe_that_vanishes_is_named_wherever_it_happens() {
    let program = image(&COUNT, 0, 200_000, 3);
    for vanish_at in [0, 7, 40, 300, 2_000, 20_000, 60_000] {
        let probe = open_virtual_with(Faults::vanishing(vanish_at));
        let outcome = match probe.attach(probe::CHIP, Permissions::default()) {
            Err(error) => chain(&error),
            Ok(mut session) => {
                let error = flash(&mut session, &program, false).expect_err("the probe is gone");
                chain(&error)
            }
        };
        assert!(
            outcome.contains("disconnected"),
            "at {vanish_at}: {outcome}"
        );
    }
}

#[test]
fn refused_transfers_end_in_an_error() {
    let program = image(&COUNT, 0, 20_000, 4);
    let mut session = attach_to(open_virtual_with(Faults::one(
        FaultKind::Refused,
        4_000,
        u64::MAX,
    )));
    flash(&mut session, &program, false).expect_err("transfers are refused");
}

#[test]
fn a_value_corrupted_on_the_wire_does_not_pass_verification() {
    let program = image(&COUNT, 0, 20_000, 5);
    let mut transfers_needed = None;
    for vanish_at in (2_000..60_000).step_by(500) {
        let mut session = attach_to(open_virtual_with(Faults::vanishing(vanish_at)));
        if flash(&mut session, &program, false).is_ok() {
            transfers_needed = Some(vanish_at);
            break;
        }
    }
    // Verification comes last, so the transfers shortly before the end read flash back.
    let end = transfers_needed.expect("flashing ends");
    let mut session = attach_to(open_virtual_with(Faults::one(
        FaultKind::FlippedRead(0),
        end - 1_500,
        100,
    )));
    let error = flash(&mut session, &program, false).expect_err("a bit was flipped");
    assert!(
        chain(&error).to_lowercase().contains("verif"),
        "{}",
        chain(&error)
    );
}
