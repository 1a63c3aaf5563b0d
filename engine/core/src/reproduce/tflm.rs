//! TensorFlow Lite Micro's arenas for the published model files, measured with its own code; and what folding and working in
//! place leave of them.

use super::row::Group;
use super::{Figures, Source};
use crate::accounting::tensors::live_maximum;
use crate::accounting::{Account, tflm};
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
    let mut folded = Figures::default();
    let mut in_place = Figures::default();
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
        push(figures, name, &account, published);
        let live = FOLDED.iter().find(|(of, ..)| *of == name);
        let Some((_, plain, overwriting)) = live else {
            continue;
        };
        let (lowered, _) = lower(graph);
        push(
            &mut folded,
            &format!("{name}, folded"),
            &live_maximum(&lowered, false),
            *plain,
        );
        if let Some(published) = overwriting {
            let what = format!("{name}, folded and in place");
            push(
                &mut in_place,
                &what,
                &live_maximum(&lowered, true),
                *published,
            );
        }
    }
    // By way of counting.
    figures.rows.extend(folded.rows);
    figures.rows.extend(in_place.rows);
}

fn push(figures: &mut Figures, what: &str, account: &Account, published: usize) {
    let group = Group {
        name: NAME,
        accounting: account.counts,
    };
    figures.bytes(group, what.to_owned(), published, account.peak_bytes);
}
