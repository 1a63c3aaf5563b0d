//! Random networks as proptest strategies that shrink block by block.

use super::*;
use proptest::prelude::*;

/// What stands behind the blocks of a random network.
#[derive(Clone, Debug)]
pub enum Tail {
    /// Nothing.
    Map,
    /// Mean, then fully connected.
    Classifier,
    /// Fully connected over the whole map.
    Dense,
    /// A pool over the whole map.
    Pool { maximum: bool },
    /// The largest over the whole map, then fully connected.
    Largest,
}

/// One block of a random network.
#[derive(Clone, Debug)]
pub enum Block {
    Conv {
        kernel: [usize; 2],
        stride: [usize; 2],
        same: bool,
        channels: usize,
    },
    Depthwise {
        kernel: usize,
        stride: usize,
        same: bool,
    },
    Pool {
        kernel: usize,
        stride: usize,
        maximum: bool,
    },
    /// Expand, depthwise, project, add: an inverted residual.
    Residual { kernel: usize, expand: usize },
    /// Two convolutions of different reach over one tensor, added.
    Branch {
        kernels: [usize; 2],
        stride: usize,
        channels: usize,
    },
    /// A depthwise convolution added to its own input, which it therefore must not overwrite.
    Skip { kernel: usize },
    /// A tensor added to itself.
    Double,
    /// A function of each element.
    Function,
    /// One slope to a channel.
    Prelu,
    /// A constant, broadcast along some of rows, columns and channels, less the tensor.
    Constant([bool; 3]),
    /// A tensor times a convolution of it.
    Gate,
    /// A tensor times what a convolution of it has in one column of one channel.
    Column,
    /// Two convolutions of different reach over one tensor, and the tensor itself, one after the other.
    Join { kernels: [usize; 2] },
    /// Depthwise with as much padding as there are taps to fill: the map grows, so it cannot work in place.
    Grow { kernel: usize },
    /// A window with holes or with padding that differs from side to side; depthwise without `channels`.
    Uneven {
        kernel: usize,
        stride: usize,
        dilation: usize,
        padding: [usize; 4],
        channels: Option<usize>,
    },
    /// A tensor times a gate for each of its channels, made from its mean: squeeze and excitation.
    Squeeze,
}

fn block() -> impl Strategy<Value = Block> {
    let kernel = || prop::sample::select(vec![1_usize, 2, 3, 5, 7]);
    let odd = || prop::sample::select(vec![3_usize, 5, 7]);
    prop_oneof![
        3 => (kernel(), kernel(), 1..=3_usize, 1..=2_usize, any::<bool>(), 1..=9_usize).prop_map(
            |(kh, kw, sh, sw, same, channels)| Block::Conv {
                kernel: [kh, kw], stride: [sh, sw], same, channels }),
        3 => (odd(), 1..=2_usize, any::<bool>())
            .prop_map(|(kernel, stride, same)| Block::Depthwise { kernel, stride, same }),
        1 => (2..=3_usize, 1..=2_usize, any::<bool>())
            .prop_map(|(kernel, stride, maximum)| Block::Pool { kernel, stride, maximum }),
        3 => (odd(), 1..=3_usize).prop_map(|(kernel, expand)| Block::Residual { kernel, expand }),
        2 => (odd(), odd(), 1..=2_usize, 1..=6_usize)
            .prop_map(|(a, b, stride, channels)| Block::Branch { kernels: [a, b], stride, channels }),
        1 => Just(Block::Double),
        1 => odd().prop_map(|kernel| Block::Skip { kernel }),
        1 => odd().prop_map(|kernel| Block::Grow { kernel }),
        1 => Just(Block::Function),
        1 => Just(Block::Prelu),
        2 => any::<[bool; 3]>().prop_map(Block::Constant),
        1 => Just(Block::Gate),
        1 => Just(Block::Column),
        2 => (odd(), odd()).prop_map(|(a, b)| Block::Join { kernels: [a, b] }),
        3 => (kernel(), 1..=3_usize, 1..=2_usize, any::<[u8; 4]>(), prop::option::of(1..=6_usize)).prop_map(
            |(kernel, stride, dilation, padding, channels)| Block::Uneven {
                kernel, stride, dilation, padding: padding.map(|side| usize::from(side % 4)), channels }),
        1 => Just(Block::Squeeze),
    ]
}

/// Of the input: seldom tiny.
fn side() -> impl Strategy<Value = usize> {
    prop_oneof![1 => 1..=6_usize, 4 => 7..=23_usize]
}

