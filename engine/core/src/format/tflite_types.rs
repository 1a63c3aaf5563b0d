//! Element types as the format numbers them.

use crate::graph::DType;

/// Names by number, for messages.
const NAMES: [&str; 23] = [
    "FLOAT32",
    "FLOAT16",
    "INT32",
    "UINT8",
    "INT64",
    "STRING",
    "BOOL",
    "INT16",
    "COMPLEX64",
    "INT8",
    "FLOAT64",
    "COMPLEX128",
    "UINT64",
    "RESOURCE",
    "VARIANT",
    "UINT32",
    "UINT16",
    "INT4",
    "BFLOAT16",
    "INT2",
    "UINT4",
    "FLOAT8_E4M3FN",
    "FLOAT8_E5M2",
];

/// The type's name, or its number when it has none.
pub(crate) fn name(code: i8) -> String {
    find(code).map_or_else(|| format!("type {code}"), str::to_owned)
}

/// The type's name, or a word for the lack of one.
pub(crate) fn known_name(code: i8) -> &'static str {
    find(code).unwrap_or("unknown type")
}

fn find(code: i8) -> Option<&'static str> {
    NAMES.get(usize::try_from(code).ok()?).copied()
}

/// Size of an element in bits, for types whose elements have one size.
pub(crate) const fn bits(code: i8) -> Option<u64> {
    Some(match code {
        3 | 6 | 9 | 21 | 22 => 8,
        1 | 7 | 16 | 18 => 16,
        0 | 2 | 15 => 32,
        4 | 8 | 10 | 12 => 64,
        11 => 128,
        17 | 20 => 4,
        19 => 2,
        _ => return None,
    })
}

/// The types that a graph can hold.
pub(crate) const fn dtype(code: i8) -> Option<DType> {
    Some(match code {
        0 => DType::F32,
        1 => DType::F16,
        2 => DType::I32,
        3 => DType::U8,
        4 => DType::I64,
        6 => DType::Bool,
        7 => DType::I16,
        9 => DType::I8,
        _ => return None,
    })
}

/// The format's number of a type.
pub(crate) const fn code(dtype: DType) -> i8 {
    match dtype {
        DType::F32 => 0,
        DType::F16 => 1,
        DType::I32 => 2,
        DType::U8 => 3,
        DType::I64 => 4,
        DType::Bool => 6,
        DType::I16 => 7,
        DType::I8 => 9,
    }
}
