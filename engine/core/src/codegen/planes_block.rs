//! A block of depthwise outputs in Armv7E-M assembly: which products it takes, when their operands are loaded, and in
//! which registers.
//!
//! The limit is what fits in registers: up to six accumulators, four words of pixels and weights, two addresses. Every
//! word of pixels meets all of its outputs while it is there: six outputs take 12, 18 or 24 products of a row of 3, 5
//! or 7 taps. Loads stand between products, where the Cortex-M7 issues one of each in a cycle, two cycles before they
//! are needed, and by twos where registers allow, which the Cortex-M4 takes in three cycles instead of four.
//!
//! Kernels of three rows are one piece. In higher ones every row is the same text, whose last loads step to the next
//! row and fetch its first words: a block whose window hangs over an edge begins at a later row's text.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::ops::Range;

/// Registers for words of pixels and weights.
pub(super) const TEMPORARIES: usize = 4;
/// Products between a load and its first use.
const LEAD: usize = 2;
/// Furthest step of an address that a load can take along.
const WRITTEN_BACK: usize = 255;

/// Outputs side by side.
#[derive(Clone)]
pub(super) struct Block {
    /// Outputs, at most six.
    pub wide: usize,
    /// Rows and columns of the kernel.
    pub kernel: [usize; 2],
    /// Horizontal stride, 1 or 2.
    pub stride: usize,
    /// Rows of the kernel that are not in the padding; higher kernels choose when they run.
    pub rows: Range<usize>,
    /// Words of a plane row, from the block's first, that hold pixels.
    pub live: Range<usize>,
    /// Bytes from a plane row to the next.
    pub row_bytes: usize,
}

/// A word in memory: of pixels or of weights, by row of the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Word {
    Pixels(usize, usize),
    Weights(usize, usize),
}

#[derive(Clone, Copy)]
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

/// Loads in their order, the registers of each product's operands, and when each register is free.
struct Allocation {
    loads: Vec<Load>,
    registers: Vec<[usize; 2]>,
    free: [usize; TEMPORARIES],
}

impl Block {
    /// Words that a row of weights takes.
    pub(super) const fn row_words(kernel_w: usize, stride: usize) -> usize {
        if stride == 1 {
            kernel_w - 1
        } else {
            kernel_w.div_ceil(2)
        }
    }

    fn products(&self, rows: Range<usize>) -> Vec<Product> {
        let kw = self.kernel[1].cast_signed();
        let last = ((self.wide - 1) * self.stride + self.kernel[1] - 1) / 2;
        let mut products = Vec::new();
        for y in rows {
            for word in self.live.start..self.live.end.min(last + 1) {
                for output in 0..self.wide {
                    let tap = (2 * word).cast_signed() - (output * self.stride).cast_signed();
                    let (instruction, weights) = match (self.stride, tap) {
                        (1, -1) => ("smlatb", 0),
                        (1, _) if tap == kw - 1 => ("smlabt", kw - 2),
                        (1, _) if (0..kw - 1).contains(&tap) => ("smlad", tap),
                        (2, _) if tap == kw - 1 => ("smlabb", tap / 2),
                        (2, _) if (0..kw - 1).contains(&tap) => ("smlad", tap / 2),
                        _ => continue,
                    };
                    products.push(Product {
                        output,
                        instruction,
                        operands: [
                            Word::Pixels(y, word),
                            Word::Weights(y, weights.cast_unsigned()),
                        ],
                    });
                }
            }
        }
        products
    }

    /// Whether every row is the same text.
    pub(super) const fn by_rows(&self) -> bool {
        self.kernel[0] > 3
    }

    /// Bytes of the text of a row.
    pub(super) fn row_text_bytes(&self) -> usize {
        4 * self.row(false).lines.len()
    }

    /// The accumulator that holds the bias at the beginning: the one that is begun last.
    pub(super) fn bias_in(&self) -> usize {
        let mut products = self.products(0..1);
        if self.by_rows() {
            let [x, w] = self.first_words();
            products = ordered(products, &[Word::Pixels(0, x), Word::Weights(0, w)]);
        }
        let mut begun: Vec<usize> = Vec::new();
        for product in products {
            if !begun.contains(&product.output) {
                begun.push(product.output);
            }
        }
        begun.last().copied().unwrap_or(0)
    }

