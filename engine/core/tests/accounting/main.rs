//! Foreign ways of counting memory: against what was published or measured with the peers' own code, and against slow
//! definitions.

mod mcunetv2;
mod msf;
#[path = "../support/mod.rs"]
mod support;
mod tensors;
mod tflm;
mod tinyengine;

use tinyscope_core::design::{Built, Design, bundled};
use tinyscope_core::reproduce::{Source, rows};

/// The bundled design of this name, built.
fn built(name: &str) -> Built {
    let design = bundled(name).expect("a bundled design");
    design.build().expect("a graph")
}

/// A network of one line for each block, in the notation of a design.
fn chain(resolution: [usize; 2], blocks: &str) -> Built {
    let [h, w] = resolution;
    let text =
        format!("(name: \"chain\", resolution: ({h}, {w}), channels: 3, blocks: [{blocks}])");
    let design = Design::from_ron(text.as_bytes()).expect("a design");
    design.build().expect("a graph")
}

/// Splitmix64 (Steele, Lea, Flood 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end as u64) as usize
    }

    /// A random chain of convolutions.
    fn chain(&mut self, layers: usize) -> Built {
        let blocks: Vec<String> = (0..layers)
            .map(|_| {
                let (k, s) = (1 + 2 * self.below(3), 1 + self.below(2));
                let width = 1 + self.below(12);
                match self.below(3) {
                    0 => format!("Separable(kernel: {k}, stride: {s}, width: {width})"),
                    _ => format!("Conv(kernel: ({k}, {k}), stride: ({s}, {s}), width: {width})"),
                }
            })
            .collect();
        chain(
            [16 + self.below(17), 16 + self.below(17)],
            &blocks.join(", "),
        )
    }
}

#[test]
fn every_published_figure_is_reproduced() {
    let read = |name: &str| support::model(name);
    // Those are packed by the tests of arena planning.
    let source = Source {
        model: &read,
        packing: &|_| None,
    };
    let figures = rows(&source).expect("the bundled designs are designs");
    for row in &figures.rows {
        assert!(
            row.agrees(),
            "{}: {}: published {}, ours {} {}",
            row.group,
            row.what,
            row.published,
            row.ours,
            row.unit.symbol()
        );
    }
    let groups = [
        "TinyEngine: SRAM",
        "MCUNetV2",
        "msf-CNN",
        "Released architectures",
    ];
    for group in groups {
        assert!(figures.rows.iter().any(|row| row.group == group), "{group}");
    }
    for skipped in &figures.skipped {
        println!("skipped: {skipped}");
    }
}
