//! Numbers as people read them, always with their unit.

pub use tinyscope_board::measure::megahertz;

/// Bytes as KiB with one decimal, or as bytes below one KiB: `56.9 KiB`, `960 B`.
pub fn kib(bytes: usize) -> String {
    if bytes < 1024 {
        format!("{bytes} B")
    } else {
        format!("{:.1} KiB", bytes as f64 / 1024.0)
    }
}

/// Bytes as a bare KiB figure for a column that names the unit.
pub fn kib_figure(bytes: usize) -> String {
    format!("{:.1}", bytes as f64 / 1024.0)
}

/// A change in bytes, with its sign: `−12.4 KiB`, `±0 KiB`.
pub fn kib_change(from: usize, to: usize) -> String {
    let change = (to as f64 - from as f64) / 1024.0;
    if change.abs() < 0.05 {
        "±0 KiB".into()
    } else {
        format!("{}{:.1} KiB", sign(change), change.abs())
    }
}

/// A relative change with its sign: `+8.3 %`.
pub fn percent_change(from: u64, to: u64) -> String {
    if from == 0 {
        return "–".into();
    }
    let change = (to as f64 / from as f64 - 1.0) * 100.0;
    if change.abs() < 0.05 {
        "±0 %".into()
    } else {
        format!("{}{:.1} %", sign(change), change.abs())
    }
}

/// Text from outside (a file's name, a name in a file) made fit for one line of the window or of a terminal:
/// characters that are not seen or that steer (control, direction, stray accents) are escaped.
pub fn visible(text: &str) -> String {
    let plain = |c: char| matches!(c, '"' | '\'' | '\\');
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if plain(c) {
            out.push(c);
        } else {
            out.extend(c.escape_debug());
        }
    }
    out
}

/// A path made fit for one line, see [`visible`].
pub fn path(path: &std::path::Path) -> String {
    visible(&path.to_string_lossy())
}

/// A compiler's name and version out of the first line that it prints of itself.
pub fn compiler(toolchain: &str) -> String {
    let name = toolchain.split_whitespace().next().unwrap_or("?");
    let version = (toolchain.split_whitespace())
        .rfind(|word| word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.'));
    visible(&match version {
        Some(version) => format!("{name} {version}"),
        None => name.to_owned(),
    })
}

/// What differs between two records, as people look for it: of flags only those that one side has, of each SHA-256 in
/// hexadecimal the first twelve digits; a dash for nothing. Fit for one line, see [`visible`].
pub fn differing(what: &str, first: &str, second: &str) -> [String; 2] {
    let [a, b] = [first, second].map(|text| text.split_whitespace().collect::<Vec<_>>());
    if what == "flags" {
        let only = |own: &[&str], other: &[&str]| {
            let own = own.iter().filter(|word| !other.contains(*word));
            shortened(own.copied())
        };
        return [only(&a, &b), only(&b, &a)];
    }
    [shortened(a.into_iter()), shortened(b.into_iter())]
}

fn shortened<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let words = words.map(|word| {
        let is_hash = word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        match word.get(..12) {
            Some(head) if is_hash => format!("{head}…"),
            _ => visible(word),
        }
    });
    let text = words.collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        "–".to_owned()
    } else {
        text
    }
}

fn sign(value: f64) -> &'static str {
    if value < 0.0 { "−" } else { "+" }
}

/// A count in thousands, grouped: `1,037`.
pub fn kilo(value: u64) -> String {
    group(value.div_ceil(1000))
}

