//! Reads packing instances in the format of `MiniMalloc`'s benchmarks.

use std::path::Path;
use tinyscope_core::memory::Block;

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
                blocks: blocks(&std::fs::read_to_string(&path)?)?,
            });
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// The buffers of `id,lower,upper,size` lines; `upper` is exclusive there, a block's `last` is not.
fn blocks(text: &str) -> Result<Vec<Block>, Box<dyn std::error::Error>> {
    let mut lines = text.lines();
    if lines.next() != Some("id,lower,upper,size") {
        return Err("the first line is not id,lower,upper,size".into());
    }
    lines
        .map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            let [_, lower, upper, size] = fields[..] else {
                return Err(format!("{line}: not four fields").into());
            };
            let upper: usize = upper.parse()?;
            Ok(Block::new(size.parse()?, 1, lower.parse()?, upper - 1))
        })
        .collect()
}
