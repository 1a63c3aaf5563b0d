//! Tensors of the file to tensors of the graph: shape, type, quantisation and data, each checked once.

use super::buffers::Buffers;
use super::fold::{dequantise, widened};
use super::generated::tflite::{QuantizationParameters, Tensor as Raw};
use super::ops::REPAIR;
use super::types;
use crate::graph::shape::text;
use crate::graph::{DType, Quantization, Tensor, TensorId};
use crate::import::report::escape;
use std::collections::BTreeMap;

/// Dimensions of a tensor at most.
const MAX_RANK: usize = 6;
/// Elements of a tensor at most: the kernels count in 32 bits.
const MAX_ELEMENTS: usize = i32::MAX as usize;
/// Bytes of a name that are kept.
const MAX_NAME: usize = 1024;

/// What is wrong with a tensor: `(code, sentence, remedy)`. The sentence goes on from the tensor's name.
pub(super) type Problem = (&'static str, String, &'static str);

/// The tensors of the file, converted when an operator first needs them.
pub(super) struct Tensors<'a> {
    raw: flatbuffers::Vector<'a, flatbuffers::ForwardsUOffset<Raw<'a>>>,
    pub buffers: Buffers<'a>,
    state: Vec<State>,
    /// The converted ones, in order of first use, and those that import made.
    pub done: Vec<Tensor>,
    /// How many of them import made.
    pub made: usize,
    /// What was converted on the way, to be told once.
    pub seen: Seen,
    /// int8 weights that float32 operators use as float32.
    floats: BTreeMap<TensorId, TensorId>,
}

/// What the tensors of a file turned out to hold.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    /// Legacy uint8, shifted to int8.
    pub uint8: bool,
    /// Float16 constants, widened.
    pub float16: bool,
    /// int8 weights of float32 operators.
    pub hybrid: bool,
}

#[derive(Clone, Copy)]
enum State {
    Untouched,
    Done(TensorId),
    /// Already reported.
    Broken,
}

impl<'a> Tensors<'a> {
    pub fn new(
        raw: flatbuffers::Vector<'a, flatbuffers::ForwardsUOffset<Raw<'a>>>,
        buffers: Buffers<'a>,
    ) -> Self {
        Self {
            state: vec![State::Untouched; raw.len()],
            raw,
            buffers,
            done: Vec::new(),
            made: 0,
            seen: Seen::default(),
            floats: BTreeMap::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.raw.len()
    }

    /// The table of tensor `index`; `None` when there is no such tensor.
    pub fn raw(&self, index: i32) -> Option<Raw<'a>> {
        let index = usize::try_from(index).ok()?;
        (index < self.raw.len()).then(|| self.raw.get(index))
    }

    /// How a message names a tensor: `tensor 5 "conv1"`.
    pub fn label(&self, index: i32) -> String {
        match self.raw(index).and_then(|t| t.name()) {
            Some(name) if !name.is_empty() => {
                format!("tensor {index} \"{}\"", escape(name.bytes()))
            }
            _ => format!("tensor {index}"),
        }
    }

    /// The converted tensor `index`. `Err(None)` when its problem was reported before.
    pub fn get(&mut self, index: i32) -> Result<TensorId, Option<Problem>> {
        let Some(raw) = self.raw(index) else {
            return Err(Some((
                "no-such-tensor",
                format!("does not exist: the file has {} tensors", self.len()),
                "the file is damaged; convert the model again",
            )));
        };
        let slot = index as usize;
        match self.state[slot] {
            State::Done(id) => return Ok(id),
            State::Broken => return Err(None),
            State::Untouched => {}
        }
        match convert(index as u32, &raw, &mut self.buffers, &mut self.seen) {
            Ok(tensor) => {
                let id = self.add(tensor);
                self.state[slot] = State::Done(id);
                Ok(id)
            }
            Err(problem) => {
                self.state[slot] = State::Broken;
                Err(Some(problem))
            }
        }
    }

