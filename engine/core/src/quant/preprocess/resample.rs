//! Resizing with a triangle filter as wide as a pixel of the smaller picture: bilinear where the picture grows, the
//! weighted mean of all pixels where it shrinks, so that nothing is skipped.

/// Weights of the input pixels that make one output pixel: the first input pixel and one weight for each.
struct Taps {
    first: usize,
    weights: Vec<f64>,
}

/// The taps of `output` pixels over the part `from..to` of a line of `input` pixels.
fn taps(input: usize, [from, to]: [f64; 2], output: usize) -> Vec<Taps> {
    let step = (to - from) / output as f64;
    let support = step.max(1.0);
    (0..output)
        .map(|i| {
            let centre = from + (i as f64 + 0.5) * step;
            let first = (centre - support).floor().max(0.0) as usize;
            let first = first.min(input - 1);
            let end = ((centre + support).ceil().max(0.0) as usize).clamp(first + 1, input);
            let weight = |x: usize| {
                let distance = (x as f64 + 0.5 - centre).abs() / support;
                (1.0 - distance).max(0.0)
            };
            let mut weights: Vec<f64> = (first..end).map(weight).collect();
            let sum: f64 = weights.iter().sum();
            for weight in &mut weights {
                *weight /= sum;
            }
            Taps { first, weights }
        })
        .collect()
}

/// The part `[[top, bottom], [left, right]]` of an RGB picture of `size` (`[height, width]`, neither 0) at the size
/// `output`. Pixels stay in 0 to 255. Where part and output agree, pixels are those of the picture.
pub fn resize(
    rgb: &[u8],
    size: [usize; 2],
    part: [[f64; 2]; 2],
    output: [usize; 2],
) -> Vec<[f32; 3]> {
    let rows = taps(size[0], part[0], output[0]);
    let columns = taps(size[1], part[1], output[1]);
    let mut pixels = Vec::with_capacity(output[0] * output[1]);
    let mut line = vec![[0.0_f64; 3]; size[1]];
    for row in &rows {
        line.fill([0.0; 3]);
        for (y, weight) in (row.first..).zip(&row.weights) {
            let source = rgb[y * size[1] * 3..][..size[1] * 3].chunks_exact(3);
            for (sum, pixel) in line.iter_mut().zip(source) {
                for (sum, &channel) in sum.iter_mut().zip(pixel) {
                    *sum += weight * f64::from(channel);
                }
            }
        }
        pixels.extend(columns.iter().map(|column| {
            let mut sum = [0.0_f64; 3];
            for (pixel, weight) in line[column.first..].iter().zip(&column.weights) {
                for (sum, channel) in sum.iter_mut().zip(pixel) {
                    *sum += weight * channel;
                }
            }
            sum.map(|channel| channel as f32)
        }));
    }
    pixels
}
