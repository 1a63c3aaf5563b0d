//! Folders of pictures, good and bad.

use super::*;
use tinyscope_core::graph::{Quantization, TensorId};

fn input(shape: &[usize], quant: Option<(f32, i32)>) -> Tensor {
    Tensor {
        name: "input".into(),
        shape: shape.to_vec(),
        dtype: if quant.is_some() {
            DType::I8
        } else {
            DType::F32
        },
        quant: quant.map(|(scale, zero)| Quantization::per_tensor(scale, zero)),
        data: None,
        source_index: None,
    }
}

fn graph(input: Tensor) -> Graph {
    Graph {
        tensors: vec![input],
        inputs: vec![TensorId(0)],
        ..Graph::default()
    }
}

fn save(path: &Path, rgb: [u8; 3]) {
    let folder = path.parent().expect("it has one");
    std::fs::create_dir_all(folder).expect("made");
    let picture = image::RgbImage::from_pixel(7, 5, image::Rgb(rgb));
    picture.save(path).expect("written");
}

/// A little-endian `.npy` file, version 1.
fn npy(kind: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let mut header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({shape}), }}");
    while (header.len() + 11) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

#[test]
fn sub_folders_are_classes_in_the_order_of_their_names() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in [
        "b/2.png",
        "b/1.bmp",
        "a/x.png",
        "loose.png",
        "b/.hidden.png",
    ] {
        save(&folder.path().join(name), [1, 2, 3]);
    }
    std::fs::create_dir(folder.path().join("empty")).expect("made");
    std::fs::write(folder.path().join("b/notes.txt"), "x").expect("written");
    let found = Folder::scan(folder.path()).expect("it has pictures");
    assert_eq!(found.classes, ["a", "b"]);
    let names: Vec<_> = (found.files.iter())
        .map(|(path, class)| (path.file_name().expect("a name").to_owned(), *class))
        .collect();
    let expected = [("x.png", 0), ("1.bmp", 1), ("2.png", 1)];
    assert_eq!(names, expected.map(|(n, c)| (n.into(), Some(c))));
    let spread: Vec<_> = found.spread(2).into_iter().map(|(_, c)| *c).collect();
    assert_eq!(spread, [Some(0), Some(1)], "both classes are met");
    assert_eq!(found.spread(99).len(), 3);
    let flat = Folder::scan(&folder.path().join("b")).expect("it has pictures");
    assert_eq!((flat.files.len(), flat.classes.len()), (2, 0));
    let empty = Folder::scan(&folder.path().join("empty"));
    assert!(empty.expect_err("nothing in it").contains("holds no png"));
    assert!(Folder::scan(&folder.path().join("missing")).is_err());
}

#[test]
fn a_picture_becomes_codes_of_its_pixels() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("p.png");
    save(&path, [255, 128, 0]);
    let input = input(&[1, 4, 4, 3], Some((0.5, -3)));
    let (preprocessing, why) = guess(&graph(input.clone()));
    assert!(why.contains("int8"), "{why}");
    let value = load(&path, &input, &preprocessing).expect("it loads");
    let codes = value.as_i8().expect("int8");
    assert_eq!(codes.len(), 48);
    assert!(codes.chunks(3).all(|pixel| pixel == [127, 0, -128]));
    assert_eq!(
        describe(&preprocessing, &input),
        "stretched to 4×4, RGB, (pixel − 125) × 0.5"
    );
}

#[test]
fn guesses_follow_the_input() {
    let (gray, why) = guess(&graph(input(&[1, 28, 28, 1], None)));
    assert_eq!(gray.order, ChannelOrder::Gray);
    assert!(why.contains("0 to 1"), "{why}");
    let (nchw, _) = guess(&graph(input(&[1, 3, 32, 32], None)));
    assert_eq!(nchw.layout, Layout::Nchw);
    assert_eq!(
        picture_channels(&graph(input(&[1, 32, 32, 3], None))),
        Some(3)
    );
    for shape in [&[1, 640][..], &[1, 49, 10, 8], &[1, 1, 1, 3]] {
        assert_eq!(
            picture_channels(&graph(input(shape, None))),
            None,
            "{shape:?}"
        );
    }
}

#[test]
fn arrays_are_taken_as_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.npy");
    let any = Preprocessing::default();
    let numbers = [1.0_f32, -2.0, 0.25, 9.0];
    let bytes: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
    std::fs::write(&path, npy("<f4", "2, 2", &bytes)).expect("written");
    let float = input(&[1, 4], None);
    assert_eq!(load(&path, &float, &any), Ok(Value::F32(numbers.to_vec())));
    let int8 = input(&[1, 4], Some((0.25, 1)));
    assert_eq!(load(&path, &int8, &any), Ok(Value::I8(vec![5, -7, 2, 37])));
    std::fs::write(&path, npy("|i1", "4,", &[1, 255, 3, 128])).expect("written");
    assert_eq!(
        load(&path, &int8, &any),
        Ok(Value::I8(vec![1, -1, 3, -128]))
    );
    for bad in [
        npy("<f4", "2, 3", &bytes),
        npy("<f4", "2, 2", &bytes[..9]),
        npy("<f4", "99999999999, 99999999999", &bytes),
        npy("<c8", "2, 2", &bytes),
        npy("|O", "2, 2", &bytes),
        b"\x93NUMPY".to_vec(),
    ] {
        std::fs::write(&path, bad).expect("written");
        let why = load(&path, &float, &any).expect_err("it is refused");
        assert!(!why.contains(char::is_control), "{why:?}");
    }
}

#[test]
fn bombs_and_broken_pictures_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("p.png");
    save(&path, [0; 3]);
    let good = std::fs::read(&path).expect("readable");
    let input = input(&[1, 4, 4, 3], None);
    let any = Preprocessing::default();
    let mut bomb = good.clone();
    // Width and height of the header; the checksum after it is wrong then, too, but sizes are judged first or not at all.
    bomb[16..24].copy_from_slice(&[0, 0x0f, 0xff, 0xff, 0, 0x0f, 0xff, 0xff]);
    for bytes in [
        bomb,
        good[..good.len() / 2].to_vec(),
        b"not a picture".to_vec(),
    ] {
        std::fs::write(&path, bytes).expect("written");
        assert!(load(&path, &input, &any).is_err());
    }
    assert!(load(folder.path(), &input, &any).is_err(), "a folder");
    assert!(load(&folder.path().join("no.png"), &input, &any).is_err());
}
