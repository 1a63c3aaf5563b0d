//! The file in the making: names, constants, and the border between codes and real numbers.

use super::layout::{permuted, same_order, stored};
use super::proto;
use crate::export::names::Names;
use crate::format::onnx::{AttributeProto, GraphProto, NodeProto};
use crate::graph::{Activation, DType, Data, Graph, Quantization, Tensor, TensorId};

/// Collects nodes. A tensor of the graph has a stored value (codes where it is int8) and, once an operator reads it, a
/// real one.
pub(super) struct Builder<'g> {
    pub graph: &'g Graph,
    names: Names,
    stored: Vec<Option<String>>,
    real: Vec<Option<String>>,
    proto: GraphProto,
}

impl<'g> Builder<'g> {
    pub fn new(graph: &'g Graph) -> Self {
        let mut builder = Self {
            graph,
            names: Names::default(),
            stored: vec![None; graph.tensors.len()],
            real: vec![None; graph.tensors.len()],
            proto: GraphProto {
                name: Names::default().unique(&graph.name, "network"),
                ..GraphProto::default()
            },
        };
        for &id in &graph.inputs {
            let (name, tensor) = (builder.name_of(id), graph.tensor(id));
            let info = proto::value_info(&name, tensor.dtype, &stored(&tensor.shape));
            builder.proto.input.push(info);
        }
        builder
    }

    /// Names the outputs. One that no node makes, or that is asked for twice, gets a node of its own.
    pub fn finish(mut self) -> GraphProto {
        for (index, &id) in self.graph.outputs.iter().enumerate() {
            let tensor = self.graph.tensor(id);
            let mut name = self.name_of(id);
            if tensor.is_constant() && self.stored_constant(id) != name {
                name = self.fresh("constant");
            }
            let made = self.graph.producer(id).is_some();
            if !made || self.graph.outputs[..index].contains(&id) {
                name = self.node("Identity", vec![name], Vec::new());
            }
            let info = proto::value_info(&name, tensor.dtype, &stored(&tensor.shape));
            self.proto.output.push(info);
        }
        self.proto
    }

    fn fresh(&mut self, wanted: &str) -> String {
        self.names.unique(wanted, "value")
    }

    /// The name of a tensor's stored value.
    fn name_of(&mut self, id: TensorId) -> String {
        let slot = id.0 as usize;
        if let Some(name) = &self.stored[slot] {
            return name.clone();
        }
        let wanted = &self.graph.tensor(id).name;
        let name = self.names.unique(wanted, &format!("tensor_{slot}"));
        self.stored[slot] = Some(name.clone());
        name
    }

    /// Adds a node; returns the name of its output.
    pub fn node(
        &mut self,
        op_type: &str,
        inputs: Vec<String>,
        attributes: Vec<AttributeProto>,
    ) -> String {
        let name = self.fresh(&format!("{op_type}_{}", self.proto.node.len()));
        self.proto.node.push(NodeProto {
            input: inputs,
            output: vec![name.clone()],
            name: name.clone(),
            op_type: op_type.into(),
            attribute: attributes,
            ..NodeProto::default()
        });
        name
    }

    /// Adds a constant; `dims` in the file's order.
    pub fn constant(&mut self, wanted: &str, dims: &[usize], data: &Data) -> String {
        let name = self.fresh(wanted);
        let tensor = proto::tensor(&name, dims, data);
        self.proto.initializer.push(tensor);
        name
    }

    /// Constant integers: shapes, axes.
    pub fn integers(&mut self, wanted: &str, values: Vec<i64>) -> String {
        self.constant(wanted, &[values.len()], &Data::I64(values.into()))
    }

    pub fn scalar(&mut self, wanted: &str, value: f32) -> String {
        self.constant(wanted, &[], &Data::F32([value].into()))
    }

    /// Adds the stored value of a constant tensor if it is not there yet; returns its name.
    fn stored_constant(&mut self, id: TensorId) -> String {
        let tensor = self.graph.tensor(id);
        let name = self.name_of(id);
        let known = self.proto.initializer.iter().any(|t| t.name == name);
        if let Some(data) = tensor.data.as_ref().filter(|_| !known) {
            let axes = super::layout::axes(tensor.shape.len());
            let data = permuted(data, &tensor.shape, &axes);
            let tensor = proto::tensor(&name, &stored(&tensor.shape), &data);
            self.proto.initializer.push(tensor);
        }
        name
    }

    /// The stored value of a tensor, in the file's order.
    pub fn codes(&mut self, id: TensorId) -> String {
        if self.graph.tensor(id).is_constant() {
            self.stored_constant(id)
        } else {
            self.name_of(id)
        }
    }

    /// The real value of a tensor, in the file's order.
    pub fn read(&mut self, id: TensorId) -> Result<String, String> {
        let slot = id.0 as usize;
        if let Some(name) = &self.real[slot] {
            return Ok(name.clone());
        }
        let tensor = self.graph.tensor(id);
        let stored = self.codes(id);
        let name = match (&tensor.quant, tensor.dtype) {
            (Some(quant), DType::I8) => {
                let rank = tensor.shape.len();
                let axis = super::layout::stored_axis(rank, quant.axis);
                self.dequantized(stored, &tensor.name, quant, DType::I8, axis)
            }
            (_, DType::F32) => stored,
            (_, dtype) => return Err(format!("it reads a tensor of type {dtype:?}")),
        };
        self.real[slot] = Some(name.clone());
        Ok(name)
    }

