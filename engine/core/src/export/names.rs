//! Names that are safe in any file: printable, short, unique.

use std::collections::HashMap;

/// Characters of a name at most.
const LONGEST: usize = 120;

/// Gives names out, each only once.
#[derive(Default)]
pub(super) struct Names {
    /// How often a name was asked for. Only looked up, never listed: its order reaches no output.
    taken: HashMap<String, usize>,
}

impl Names {
    /// `wanted` with everything but letters, digits and `_ . / : ; -` replaced, or `fallback` if nothing is left; with
    /// a number behind it if it was given out before.
    pub fn unique(&mut self, wanted: &str, fallback: &str) -> String {
        let plain = |c: char| c.is_ascii_alphanumeric() || "_./:;-".contains(c);
        let clean: String = wanted
            .chars()
            .take(LONGEST)
            .map(|c| if plain(c) { c } else { '_' })
            .collect();
        let base = if clean.chars().any(|c| c.is_ascii_alphanumeric()) {
            clean
        } else {
            fallback.to_owned()
        };
        let mut name = base.clone();
        while self.taken.contains_key(&name) {
            let again = self.taken.entry(base.clone()).or_default();
            *again += 1;
            name = format!("{base}_{again}");
        }
        self.taken.insert(name.clone(), 0);
        name
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn names_are_plain_and_unique() {
        let mut names = Names::default();
        assert_eq!(names.unique("conv/Relu6;bn:0", "t0"), "conv/Relu6;bn:0");
        assert_eq!(names.unique("a\"b\n\u{202e}c", "t1"), "a_b__c");
        assert_eq!(names.unique("", "t2"), "t2");
        assert_eq!(names.unique("\u{7}", "t2"), "t2_1");
        assert_eq!(names.unique("x_1", "t3"), "x_1");
        assert_eq!(names.unique("x", "t4"), "x");
        assert_eq!(names.unique("x", "t5"), "x_2");
        assert_eq!(names.unique(&"n".repeat(4000), "t6").len(), 120);
    }
}
