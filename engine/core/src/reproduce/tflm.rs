//! TensorFlow Lite Micro's arenas for the published model files, measured with its own code; and what folding and working in
//! place leave of them.

use super::row::Group;
use super::{Figures, Source};
use crate::accounting::{tensors, tflm};
use crate::import::import;
use crate::schedule::lower;

/// Model file, bytes of the arena's head.
const HEADS: [(&str, usize); 10] = [
    ("vww_96_int8", 73_728),
    ("pretrainedResnet_quant", 49_152),
    ("kws_ref_model", 16_000),
    ("ad01_int8", 768),
    ("str_ww_ref_model", 6_656),
    ("person_detect", 55_296),
    ("mcunet_vww", 161_472),
    ("mcunet_detection", 337_024),
    ("mcunet-5fps_imagenet", 270_464),
    ("mbv2-w0.35_imagenet", 405_696),
];

/// Model file, bytes of live tensors with PAD, RESHAPE and QUANTIZE folded; the same in place, where it was measured.
const FOLDED: [(&str, usize, Option<usize>); 5] = [
    ("mcunet_vww", 96_000, Some(89_600)),
    ("mcunet_detection", 245_760, None),
    ("mcunet-5fps_imagenet", 163_840, None),
    ("mbv2-w0.35_imagenet", 245_760, Some(229_376)),
    ("vww_96_int8", 55_296, None),
];

const NAME: &str = "TensorFlow Lite Micro: arena head";

pub fn rows(source: &Source<'_>, figures: &mut Figures) {
    for (name, published) in HEADS {
        let Some(bytes) = (source.model)(name) else {
            let why = format!("{name}: the model file is not there");
            figures.skipped.push(why);
            continue;
        };
        let imported = import(name, &bytes);
        let (Some(account), Some(graph)) = (tflm::head(&imported.view), &imported.graph) else {
            let why = format!("{name}: the file cannot be read");
            figures.skipped.push(why);
            continue;
        };
        let group = |accounting| Group {
            name: NAME,
            accounting,
        };
        let what = name.to_owned();
        figures.bytes(group(account.counts), what, published, account.peak_bytes);
        let Some((_, folded, in_place)) = FOLDED.iter().find(|(of, ..)| *of == name) else {
            continue;
        };
        let (lowered, _) = lower(graph);
        let account = tensors::live_maximum(&lowered, false);
        let what = format!("{name}, folded");
        figures.bytes(group(account.counts), what, *folded, account.peak_bytes);
        if let Some(in_place) = in_place {
            let account = tensors::live_maximum(&lowered, true);
            let what = format!("{name}, folded and in place");
            figures.bytes(group(account.counts), what, *in_place, account.peak_bytes);
        }
    }
}
