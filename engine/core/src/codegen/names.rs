//! Text that may come from a file, made harmless before it reaches C.

/// An identifier of lower-case letters, digits and underscores, at most 48 long, that no C keyword can equal.
pub(super) fn identifier(text: &str) -> String {
    let mut out: String = text
        .chars()
        .take(48)
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '_'
            }
        })
        .collect();
    if !out.starts_with(|c: char| c.is_ascii_lowercase()) || KEYWORDS.contains(&out.as_str()) {
        out.insert_str(0, "m_");
    }
    out
}

/// Text for the inside of a C comment: ASCII without `*/`, `/*`, trigraphs or line continuations, at most 80 long.
pub(super) fn comment(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().take(80) {
        match c {
            '×' => out.push('x'),
            '→' => out.push_str(" to "),
            ' ' | '-' | '.' | '_' | ',' | ':' | '+' | '(' | ')' => out.push(c),
            c if c.is_ascii_alphanumeric() => out.push(c),
            _ => out.push('_'),
        }
    }
    out
}

const KEYWORDS: [&str; 40] = [
    "asm", "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else",
    "enum", "extern", "float", "for", "goto", "if", "inline", "int", "kernels", "long", "register",
    "restrict", "return", "short", "signed", "sizeof", "static", "struct", "switch", "typedef",
    "typeof", "union", "unsigned", "void", "volatile", "weights", "while", "main", "memcpy",
];

#[cfg(test)]
mod tests {
    use super::{comment, identifier};

    #[test]
    fn hostile_text_becomes_an_identifier() {
        for text in [
            "",
            "0day",
            "while",
            "a\";system(\"x",
            "é*/",
            "weights",
            "x\n#include",
        ] {
            let name = identifier(text);
            assert!(name.starts_with(|c: char| c.is_ascii_lowercase()), "{name}");
            assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
            assert!(!super::KEYWORDS.contains(&name.as_str()));
        }
    }

    #[test]
    fn a_comment_cannot_be_left() {
        let text = comment("a*/ int x; /* \\\n ??/ //");
        assert!(!text.contains('*') && !text.contains('/') && !text.contains('\\'));
        assert!(!text.contains('\n') && !text.contains('?'));
    }
}
