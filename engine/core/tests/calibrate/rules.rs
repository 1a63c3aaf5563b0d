//! Scales and codes follow the rules of int8 arithmetic.

use super::networks::{Net, everything, normalised, samples, unequal};
use super::{all_options, quantized};
use tinyscope_core::graph::{Activation, Combine, Data, Function, Graph, OpKind, Tensor};
use tinyscope_core::quant::calibrate::{Method, Options};
use tinyscope_core::quant::{Value, run};

fn floats(tensor: &Tensor) -> &[f32] {
    match &tensor.data {
        Some(Data::F32(values)) => values,
        _ => panic!("a float constant"),
    }
}

#[test]
fn weights_are_off_by_half_a_step_at_most() {
    for graph in [normalised(1), unequal(1), everything(1)] {
        for dense_per_channel in [false, true] {
            let options = Options {
                dense_per_channel,
                equalize: true,
                ..Options::default()
            };
            let result = quantized(&graph, &samples(&graph, 3, 1), &options);
            let ops = result.graph.ops.iter().zip(&result.reference.ops);
            for (op, reference) in ops {
                let Some((weights, bias)) = op.kind.parameters() else {
                    continue;
                };
                let (float, _) = reference.kind.parameters().expect("weights");
                let (tensor, float) =
                    (result.graph.tensor(weights), result.reference.tensor(float));
                let quant = tensor.quant.as_ref().expect("scales");
                let codes = tensor.data.as_ref().and_then(Data::as_i8).expect("codes");
                let dense = matches!(op.kind, OpKind::FullyConnected(_));
                assert_eq!(quant.scales.len() > 1, !dense || dense_per_channel);
                assert!(quant.zero_points.iter().all(|&z| z == 0));
                let inner: usize = tensor.shape[quant.axis + 1..].iter().product();
                for (at, (&code, &w)) in codes.iter().zip(floats(float)).enumerate() {
                    let scale = f64::from(quant.scale(at / inner % tensor.shape[quant.axis]));
                    let error = (scale * f64::from(code) - f64::from(w)).abs();
                    assert!(
                        code >= -127 && error <= scale * 0.500_001,
                        "{error} {scale}"
                    );
                }
                // The bias has the scale of input times weights.
                let bias = result.graph.tensor(bias.expect("a bias"));
                let (input, _) = result
                    .graph
                    .tensor(op.inputs[0])
                    .scale_zero()
                    .expect("a scale");
                let scales = &bias.quant.as_ref().expect("scales").scales;
                let expected: Vec<f32> = quant.scales.iter().map(|w| input * w).collect();
                let close = |(a, b): (&f32, &f32)| (a - b).abs() <= b * f32::EPSILON;
                assert!(scales.iter().zip(&expected).all(close));
            }
        }
    }
}

/// Every rule about scales that int8 operators have.
fn check_scales(graph: &Graph) {
    for op in &graph.ops {
        let scale = |id| graph.tensor(id).scale_zero().expect("one scale");
        let output = scale(op.outputs[0]);
        let inputs: Vec<(f32, i32)> = op.inputs.iter().map(|id| scale(*id)).collect();
        match &op.kind {
            OpKind::Softmax { .. } | OpKind::Unary(Function::Logistic) => {
                assert_eq!(output, (1.0 / 256.0, -128));
            }
            OpKind::Unary(Function::Tanh) => assert_eq!(output, (1.0 / 128.0, 0)),
            OpKind::Add(_) | OpKind::Combine(Combine::Sub(_)) => {
                let most = inputs[0].0.max(inputs[1].0);
                let multiplier = 2.0 * f64::from(most) / 1_048_576.0 / f64::from(output.0);
                assert!(multiplier < 1.0);
            }
            OpKind::MaxPool2d(_)
            | OpKind::AveragePool2d(_)
            | OpKind::Reshape
            | OpKind::Transpose { .. }
            | OpKind::Pad(_)
            | OpKind::Slice(_)
            | OpKind::Concatenation { .. }
            | OpKind::ReduceMax(_)
            | OpKind::Resize(_)
            | OpKind::Combine(Combine::Maximum | Combine::Minimum) => {
                assert!(inputs.iter().all(|input| *input == output), "{op:?}");
            }
            _ => {}
        }
    }
}

