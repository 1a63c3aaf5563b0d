//! The operators again, slowly and separately: one output element at a time, sums in 128 bits, requantising by exact
//! division. Shares nothing with the crate but the graph's types.

use tinyscope_core::graph::{Activation, Data, Graph, Op, OpKind, TensorId, Window};

/// Reads int8 input `(y, x, c)` of a whole map.
struct Map<'a> {
    codes: &'a [i8],
    extent: [usize; 3],
}

impl Map<'_> {
    fn at(&self, y: i128, x: i128, c: usize) -> Option<i128> {
        let [h, w, channels] = self.extent;
        let inside = y >= 0 && x >= 0 && y < h as i128 && x < w as i128;
        inside.then(|| i128::from(self.codes[(y as usize * w + x as usize) * channels + c]))
    }
}

fn per_tensor(graph: &Graph, id: TensorId) -> (f32, i128) {
    let (scale, zero) = graph.tensor(id).scale_zero().expect("per-tensor scale");
    (scale, i128::from(zero))
}

fn wrap(x: i128) -> i128 {
    (x + (1 << 31)).rem_euclid(1 << 32) - (1 << 31)
}

/// `x · factor` with the factor rounded to 31 bits, then two roundings.
pub fn scaled(x: i128, factor: f64) -> i128 {
    let (mut mantissa, mut shift) = (factor.abs(), 0);
    while mantissa >= 1.0 {
        (mantissa, shift) = (mantissa / 2.0, shift + 1);
    }
    while mantissa < 0.5 {
        (mantissa, shift) = (mantissa * 2.0, shift - 1);
    }
    let mut mantissa = (mantissa * 2_147_483_648.0).round() as i128;
    if mantissa == 1 << 31 {
        (mantissa, shift) = (1 << 30, shift + 1);
    }
    twice_rounded(x, if factor < 0.0 { -mantissa } else { mantissa }, shift)
}

fn twice_rounded(x: i128, mantissa: i128, shift: i32) -> i128 {
    let product = wrap(x << shift.max(0)) * mantissa;
    let high = (product + (1 << 30)).div_euclid(1 << 31);
    let divisor = 1_i128 << (-shift).max(0);
    let half_up = 2 * (high.abs() % divisor) >= divisor;
    (high.abs() / divisor + i128::from(half_up)) * high.signum()
}

fn finish(graph: &Graph, output: TensorId, activation: Activation, value: i128) -> i8 {
    let (scale, zero) = per_tensor(graph, output);
    let code = |real: f32| zero + (real / scale).round() as i128;
    let bounded = match activation {
        Activation::None => value,
        Activation::Relu => value.max(code(0.0)),
        Activation::Relu6 => value.min(code(6.0)).max(code(0.0)),
        Activation::ReluN1To1 => value.min(code(1.0)).max(code(-1.0)),
    };
    bounded.clamp(-128, 127) as i8
}

/// Coordinates of tap `(ky, kx)` of output `(y, x)`.
fn tap(window: &Window, [y, x]: [usize; 2], [ky, kx]: [usize; 2]) -> (i128, i128) {
    let at = |out: usize, k: usize, axis: usize, padding: usize| {
        (out * window.stride[axis] + k * window.dilation[axis]) as i128 - padding as i128
    };
    (
        at(y, ky, 0, window.padding.top),
        at(x, kx, 1, window.padding.left),
    )
}

fn bias(graph: &Graph, id: Option<TensorId>, c: usize) -> i128 {
    let data = id.and_then(|id| graph.tensor(id).data.as_ref());
    data.and_then(Data::as_i32)
        .map_or(0, |biases| i128::from(biases[c]))
}

fn weight(graph: &Graph, id: TensorId, index: usize) -> i128 {
    let data = graph.tensor(id).data.as_ref();
    i128::from(data.and_then(Data::as_i8).expect("int8 weights")[index])
}

/// Codes of the first output of the graph's only operator.
pub fn eval(graph: &Graph, inputs: &[Vec<i8>]) -> Vec<i8> {
    let op = &graph.ops[0];
    let [h, w, channels] = graph.tensor(op.outputs[0]).hwc();
    let mut codes = Vec::new();
    for y in 0..h {
        for x in 0..w {
            for c in 0..channels {
                codes.push(element(graph, op, inputs, [y, x], c));
            }
        }
    }
    codes
}

