//! Designs as text: round trips, and what is refused and where.

use crate::committed;
use tinyscope_core::design::{Design, open};
use tinyscope_core::graph::verify;
use tinyscope_core::plan::Prepared;

#[test]
fn what_is_written_is_read_and_written_again_the_same() {
    for (path, text) in committed() {
        let design = Design::from_ron(text.as_bytes()).expect("a design");
        let written = design.to_ron().expect("it can be written");
        assert_eq!(
            Design::from_ron(written.as_bytes()),
            Ok(design),
            "{}",
            path.display()
        );
        // Comments apart, the committed text is what the program writes.
        let bare = |text: &str| -> Vec<String> {
            let lines = text.lines().filter(|line| !line.starts_with("//"));
            lines.map(str::to_owned).collect()
        };
        assert_eq!(bare(&written), bare(&text), "{}", path.display());
    }
}

const SMALL: &str = r#"(
    name: "small",
    resolution: (16, 16),
    channels: 3,
    stem: (width: 8, kernel: (3, 3), stride: (2, 2)),
    blocks: [
        Inverted(expand: 24, kernel: 5, width: 8, residual: true),
    ],
    head: (pooling: Average, classes: 4),
)"#;

#[test]
fn each_fault_is_named_with_its_place() {
    assert!(open(SMALL.as_bytes()).graph.is_some());
    for (from, to, why) in [
        ("kernel: 5", "kernal: 5", "line 7"),
        ("channels: 3,", "channels: 3", "line 5"),
        ("Inverted", "Inverse", "line 7"),
        ("kernel: 5", "kernel: -5", "line 7"),
        ("kernel: 5", "kernel: 99999999999999999999999", "line 7"),
        ("kernel: 5", "kernel: 4", "block 1: the kernel is 4 wide"),
        ("kernel: 5", "kernel: 0", "block 1: the kernel is 0"),
        ("kernel: 5", "kernel: 65", "must be 1 to 63"),
        (
            "width: 8, residual",
            "width: 9, residual",
            "8×8×8 cannot be added to its output of 8×8×9",
        ),
        ("kernel: 5,", "kernel: 5, stride: 2,", "cannot be added"),
        ("kernel: 5,", "kernel: 5, stride: 0,", "the stride is 0"),
        (
            "(16, 16)",
            "(16, 0)",
            "image: an extent of its resolution is 0",
        ),
        ("(16, 16)", "(99999, 16)", "must be 1 to 4096"),
        ("channels: 3", "channels: 99999", "must be 1 to 65536"),
        (
            "classes: 4",
            "classes: 0",
            "head: a number of channels is 0",
        ),
        ("\"small\"", "\"\"", "the name is empty"),
        (
            "\"small\"",
            "\"a\\u{202e}b\"",
            "the name is empty, too long, or holds",
        ),
        ("name: \"small\"", "name: \"small\", name: \"x\"", "line 2"),
    ] {
        let text = SMALL.replacen(from, to, 1);
        assert_ne!(text, SMALL, "{from}");
        let found = open(text.as_bytes());
        assert!(found.graph.is_none(), "{to}");
        let message = found.diagnostics[0].to_string();
        assert!(message.contains(why), "{to}: {message}");
        assert!(!message.contains(['\n', '\u{202e}']), "{message}");
    }
}

#[test]
fn absurd_sizes_are_refused_before_memory_is_taken() {
    let wide = SMALL.replace("expand: 24", "expand: 65536");
    let wide = wide.replace("width: 8, residual: true", "width: 65536");
    let large = SMALL
        .replace("(16, 16)", "(4096, 4096)")
        .replace("expand: 24", "expand: 60000");
    let dense = SMALL.replace("Inverted(", "Dense(width: 65536), Inverted(");
    let dense = dense.replace("(16, 16)", "(4096, 4096)");
    let deep = format!("(name: \"x\", blocks: {}", "[".repeat(100_000));
    let somes = format!("(name: \"x\", stem: {}", "Some(".repeat(9999));
    let block = "Separable(kernel: 3, width: 8), ";
    let many = SMALL.replace("Inverted(", &format!("{}Inverted(", block.repeat(1001)));
    // Each map alone would do.
    let all = SMALL
        .replace("(16, 16)", "(2048, 2048)")
        .replace(", stride: (2, 2)", "");
    let all = all.replace(
        "Inverted(",
        &format!("{}Inverted(", "Separable(kernel: 3, width: 8), ".repeat(20)),
    );
    for (text, why) in [
        (all, "the maps up to here together would have more than"),
        (wide, "would have more than"),
        (large, "would have more than"),
        (dense, "would have more than"),
        (deep, "line 1"),
        (somes, "line 1"),
        (many, "the number of blocks is 1002"),
        (" ".repeat(1 << 20), "longer than"),
        (String::new(), "line 1"),
        (SMALL[..SMALL.len() / 2].to_owned(), "line"),
        (
            "(name: \"x\", resolution: (4, 4), channels: 1, blocks: [])".into(),
            "neither stem",
        ),
    ] {
        let found = open(text.as_bytes());
        assert!(found.graph.is_none());
        let message = found.diagnostics[0].to_string();
        assert!(message.contains(why), "{why}: {message}");
        assert!(message.len() < 600, "{message}");
    }
    assert!(open(&[0xff, 0xfe, 0]).graph.is_none());
}

#[test]
fn damaged_texts_never_panic() {
    let bytes = SMALL.as_bytes();
    for at in 0..bytes.len() {
        for byte in [0, b'(', b')', b'9', b'"', b',', 0x80] {
            let mut damaged = bytes.to_vec();
            damaged[at] = byte;
            let found = open(&damaged);
            let errors = found.diagnostics.iter().any(|d| d.code == "design");
            assert_eq!(found.graph.is_none(), errors);
        }
        assert!(open(&bytes[..at]).graph.is_none());
    }
}

#[test]
fn any_numbers_make_a_graph_that_can_be_planned_or_are_refused() {
    let mut state = 1_u64;
    let mut below = |end: u64| {
        // Knuth's linear congruential generator; its upper bits.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % end
    };
    let (mut made, mut refused) = (0, 0);
    for _ in 0..3000 {
        let mut text = String::new();
        for piece in SMALL.split_inclusive(|c: char| c.is_ascii_digit()) {
            let (before, digit) = piece.split_at(piece.len() - 1);
            text.push_str(before);
            match (digit.parse::<u64>(), below(12)) {
                (Ok(_), 0) => text.push_str(&below(300).to_string()),
                (Ok(_), 1..=3) => text.push_str(&below(10).to_string()),
                _ => text.push_str(digit),
            }
        }
        let opened = open(text.as_bytes());
        if let Some(graph) = &opened.graph {
            assert_eq!(verify(graph), Ok(()), "{text}");
            assert!(Prepared::new(graph).is_ok(), "{text}");
            made += 1;
        } else {
            let message = opened.diagnostics[0].to_string();
            assert!(message.len() < 600 && !message.contains('\n'), "{message}");
            refused += 1;
        }
    }
    assert!(
        made > 100 && refused > 100,
        "{made} made, {refused} refused"
    );
}
