//! What is sent to the program before a run, with the check by which it knows that all of it arrived.

use super::program::Layout;
use crate::error::BoardError;
use crate::firmware::arena_paint;
use crate::protocol::{bytes_of, control, crc32};

/// Bytes of the arena at an offset.
type Write = (usize, Vec<u8>);

/// The launch words, and the input's bytes by their offset in the arena. `head` is sequence, counter, stop step and
/// stop pass. The check covers the arena from the first input's begin to the last one's end; between inputs lies paint.
///
/// # Errors
/// [`BoardError::Model`] when an input does not lie in the arena or is longer than `input`.
pub(super) fn words(
    layout: &Layout,
    arena_bytes: usize,
    input: &[i8],
    head: [u32; 4],
) -> Result<([u32; control::LAUNCH_WORDS], Vec<Write>), BoardError> {
    let outside = || BoardError::Model {
        message: "an input does not lie in the program's arena".to_owned(),
    };
    let mut writes: Vec<Write> = Vec::with_capacity(layout.inputs.len());
    let mut rest = input;
    for &(offset, bytes) in &layout.inputs {
        let (codes, others) = rest.split_at_checked(bytes).ok_or_else(outside)?;
        rest = others;
        if (offset.checked_add(bytes)).is_none_or(|end| end > arena_bytes) {
            return Err(outside());
        }
        writes.push((offset, codes.iter().map(|&code| code as u8).collect()));
    }
    let start = writes.iter().map(|write| write.0).min().unwrap_or(0);
    let end = writes.iter().map(|write| write.0 + write.1.len()).max();
    let end = end.unwrap_or(start);
    let mut covered: Vec<u8> = (start..end)
        .map(|at| arena_paint((at / 4) as u32).to_le_bytes()[at % 4])
        .collect();
    for (offset, codes) in &writes {
        covered[offset - start..][..codes.len()].copy_from_slice(codes);
    }
    let [sequence, counter, step, pass] = head;
    let mut words = [
        sequence,
        counter,
        step,
        pass,
        start as u32,
        (end - start) as u32,
        0,
    ];
    let mut checked = bytes_of(&words[..control::LAUNCH_WORDS - 1]);
    checked.extend(covered);
    words[control::LAUNCH_WORDS - 1] = crc32(&checked);
    Ok((words, writes))
}

#[cfg(test)]
mod tests {
    use super::{Layout, words};

    #[test]
    fn the_check_sees_every_bit_of_words_and_input() {
        let layout = Layout {
            inputs: vec![(16, 5), (4, 3)],
            ..Layout::default()
        };
        let of = |input: &[i8], head| words(&layout, 64, input, head).expect("fits").0;
        let (input, head) = ([1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 3, 4]);
        let first = of(&input, head);
        assert_eq!(first[..6], [1, 2, 3, 4, 4, 17]);
        for bit in 0..64 {
            let mut input = input;
            input[bit / 8] ^= 1_i8.rotate_left(bit as u32 % 8);
            assert_ne!(of(&input, head)[6], first[6]);
        }
        for bit in 0..128 {
            let mut head = head;
            head[bit / 32] ^= 1 << (bit % 32);
            assert_ne!(of(&input, head)[6], first[6]);
        }
    }

    #[test]
    fn an_input_outside_the_arena_is_refused() {
        let layout = |inputs| Layout {
            inputs,
            ..Layout::default()
        };
        for inputs in [vec![(60, 8)], vec![(usize::MAX, 8)], vec![(0, 9)]] {
            assert!(words(&layout(inputs), 64, &[0; 8], [0; 4]).is_err());
        }
    }
}
