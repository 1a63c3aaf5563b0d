//! TensorFlow Lite Micro's arena: the head, where activations lie, as its greedy memory planner packs it.
//!
//! tensorflow/tflite-micro, `micro_allocation_info.cc` (lifetimes) and `memory_planner/greedy_memory_planner.cc`: every
//! tensor of the file that is no constant gets a buffer of its size rounded up to 16 bytes; buffers are placed from the
//! largest down, of equal ones the later first, each at the lowest gap between buffers that are alive with it. Scratch
//! that a few kernels ask for is left out; in none of the networks at hand is it alive at the peak.

use super::account::{Account, Share};
use crate::import::View;

/// Alignment of every buffer.
const ALIGNMENT: usize = 16;
const NAME: &str = "TensorFlow Lite Micro";
const COUNTS: &str = "The head of the arena: all tensors of the file as its greedy planner packs them, 16-byte aligned, \
                      PAD, RESHAPE and the float border included; the tail, where the interpreter lies, is not counted.";

/// A buffer to be placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buffer {
    /// Size in bytes, a multiple of the alignment.
    pub bytes: usize,
    /// When it is first in use.
    pub first: usize,
    /// When it is last in use.
    pub last: usize,
}

impl Buffer {
    const fn meets(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// The head for the file as it stands; `None` where the size of a tensor is not known.
pub fn head(view: &View) -> Option<Account> {
    let (names, buffers) = buffers(view)?;
    let offsets = greedy(&buffers);
    let ends = buffers.iter().zip(&offsets).map(|(b, o)| o + b.bytes);
    let head = ends.clone().max().unwrap_or(0);
    // The fullest moment of a buffer that reaches the top; the rest of the head is gaps.
    let live = |time: usize| -> usize {
        let alive = buffers.iter().filter(|b| b.first <= time && time <= b.last);
        alive.map(|b| b.bytes).sum()
    };
    let highest = buffers.iter().zip(ends).filter(|(_, end)| *end == head);
    let times = highest.flat_map(|(b, _)| b.first..=b.last);
    let time = times.max_by_key(|&time| (live(time), std::cmp::Reverse(time)));
    let time = time.unwrap_or(0);
    let alive = buffers.iter().zip(&names);
    let alive = alive.filter(|(b, _)| b.first <= time && time <= b.last);
    let mut parts: Vec<Share> = alive
        .map(|(buffer, name)| Share {
            name: name.clone(),
            bytes: buffer.bytes,
        })
        .collect();
    let gaps = head - live(time);
    if gaps > 0 {
        parts.push(Share {
            name: "gaps".into(),
            bytes: gaps,
        });
    }
    Some(Account {
        name: NAME,
        counts: COUNTS,
        peak_bytes: head,
        parts,
        step: time.saturating_sub(2),
    })
}

/// Names and buffers of all tensors that need one, in the file's order. Time 0 is nobody's: tensors that nothing uses live
/// then. The inputs begin at 1, operator `i` runs at `i + 2`.
fn buffers(view: &View) -> Option<(Vec<String>, Vec<Buffer>)> {
    let mut lives: Vec<Option<[usize; 2]>> = vec![None; view.tensors.len()];
    let mut touch = |tensor: u32, at: usize| {
        if let Some(life) = lives.get_mut(tensor as usize) {
            let life = life.get_or_insert([at, at]);
            *life = [life[0].min(at), life[1].max(at)];
        }
    };
    for &tensor in &view.inputs {
        touch(tensor, 1);
    }
    for (at, op) in view.operators.iter().enumerate() {
        for &tensor in op.outputs.iter().chain(&op.inputs) {
            touch(tensor, at + 2);
        }
    }
    for &tensor in &view.outputs {
        touch(tensor, view.operators.len() + 1);
    }
    let mut names = Vec::new();
    let mut buffers = Vec::new();
    for (index, (tensor, life)) in view.tensors.iter().zip(lives).enumerate() {
        let bytes = tensor.bytes?;
        if tensor.constant || bytes == 0 {
            continue;
        }
        let [first, last] = life.unwrap_or([0, 0]);
        names.push(format!("tensor {index}"));
        buffers.push(Buffer {
            bytes: usize::try_from(bytes)
                .ok()?
                .checked_next_multiple_of(ALIGNMENT)?,
            first,
            last,
        });
    }
    Some((names, buffers))
}

/// Offsets as TFLM's greedy planner gives them.
pub fn greedy(buffers: &[Buffer]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..buffers.len()).rev().collect();
    order.sort_by_key(|&i| std::cmp::Reverse(buffers[i].bytes));
    let mut offsets = vec![0_usize; buffers.len()];
    // Placed buffers by rising offset, of equal ones in the order they were placed.
    let mut placed: Vec<usize> = Vec::with_capacity(buffers.len());
    for &wanted in &order {
        let buffer = &buffers[wanted];
        let mut candidate = 0_usize;
        for &other in placed.iter().filter(|&&other| buffers[other].meets(buffer)) {
            if offsets[other].saturating_sub(candidate) >= buffer.bytes
                && offsets[other] >= candidate
            {
                break;
            }
            candidate = candidate.max(offsets[other] + buffers[other].bytes);
        }
        offsets[wanted] = candidate;
        let at = placed.partition_point(|&other| offsets[other] <= candidate);
        placed.insert(at, wanted);
    }
    offsets
}