    /// Whether every output has a product.
    pub(super) fn reaches_all(&self) -> bool {
        let begun: BTreeSet<usize> = (self.products(0..1).iter()).map(|p| p.output).collect();
        begun.len() == self.wide
    }

    /// The statement that adds the products to the accumulators `a0`, `a1`, …, of which that of [`Self::bias_in`] holds
    /// the bias; `x` and `w` are where pixels and weights lie.
    pub(super) fn assembly(&self) -> String {
        let by_rows = self.by_rows();
        let lines = if by_rows {
            self.rows_apart()
        } else {
            self.one_piece()
        };
        let operand = |kind: char, i: usize, both: bool| {
            let access = if both { '+' } else { '=' };
            format!("[{kind}{i}] \"{access}&r\"({kind}{i})")
        };
        let bias = self.bias_in();
        let mut outputs: Vec<String> = (0..self.wide).map(|i| operand('a', i, i == bias)).collect();
        // The last temporary tells the row to begin at.
        let told = |i: usize| by_rows && i + 1 == TEMPORARIES;
        outputs.extend((0..TEMPORARIES).map(|i| operand('t', i, told(i))));
        let mut out = String::from("    __asm__(\n");
        for line in lines {
            let _ = writeln!(out, "        \"{line}\\n\\t\"");
        }
        let _ = if by_rows {
            writeln!(
                out,
                "        : {},\n          [x] \"+&r\"(x), [w] \"+&r\"(w)\n        :\n        : \"cc\", \"memory\");",
                outputs.join(", ")
            )
        } else {
            writeln!(
                out,
                "        : {}\n        : [x] \"r\"(x), [w] \"r\"(w), \"m\"(*(const ts_word(*)[{}])(const void *)w),\n          \
                 \"m\"(*(const ts_half(*)[{}])(const void *)x));",
                outputs.join(", "),
                self.kernel[0] * Self::row_words(self.kernel[1], self.stride),
                (self.kernel[0] - 1) * self.row_bytes,
            )
        };
        out
    }

    /// All rows, scheduled together.
    fn one_piece(&self) -> Vec<String> {
        let products = self.products(self.rows.clone());
        let allocation = allocate(&products, &[]);
        let words = Self::row_words(self.kernel[1], self.stride);
        let address = |word| match word {
            Word::Pixels(y, word) => ("x", y * self.row_bytes + 4 * word),
            Word::Weights(y, word) => ("w", 4 * (y * words + word)),
        };
        let mut lines = Vec::new();
        let mut loads = allocation.loads.iter().peekable();
        let from_bias = self.bias_in();
        let mut started = BTreeSet::new();
        for (at, product) in products.iter().enumerate() {
            while let Some(load) = loads.next_if(|load| load.after <= at) {
                let (base, offset) = address(load.word);
                lines.push(format!("ldr %[t{}], [%[{base}], #{offset}]", load.register));
            }
            let begins = started.insert(product.output);
            lines.push(multiplied(
                product,
                allocation.registers[at],
                begins.then_some(from_bias),
            ));
        }
        lines
    }

    /// The text of every row, entered at the row that `t3` tells: bytes from the second row's text, negative for all.
    fn rows_apart(&self) -> Vec<String> {
        let (told, bias) = (TEMPORARIES - 1, self.bias_in());
        let mut lines: Vec<String> = (self.row(false).lines.into_iter())
            .filter_map(|line| line.strip_suffix(FETCHES).map(str::to_owned))
            .collect();
        lines.extend([format!("cmp %[t{told}], #0"), "blt 2f".into()]);
        let others = (0..self.wide).filter(|&i| i != bias);
        lines.extend(others.map(|i| format!("mov %[a{i}], %[a{bias}]")));
        lines.extend([
            "adr.w %[t2], 1f".into(),
            format!("add.w %[t2], %[t2], %[t{told}]"),
            "mov pc, %[t2]".into(),
        ]);
        for y in 0..self.kernel[0] {
            let mut row = self.row(y == 0).lines;
            if y + 1 == self.kernel[0] {
                row.retain(|line| !line.ends_with(FETCHES) && !line.ends_with(STEPS));
            }
            if y < 2 {
                row.insert(0, format!("{}:", 2 - y));
            }
            lines.extend(row);
        }
        for line in &mut lines {
            line.truncate(line.trim_end_matches([' ', ';']).len());
        }
        lines
    }

