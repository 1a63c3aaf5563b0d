//! Pictures and arrays on the disk as a network's input: finding them in a folder, decoding them within limits, and a
//! first guess at the preprocessing. What preprocessing does is the engine's.

use crate::{engine, format};
use image::{ImageReader, Limits};
use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _};
use std::path::{Path, PathBuf};
use tinyscope_core::graph::{DType, Tensor};
use tinyscope_core::quant::Value;
use tinyscope_core::quant::preprocess::{ChannelOrder, Fit, Layout, Preprocessing};
use tinyscope_core::{Graph, OpKind};

/// Endings of the files that are looked at.
pub const ENDINGS: [&str; 5] = ["png", "jpg", "jpeg", "bmp", "npy"];

/// Larger files and pictures are refused: a few bytes can claim to be a picture of many gigabytes.
const MAX_FILE_BYTES: u64 = 64 << 20;
const MAX_SIDE: u32 = 16_384;
const MAX_DECODED_BYTES: u64 = 256 << 20;
/// Entries of a folder that are looked at.
const MAX_ENTRIES: usize = 200_000;

/// The inputs in a folder, not yet read. Sorted by name, so that the same folder is always the same list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folder {
    /// Files, and the class of each where there are classes.
    pub files: Vec<(PathBuf, Option<usize>)>,
    /// Names of the class sub-folders; a class's number is its place here.
    pub classes: Vec<String>,
}

/// A file that could not be used, and why.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Broken {
    /// The file, fit to be shown.
    pub file: String,
    /// Why.
    pub why: String,
}

impl Folder {
    /// Lists the pictures and arrays of a folder. If sub-folders hold any, they are the classes, and files beside them
    /// are left out.
    ///
    /// # Errors
    /// A sentence for people.
    pub fn scan(folder: &Path) -> Result<Self, String> {
        let (files, folders) = entries(folder)?;
        let mut found = Self::default();
        for folder in folders {
            let (inside, _) = entries(&folder)?;
            if inside.is_empty() {
                continue;
            }
            let class = found.classes.len();
            let name = folder.file_name().unwrap_or(folder.as_os_str());
            found.classes.push(format::visible(&name.to_string_lossy()));
            found
                .files
                .extend(inside.into_iter().map(|f| (f, Some(class))));
        }
        if found.classes.is_empty() {
            found.files = files.into_iter().map(|f| (f, None)).collect();
        }
        if found.files.is_empty() {
            return Err(format!(
                "{} holds no {} files; choose the folder that has the pictures, or sub-folders of them by class",
                format::path(folder),
                ENDINGS.join(", ")
            ));
        }
        Ok(found)
    }

    /// `count` of the files, evenly spread over the list, so that every class is met.
    pub fn spread(&self, count: usize) -> Vec<&(PathBuf, Option<usize>)> {
        let total = self.files.len();
        let count = count.min(total);
        (0..count).map(|i| &self.files[i * total / count]).collect()
    }
}

/// Files with a known ending, and sub-folders; both sorted.
fn entries(folder: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>), String> {
    let shown = format::path(folder);
    let listed = std::fs::read_dir(folder).map_err(|error| format!("{shown}: {error}"))?;
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for entry in listed.take(MAX_ENTRIES) {
        let path = entry.map_err(|error| format!("{shown}: {error}"))?.path();
        let hidden = path
            .file_name()
            .is_some_and(|n| n.to_string_lossy().starts_with('.'));
        let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        if hidden {
            continue;
        }
        if path.is_dir() {
            folders.push(path);
        } else if ending.is_some_and(|e| ENDINGS.contains(&e.as_str())) {
            files.push(path);
        }
    }
    files.sort();
    folders.sort();
    Ok((files, folders))
}

