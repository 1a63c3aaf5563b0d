//! The attributes of a node, read with the type that the specification gives them.

use super::problem::{Problem, REPAIR, Read, problem};
use crate::format::onnx::attribute_proto::AttributeType as Type;
use crate::format::onnx::{AttributeProto, NodeProto, TensorProto};
use crate::import::report::escape;

/// The attributes of one node.
#[derive(Clone, Copy)]
pub(super) struct Attributes<'a>(&'a [AttributeProto]);

impl<'a> Attributes<'a> {
    pub const fn new(node: &'a NodeProto) -> Self {
        Self(node.attribute.as_slice())
    }

    fn find(self, name: &str, types: &[Type]) -> Read<Option<&'a AttributeProto>> {
        let Some(found) = self.0.iter().find(|a| a.name == name) else {
            return Ok(None);
        };
        // Old writers leave the type out.
        let fits = found.r#type == Type::Undefined as i32
            || types.iter().any(|&t| t as i32 == found.r#type);
        if fits {
            Ok(Some(found))
        } else {
            Err(wrong_type(name))
        }
    }

    /// A whole number.
    pub fn int(self, name: &str) -> Read<Option<i64>> {
        let found = self.find(name, &[Type::Int])?;
        found
            .map(|a| a.i.ok_or_else(|| wrong_type(name)))
            .transpose()
    }

    /// A whole number, or `default`.
    pub fn int_or(self, name: &str, default: i64) -> Read<i64> {
        Ok(self.int(name)?.unwrap_or(default))
    }

    /// A switch: 0 or 1.
    pub fn flag(self, name: &str) -> Read<bool> {
        Ok(self.int_or(name, 0)? != 0)
    }

    /// A finite number.
    pub fn float(self, name: &str) -> Read<Option<f32>> {
        let Some(found) = self.find(name, &[Type::Float])? else {
            return Ok(None);
        };
        match found.f {
            Some(f) if f.is_finite() => Ok(Some(f)),
            Some(f) => Err(problem(
                "bad-options",
                format!("attribute {name} is {f}"),
                REPAIR,
            )),
            None => Err(wrong_type(name)),
        }
    }

    /// A finite number, or `default`.
    pub fn float_or(self, name: &str, default: f32) -> Read<f32> {
        Ok(self.float(name)?.unwrap_or(default))
    }

    /// Whole numbers.
    pub fn ints(self, name: &str) -> Read<Option<&'a [i64]>> {
        let found = self.find(name, &[Type::Ints])?;
        Ok(found.map(|a| a.ints.as_slice()))
    }

    /// Real numbers.
    pub fn floats(self, name: &str) -> Read<Option<&'a [f32]>> {
        let found = self.find(name, &[Type::Floats])?;
        Ok(found.map(|a| a.floats.as_slice()))
    }

    /// A word.
    pub fn word(self, name: &str) -> Read<Option<&'a str>> {
        let Some(found) = self.find(name, &[Type::String])? else {
            return Ok(None);
        };
        let bytes = found.s.as_ref().ok_or_else(|| wrong_type(name))?;
        std::str::from_utf8(bytes)
            .map(Some)
            .map_err(|_| wrong_type(name))
    }

    /// A word, or `default`.
    pub fn word_or(self, name: &str, default: &'a str) -> Read<&'a str> {
        Ok(self.word(name)?.unwrap_or(default))
    }

    /// A tensor.
    pub fn tensor(self, name: &str) -> Read<Option<&'a TensorProto>> {
        let found = self.find(name, &[Type::Tensor])?;
        found
            .map(|a| a.t.as_deref().ok_or_else(|| wrong_type(name)))
            .transpose()
    }
}

fn wrong_type(name: &str) -> Problem {
    let name = escape(name.as_bytes());
    problem(
        "bad-options",
        format!("attribute {name} does not have the type that the operator asks for"),
        REPAIR,
    )
}
