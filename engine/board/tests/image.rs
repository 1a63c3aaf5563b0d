//! Images from anywhere: read or named as unreadable, without a panic and without more memory than a chip has.

use proptest::prelude::*;
use tinyscope_board::BoardError;
use tinyscope_board::image::{load_blocks, read_image};

const MOST: usize = 64 << 20;
const HEADER: usize = 52;
const SEGMENT: usize = 32;
const SECTION: usize = 40;
const SYMBOL: usize = 16;

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// A program header: loadable, with its place in the file and in memory.
fn segment(offset: u32, address: u32, bytes: u32) -> Vec<u8> {
    words(&[1, offset, address, address, bytes, bytes, 5, 4])
}

/// An Arm image (System V Application Binary Interface, Object Files): a header, segments, then `.text`, `.stack` and
/// `.arena`, symbols of a function and a variable, and the tables of names.
fn image(segments: &[Vec<u8>], content: &[u8]) -> Vec<u8> {
    let names = b"\0.text\0.stack\0.arena\0.symtab\0.strtab\0main\0tinyscope_arena\0";
    let symbol = |name: u32, value: u32, bytes: u32, info: u32, section: u32| {
        words(&[name, value, bytes, info | section << 16])
    };
    let symbols = [
        vec![0; SYMBOL],
        symbol(37, 0x0800_0001, 8, 0x12, 1),
        symbol(42, 0x2000_1000, 64, 0x11, 3),
    ]
    .concat();
    let text = HEADER + segments.len() * SEGMENT;
    let symbols_at = text + content.len();
    let names_at = symbols_at + symbols.len();
    let sections_at = names_at + names.len();
    let section = |name: u32, kind: u32, flags: u32, address: u32, at: usize, bytes: usize| {
        let (link, entry) = if kind == 2 {
            (5, SYMBOL as u32)
        } else {
            (0, 0)
        };
        words(&[
            name,
            kind,
            flags,
            address,
            at as u32,
            bytes as u32,
            link,
            1,
            4,
            entry,
        ])
    };
    let sections = [
        vec![0; SECTION],
        section(1, 1, 6, 0x0800_0000, text, content.len()),
        section(7, 8, 3, 0x2000_0000, text, 0x800),
        section(14, 8, 3, 0x2000_1000, text, 0x4000),
        section(21, 2, 0, 0, symbols_at, symbols.len()),
        section(29, 3, 0, 0, names_at, names.len()),
    ]
    .concat();
    let mut file = b"\x7fELF\x01\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    file.extend(words(&[
        2 | 40 << 16,
        1,
        0x0800_0001,
        HEADER as u32,
        sections_at as u32,
        0,
    ]));
    let halves = [HEADER, SEGMENT, segments.len(), SECTION, 6, 5];
    file.extend(halves.iter().flat_map(|&half| (half as u16).to_le_bytes()));
    file.extend(segments.concat());
    file.extend(content);
    file.extend(symbols);
    file.extend(names);
    file.extend(sections);
    file
}

/// What must hold of any bytes.
fn survives(bytes: &[u8]) {
    let read = read_image(bytes);
    match load_blocks(bytes) {
        Ok(blocks) => {
            let loaded: usize = blocks.iter().map(|block| block.1.len()).sum();
            assert!(loaded <= MOST, "{loaded} B");
            for pair in blocks.windows(2) {
                assert!(pair[0].0 + pair[0].1.len() as u64 <= pair[1].0, "in order");
            }
        }
        Err(error) => assert!(matches!(error, BoardError::Protocol { .. }), "{error}"),
    }
    match read {
        Ok(image) => {
            for address in [0, 1, 0x0800_0004, u32::MAX] {
                let _ = image.function_at(address);
            }
        }
        Err(error) => {
            let line = error.to_string();
            assert!(
                line.len() < 4096 && !line.contains(char::is_control),
                "{line:?}"
            );
        }
    }
}

#[test]
fn an_image_is_read_part_by_part() {
    let content: Vec<u8> = (0..64).collect();
    let at = (HEADER + 2 * SEGMENT) as u32;
    let segments = [
        segment(at, 0x0800_0000, 40),
        segment(at + 40, 0x0800_0030, 24),
    ];
    let file = image(&segments, &content);
    let blocks = load_blocks(&file).expect("an image");
    let mut expected = content[..40].to_vec();
    expected.extend([0xFF; 8]);
    expected.extend(&content[40..]);
    assert_eq!(blocks, [(0x0800_0000, expected)]);
    let image = read_image(&file).expect("an image");
    assert_eq!((image.stack_base, image.stack_bytes), (0x2000_0000, 0x800));
    assert_eq!(image.arena, (0x2000_1000, 0x4000));
    assert_eq!(image.flash_bytes, 64);
    assert_eq!(image.function_at(0x0800_0007), Some("main"));
    assert_eq!(image.function_at(0x0800_0008), None);
    assert_eq!(image.variable("tinyscope_arena").ok(), Some(0x2000_1000));
}

#[test]
fn segments_that_share_their_bytes_cannot_fill_the_memory() {
    // 60,000 times the same 2 MB of a file of 4 MB.
    let count = 60_000;
    let content = vec![7; 2 << 20];
    let at = (HEADER + count as usize * SEGMENT) as u32;
    let segments: Vec<_> = (0..count)
        .map(|n| segment(at, n * 0x1_0000, 0xF000))
        .collect();
    let error = load_blocks(&image(&segments, &content)).expect_err("too much");
    assert!(error.to_string().contains("64 MiB"), "{error}");
    // Gaps count as well.
    let segments: Vec<_> = (0..count).map(|n| segment(at, n * 4097, 1)).collect();
    assert!(load_blocks(&image(&segments, &content)).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn damaged_images_do_no_harm(
        places in prop::collection::vec((0_u32..400, any::<u32>(), 0_u32..300), 0..5),
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop_oneof![Just(0), Just(0xFF), any::<u8>()]), 0..8),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let segments: Vec<_> = places.iter().map(|&(at, address, bytes)| segment(at, address, bytes)).collect();
        let mut file = image(&segments, &[0x55; 200]);
        for (at, value) in changes {
            let at = at.index(file.len());
            file[at] = value;
        }
        if let Some(cut) = cut {
            file.truncate(cut.index(file.len()));
        }
        survives(&file);
    }

    #[test]
    fn bytes_from_anywhere_are_no_image(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let file = [b"\x7fELF\x01\x01\x01", &bytes[..]].concat();
        survives(&file);
        survives(&bytes);
    }
}
