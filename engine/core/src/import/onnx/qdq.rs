//! From real numbers between dequantisation and quantisation to int8 operators.
//!
//! A dequantised tensor has a *twin*: the codes it was made of. An operator whose operands all have twins is written on
//! the twins: at once if it only moves codes about, else if all its readers quantise its result, and to the same scale.
//! What remains stays real, with the weights dequantised.

use super::build::Builder;
use super::constant::Constant;
use super::problem::Read;
use crate::graph::{
    Combine, DType, Data, Function, Interpolation, Op, OpKind, PadFill, Quantization, Tensor,
    TensorId,
};

/// Scale of softmax and logistic results, which their int8 kernels have built in, with zero point −128.
const UNIT: (f32, i32) = (1.0 / 256.0, -128);
/// The same for tanh.
const BIPOLAR: (f32, i32) = (1.0 / 128.0, 0);
/// Reshapes that are looked through on the way to a quantisation.
const MOST_HOPS: usize = 8;

/// The codes to write for an operator, and the tensor to write them to if the file has one.
struct Target {
    quant: Quantization,
    tensor: Option<TensorId>,
}

struct Fuser<'a> {
    build: &'a mut Builder,
    outputs: &'a [TensorId],
    /// The operators before, and for each tensor those that read it.
    old: Vec<Op>,
    readers: Vec<Vec<usize>>,
    twins: Vec<Option<TensorId>>,
    /// Tensors of codes that turned out to be others.
    alias: Vec<Option<TensorId>>,
    /// Tensors that have a value: constants, inputs, and what has been written.
    present: Vec<bool>,
    /// Operators that stay real although all around them is quantised.
    left: Vec<u32>,
}

/// Rewrites the builder's operators. Returns the nodes that stay real between quantised ones. `outputs` are brought up
/// to date.
pub(super) fn fuse(
    build: &mut Builder,
    inputs: &[TensorId],
    outputs: &mut [TensorId],
) -> Read<Vec<u32>> {
    let old = std::mem::take(&mut build.ops);
    let mut readers = vec![Vec::new(); build.tensors.len()];
    for (index, op) in old.iter().enumerate() {
        for id in &op.inputs {
            readers[id.0 as usize].push(index);
        }
    }
    let mut present: Vec<bool> = build.tensors.iter().map(Tensor::is_constant).collect();
    for id in inputs {
        present[id.0 as usize] = true;
    }
    let count = build.tensors.len();
    let before = outputs.to_vec();
    let mut fuser = Fuser {
        build,
        outputs: &before,
        readers,
        twins: vec![None; count],
        alias: vec![None; count],
        present,
        left: Vec::new(),
        old: Vec::new(),
    };
    fuser.old = old;
    for index in 0..fuser.old.len() {
        let op = fuser.old[index].clone();
        fuser.build.source = op.source_index;
        fuser.step(op)?;
    }
    for id in outputs.iter_mut() {
        *id = fuser.resolved(*id);
        fuser.real(*id);
    }
    Ok(fuser.left)
}

