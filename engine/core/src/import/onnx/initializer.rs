//! Tensors of the file as constants: raw or typed data, inside the file or beside it.

use super::constant::Constant;
use super::problem::{Problem, REPAIR, Read, bad_shape, problem};
use super::wire::varint;
use crate::format::onnx::TensorProto;
use crate::format::onnx::tensor_proto::{DataLocation, DataType};
use crate::graph::Data;
use crate::import::External;
use crate::import::report::escape;
use half::{bf16, f16};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Longest list of numbers that are not raw data: 16 MiB as 64-bit numbers.
const MOST_LISTED: usize = 2 << 20;

/// Files beside the model that initialisers lie in. Each is asked for once.
pub(super) struct Beside<'a, 'b> {
    read: Option<&'a mut External<'b>>,
    files: BTreeMap<String, Arc<[u8]>>,
}

impl<'a, 'b> Beside<'a, 'b> {
    pub const fn new(read: Option<&'a mut External<'b>>) -> Self {
        Self {
            read,
            files: BTreeMap::new(),
        }
    }

    /// The bytes of a tensor whose data lie in another file.
    fn bytes(&mut self, tensor: &TensorProto, expected: usize) -> Read<Arc<[u8]>> {
        let entry = |key: &str| {
            let found = tensor.external_data.iter().find(|e| e.key == key);
            found.map(|e| e.value.as_str())
        };
        let location = entry("location").unwrap_or_default();
        let shown = escape(location.as_bytes());
        if !is_plain_name(location) {
            return Err(problem(
                "external-data",
                format!(
                    "holds its data in \"{shown}\"; only a file beside the model, named without folders, is read"
                ),
                "save the model in one file, or put its data file beside it",
            ));
        }
        let number = |key: &str| match entry(key) {
            None => Ok(None),
            Some(digits) => digits.parse::<usize>().map(Some).map_err(|_| {
                bad_shape(format!(
                    "has the {key} \"{}\" of its data",
                    escape(digits.as_bytes())
                ))
            }),
        };
        let (offset, length) = (number("offset")?.unwrap_or(0), number("length")?);
        if length.is_some_and(|length| length != expected) {
            return Err(bad_shape(format!(
                "takes {expected} bytes, its data in \"{shown}\" are another length"
            )));
        }
        if !self.files.contains_key(location) {
            let Some(read) = &mut self.read else {
                return Err(problem(
                    "external-data",
                    format!("holds its data in another file, \"{shown}\", which is not at hand"),
                    "open the model from a folder that holds that file, or save the model in one file",
                ));
            };
            let bytes = read(location).map_err(|why| {
                problem(
                    "external-data",
                    format!(
                        "holds its data in \"{shown}\", which cannot be read: {}",
                        escape(why.as_bytes())
                    ),
                    "put that file beside the model, or save the model in one file",
                )
            })?;
            self.files.insert(location.to_owned(), bytes);
        }
        let file = &self.files[location];
        let part = offset
            .checked_add(expected)
            .and_then(|end| file.get(offset..end));
        part.map(Arc::from).ok_or_else(|| {
            bad_shape(format!(
                "lies outside the {} bytes of \"{shown}\"",
                file.len()
            ))
        })
    }
}

/// Whether a location names a file in the model's own folder, on any system.
fn is_plain_name(location: &str) -> bool {
    let odd = |c: char| matches!(c, '/' | '\\' | ':') || c.is_control();
    !location.is_empty()
        && location.len() <= 255
        && !location.starts_with('.')
        && !location.chars().any(odd)
}

/// The type's name in the specification.
pub(super) fn type_name(data_type: i32) -> &'static str {
    DataType::try_from(data_type).map_or("UNKNOWN", |t| t.as_str_name())
}

/// Reads a tensor; `raw` are its raw data. The problem's message goes after the tensor's name.
pub(super) fn read(
    tensor: &TensorProto,
    raw: &[u8],
    beside: &mut Beside<'_, '_>,
) -> Read<Constant> {
    let dims = tensor.dims.iter().map(|&d| usize::try_from(d).ok());
    let shape: Option<Vec<usize>> = dims.collect();
    let counted = shape.and_then(|shape| {
        let elements = shape.iter().try_fold(1_usize, |n, &d| n.checked_mul(d))?;
        Some((shape, elements))
    });
    let Some((shape, elements)) = counted else {
        return Err(bad_shape("has a negative or an impossibly large dimension"));
    };
    let width = match DataType::try_from(tensor.data_type) {
        Ok(DataType::Int8 | DataType::Uint8 | DataType::Bool) => 1,
        Ok(DataType::Int16 | DataType::Uint16 | DataType::Float16 | DataType::Bfloat16) => 2,
        Ok(DataType::Float | DataType::Int32) => 4,
        Ok(DataType::Double | DataType::Int64) => 8,
        _ => {
            return Err(problem(
                "unsupported-type",
                format!("has elements of type {}", type_name(tensor.data_type)),
                "export the model with float32, float16, int8 or uint8 weights",
            ));
        }
    };
    let expected = elements
        .checked_mul(width)
        .ok_or_else(|| bad_shape("has an impossibly large shape"))?;
    let external = tensor.data_location == DataLocation::External as i32;
    let beside_bytes = if external {
        Some(beside.bytes(tensor, expected)?)
    } else {
        None
    };
    let raw = beside_bytes.as_deref().unwrap_or(raw);
    let data = if external || !raw.is_empty() {
        if raw.len() != expected {
            return Err(wrong_size(expected, raw.len()));
        }
        from_raw(tensor.data_type, raw)
    } else {
        from_lists(tensor, elements)?
    };
    Ok(Constant::new(&shape, data))
}

