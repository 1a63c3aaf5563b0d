//! TinyEngine's accounting against the block tables, which were computed with its rules for every released network.

use crate::{built, support};
use tinyscope_core::accounting::tinyengine::layer_by_layer;

#[test]
fn the_parts_of_every_released_network_are_those_of_its_table() {
    let Some(tables) = support::block_tables() else {
        return;
    };
    for table in tables {
        let name = &table.design;
        let after = |key: &str| -> usize { table.after(key).parse().expect("a number") };
        let account = layer_by_layer(&built(name).graph);
        let part = |name: &str| {
            let found = account.parts.iter().find(|part| part.name == name);
            found.map_or(0, |part| part.bytes)
        };
        let tensors = part("input") + part("output") + part("residual");
        assert_eq!(tensors, after("peak"), "{name}");
        assert_eq!(part("im2col buffer"), after("im2col"), "{name}");
        assert_eq!(part("kernel buffer"), after("kbuf"), "{name}");
        assert_eq!(account.peak_bytes, after("total"), "{name}");
    }
}
