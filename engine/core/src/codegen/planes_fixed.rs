//! The depthwise kernel in planes where every tile of a step has the same columns: a kernel for this width, its
//! blocks of outputs, its padding. Other steps take the kernel of [`super::planes`].

use super::channels::Form;
use super::planes::Shape;
use super::planes_block::Block;
use super::tile::Tile;
use std::fmt::Write;
use std::ops::Range;

/// What a kernel is made for. Pixels and channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Columns {
    shape: Shape,
    channels: usize,
    /// Padding to the left.
    before: usize,
    /// Input pixels that an output row reads.
    filled: usize,
    /// Outputs of a row.
    out: usize,
}

const DRIVER: &str = include_str!("kernels/planes_fixed_driver.h");
/// Outputs of a block.
const WIDEST: usize = 6;
/// Widest plane row, in words, for which three rows are within reach of a load's offset.
const MOST_WORDS: usize = 120;

impl Columns {
    /// The columns of all tiles, if they are the same and such a kernel takes them.
    pub(super) fn of(shape: Shape, channels: usize, tiles: &[Vec<Tile>]) -> Option<Self> {
        let first = tiles.first()?.first()?;
        let same = |tile: &Tile| {
            tile.input[1] == first.input[1]
                && tile.output[1] == first.output[1]
                && tile.origin[1] == first.origin[1]
        };
        if shape.kernel != [3, 3]
            || !channels.is_multiple_of(4)
            || !tiles.iter().flatten().all(same)
        {
            return None;
        }
        let before = usize::try_from(-first.origin[1]).ok()?;
        let out = first.output[1];
        let reached = out.checked_sub(1)? * shape.stride[1] + shape.kernel[1];
        let filled = first.input[1].min(reached.checked_sub(before)?);
        let columns = Self {
            shape,
            channels,
            before,
            filled,
            out,
        };
        (filled > 0 && before < 3 && columns.words() <= MOST_WORDS).then_some(columns)
    }

    /// `3x3_s1_24x32`: outputs of a row and channels; then padding and pixels where they are unusual.
    pub(super) fn name(self) -> String {
        format!(
            "{}_{}x{}_{}_{}",
            self.shape.name(),
            self.out,
            self.channels,
            self.before,
            self.filled
        )
    }

    /// Words of one plane row.
    fn words(self) -> usize {
        ((self.out - 1) * self.shape.stride[1] + self.shape.kernel[1]).div_ceil(2)
    }

    /// Widths of the blocks of a row and how often each follows itself; all but the last are even, as windows begin
    /// in the lower half of a word.
    fn blocks(self) -> Vec<(usize, usize)> {
        let (sixes, rest) = (self.out / WIDEST, self.out % WIDEST);
        let all = match rest {
            1 if sixes > 0 => vec![(6, sixes - 1), (4, 1), (3, 1)],
            2 if sixes > 0 => vec![(6, sixes - 1), (4, 2)],
            rest => vec![(6, sixes), (rest, 1)],
        };
        all.into_iter().filter(|&(wide, n)| wide * n > 0).collect()
    }

