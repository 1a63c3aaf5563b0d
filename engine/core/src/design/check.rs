//! The limits of a design's own numbers; what follows from several of them is checked while the graph is made.

use super::error::DesignError;
use super::types::{Block, Conv, Design, Inverted};

/// Most pixels along an axis.
pub const MAX_RESOLUTION: usize = 4096;
/// Most channels of a map.
pub const MAX_WIDTH: usize = 65_536;
/// Most taps along an axis.
pub const MAX_KERNEL: usize = 63;
/// Most pixels from one output pixel to the next.
pub const MAX_STRIDE: usize = 16;
/// Most blocks.
pub const MAX_BLOCKS: usize = 1000;
/// Longest name in bytes.
const MAX_NAME: usize = 200;
/// Longest source in bytes.
const MAX_SOURCE: usize = 2000;

/// Where in the design something is, for people.
pub fn place(index: usize) -> String {
    format!("block {}", index + 1)
}

/// Checks every number and text by itself.
pub fn check(design: &Design) -> Result<(), DesignError> {
    let readable = |text: &str, most| {
        text.len() <= most
            && text
                .chars()
                .all(|c| c == ' ' || !c.is_control() && visible(c))
    };
    if design.name.is_empty() || !readable(&design.name, MAX_NAME) {
        return Err(DesignError::Name { what: "name" });
    }
    if !readable(&design.source, MAX_SOURCE) {
        return Err(DesignError::Name { what: "source" });
    }
    for extent in design.resolution {
        range(
            "image",
            "an extent of its resolution",
            extent,
            MAX_RESOLUTION,
        )?;
    }
    width("image", design.channels)?;
    if let Some(stem) = &design.stem {
        conv("stem", stem)?;
    }
    if design.blocks.len() > MAX_BLOCKS {
        let count = design.blocks.len();
        return Err(DesignError::Range {
            place: "design".into(),
            what: "the number of blocks",
            value: count,
            least: 0,
            most: MAX_BLOCKS,
        });
    }
    for (index, one) in design.blocks.iter().enumerate() {
        block(&place(index), one)?;
    }
    for count in [design.head.width, design.head.classes]
        .into_iter()
        .flatten()
    {
        width("head", count)?;
    }
    let head = &design.head;
    let nothing = design.stem.is_none() && design.blocks.is_empty();
    if nothing && head.width.is_none() && head.classes.is_none() {
        return Err(DesignError::Empty);
    }
    Ok(())
}

fn block(place: &str, block: &Block) -> Result<(), DesignError> {
    match block {
        Block::Conv(block) => conv(place, block),
        Block::Inverted(block) => {
            let Inverted {
                expand,
                kernel: taps,
                stride,
                width: out,
                ..
            } = block;
            if let Some(expand) = expand {
                width(place, *expand)?;
            }
            window(place, *taps, *stride)?;
            width(place, *out)
        }
        Block::Separable(block) => {
            window(place, block.kernel, block.stride)?;
            width(place, block.width)
        }
        Block::Basic(block) => {
            window(place, block.kernel, block.stride)?;
            width(place, block.width)
        }
        Block::Dense(block) => width(place, block.width),
    }
}

fn conv(place: &str, conv: &Conv) -> Result<(), DesignError> {
    for axis in 0..2 {
        window(place, conv.kernel[axis], conv.stride[axis])?;
    }
    width(place, conv.width)
}

fn window(place: &str, kernel: usize, stride: usize) -> Result<(), DesignError> {
    range(place, "the kernel", kernel, MAX_KERNEL)?;
    range(place, "the stride", stride, MAX_STRIDE)
}

fn width(place: &str, value: usize) -> Result<(), DesignError> {
    range(place, "a number of channels", value, MAX_WIDTH)
}

fn range(place: &str, what: &'static str, value: usize, most: usize) -> Result<(), DesignError> {
    if (1..=most).contains(&value) {
        return Ok(());
    }
    Err(DesignError::Range {
        place: place.into(),
        what,
        value,
        least: 1,
        most,
    })
}

/// Whether a character shows as itself: `escape_debug` leaves it alone, quotes and backslash aside.
fn visible(c: char) -> bool {
    matches!(c, '"' | '\'' | '\\') || c.escape_debug().eq([c])
}
