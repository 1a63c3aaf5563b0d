//! Recorded answers of the reference, as an `.npz` archive: `meta` (JSON: for each run, the sha256 of every tensor by
//! TFLite index) and for each run `R` its inputs `R_in<t>`.

use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use tinyscope_core::Graph;
use tinyscope_core::graph::DType;
use tinyscope_core::quant::{Trace, Value};

/// One recorded run.
pub struct Run {
    /// `A`, `B`, …
    pub name: String,
    /// Input values, in the graph's order.
    pub inputs: Vec<Value>,
    /// sha256 of the little-endian bytes of each tensor, by TFLite tensor index.
    tensors: BTreeMap<String, Recorded>,
}

#[derive(Deserialize)]
struct Meta {
    runs: BTreeMap<String, MetaRun>,
}

#[derive(Deserialize)]
struct MetaRun {
    tensors: BTreeMap<String, Recorded>,
}

#[derive(Deserialize)]
struct Recorded {
    sha256: String,
}

/// How a run compares with its record.
pub struct Comparison {
    /// Operators whose output was recorded and computed.
    pub compared: usize,
    /// Operators whose output is the same, byte for byte.
    pub exact: usize,
    /// The first operator that differs.
    pub first_difference: Option<usize>,
}

/// Read every run of an archive.
pub fn read(path: &Path, graph: &Graph) -> Result<Vec<Run>, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut archive =
        npyz::npz::NpzArchive::new(BufReader::new(file)).map_err(|error| error.to_string())?;
    let meta: Vec<u8> = array(&mut archive, "meta")?;
    let meta: Meta = serde_json::from_slice(&meta).map_err(|error| format!("`meta`: {error}"))?;
    meta.runs
        .into_iter()
        .map(|(name, run)| {
            let inputs = graph
                .inputs
                .iter()
                .map(|&id| {
                    let tensor = graph.tensor(id);
                    let key = format!("{name}_in{}", tensor.source_index.unwrap_or(u32::MAX));
                    let value = match tensor.dtype {
                        DType::F32 => Value::F32(array(&mut archive, &key)?),
                        _ => Value::I8(array(&mut archive, &key)?),
                    };
                    if value.len() == tensor.elements() {
                        Ok(value)
                    } else {
                        Err(format!(
                            "`{key}` has {} elements, the model wants {}",
                            value.len(),
                            tensor.elements()
                        ))
                    }
                })
                .collect::<Result<Vec<_>, _>>()?;
            Ok(Run {
                name,
                inputs,
                tensors: run.tensors,
            })
        })
        .collect()
}

fn array<T: npyz::Deserialize>(
    archive: &mut npyz::npz::NpzArchive<BufReader<File>>,
    name: &str,
) -> Result<Vec<T>, String> {
    archive
        .by_name(name)
        .map_err(|error| format!("`{name}`: {error}"))?
        .ok_or_else(|| format!("the archive has no `{name}`; it belongs to another model"))?
        .into_vec()
        .map_err(|error| format!("`{name}`: {error}"))
}

/// Compare a host run with the record.
pub fn compare(run: &Run, graph: &Graph, trace: &Trace) -> Comparison {
    let mut result = Comparison {
        compared: 0,
        exact: 0,
        first_difference: None,
    };
    for (index, op) in graph.ops.iter().enumerate() {
        let same = op.outputs.iter().filter_map(|&id| {
            let recorded = run
                .tensors
                .get(&graph.tensor(id).source_index?.to_string())?;
            let digest = Sha256::digest(trace.get(id)?.to_le_bytes());
            let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            Some(hex == recorded.sha256)
        });
        let outcomes: Vec<bool> = same.collect();
        if outcomes.is_empty() {
            continue;
        }
        result.compared += 1;
        if outcomes.iter().all(|&same| same) {
            result.exact += 1;
        } else if result.first_difference.is_none() {
            result.first_difference = Some(index);
        }
    }
    result
}
