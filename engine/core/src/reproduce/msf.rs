//! msf-CNN's first problem (`NeurIPS` 2025; re-run with its code): the least memory under a bound on the MACs.

use super::Figures;
use super::row::{Group, Unit};
use crate::accounting::msf::least_memory;
use crate::design::{DesignError, bundled};

/// Bound on the MAC factor; bytes and factor by network, in the order of [`NETS`]. No factor was printed for the first.
const LEAST: [(f64, [(usize, f64); 3]); 5] = [
    (1.0, [(181_440, 1.0), (89_600, 1.0), (247_808, 1.0)]),
    (1.1, [(67_905, 1.097), (32_792, 1.039), (190_096, 1.041)]),
    (1.3, [(21_288, 1.298), (17_760, 1.296), (186_032, 1.251)]),
    (1.5, [(15_340, 1.382), (13_376, 1.345), (94_184, 1.455)]),
    (
        f64::INFINITY,
        [(7_887, 1.679), (12_000, 1.957), (42_643, 2.695)],
    ),
];

/// Design, name there.
const NETS: [(&str, &str); 3] = [
    ("msf-mbv2-w0.35-r144", "MBV2-0.35@144"),
    ("mcunet-vww1", "vww5@80"),
    ("mcunet-320kb-1mb", "320K@176"),
];

pub fn rows(figures: &mut Figures) -> Result<(), DesignError> {
    for (index, (name, called)) in NETS.into_iter().enumerate() {
        let graph = bundled(name)?.to_graph()?;
        for (bound, published) in LEAST {
            let (bytes, factor) = published[index];
            let Some(fusion) = least_memory(&graph, bound) else {
                continue;
            };
            let group = Group {
                name: "msf-CNN",
                accounting: fusion.account.counts,
            };
            let what = if bound.is_finite() {
                format!("{called}, F ≤ {bound:.1}")
            } else {
                format!("{called}, F unbounded")
            };
            let ours = fusion.account.peak_bytes;
            figures.bytes(group, what.clone(), bytes, ours);
            if bound > 1.0 {
                figures.push(group, what, ([factor, fusion.factor], Unit::Times, 3));
            }
        }
    }
    Ok(())
}
