//! What quantising cost, in numbers.

use super::options::Options;
use crate::graph::{Graph, OpId};
use serde::Serialize;

/// The result of quantising a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantized {
    /// The int8 network.
    pub graph: Graph,
    /// The float network that `graph` approximates: the given one with batch normalisation and activations folded and,
    /// if asked for, equalised. Its tensors and operators have the same ids as those of `graph`; where the border stays
    /// float, `graph` has more tensors after them, and QUANTIZE operators before and DEQUANTIZE operators after.
    pub reference: Graph,
    /// What it cost.
    pub report: Report,
}

/// Noise of one step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepNoise {
    /// The operator in [`Quantized::graph`].
    pub op: OpId,
    /// Index of the operator in the source file.
    pub source_index: u32,
    /// TFLite name of the operator.
    pub name: &'static str,
    /// `10 · log10(Σ x² / Σ (x − x̂)²)` over all samples and elements of the output: `x` its float value, `x̂` the
    /// number that its int8 code stands for, all steps before it quantised too. In dB; `None` if there is no noise.
    pub sqnr_db: Option<f64>,
    /// Smallest and largest real number of the output's int8 codes.
    pub range: [f32; 2],
    /// Scale of the output.
    pub scale: f32,
    /// Zero point of the output.
    pub zero_point: i32,
}

/// How far the outputs of the int8 network are those of the float network as it was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Agreement {
    /// Share of outputs (samples × graph outputs) whose largest element is the same one, 0 to 1.
    pub argmax: f64,
    /// Cosine of the angle between the outputs, mean over samples and graph outputs.
    pub cosine: f64,
    /// Largest difference of one element of any output.
    pub max_abs_error: f64,
}

/// What was done, and what it cost.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The options, the source of the ranges among them.
    pub options: Options,
    /// Number of samples.
    pub samples: usize,
    /// Constants multiplied or added after an operator that were folded into its weights.
    pub folded_constants: usize,
    /// Activations that were fused into the operator before them.
    pub fused_activations: usize,
    /// Pairs of operators whose channels were equalised.
    pub equalized_pairs: usize,
    /// Operators whose bias was corrected.
    pub corrected_biases: usize,
    /// Weight scales that were widened so that the bias fits 32 bits.
    pub widened_scales: usize,
    /// Noise of each step, in the order of execution.
    pub steps: Vec<StepNoise>,
    /// Agreement of the outputs with the float network.
    pub agreement: Agreement,
}