/// One output element.
fn element(graph: &Graph, op: &Op, inputs: &[Vec<i8>], at: [usize; 2], c: usize) -> i8 {
    let map = |i: usize| Map {
        codes: &inputs[i],
        extent: graph.tensor(op.inputs[i]).hwc(),
    };
    let input = map(0);
    let (in_scale, in_zero) = per_tensor(graph, op.inputs[0]);
    let (out_scale, out_zero) = per_tensor(graph, op.outputs[0]);
    let weight_scale =
        |id: TensorId| f64::from(graph.tensor(id).quant.as_ref().expect("scales").scale(c));
    let taps = op.kind.window().map_or(Vec::new(), |window| {
        let [kh, kw] = window.kernel;
        (0..kh)
            .flat_map(|ky| (0..kw).map(move |kx| [ky, kx]))
            .collect()
    });
    match &op.kind {
        OpKind::Conv2d(conv) => {
            let depth = input.extent[2];
            let mut sum = bias(graph, conv.bias, c);
            for (t, &k) in taps.iter().enumerate() {
                let (y, x) = tap(&conv.window, at, k);
                for d in 0..depth {
                    let code = input.at(y, x, d).unwrap_or(in_zero);
                    let index = (c * taps.len() + t) * depth + d;
                    sum += (code - in_zero) * weight(graph, conv.weights, index);
                }
            }
            let factor = f64::from(in_scale) * weight_scale(conv.weights) / f64::from(out_scale);
            let value = out_zero + scaled(wrap(sum), factor);
            finish(graph, op.outputs[0], conv.activation, value)
        }
        OpKind::DepthwiseConv2d(conv) => {
            let channels = graph.tensor(op.outputs[0]).hwc()[2];
            let mut sum = bias(graph, conv.bias, c);
            for (t, &k) in taps.iter().enumerate() {
                let (y, x) = tap(&conv.window, at, k);
                if let Some(code) = input.at(y, x, c / conv.multiplier) {
                    sum += (code - in_zero) * weight(graph, conv.weights, t * channels + c);
                }
            }
            let factor = f64::from(in_scale) * weight_scale(conv.weights) / f64::from(out_scale);
            let value = out_zero + scaled(wrap(sum), factor);
            finish(graph, op.outputs[0], conv.activation, value)
        }
        OpKind::FullyConnected(dense) => {
            let depth = inputs[0].len();
            let sum: i128 = inputs[0]
                .iter()
                .enumerate()
                .map(|(i, &code)| {
                    (i128::from(code) - in_zero) * weight(graph, dense.weights, c * depth + i)
                })
                .sum();
            let scales = &graph
                .tensor(dense.weights)
                .quant
                .as_ref()
                .expect("scales")
                .scales;
            let product = if scales.len() == 1 {
                f64::from(in_scale * scales[0])
            } else {
                f64::from(in_scale) * f64::from(scales[c])
            };
            let sum = wrap(sum + bias(graph, dense.bias, c));
            let value = out_zero + scaled(sum, product / f64::from(out_scale));
            finish(graph, op.outputs[0], dense.activation, value)
        }
        OpKind::Add(activation) => {
            let (other_scale, other_zero) = per_tensor(graph, op.inputs[1]);
            let twice_max = 2.0 * f64::from(in_scale).max(f64::from(other_scale));
            let summand = |i: usize, scale: f32, zero: i128| {
                let code = map(i).at(at[0] as i128, at[1] as i128, c).expect("inside");
                scaled((code - zero) << 20, f64::from(scale) / twice_max)
            };
            let sum = summand(0, in_scale, in_zero) + summand(1, other_scale, other_zero);
            let factor = twice_max / (f64::from(1 << 20) * f64::from(out_scale));
            finish(
                graph,
                op.outputs[0],
                *activation,
                out_zero + scaled(sum, factor),
            )
        }
        OpKind::AveragePool2d(pool) | OpKind::MaxPool2d(pool) => {
            let valid: Vec<i128> = taps
                .iter()
                .map(|&k| tap(&pool.window, at, k))
                .filter_map(|(y, x)| input.at(y, x, c))
                .collect();
            let value = if matches!(op.kind, OpKind::MaxPool2d(_)) {
                valid.iter().copied().max().expect("a valid tap")
            } else {
                // Exact in f64: the sums are small; round() takes ties away from zero.
                (valid.iter().sum::<i128>() as f64 / valid.len() as f64).round() as i128
            };
            finish(graph, op.outputs[0], pool.activation, value)
        }
        OpKind::Mean(_) => {
            // Over height and width.
            let [h, w, _] = input.extent;
            let n = (h * w) as i128;
            let sum: i128 = (0..h * w)
                .map(|i| {
                    input
                        .at((i / w) as i128, (i % w) as i128, c)
                        .expect("inside")
                })
                .sum();
            let factor = f64::from(in_scale) / f64::from(out_scale);
            let value = out_zero + mean_scaled(sum - in_zero * n, n, factor);
            finish(graph, op.outputs[0], Activation::None, value)
        }
        OpKind::Quantize => {
            let code = input.at(at[0] as i128, at[1] as i128, c).expect("inside");
            let value = scaled(code - in_zero, f64::from(in_scale) / f64::from(out_scale));
            finish(graph, op.outputs[0], Activation::None, out_zero + value)
        }
        OpKind::Pad(pad) => {
            let y = at[0] as i128 - pad.amounts[1][0] as i128;
            let x = at[1] as i128 - pad.amounts[2][0] as i128;
            let front = pad.amounts[3][0];
            let inside = (front..front + input.extent[2]).contains(&c);
            let code = inside.then(|| input.at(y, x, c - front)).flatten();
            code.unwrap_or(out_zero) as i8
        }
        _ => unreachable!("no case makes another operator"),
    }
}

/// The mean's requantising: the count is divided into the 31-bit factor, truncating.
fn mean_scaled(sum: i128, n: i128, factor: f64) -> i128 {
    let shift = factor.log2().floor() as i32 + 1;
    let (mantissa, shift) = match (factor / 2_f64.powi(shift - 31)).round() as i128 {
        m if m == 1 << 31 => (1 << 30, shift + 1),
        m => (m, shift),
    };
    let fold = (0..=32)
        .rev()
        .find(|&s| (1_i128 << s) <= n)
        .unwrap_or(0)
        .min(31 + shift);
    twice_rounded(sum, (mantissa << fold) / n, shift - fold)
}
