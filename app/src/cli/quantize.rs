//! `quantize`: a float model becomes an int8 one, with a report on what that costs.

use super::args::{MethodArg, QuantizeArgs};
use super::table::{Align, table};
use super::{Failure, model, print, print_json};
use crate::images::{self, Broken};
use crate::quantise::{self, Outcome, Progress, Settings, Stopped};
use crate::{engine, format, store};
use serde::Serialize;
use std::io::IsTerminal as _;
use std::ops::ControlFlow;
use tinyscope_core::Graph;
use tinyscope_core::quant::calibrate::{Border, Method, Report};
use tinyscope_core::quant::preprocess::Preprocessing;

#[derive(Serialize)]
struct Quantized<'a> {
    model: String,
    out: String,
    out_bytes: usize,
    preprocessing: &'a Preprocessing,
    preprocessing_text: &'a str,
    #[serde(flatten)]
    report: &'a Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    top1_float: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top1_int8: Option<f64>,
    classes: &'a [String],
    broken: &'a [Broken],
}

/// Quantise and write.
pub fn quantize(args: &QuantizeArgs) -> Result<(), Failure> {
    let loaded = model::load(&args.model.file)?;
    let file = format::path(&args.model.file);
    if !engine::is_float(&loaded.graph) {
        return Err(Failure::Input(format!(
            "{file} is int8 already; `tinyscope plan` and `tinyscope export` take it as it is"
        )));
    }
    let settings = settings(args, &loaded.graph)?;
    store::may_write(&args.out, args.force).map_err(Failure::Input)?;
    let mut stage = "";
    let mut show = |p: Progress| {
        if stage != p.stage && std::io::stderr().is_terminal() {
            eprintln!("{} …", p.stage);
        }
        stage = p.stage;
        ControlFlow::Continue(())
    };
    let outcome = quantise::run(&loaded.graph, &settings, &mut show).map_err(|why| match why {
        Stopped::Cancelled => Failure::Tool("stopped".into()),
        Stopped::Failed(why) => Failure::Input(why),
    })?;
    let bytes = engine::exported(&outcome.graph, &args.out).map_err(Failure::Input)?;
    store::write_whole(&args.out, &bytes).map_err(|error| {
        let out = format::path(&args.out);
        Failure::Input(format!("{out}: {error}; choose a file that can be written"))
    })?;
    let preprocessing = described(&loaded.graph, &outcome.settings);
    let result = Quantized {
        model: format::visible(&loaded.graph.name),
        out: format::path(&args.out),
        out_bytes: bytes.len(),
        preprocessing: &outcome.settings.preprocessing,
        preprocessing_text: &preprocessing,
        report: &outcome.report,
        top1_float: outcome.accuracy.map(|[float, _]| float.top1()),
        top1_int8: outcome.accuracy.map(|[_, int8]| int8.top1()),
        classes: &outcome.classes,
        broken: &outcome.broken,
    };
    if args.model.json {
        print_json(&result)
    } else {
        print_text(&outcome, &result)
    }
}

/// What pictures go through, in one line.
fn described(graph: &Graph, settings: &Settings) -> String {
    match (graph.inputs.first(), &settings.images) {
        (Some(&input), Some(_)) => images::describe(&settings.preprocessing, graph.tensor(input)),
        _ => "none: random input".into(),
    }
}

fn settings(args: &QuantizeArgs, graph: &Graph) -> Result<Settings, Failure> {
    if args.images.is_none() && !args.random {
        return Err(Failure::Input(
            "without samples the ranges of activations would come from random input; \
             name a folder of pictures or .npy files with --images, or agree with --random"
                .into(),
        ));
    }
    let mut settings = Settings::for_graph(graph);
    settings.images.clone_from(&args.images);
    settings.samples = args.samples;
    settings.options.method = match (args.method, args.percent) {
        (MethodArg::Percentile, Some(percent)) => Method::Percentile { percent },
        (method, _) => method.method(),
    };
    settings.options.equalize = args.equalize;
    settings.options.correct_bias = args.correct_bias;
    if args.float_border {
        settings.options.border = Border::Float;
    }
    settings.preprocessing = args.preprocessing.over(settings.preprocessing);
    Ok(settings)
}

fn print_text(outcome: &Outcome, result: &Quantized<'_>) -> Result<(), Failure> {
    let report = &outcome.report;
    let rows: Vec<Vec<String>> = report
        .steps
        .iter()
        .enumerate()
        .map(|(i, step)| {
            vec![
                format!("{i:02}"),
                step.name.to_owned(),
                step.sqnr_db
                    .map_or_else(|| "exact".into(), |db| format!("{db:.1}")),
                format!("{:.4} … {:.4}", step.range[0], step.range[1]),
                format!("{:.6}", step.scale),
                step.zero_point.to_string(),
            ]
        })
        .collect();
    let header = [
        ("#", Align::Right),
        ("step", Align::Left),
        ("SQNR dB", Align::Right),
        ("range", Align::Right),
        ("scale", Align::Right),
        ("zero", Align::Right),
    ];
    let mut text = table(&header, &rows);
    text += &format!(
        "\nranges     {}, {} {}\n",
        report.options.method.name(),
        report.samples,
        if outcome.settings.images.is_some() {
            "samples"
        } else {
            "RANDOM inputs: fit for timing and memory, not for answers"
        }
    );
    if outcome.settings.images.is_some() {
        text += &format!("pictures   {}\n", result.preprocessing_text);
    }
    let agreement = &report.agreement;
    text += &format!(
        "agreement  {:.1} % the same argmax, cosine {:.4}, largest difference {:.4}\n",
        agreement.argmax * 100.0,
        agreement.cosine,
        agreement.max_abs_error,
    );
    if let Some([float, int8]) = outcome.accuracy {
        text += &format!(
            "top-1      float {:.1} %, int8 {:.1} % ({} samples in {} classes)\n",
            float.top1() * 100.0,
            int8.top1() * 100.0,
            int8.total,
            outcome.classes.len(),
        );
    }
    for broken in &outcome.broken {
        text += &format!("left out   {}: {}\n", broken.file, broken.why);
    }
    if !outcome.broken.is_empty() {
        text += &format!("           {} files were left out\n", outcome.broken.len());
    }
    text += &format!(
        "wrote {} ({} B)\n",
        result.out,
        format::group(result.out_bytes as u64)
    );
    print(&text)
}
