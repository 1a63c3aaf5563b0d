//! What streamed plans are compared with: the networks layer by layer, tensors alone.

use super::Figures;
use super::row::Group;
use crate::accounting::tensors::live_maximum;
use crate::design::{DesignError, bundled};

/// Design, bytes.
const PEAKS: [(&str, usize); 5] = [
    ("mobilenetv2-1.0-r224", 1_404_928),
    ("mbv2-w0.35-r144", 290_304),
    ("mcunet-vww1", 89_600),
    ("mcunet-320kb-1mb", 247_808),
    ("mlperf-vww", 55_296),
];

pub fn rows(figures: &mut Figures) -> Result<(), DesignError> {
    for (name, published) in PEAKS {
        let account = live_maximum(&bundled(name)?.to_graph()?, true);
        let group = Group {
            name: "Layer by layer",
            accounting: account.counts,
        };
        figures.bytes(group, name.into(), published, account.peak_bytes);
    }
    Ok(())
}