fn wrong_size(expected: usize, found: usize) -> Problem {
    problem(
        "no-data",
        format!("takes {expected} bytes, the file holds {found}"),
        REPAIR,
    )
}

fn from_raw(data_type: i32, raw: &[u8]) -> Data {
    match DataType::try_from(data_type) {
        Ok(DataType::Int8) => Data::I8(raw.iter().map(|&b| b as i8).collect()),
        Ok(DataType::Int16) => Data::I16(words(raw, i16::from_le_bytes)),
        Ok(DataType::Int32) => Data::I32(words(raw, i32::from_le_bytes)),
        Ok(DataType::Int64) => Data::I64(words(raw, i64::from_le_bytes)),
        Ok(DataType::Uint16) => Data::I32(words(raw, |b| u16::from_le_bytes(b).into())),
        Ok(DataType::Float) => Data::F32(words(raw, f32::from_le_bytes)),
        Ok(DataType::Float16) => Data::F32(words(raw, |b| f16::from_le_bytes(b).to_f32())),
        Ok(DataType::Bfloat16) => Data::F32(words(raw, |b| bf16::from_le_bytes(b).to_f32())),
        Ok(DataType::Double) => Data::F32(words(raw, |b| f64::from_le_bytes(b) as f32)),
        _ => Data::U8(raw.into()),
    }
}

fn words<const N: usize, T>(raw: &[u8], from: impl Fn([u8; N]) -> T) -> Arc<[T]> {
    raw.as_chunks::<N>().0.iter().map(|&b| from(b)).collect()
}

/// The typed lists of a tensor, for writers that do not use raw data.
fn from_lists(tensor: &TensorProto, elements: usize) -> Read<Data> {
    let fixed = |bytes: &[u8], width: usize| {
        if bytes.len() == elements * width {
            Ok(from_raw(tensor.data_type, bytes))
        } else {
            Err(wrong_size(elements * width, bytes.len()))
        }
    };
    let list = &tensor.int32_data;
    Ok(match DataType::try_from(tensor.data_type) {
        Ok(DataType::Float) => fixed(&tensor.float_data, 4)?,
        Ok(DataType::Double) => fixed(&tensor.double_data, 8)?,
        Ok(DataType::Int64) => Data::I64(numbers(&tensor.int64_data, elements, |x| x)?),
        Ok(DataType::Int8) => Data::I8(numbers(list, elements, |x| x as i8)?),
        Ok(DataType::Int16) => Data::I16(numbers(list, elements, |x| x as i16)?),
        Ok(DataType::Float16) => Data::F32(numbers(list, elements, |x| {
            f16::from_bits(x as u16).to_f32()
        })?),
        Ok(DataType::Bfloat16) => Data::F32(numbers(list, elements, |x| {
            bf16::from_bits(x as u16).to_f32()
        })?),
        Ok(DataType::Uint8 | DataType::Bool) => Data::U8(numbers(list, elements, |x| x as u8)?),
        _ => Data::I32(numbers(list, elements, |x| x as i32)?),
    })
}

/// A packed list of varints. Bounded, since one byte of the file can become eight.
fn numbers<T>(mut bytes: &[u8], elements: usize, from: impl Fn(i64) -> T) -> Read<Arc<[T]>> {
    if elements > bytes.len() {
        return Err(wrong_size(elements, bytes.len()));
    }
    if elements > MOST_LISTED {
        return Err(problem(
            "too-large",
            format!("lists {elements} numbers one by one"),
            "save the model with raw tensor data",
        ));
    }
    let mut list = Vec::with_capacity(elements);
    while !bytes.is_empty() && list.len() <= elements {
        list.push(from(varint(&mut bytes).map_err(bad_shape)? as i64));
    }
    if list.len() == elements {
        Ok(list.into())
    } else {
        Err(bad_shape("holds more numbers than its shape has room for"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_inside_the_folder_are_plain() {
        for good in ["weights.bin", "model.onnx.data", "a b"] {
            assert!(is_plain_name(good), "{good}");
        }
        let bad = [
            "",
            ".",
            "..",
            "../w",
            "/etc/hostname",
            "a/b",
            "a\\b",
            "C:w",
            "w\0",
            ".hidden",
            "w\n",
        ];
        for bad in bad {
            assert!(!is_plain_name(bad), "{bad:?}");
        }
        assert!(!is_plain_name(&"x".repeat(300)));
    }
}
