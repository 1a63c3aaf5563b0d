//! Operators that move codes about, and resampling.

use super::network::Network;
use tinyscope_core::graph::{
    Graph, Interpolation, OpKind, Pad, PadFill, Quantization, Resize, Slice, TensorId,
};

/// An input of up to four dimensions.
fn any_input(n: &mut Network) -> TensorId {
    let rank = n.random.within(1, 4);
    let shape = n.random.shape(rank, 7);
    n.input(&shape)
}

fn padded(seed: u64, fill: fn(&mut Network, &Quantization) -> PadFill) -> Graph {
    let mut n = Network::new(seed);
    let input = any_input(&mut n);
    let quant = n.quant_of(input);
    let fill = fill(&mut n, &quant);
    let shape = n.shape_of(input);
    let mut amounts = Vec::new();
    for (axis, &extent) in shape.iter().enumerate() {
        let most = match fill {
            _ if shape.len() == 4 && axis == 0 => 0,
            PadFill::Reflect => extent - 1,
            PadFill::Symmetric => extent,
            _ => 3,
        };
        amounts.push([n.random.within(0, most), n.random.within(0, most)]);
    }
    n.finish_shaped(OpKind::Pad(Pad { amounts, fill }), &[input], Some(quant))
}

pub fn pad(seed: u64) -> Graph {
    padded(seed, |_, _| PadFill::Zero)
}

pub fn pad_v2(seed: u64) -> Graph {
    padded(seed, |n, quant| {
        let code = n.random.integer(-200, 200) as f32;
        PadFill::Constant(quant.scales[0] * (code + n.random.scale(0.01, 0.9)))
    })
}

pub fn mirror_pad(seed: u64) -> Graph {
    padded(seed, |n, _| {
        if n.random.once_in(2) {
            PadFill::Reflect
        } else {
            PadFill::Symmetric
        }
    })
}

pub fn concatenation(seed: u64) -> Graph {
    let mut n = Network::new(seed);
    let rank = n.random.within(1, 4);
    let shape = n.random.shape(rank, 6);
    let axis = if rank == 4 {
        n.random.within(1, 3)
    } else {
        n.random.within(0, rank - 1)
    };
    let first = n.input(&shape);
    let quant = n.quant_of(first);
    let mut inputs = vec![first];
    for _ in 0..n.random.within(0, 4) {
        let mut other = shape.clone();
        other[axis] = n.random.within(1, 6);
        inputs.push(if n.random.once_in(4) {
            n.codes(&other, quant.clone())
        } else {
            n.input_as(&other, quant.clone())
        });
    }
    n.finish_shaped(OpKind::Concatenation { axis }, &inputs, Some(quant))
}

fn sliced(seed: u64, strided: bool) -> Graph {
    let mut n = Network::new(seed);
    let input = any_input(&mut n);
    let quant = n.quant_of(input);
    let (mut begin, mut stride, mut extent) = (Vec::new(), Vec::new(), Vec::new());
    for size in n.shape_of(input) {
        let first = n.random.within(0, size - 1);
        let step = if strided {
            n.random.within(1, size.min(3))
        } else {
            1
        };
        let back = strided && n.random.once_in(3);
        let room = if back { first } else { size - 1 - first };
        begin.push(first);
        stride.push(if back {
            -(step as isize)
        } else {
            step as isize
        });
        extent.push(n.random.within(1, room / step + 1));
    }
    let slice = Slice {
        begin,
        stride,
        extent,
    };
    n.finish_shaped(OpKind::Slice(slice), &[input], Some(quant))
}

pub fn slice(seed: u64) -> Graph {
    sliced(seed, false)
}

pub fn strided_slice(seed: u64) -> Graph {
    sliced(seed, true)
}

fn resized(seed: u64, interpolation: Interpolation) -> Graph {
    let mut n = Network::new(seed);
    let shape = n.random.shape(4, 9);
    let input = n.input(&shape);
    let quant = n.quant_of(input);
    // The two ways of placing pixels exclude each other.
    let style = n.random.within(0, 2);
    let resize = Resize {
        interpolation,
        output: [n.random.within(1, 14), n.random.within(1, 14)],
        align_corners: style == 1,
        half_pixel_centers: style == 2,
    };
    n.finish_shaped(OpKind::Resize(resize), &[input], Some(quant))
}

pub fn resize_nearest(seed: u64) -> Graph {
    resized(seed, Interpolation::Nearest)
}

pub fn resize_bilinear(seed: u64) -> Graph {
    resized(seed, Interpolation::Bilinear)
}

pub fn reshape(seed: u64) -> Graph {
    let mut n = Network::new(seed);
    let input = any_input(&mut n);
    let quant = n.quant_of(input);
    let mut shape = n.shape_of(input);
    match n.random.within(0, 2) {
        0 => shape.reverse(),
        1 => shape = vec![1, shape.iter().product()],
        _ => shape.insert(0, 1),
    }
    n.finish(OpKind::Reshape, &[input], &shape, Some(quant))
}

pub fn transpose(seed: u64) -> Graph {
    let mut n = Network::new(seed);
    let input = any_input(&mut n);
    let quant = n.quant_of(input);
    let rank = n.shape_of(input).len();
    let mut permutation: Vec<usize> = (0..rank).collect();
    for last in (1..rank).rev() {
        permutation.swap(last, n.random.within(0, last));
    }
    n.finish_shaped(OpKind::Transpose { permutation }, &[input], Some(quant))
}
