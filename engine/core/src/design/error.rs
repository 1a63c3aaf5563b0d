//! What can be wrong with a design.

/// Why a text is no design, or a design no network. Text of the file is not quoted, or escaped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DesignError {
    /// The text is too long to be a design.
    #[error("the design is longer than {most} bytes; choose a design, models open by themselves")]
    TooLong {
        /// The limit in bytes.
        most: usize,
    },
    /// The bytes are not text.
    #[error("the design is not text in UTF-8; save it again")]
    NotText,
    /// The text cannot be read as a design.
    #[error("line {line}, column {column}: {why}")]
    Text {
        /// From 1.
        line: usize,
        /// From 1, in characters.
        column: usize,
        /// What is wrong there.
        why: String,
    },
    /// The name or source is empty, too long, or holds characters that cannot be seen.
    #[error(
        "the {what} is empty, too long, or holds characters that cannot be seen; write another"
    )]
    Name {
        /// Which text.
        what: &'static str,
    },
    /// A number is outside of what a design may have.
    #[error("{place}: {what} is {value}, but must be {least} to {most}")]
    Range {
        /// Which part of the design.
        place: String,
        /// Which number.
        what: &'static str,
        /// What it is.
        value: usize,
        /// The least allowed.
        least: usize,
        /// The most allowed.
        most: usize,
    },
    /// A kernel is even, so that symmetric padding would grow the map.
    #[error("{place}: the kernel is {kernel} wide; symmetric padding goes with odd kernels only")]
    EvenKernel {
        /// Which part of the design.
        place: String,
        /// Its taps along an axis.
        kernel: usize,
    },
    /// A residual joins two maps that differ.
    #[error(
        "{place}: its input of {from} cannot be added to its output of {to}; leave the residual out, or keep stride 1 and width"
    )]
    Residual {
        /// Which part of the design.
        place: String,
        /// Height × width × channels of the input.
        from: String,
        /// Height × width × channels of the output.
        to: String,
    },
    /// The window does not fit the map.
    #[error(
        "{place}: its window does not fit a map of {map}; use a smaller kernel or a larger resolution"
    )]
    Window {
        /// Which part of the design.
        place: String,
        /// Height × width × channels of the map.
        map: String,
    },
    /// A map or the weights would be larger than any microcontroller holds.
    #[error("{place}: {what} would have more than {most} elements; make it narrower or smaller")]
    TooLarge {
        /// Which part of the design.
        place: String,
        /// Its output, or all weights so far.
        what: &'static str,
        /// The limit.
        most: usize,
    },
    /// No design of this name comes with the program.
    #[error("no design of this name comes with the program")]
    Unknown,
    /// There is nothing in it.
    #[error("the design has neither stem nor blocks nor head: add a block")]
    Empty,
}