/// One file as the value of `input`: a picture through the preprocessing; an array as it is, real numbers for a float
/// input and codes or real numbers for an int8 one.
///
/// # Errors
/// A sentence for people, without the file's name.
pub fn load(path: &Path, input: &Tensor, preprocessing: &Preprocessing) -> Result<Value, String> {
    let about = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !about.is_file() {
        return Err("not a regular file".into());
    }
    if about.len() > MAX_FILE_BYTES {
        return Err(format!("larger than {} MiB", MAX_FILE_BYTES >> 20));
    }
    let is_array = path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("npy"));
    if is_array {
        return array(path, input);
    }
    let mut reader = ImageReader::open(path)
        .and_then(ImageReader::with_guessed_format)
        .map_err(|error| error.to_string())?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    reader.limits(limits);
    let picture = reader
        .decode()
        .map_err(|e| format::visible(&e.to_string()))?;
    let picture = picture.into_rgb8();
    let [width, height] = [picture.width(), picture.height()].map(|n| n as usize);
    (preprocessing.apply(picture.as_raw(), width, height, input)).map_err(|e| e.to_string())
}

/// Whether the header of an `.npy` file is of a bearable length and no product of its numbers overflows: the library
/// multiplies the extents unchecked. Layout: magic, version, length of the header (NEP 1).
fn sound_header(file: &mut File) -> std::io::Result<bool> {
    const MOST: usize = 1 << 16;
    let mut start = [0; 12];
    file.read_exact(&mut start)?;
    let [.., a, b, c, d] = start;
    let (length, kept) = match start[6] {
        1 => (usize::from(u16::from_le_bytes([a, b])), &start[10..]),
        _ => (u32::from_le_bytes([a, b, c, d]) as usize, &start[12..]),
    };
    let mut header = kept.to_vec();
    let rest = length.min(MOST).saturating_sub(kept.len()) as u64;
    file.take(rest).read_to_end(&mut header)?;
    let numbers = header.split(|byte| !byte.is_ascii_digit());
    let product = numbers
        .filter(|digits| !digits.is_empty())
        .map(|digits| str::from_utf8(digits).ok()?.parse::<u64>().ok())
        .try_fold(1_u64, |n, number| n.checked_mul(number?.max(1)));
    Ok(length <= MOST && product.is_some())
}

fn array(path: &Path, input: &Tensor) -> Result<Value, String> {
    let mut file = File::open(path).map_err(|error| error.to_string())?;
    let sound = sound_header(&mut file).and_then(|sound| file.rewind().map(|()| sound));
    if !sound.map_err(|error| error.to_string())? {
        return Err("the header of the array is damaged; save it again with numpy".into());
    }
    // The header says how much is to follow; the file's size bounds what is believed.
    let npy = npyz::NpyFile::new(BufReader::new(file).take(MAX_FILE_BYTES))
        .map_err(|error| format::visible(&error.to_string()))?;
    let shape = npy.shape().to_vec();
    let count = shape.iter().try_fold(1_u64, |n, &d| n.checked_mul(d));
    if count != Some(input.elements() as u64) {
        let shape: Vec<String> = shape.iter().map(ToString::to_string).collect();
        return Err(format!(
            "an array of {}, but the input takes {} numbers; one sample a file",
            shape.join("×"),
            input.elements()
        ));
    }
    if npy.order() != npyz::Order::C {
        return Err("the array is in Fortran order; save it in C order".into());
    }
    let wrong = |error: std::io::Error| format::visible(&error.to_string());
    let kind = npy.dtype().descr();
    let kind = kind.trim_matches(['\'', '"']);
    match (kind, input.dtype) {
        ("|i1", DType::I8) => Ok(Value::I8(npy.into_vec().map_err(wrong)?)),
        ("<f4", _) => engine::fitted(npy.into_vec().map_err(wrong)?, input),
        ("<f8", _) => {
            let numbers: Vec<f64> = npy.into_vec().map_err(wrong)?;
            engine::fitted(numbers.into_iter().map(|x| x as f32).collect(), input)
        }
        ("|u1", _) => {
            let numbers: Vec<u8> = npy.into_vec().map_err(wrong)?;
            engine::fitted(numbers.into_iter().map(f32::from).collect(), input)
        }
        (other, _) => Err(format!(
            "an array of type {}; save float32, or int8 codes for an int8 input",
            format::visible(other)
        )),
    }
}

