//! Model files and pictures that tests make themselves. Included by the command line's tests, too.

use std::path::Path;
use tinyscope_core::graph::{
    Activation, Conv2d, DType, Data, FullyConnected, Padding, Reduce, Window,
};
use tinyscope_core::{Graph, Op, OpKind, Tensor, TensorId, import};

/// The example `digits` with an operator that nobody knows in place of its softmax.
///
/// # Panics
/// When the example has no softmax.
pub fn unsupported() -> Vec<u8> {
    const SOFTMAX: u8 = 25;
    const NOBODYS: u8 = 126;
    let digits = tinyscope::examples::find("digits").expect("it is bundled");
    let mut bytes = digits.bytes.to_vec();
    for at in 0..bytes.len() {
        if bytes[at] != SOFTMAX {
            continue;
        }
        bytes[at] = NOBODYS;
        let read = import::import("digits", &bytes);
        if read
            .diagnostics
            .iter()
            .any(|d| d.code == "unsupported-operator")
        {
            return bytes;
        }
        bytes[at] = SOFTMAX;
    }
    panic!("no byte of the file names the softmax");
}

/// A float32 network for 8×8 RGB pictures with two answers: the first grows with blue, the second with red.
///
/// # Panics
/// When it cannot be written as a TFLite file.
pub fn float() -> Vec<u8> {
    let tensor = |name: &str, shape: &[usize], data: Option<Vec<f32>>| Tensor {
        name: name.into(),
        shape: shape.to_vec(),
        dtype: DType::F32,
        quant: None,
        data: data.map(|values| Data::F32(values.into())),
        source_index: None,
    };
    // Four filters of one tap a channel, with a little of the neighbours; no two alike.
    let weights: Vec<f32> = (0..4 * 9 * 3)
        .map(|i| {
            let (filter, tap, channel) = (i / 27, i / 3 % 9, i % 3);
            let main = f32::from(u8::from(tap == 4 && filter % 3 == channel));
            main + ((i * 37 % 19) as f32 - 9.0) * 0.002
        })
        .collect();
    let dense = vec![-1.0, 0.1, 1.0, -0.9, 1.0, 0.1, -1.0, 0.9];
    let graph = Graph {
        name: "colours".into(),
        tensors: vec![
            tensor("picture", &[1, 8, 8, 3], None),
            tensor("weights", &[4, 3, 3, 3], Some(weights)),
            tensor("bias", &[4], Some(vec![0.01, -0.02, 0.03, 0.0])),
            tensor("maps", &[1, 6, 6, 4], None),
            tensor("mean", &[1, 4], None),
            tensor("dense", &[2, 4], Some(dense)),
            tensor("offsets", &[2], Some(vec![0.05, 0.0])),
            tensor("answers", &[1, 2], None),
        ],
        ops: vec![
            op(
                0,
                OpKind::Conv2d(Conv2d {
                    weights: TensorId(1),
                    bias: Some(TensorId(2)),
                    window: Window {
                        kernel: [3, 3],
                        stride: [1, 1],
                        dilation: [1, 1],
                        padding: Padding::default(),
                    },
                    activation: Activation::Relu,
                }),
                [0, 3],
            ),
            op(
                1,
                OpKind::Mean(Reduce {
                    axes: vec![1, 2],
                    keep_dims: false,
                }),
                [3, 4],
            ),
            op(
                2,
                OpKind::FullyConnected(FullyConnected {
                    weights: TensorId(5),
                    bias: Some(TensorId(6)),
                    activation: Activation::None,
                }),
                [4, 7],
            ),
        ],
        inputs: vec![TensorId(0)],
        outputs: vec![TensorId(7)],
    };
    tinyscope_core::export::tflite(&graph).expect("it can be written")
}

fn op(source_index: u32, kind: OpKind, [input, output]: [u32; 2]) -> Op {
    Op {
        kind,
        inputs: vec![TensorId(input)],
        outputs: vec![TensorId(output)],
        source_index,
    }
}

/// A folder of red and blue pictures, twelve of each in a sub-folder of its name, and one that is broken.
///
/// # Panics
/// When the folder cannot be written.
pub fn pictures(folder: &Path) {
    for (name, at) in [("blue", 2), ("red", 0)] {
        let class = folder.join(name);
        std::fs::create_dir_all(&class).expect("a folder");
        for i in 0..12_u8 {
            let picture = image::RgbImage::from_fn(20, 14, |x, y| {
                let mut pixel = [30 + i, 40, 20 + (x + y) as u8];
                pixel[at] = 150 + 8 * i;
                image::Rgb(pixel)
            });
            let path = class.join(format!("{i:02}.png"));
            picture.save(path).expect("written");
        }
    }
    std::fs::write(folder.join("red/zz.png"), b"not a picture").expect("written");
}
