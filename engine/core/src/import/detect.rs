//! Tells a file's format from its first bytes, and says what a file is that cannot be a model.

use super::onnx;

/// What the bytes look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Empty,
    Short,
    TfLite,
    OldTfLite,
    LfsPointer,
    Html,
    Zip,
    Hdf5,
    Gzip,
    Onnx,
    Zeros,
    Text,
    Unknown,
}

/// Files that begin with these bytes are plainly something else.
const MAGICS: [(&[u8], Format); 7] = [
    (b"version https://git-lfs", Format::LfsPointer),
    (b"<!DOCTYPE", Format::Html),
    (b"<!doctype", Format::Html),
    (b"<html", Format::Html),
    (b"PK\x03\x04", Format::Zip),
    (b"\x89HDF\r\n\x1a\n", Format::Hdf5),
    (b"\x1f\x8b", Format::Gzip),
];

impl Format {
    /// The format of `bytes`, by content alone.
    pub fn detect(bytes: &[u8]) -> Self {
        if bytes.is_empty() {
            return Self::Empty;
        }
        if let Some((_, format)) = MAGICS.iter().find(|(magic, _)| bytes.starts_with(magic)) {
            return *format;
        }
        match bytes.get(4..8) {
            Some(b"TFL3") => return Self::TfLite,
            Some([b'T', b'F', b'L', b'0'..=b'9']) => return Self::OldTfLite,
            _ => {}
        }
        let head = &bytes[..bytes.len().min(4096)];
        if looks_like_onnx(head) || onnx::is_model(bytes) {
            Self::Onnx
        } else if bytes.iter().all(|&b| b == 0) {
            Self::Zeros
        } else if std::str::from_utf8(head).is_ok_and(|t| {
            t.chars()
                .all(|c| !c.is_control() || c.is_ascii_whitespace())
        }) {
            Self::Text
        } else if bytes.len() < 8 {
            Self::Short
        } else {
            Self::Unknown
        }
    }

    /// The format's name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty file",
            Self::TfLite => "TensorFlow Lite",
            Self::OldTfLite => "TensorFlow Lite, old schema",
            Self::LfsPointer => "Git LFS pointer",
            Self::Html => "web page",
            Self::Zip => "ZIP archive",
            Self::Hdf5 => "HDF5",
            Self::Gzip => "gzip archive",
            Self::Onnx => "ONNX",
            Self::Zeros => "zeros",
            Self::Text => "text",
            Self::Short | Self::Unknown => "unknown",
        }
    }

    /// Why a file of this format cannot be opened, and what to do: `(message, remedy)`.
    pub fn refusal(self, bytes: &[u8]) -> (String, &'static str) {
        let again = "open a .tflite or .onnx file";
        match self {
            Self::TfLite | Self::Onnx => (String::new(), ""),
            Self::Empty => (
                "the file is empty".into(),
                "copy or download the model again",
            ),
            Self::Short => (
                format!(
                    "{} bytes are too few for a model: the file is cut short",
                    bytes.len()
                ),
                "copy or download the model again",
            ),
            Self::OldTfLite => (
                format!(
                    "the file is marked {:?}: only TensorFlow Lite schema 3 (TFL3) can be read",
                    String::from_utf8_lossy(&bytes[4..8])
                ),
                "convert the model again with a current TensorFlow Lite converter",
            ),
            Self::LfsPointer => (
                "this is a Git LFS pointer, a few lines of text that stand for the model, not the model".into(),
                "run `git lfs pull` in the repository that it comes from, then open the file again",
            ),
            Self::Html => (
                "this is a web page, not a model: the download saved the page around the file".into(),
                "download the raw file",
            ),
            Self::Zip => (
                "this is a ZIP archive (a Keras v3 or PyTorch file, or a packed model), not a model that can be read".into(),
                "unpack it, or export the network as .onnx or .tflite",
            ),
            Self::Hdf5 => (
                "this is an HDF5 file, probably a Keras model, not a TensorFlow Lite model".into(),
                "convert it with the TensorFlow Lite converter",
            ),
            Self::Gzip => ("this is a gzip archive".into(), "unpack it and open the model in it"),
            Self::Zeros => (
                "the file holds only zeros: it was not written completely".into(),
                "copy or download the model again",
            ),
            Self::Text => ("this is a text file, not a model".into(), again),
            Self::Unknown => (
                "this is neither a TensorFlow Lite model (the mark TFL3 is missing at byte 4) nor an ONNX model".into(),
                again,
            ),
        }
    }
}

/// ONNX is a protobuf without a mark. A model starts, as nearly all writers do it, with the field `ir_version` (tag 0x08, a
/// small number), and goes on with a field of `ModelProto` (2 to 8, 14, 20, 25).
fn looks_like_onnx(head: &[u8]) -> bool {
    let is_field = |tag: &[u8]| {
        matches!(
            tag,
            [0x12 | 0x1a | 0x22 | 0x28 | 0x32 | 0x3a | 0x42 | 0x72, ..] | [0xa2 | 0xca, 0x01, ..]
        )
    };
    match head {
        [0x08, version, rest @ ..] => (1..=64).contains(version) && is_field(rest),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::Format;

    #[test]
    fn foreign_files_are_recognised() {
        let cases: [(&[u8], Format); 11] = [
            (b"", Format::Empty),
            (b"\x1c\0\0\0TFL3", Format::TfLite),
            (b"\x1c\0\0\0TFL2", Format::OldTfLite),
            (b"\x1c\0\0\0TFL", Format::Short),
            (
                b"version https://git-lfs.github.com/spec/v1\n",
                Format::LfsPointer,
            ),
            (b"<!DOCTYPE html>", Format::Html),
            (b"\x08\x08\x12\x07pytorch", Format::Onnx),
            // The network first, then the version.
            (b"\x3a\x00\x08\x08", Format::Onnx),
            (&[0; 64], Format::Zeros),
            (b"hello, world", Format::Text),
            (
                b"\xde\xad\xbe\xef\xde\xad\xbe\xef\xde\xad\xbe\xef",
                Format::Unknown,
            ),
        ];
        for (bytes, expected) in cases {
            assert_eq!(Format::detect(bytes), expected, "{bytes:?}");
        }
    }
}
