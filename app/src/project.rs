//! The project file, `NAME.tinyscope`: what it says, and how it is read and written as text.
//!
//! Pure: bytes in, a value or one error out. A project comes from anybody, so nothing in it is trusted: its size and
//! nesting are limited, its numbers are checked, and its text is escaped before it is shown.

use crate::format::visible;
use serde::{Deserialize, Serialize};
use std::path::{Component, Path, PathBuf};
use tinyscope_core::plan::{Choices, Schedule};
use tinyscope_core::quant::calibrate::{Method, Options};
use tinyscope_core::quant::preprocess::Preprocessing;
use tinyscope_core::schedule::{Method as Way, Stage};
use tinyscope_core::{Diagnostic, Severity};

/// Ending of a project's file name.
pub const EXTENSION: &str = "tinyscope";
/// The format that this program writes, and the newest that it reads.
pub const VERSION: u32 = 1;
/// Larger files are no projects.
pub const MAX_BYTES: usize = 64 << 10;

/// Deepest nesting of values; a project needs six.
const MAX_DEPTH: usize = 16;
/// Longest path or name in bytes.
const MAX_TEXT: usize = 4096;
/// Most steps of a patch stage and most patches along an axis; far more than any plan allows.
const MAX_SPLIT: usize = 100_000;
const MAX_GRID: usize = 1024;
/// Most rows or columns of a map, and so of a strip or a tile.
const MAX_PIXELS: usize = 32_767;
/// Most samples that a quantisation may take.
pub const MAX_SAMPLES: usize = 100_000;

/// What a project file says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Project {
    /// Version of the format.
    pub version: u32,
    /// The model that it is about.
    pub model: Source,
    /// The chip, as the registry spells it.
    pub chip: String,
    /// How the model is to be run.
    pub choices: Choices,
    /// How the float model was quantised, if it was.
    #[serde(default)]
    pub quantise: Option<Quantise>,
}

/// How a float model is quantised; opening the project does it again, with the same result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quantise {
    /// The engine's options.
    pub options: Options,
    /// The folder of samples, stored like the model's path; `None` is random input.
    pub images: Option<String>,
    /// How many samples at most.
    pub samples: usize,
    /// What happens to a picture before the network sees it.
    pub preprocessing: Preprocessing,
}

/// Where a project's model is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// A file: relative to the project's folder where it lies in or below it, else absolute.
    File(String),
    /// A bundled example, by name.
    Example(String),
}

/// The part of the format that every version has.
#[derive(Deserialize)]
struct Head {
    version: u32,
}

/// Reads a project.
///
/// # Errors
/// Too large, not text, not a project, of a newer version, or with values that make no sense.
pub fn parse(bytes: &[u8]) -> Result<Project, Diagnostic> {
    if bytes.len() > MAX_BYTES {
        return Err(refusal(
            format!("the project is larger than {} KiB", MAX_BYTES >> 10),
            "choose the project file; models open by themselves",
        ));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|_| malformed("it is not text in UTF-8"))?
        .trim_start_matches('\u{feff}');
    let options = ron::Options::default().with_recursion_limit(MAX_DEPTH);
    let head: Head = options.from_str(text).map_err(|e| malformed(&e))?;
    if !(1..=VERSION).contains(&head.version) {
        return Err(refusal(
            format!(
                "the project is of version {}, this program reads versions up to {VERSION}",
                head.version
            ),
            "open it with a newer Tinyscope",
        ));
    }
    let project: Project = options.from_str(text).map_err(|e| malformed(&e))?;
    project.check()?;
    Ok(project)
}

/// A project as text, for [`parse`].
///
/// # Errors
/// Values that [`parse`] would refuse.
pub fn print(project: &Project) -> Result<String, Diagnostic> {
    project.check()?;
    let style = ron::ser::PrettyConfig::new().struct_names(false);
    let text = ron::ser::to_string_pretty(project, style).map_err(|e| malformed(&e))?;
    Ok(format!("// A Tinyscope project\n{text}\n"))
}

/// Whether a path names a project, by its ending.
pub fn is_project(path: &Path) -> bool {
    path.extension()
        .is_some_and(|e| e.eq_ignore_ascii_case(EXTENSION))
}

/// How a project in the file `project` refers to the file `path`; both absolute.
///
/// # Errors
/// Paths that are not UTF-8.
pub fn stored_path(project: &Path, path: &Path) -> Result<String, Diagnostic> {
    let folder = project.parent().unwrap_or(Path::new(""));
    let shown = path.strip_prefix(folder).unwrap_or(path);
    shown.to_str().map(str::to_owned).ok_or_else(|| {
        let shown = crate::format::path(path);
        refusal(
            format!("the path {shown} is not UTF-8 and cannot be stored"),
            "rename the file or folder",
        )
    })
}

