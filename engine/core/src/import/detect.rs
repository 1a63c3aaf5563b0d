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
    Keras,
    PyTorch,
    Hdf5,
    Gzip,
    SavedModel,
    OnnxRuntime,
    Onnx,
    Zeros,
    Text,
    Unknown,
}

/// Files that begin with these bytes are plainly something else.
const MAGICS: [(&[u8], Format); 9] = [
    (b"version https://git-lfs", Format::LfsPointer),
    (b"<!DOCTYPE", Format::Html),
    (b"<!doctype", Format::Html),
    (b"<html", Format::Html),
    (b"PK\x03\x04", Format::Zip),
    (b"\x89HDF\r\n\x1a\n", Format::Hdf5),
    (b"\x1f\x8b", Format::Gzip),
    // A Python pickle, as PyTorch wrote checkpoints before it packed them.
    (b"\x80\x02", Format::PyTorch),
    (b"\x80\x04", Format::PyTorch),
];

impl Format {
    /// The format of `bytes`, by content alone.
    pub fn detect(bytes: &[u8]) -> Self {
        if bytes.is_empty() {
            return Self::Empty;
        }
        let head = &bytes[..bytes.len().min(4096)];
        let known = MAGICS.iter().find(|(magic, _)| bytes.starts_with(magic));
        match known {
            Some((_, Self::Zip)) => return inside_zip(head),
            Some((_, format)) => return *format,
            None => {}
        }
        match bytes.get(4..8) {
            Some(b"TFL3") => return Self::TfLite,
            Some([b'T', b'F', b'L', b'0'..=b'9']) => return Self::OldTfLite,
            Some(b"ORTM") => return Self::OnnxRuntime,
            _ => {}
        }
        // Version 1, then a message of more than 127 bytes; an ONNX file of that age would name its producer there.
        if matches!(head, [0x08, 0x01, 0x12, 0x80..=0xff, ..]) {
            return Self::SavedModel;
        }
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
            Self::Keras => "Keras",
            Self::PyTorch => "PyTorch",
            Self::SavedModel => "TensorFlow SavedModel",
            Self::OnnxRuntime => "ONNX Runtime",
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
            Self::Zip => ("this is a ZIP archive, not a model".into(), "unpack it and open the model in it"),
            Self::Keras => (
                "this is a Keras file, which holds a network before conversion".into(),
                "convert it with the TensorFlow Lite converter, or export it as .onnx",
            ),
            Self::PyTorch => (
                "this is a PyTorch file, which holds weights and Python code, not a network as such".into(),
                "load it in Python and export it with torch.onnx.export",
            ),
            Self::SavedModel => (
                "this is a TensorFlow SavedModel, which holds a network before conversion".into(),
                "convert its folder with the TensorFlow Lite converter (tf.lite.TFLiteConverter.from_saved_model)",
            ),
            Self::OnnxRuntime => (
                "this is a model in ONNX Runtime's own format".into(),
                "open the .onnx file that it was made from",
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

/// What a ZIP archive holds, told by the names of its first files.
fn inside_zip(head: &[u8]) -> Format {
    let names = |name: &[u8]| head.windows(name.len()).any(|part| part == name);
    if names(b"data.pkl") {
        Format::PyTorch
    } else if names(b"metadata.json") && names(b"keras") || names(b"model.weights.h5") {
        Format::Keras
    } else {
        Format::Zip
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
        let cases: [(&[u8], Format); 18] = [
            (b"", Format::Empty),
            (b"\x1c\0\0\0TFL3", Format::TfLite),
            (b"\x1c\0\0\0TFL2", Format::OldTfLite),
            (b"\x1c\0\0\0TFL", Format::Short),
            (
                b"version https://git-lfs.github.com/spec/v1\n",
                Format::LfsPointer,
            ),
            (b"<!DOCTYPE html>", Format::Html),
            (b"PK\x03\x04\0\0notes.txt", Format::Zip),
            (b"PK\x03\x04\0\0archive/data.pkl", Format::PyTorch),
            (
                b"PK\x03\x04\0\0metadata.json{\"keras_version\": \"3.0\"}",
                Format::Keras,
            ),
            (b"\x80\x02}q\0X", Format::PyTorch),
            (b"\x89HDF\r\n\x1a\n", Format::Hdf5),
            (b"\x08\x01\x12\xa7\x05\x0a", Format::SavedModel),
            (b"\x1c\0\0\0ORTM", Format::OnnxRuntime),
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
            let format = Format::detect(bytes);
            assert_eq!(format, expected, "{bytes:?}");
            // Whatever is no model is told what to do.
            let (message, remedy) = format.refusal(bytes);
            let is_model = matches!(format, Format::TfLite | Format::Onnx);
            assert_eq!(
                message.is_empty() || remedy.is_empty(),
                is_model,
                "{bytes:?}"
            );
        }
    }
}
