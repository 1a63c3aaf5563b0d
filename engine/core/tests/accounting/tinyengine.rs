//! TinyEngine's accounting against the block tables, which were computed with its rules for every released network.

use crate::{built, support};
use tinyscope_core::accounting::tinyengine::layer_by_layer;

#[test]
fn the_parts_of_every_released_network_are_those_of_its_table() {
    let Some(bytes) = support::shared_bytes("zoo/block_tables.txt") else {
        return;
    };
    let text = String::from_utf8(bytes).expect("text");
    let mut compared = 0;
    for line in text.lines().filter_map(|line| line.strip_prefix("### ")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let after = |key: &str| -> usize {
            let at = words.iter().position(|&word| word == key).expect(key);
            words[at + 1].parse().expect("a number")
        };
        let name = words[0].trim_end_matches(".json");
        let name = name.trim_end_matches("_imagenet").replace('_', "-");
        let account = layer_by_layer(&built(&name).graph);
        let part = |name: &str| {
            let found = account.parts.iter().find(|part| part.name == name);
            found.map_or(0, |part| part.bytes)
        };
        let tensors = part("input") + part("output") + part("residual");
        assert_eq!(tensors, after("peak"), "{name}");
        assert_eq!(part("im2col buffer"), after("im2col"), "{name}");
        assert_eq!(part("kernel buffer"), after("kbuf"), "{name}");
        assert_eq!(account.peak_bytes, after("total"), "{name}");
        compared += 1;
    }
    assert!(compared >= 13, "{compared}");
}
