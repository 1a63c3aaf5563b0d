//! Buffers with lifetimes in, offsets out. Knows nothing of tensors or operators.

/// A buffer to be placed. Times are inclusive on both ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Size in bytes.
    pub bytes: usize,
    /// Offset must be a multiple of this power of two.
    pub align: usize,
    /// First step at which the buffer is in use.
    pub first: usize,
    /// Last step at which the buffer is in use.
    pub last: usize,
    /// Offset that must be taken, if any.
    pub fixed: Option<usize>,
}

/// An answer: an offset for each block, and the height they reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packing {
    /// Offsets in bytes, in the blocks' order.
    pub offsets: Vec<usize>,
    /// Bytes from 0 to the end of the highest block.
    pub height: usize,
    /// No packing can be lower than this.
    pub lower_bound: usize,
}