    /// The blocks and what calls them.
    pub(super) fn kernel(self, form: Form) -> String {
        let single = self.out <= WIDEST;
        let mut out = String::from("#if TS_BLOCKS\n");
        let name = format!("{}_{}", self.name(), form.suffix());
        // Rows in the padding are left out where that is a good part of all rows.
        let parts: &[(&str, Range<usize>)] = &[("", 0..3), ("_top", 1..3), ("_bottom", 0..2)];
        for (part, rows) in &parts[..if single { 3 } else { 1 }] {
            let mut printed: Vec<usize> = Vec::new();
            for (wide, _) in self.blocks() {
                if printed.contains(&wide) {
                    continue;
                }
                printed.push(wide);
                let block = |live| Block {
                    wide,
                    stride: self.shape.stride[1],
                    rows: rows.clone(),
                    live,
                    row_bytes: 16 * self.words(),
                };
                let pixels = self.before / 2..(self.before + self.filled).div_ceil(2);
                let assembly = (single.then(|| block(pixels).assembly()).flatten())
                    .or_else(|| block(0..self.words()).assembly())
                    .unwrap_or_default();
                let _ = write!(
                    out,
                    "TS_INLINE void ts_block{part}_{wide}_{name}(const ts_half *x, const ts_word *w, int8_t *to,\n    \
                     const ts_channel *channel, const ts_range *range)\n{{\n{assembly}"
                );
                for i in 0..wide {
                    let _ = writeln!(
                        out,
                        "    to[{}] = ts_requantise(a{i}, channel, range, {});",
                        i * self.channels,
                        form.constant()
                    );
                }
                out.push_str("}\n\n");
            }
        }
        out.push_str("#endif\n\n");
        out + &self.driver(form, &name, single)
    }

    fn driver(self, form: Form, name: &str, single: bool) -> String {
        let rows = if single {
            self.single_row(name)
        } else {
            self.block_rows(name)
        };
        DRIVER
            .replace("@NAME@", &self.name())
            .replace("@FORM@", form.suffix())
            .replace("@CONSTANT@", form.constant())
            .replace("@SH@", &self.shape.stride[0].to_string())
            .replace("@SW@", &self.shape.stride[1].to_string())
            .replace("@COUNT@", &self.channels.to_string())
            .replace("@PITCH@", &(2 * self.words()).to_string())
            .replace("@BEFORE@", &self.before.to_string())
            .replace("@FILLED@", &self.filled.to_string())
            .replace("@WIDTH@", &self.out.to_string())
            .replace("@ROWS@\n", &rows)
    }

    /// A row is one block.
    fn single_row(self, name: &str) -> String {
        let call = |part: &str| {
            format!(
                "ts_block{part}_{}_{name}(x, weights, to, &channel, &range);",
                self.out
            )
        };
        let next = "x += stride_h * row, to += out_stride";
        let i = " ".repeat(16);
        format!(
            "{i}const int32_t above = top < 0 ? 1 : 0;\n\
             {i}const int32_t below = now > above && top + slots > in_h ? 1 : 0;\n\
             {i}if (above != 0) {{\n{i}    {}\n{i}    {next};\n{i}}}\n\
             {i}for (int32_t j = now - above - below; j > 0; j--, {next}) {{\n{i}    {}\n{i}}}\n\
             {i}if (below != 0) {{\n{i}    {}\n{i}}}\n",
            call("_top"),
            call(""),
            call("_bottom")
        )
    }

    fn block_rows(self, name: &str) -> String {
        let i = " ".repeat(16);
        let mut out = format!(
            "{i}for (int32_t j = now; j > 0; j--, x += stride_h * row, to += out_stride) {{\n\
             {i}    const ts_half *from = x;\n{i}    int8_t *at = to;\n"
        );
        for (wide, n) in self.blocks() {
            let _ = write!(
                out,
                "{i}    for (int32_t block = {n}; block > 0; block--, from += {}, at += {}) {{\n\
                 {i}        ts_block_{wide}_{name}(from, weights, at, &channel, &range);\n{i}    }}\n",
                wide * self.shape.stride[1],
                wide * self.channels
            );
        }
        let _ = writeln!(out, "{i}}}");
        out
    }

    /// The weights of all channels, given each channel's nine, as the kernel reads them.
    pub(super) fn weights(by_channel: &[i8]) -> Vec<i8> {
        let mut out = Vec::with_capacity(by_channel.len());
        for quad in by_channel.chunks(4 * 9) {
            for nine in quad.chunks_exact(9) {
                out.extend([0, 3, 1, 4, 6, 7, 2, 5].map(|k: usize| nine[k]));
            }
            out.extend(quad.iter().skip(8).step_by(9));
        }
        out
    }
}
