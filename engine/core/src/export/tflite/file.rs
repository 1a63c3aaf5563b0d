//! The file as plain values: tensors and operators as the format knows them, before they become bytes.

use crate::export::names::Names;
use crate::format::tflite_schema::tflite::{
    AddOptionsArgs, ConcatenationOptionsArgs, Conv2DOptionsArgs, DepthwiseConv2DOptionsArgs,
    FullyConnectedOptionsArgs, LeakyReluOptionsArgs, MirrorPadOptionsArgs, MulOptionsArgs,
    Pool2DOptionsArgs, ReducerOptionsArgs, ResizeBilinearOptionsArgs,
    ResizeNearestNeighborOptionsArgs, SoftmaxOptionsArgs, StridedSliceOptionsArgs, SubOptionsArgs,
    TransposeConvOptionsArgs,
};
use crate::graph::{DType, Data, Graph, Tensor, TensorId};

/// A whole file.
pub(super) struct File {
    pub name: String,
    /// Names are safe and unique.
    pub tensors: Vec<Tensor>,
    pub ops: Vec<FileOp>,
    pub inputs: Vec<i32>,
    pub outputs: Vec<i32>,
}

/// An operator of the file.
pub(super) struct FileOp {
    /// The format's name of it.
    pub name: &'static str,
    pub options: Options,
    /// Indices into [`File::tensors`].
    pub inputs: Vec<i32>,
    pub output: i32,
}

/// The table of options that goes with an operator.
pub(super) enum Options {
    None,
    Add(AddOptionsArgs),
    Concatenation(ConcatenationOptionsArgs),
    Conv2D(Conv2DOptionsArgs),
    DepthwiseConv2D(DepthwiseConv2DOptionsArgs),
    Dequantize,
    FullyConnected(FullyConnectedOptionsArgs),
    HardSwish,
    LeakyRelu(LeakyReluOptionsArgs),
    MaximumMinimum,
    MirrorPad(MirrorPadOptionsArgs),
    Mul(MulOptionsArgs),
    Pad,
    PadV2,
    Pool2D(Pool2DOptionsArgs),
    Quantize,
    Reducer(ReducerOptionsArgs),
    Reshape(Vec<i32>),
    ResizeBilinear(ResizeBilinearOptionsArgs),
    ResizeNearestNeighbor(ResizeNearestNeighborOptionsArgs),
    Slice,
    Softmax(SoftmaxOptionsArgs),
    StridedSlice(StridedSliceOptionsArgs),
    Sub(SubOptionsArgs),
    Transpose,
    TransposeConv(TransposeConvOptionsArgs),
}

/// Collects a file. Tensors are numbered in the order of their first use.
pub(super) struct Builder<'g> {
    pub graph: &'g Graph,
    /// File index of each tensor of the graph that was used.
    slots: Vec<Option<i32>>,
    names: Names,
    file: File,
}

impl<'g> Builder<'g> {
    pub fn new(graph: &'g Graph) -> Self {
        let mut builder = Self {
            graph,
            slots: vec![None; graph.tensors.len()],
            names: Names::default(),
            file: File {
                name: Names::default().unique(&graph.name, "network"),
                tensors: Vec::new(),
                ops: Vec::new(),
                inputs: Vec::new(),
                outputs: Vec::new(),
            },
        };
        builder.file.inputs = graph.inputs.iter().map(|&id| builder.tensor(id)).collect();
        builder
    }

    pub fn finish(mut self) -> File {
        let outputs = &self.graph.outputs;
        self.file.outputs = outputs.iter().map(|&id| self.tensor(id)).collect();
        self.file
    }

    /// A tensor of the graph.
    pub fn tensor(&mut self, id: TensorId) -> i32 {
        let slot = id.0 as usize;
        if let Some(index) = self.slots[slot] {
            return index;
        }
        let index = self.add(self.graph.tensor(id).clone());
        self.slots[slot] = Some(index);
        index
    }

    /// A tensor that only the file has.
    pub fn add(&mut self, mut tensor: Tensor) -> i32 {
        let index = self.file.tensors.len() as i32;
        tensor.name = self.names.unique(&tensor.name, &format!("tensor_{index}"));
        self.file.tensors.push(tensor);
        index
    }

    /// Constant integers, such as shapes and axes.
    pub fn integers(&mut self, name: &str, shape: &[usize], values: Vec<i32>) -> i32 {
        self.add(Tensor {
            name: name.to_owned(),
            shape: shape.to_vec(),
            dtype: DType::I32,
            quant: None,
            data: Some(Data::I32(values.into())),
            source_index: None,
        })
    }

    /// An activation between two operators that are one in the graph: type and quantisation of `like`.
    pub fn between(&mut self, name: &str, like: &Tensor, shape: Vec<usize>) -> i32 {
        self.add(Tensor {
            name: format!("{}/{name}", like.name),
            shape,
            data: None,
            source_index: None,
            ..like.clone()
        })
    }

    pub fn push(&mut self, name: &'static str, options: Options, inputs: Vec<i32>, output: i32) {
        self.file.ops.push(FileOp {
            name,
            options,
            inputs,
            output,
        });
    }
}
