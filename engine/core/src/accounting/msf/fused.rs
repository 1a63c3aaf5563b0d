//! Bytes and multiply-accumulates of layers fused into one, as msf-CNN's code has them.

use crate::accounting::chain::Layer;

/// What a run of layers needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Its input; nothing for the network's own.
    pub input: usize,
    /// Its output; nothing for the network's last.
    pub output: usize,
    /// Tile buffers inside.
    pub buffers: usize,
    /// Multiply-accumulates.
    pub macs: u64,
}

impl Cost {
    pub const fn bytes(&self) -> usize {
        self.input + self.output + self.buffers
    }
}

/// Layers `first..=last` of `layers` as one; `None` where a tile would be larger than the input.
pub fn cost(layers: &[Layer], first: usize, last: usize) -> Option<Cost> {
    let run = &layers[first..=last];
    let (start, end) = (run.first()?, run.last()?);
    let (buffers, macs) = if first == last {
        (0, start.macs())
    } else {
        fused(run)?
    };
    Some(Cost {
        input: if first == 0 { 0 } else { start.input_bytes() },
        output: if last + 1 == layers.len() {
            0
        } else {
            end.output_bytes()
        },
        buffers,
        macs,
    })
}

/// Bytes of tile buffers and multiply-accumulates of fused layers, one row of output at a time.
fn fused(run: &[Layer]) -> Option<(usize, u64)> {
    let start = run.first()?;
    let mut tile = 1;
    let mut step = 1;
    for layer in run.iter().rev() {
        tile = (tile - 1) * layer.window.stride[0] + layer.window.kernel[0];
        step *= layer.window.stride[0];
    }
    let [height, width, _] = start.input;
    if tile > height.min(width) {
        return None;
    }
    // Its buffers are those of the last tile, whose extents its code takes from where the tile begins in the *output* of
    // each layer: a tile at the border grows by the padding.
    let begins = (height - tile) / step * step;
    let (mut actual, mut stride) = (tile, 1);
    let (mut buffers, mut macs) = (0, 0);
    for layer in run {
        let (k, s) = (layer.window.kernel[0], layer.window.stride[0]);
        let padding = layer.window.padding.top;
        let [h, _, channels] = layer.input;
        stride *= s;
        buffers += k * actual * channels;
        let mut rows = actual.checked_sub(k)?;
        if begins / stride == 0 {
            rows += padding;
        }
        if begins / stride + actual >= h {
            rows += padding;
        }
        actual = rows / s + 1;
        let tiles = (h + 2 * padding).checked_sub(tile)? / step + 1;
        let inner = (tile - k) / s + 1;
        macs += layer.macs_per_pixel * (tiles * inner * layer.output[1]) as u64;
        tile = inner;
        step /= s;
    }
    Some((buffers, macs))
}
