//! A block of depthwise outputs in Armv7E-M assembly: which products it takes, when their operands are loaded, and in
//! which registers.
//!
//! The limit is what fits in registers: up to six accumulators, four words of pixels and weights, two addresses. Every
//! word of pixels meets all of its outputs while it is there, so that a 3×3 row of six outputs takes twelve products
//! and six loads. Loads stand between products, where the Cortex-M7 issues one of each in a cycle, two cycles before
//! they are needed, and by twos where registers allow, which the Cortex-M4 takes in three cycles instead of four.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::ops::Range;

/// Registers for words of pixels and weights.
const TEMPORARIES: usize = 4;
/// Products between a load and its first use.
const LEAD: usize = 2;
/// Words of one row of prepared weights.
const ROW_WORDS: usize = 2;
/// Bytes from the prepared weights to the bias behind them.
const BIAS: usize = 24;

/// Outputs side by side of a 3×3 kernel.
pub(super) struct Block {
    /// Outputs, at most six.
    pub wide: usize,
    /// Horizontal stride, 1 or 2.
    pub stride: usize,
    /// Rows of the kernel that are not in the padding.
    pub rows: Range<usize>,
    /// Words of a plane row, from the block's first, that hold pixels.
    pub live: Range<usize>,
    /// Bytes from a plane row to the next.
    pub row_bytes: usize,
}

/// A word in memory: of pixels or of weights, by row of the kernel.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Word {
    Pixels(usize, usize),
    Weights(usize, usize),
}

struct Product {
    output: usize,
    instruction: &'static str,
    operands: [Word; 2],
}

struct Load {
    word: Word,
    register: usize,
    /// The number of products that stand before it.
    after: usize,
}

impl Block {
    fn products(&self) -> Vec<Product> {
        let last = 1 + (self.wide - 1) * self.stride / 2;
        let mut products = Vec::new();
        for y in self.rows.clone() {
            for word in self.live.start..self.live.end.min(last + 1) {
                for output in 0..self.wide {
                    let tap = (2 * word).cast_signed() - (output * self.stride).cast_signed();
                    let (instruction, weights) = match (self.stride, tap) {
                        (1, -1) => ("smlatb", 0),
                        (1, 2) => ("smlabt", 1),
                        (1, 1) => ("smlad", 1),
                        (_, 0) => ("smlad", 0),
                        (2, 2) => ("smlabb", 1),
                        _ => continue,
                    };
                    products.push(Product {
                        output,
                        instruction,
                        operands: [Word::Pixels(y, word), Word::Weights(y, weights)],
                    });
                }
            }
        }
        products
    }

    /// The statement that computes the accumulators `a0`, `a1`, …; nothing if an output has no product.
    pub(super) fn assembly(&self) -> Option<String> {
        let products = self.products();
        let mut begun: Vec<usize> = Vec::new();
        for product in &products {
            if !begun.contains(&product.output) {
                begun.push(product.output);
            }
        }
        // The bias waits in the accumulator that is begun last.
        let bias = *begun.last().filter(|_| begun.len() == self.wide)?;
        let (loads, registers) = allocate(&products);
        let mut lines = vec![format!("ldr %[a{bias}], [%[w], #{BIAS}]")];
        let mut loads = loads.into_iter().peekable();
        let mut started = BTreeSet::new();
        for (at, product) in products.iter().enumerate() {
            while let Some(load) = loads.next_if(|load| load.after <= at) {
                let (base, offset) = match load.word {
                    Word::Pixels(y, word) => ("x", y * self.row_bytes + 4 * word),
                    Word::Weights(y, word) => ("w", 4 * (y * ROW_WORDS + word)),
                };
                lines.push(format!("ldr %[t{}], [%[{base}], #{offset}]", load.register));
            }
            let output = product.output;
            let from = if started.insert(output) { bias } else { output };
            let [x, w] = registers[at];
            lines.push(format!(
                "{} %[a{output}], %[t{x}], %[t{w}], %[a{from}]",
                product.instruction
            ));
        }
        let names = |prefix: &str, count: usize, each: &dyn Fn(&str) -> String| {
            let names: Vec<String> = (0..count).map(|i| each(&format!("{prefix}{i}"))).collect();
            names.join(", ")
        };
        let output = |name: &str| format!("[{name}] \"=&r\"({name})");
        let mut out = format!(
            "    int32_t {};\n    uint32_t {};\n    __asm__(\n",
            names("a", self.wide, &str::to_owned),
            names("t", TEMPORARIES, &str::to_owned)
        );
        for line in lines {
            let _ = writeln!(out, "        \"{line}\\n\\t\"");
        }
        let _ = writeln!(
            out,
            "        : {}, {}\n        : [x] \"r\"(x), [w] \"r\"(w), \"m\"(*(const ts_word(*)[7])(const void *)w),\n          \
             \"m\"(*(const ts_half(*)[{}])(const void *)x));",
            names("a", self.wide, &output),
            names("t", TEMPORARIES, &output),
            2 * self.row_bytes,
        );
        Some(out)
    }
}

/// Loads in their order, and the registers of each product's operands. A word makes room that is needed last.
fn allocate(products: &[Product]) -> (Vec<Load>, Vec<[usize; 2]>) {
    let next_use = |word: Word, from: usize| {
        (products[from..].iter())
            .position(|p| p.operands.contains(&word))
            .map_or(usize::MAX, |n| from + n)
    };
    let mut held: BTreeMap<Word, usize> = BTreeMap::new();
    // Of each register: the products that stand before it is free.
    let mut free = [0; TEMPORARIES];
    let mut loads: Vec<Load> = Vec::new();
    let mut registers = Vec::new();
    let mut together = 0;
    for (at, product) in products.iter().enumerate() {
        for word in product.operands {
            if held.contains_key(&word) {
                continue;
            }
            held.retain(|&other, _| next_use(other, at) != usize::MAX);
            if held.len() == TEMPORARIES {
                let furthest = (held.keys().copied())
                    .filter(|other| !product.operands.contains(other))
                    .max_by_key(|&other| next_use(other, at));
                if let Some(furthest) = furthest {
                    held.remove(&furthest);
                }
            }
            let register = (0..TEMPORARIES)
                .filter(|r| !held.values().any(|h| h == r))
                .min_by_key(|&r| free[r])
                .unwrap_or(0);
            let wished = at.saturating_sub(LEAD).max(free[register]);
            let before = loads.last().map_or(0, |load| load.after);
            let joins = together == 1 && before >= free[register] && before <= wished;
            let after = if joins { before } else { wished.max(before) };
            together = if joins || after != before {
                1 + usize::from(joins)
            } else {
                together + 1
            };
            loads.push(Load {
                word,
                register,
                after,
            });
            held.insert(word, register);
        }
        let of = |word: Word| held.get(&word).copied().unwrap_or(0);
        let pair = product.operands.map(of);
        for register in pair {
            free[register] = at + 1;
        }
        registers.push(pair);
    }
    (loads, registers)
}
