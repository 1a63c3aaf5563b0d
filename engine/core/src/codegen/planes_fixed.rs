//! The depthwise kernel in planes where every tile of a step has the same columns: a kernel for this width, its
//! blocks of outputs, its padding. Other steps take the kernel of [`super::planes`].

use super::planes::Shape;
use super::planes_block::{Block, TEMPORARIES};
use super::tile::Tile;
use crate::cost::{WIDEST_BLOCK, block_widths, takes_blocks};
use crate::packing::Finish;
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
/// Widest plane row, in words, for which three rows are within reach of a load's offset, or one of an addition's.
const MOST_WORDS: [usize; 2] = [120, 255];

impl Columns {
    /// The columns of all tiles, if they are the same and such a kernel takes them.
    pub(super) fn of(shape: Shape, channels: usize, tiles: &[Vec<Tile>]) -> Option<Self> {
        let first = tiles.first()?.first()?;
        let same = |tile: &Tile| {
            tile.input[1] == first.input[1]
                && tile.output[1] == first.output[1]
                && tile.origin[1] == first.origin[1]
        };
        if !takes_blocks(shape.kernel, channels) || !tiles.iter().flatten().all(same) {
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
        let most = MOST_WORDS[usize::from(columns.by_rows())];
        (filled > 0 && before < shape.kernel[1] && columns.words() <= most).then_some(columns)
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

    fn by_rows(self) -> bool {
        self.block(1, 0..1, 0..1).by_rows()
    }

    fn block(self, wide: usize, rows: Range<usize>, live: Range<usize>) -> Block {
        Block {
            wide,
            kernel: self.shape.kernel,
            stride: self.shape.stride[1],
            rows,
            live,
            row_bytes: 16 * self.words(),
        }
    }

    /// The blocks and what calls them.
    pub(super) fn kernel(self, form: Finish) -> String {
        let single = self.out <= WIDEST_BLOCK;
        let mut out = String::from("#if TS_BLOCKS\n");
        let name = format!("{}_{}", self.name(), form.suffix());
        let all = 0..self.shape.kernel[0];
        // Rows in the padding are left out where that is a good part of all rows.
        let parts: &[(&str, Range<usize>)] = if single && !self.by_rows() {
            &[("", all), ("_top", 1..3), ("_bottom", 0..2)]
        } else {
            &[("", all)]
        };
        for (part, rows) in parts {
            let mut printed: Vec<usize> = Vec::new();
            for (wide, _) in block_widths(self.out) {
                if printed.contains(&wide) {
                    continue;
                }
                printed.push(wide);
                let pixels = self.before / 2..(self.before + self.filled).div_ceil(2);
                let mut block = self.block(wide, rows.clone(), pixels);
                if !single || !block.reaches_all() {
                    block.live = 0..self.words();
                }
                out.push_str(&self.function(&block, &format!("{part}_{wide}_{name}"), form));
            }
        }
        out.push_str("#endif\n\n");
        out + &self.driver(form, &name, single)
    }

    /// A block as a function.
    fn function(self, block: &Block, name: &str, form: Finish) -> String {
        let wide = block.wide;
        let names = |prefix: &str, n: usize| {
            let names: Vec<String> = (0..n).map(|i| format!("{prefix}{i}")).collect();
            names.join(", ")
        };
        let (parameters, begin, told) = if block.by_rows() {
            let [x, w] = block.begins_at();
            (
                "const ts_half *plane, const ts_word *weights, int32_t less",
                format!(
                    "    uint32_t x = (uint32_t)(uintptr_t)plane + {}u, w = (uint32_t)(uintptr_t)weights + {}u;\n",
                    x as u32, w as u32
                ),
                format!(" = (uint32_t)((less - 1) * {})", block.row_text_bytes()),
            )
        } else {
            (
                "const ts_half *x, const ts_word *w",
                String::new(),
                String::new(),
            )
        };
        let mut out = format!(
            "TS_INLINE void ts_block{name}({parameters}, int8_t *to,\n    \
             const ts_channel *channel, const ts_range *range)\n{{\n{begin}    int32_t {};\n    uint32_t {}{told};\n    a{} = channel->bias;\n{}",
            names("a", wide),
            names("t", TEMPORARIES),
            block.bias_in(),
            block.assembly()
        );
        if let Finish::Mixed(_) = form {
            let _ = write!(
                out,
                "    if (channel->multiplier < 0) {{\n        const int32_t acc[{wide}] = {{{}}};\n        \
                 ts_exact_codes(acc, {wide}, to, {}, channel, range);\n        return;\n    }}\n",
                names("a", wide),
                self.channels
            );
        }
        if let Finish::Affine(shift) | Finish::Mixed(shift) = form {
            out.push_str("    __asm__(\n");
            for i in 0..wide {
                let _ = writeln!(out, "        \"smmla %[a{i}], %[a{i}], %[m], %[c]\\n\\t\"");
            }
            for i in 0..wide {
                let _ = writeln!(
                    out,
                    "        \"ssat %[a{i}], #8, %[a{i}], asr #{shift}\\n\\t\""
                );
            }
            let outputs: Vec<String> = (0..wide).map(|i| format!("[a{i}] \"+r\"(a{i})")).collect();
            let _ = writeln!(
                out,
                "        : {}\n        : [m] \"r\"(channel->multiplier), [c] \"r\"(channel->last));\n    (void)range;",
                outputs.join(", ")
            );
        }
        for i in 0..wide {
            let at = i * self.channels;
            let _ = match form {
                Finish::Affine(_) | Finish::Mixed(_) => {
                    writeln!(out, "    to[{at}] = (int8_t)a{i};")
                }
                _ => writeln!(
                    out,
                    "    to[{at}] = ts_requantise(a{i}, channel, range, {});",
                    form.constant()
                ),
            };
        }
        out.push_str("}\n\n");
        out
    }

    fn driver(self, form: Finish, name: &str, single: bool) -> String {
        let rows = if single && !self.by_rows() {
            self.single_row(name)
        } else {
            self.block_rows(name)
        };
        let [kh, kw] = self.shape.kernel;
        let words = (kh * Block::row_words(kw, self.shape.stride[1])).max((kh * kw).div_ceil(2));
        DRIVER
            .replace("@NAME@", &self.name())
            .replace("@FORM@", &form.suffix())
            .replace("@CONSTANT@", &form.constant())
            .replace("@KH@", &kh.to_string())
            .replace("@KW@", &kw.to_string())
            .replace("@WORDS@", &words.to_string())
            .replace("@PREPARE@", self.prepare())
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
            "{i}for (int32_t j = 0; j < now; j++, x += stride_h * row, to += out_stride) {{\n"
        );
        let (plane, weights) = if self.by_rows() {
            let words = Block::row_words(self.shape.kernel[1], self.shape.stride[1]);
            let _ = write!(
                out,
                "{i}    /* Rows of the window above the map, and all that lie outside. */\n\
                 {i}    const int32_t y = top + j * stride_h, above = ts_clamp(-y, 0, kernel_h - 1);\n\
                 {i}    const int32_t less = kernel_h - ts_max(ts_min(kernel_h, in_h - y) - above, 1);\n\
                 {i}    const ts_word *const w = weights + above * {words};\n"
            );
            ("x + above * row", "w, less")
        } else {
            ("x", "weights")
        };
        let _ = write!(
            out,
            "{i}    const ts_half *from = {plane};\n{i}    int8_t *at = to;\n"
        );
        for (wide, n) in block_widths(self.out) {
            let _ = write!(
                out,
                "{i}    for (int32_t block = {n}; block > 0; block--, from += {}, at += {}) {{\n\
                 {i}        ts_block_{wide}_{name}(from, {weights}, at, &channel, &range);\n{i}    }}\n",
                wide * self.shape.stride[1],
                wide * self.channels
            );
        }
        let _ = writeln!(out, "{i}}}");
        out
    }

    /// Unpacks the weights of a channel.
    const fn prepare(self) -> &'static str {
        match self.shape.kernel[1] {
            3 => {
                "ts_weights_nine(all + 9 * c + 8 * lane, all[9 * c + 32 + lane], stride_w, weights);"
            }
            5 => "ts_weights_fives(all + 25 * (c + lane), stride_w, weights);",
            _ => "ts_weights_sevens(all + 49 * (c + lane), stride_w, weights);",
        }
    }

    /// The weights of all channels, given each channel's, as the kernel reads them.
    pub(super) fn weights(self, by_channel: &[i8]) -> Vec<i8> {
        let places: &[usize] = match self.shape.kernel[1] {
            3 => return nines(by_channel),
            5 => &[0, 3, 1, 2, 4],
            _ => &[0, 3, 1, 2, 4, 6, 5],
        };
        let rows = by_channel.chunks_exact(places.len());
        rows.flat_map(|row| places.iter().map(|&k| row[k]))
            .collect()
    }
}

/// The weights of 3×3.
fn nines(by_channel: &[i8]) -> Vec<i8> {
    let mut out = Vec::with_capacity(by_channel.len());
    for quad in by_channel.chunks(4 * 9) {
        for nine in quad.chunks_exact(9) {
            out.extend([0, 3, 1, 4, 6, 7, 2, 5].map(|k: usize| nine[k]));
        }
        out.extend(quad.iter().skip(8).step_by(9));
    }
    out
}