/// The file that a project in the file `project` means by `stored`.
pub fn resolved_path(project: &Path, stored: &str) -> PathBuf {
    project.parent().unwrap_or(Path::new("")).join(stored)
}

impl Project {
    fn check(&self) -> Result<(), Diagnostic> {
        match &self.model {
            Source::File(path) => checked_path("model", path)?,
            Source::Example(name) => checked_text("example", name)?,
        }
        checked_text("chip", &self.chip)?;
        if let Some(quantise) = &self.quantise {
            quantise.check()?;
        }
        match &self.choices.schedule {
            Schedule::Layer => Ok(()),
            Schedule::Patch { split, grid } => {
                let grid_is_sane = grid.iter().all(|n| (1..=MAX_GRID).contains(n));
                if (1..=MAX_SPLIT).contains(split) && grid_is_sane {
                    return Ok(());
                }
                Err(malformed(&format!(
                    "a patch stage of {split} steps in {}×{} patches cannot be",
                    grid[0], grid[1]
                )))
            }
            Schedule::Stages(stages) => stages.iter().try_for_each(checked_stage),
        }
    }
}

impl Quantise {
    fn check(&self) -> Result<(), Diagnostic> {
        if let Some(path) = &self.images {
            checked_path("folder of samples", path)?;
        }
        if !(1..=MAX_SAMPLES).contains(&self.samples) {
            return Err(malformed(&format!(
                "{} samples are none or too many",
                self.samples
            )));
        }
        let Preprocessing {
            crop, mean, scale, ..
        } = &self.preprocessing;
        let option = match self.options.method {
            Method::MovingAverage { momentum } => momentum,
            Method::Percentile { percent } => percent,
            Method::MinMax | Method::Mse => 0.0,
        };
        let numbers = [*crop, option];
        if !numbers
            .iter()
            .chain(mean)
            .chain(scale)
            .all(|x| x.is_finite())
        {
            return Err(malformed("a number of its preprocessing is not finite"));
        }
        Ok(())
    }
}

fn checked_stage(stage: &Stage) -> Result<(), Diagnostic> {
    let steps = stage.steps.start < stage.steps.end && stage.steps.end <= MAX_SPLIT;
    let sizes = match stage.method {
        Way::Layer | Way::LineBuffers { .. } => [1, 1],
        Way::Patch { grid } => grid,
        Way::HorizontalCache { rows } => [rows, 1],
        Way::TileCache { tile } => tile,
    };
    if steps && sizes.iter().all(|n| (1..=MAX_PIXELS).contains(n)) {
        return Ok(());
    }
    Err(malformed(&format!(
        "a stage of steps {} to before {}, {}, cannot be",
        stage.steps.start,
        stage.steps.end,
        crate::stages::method_text(stage.method)
    )))
}

fn checked_text(what: &str, text: &str) -> Result<(), Diagnostic> {
    if text.is_empty() || text.len() > MAX_TEXT {
        return Err(malformed(&format!("its {what} is empty or too long")));
    }
    if visible(text) != text {
        return Err(malformed(&format!(
            "its {what} holds characters that cannot be seen"
        )));
    }
    Ok(())
}

fn checked_path(what: &str, path: &str) -> Result<(), Diagnostic> {
    checked_text(what, path)?;
    let climbs = Path::new(path)
        .components()
        .any(|part| part == Component::ParentDir);
    if climbs {
        return Err(malformed(&format!(
            "the path of its {what} climbs with `..`; it has to lie beside or below the project, or be absolute"
        )));
    }
    Ok(())
}

fn malformed(why: &(impl ToString + ?Sized)) -> Diagnostic {
    // The reason may quote the file.
    let why: String = visible(&why.to_string()).chars().take(300).collect();
    refusal(
        format!("this is no whole project file: {why}"),
        "save the project again, or open its model",
    )
}