fn tail() -> impl Strategy<Value = Tail> {
    prop_oneof![
        3 => Just(Tail::Map),
        3 => Just(Tail::Classifier),
        1 => Just(Tail::Dense),
        1 => any::<bool>().prop_map(|maximum| Tail::Pool { maximum }),
        1 => Just(Tail::Largest),
    ]
}

prop_compose! {
    /// A random network: a chain of blocks, mostly with something over the whole map behind it, sometimes with a second
    /// output from between.
    pub fn network()(
        size in (side(), side(), 1..=5_usize),
        blocks in prop::collection::vec(block(), 1..6),
        tail in tail(),
        second in prop::option::weighted(0.2, any::<prop::sample::Index>()),
        seed in any::<u64>(),
    ) -> Graph {
        let second = second.map(|index| index.index(blocks.len()));
        assemble(size, &blocks, &tail, second, seed)
    }
}

fn assemble(
    (h, w, c): (usize, usize, usize),
    blocks: &[Block],
    tail: &Tail,
    second: Option<usize>,
    seed: u64,
) -> Graph {
    let (mut b, mut x) = Builder::new(h, w, c, seed);
    let mut between = None;
    for (index, block) in blocks.iter().enumerate() {
        let [h, w, c] = b.hwc(x);
        let map = [h, w];
        x = match *block {
            Block::Conv {
                kernel,
                stride,
                same,
                channels,
            } => b.conv(x, rectangular(kernel, stride, same, map), channels),
            Block::Depthwise {
                kernel,
                stride,
                same,
            } => b.depthwise(x, window(kernel, stride, same, map)),
            Block::Pool {
                kernel,
                stride,
                maximum,
            } => b.pool(x, window(kernel, stride, true, map), maximum),
            Block::Residual { kernel, expand } => {
                let y = b.conv(x, window(1, 1, true, map), c * expand);
                let y = b.depthwise(y, window(kernel, 1, true, map));
                let y = b.conv(y, window(1, 1, true, map), c);
                b.add(x, y)
            }
            Block::Branch {
                kernels,
                stride,
                channels,
            } => {
                let [p, q] = kernels.map(|k| window(k, stride, true, map));
                let (p, q) = (b.conv(x, p, channels), b.conv(x, q, channels));
                b.add(p, q)
            }
            Block::Double => b.add(x, x),
            Block::Skip { kernel } => {
                let y = b.depthwise(x, window(kernel, 1, true, map));
                b.add(x, y)
            }
            Block::Function => b.function(x),
            Block::Prelu => b.prelu(x),
            Block::Constant(one) => b.combine_constant(x, one),
            Block::Gate => {
                let y = b.conv(x, window(1, 1, true, map), c);
                b.multiply(y, x)
            }
            Block::Column => {
                let column = rectangular([1, w], [1, 1], false, map);
                let y = b.conv(x, column, 1);
                b.multiply(x, y)
            }
            Block::Join { kernels } => {
                let [p, q] = kernels.map(|k| window(k, 1, true, map));
                let (p, q) = (b.conv(x, p, 2), b.conv(x, q, 3));
                b.join(&[x, p, q])
            }
            Block::Grow { kernel } => {
                let around = kernel - 1;
                let padding = Padding {
                    top: around,
                    bottom: around,
                    left: around,
                    right: around,
                };
                let same = window(kernel, 1, true, map);
                b.depthwise(x, Window { padding, ..same })
            }
            Block::Uneven {
                kernel,
                stride,
                dilation,
                padding,
                channels,
            } => {
                let window = uneven(kernel, stride, dilation, padding, map);
                match channels {
                    Some(channels) => b.conv(x, window, channels),
                    None => b.depthwise(x, window),
                }
            }
            Block::Squeeze => {
                let mean = b.mean(x, true);
                let gate = b.conv(mean, window(1, 1, true, [1, 1]), c);
                b.multiply(x, gate)
            }
        };
        if second == Some(index) {
            between = Some(x);
        }
    }
    let [h, w, _] = b.hwc(x);
    x = match *tail {
        Tail::Map => x,
        Tail::Classifier => b.head(x, 3),
        Tail::Dense => b.dense(x, 3),
        Tail::Pool { maximum } => b.pool(x, rectangular([h, w], [1, 1], false, [h, w]), maximum),
        Tail::Largest => {
            let largest = b.largest(x);
            b.dense(largest, 3)
        }
    };
    let mut graph = b.finish(x);
    graph.outputs.extend(between.filter(|&second| second != x));
    graph
}
