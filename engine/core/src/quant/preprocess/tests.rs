use super::*;
use crate::graph::Quantization;

fn input(shape: &[usize], quant: Option<Quantization>) -> Tensor {
    Tensor {
        name: String::new(),
        shape: shape.to_vec(),
        dtype: if quant.is_some() {
            DType::I8
        } else {
            DType::F32
        },
        quant,
        data: None,
        source_index: None,
    }
}

/// 8-bit noise.
fn noise(count: usize) -> Vec<u8> {
    let mut state = 9_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..count).map(|_| next()).collect()
}

#[test]
fn a_picture_of_the_inputs_size_is_taken_as_it_is() {
    let rgb = noise(5 * 4 * 3);
    for fit in [Fit::Stretch, Fit::Fill] {
        let plain = Preprocessing {
            scale: [1.0; 3],
            fit,
            ..Preprocessing::default()
        };
        let expected: Vec<f32> = rgb.iter().map(|&p| f32::from(p)).collect();
        let value = plain.apply(&rgb, 5, 4, &input(&[1, 4, 5, 3], None));
        assert_eq!(value, Ok(Value::F32(expected)));
    }
}

#[test]
fn mean_scale_order_and_layout_apply_to_the_inputs_channels() {
    let bgr = Preprocessing {
        order: ChannelOrder::Bgr,
        mean: [1.0, 2.0, 3.0],
        scale: [1.0, 10.0, 100.0],
        layout: Layout::Nchw,
        ..Preprocessing::default()
    };
    // Two pixels (r, g, b).
    let value = bgr.apply(&[10, 20, 30, 11, 21, 31], 2, 1, &input(&[1, 3, 1, 2], None));
    let expected = vec![29.0, 30.0, 180.0, 190.0, 700.0, 800.0];
    assert_eq!(value, Ok(Value::F32(expected)));
}

#[test]
fn grey_pictures_keep_their_level() {
    let plain = Preprocessing {
        scale: [1.0; 3],
        ..Preprocessing::default()
    };
    for level in 0..=255 {
        let value = plain.apply(&[level; 3], 1, 1, &input(&[1, 1, 1, 1], None));
        assert_eq!(value, Ok(Value::F32(vec![f32::from(level)])));
    }
}

#[test]
fn whole_range_inputs_get_the_pixel_less_128() {
    for (scale, zero_point) in [(1.0 / 255.0, -128), (0.007_843_138, -1), (1.0, 0)] {
        let tensor = input(
            &[1, 16, 16, 1],
            Some(Quantization::per_tensor(scale, zero_point)),
        );
        let map = Preprocessing::from_quantization(&tensor).expect("an int8 input");
        let rgb: Vec<u8> = (0..=255).flat_map(|p| [p; 3]).collect();
        let codes = (0..=255).map(|p| (p - 128) as i8).collect();
        assert_eq!(map.apply(&rgb, 16, 16, &tensor), Ok(Value::I8(codes)));
    }
}

#[test]
fn shrinking_averages_and_growing_interpolates() {
    let flat = Preprocessing {
        scale: [1.0; 3],
        ..Preprocessing::default()
    };
    let line = |pixels: &[u8], width: usize| {
        let rgb: Vec<u8> = pixels.iter().flat_map(|&p| [p; 3]).collect();
        let value = flat.apply(&rgb, pixels.len(), 1, &input(&[1, 1, width, 1], None));
        value.map(|v| v.as_f32().unwrap_or_default().to_vec())
    };
    // Triangle of support 2 around the middle of each half: weights 3/7, 3/7, 1/7 as the far side is cut.
    assert_eq!(line(&[70, 70, 0, 0], 2), Ok(vec![60.0, 10.0]));
    assert_eq!(line(&[0, 100], 4), Ok(vec![0.0, 25.0, 75.0, 100.0]));
}

#[test]
fn crop_and_fill_keep_the_middle() {
    let rgb: Vec<u8> = (0..8).flat_map(|p| [p * 10; 3]).collect();
    let tensor = input(&[1, 2, 2, 1], None);
    let fill = Preprocessing {
        scale: [1.0; 3],
        fit: Fit::Fill,
        ..Preprocessing::default()
    };
    // 4 × 2 pixels onto 2 × 2: the two middle columns.
    let value = fill.apply(&rgb, 4, 2, &tensor);
    assert_eq!(value, Ok(Value::F32(vec![10.0, 20.0, 50.0, 60.0])));
    let crop = Preprocessing {
        crop: 0.5,
        fit: Fit::Stretch,
        ..fill
    };
    let rgb: Vec<u8> = (0..16).flat_map(|p| [p * 10; 3]).collect();
    let value = crop.apply(&rgb, 4, 4, &tensor);
    assert_eq!(value, Ok(Value::F32(vec![50.0, 60.0, 90.0, 100.0])));
}

#[test]
fn what_does_not_fit_is_refused() {
    let plain = Preprocessing::default();
    let picture = input(&[1, 2, 2, 3], None);
    let size = |found| {
        Err(PreprocessError::Size {
            width: 1,
            height: 1,
            expected: 3,
            found,
        })
    };
    assert_eq!(plain.apply(&[1, 2], 1, 1, &picture), size(2));
    assert!(plain.apply(&[], 0, 4, &picture).is_err());
    assert!(plain.apply(&[0; 3], usize::MAX, 2, &picture).is_err());
    assert!(
        plain
            .apply(&[0; 3], 1, 1, &input(&[1, 2, 2, 2], None))
            .is_err()
    );
    for crop in [0.0, -1.0, 1.5, f32::NAN] {
        let bad = Preprocessing { crop, ..plain };
        assert!(bad.apply(&[0; 3], 1, 1, &picture).is_err());
    }
}
