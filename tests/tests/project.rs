//! The project file against bytes that nobody wrote on purpose.

use proptest::prelude::*;
use tinyscope::project::{self, MAX_SAMPLES, Project, Quantise, Source, VERSION};
use tinyscope_core::plan::{Choices, Schedule};
use tinyscope_core::quant::calibrate::{Method, Options};
use tinyscope_core::quant::preprocess::Preprocessing;

fn projects() -> impl Strategy<Value = Project> {
    let source = prop_oneof![
        "[a-zA-Z0-9 _.äß-]{1,40}".prop_map(Source::Example),
        "[a-z \"\\\\(){}#,:]{1,20}(/[a-z]{1,8}){0,3}".prop_map(Source::File),
    ];
    let schedule = prop_oneof![
        Just(Schedule::Layer),
        (1_usize..500, 1_usize..9, 1_usize..9).prop_map(|(split, y, x)| Schedule::Patch {
            split,
            grid: [y, x]
        }),
    ];
    let quantise = prop::option::of(quantisings());
    let flags = any::<(bool, bool)>();
    (source, "[A-Z0-9]{1,20}", schedule, flags, quantise).prop_map(
        |(model, chip, schedule, (in_place, fast_kernels), quantise)| Project {
            version: VERSION,
            model,
            chip,
            choices: Choices {
                schedule,
                in_place,
                fast_kernels,
                ..Choices::default()
            },
            quantise,
        },
    )
}

fn quantisings() -> impl Strategy<Value = Quantise> {
    let method = prop_oneof![
        Just(Method::MinMax),
        Just(Method::Mse),
        (50.1_f32..100.0).prop_map(|percent| Method::Percentile { percent }),
        (0.0_f32..0.99).prop_map(|momentum| Method::MovingAverage { momentum }),
    ];
    let images = prop::option::of("[a-zA-Z0-9 ]{1,20}(/[a-z]{1,8}){0,2}");
    let numbers = (any::<[i16; 3]>(), -2.0_f32..2.0, 0.01_f32..1.0);
    (method, images, 1..=MAX_SAMPLES, any::<bool>(), numbers).prop_map(
        |(method, images, samples, equalize, (mean, scale, crop))| Quantise {
            options: Options {
                method,
                equalize,
                ..Options::default()
            },
            images,
            samples,
            preprocessing: Preprocessing {
                crop,
                mean: mean.map(f32::from),
                scale: [scale, 1.0 / 255.0, scale],
                ..Preprocessing::default()
            },
        },
    )
}

/// A project, or one short line without control characters.
fn judge(bytes: &[u8]) {
    match project::parse(bytes) {
        Ok(read) => {
            let text = project::print(&read).expect("what was read can be written");
            assert_eq!(project::parse(text.as_bytes()), Ok(read));
        }
        Err(problem) => {
            let line = problem.to_string();
            assert!(line.len() < 4096, "{} bytes", line.len());
            assert!(!line.contains(char::is_control), "{line:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_project_comes_back(project in projects()) {
        let text = project::print(&project).expect("it can be written");
        prop_assert_eq!(project::parse(text.as_bytes()), Ok(project));
    }

    #[test]
    fn damaged_projects_are_judged(
        project in projects(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..12),
    ) {
        let mut bytes = project::print(&project).expect("it can be written").into_bytes();
        for (at, value, kind) in edits {
            let at = at.index(bytes.len().max(1)).min(bytes.len());
            match kind {
                0 => bytes.insert(at, value),
                1 => bytes.truncate(at),
                2 => bytes.extend_from_within(..at.min(2000)),
                _ => if let Some(byte) = bytes.get_mut(at) { *byte = value },
            }
            bytes.truncate(project::MAX_BYTES);
        }
        judge(&bytes);
    }

    #[test]
    fn any_text_is_judged(text in "[()\\[\\]{}:,a-z0-9\"#!/* \\n'\\\\.+-]{0,300}") {
        judge(text.as_bytes());
        judge(format!("(version: 1, model: {text}").as_bytes());
    }
}
