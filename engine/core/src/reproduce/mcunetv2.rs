//! `MCUNetV2`'s figures for `MobileNetV2` 1.0 at 224×224 (Lin et al., `NeurIPS` 2021).

use super::Figures;
use super::row::{Group, Unit};
use crate::accounting::mcunetv2::{block_peaks, layer_by_layer, search, stage};
use crate::design::{DesignError, bundled};

/// KiB of blocks 0 to 17.
const BLOCKS: [f64; 18] = [
    539.0, 588.0, 1372.0, 514.5, 514.5, 171.5, 171.5, 171.5, 85.8, 85.8, 85.8, 91.9, 128.6, 128.6,
    128.6, 53.6, 53.6, 61.2,
];

/// More MACs than layer by layer that the search may spend: the paper reports +10 %.
const MAX_FACTOR: f64 = 1.1;

const PATCHES: Group = Group {
    name: "MCUNetV2",
    accounting: "Patches with their whole halo computed again; whole-network figures without what lies beyond the border of \
                 a map, the stage's with it.",
};

pub fn rows(figures: &mut Figures) -> Result<(), DesignError> {
    let kibibytes = |bytes: usize| bytes as f64 / 1024.0;
    let mega = |macs: u64| macs as f64 / 1e6;
    let percent = |more: u64, than: u64| 100.0 * (more as f64 / than as f64 - 1.0);

    let net = bundled("mobilenetv2-1.0-r224")?.build()?;
    let layers = layer_by_layer(&net.graph);
    let by_layer = Group {
        name: PATCHES.name,
        accounting: layers.counts,
    };
    let what = "MobileNetV2 1.0, layer by layer";
    let peak = kibibytes(layers.peak_bytes);
    figures.push(by_layer, what.into(), ([1372.0, peak], Unit::Kibibytes, 1));
    for (index, (published, ours)) in BLOCKS.iter().zip(block_peaks(&net)).enumerate() {
        let digits = usize::from(published.fract() != 0.0);
        let what = format!("MobileNetV2 1.0, block {index}");
        let pair = [*published, kibibytes(ours)];
        figures.push(by_layer, what, (pair, Unit::Kibibytes, digits));
    }

    if let Some(best) = search(&net, MAX_FACTOR) {
        let of = |what: &str| format!("MobileNetV2 1.0, {what}");
        let stage = &best.stage;
        let group = Group {
            name: PATCHES.name,
            accounting: stage.account.counts,
        };
        let peak = kibibytes(stage.account.peak_bytes);
        let patch = stage.input_patch[0] as f64;
        figures.push(
            group,
            of("n* found"),
            ([5.0, best.blocks as f64], Unit::Count, 0),
        );
        figures.push(
            group,
            of("p* found"),
            ([4.0, best.grid as f64], Unit::Count, 0),
        );
        figures.push(group, of("patches"), ([171.5, peak], Unit::Kibibytes, 1));
        figures.push(PATCHES, of("input patch"), ([75.0, patch], Unit::Pixels, 0));
        let unclipped = stage.unclipped_macs;
        let more = percent(unclipped, stage.layer_macs);
        let whole = stage.network_macs - stage.layer_macs + stage.clipped_macs;
        let beyond = stage.network_macs - stage.layer_macs + unclipped;
        let part = of("patch stage");
        figures.push(
            PATCHES,
            part.clone(),
            ([129.5, mega(unclipped)], Unit::MegaMacs, 1),
        );
        figures.push(PATCHES, part, ([41.9, more], Unit::Percent, 1));
        let all = of("whole network");
        figures.push(
            PATCHES,
            all.clone(),
            ([328.7, mega(whole)], Unit::MegaMacs, 1),
        );
        let more = percent(whole, stage.network_macs);
        figures.push(PATCHES, all, ([9.3, more], Unit::Percent, 1));
        let all = of("whole network, beyond borders too");
        figures.push(
            PATCHES,
            all.clone(),
            ([339.0, mega(beyond)], Unit::MegaMacs, 0),
        );
        let more = percent(beyond, stage.network_macs);
        figures.push(PATCHES, all, ([12.7, more], Unit::Percent, 1));
    }

    let redistributed = bundled("mobilenetv2-rd-r224")?.build()?;
    // Its stage ends with the second halving: stem, 1×1, and two blocks.
    if let Some(stage) = stage(&redistributed, 4, 4) {
        let of = |what: &str| format!("MobileNetV2-RD, {what}");
        let patch = stage.input_patch[0] as f64;
        let work = mega(stage.unclipped_macs);
        let more = percent(stage.unclipped_macs, stage.layer_macs);
        let whole = 100.0 * (stage.factor() - 1.0);
        figures.push(PATCHES, of("input patch"), ([63.0, patch], Unit::Pixels, 0));
        figures.push(
            PATCHES,
            of("patch stage"),
            ([73.25, work], Unit::MegaMacs, 2),
        );
        figures.push(PATCHES, of("patch stage"), ([18.3, more], Unit::Percent, 1));
        figures.push(
            PATCHES,
            of("whole network"),
            ([2.9, whole], Unit::Percent, 1),
        );
    }
    Ok(())
}
