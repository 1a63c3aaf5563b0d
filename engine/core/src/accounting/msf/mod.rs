//! msf-CNN's memory and its optimiser (`NeurIPS` 2025; TinyPART/msf-CNN, `analysis/`).
//!
//! A network is the chain of its convolutions, without residuals, pools or dense layers. A layer needs its whole input and
//! output, a depthwise one too. Several layers may be fused: they run one row of output after the other, and keep `k` columns
//! of each layer's tile (H-cache), so that rows are computed again vertically. The network's input and last output are not
//! counted.

mod fused;
mod optimise;

pub use optimise::{Fusion, layer_by_layer, least_memory};
