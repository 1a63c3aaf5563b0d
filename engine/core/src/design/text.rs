//! Designs as RON.

use super::check::check;
use super::error::DesignError;
use super::types::Design;
use ron::extensions::Extensions;

/// Longer texts are no designs.
pub const MAX_BYTES: usize = 256 << 10;
/// Deepest nesting of values; a design needs five.
const MAX_DEPTH: usize = 16;
/// Longest reason of the RON reader that is passed on, in characters.
const MAX_REASON: usize = 300;

/// `Some(…)` may be left out, and a block's fields stand in one pair of parentheses.
fn options() -> ron::Options {
    ron::Options::default()
        .with_default_extension(Extensions::IMPLICIT_SOME)
        .with_default_extension(Extensions::UNWRAP_VARIANT_NEWTYPES)
        .with_recursion_limit(MAX_DEPTH)
}

impl Design {
    /// Reads a design and checks its numbers one by one; whether they fit together, [`Design::to_graph`] finds.
    ///
    /// # Errors
    /// Where and why the bytes are no design.
    pub fn from_ron(bytes: &[u8]) -> Result<Self, DesignError> {
        if bytes.len() > MAX_BYTES {
            return Err(DesignError::TooLong { most: MAX_BYTES });
        }
        let text = std::str::from_utf8(bytes)
            .map_err(|_| DesignError::NotText)?
            .trim_start_matches('\u{feff}');
        let design: Self = options().from_str(text).map_err(|error| {
            // The reason may quote the file.
            let why = error.code.to_string();
            let why = why.chars().take(MAX_REASON);
            DesignError::Text {
                line: error.span.start.line,
                column: error.span.start.col,
                why: why.flat_map(escaped).collect(),
            }
        })?;
        check(&design)?;
        Ok(design)
    }

    /// The design as text for [`Design::from_ron`], a line for each block.
    ///
    /// # Errors
    /// What [`Design::from_ron`] would refuse.
    pub fn to_ron(&self) -> Result<String, DesignError> {
        check(self)?;
        let style = ron::ser::PrettyConfig::new()
            .struct_names(false)
            .depth_limit(2)
            .separate_tuple_members(false);
        let text = options().to_string_pretty(self, style);
        let text = text.map_err(|error| DesignError::Text {
            line: 0,
            column: 0,
            why: error.to_string(),
        })?;
        Ok(format!("// A Tinyscope design\n{text}\n"))
    }
}

/// The character, or what stands for it where it cannot be seen.
fn escaped(c: char) -> impl Iterator<Item = char> {
    let plain = matches!(c, '"' | '\'' | '\\').then_some(c);
    let rest = plain.is_none().then(|| c.escape_debug());
    plain.into_iter().chain(rest.into_iter().flatten())
}
