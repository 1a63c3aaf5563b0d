//! Every tool's count of one network.

use super::account::Account;
use super::{mcunetv2, msf, tensors, tflm, tinyengine};
use crate::graph::Graph;
use crate::import::View;

/// What each tool counts for the network run layer by layer: `view` is the file as it stands, `lowered` the int8 graph
/// without what needs no code. Tools that have nothing to count are left out.
pub fn layer_by_layer(view: &View, lowered: &Graph) -> Vec<Account> {
    let mut all = vec![
        tensors::live_maximum(lowered, true),
        tinyengine::layer_by_layer(lowered),
    ];
    all.extend(tflm::head(view));
    all.push(mcunetv2::layer_by_layer(lowered));
    all.push(msf::layer_by_layer(lowered));
    all.retain(|account| account.peak_bytes > 0);
    all
}
