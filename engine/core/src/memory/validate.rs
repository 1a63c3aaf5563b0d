//! The independent check of a packing. Shares nothing with the solvers but the types.

use super::{Block, Packing};

/// What is wrong with a packing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackingError {
    /// Not one offset per block.
    #[error("a packing of {offsets} offsets was given for {blocks} blocks")]
    Count {
        /// Number of offsets.
        offsets: usize,
        /// Number of blocks.
        blocks: usize,
    },
    /// A lifetime that ends before it begins, an alignment that is no power of two, or a gap outside its block.
    #[error("block {block} has an impossible lifetime, alignment or gap")]
    Block {
        /// Index of the block.
        block: usize,
    },
    /// The end of a block does not fit an address.
    #[error("block {block} ends beyond the address range")]
    Overflow {
        /// Index of the block.
        block: usize,
    },
    /// An offset that is not a multiple of the alignment.
    #[error("block {block} lies at {offset}, which is not a multiple of {align}")]
    Misaligned {
        /// Index of the block.
        block: usize,
        /// Its offset.
        offset: usize,
        /// Its alignment.
        align: usize,
    },
    /// A block with a fixed offset lies elsewhere.
    #[error("block {block} lies at {offset} but is fixed at {fixed}")]
    Moved {
        /// Index of the block.
        block: usize,
        /// Its offset.
        offset: usize,
        /// The offset it must have.
        fixed: usize,
    },
    /// Two blocks share bytes while both are in use.
    #[error("blocks {a} and {b} share bytes while both are in use")]
    Overlap {
        /// The lower index.
        a: usize,
        /// The higher index.
        b: usize,
    },
    /// The stated height is not the end of the highest block.
    #[error("the packing says it is {stated} bytes high and is {actual}")]
    Height {
        /// As stated.
        stated: usize,
        /// As computed.
        actual: usize,
    },
}

/// Checks that `packing` places every block of `blocks`: aligned, where it is fixed, and never on another block
/// that is in use at the same time.
///
/// # Errors
/// The first violation, in block order.
pub fn validate(blocks: &[Block], packing: &Packing) -> Result<(), PackingError> {
    if packing.offsets.len() != blocks.len() {
        return Err(PackingError::Count {
            offsets: packing.offsets.len(),
            blocks: blocks.len(),
        });
    }
    let mut actual = 0;
    for (index, (block, &offset)) in blocks.iter().zip(&packing.offsets).enumerate() {
        if !possible(block) {
            return Err(PackingError::Block { block: index });
        }
        if offset % block.align != 0 {
            return Err(PackingError::Misaligned {
                block: index,
                offset,
                align: block.align,
            });
        }
        if let Some(fixed) = block.fixed.filter(|&fixed| fixed != offset) {
            return Err(PackingError::Moved {
                block: index,
                offset,
                fixed,
            });
        }
        let Some(end) = offset.checked_add(block.bytes) else {
            return Err(PackingError::Overflow { block: index });
        };
        actual = actual.max(end);
        for (other, (b, &start)) in blocks.iter().zip(&packing.offsets).enumerate().take(index) {
            if share(block, offset, b, start) {
                return Err(PackingError::Overlap { a: other, b: index });
            }
        }
    }
    if actual != packing.height {
        return Err(PackingError::Height {
            stated: packing.height,
            actual,
        });
    }
    Ok(())
}

fn possible(block: &Block) -> bool {
    let within = (block.gaps.iter()).all(|gap| {
        block.first <= gap.first
            && gap.first <= gap.last
            && gap.last <= block.last
            && gap.lower <= gap.upper
            && gap.upper <= block.bytes
    });
    let rising = block.gaps.is_sorted_by(|a, b| a.last < b.first);
    block.first <= block.last && block.align.is_power_of_two() && within && rising
}

/// Whether the two have a byte in common at some time.
fn share(a: &Block, a_offset: usize, b: &Block, b_offset: usize) -> bool {
    // What is in use of either changes only at these times.
    let mut times = vec![a.first.max(b.first)];
    for gap in a.gaps.iter().chain(&b.gaps) {
        times.extend([gap.first, gap.last.saturating_add(1)]);
    }
    times.iter().any(|&time| {
        let (Some(a), Some(b)) = (in_use(a, time), in_use(b, time)) else {
            return false;
        };
        (a_offset + a.0).max(b_offset + b.0) < (a_offset + a.1).min(b_offset + b.1)
    })
}

/// The bytes of a block that are in use at a time, if it is alive.
fn in_use(block: &Block, time: usize) -> Option<(usize, usize)> {
    let gap = (block.gaps.iter()).find(|gap| gap.first <= time && time <= gap.last);
    (block.first <= time && time <= block.last)
        .then(|| gap.map_or((0, block.bytes), |gap| (gap.lower, gap.upper)))
}
