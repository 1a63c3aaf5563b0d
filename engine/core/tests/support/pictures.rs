//! Pictures for quantising and judging float networks: the project's labelled digits, and generated ones for networks
//! whose own data are not here.

use npyz::npz::NpzArchive;
use std::path::Path;
use tinyscope_core::graph::Graph;
use tinyscope_core::quant::Value;
use tinyscope_core::quant::preprocess::Preprocessing;

/// The digits beside `models/digits_float.tflite`, as that network takes them.
pub struct Digits {
    /// Of the training set.
    pub calibration: Vec<Vec<Value>>,
    /// Others.
    pub test: Vec<Vec<Value>>,
    /// The digit of each test picture.
    pub labels: Vec<usize>,
}

impl Digits {
    /// Reads `models/digits_pictures.npz`, for the input of `graph`.
    pub fn read(models: &Path, graph: &Graph) -> Self {
        let path = models.join("digits_pictures.npz");
        let mut archive = NpzArchive::open(path).expect("the pictures are committed");
        let mut array = |name: &str| -> Vec<u8> {
            let file = archive.by_name(name).expect("the archive can be read");
            let file = file.expect("the array is there");
            file.into_vec().expect("the array is of bytes")
        };
        let pictures = |pixels: &[u8]| -> Vec<Vec<Value>> {
            let pictures = pixels.chunks_exact(16 * 16);
            pictures
                .map(|pixels| {
                    let rgb: Vec<u8> = pixels.iter().flat_map(|&p| [p; 3]).collect();
                    sample(graph, &Preprocessing::default(), &rgb, 16)
                })
                .collect()
        };
        Self {
            calibration: pictures(&array("calibration")),
            test: pictures(&array("test")),
            labels: array("labels").into_iter().map(usize::from).collect(),
        }
    }
}

/// `count` generated pictures for the only input of `graph`: soft blobs of random colours on a random gradient, 48 by 48
/// pixels before preprocessing. The same for the same seed.
pub fn generated(
    graph: &Graph,
    preprocessing: &Preprocessing,
    count: usize,
    seed: u64,
) -> Vec<Vec<Value>> {
    const SIDE: usize = 48;
    let mut state = seed;
    // Splitmix64 (Steele, Lea, Flood 2014), uniform in 0 to 1.
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 40) as f32 / (1 << 24) as f32
    };
    (0..count)
        .map(|_| {
            let mut colour = || [next(), next(), next()].map(|x| x * 255.0);
            let corners = [colour(), colour(), colour()];
            let blobs: Vec<_> = (0..6)
                .map(|_| {
                    let [y, x, radius] = [next(), next(), 0.05 + 0.25 * next()];
                    ([y, x], radius, [next(), next(), next()].map(|x| x * 255.0))
                })
                .collect();
            let mut rgb = Vec::with_capacity(SIDE * SIDE * 3);
            for at in 0..SIDE * SIDE {
                let place = [at / SIDE, at % SIDE].map(|p| p as f32 / SIDE as f32);
                for c in 0..3 {
                    let [start, down, across] = corners.map(|colour| colour[c]);
                    let mut level = start + place[0] * (down - start) / 2.0;
                    level += place[1] * (across - start) / 2.0;
                    for (centre, radius, colour) in &blobs {
                        let [dy, dx] = [place[0] - centre[0], place[1] - centre[1]];
                        let share = (1.0 - (dy * dy + dx * dx) / (radius * radius)).max(0.0);
                        level += share * (colour[c] - level);
                    }
                    rgb.push(level.round().clamp(0.0, 255.0) as u8);
                }
            }
            sample(graph, preprocessing, &rgb, SIDE)
        })
        .collect()
}

/// A square picture as the only input of `graph`.
fn sample(graph: &Graph, preprocessing: &Preprocessing, rgb: &[u8], side: usize) -> Vec<Value> {
    let input = graph.tensor(graph.inputs[0]);
    let value = preprocessing.apply(rgb, side, side, input);
    vec![value.expect("the input is a picture")]
}