    /// Adds a tensor to the converted ones.
    pub fn add(&mut self, tensor: Tensor) -> TensorId {
        let id = TensorId(self.done.len() as u32);
        self.done.push(tensor);
        id
    }

    /// Gives a tensor the shape that follows from its operator, where the file leaves the extents open in which the two
    /// differ: converters write 1 for what they do not know. Returns whether the shapes agree now.
    pub fn adopt(&mut self, id: TensorId, expected: &[usize]) -> bool {
        let tensor = &self.done[id.0 as usize];
        if tensor.shape == expected {
            return true;
        }
        let raw = tensor.source_index.and_then(|i| self.raw(i as i32));
        let Some(raw) = raw.filter(|_| !tensor.is_constant()) else {
            return false;
        };
        let is_open = |axis: usize| {
            let says = |dims: Option<flatbuffers::Vector<'_, i32>>| {
                dims.is_some_and(|d| axis < d.len() && d.get(axis) == -1)
            };
            says(raw.shape_signature()) || says(raw.shape())
        };
        let mut pairs = tensor.shape.iter().zip(expected).enumerate();
        let elements = expected.iter().try_fold(1_usize, |n, &d| n.checked_mul(d));
        let fits = tensor.shape.len() == expected.len()
            && elements.is_some_and(|n| n > 0 && n <= MAX_ELEMENTS)
            && pairs.all(|(axis, (declared, expected))| declared == expected || is_open(axis));
        if fits {
            self.done[id.0 as usize].shape = expected.to_vec();
        }
        fits
    }

    /// Whether the file holds `id` as uint8.
    pub fn is_shifted(&self, id: TensorId) -> bool {
        let index = self.done[id.0 as usize].source_index;
        let raw = index.and_then(|i| self.raw(i as i32));
        raw.is_some_and(|t| types::dtype(t.type_()) == Some(DType::U8))
    }

    /// The int8 constant `id` as float32.
    pub fn dequantised(&mut self, id: TensorId) -> Result<TensorId, Problem> {
        self.seen.hybrid = true;
        if let Some(&float) = self.floats.get(&id) {
            return Ok(float);
        }
        let tensor = &self.done[id.0 as usize];
        let data = {
            self.buffers.spend(tensor.elements() * DType::F32.bytes())?;
            dequantise(tensor)
        };
        let float = Tensor {
            dtype: DType::F32,
            quant: None,
            data,
            ..tensor.clone()
        };
        let float = self.add(float);
        self.floats.insert(id, float);
        Ok(float)
    }
}

fn convert(
    index: u32,
    raw: &Raw<'_>,
    buffers: &mut Buffers<'_>,
    seen: &mut Seen,
) -> Result<Tensor, Problem> {
    let dtype = types::dtype(raw.type_()).ok_or_else(|| {
        let name = types::name(raw.type_());
        (
            "unsupported-type",
            format!("has type {name}, which is not supported"),
            "quantise the model to int8",
        )
    })?;
    let shape = shape(raw)?;
    let elements = shape.iter().product();
    if raw.is_variable() {
        return Err((
            "stateful",
            "is a variable that lives from one run to the next, which is not supported".into(),
            "export the model without recurrent state",
        ));
    }
    if raw.sparsity().is_some() {
        return Err((
            "sparse",
            "is stored sparse".into(),
            "convert the model without sparsity, or densify it",
        ));
    }
    let is_quantised = (raw.quantization())
        .and_then(|q| q.scale())
        .is_some_and(|s| !s.is_empty());
    let shifted = dtype == DType::U8 && is_quantised;
    let data = buffers.data(raw.buffer(), dtype, shifted, elements);
    let data = data.map_err(|why| {
        let (shape, kind) = (text(&shape), types::name(raw.type_()));
        ("bad-data", format!("({shape}, {kind}) {why}"), REPAIR)
    })?;
    // Converters leave the range of a float tensor in its quantisation table: it means nothing there.
    let is_float = matches!(dtype, DType::F16 | DType::F32);
    let quant = raw
        .quantization()
        .filter(|_| !is_float)
        .map_or(Ok(None), |q| quantization(&q, dtype, data.is_some()));
    let quant = quant.map_err(|why| ("bad-quantisation", why, "quantise the model again"))?;
    seen.uint8 |= shifted;
    seen.float16 |= dtype == DType::F16 && data.is_some();
    let dtype = match dtype {
        DType::U8 if shifted => DType::I8,
        DType::F16 if data.is_some() => widened(dtype),
        other => other,
    };
    let name = raw.name().map_or(&[][..], |n| n.bytes());
    Ok(Tensor {
        name: String::from_utf8_lossy(&name[..name.len().min(MAX_NAME)]).into_owned(),
        shape,
        dtype,
        quant,
        data,
        source_index: Some(index),
    })
}