/// Channels of the pictures that a network takes: one or three; `None` where its input is no picture.
pub fn picture_channels(graph: &Graph) -> Option<usize> {
    match graph.inputs.as_slice() {
        [only] => channels(graph.tensor(*only)).map(|(n, _)| n),
        _ => None,
    }
}

/// Channels of a picture input, and the order of its dimensions.
fn channels(input: &Tensor) -> Option<(usize, Layout)> {
    match input.shape[..] {
        [1, _, w, c @ (1 | 3)] | [_, w, c @ (1 | 3)] if w > 1 => Some((c, Layout::Nhwc)),
        [1, c @ (1 | 3), h, w] if h > 1 && w > 1 => Some((c, Layout::Nchw)),
        _ => None,
    }
}

/// Sensible preprocessing for the first input of `graph`, and in one line what it is taken from.
pub fn guess(graph: &Graph) -> (Preprocessing, String) {
    let Some(input) = graph.inputs.first().map(|&id| graph.tensor(id)) else {
        return (Preprocessing::default(), "the network has no input".into());
    };
    let (channels, layout) = channels(input).unwrap_or((3, Layout::Nhwc));
    let order = if channels == 1 {
        ChannelOrder::Gray
    } else {
        ChannelOrder::Rgb
    };
    // A float border in front of an int8 network: the scale behind it tells the range.
    let quantized = graph
        .ops
        .iter()
        .find(|op| op.kind == OpKind::Quantize && op.inputs.first() == graph.inputs.first())
        .and_then(|op| op.outputs.first())
        .map(|&id| graph.tensor(id));
    let known = [Some(input), quantized]
        .into_iter()
        .flatten()
        .find_map(Preprocessing::from_quantization);
    let why = if known.is_some() {
        "guessed: pixels 0 to 255 are spread over the range of the int8 input"
    } else {
        "guessed: the float input takes pixels as 0 to 1; change mean and scale if it was trained otherwise"
    };
    let base = known.unwrap_or_default();
    let guessed = Preprocessing {
        order,
        layout,
        ..base
    };
    (guessed, why.into())
}

/// The preprocessing in one line.
pub fn describe(preprocessing: &Preprocessing, input: &Tensor) -> String {
    let Some((channels, layout)) = channels(input) else {
        return "arrays as they are".into();
    };
    let [height, width] = match (&input.shape[..], layout) {
        ([.., h, w], Layout::Nchw) | ([.., h, w, _], Layout::Nhwc) => [*h, *w],
        _ => [0, 0],
    };
    let fit = match preprocessing.fit {
        Fit::Stretch => "stretched",
        Fit::Fill => "filled",
    };
    let order = match preprocessing.order {
        ChannelOrder::Rgb => "RGB",
        ChannelOrder::Bgr => "BGR",
        ChannelOrder::Gray => "gray",
    };
    let crop = if preprocessing.crop < 1.0 {
        format!("middle {:.1} %, ", preprocessing.crop * 100.0)
    } else {
        String::new()
    };
    let list = |values: [f32; 3]| {
        let kept = &values[..channels.min(3)];
        let words: Vec<String> = kept.iter().map(|&v| number(v)).collect();
        if words.iter().all(|word| *word == words[0]) {
            return words[0].clone();
        }
        format!("[{}]", words.join(", "))
    };
    format!(
        "{crop}{fit} to {height}×{width}, {order}, (pixel − {}) × {}",
        list(preprocessing.mean),
        list(preprocessing.scale)
    )
}

/// Short, but with enough digits to tell 1/255 from 1/256.
pub fn number(value: f32) -> String {
    let text = format!("{value:.5}");
    text.trim_end_matches('0').trim_end_matches('.').into()
}

#[cfg(test)]
mod tests;