#[test]
fn scales_follow_the_rules_of_each_operator() {
    for seed in 0..4 {
        let graph = everything(seed);
        let samples = samples(&graph, 4, seed);
        for options in all_options() {
            check_scales(&quantized(&graph, &samples, &options).graph);
        }
    }
}

#[test]
fn a_fixed_scale_is_changed_before_it_meets_others() {
    let graph = everything(1);
    let result = quantized(&graph, &samples(&graph, 3, 1), &Options::default());
    // Of LOGISTIC and of TANH, before the concatenation.
    let quantize: Vec<u32> = (result.graph.ops.iter())
        .filter(|op| matches!(op.kind, OpKind::Quantize))
        .map(|op| op.source_index)
        .collect();
    assert_eq!(quantize, [3, 3]);
}

#[test]
fn cancelling_operands_keep_a_scale_that_addition_can_express() {
    let mut net = Net::new(1);
    let input = net.input(&[1, 1, 1, 8]);
    let twin = net.input(&[1, 1, 1, 8]);
    let x = net.op(
        OpKind::Combine(Combine::Sub(Activation::None)),
        &[input, twin],
    );
    let y = net.unary(Function::HardSwish, x);
    // The one function that tflite-micro does not know, so that no other network here has it.
    let z = net.unary(Function::ReluN1To1, y);
    let graph = net.finish(&[x, y, z]);
    let values: Vec<f32> = (0..8).map(|i| i as f32 * 1e6).collect();
    let near: Vec<f32> = values.iter().map(|x| x * (1.0 + 1e-6)).collect();
    let sample = vec![Value::F32(values), Value::F32(near)];
    let result = quantized(&graph, &[sample], &Options::default());
    check_scales(&result.graph);
}

#[test]
fn a_large_bias_widens_the_scale_of_its_weights() {
    let mut net = Net::new(1);
    let input = net.input(&[1, 2, 2, 1]);
    let conv = net.conv(input, 3, 1, 1, Activation::None);
    let (weights, bias) = net.graph.ops[0].kind.parameters().expect("a convolution");
    let set = |graph: &mut Graph, id: tinyscope_core::TensorId, values: [f32; 3]| {
        graph.tensors[id.0 as usize].data = Some(Data::F32(values.to_vec().into()));
    };
    set(&mut net.graph, weights, [1e-9, 0.0, 0.5]);
    set(&mut net.graph, bias.expect("a bias"), [5.0, -3.0, 0.25]);
    let graph = net.finish(&[conv]);
    let samples = samples(&graph, 4, 1);
    let result = quantized(&graph, &samples, &Options::default());
    assert_eq!(result.report.widened_scales, 1);
    // Biases come through although the first weights alone would have asked for 10¹⁴ codes.
    let trace = run(&result.graph, &[Value::I8(vec![0; 4])]).expect("the network runs");
    let output = result.graph.outputs[0];
    let (scale, zero_point) = result.graph.tensor(output).scale_zero().expect("a scale");
    let codes = trace.get(output).and_then(Value::as_i8).expect("codes");
    let real = |c: usize| scale * (i32::from(codes[c]) - zero_point) as f32;
    assert!((real(0) - 5.0).abs() <= scale && (real(1) + 3.0).abs() <= scale);
}

#[test]
fn clipped_ranges_lie_within_the_whole_range() {
    for seed in 0..4 {
        let graph = everything(seed);
        let samples = samples(&graph, 6, seed);
        let ranges = |method| {
            let options = Options {
                method,
                ..Options::default()
            };
            let steps = quantized(&graph, &samples, &options).report.steps;
            steps
                .into_iter()
                .map(|s| (s.range, s.scale))
                .collect::<Vec<_>>()
        };
        let whole = ranges(Method::MinMax);
        assert_eq!(whole, ranges(Method::Percentile { percent: 100.0 }));
        for method in &Method::ALL[1..] {
            for ((inside, step), (outside, _)) in ranges(*method).iter().zip(&whole) {
                // Half a step of nudging either way.
                assert!(inside[0] >= outside[0] - step && inside[1] <= outside[1] + step);
            }
        }
    }
}
