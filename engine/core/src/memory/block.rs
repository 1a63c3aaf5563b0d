//! What is to be placed: a buffer with its lifetime, and the gaps in which only a part of it is in use.

/// A buffer to be placed. Times are inclusive on both ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// Size in bytes.
    pub bytes: usize,
    /// Offset must be a multiple of this power of two.
    pub align: usize,
    /// First step at which the buffer is in use.
    pub first: usize,
    /// Last step at which the buffer is in use.
    pub last: usize,
    /// Offset that must be taken, if any.
    pub fixed: Option<usize>,
    /// Times at which only a part of the bytes is in use, by rising time and disjoint, within the lifetime.
    pub gaps: Vec<Gap>,
}

/// A part of a block's lifetime during which only bytes `lower..upper` of the block are in use. An empty window frees
/// the whole block for that time. The gaps of `MiniMalloc`'s problem statement (Moffitt, ASPLOS'23).
///
/// With it an operator's input and output may overlap in one block: before the operator only the input's bytes are in
/// use, after it only the output's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// First step of the gap.
    pub first: usize,
    /// Last step of the gap, inclusive.
    pub last: usize,
    /// First byte of the block that stays in use.
    pub lower: usize,
    /// End, exclusive, of the bytes that stay in use.
    pub upper: usize,
}

/// A stretch of time, inclusive, during which bytes `lower..upper` of a block are in use.
pub(super) type Span = Gap;

impl Block {
    /// A buffer that is whole for its whole life and may lie anywhere.
    pub const fn new(bytes: usize, align: usize, first: usize, last: usize) -> Self {
        Self {
            bytes,
            align,
            first,
            last,
            fixed: None,
            gaps: Vec::new(),
        }
    }

    /// Whether both have bytes in use at some step.
    pub fn meets(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last && !self.apart(other).is_empty()
    }

    /// The times at which some of the bytes are in use, rising.
    pub(super) fn spans(&self) -> impl Iterator<Item = Span> + '_ {
        let whole = |first, last| Span {
            first,
            last,
            lower: 0,
            upper: self.bytes,
        };
        // The stretch before each gap, the gap; in the end what is left.
        let mut from = self.first;
        let ends_in_gap = self.gaps.last().is_some_and(|gap| gap.last == self.last);
        let rest = self.gaps.last().map_or(self.first, |gap| gap.last + 1);
        (self.gaps.iter())
            .flat_map(move |&gap| {
                let before = (from < gap.first).then(|| whole(from, gap.first - 1));
                from = gap.last + 1;
                [before, Some(gap)]
            })
            .chain([(!ends_in_gap).then(|| whole(rest, self.last))])
            .flatten()
            .filter(|span| span.lower < span.upper)
    }

    /// The forbidden differences `self`'s offset − `other`'s offset: open intervals, one for each time both are in use.
    pub(super) fn apart(&self, other: &Self) -> Vec<(isize, isize)> {
        if self.gaps.is_empty() && other.gaps.is_empty() {
            let meet = self.first <= other.last && other.first <= self.last;
            let some = meet && self.bytes > 0 && other.bytes > 0;
            let both = (-(self.bytes as isize), other.bytes as isize);
            return if some { vec![both] } else { Vec::new() };
        }
        let mut found = Vec::new();
        for a in self.spans() {
            let meeting = other
                .spans()
                .filter(|b| a.first <= b.last && b.first <= a.last);
            found.extend(meeting.map(|b| {
                let below = b.lower as isize - a.upper as isize;
                (below, b.upper as isize - a.lower as isize)
            }));
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether lifetime, alignment and gaps make sense.
    pub(super) fn is_possible(&self) -> bool {
        let mut from = self.first;
        self.first <= self.last
            && self.last < usize::MAX
            && self.align.is_power_of_two()
            && self.gaps.iter().all(|gap| {
                let fits = from <= gap.first && gap.first <= gap.last && gap.last <= self.last;
                from = gap.last.saturating_add(1);
                fits && gap.lower <= gap.upper && gap.upper <= self.bytes
            })
    }
}
