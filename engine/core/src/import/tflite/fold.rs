//! Constants computed at import: what only moves elements, and weights that are stored smaller than they are used.

use super::ops::Step;
use super::tensors::{Problem, Tensors};
use crate::graph::{DType, Data, OpKind, Slice, Tensor};

/// Computes `step` now, if it reads only constants and does no arithmetic but DEQUANTIZE. Returns whether it did.
///
/// # Errors
/// When the file would unfold to many times its size.
pub(super) fn evaluate(tensors: &mut Tensors<'_>, step: &Step) -> Result<bool, Problem> {
    let inputs: Vec<&Tensor> = (step.inputs.iter())
        .map(|id| &tensors.done[id.0 as usize])
        .collect();
    let Some(data) = inputs
        .iter()
        .map(|t| t.data.as_ref())
        .collect::<Option<Vec<_>>>()
    else {
        return Ok(false);
    };
    let output = &tensors.done[step.output.0 as usize];
    // A reshaped constant shares its data.
    if !matches!(step.kind, OpKind::Reshape) {
        tensors.buffers.spend(output.bytes())?;
    }
    let result = match &step.kind {
        OpKind::Reshape => Some(data[0].clone()),
        OpKind::Slice(slice) => Some(cut(data[0], &inputs[0].shape, slice)),
        OpKind::Transpose { permutation } => {
            Some(transpose(data[0], &inputs[0].shape, permutation))
        }
        OpKind::Concatenation { axis } => {
            let shapes: Vec<&[usize]> = inputs.iter().map(|t| t.shape.as_slice()).collect();
            join(&data, &shapes, *axis)
        }
        OpKind::Dequantize => dequantise(inputs[0]),
        _ => None,
    };
    let Some(result) = result else {
        return Ok(false);
    };
    let output = &mut tensors.done[step.output.0 as usize];
    output.data = Some(result);
    Ok(true)
}

/// The real numbers that a constant stands for; `None` when it is neither float32 nor quantised int8.
pub(super) fn dequantise(tensor: &Tensor) -> Option<Data> {
    match (tensor.data.as_ref()?, &tensor.quant) {
        (data @ Data::F32(_), _) => Some(data.clone()),
        (Data::I8(codes), Some(quant)) => {
            let inner: usize = tensor.shape.iter().skip(quant.axis + 1).product();
            let channels = quant.scales.len();
            let real = |(index, &code): (usize, &i8)| {
                let channel = index / inner.max(1) % channels;
                let zero_point = quant.zero_points[channel];
                quant.scales[channel] * (i32::from(code) - zero_point) as f32
            };
            Some(Data::F32(codes.iter().enumerate().map(real).collect()))
        }
        _ => None,
    }
}

/// Elements from one index to the next along each axis, in row-major order.
fn steps(shape: &[usize]) -> Vec<isize> {
    let mut step = 1;
    let mut steps: Vec<isize> = (shape.iter().rev())
        .map(|&dim| {
            let own = step;
            step *= dim as isize;
            own
        })
        .collect();
    steps.reverse();
    steps
}

fn cut(data: &Data, shape: &[usize], slice: &Slice) -> Data {
    let own = steps(shape);
    let first = slice.begin.iter().zip(&own);
    let first: isize = first.map(|(&b, &s)| b as isize * s).sum();
    let by: Vec<isize> = own
        .iter()
        .zip(&slice.stride)
        .map(|(&o, &s)| o * s)
        .collect();
    each(
        data,
        &View {
            first,
            extent: &slice.extent,
            by: &by,
        },
    )
}

fn transpose(data: &Data, shape: &[usize], permutation: &[usize]) -> Data {
    let own = steps(shape);
    let extent: Vec<usize> = permutation.iter().map(|&p| shape[p]).collect();
    let by: Vec<isize> = permutation.iter().map(|&p| own[p]).collect();
    each(
        data,
        &View {
            first: 0,
            extent: &extent,
            by: &by,
        },
    )
}