    /// The words of pixels and weights that a row begins with.
    fn first_words(&self) -> [usize; 2] {
        let mut words = [0; 2];
        if let Some(product) = self.products(0..1).first() {
            for word in product.operands {
                match word {
                    Word::Pixels(_, x) => words[0] = x,
                    Word::Weights(_, w) => words[1] = w,
                }
            }
        }
        words
    }

    /// Bytes from the row to begin with to the addresses that its text takes, of pixels and of weights.
    pub(super) fn begins_at(&self) -> [isize; 2] {
        if self.by_rows() {
            self.row(false).begins_at
        } else {
            [0; 2]
        }
    }

    /// One row, whose first words are loaded; fetches those of the next. All instructions have four bytes.
    ///
    /// The last load of pixels, and of weights, takes its address along to where the next row begins, as far from there
    /// as this one's was from this row: the row's other loads count from there.
    fn row(&self, begins: bool) -> Row {
        let first = self.first_words();
        let held = [
            (Word::Pixels(0, first[0]), 0),
            (Word::Weights(0, first[1]), 1),
        ];
        let products = ordered(self.products(0..1), &held.map(|(word, _)| word));
        let Allocation {
            loads,
            registers,
            free,
        } = allocate(&products, &held);
        let kind = |word| usize::from(matches!(word, Word::Weights(..)));
        let strides = [
            self.row_bytes,
            4 * Self::row_words(self.kernel[1], self.stride),
        ];
        let last = [0, 1].map(|k| loads.iter().rposition(|load| kind(load.word) == k));
        let begins_at = [0, 1].map(|k| match last[k].map(|at| loads[at].word) {
            Some(Word::Pixels(_, word) | Word::Weights(_, word)) if strides[k] <= WRITTEN_BACK => {
                (4 * word).cast_signed() - strides[k].cast_signed()
            }
            _ => 0,
        });
        let mut text: Vec<(usize, String)> = Vec::new();
        for (at, load) in loads.iter().enumerate() {
            let k = kind(load.word);
            let (Word::Pixels(_, word) | Word::Weights(_, word)) = load.word;
            let (base, register) = (["x", "w"][k], load.register);
            let offset = (4 * word).cast_signed() - begins_at[k];
            let steps = last[k] == Some(at);
            let back = if steps && begins_at[k] != 0 { "!" } else { "" };
            text.push((
                load.after,
                format!("ldr.w %[t{register}], [%[{base}], #{offset}]{back}"),
            ));
            if steps && begins_at[k] == 0 {
                text.push((load.after, step(base, strides[k])));
            }
        }
        let latest = loads.last().map_or(0, |load| load.after);
        for k in [0, 1] {
            let base = ["x", "w"][k];
            let after = free[k].max(latest);
            if last[k].is_none() {
                text.push((after, step(base, strides[k])));
            }
            let offset = (4 * first[k]).cast_signed() - begins_at[k];
            text.push((
                after,
                format!("ldr.w %[t{k}], [%[{base}], #{offset}]{FETCHES}"),
            ));
        }
        text.sort_by_key(|&(after, _)| after);
        let mut text = text.into_iter().peekable();
        let mut lines = Vec::new();
        let from_bias = self.bias_in();
        let mut started = BTreeSet::new();
        for (at, product) in products.iter().enumerate() {
            while let Some((_, load)) = text.next_if(|&(after, _)| after <= at) {
                lines.push(load);
            }
            let first = started.insert(product.output) && begins;
            lines.push(multiplied(
                product,
                registers[at],
                first.then_some(from_bias),
            ));
        }
        lines.extend(text.map(|(_, load)| load));
        Row { lines, begins_at }
    }
}