fn refusal(message: String, remedy: &str) -> Diagnostic {
    Diagnostic::new(Severity::Error, "project", message, remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Project {
        Project {
            version: VERSION,
            model: Source::File("models/a b.tflite".into()),
            chip: "STM32F746NGHx".into(),
            choices: Choices {
                schedule: Schedule::Patch {
                    split: 6,
                    grid: [3, 2],
                },
                in_place: false,
                ..Choices::default()
            },
            quantise: Some(Quantise {
                options: Options {
                    method: Method::Percentile { percent: 99.99 },
                    ..Options::default()
                },
                images: Some("pictures".into()),
                samples: 256,
                preprocessing: Preprocessing {
                    mean: [123.675, 116.28, 103.53],
                    ..Preprocessing::default()
                },
            }),
        }
    }

    /// Every way once, input by rows.
    fn staged() -> Project {
        let ways = crate::stages::WAYS.into_iter().enumerate();
        let stages = ways.map(|(index, method)| Stage {
            steps: 3 * index..3 * index + 2,
            method,
        });
        Project {
            choices: Choices {
                schedule: Schedule::Stages(stages.collect()),
                input: tinyscope_core::schedule::InputMode::Rows,
                overlap: false,
                ..Choices::default()
            },
            ..sample()
        }
    }

    #[test]
    fn stages_are_kept_and_old_projects_have_none() {
        let text = print(&staged()).expect("it can be written");
        assert_eq!(parse(text.as_bytes()), Ok(staged()), "{text}");
        for (from, to, why) in [
            ("start: 3", "start: 5", "steps 5 to before 5"),
            ("rows: 4", "rows: 0", "strips:0"),
            ("(2, 2)", "(2, 99999)", "patch:2x99999"),
            ("end: 17", "end: 999999", "before 999999"),
        ] {
            assert!(text.contains(from), "{from}: {text}");
            let problem = message(&text.replacen(from, to, 1));
            assert!(problem.contains(why), "{why}: {problem}");
        }
        // As the first version wrote it: without overlap and input.
        let old = "(version: 1, model: Example(\"scene\"), chip: \"x\", choices: (\
            schedule: patch(split: 3, grid: (2, 2)), in_place: true, fast_kernels: true))";
        let project = parse(old.as_bytes()).expect("old projects open");
        assert!(project.choices.overlap);
        assert_eq!(project.choices.schedule.first_patches(), Some((3, [2, 2])));
    }

    fn message(text: &str) -> String {
        parse(text.as_bytes())
            .expect_err("it is refused")
            .to_string()
    }

    #[test]
    fn what_is_written_is_read() {
        for source in [
            Source::File("/else/where/ünï \"quoted\" (x).tflite".into()),
            Source::Example("scene".into()),
            sample().model,
        ] {
            let project = Project {
                model: source,
                ..sample()
            };
            let text = print(&project).expect("it can be written");
            assert_eq!(parse(text.as_bytes()), Ok(project), "{text}");
        }
    }

    #[test]
    fn another_version_is_named_before_anything_else_is_judged() {
        let text = message("(version: 2, colours: [Red, Green(1)], nothing: known)");
        assert!(
            text.contains("version 2") && text.contains("newer"),
            "{text}"
        );
        assert!(message("(version: 0)").contains("version 0"));
    }

    #[test]
    fn damage_is_refused_in_one_line() {
        let good = print(&sample()).expect("it can be written");
        for (bad, why) in [
            (String::new(), "no whole project"),
            (good[..good.len() / 2].to_owned(), "no whole project"),
            (good.replace("split: 6", "split: 0"), "0 steps"),
            (good.replace("split: 6", "split: -1"), "no whole project"),
            (good.replace("(3, 2)", "(3, 99999)"), "99999"),
            (good.replace("chip:", "chop:"), "chop"),
            (good.replace("models/a b", "../a"), "climbs"),
            (good.replace("\"pictures\"", "\"../pictures\""), "climbs"),
            (good.replace("samples: 256", "samples: 0"), "0 samples"),
            (good.replace("116.28", "inf"), "not finite"),
            (good.replace("99.99", "NaN"), "not finite"),
            (good.replace("models/a b", "a\\u{202e}b"), "cannot be seen"),
            (good.replace("models/a b", "a\\nb"), "cannot be seen"),
            (good.replace("STM32F746NGHx", ""), "chip"),
            ("[".repeat(MAX_BYTES), "no whole project"),
            (
                format!("(version: 1, x: {})", "Some(".repeat(9999)),
                "no whole project",
            ),
            (" ".repeat(MAX_BYTES + 1), "larger than"),
            ("(version: 1, \u{1b}[31m: 2)".into(), "no whole project"),
        ] {
            let text = message(&bad);
            assert!(text.contains(why), "{why}: {text}");
            assert!(!text.contains(['\n', '\u{1b}', '\u{202e}']), "{text}");
            assert!(text.len() < 600, "{text}");
        }
        assert!(parse(&[0xff, 0xfe, 0]).is_err());
    }

    #[test]
    fn files_beside_or_below_the_project_are_relative() {
        let project = Path::new("/home/me/nets/a.tinyscope");
        for (file, stored) in [
            ("/home/me/nets/m.tflite", "m.tflite"),
            ("/home/me/nets/sub/m.tflite", "sub/m.tflite"),
            ("/home/me/m.tflite", "/home/me/m.tflite"),
        ] {
            assert_eq!(stored_path(project, Path::new(file)), Ok(stored.to_owned()));
            assert_eq!(resolved_path(project, stored), Path::new(file));
        }
        assert!(is_project(project) && !is_project(Path::new("a.tflite")));
    }
}
