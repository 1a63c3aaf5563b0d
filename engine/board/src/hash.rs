//! SHA-256 in hexadecimal digits: what programs, images, inputs and records are told apart by.

use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// Of some bytes.
pub fn of_bytes(bytes: &[u8]) -> String {
    hex(Sha256::new_with_prefix(bytes))
}

/// Of parts in their order: each with its length in front, so that no two sequences look the same.
pub fn of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hex(hash)
}

/// Of a project's files: names and contents, sorted by name.
pub fn of_files(files: &[(String, String)]) -> String {
    let mut sorted: Vec<&(String, String)> = files.iter().collect();
    sorted.sort();
    of_parts((sorted.iter()).flat_map(|(name, text)| [name.as_bytes(), text.as_bytes()]))
}

/// Of codes.
pub fn of_codes<'a>(inputs: impl IntoIterator<Item = &'a [i8]>) -> String {
    let mut hash = Sha256::new();
    for codes in inputs {
        hash.update((codes.len() as u64).to_le_bytes());
        let bytes: Vec<u8> = codes.iter().map(|&code| code as u8).collect();
        hash.update(&bytes);
    }
    hex(hash)
}

fn hex(hash: Sha256) -> String {
    hash.finalize()
        .iter()
        .fold(String::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_the_published_one() {
        // FIPS 180-2, appendix B.1.
        assert_eq!(
            of_bytes(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn files_are_told_apart_by_name_and_content_and_not_by_order() {
        let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let one = [file("a", "bc"), file("d", "")];
        let turned = [file("d", ""), file("a", "bc")];
        assert_eq!(of_files(&one), of_files(&turned));
        assert_ne!(of_files(&one), of_files(&[file("ab", "c"), file("d", "")]));
        assert_ne!(of_files(&one), of_files(&[file("a", "bcd")]));
        assert_ne!(of_codes([&[1, 2][..], &[3]]), of_codes([&[1][..], &[2, 3]]));
    }
}
