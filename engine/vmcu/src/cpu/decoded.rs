//! The compact form of an instruction that the interpreter runs.

/// One decoded instruction: 16 bytes, all offsets relative to its own address, so that it holds for every alias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoded {
    pub(crate) op: u8,
}

impl Decoded {
    /// Not decoded yet.
    pub const EMPTY: Self = Self { op: 0 };
}