/// The shape; a batch of −1 is taken as 1. Neither empty nor too large.
fn shape(raw: &Raw<'_>) -> Result<Vec<usize>, Problem> {
    let Some(dims) = raw.shape() else {
        return Ok(Vec::new());
    };
    if dims.len() > MAX_RANK {
        let message = format!(
            "has {} dimensions; at most {MAX_RANK} are supported",
            dims.len()
        );
        return Err((
            "bad-shape",
            message,
            "reshape it to fewer dimensions before export",
        ));
    }
    let mut shape = Vec::with_capacity(dims.len());
    let mut elements = 1usize;
    for (axis, dim) in dims.iter().enumerate() {
        let extent = match dim {
            -1 if axis == 0 => 1,
            -1 => {
                return Err((
                    "open-dimension",
                    format!("leaves dimension {axis} open"),
                    "export the model with fixed sizes",
                ));
            }
            _ => usize::try_from(dim).unwrap_or(0),
        };
        if extent == 0 {
            let message = format!("has extent {dim} in dimension {axis}");
            return Err(("bad-shape", message, REPAIR));
        }
        let Some(product) = elements.checked_mul(extent).filter(|&n| n <= MAX_ELEMENTS) else {
            return Err(("bad-shape", "has more than 2^31 elements".into(), REPAIR));
        };
        elements = product;
        shape.push(extent);
    }
    Ok(shape)
}

/// Scales and zero points, those of uint8 shifted to int8.
fn quantization(
    raw: &QuantizationParameters<'_>,
    dtype: DType,
    is_constant: bool,
) -> Result<Option<Quantization>, String> {
    let Some(scale) = raw.scale().filter(|s| !s.is_empty()) else {
        return Ok(None);
    };
    let points = raw.zero_point().map_or(0, |z| z.len());
    if points != scale.len() {
        return Err(format!(
            "has {} scales but {points} zero points",
            scale.len()
        ));
    }
    let scales: Vec<f32> = scale.iter().collect();
    // Released MCUNet files hold weights with negative scales, and the reference runs them; activations have none.
    let fine = |s: f32| s.is_finite() && (s > 0.0 || (is_constant && s < 0.0));
    if let Some(bad) = scales.iter().find(|s| !fine(**s)) {
        let rule = if is_constant {
            "other than zero"
        } else {
            "above zero"
        };
        return Err(format!("has scale {bad}; it must be finite and {rule}"));
    }
    let (low, high) = match dtype {
        DType::I8 => (-128, 127),
        DType::U8 => (0, 255),
        _ => (0, 0),
    };
    let mut zero_points = Vec::with_capacity(points);
    for point in raw.zero_point().into_iter().flatten() {
        if !(low..=high).contains(&point) {
            let allowed = if low == high {
                "it must be 0".to_owned()
            } else {
                format!("its type allows {low} to {high}")
            };
            return Err(format!("has zero point {point}; {allowed}"));
        }
        let shift = if dtype == DType::U8 { 128 } else { 0 };
        zero_points.push(point as i32 - shift);
    }
    Ok(Some(Quantization {
        scales,
        zero_points,
        axis: usize::try_from(raw.quantized_dimension()).unwrap_or(0),
    }))
}
