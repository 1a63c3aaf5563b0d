//! The run of a depthwise convolution over one plane row, unrolled for a kernel shape: Armv7E-M instructions over
//! pairs of taps, four outputs at a time.
//!
//! With stride 1 the words of a weight row are (w0 w1) (w1 w2) (w2 w3) …: an even output meets the even ones, an odd
//! output, whose window starts in the upper half of a word, the odd ones. With stride 2 every window starts in a
//! lower half and the words are (w0 w1) (w2 w3) … (wk 0).

use crate::packing::Finish;
use std::fmt::Write;

/// Kernel and stride, vertical and horizontal. Kernel width is odd, horizontal stride 1 or 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shape {
    pub kernel: [usize; 2],
    pub stride: [usize; 2],
}

const DRIVER: &str = include_str!("kernels/planes_driver.h");
/// Kernels of at most this many rows are unrolled vertically.
const UNROLLED_ROWS: usize = 3;

impl Shape {
    /// `3x3_s1`, as it stands in C names.
    pub(super) fn name(self) -> String {
        let [kh, kw] = self.kernel;
        match self.stride {
            [h, w] if h == w => format!("{kh}x{kw}_s{h}"),
            [h, w] => format!("{kh}x{kw}_s{h}x{w}"),
        }
    }

    /// Words that one row of weights takes.
    const fn row_words(self) -> usize {
        if self.stride[1] == 1 {
            self.kernel[1] - 1
        } else {
            self.kernel[1].div_ceil(2)
        }
    }

    /// Both halves of the kernel: preparing weights, and running over a row.
    pub(super) fn runs(self) -> String {
        let name = self.name();
        let [kh, kw] = self.kernel;
        let arguments = "const ts_half *plane, int32_t row, int32_t ky, int32_t ky_end, const ts_word *weights,\n    \
             int8_t *out, int32_t step, int32_t pixels, const ts_channel *channel, const ts_range *range, int form";
        let mut out = String::new();
        let _ = write!(
            out,
            "/* One channel of a depthwise {kh}x{kw}, stride {}x{}. */\n#if TS_DSP\n\
             TS_INLINE void ts_weights_{name}(const int8_t *from, ts_word *to)\n{{\n{}}}\n\n\
             TS_INLINE void ts_run_{name}({arguments})\n{{\n{}}}\n#else\n\
             TS_INLINE void ts_weights_{name}(const int8_t *from, ts_word *to)\n{{\n    \
             ts_weights_portable(from, to, {});\n}}\n\n\
             TS_INLINE void ts_run_{name}({arguments})\n{{\n    \
             ts_run_portable(plane, row, ky, ky_end, weights, out, step, pixels, channel, range, form, {kw}, {});\n}}\n#endif\n",
            self.stride[0],
            self.stride[1],
            self.prepare(),
            self.run(),
            kh * kw,
            self.stride[1],
        );
        out
    }

    /// The kernel over a tile, in one requantising form.
    pub(super) fn driver(self, form: Finish) -> String {
        let words =
            (self.kernel[0] * self.row_words()).max((self.kernel[0] * self.kernel[1]).div_ceil(2));
        DRIVER
            .replace("@SHAPE@", &self.name())
            .replace("@FORM@", &form.suffix())
            .replace("@CONSTANT@", &form.constant())
            .replace("@KH@", &self.kernel[0].to_string())
            .replace("@KW@", &self.kernel[1].to_string())
            .replace("@SH@", &self.stride[0].to_string())
            .replace("@SW@", &self.stride[1].to_string())
            .replace("@WORDS@", &words.to_string())
    }

    fn prepare(self) -> String {
        let [kh, kw] = self.kernel;
        let pair = |a: usize, b: usize| {
            let low = format!("(uint32_t)from[{a}] & 0xffffu");
            if b < kw {
                format!("({low}) | (uint32_t)from[{b}] << 16")
            } else {
                low
            }
        };
        let mut out = format!(
            "    for (int y = 0; y < {kh}; y++, from += {kw}, to += {}) {{\n",
            self.row_words()
        );
        let step = self.stride[1];
        for word in 0..self.row_words() {
            let first = if step == 1 { word } else { 2 * word };
            let _ = writeln!(out, "        to[{word}] = {};", pair(first, first + 1));
        }
        out.push_str("    }\n");
        out
    }

