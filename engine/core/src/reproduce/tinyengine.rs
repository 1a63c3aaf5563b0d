//! The SRAM column of `TinyEngine`'s README (STM32H743).

use super::Figures;
use super::row::{Group, Unit};
use crate::accounting::tinyengine::layer_by_layer;
use crate::design::{DesignError, bundled};

/// Network, name there, KiB.
const SRAM: [(&str, &str, f64); 9] = [
    ("mcunet-10fps", "mcunet-in0", 49.0),
    ("mcunet-5fps", "mcunet-in1", 96.0),
    ("mcunet-256kb-1mb", "mcunet-in2", 215.0),
    ("mcunet-320kb-1mb", "mcunet-in3", 260.0),
    ("mcunet-512kb-2mb", "mcunet-in4", 416.0),
    ("mcunet-vww1", "mcunet-vww1", 92.0),
    ("mcunet-vww2", "mcunet-vww2", 174.0),
    ("proxyless-w0.3-r64", "proxyless-w0.3-r64", 35.0),
    ("proxyless-w0.3-r176", "proxyless-w0.3-r176", 259.0),
];

pub fn rows(figures: &mut Figures) -> Result<(), DesignError> {
    for (name, called, published) in SRAM {
        let account = layer_by_layer(&bundled(name)?.to_graph()?);
        let group = Group {
            name: "TinyEngine: SRAM",
            accounting: account.counts,
        };
        let ours = account.peak_bytes as f64 / 1024.0;
        let what = if called == name {
            name.to_owned()
        } else {
            format!("{called} ({name})")
        };
        figures.push(group, what, ([published, ours], Unit::Kibibytes, 0));
    }
    Ok(())
}