/// The text of a row.
struct Row {
    lines: Vec<String>,
    /// Bytes from the row to the addresses that the text takes.
    begins_at: [isize; 2],
}

/// End of a line that fetches the next row's first words.
const FETCHES: &str = " ;";
/// End of a line that steps to the next row.
const STEPS: &str = " ;;";

fn step(base: &str, stride: usize) -> String {
    format!("addw %[{base}], %[{base}], #{stride}{STEPS}")
}

fn multiplied(product: &Product, [x, w]: [usize; 2], from: Option<usize>) -> String {
    let output = product.output;
    format!(
        "{} %[a{output}], %[t{x}], %[t{w}], %[a{}]",
        product.instruction,
        from.unwrap_or(output)
    )
}

/// Ways to go on that are kept while an order is looked for.
const KEPT: usize = 32;

/// A part of an order: products that were taken, those that remain, the words that are in registers.
#[derive(Clone)]
struct Order {
    taken: Vec<Product>,
    remaining: Vec<Product>,
    held: Vec<Word>,
}

impl Order {
    /// Takes all products whose words are there, an output seldom twice in a row: its sums wait for one another.
    fn take_ready(&mut self) {
        loop {
            let last = self.taken.last().map(|p| p.output);
            let ready = |p: &Product| p.operands.iter().all(|word| self.held.contains(word));
            let next = (self
                .remaining
                .iter()
                .position(|p| ready(p) && Some(p.output) != last))
            .or_else(|| self.remaining.iter().position(ready));
            let Some(next) = next else { break };
            self.taken.push(self.remaining.remove(next));
        }
        let needed = |word: &Word| self.remaining.iter().any(|p| p.operands.contains(word));
        self.held.retain(needed);
    }

    /// This order after one more load, in every way.
    fn loaded(&self) -> Vec<Self> {
        let mut words: Vec<Word> = (self.remaining.iter())
            .flat_map(|p| p.operands)
            .filter(|word| !self.held.contains(word))
            .collect();
        words.sort_unstable();
        words.dedup();
        let full = self.held.len() == TEMPORARIES;
        let rooms = if full {
            self.held.clone()
        } else {
            vec![words[0]]
        };
        let mut out = Vec::new();
        for &word in &words {
            for room in &rooms {
                let mut next = self.clone();
                next.held.retain(|held| held != room);
                next.held.push(word);
                next.held.sort_unstable();
                next.take_ready();
                out.push(next);
            }
        }
        out
    }
}

/// The products of a row in an order that needs few loads: load after load, the orders with most products are followed.
fn ordered(products: Vec<Product>, held: &[Word]) -> Vec<Product> {
    let mut first = Order {
        taken: Vec::new(),
        remaining: products,
        held: held.to_vec(),
    };
    first.take_ready();
    let mut orders = vec![first];
    loop {
        if let Some(done) = orders.iter().find(|order| order.remaining.is_empty()) {
            return done.taken.clone();
        }
        let mut next: Vec<Order> = orders.iter().flat_map(Order::loaded).collect();
        next.sort_by_key(|order| order.remaining.len());
        let mut kept: Vec<Order> = Vec::new();
        for order in next {
            let known = |other: &Order| {
                let same =
                    |a: &Product, b: &Product| a.operands == b.operands && a.output == b.output;
                other.held == order.held
                    && other.remaining.len() == order.remaining.len()
                    && other
                        .remaining
                        .iter()
                        .zip(&order.remaining)
                        .all(|(a, b)| same(a, b))
            };
            if kept.len() < KEPT && !kept.iter().any(known) {
                kept.push(order);
            }
        }
        orders = kept;
    }
}

/// Loads and registers; `held` are words that are in registers already. A word makes room that is needed last.
fn allocate(products: &[Product], held: &[(Word, usize)]) -> Allocation {
    let next_use = |word: Word, from: usize| {
        (products[from..].iter())
            .position(|p| p.operands.contains(&word))
            .map_or(usize::MAX, |n| from + n)
    };
    let mut held: BTreeMap<Word, usize> = held.iter().copied().collect();
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
    Allocation {
        loads,
        registers,
        free,
    }
}
