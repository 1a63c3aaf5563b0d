//! `run`: one inference on the host, and the classes that it answers.

use super::args::{ModelArgs, PreprocessingArgs};
use super::table::{Align, table};
use super::{Failure, model, print, print_json};
use crate::{engine, format, images};
use serde::Serialize;
use std::path::Path;
use tinyscope_core::quant::{self, Value};
use tinyscope_core::{Graph, TensorId};

#[derive(Serialize)]
struct Ran {
    model: String,
    input: String,
    outputs: Vec<Output>,
}

#[derive(Serialize)]
struct Output {
    shape: Vec<usize>,
    /// The largest elements, largest first.
    top: Vec<Class>,
}

#[derive(Serialize)]
struct Class {
    index: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    value: f32,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<i8>,
}

/// Run once, on a picture, an array, or random input.
pub fn run(
    args: &ModelArgs,
    image: Option<&Path>,
    preprocessing: &PreprocessingArgs,
    labels: Option<&Path>,
    top: usize,
) -> Result<(), Failure> {
    let loaded = model::load(&args.file)?;
    let graph = &loaded.graph;
    let labels = labels.map(read_labels).transpose()?;
    let (inputs, input) = match image {
        Some(path) => {
            let base = loaded.settings.as_ref().map(|s| s.preprocessing);
            given(graph, path, preprocessing, base)?
        }
        None => (
            quant::random_input(graph, 1),
            "random numbers; name a picture or an .npy file with --image".into(),
        ),
    };
    let trace = quant::run(graph, &inputs).map_err(|e| Failure::Input(e.to_string()))?;
    let outputs = graph.outputs.iter();
    let result = Ran {
        model: format::visible(&graph.name),
        input,
        outputs: outputs
            .map(|&id| output(graph, id, trace.get(id), labels.as_deref(), top))
            .collect(),
    };
    if args.json {
        return print_json(&result);
    }
    let mut text = format!("input   {}\n", result.input);
    for output in &result.outputs {
        let shape: Vec<String> = output.shape.iter().map(ToString::to_string).collect();
        text += &format!("output  {}\n\n", shape.join("×"));
        let rows: Vec<Vec<String>> = output
            .top
            .iter()
            .map(|class| {
                vec![
                    class.index.to_string(),
                    format!("{:.4}", class.value),
                    class.code.map_or_else(String::new, |c| c.to_string()),
                    class.label.clone().unwrap_or_default(),
                ]
            })
            .collect();
        let header = [
            ("index", Align::Right),
            ("value", Align::Right),
            ("code", Align::Right),
            ("", Align::Left),
        ];
        text += &table(&header, &rows);
    }
    print(&text)
}

/// The value of the network's one input from a file, and what was done in one line.
pub fn given(
    graph: &Graph,
    path: &Path,
    preprocessing: &PreprocessingArgs,
    base: Option<quant::preprocess::Preprocessing>,
) -> Result<(Vec<Value>, String), Failure> {
    let [input] = graph.inputs.as_slice() else {
        return Err(Failure::Input(format!(
            "the network has {} inputs; a file can only be given to one",
            graph.inputs.len()
        )));
    };
    let input = graph.tensor(*input);
    let (guessed, why) = images::guess(graph);
    let why = match base {
        Some(_) => "as the project has it".into(),
        None => why,
    };
    let chosen = preprocessing.over(base.unwrap_or(guessed));
    let file = format::path(path);
    let value = images::load(path, input, &chosen)
        .map_err(|error| Failure::Input(format!("{file}: {error}")))?;
    let is_array = path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("npy"));
    let about = if is_array {
        format!("{file}, as it is")
    } else {
        let steps = images::describe(&chosen, input);
        let why = if preprocessing.is_empty() {
            why
        } else {
            "as given".into()
        };
        format!("{file}, {steps} ({why})")
    };
    Ok((vec![value], about))
}

fn output(
    graph: &Graph,
    id: TensorId,
    value: Option<&Value>,
    labels: Option<&[String]>,
    top: usize,
) -> Output {
    let tensor = graph.tensor(id);
    let numbers = value.map(|v| engine::real(v, tensor)).unwrap_or_default();
    let codes = value.and_then(Value::as_i8);
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    // Stable: of equal elements the first comes first.
    order.sort_by(|&a, &b| numbers[b].total_cmp(&numbers[a]));
    Output {
        shape: tensor.shape.clone(),
        top: (order.into_iter().take(top))
            .map(|index| Class {
                index,
                label: labels.and_then(|l| l.get(index).cloned()),
                value: numbers[index],
                code: codes.map(|c| c[index]),
            })
            .collect(),
    }
}

/// One label a line.
fn read_labels(path: &Path) -> Result<Vec<String>, Failure> {
    let shown = format::path(path);
    let about = std::fs::metadata(path).map_err(|e| Failure::Input(format!("{shown}: {e}")))?;
    if !about.is_file() || about.len() > 16 << 20 {
        return Err(Failure::Input(format!(
            "{shown} is no list of labels: one a line, in a text file"
        )));
    }
    let bytes = std::fs::read(path).map_err(|e| Failure::Input(format!("{shown}: {e}")))?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.lines().map(|l| format::visible(l.trim())).collect())
}
