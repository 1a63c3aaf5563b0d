//! The descent: parts, the items of a part in turn, one item placed and taken back.

use super::{Change, Search, Status, Watch};

/// Sections, the end exclusive.
type Range = (usize, usize);

/// The caller is asked whether to go on when this many more placements have been tried.
const WATCH_EVERY: u64 = 1024;

/// Most cuts that are made at once; parts that stay together are merely searched together.
const MOST_CUTS: usize = 8;

impl Search<'_> {
    /// Solves the unplaced items of the list that begins at `from`, cut before each section of `cuts`. Nothing is placed
    /// below `floor` any more.
    pub(super) fn parts(
        &mut self,
        from: usize,
        range: Range,
        cuts: &[usize],
        floor: i32,
        watch: Watch<'_>,
    ) -> Status {
        let to = self.lists.len();
        let mut first = range.0;
        for &end in cuts.iter().chain([&range.1]) {
            let begin = self.lists.len();
            for at in from..to {
                let item = self.lists[at];
                let own = self.given.ends[item as usize].0;
                if !self.placed[item as usize] && first <= own && own < end {
                    self.lists.push(item);
                }
            }
            self.rank_again(begin, (first, end));
            let status = self.part(begin, (first, end), floor, watch);
            self.lists.truncate(begin);
            if status != Status::Done {
                return status;
            }
            first = end;
        }
        Status::Done
    }

    /// Solves the list that begins at `from` and lives in these sections.
    fn part(&mut self, from: usize, range: Range, floor: i32, watch: Watch<'_>) -> Status {
        let to = self.lists.len();
        if from == to {
            return Status::Done;
        }
        if self.nodes >= self.given.limit {
            return Status::Stopped;
        }
        self.nodes += 1;
        if self.nodes % WATCH_EVERY == 1 && !watch(self.nodes) {
            return Status::Cancelled;
        }
        self.sort(from, to);
        if !self.fits(from, to, range, floor) {
            return Status::Failed;
        }
        let key = self.key(from, to);
        if self.failed.contains(key) {
            return Status::Failed;
        }
        let status = self.branch(from, to, range, floor, watch);
        if status == Status::Failed {
            self.failed.insert(key);
        }
        status
    }

    /// By lowest place, then rank. The list was sorted before the last item was placed, so few have to move.
    fn sort(&mut self, from: usize, to: usize) {
        let list = &mut self.lists[from..to];
        let key = |item: u32| (self.lowest[item as usize], self.rank[item as usize]);
        for at in 1..list.len() {
            let item = list[at];
            let mut hole = at;
            while hole > 0 && key(list[hole - 1]) > key(item) {
                list[hole] = list[hole - 1];
                hole -= 1;
            }
            list[hole] = item;
        }
    }

    /// Tries each item of the list that may come next.
    fn branch(
        &mut self,
        from: usize,
        to: usize,
        range: Range,
        floor: i32,
        watch: Watch<'_>,
    ) -> Status {
        let ceiling = (self.lists[from..to].iter())
            .filter(|&&item| self.given.fixed[item as usize].is_none())
            .map(|&item| self.lowest[item as usize] + self.given.size[item as usize])
            .min()
            .unwrap_or(i32::MAX);
        // Placed at the ceiling or above, an item would leave room below it for another.
        let below = |search: &Self, at: usize| {
            let item = search.lists[at] as usize;
            at < to && search.lowest[item] < ceiling
        };
        let end = (from..to).find(|&at| !below(self, at)).unwrap_or(to);
        // One that is in nobody's way goes where it is; there is no need to try it elsewhere.
        if let Some(at) = (from..end).find(|&at| self.is_free(self.lists[at])) {
            let item = self.lists[at];
            return if self.passed[item as usize] {
                Status::Failed // It would take the place that was already tried.
            } else {
                self.place(item, from, range, floor, watch)
            };
        }
        let mut status = Status::Failed;
        let mark = self.trail.len();
        for at in from..end {
            let item = self.lists[at] as usize;
            if self.passed[item] {
                continue;
            }
            let twin = self.given.twin[item];
            if twin.is_none_or(|twin| self.placed[twin as usize]) {
                status = self.place(item as u32, from, range, self.lowest[item], watch);
                if status != Status::Failed {
                    break;
                }
            }
            self.trail.push(self.change(item));
            self.passed[item] = true;
        }
        if status != Status::Done {
            self.take_back(mark);
        }
        status
    }

    /// Whether nothing unplaced is raised by placing this one.
    fn is_free(&self, item: u32) -> bool {
        let offset = self.lowest[item as usize];
        (self.given.meets[item as usize].iter()).all(|&(other, above)| {
            self.placed[other as usize] || self.lowest[other as usize] >= offset + above
        })
    }

    /// Places an item of the list at its lowest place, solves the rest, and takes it back unless that is done.
    fn place(
        &mut self,
        item: u32,
        from: usize,
        range: Range,
        floor: i32,
        watch: Watch<'_>,
    ) -> Status {
        let (mark, to, before) = (self.trail.len(), self.lists.len(), self.done.len());
        self.done.push(item);
        self.placed[item as usize] = true;
        let possible = self.raise(item as usize);
        let mut cuts = [0; MOST_CUTS];
        let mut count = 0;
        let (first, end) = self.given.ends[item as usize];
        for section in first + 1..end {
            self.crossing[section - 1] -= 1;
            if self.crossing[section - 1] == 0 && count < MOST_CUTS {
                cuts[count] = section;
                count += 1;
            }
        }
        let mut status = Status::Failed;
        if possible && count > 0 {
            status = self.parts(from, range, &cuts[..count], floor, watch);
        } else if possible {
            for at in from..to {
                let other = self.lists[at];
                if other != item {
                    self.lists.push(other);
                }
            }
            status = self.part(to, range, floor, watch);
        }
        self.lists.truncate(to);
        if status == Status::Done {
            return status;
        }
        // Takes back this one, and all of the parts that were solved before one failed.
        self.take_back(mark);
        for other in self.done.drain(before..) {
            let (first, end) = self.given.ends[other as usize];
            for crossing in &mut self.crossing[first..end - 1] {
                *crossing += 1;
            }
            self.placed[other as usize] = false;
        }
        status
    }

    /// Raises what must lie above a placed item; whether all that is fixed can stay where it is.
    fn raise(&mut self, item: usize) -> bool {
        let mut possible = true;
        for at in 0..self.given.meets[item].len() {
            let (other, above) = self.given.meets[item][at];
            let other = other as usize;
            let raised = self.lowest[item] + above;
            if self.placed[other] || self.lowest[other] >= raised {
                continue;
            }
            self.trail.push(self.change(other));
            let align = self.given.align[other];
            self.lowest[other] = (raised + align - 1) & !(align - 1);
            self.passed[other] = false;
            possible &= self.given.fixed[other].is_none_or(|fixed| self.lowest[other] <= fixed);
        }
        possible
    }

    fn change(&self, item: usize) -> Change {
        Change {
            item: item as u32,
            lowest: self.lowest[item],
            passed: self.passed[item],
        }
    }

    fn take_back(&mut self, mark: usize) {
        for change in self.trail.drain(mark..).rev() {
            self.lowest[change.item as usize] = change.lowest;
            self.passed[change.item as usize] = change.passed;
        }
    }

    /// Ranks the items of a new part by the fullest section that each still lives in, if the order goes by that.
    fn rank_again(&mut self, from: usize, range: Range) {
        if !self.given.order.by_total {
            return;
        }
        self.stacked[range.0..range.1].fill(0);
        for &item in &self.lists[from..] {
            for stretch in &self.given.stretches[item as usize] {
                for slot in &mut self.stacked[stretch.from..stretch.to] {
                    *slot += stretch.bytes;
                }
            }
        }
        self.least.clear();
        for &item in &self.lists[from..] {
            let (first, end) = self.given.ends[item as usize];
            let total = self.stacked[first..end].iter().copied().max();
            self.least.push((-total.unwrap_or(0), item));
        }
        self.least.sort_unstable();
        for (rank, &(_, item)) in self.least.iter().enumerate() {
            self.rank[item as usize] = rank as u32;
        }
    }
}
