//! Packing problems in the text format of `MiniMalloc`'s benchmarks: a line `id,lower,upper,size` for each buffer, `upper`
//! exclusive.

use super::Block;

/// Most lines that are read.
const MOST_LINES: usize = 100_000;

/// Why a text is no packing problem. Lines are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CsvError {
    /// The first line names other columns.
    #[error("line 1: the columns are not id,lower,upper,size")]
    Columns,
    /// A line that is no buffer.
    #[error("line {line}: not an id and three whole numbers, the second above the first")]
    Line {
        /// Which line.
        line: usize,
    },
    /// More buffers than a problem can have.
    #[error("more than {MOST_LINES} lines")]
    TooLong,
}

/// The blocks of a problem, in the order of the text; they may lie at any byte.
///
/// # Errors
/// The first line that is none.
pub fn blocks_from_csv(text: &str) -> Result<Vec<Block>, CsvError> {
    let mut lines = text.lines();
    if lines.next().map(str::trim) != Some("id,lower,upper,size") {
        return Err(CsvError::Columns);
    }
    let mut blocks = Vec::new();
    for (index, line) in lines.enumerate() {
        if index == MOST_LINES {
            return Err(CsvError::TooLong);
        }
        let block = block(line).ok_or(CsvError::Line { line: index + 2 })?;
        blocks.push(block);
    }
    Ok(blocks)
}

fn block(line: &str) -> Option<Block> {
    let mut fields = line.trim().split(',').skip(1);
    let mut number = || fields.next()?.parse::<usize>().ok();
    let (lower, upper, bytes) = (number()?, number()?, number()?);
    (lower < upper).then(|| Block::new(bytes, 1, lower, upper - 1))
}

#[cfg(test)]
mod tests {
    use super::{Block, CsvError, blocks_from_csv};

    #[test]
    fn the_end_of_a_life_is_exclusive_there_and_inclusive_here() {
        let blocks = blocks_from_csv("id,lower,upper,size\nb1,0,3,4\nb2,3,9,5\n");
        assert_eq!(
            blocks,
            Ok(vec![Block::new(4, 1, 0, 2), Block::new(5, 1, 3, 8)])
        );
    }

    #[test]
    fn what_is_no_buffer_is_refused_with_its_line() {
        assert_eq!(blocks_from_csv(""), Err(CsvError::Columns));
        for bad in ["b,3,3,4", "b,1,2", "b,-1,2,3", "b,1,2,x"] {
            let text = format!("id,lower,upper,size\na,0,1,1\n{bad}\n");
            assert_eq!(blocks_from_csv(&text), Err(CsvError::Line { line: 3 }));
        }
    }
}
