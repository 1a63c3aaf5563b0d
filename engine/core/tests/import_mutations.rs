//! Damaged copies of real models: whatever becomes of them, no panic, no graph that breaks an invariant, no error
//! without words. `PROPTEST_CASES=100000` makes a soak of it.

mod support;
#[path = "support/survives.rs"]
mod survives;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tinyscope_core::import;

/// Small real models: the project's own, and shared ones where they are there.
fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = support::own_models().into_iter().map(|(_, b)| b).collect();
    seeds.extend(
        ["kws_ref_model", "mcunet_vww"]
            .into_iter()
            .filter_map(support::model),
    );
    seeds
}

/// One edit: overwrite a byte, flip a bit, write an extreme 32-bit word, or cut the file.
#[derive(Clone, Debug)]
enum Edit {
    Byte(usize, u8),
    Word(usize, u32),
    Cut(usize),
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let extreme = prop_oneof![
        Just(0),
        Just(1),
        Just(u32::MAX),
        Just(0x7fff_ffff),
        Just(0x8000_0000),
        0_u32..64,
    ];
    let edit = prop_oneof![
        6 => (any::<usize>(), any::<u8>()).prop_map(|(at, value)| Edit::Byte(at, value)),
        6 => (any::<usize>(), extreme).prop_map(|(at, value)| Edit::Word(at, value)),
        1 => any::<usize>().prop_map(Edit::Cut),
    ];
    prop::collection::vec(edit, 1..24)
}

/// Most edits go to the two ends of the file, where the tables lie.
fn apply(bytes: &mut Vec<u8>, edits: &[Edit]) {
    for (index, edit) in edits.iter().enumerate() {
        if bytes.is_empty() {
            return;
        }
        let place = |at: usize, len: usize| {
            let part = len.min(30_000);
            match index % 3 {
                0 => at % part,
                1 => len - 1 - at % part,
                _ => at % len,
            }
        };
        match *edit {
            Edit::Byte(at, value) => {
                let at = place(at, bytes.len());
                bytes[at] = value;
            }
            Edit::Word(at, value) => {
                let at = place(at, bytes.len()) & !3;
                let end = bytes.len().min(at + 4);
                bytes[at..end].copy_from_slice(&value.to_le_bytes()[..end - at]);
            }
            Edit::Cut(at) => bytes.truncate(at % bytes.len()),
        }
    }
}

#[test]
fn mutants_never_panic() {
    for seed in seeds() {
        let config = Config {
            failure_persistence: None,
            ..Config::default()
        };
        let result = TestRunner::new(config).run(&edits(), |edits| {
            let mut bytes = seed.clone();
            apply(&mut bytes, &edits);
            survives::model(&bytes);
            Ok(())
        });
        assert!(result.is_ok(), "{result:?}");
    }
}

#[test]
fn every_word_of_the_tables_may_be_extreme() {
    let Some(seed) = seeds().into_iter().min_by_key(Vec::len) else {
        return;
    };
    // The tables are where the file differs from weights; every aligned word of the last 6 KiB and the first 1 KiB.
    let len = seed.len();
    let words = (0..1024).chain(len.saturating_sub(6144)..len).step_by(4);
    for at in words.filter(|at| at + 4 <= len) {
        for value in [0, 1, 0xff, u32::MAX, 0x7fff_ffff, 0x8000_0000_u32] {
            let mut bytes = seed.clone();
            bytes[at & !3..(at & !3) + 4].copy_from_slice(&value.to_le_bytes());
            survives::model(&bytes);
        }
    }
}

#[test]
fn truncations_never_panic() {
    for seed in seeds() {
        let step = (seed.len() / 500).max(1);
        for len in (0..seed.len()).step_by(step).chain(0..64) {
            let bytes = &seed[..len];
            let imported = import::import("cut", bytes);
            // Tables lie at the end or point there: what is cut off is missed, unless it was padding.
            assert!(
                imported.graph.is_none() || len + 64 > seed.len(),
                "{len} of {}",
                seed.len()
            );
            survives::model(bytes);
        }
    }
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

    #[test]
    fn random_bytes_with_the_right_mark_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 8..600)) {
        bytes[4..8].copy_from_slice(b"TFL3");
        survives::model(&bytes);
        // A plausible root: small offsets reach the tables' own checks.
        bytes[1..4].fill(0);
        survives::model(&bytes);
    }
}