impl Fuser<'_> {
    fn tensor(&self, id: TensorId) -> &Tensor {
        self.build.tensor(id)
    }

    fn resolved(&self, id: TensorId) -> TensorId {
        self.alias
            .get(id.0 as usize)
            .copied()
            .flatten()
            .unwrap_or(id)
    }

    fn twin(&self, id: TensorId) -> Option<TensorId> {
        self.twins.get(id.0 as usize).copied().flatten()
    }

    fn step(&mut self, op: Op) -> Read<()> {
        let (input, output) = (op.inputs[0], op.outputs[0]);
        match op.kind {
            OpKind::Dequantize => {
                let codes = self.resolved(input);
                self.twins[output.0 as usize] = Some(codes);
                return Ok(());
            }
            OpKind::Quantize if self.tensor(input).dtype == DType::F32 => {
                if let Some(twin) = self.twin(input) {
                    if self.tensor(twin).quant == self.tensor(output).quant {
                        if twin != output {
                            self.alias[output.0 as usize] = Some(twin);
                        }
                    } else {
                        self.write(OpKind::Quantize, vec![twin], output);
                    }
                    return Ok(());
                }
            }
            _ if self.tensor(output).dtype == DType::F32 => {
                let has_twin = |&id: &TensorId| self.twin(id).is_some() || self.is_constant(id);
                let quantised = op.inputs.iter().all(has_twin)
                    && op.inputs.iter().any(|&id| self.twin(id).is_some());
                if quantised {
                    if self.on_codes(&op)? {
                        return Ok(());
                    }
                    if self.target(output, MOST_HOPS).is_some() {
                        self.left.push(op.source_index);
                    }
                }
            }
            _ => {}
        }
        self.as_real(op)
    }

    fn is_constant(&self, id: TensorId) -> bool {
        self.tensor(id).is_constant()
    }

    /// Writes an operator as it was, on operands that are brought up to date.
    fn as_real(&mut self, mut op: Op) -> Read<()> {
        for id in &mut op.inputs {
            *id = self.resolved(*id);
            *id = if self.is_constant(*id) && self.tensor(op.outputs[0]).dtype == DType::F32 {
                self.dequantised(*id)?
            } else {
                self.real(*id);
                *id
            };
        }
        for slot in parameters(&mut op.kind) {
            *slot = self.dequantised(*slot)?;
        }
        let output = op.outputs[0];
        self.write(op.kind, op.inputs, output);
        Ok(())
    }

    /// Makes sure that a tensor has a value: dequantises its twin if nothing else wrote it.
    fn real(&mut self, id: TensorId) {
        if !self.present[id.0 as usize]
            && let Some(twin) = self.twin(id)
        {
            self.write(OpKind::Dequantize, vec![twin], id);
        }
    }

    /// A constant without codes.
    fn dequantised(&mut self, id: TensorId) -> Read<TensorId> {
        let tensor = self.tensor(id);
        let (Some(_), Some(data)) = (&tensor.quant, &tensor.data) else {
            return Ok(id);
        };
        let constant = Constant {
            shape: tensor.shape.clone(),
            data: data.clone(),
            quant: tensor.quant.clone(),
        };
        let name = tensor.name.clone();
        let constant = constant.real()?;
        self.constant(&name, &constant)
    }

    fn constant(&mut self, name: &str, constant: &Constant) -> Read<TensorId> {
        let id = self.build.constant(name, constant)?;
        self.present.push(true);
        Ok(id)
    }

    fn write(&mut self, kind: OpKind, inputs: Vec<TensorId>, output: TensorId) {
        self.present[output.0 as usize] = true;
        self.build.ops.push(Op {
            kind,
            inputs,
            outputs: vec![output],
            source_index: self.build.source,
        });
    }

    /// The codes that all readers of `id` turn it into; `None` when one of them reads real numbers.
    fn target(&self, id: TensorId, hops: usize) -> Option<Target> {
        if self.outputs.contains(&id) || hops == 0 {
            return None;
        }
        let mut found: Option<Target> = None;
        for &reader in self.readers.get(id.0 as usize)? {
            let op = &self.old[reader];
            let output = op.outputs[0];
            let target = match op.kind {
                OpKind::Quantize => Target {
                    quant: self.tensor(output).quant.clone()?,
                    tensor: Some(output),
                },
                OpKind::Reshape | OpKind::Transpose { .. } => Target {
                    tensor: None,
                    ..self.target(output, hops - 1)?
                },
                _ => return None,
            };
            match &mut found {
                None => found = Some(target),
                Some(found) if found.quant == target.quant => {
                    found.tensor = found.tensor.or(target.tensor);
                }
                Some(_) => return None,
            }
        }
        found
    }

    /// Writes `op` on codes with the given quantisation of its result, into the tensor of `target` if that is the same.
    fn emit(
        &mut self,
        op: &Op,
        kind: OpKind,
        inputs: Vec<TensorId>,
        quant: &Quantization,
        target: Option<&Target>,
    ) -> Read<bool> {
        let real = op.outputs[0];
        let same = target.filter(|t| t.quant == *quant).and_then(|t| t.tensor);
        let output = if let Some(output) = same {
            output
        } else {
            let tensor = self.tensor(real);
            let (name, shape) = (tensor.name.clone(), tensor.shape.clone());
            let source = tensor.source_index;
            let id = self
                .build
                .add(&name, shape, DType::I8, Some(quant.clone()))?;
            self.build.tensors[id.0 as usize].source_index = source;
            self.present.push(false);
            id
        };
        self.twins[real.0 as usize] = Some(output);
        self.write(kind, inputs, output);
        Ok(true)
    }

    /// Tries to write an operator on the codes of its operands.
    fn on_codes(&mut self, op: &Op) -> Read<bool> {
        let target = self.target(op.outputs[0], MOST_HOPS);
        let first = self.twin(op.inputs[0]).unwrap_or(op.inputs[0]);
        let Some(own) = self.tensor(first).quant.clone() else {
            return Ok(false);
        };
        let kind = op.kind.clone();
        let moves = match &kind {
            OpKind::MaxPool2d(_)
            | OpKind::ReduceMax(_)
            | OpKind::Slice(_)
            | OpKind::Reshape
            | OpKind::Transpose { .. } => true,
            OpKind::Pad(pad) => !matches!(pad.fill, PadFill::Constant(_)) || target.is_some(),
            OpKind::Resize(resize) => {
                resize.interpolation == Interpolation::Nearest || target.is_some()
            }
            OpKind::AveragePool2d(_) => target.is_some(),
            _ => false,
        };
        if moves {
            return self.emit(op, kind, vec![first], &own, target.as_ref());
        }
        if matches!(
            kind,
            OpKind::Concatenation { .. } | OpKind::Combine(Combine::Maximum | Combine::Minimum)
        ) {
            return self.joined(op, target.as_ref());
        }
        let Some(target) = target else {
            return Ok(false);
        };
        let fixed = |(scale, zero)| Quantization::per_tensor(scale, zero);
        match &kind {
            OpKind::Conv2d(_)
            | OpKind::DepthwiseConv2d(_)
            | OpKind::TransposeConv2d(_)
            | OpKind::FullyConnected(_) => self.weighted(op, first, &own, &target),
            OpKind::Add(_) | OpKind::Combine(_) => {
                let mut inputs = Vec::with_capacity(2);
                for &id in &op.inputs {
                    match self.operand(id)? {
                        Some(codes) => inputs.push(codes),
                        None => return Ok(false),
                    }
                }
                self.emit(op, kind, inputs, &target.quant, Some(&target))
            }
            OpKind::Unary(Function::Logistic) | OpKind::Softmax { .. } => {
                self.emit(op, kind, vec![first], &fixed(UNIT), Some(&target))
            }
            OpKind::Unary(Function::Tanh) => {
                self.emit(op, kind, vec![first], &fixed(BIPOLAR), Some(&target))
            }
            OpKind::Unary(_) | OpKind::Mean(_) | OpKind::Sum(_) => {
                self.emit(op, kind, vec![first], &target.quant, Some(&target))
            }
            OpKind::Prelu { slopes } => {
                let slopes = self.slopes(*slopes)?;
                self.emit(
                    op,
                    OpKind::Prelu { slopes },
                    vec![first],
                    &target.quant,
                    Some(&target),
                )
            }
            _ => Ok(false),
        }
    }

    /// The codes of an operand of a sum, difference or product: its twin, constant codes, or a number as its own code.
    fn operand(&mut self, id: TensorId) -> Read<Option<TensorId>> {
        if let Some(twin) = self.twin(id) {
            return Ok(Some(twin));
        }
        let tensor = self.tensor(id);
        if tensor.dtype == DType::I8 && tensor.scale_zero().is_some() {
            return Ok(Some(id));
        }
        let Some(Data::F32(values)) = &tensor.data else {
            return Ok(None);
        };
        let [value] = values[..] else {
            return Ok(None);
        };
        let (name, shape) = (tensor.name.clone(), tensor.shape.clone());
        let scale = if value == 0.0 {
            1.0
        } else {
            value.abs() / 127.0
        };
        let code = if value == 0.0 {
            0
        } else {
            127 * value.signum() as i8
        };
        self.codes(
            &name,
            &shape,
            vec![code],
            Quantization::per_tensor(scale, 0),
        )
        .map(Some)
    }

    fn codes(
        &mut self,
        name: &str,
        shape: &[usize],
        codes: Vec<i8>,
        quant: Quantization,
    ) -> Read<TensorId> {
        let mut constant = Constant::new(shape, Data::I8(codes.into()));
        constant.quant = Some(quant);
        self.constant(name, &constant)
    }

    /// Slopes as codes, symmetric.
    fn slopes(&mut self, id: TensorId) -> Read<TensorId> {
        let tensor = self.tensor(id);
        let Some(Data::F32(values)) = &tensor.data else {
            return Ok(id);
        };
        let most = values.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
        let scale = if most > 0.0 { most / 127.0 } else { 1.0 };
        let codes = values.iter().map(|v| (v / scale).round() as i8).collect();
        let (name, shape) = (tensor.name.clone(), tensor.shape.clone());
        self.codes(&name, &shape, codes, Quantization::per_tensor(scale, 0))
    }

    /// Operators that compare or join codes: all operands are brought to one scale first.
    fn joined(&mut self, op: &Op, target: Option<&Target>) -> Read<bool> {
        let twins: Vec<TensorId> = op.inputs.iter().filter_map(|&id| self.twin(id)).collect();
        let own = twins.first().and_then(|&id| self.tensor(id).quant.clone());
        let Some(own) = own else {
            return Ok(false);
        };
        let equal = twins
            .iter()
            .all(|&id| self.tensor(id).quant.as_ref() == Some(&own));
        let quant = match target {
            Some(target) if !equal || twins.len() < op.inputs.len() => target.quant.clone(),
            _ if equal => own,
            _ => return Ok(false),
        };
        let joins = matches!(op.kind, OpKind::Concatenation { .. });
        let mut inputs = Vec::with_capacity(op.inputs.len());
        for &id in &op.inputs {
            let Some(twin) = self.twin(id) else {
                let tensor = self.tensor(id);
                if tensor.quant.as_ref() == Some(&quant) && tensor.dtype == DType::I8 {
                    inputs.push(id);
                    continue;
                }
                let constant = self.dequantised(id)?;
                let tensor = self.tensor(constant);
                let (Some(Data::F32(values)), false) = (&tensor.data, joins) else {
                    return Ok(false);
                };
                // A bound beyond the codes bounds nothing, and neither does the last code.
                let (scale, zero) = (quant.scale(0), quant.zero_points[0]);
                let codes = values.iter().map(|&v| {
                    let code = (v / scale).round() as i32;
                    code.saturating_add(zero).clamp(-128, 127) as i8
                });
                let codes = codes.collect();
                let (name, shape) = (tensor.name.clone(), tensor.shape.clone());
                inputs.push(self.codes(&name, &shape, codes, quant.clone())?);
                continue;
            };
            if self.tensor(twin).quant.as_ref() == Some(&quant) {
                inputs.push(twin);
                continue;
            }
            let tensor = self.tensor(twin);
            let (name, shape) = (tensor.name.clone(), tensor.shape.clone());
            let rescaled = self
                .build
                .add(&name, shape, DType::I8, Some(quant.clone()))?;
            self.present.push(false);
            self.write(OpKind::Quantize, vec![twin], rescaled);
            inputs.push(rescaled);
        }
        self.emit(op, op.kind.clone(), inputs, &quant, target)
    }

    /// Convolutions and matrix products: constant int8 weights, and a bias in steps of input scale times weight scale.
    fn weighted(
        &mut self,
        op: &Op,
        input: TensorId,
        own: &Quantization,
        target: &Target,
    ) -> Read<bool> {
        let Some((weights, bias)) = op.kind.parameters() else {
            return Ok(false);
        };
        let Some(quant) = self.tensor(weights).quant.clone() else {
            return Ok(false);
        };
        let (from, to) = (f64::from(own.scale(0)), f64::from(target.quant.scale(0)));
        let most = quant
            .scales
            .iter()
            .fold(0.0_f64, |m, &s| m.max(f64::from(s)));
        if self.tensor(weights).dtype != DType::I8 || from * most / to >= f64::from(1 << 30) {
            return Ok(false);
        }
        let mut kind = op.kind.clone();
        if let Some(bias) = bias {
            let Some(fresh) = self.bias(bias, from, &quant)? else {
                return Ok(false);
            };
            for slot in parameters(&mut kind).into_iter().skip(1) {
                *slot = fresh;
            }
        }
        self.emit(op, kind, vec![input], &target.quant, Some(target))
    }

    fn bias(
        &mut self,
        id: TensorId,
        input_scale: f64,
        weights: &Quantization,
    ) -> Read<Option<TensorId>> {
        let tensor = self.tensor(id);
        let steps: Vec<f64> = weights
            .scales
            .iter()
            .map(|&s| f64::from(s) * input_scale)
            .collect();
        let step = |c: usize| steps[if steps.len() == 1 { 0 } else { c }];
        if let (Some(quant), Some(_)) = (&tensor.quant, tensor.data.as_ref().and_then(Data::as_i32))
        {
            let channels = tensor.elements();
            let close = |c| (f64::from(quant.scale(c)) / step(c) - 1.0).abs() < 1e-5;
            if quant.scales.len().max(steps.len()) <= channels && (0..channels).all(close) {
                return Ok(Some(id));
            }
        }
        let real = self.dequantised(id)?;
        let tensor = self.tensor(real);
        let Some(Data::F32(values)) = &tensor.data else {
            return Ok(None);
        };
        let codes = values.iter().enumerate();
        let codes = codes
            .map(|(c, &v)| (f64::from(v) / step(c)).round() as i32)
            .collect();
        let (name, shape) = (tensor.name.clone(), tensor.shape.clone());
        let mut constant = Constant::new(&shape, Data::I32(codes));
        constant.quant = Some(Quantization {
            scales: steps.iter().map(|&s| s as f32).collect(),
            zero_points: vec![0; steps.len()],
            axis: 0,
        });
        self.constant(&name, &constant).map(Some)
    }
}

/// The constant operands inside a kind: weights, then bias; or slopes.
pub(super) fn parameters(kind: &mut OpKind) -> Vec<&mut TensorId> {
    let (first, second) = match kind {
        OpKind::Conv2d(op) => (&mut op.weights, op.bias.as_mut()),
        OpKind::DepthwiseConv2d(op) => (&mut op.weights, op.bias.as_mut()),
        OpKind::TransposeConv2d(op) => (&mut op.weights, op.bias.as_mut()),
        OpKind::FullyConnected(op) => (&mut op.weights, op.bias.as_mut()),
        OpKind::Prelu { slopes } => (slopes, None),
        _ => return Vec::new(),
    };
    [first].into_iter().chain(second).collect()
}
