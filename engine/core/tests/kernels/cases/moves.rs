//! Operators that move codes.

use super::{Random, activation_tensor, graph, shape};
use tinyscope_core::graph::{Graph, Interpolation, OpKind, Pad, PadFill, Resize, Slice, Tensor};

/// A tensor and one of another shape in the same quantisation.
fn alike(random: &mut Random, from: &[usize], to: &[usize]) -> (Tensor, Tensor) {
    let input = activation_tensor(random, from);
    let mut output = activation_tensor(random, to);
    output.quant.clone_from(&input.quant);
    (input, output)
}

pub fn transpose(rank: usize, seed: u64) -> Graph {
    let random = &mut Random(seed);
    let from = shape(random, rank, 6);
    let mut permutation: Vec<usize> = (0..rank).collect();
    for i in (1..rank).rev() {
        permutation.swap(i, random.below(i + 1));
    }
    let to: Vec<usize> = permutation.iter().map(|&axis| from[axis]).collect();
    let (input, output) = alike(random, &from, &to);
    graph(
        OpKind::Transpose { permutation },
        vec![input],
        output,
        vec![],
    )
}

/// Zeros (0), a constant (1), reflected (2), symmetric (3).
pub fn pad(rank: usize, which: usize, seed: u64) -> Graph {
    let random = &mut Random(seed);
    let mut from = shape(random, rank, 6);
    // Most networks pad images of one.
    if rank == 4 && random.below(2) == 0 {
        from[0] = 1;
    }
    let image = random.below(2) == 0;
    let amounts: Vec<[usize; 2]> = (0..rank)
        .map(|axis| {
            let most = match which {
                2 => from[axis],
                3 => from[axis] + 1,
                _ => 4,
            };
            let left = random.below(most);
            let right = random.below(most);
            if image && axis + 3 < rank {
                [0, 0]
            } else {
                [left, right]
            }
        })
        .collect();
    let to: Vec<usize> = from
        .iter()
        .zip(&amounts)
        .map(|(d, [a, b])| d + a + b)
        .collect();
    let (input, output) = alike(random, &from, &to);
    let (scale, _) = output.scale_zero().expect("quantised");
    let fill = match which {
        0 => PadFill::Zero,
        1 => PadFill::Constant(scale * random.integer(-300, 300) as f32 / 2.0),
        2 => PadFill::Reflect,
        _ => PadFill::Symmetric,
    };
    graph(
        OpKind::Pad(Pad { amounts, fill }),
        vec![input],
        output,
        vec![],
    )
}

pub fn slice(rank: usize, seed: u64) -> Graph {
    let random = &mut Random(seed);
    let mut from = shape(random, rank, 7);
    if rank == 4 && random.below(2) == 0 {
        from[0] = 1;
    }
    let mut slice = Slice {
        begin: vec![],
        stride: vec![],
        extent: vec![],
    };
    for &extent in &from {
        let begin = random.below(extent);
        let step = 1 + random.below(extent.min(3));
        let backwards = random.below(3) == 0;
        let room = if backwards { begin } else { extent - 1 - begin };
        slice.begin.push(begin);
        slice.stride.push(if backwards {
            -(step as isize)
        } else {
            step as isize
        });
        slice.extent.push(1 + random.below(room / step + 1));
    }
    let (input, output) = alike(random, &from, &slice.extent.clone());
    graph(OpKind::Slice(slice), vec![input], output, vec![])
}

pub fn concatenation(rank: usize, seed: u64) -> Graph {
    let random = &mut Random(seed);
    let mut to = shape(random, rank, 5);
    if rank == 4 && random.below(2) == 0 {
        to[0] = 1;
    }
    let axis = random.below(rank);
    let first = activation_tensor(random, &to);
    let inputs: Vec<Tensor> = (0..=random.below(4))
        .map(|_| {
            let mut input = first.clone();
            input.shape[axis] = 1 + random.below(5);
            input
        })
        .collect();
    to[axis] = inputs.iter().map(|input| input.shape[axis]).sum();
    let mut output = first;
    output.shape = to;
    graph(OpKind::Concatenation { axis }, inputs, output, vec![])
}

pub fn resize(interpolation: Interpolation, seed: u64) -> Graph {
    let random = &mut Random(seed);
    let from = [
        1,
        1 + random.below(9),
        1 + random.below(9),
        1 + random.below(5),
    ];
    let output = [1 + random.below(23), 1 + random.below(23)];
    let mode = random.below(if interpolation == Interpolation::Nearest {
        4
    } else {
        3
    });
    let resize = Resize {
        interpolation,
        output,
        align_corners: mode & 1 == 1,
        half_pixel_centers: mode & 2 == 2,
    };
    let (input, output) = alike(random, &from, &[1, output[0], output[1], from[3]]);
    graph(OpKind::Resize(resize), vec![input], output, vec![])
}
