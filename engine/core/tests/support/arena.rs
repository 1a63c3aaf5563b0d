//! Reads packing instances in the format of `MiniMalloc`'s benchmarks.

use std::path::Path;
use tinyscope_core::memory::{Block, blocks_from_csv};

/// One file.
pub struct Instance {
    /// The file's name without its capacity: `A` of `A.1048576.csv`.
    pub name: String,
    /// The height, in bytes, that the file's name asks for.
    pub capacity: usize,
    /// Its buffers.
    pub blocks: Vec<Block>,
}

/// Every `NAME.CAPACITY.csv` of a folder, by name.
pub fn instances(folder: &Path) -> Result<Vec<Instance>, Box<dyn std::error::Error>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let name = name.unwrap_or_default();
        if let [name, capacity, "csv"] = name.split('.').collect::<Vec<_>>()[..] {
            found.push(Instance {
                name: name.to_owned(),
                capacity: capacity.parse()?,
                blocks: blocks_from_csv(&std::fs::read_to_string(&path)?)?,
            });
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// Every activation of a graph as a block, layer by layer, each alive from the operator that makes it to the last that
/// reads it; nothing in place, nothing folded, no scratch.
#[allow(dead_code, reason = "not every user of this file has a graph")]
pub fn activations(graph: &tinyscope_core::Graph) -> Vec<Block> {
    let mut blocks: Vec<Option<Block>> = vec![None; graph.tensors.len()];
    let end = graph.ops.len().saturating_sub(1);
    for &input in &graph.inputs {
        let bytes = graph.tensor(input).bytes();
        blocks[input.0 as usize] = Some(Block::new(bytes, 1, 0, 0));
    }
    for (id, op) in graph.op_ids() {
        let step = id.0 as usize;
        for &read in &op.inputs {
            if let Some(block) = &mut blocks[read.0 as usize] {
                block.last = step;
            }
        }
        for &made in &op.outputs {
            let bytes = graph.tensor(made).bytes();
            blocks[made.0 as usize] = Some(Block::new(bytes, 1, step, step));
        }
    }
    for &output in &graph.outputs {
        if let Some(block) = &mut blocks[output.0 as usize] {
            block.last = end;
        }
    }
    blocks.into_iter().flatten().collect()
}
