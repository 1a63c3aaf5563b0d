//! Streamed schedules that compute nothing twice, residuals included: the least memory that the search finds for them.

use super::Figures;
use super::row::{Aim, Group, Unit};
use crate::design::{DesignError, bundled};
use crate::plan::{
    Choices, Counted, Objective, PlanError, Prepared, Query, Target, Totals, Ways, search,
};
use crate::schedule::{HandOver, InputMode};
use std::ops::ControlFlow;

/// A way of streaming that the published figures tell apart.
struct Manner {
    group: Group,
    input: InputMode,
    hand_over: &'static [HandOver],
    overlap: bool,
    /// In the order of [`NETWORKS`].
    published: [usize; 5],
}

const NETWORKS: [&str; 5] = [
    "mobilenetv2-1.0-r224",
    "mbv2-w0.35-r144",
    "mcunet-vww1",
    "mcunet-320kb-1mb",
    "mlperf-vww",
];

const PIXELS: &[HandOver] = &[HandOver::Row, HandOver::Pixel];

const MANNERS: [Manner; 5] = [
    Manner {
        group: Group {
            name: "Streamed, nothing recomputed",
            accounting: "Input by rows, line buffers of whole rows; all tensors and buffers, no kernel scratch.",
        },
        input: InputMode::Rows,
        hand_over: &[HandOver::Row],
        overlap: false,
        published: [131_040, 28_944, 16_720, 61_952, 15_072],
    },
    Manner {
        group: Group {
            name: "Streamed, nothing recomputed",
            accounting: "Input by rows, pixels handed on; all tensors and buffers, no kernel scratch.",
        },
        input: InputMode::Rows,
        hand_over: PIXELS,
        overlap: false,
        published: [121_664, 25_560, 15_568, 60_272, 13_592],
    },
    Manner {
        group: Group {
            name: "Streamed, nothing recomputed",
            accounting: "Input by rows, pixels handed on, outputs over used-up inputs; no kernel scratch.",
        },
        input: InputMode::Rows,
        hand_over: PIXELS,
        overlap: true,
        published: [120_432, 25_560, 14_872, 55_696, 13_592],
    },
    Manner {
        group: Group {
            name: "Streamed, nothing recomputed",
            accounting: "Input resident, pixels handed on; all tensors and buffers, no kernel scratch.",
        },
        input: InputMode::Resident,
        hand_over: PIXELS,
        overlap: false,
        published: [268_944, 86_472, 33_352, 142_960, 40_328],
    },
    Manner {
        group: Group {
            name: "Streamed, nothing recomputed",
            accounting: "Input resident, pixels handed on, outputs over used-up inputs; no kernel scratch.",
        },
        input: InputMode::Resident,
        hand_over: PIXELS,
        overlap: true,
        published: [195_696, 66_976, 21_856, 98_752, 28_512],
    },
];

pub fn rows(figures: &mut Figures) -> Result<(), DesignError> {
    let mut networks = Vec::with_capacity(NETWORKS.len());
    for name in NETWORKS {
        networks.push((name, Prepared::new(&bundled(name)?.to_graph()?)));
    }
    for manner in &MANNERS {
        for ((name, prepared), published) in networks.iter().zip(manner.published) {
            let least = prepared.as_ref().map_err(PlanError::clone);
            match least.and_then(|prepared| least_memory(prepared, manner)) {
                Ok(totals) => figures.within(
                    manner.group,
                    (*name).into(),
                    published,
                    // The arena, in which all of it has found a place.
                    totals.peak_sram_bytes,
                ),
                Err(error) => figures.skipped.push(format!("{name}: {error}")),
            }
        }
    }
    Ok(())
}

/// The least memory without extra MACs, with kernels that take no scratch.
fn least_memory(prepared: &Prepared, manner: &Manner) -> Result<Totals, PlanError> {
    let objective = Objective::LeastMemory {
        max_mac_factor: Some(1.0),
    };
    let query = Query {
        counted: Counted::Arena,
        ways: Ways {
            lines: manner.hand_over.to_vec(),
            ..Ways::LAYER
        },
        ..Query::new(objective)
    };
    let choices = Choices {
        input: manner.input,
        overlap: manner.overlap,
        fast_kernels: false,
        ..Choices::default()
    };
    let watch = &mut |_| ControlFlow::Continue(());
    let found = search(prepared, &Target::stm32f746(), &choices, &query, watch)?;
    Ok(found.plan.totals)
}

impl Figures {
    /// A size in bytes that ours must not exceed.
    pub(super) fn within(&mut self, group: Group, what: String, published: usize, ours: usize) {
        self.push(
            group,
            what,
            ([published as f64, ours as f64], Unit::Bytes, 0),
        );
        if let Some(row) = self.rows.last_mut() {
            row.aim = Aim::AtMost;
        }
    }
}