/// Elements of a tensor read with a step along each axis.
struct View<'a> {
    first: isize,
    extent: &'a [usize],
    by: &'a [isize],
}

impl View<'_> {
    /// Element `index` of the view.
    fn at(&self, mut index: usize) -> usize {
        let mut at = self.first;
        for (&extent, &by) in self.extent.iter().zip(self.by).rev() {
            at += (index % extent) as isize * by;
            index /= extent;
        }
        at as usize
    }

    fn of<T: Copy>(&self, values: &[T]) -> std::sync::Arc<[T]> {
        let elements = self.extent.iter().product();
        (0..elements).map(|index| values[self.at(index)]).collect()
    }
}

fn each(data: &Data, view: &View<'_>) -> Data {
    match data {
        Data::I8(v) => Data::I8(view.of(v)),
        Data::U8(v) => Data::U8(view.of(v)),
        Data::I16(v) => Data::I16(view.of(v)),
        Data::I32(v) => Data::I32(view.of(v)),
        Data::I64(v) => Data::I64(view.of(v)),
        Data::F32(v) => Data::F32(view.of(v)),
    }
}

fn join(data: &[&Data], shapes: &[&[usize]], axis: usize) -> Option<Data> {
    /// The parts' values if they are all of one type, row by row.
    macro_rules! joined {
        ($kind:ident) => {{
            let parts: Option<Vec<_>> = (data.iter())
                .map(|d| {
                    if let Data::$kind(v) = d {
                        Some(&v[..])
                    } else {
                        None
                    }
                })
                .collect();
            let parts = parts?;
            let rows: usize = shapes[0][..axis].iter().product();
            let mut values = Vec::with_capacity(parts.iter().map(|p| p.len()).sum());
            for row in 0..rows {
                for part in &parts {
                    let width = part.len() / rows;
                    values.extend_from_slice(&part[row * width..][..width]);
                }
            }
            Some(Data::$kind(values.into()))
        }};
    }
    match data[0] {
        Data::I8(_) => joined!(I8),
        Data::U8(_) => joined!(U8),
        Data::I16(_) => joined!(I16),
        Data::I32(_) => joined!(I32),
        Data::I64(_) => joined!(I64),
        Data::F32(_) => joined!(F32),
    }
}

/// The type that a constant of `dtype` has in the graph: float16 is widened.
pub(super) const fn widened(dtype: DType) -> DType {
    match dtype {
        DType::F16 => DType::F32,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Quantization;

    fn numbers(count: i32) -> Data {
        Data::I32((0..count).collect())
    }

    #[test]
    fn slices_and_transposes_take_the_right_elements() {
        let slice = Slice {
            begin: vec![1, 2],
            stride: vec![1, -2],
            extent: vec![2, 2],
        };
        assert_eq!(
            cut(&numbers(12), &[3, 4], &slice),
            Data::I32([6, 4, 10, 8].into())
        );
        assert_eq!(
            transpose(&numbers(6), &[1, 2, 3], &[2, 0, 1]),
            Data::I32([0, 3, 1, 4, 2, 5].into())
        );
        assert_eq!(
            join(&[&numbers(4), &numbers(2)], &[&[2, 2], &[2, 1]], 1),
            Some(Data::I32([0, 1, 0, 2, 3, 1].into()))
        );
        assert_eq!(
            join(&[&numbers(1), &Data::I64([1].into())], &[&[1], &[1]], 0),
            None
        );
    }

    #[test]
    fn weights_are_dequantised_along_their_axis() {
        let tensor = Tensor {
            name: String::new(),
            shape: vec![2, 2, 2],
            dtype: DType::I8,
            quant: Some(Quantization {
                scales: vec![1.0, 0.5],
                zero_points: vec![0, 2],
                axis: 1,
            }),
            data: Some(Data::I8([1, 2, 3, 4, 5, 6, 7, 8].into())),
            source_index: None,
        };
        let real = [1.0, 2.0, 0.5, 1.0, 5.0, 6.0, 2.5, 3.0];
        assert_eq!(dequantise(&tensor), Some(Data::F32(real.into())));
    }
}
