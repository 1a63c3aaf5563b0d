//! A folder of pictures or arrays as inputs of a measurement. Reads files: not for the window's thread.

use crate::format;
use crate::images::{self, Broken, Folder};
use crate::quantise::Settings;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use tinyscope_board::measure::{Sample, Samples};
use tinyscope_core::Graph;
use tinyscope_core::plan::Plan;
use tinyscope_core::quant::Value;
use tinyscope_core::quant::preprocess::Preprocessing;

/// Inputs that a measurement takes where nobody says how many.
pub const LIMIT: usize = 100;
/// Memory that inputs may take; what is beyond is left out.
const MAX_BYTES: usize = 512 << 20;

/// Inputs that a measurement is to take.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// Folder of pictures or arrays.
    pub folder: PathBuf,
    /// How many at most.
    pub limit: usize,
    /// How pictures become inputs.
    pub preprocessing: Preprocessing,
}

/// How pictures become inputs where nobody says otherwise: as they were when the model was quantised here, else as its
/// input's shape and type suggest.
pub fn preprocessing(graph: &Graph, quantised: Option<&Settings>) -> Preprocessing {
    quantised.map_or_else(|| images::guess(graph).0, |settings| settings.preprocessing)
}

/// Inputs from a folder, and the files that could not be used. Sub-folders are classes, as for quantising.
///
/// # Errors
/// A sentence for people; also when `progress` asks to stop.
pub fn load(
    plan: &Plan,
    folder: &Path,
    limit: usize,
    preprocessing: &Preprocessing,
    progress: &mut dyn FnMut(f32) -> ControlFlow<()>,
) -> Result<(Samples, Vec<Broken>), String> {
    let [input] = plan.graph.inputs.as_slice() else {
        return Err(format!(
            "the network has {} inputs; files can only be given to one",
            plan.graph.inputs.len()
        ));
    };
    let input = plan.graph.tensor(*input);
    let found = Folder::scan(folder)?;
    let room = (MAX_BYTES / input.bytes().max(1)).max(1);
    let wanted = found.spread(limit.clamp(1, room));
    let total = wanted.len();
    let shown = format::path(folder);
    let mut samples = Samples {
        about: format!(
            "{total} of {} files in {shown}, pictures {}",
            found.files.len(),
            images::describe(preprocessing, input)
        ),
        items: Vec::with_capacity(total),
        classes: found.classes.clone(),
    };
    let mut broken = Vec::new();
    for (done, (path, label)) in wanted.into_iter().enumerate() {
        if progress(done as f32 / total as f32).is_break() {
            return Err("stopped".into());
        }
        let name = format::path(path.strip_prefix(folder).unwrap_or(path));
        match images::load(path, input, preprocessing) {
            Ok(Value::I8(codes)) => samples.items.push(Sample {
                name,
                label: label.and_then(|label| u32::try_from(label).ok()),
                codes,
            }),
            Ok(Value::F32(_)) => return Err("the plan's input takes no codes".into()),
            Err(why) => broken.push(Broken { file: name, why }),
        }
    }
    if samples.items.is_empty() {
        let first = broken.first();
        let why = first.map_or_else(String::new, |b| format!("; {}: {}", b.file, b.why));
        return Err(format!(
            "none of the {total} files in {shown} could be used{why}"
        ));
    }
    Ok((samples, broken))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_quantised_here_takes_pictures_as_it_was_calibrated_with_them() {
        let bytes = crate::examples::find("digits")
            .expect("it is bundled")
            .bytes;
        let graph = tinyscope_core::import::load("digits", bytes).expect("it imports");
        let guessed = images::guess(&graph).0;
        let mut settings = Settings::for_graph(&graph);
        settings.preprocessing.crop = 0.5;
        assert_ne!(settings.preprocessing, guessed);
        assert_eq!(
            preprocessing(&graph, Some(&settings)),
            settings.preprocessing
        );
        assert_eq!(preprocessing(&graph, None), guessed);
    }
}