/// A whole number with thousands separated: `1,037,214`.
pub fn group(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count with a decimal prefix: `173 k`, `12.4 M`.
pub fn count(value: u64) -> String {
    let v = value as f64;
    match value {
        0..10_000 => group(value),
        10_000..1_000_000 => format!("{:.0} k", v / 1e3),
        1_000_000..1_000_000_000 => format!("{:.2} M", v / 1e6),
        _ => format!("{:.2} G", v / 1e9),
    }
}

/// Cycles at a clock as milliseconds: `98 ms`, `0.61 ms`.
pub fn milliseconds(cycles: u64, clock_hz: u64) -> String {
    if clock_hz == 0 {
        return "–".into();
    }
    let ms = cycles as f64 * 1e3 / clock_hz as f64;
    if ms >= 100.0 {
        format!("{ms:.0} ms")
    } else if ms >= 1.0 {
        format!("{ms:.1} ms")
    } else {
        format!("{ms:.2} ms")
    }
}

/// Energy in the unit that fits: `1.23 mJ`, `45.6 µJ`.
pub fn energy(nanojoules: u64) -> String {
    let value = nanojoules as f64;
    match nanojoules {
        0..1_000 => format!("{nanojoules} nJ"),
        1_000..1_000_000 => format!("{:.1} µJ", value / 1e3),
        1_000_000..1_000_000_000 => format!("{:.2} mJ", value / 1e6),
        _ => format!("{:.2} J", value / 1e9),
    }
}

/// A shape as the field writes it: `40×40×48`.
pub fn shape(hwc: [usize; 3]) -> String {
    let [h, w, c] = hwc;
    if h == 1 && w == 1 {
        c.to_string()
    } else {
        format!("{h}×{w}×{c}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compilers_are_named_in_short() {
        let gcc = "arm-none-eabi-gcc (15:12.2.rel1-1) 12.2.1 20221205";
        assert_eq!(compiler(gcc), "arm-none-eabi-gcc 12.2.1");
        assert_eq!(compiler("zig 0.13.0"), "zig 0.13.0");
        assert_eq!(compiler(""), "?");
    }

    #[test]
    fn of_what_differs_only_that_is_shown() {
        let m7 = "-mcpu=cortex-m7 -O2 -Wall";
        let m4 = "-mcpu=cortex-m4 -O2 -Wall -g";
        let flags = differing("flags", m7, m4);
        assert_eq!(flags, ["-mcpu=cortex-m7", "-mcpu=cortex-m4 -g"]);
        assert_eq!(differing("flags", "-O2", "-O2 -g"), ["–", "-g"]);
        let hash = "7fd980a0".repeat(8);
        let models = differing("model", &format!("scene {hash}"), "digits");
        assert_eq!(models, ["scene 7fd980a07fd9…", "digits"]);
        let clocks = differing("clock", "216 MHz (rated)", "64 MHz (rated)");
        assert_eq!(clocks, ["216 MHz (rated)", "64 MHz (rated)"]);
        let hostile = differing("edited files", "", "\u{1b}[2J");
        assert_eq!(hostile, ["–", "\\u{1b}[2J"]);
    }

    #[test]
    fn figures_read_as_people_write_them() {
        assert_eq!(
            visible("it's \"ü\"\\ \u{202e}gpj\n\u{1b}[31m\u{200f}"),
            "it's \"ü\"\\ \\u{202e}gpj\\n\\u{1b}[31m\\u{200f}"
        );
        assert_eq!(kib(960), "960 B");
        assert_eq!(kib(58_266), "56.9 KiB");
        assert_eq!(kib_change(20_480, 10_240), "−10.0 KiB");
        assert_eq!(kib_change(10_240, 10_241), "±0 KiB");
        assert_eq!(percent_change(1000, 1083), "+8.3 %");
        assert_eq!(percent_change(0, 10), "–");
        assert_eq!(group(1_037_214), "1,037,214");
        assert_eq!(group(7), "7");
        assert_eq!(kilo(1_036_001), "1,037");
        assert_eq!(count(173_400), "173 k");
        assert_eq!(count(12_400_000), "12.40 M");
        assert_eq!(milliseconds(21_168_000, 216_000_000), "98.0 ms");
        assert_eq!(milliseconds(1, 0), "–");
        assert_eq!(megahertz(216_000_000), "216 MHz");
        assert_eq!(megahertz(215_998_120), "215.99812 MHz");
        assert_eq!(megahertz(32_768), "0.032768 MHz");
        assert_eq!(megahertz(0), "0 MHz");
        assert_eq!(energy(999), "999 nJ");
        assert_eq!(energy(45_600), "45.6 µJ");
        assert_eq!(energy(1_234_567), "1.23 mJ");
        assert_eq!(shape([40, 40, 48]), "40×40×48");
        assert_eq!(shape([1, 1, 10]), "10");
    }
}
