//! From design to int8 graph, block by block.

mod net;
mod ops;
mod seeded;

use super::check::check;
use super::error::DesignError;
use super::types::{Activation, Basic, Block, Conv, Design, Head, Inverted, Pooling, Separable};
use crate::graph::Graph;
use net::{Map, Net};

/// The part of a design that an operator is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The stem.
    Stem,
    /// The block of this index.
    Block(usize),
    /// The head.
    Head,
}

/// A design's graph, and what is from where.
#[derive(Clone, Debug)]
pub struct Built {
    /// The int8 graph.
    pub graph: Graph,
    /// By operator.
    pub parts: Vec<Part>,
}

impl Design {
    /// The int8 graph of the design, with seeded weights. It satisfies [`crate::graph::verify`].
    ///
    /// # Errors
    /// A number out of range, a window that does not fit, a residual between different maps, or a size beyond any
    /// microcontroller.
    pub fn to_graph(&self) -> Result<Graph, DesignError> {
        self.build().map(|built| built.graph)
    }

    /// [`Design::to_graph`], with the part of the design that each operator is from.
    ///
    /// # Errors
    /// As for [`Design::to_graph`].
    pub fn build(&self) -> Result<Built, DesignError> {
        check(self)?;
        let mut net = Net::new(self);
        let mut map = net.image(self.resolution, self.channels)?;
        if let Some(stem) = &self.stem {
            net.enter(Part::Stem);
            map = net.conv(&map, "conv", stem.window(), stem.width, stem.activation)?;
        }
        for (index, one) in self.blocks.iter().enumerate() {
            net.enter(Part::Block(index));
            map = block(&mut net, &map, one)?;
        }
        net.enter(Part::Head);
        let map = head(&mut net, map, &self.head)?;
        Ok(net.finish(&map))
    }
}

impl Conv {
    /// Kernel and stride.
    const fn window(&self) -> [[usize; 2]; 2] {
        [self.kernel, self.stride]
    }
}

/// Kernel and stride of a square window.
const fn square(kernel: usize, stride: usize) -> [[usize; 2]; 2] {
    [[kernel; 2], [stride; 2]]
}

const POINT: [[usize; 2]; 2] = square(1, 1);

fn block(net: &mut Net, map: &Map, block: &Block) -> Result<Map, DesignError> {
    match block {
        Block::Conv(conv) => net.conv(map, "conv", conv.window(), conv.width, conv.activation),
        Block::Inverted(block) => inverted(net, map, block),
        Block::Separable(block) => separable(net, map, block),
        Block::Basic(block) => basic(net, map, block),
        Block::Dense(dense) => net.dense(map, "dense", dense.width, dense.activation),
    }
}

fn inverted(net: &mut Net, map: &Map, block: &Inverted) -> Result<Map, DesignError> {
    let expanded = match block.expand {
        Some(width) => Some(net.conv(map, "expand", POINT, width, block.activation)?),
        None => None,
    };
    let wide = expanded.as_ref().unwrap_or(map);
    let window = square(block.kernel, block.stride);
    let filtered = net.depthwise(wide, "depthwise", window, block.activation)?;
    let out = net.conv(&filtered, "project", POINT, block.width, Activation::Linear)?;
    if block.residual {
        net.add(&out, map, Activation::Linear)
    } else {
        Ok(out)
    }
}

fn separable(net: &mut Net, map: &Map, block: &Separable) -> Result<Map, DesignError> {
    let window = square(block.kernel, block.stride);
    let filtered = net.depthwise(map, "depthwise", window, block.activation)?;
    net.conv(&filtered, "pointwise", POINT, block.width, block.activation)
}

fn basic(net: &mut Net, map: &Map, block: &Basic) -> Result<Map, DesignError> {
    let (kernel, width) = (block.kernel, block.width);
    let first = square(kernel, block.stride);
    let inner = net.conv(map, "first", first, width, block.activation)?;
    let out = net.conv(
        &inner,
        "second",
        square(kernel, 1),
        width,
        Activation::Linear,
    )?;
    if block.stride == 1 && map.channels() == width {
        return net.add(&out, map, block.activation);
    }
    let window = square(1, block.stride);
    let shortcut = net.conv(map, "shortcut", window, width, Activation::Linear)?;
    net.add(&out, &shortcut, block.activation)
}

fn head(net: &mut Net, mut map: Map, head: &Head) -> Result<Map, DesignError> {
    if let Some(width) = head.width {
        map = net.conv(&map, "conv", POINT, width, Activation::Relu6)?;
    }
    match head.pooling {
        Some(Pooling::Average) => map = net.average(&map)?,
        None => {}
    }
    if let Some(classes) = head.classes {
        map = net.dense(&map, "classes", classes, Activation::Linear)?;
    }
    if head.softmax {
        map = net.softmax(&map)?;
    }
    Ok(map)
}
