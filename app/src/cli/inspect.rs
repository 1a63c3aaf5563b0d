//! `inspect`: what a model is made of and what it needs, layer by layer.

use super::args::{ModelArgs, PlanArgs};
use super::{Failure, model, plan, print_json, report};

/// Print operators, shapes, MACs, parameters and memory of the layer-by-layer schedule.
pub fn inspect(args: &ModelArgs) -> Result<(), Failure> {
    let args = PlanArgs::layer_by_layer(args);
    let (loaded, planned) = model::load_and_plan(&args)?;
    let report = report::plan_report(&planned, &loaded.notes);
    if args.model.json {
        print_json(&report)
    } else {
        plan::print_report(&report)
    }
}
