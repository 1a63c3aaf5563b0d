//! Figures that others published or that were measured with their code, on their own models.

use tinyscope_core::import::import;
use tinyscope_core::plan::{
    Choices, Objective, Plan, Prepared, Schedule, Target, best_patch, interpret, plan_prepared,
};
use tinyscope_core::quant::{Value, random_input, run};

/// The model of this name; `None`, and a line that says so, where the shared models are absent.
pub fn model(name: &str) -> Option<Prepared> {
    let bytes = crate::support::model(name)?;
    let imported = import(name, &bytes);
    let graph = imported
        .graph
        .unwrap_or_else(|| panic!("{:?}", imported.diagnostics));
    Some(Prepared::new(&graph).unwrap())
}

fn layer(prepared: &Prepared) -> Plan {
    plan_prepared(prepared, &Target::stm32f746(), &Choices::default()).unwrap()
}

#[test]
fn layer_by_layer_peaks_are_not_above_the_published_ones() {
    for (name, published) in [
        ("vww_96_int8", 55_296),
        ("mcunet_vww", 89_600),
        ("mbv2-w0.35_imagenet", 229_376),
        ("mcunet-5fps_imagenet", 163_840),
    ] {
        let Some(prepared) = model(name) else { return };
        let totals = layer(&prepared).totals;
        assert!(
            totals.peak_activation_bytes <= published,
            "{name}: {} > {published}",
            totals.peak_activation_bytes
        );
    }
}

#[test]
fn without_in_place_the_arena_of_mlperf_vww_is_as_low_as_its_live_tensors() {
    let Some(prepared) = model("vww_96_int8") else {
        return;
    };
    let choices = Choices {
        in_place: false,
        fast_kernels: false,
        ..Choices::default()
    };
    let plan = plan_prepared(&prepared, &Target::stm32f746(), &choices).unwrap();
    // Greedy by size gives 64,512.
    assert_eq!(plan.totals.peak_sram_bytes, 55_296);
}

#[test]
fn the_best_patch_stage_of_mcunet_vww_is_below_tinyengines() {
    let Some(prepared) = model("mcunet_vww") else {
        return;
    };
    let objective = Objective::LeastMemory {
        max_mac_factor: None,
    };
    let plan = best_patch(
        &prepared,
        &Target::stm32f746(),
        &Choices::default(),
        objective,
    )
    .unwrap();
    // TinyEngine: 2×2 patches after 5 layers, 62,352 B, and the input image beside it.
    assert!(
        plan.totals.peak_sram_bytes < 62_352 + 19_200,
        "{:?}",
        plan.totals
    );
    assert!(matches!(plan.choices.schedule, Schedule::Patch { .. }));
}

#[test]
fn patches_give_the_same_bytes_as_layers_on_real_models() {
    for name in [
        "mcunet_vww",
        "vww_96_int8",
        "pretrainedResnet_quant",
        "kws_ref_model",
    ] {
        let Some(prepared) = model(name) else { return };
        let values = random_input(&prepared.graph, 7);
        let codes: Vec<Vec<i8>> = (values.iter())
            .map(|value| value.as_i8().unwrap().to_vec())
            .collect();
        let trace = run(&prepared.graph, &values).unwrap();
        let expected = trace.get(prepared.graph.outputs[0]).and_then(Value::as_i8);
        for (index, &split) in prepared.legal_splits.iter().enumerate() {
            let [h, w, _] = prepared.flow.steps[split - 1].map;
            let choices = Choices {
                schedule: Schedule::Patch {
                    split,
                    grid: [h.min(1 + index % 4), w.min(2 + index % 3)],
                },
                ..Choices::default()
            };
            let plan = plan_prepared(&prepared, &Target::stm32f746(), &choices).unwrap();
            let result = interpret(&plan, &codes).unwrap();
            assert_eq!(Some(&result.outputs[0][..]), expected, "{name} {choices:?}");
        }
    }
}