    fn run(self) -> String {
        let kh = self.kernel[0];
        let row_words = self.row_words();
        let mut out = String::new();
        if kh <= UNROLLED_ROWS {
            out.push_str("    (void)ky, (void)ky_end;\n");
        }
        for (wide, head) in [
            (4, "for (int32_t block = pixels >> 2; block > 0; block--"),
            (2, "for (int32_t rest = (pixels >> 1) & 1; rest > 0; rest--"),
            (1, "for (int32_t last = pixels & 1; last > 0; last--"),
        ] {
            let _ = writeln!(
                out,
                "    {head}, plane += {}, out += {}) {{",
                wide * self.stride[1],
                if wide == 1 {
                    "step".to_owned()
                } else {
                    format!("{wide} * step")
                },
            );
            let accumulators: Vec<String> =
                (0..wide).map(|i| format!("a{i} = channel->bias")).collect();
            let _ = writeln!(out, "        int32_t {};", accumulators.join(", "));
            if kh <= UNROLLED_ROWS {
                let _ = writeln!(out, "        const ts_half *x = plane;");
                for y in 0..kh {
                    let _ = writeln!(
                        out,
                        "        {{\n            const ts_word *const w = weights + {};",
                        y * row_words
                    );
                    out.push_str(&self.row(wide, "            "));
                    out.push_str("        }\n");
                    if y + 1 < kh {
                        out.push_str("        x += row;\n");
                    }
                }
            } else {
                let _ = writeln!(
                    out,
                    "        const ts_half *x = plane + ky * row;\n        \
                     const ts_word *w = weights + ky * {row_words};\n        \
                     const ts_word *const end = weights + ky_end * {row_words};\n        \
                     for (; w != end; w += {row_words}, x += row) {{"
                );
                out.push_str(&self.row(wide, "            "));
                out.push_str("        }\n");
            }
            for i in 0..wide {
                let at = match i {
                    0 => "0".to_owned(),
                    1 => "step".to_owned(),
                    i => format!("{i} * step"),
                };
                let _ = writeln!(
                    out,
                    "        out[{at}] = ts_requantise(a{i}, channel, range, form);"
                );
            }
            out.push_str("    }\n");
        }
        out
    }

    /// One plane row into `wide` accumulators.
    fn row(self, wide: usize, indent: &str) -> String {
        if wide == 1 {
            return self.single(indent);
        }
        let (kw, stride) = (self.kernel[1], self.stride[1]);
        let half = (kw - 1) / 2;
        let mut out = String::new();
        let last_word = ((wide - 1) * stride + kw - 1) / 2;
        for word in 0..=last_word {
            if word % 2 == 0 {
                let _ = if word < last_word {
                    writeln!(
                        out,
                        "{indent}const ts_pair x{word} = *(const ts_pair *)(const void *)(x + {});",
                        2 * word
                    )
                } else {
                    writeln!(
                        out,
                        "{indent}const ts_word x{word} = *(const ts_word *)(const void *)(x + {});",
                        2 * word
                    )
                };
            }
            let pixels = match (word % 2, word < last_word) {
                (0, true) => format!("(uint32_t)x{word}"),
                (0, false) => format!("x{word}"),
                _ => format!("(uint32_t)(x{} >> 32)", word - 1),
            };
            for i in 0..wide {
                let taps_in = (2 * word).cast_signed() - (i * stride).cast_signed();
                let product = match (stride, taps_in) {
                    (1, -1) => Some(("ts_smlatb", 0)),
                    (1, d) if d == (kw - 1).cast_signed() => Some(("ts_smlabt", 2 * half - 1)),
                    (1, d) if (0..(kw - 1).cast_signed()).contains(&d) => {
                        Some(("ts_smlad", d.cast_unsigned()))
                    }
                    (2, d) if d == (kw - 1).cast_signed() => Some(("ts_smlabb", half)),
                    (2, d) if (0..(kw - 1).cast_signed()).contains(&d) => {
                        Some(("ts_smlad", d.cast_unsigned() / 2))
                    }
                    _ => None,
                };
                if let Some((instruction, weight)) = product {
                    let _ = writeln!(
                        out,
                        "{indent}a{i} = {instruction}({pixels}, w[{weight}], a{i});"
                    );
                }
            }
        }
        out
    }

    /// One output, whose window may start in either half of a word.
    fn single(self, indent: &str) -> String {
        let (kw, stride) = (self.kernel[1], self.stride[1]);
        let half = (kw - 1) / 2;
        let mut out = String::new();
        for t in 0..half {
            let weight = if stride == 1 { 2 * t } else { t };
            let _ = writeln!(
                out,
                "{indent}a0 = ts_smlad(ts_load(x + {}), w[{weight}], a0);",
                2 * t
            );
        }
        let (instruction, weight) = if stride == 1 {
            ("ts_smlabt", 2 * half - 1)
        } else {
            ("ts_smlabb", half)
        };
        let _ = writeln!(
            out,
            "{indent}a0 = {instruction}((uint32_t)x[{}], w[{weight}], a0);",
            kw - 1
        );
        out
    }
}