    /// Real numbers for codes.
    pub fn dequantized(
        &mut self,
        codes: String,
        label: &str,
        quant: &Quantization,
        dtype: DType,
        axis: usize,
    ) -> String {
        let (inputs, attributes) = self.border(codes, label, quant, dtype, axis);
        self.node("DequantizeLinear", inputs, attributes)
    }

    /// Inputs and attributes of `QuantizeLinear` and `DequantizeLinear`.
    fn border(
        &mut self,
        value: String,
        label: &str,
        quant: &Quantization,
        dtype: DType,
        axis: usize,
    ) -> (Vec<String>, Vec<AttributeProto>) {
        let count = quant.scales.len();
        let dims: &[usize] = if count == 1 { &[] } else { &[count] };
        let scales = Data::F32(quant.scales.clone().into());
        let points = match dtype {
            DType::I32 => Data::I32(quant.zero_points.clone().into()),
            _ => Data::I8(quant.zero_points.iter().map(|&z| z as i8).collect()),
        };
        let scales = self.constant(&format!("{label}_scale"), dims, &scales);
        let points = self.constant(&format!("{label}_zero_point"), dims, &points);
        let attributes = if count == 1 {
            Vec::new()
        } else {
            vec![proto::int("axis", axis as i64)]
        };
        (vec![value, scales, points], attributes)
    }

    /// Gives a real value to a tensor of the graph: quantised if the tensor is int8.
    pub fn write(&mut self, real: String, id: TensorId) -> Result<(), String> {
        let tensor = self.graph.tensor(id);
        match (&tensor.quant, tensor.dtype) {
            (Some(quant), DType::I8) => {
                let rank = tensor.shape.len();
                let axis = super::layout::stored_axis(rank, quant.axis);
                let (inputs, attributes) = self.border(real, &tensor.name, quant, DType::I8, axis);
                let codes = self.node("QuantizeLinear", inputs, attributes);
                self.write_codes(codes, id);
            }
            (_, DType::F32) => self.write_codes(real, id),
            (_, dtype) => return Err(format!("it makes a tensor of type {dtype:?}")),
        }
        Ok(())
    }

    /// Gives a stored value to a tensor of the graph.
    pub fn write_codes(&mut self, value: String, id: TensorId) {
        let name = self.name_of(id);
        let last = self.proto.node.last().map(|node| &node.output[0]);
        // The node may carry the tensor's name only if its own is that of no other tensor.
        if last == Some(&value) && !self.stored.iter().flatten().any(|n| *n == value) {
            for known in self.real.iter_mut().flatten().filter(|n| **n == value) {
                known.clone_from(&name);
            }
        } else {
            self.node("Identity", vec![value], Vec::new());
        }
        if let Some(node) = self.proto.node.last_mut() {
            node.output = vec![name];
        }
    }

    /// A fused activation as a node of its own.
    pub fn activated(&mut self, real: String, activation: Activation) -> String {
        match activation {
            Activation::None => real,
            Activation::Relu => self.node("Relu", vec![real], Vec::new()),
            Activation::Relu6 => self.clipped(real, 0.0, 6.0),
            Activation::ReluN1To1 => self.clipped(real, -1.0, 1.0),
        }
    }

    pub fn clipped(&mut self, real: String, low: f32, high: f32) -> String {
        let (low, high) = (self.scalar("low", low), self.scalar("high", high));
        self.node("Clip", vec![real, low, high], Vec::new())
    }

    /// `real`, of the graph's shape `from`, with the graph's shape `to`: the order of elements is the graph's.
    pub fn reshaped(&mut self, real: String, from: &[usize], to: &[usize]) -> String {
        if from == to {
            return real;
        }
        let mut value = real;
        if !same_order(from) {
            let nhwc = vec![proto::ints("perm", [0, 2, 3, 1])];
            value = self.node("Transpose", vec![value], nhwc);
        }
        let direct = same_order(to);
        let dims = if direct { stored(to) } else { to.to_vec() };
        let shape = self.integers("shape", dims.iter().map(|&d| d as i64).collect());
        value = self.node("Reshape", vec![value, shape], Vec::new());
        if !direct {
            let nchw = vec![proto::ints("perm", [0, 3, 1, 2])];
            value = self.node("Transpose", vec![value], nchw);
        }
        value
    }

    /// An operand that is broadcast to `rank` dimensions.
    pub fn operand(&mut self, id: TensorId, rank: usize) -> Result<String, String> {
        let tensor = self.graph.tensor(id);
        // Other layouts have their last dimensions last, and ONNX broadcasts from there on too.
        if rank != 4 || tensor.shape.len() >= 4 {
            return self.read(id);
        }
        let mut shape = vec![1; 4 - tensor.shape.len()];
        shape.extend(&tensor.shape);
        if let (Some(data), true) = (
            &tensor.data,
            tensor.scale_zero().is_some() || tensor.quant.is_none(),
        ) {
            let moved = permuted(data, &shape, &super::layout::axes(4));
            return self.moved(tensor, &stored(&shape), &moved, 0);
        }
        let real = self.read(id)?;
        Ok(self.reshaped(real, &tensor.shape, &shape))
    }

    /// The real value of a constant whose elements were moved; `axis` is that of its scales in the file.
    pub fn moved(
        &mut self,
        tensor: &Tensor,
        dims: &[usize],
        data: &Data,
        axis: usize,
    ) -> Result<String, String> {
        let name = self.constant(&tensor.name, dims, data);
        match (&tensor.quant, tensor.dtype) {
            (Some(quant), DType::I8) => {
                Ok(self.dequantized(name, &tensor.name, quant, DType::I8, axis))
            }
            (_, DType::F32) => Ok(name),
            (_, dtype) => Err(format!("it has a constant of type {dtype:?}")),
        }
    }
}
