//! The bytes of all regions in one array, the addresses at which they appear, and the flags of their lines.

use super::delays::Delays;
use super::lines::{CODE, Guard, LINE_BITS, PROTECTION, SLOW_DATA, SLOW_FETCH};

/// One address range onto the byte array; a region has one for itself and one per alias.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct View {
    pub base: u32,
    pub length: u32,
    /// Index of the first byte.
    pub index: usize,
    pub writable: bool,
    /// Its length if it begins at a whole word, else 0: there an aligned access whose first byte it holds lies in it.
    aligned: u32,
    /// What has to be added to an address in lines to find its flag.
    lines: u32,
}

impl View {
    pub fn new(base: u32, length: u32, index: usize, writable: bool) -> Self {
        // Nothing lies beyond the last address.
        let length = length.min((u32::MAX - base).saturating_add(1));
        Self {
            base,
            length,
            aligned: if base.is_multiple_of(4) { length } else { 0 },
            index,
            writable,
            lines: 0,
        }
    }

    /// Index of the byte at `address`.
    #[inline(always)]
    pub fn at(&self, address: u32) -> usize {
        self.index + address.wrapping_sub(self.base) as usize
    }

    #[inline(always)]
    fn line(&self, address: u32) -> usize {
        (address >> LINE_BITS).wrapping_add(self.lines) as usize
    }

    /// The addresses of its lines.
    fn lines(&self) -> impl Iterator<Item = u32> + use<> {
        let last = self.base + (self.length - 1);
        (self.base >> LINE_BITS..=last >> LINE_BITS).map(|line| line << LINE_BITS)
    }
}

/// Where bytes at an address are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// Index of the first byte.
    pub index: usize,
    /// Number of its line's flags.
    pub line: usize,
    /// Whether stores go there, and not to the bus.
    pub writable: bool,
}

const GRANULE_BITS: u32 = 20;
const GRANULES: usize = 1 << (32 - GRANULE_BITS);
const VIEWS: usize = 256;

/// Bytes and where to find them.
#[derive(Clone, Debug)]
pub(crate) struct Cells {
    pub bytes: Vec<u8>,
    /// Those that are not used have length 0.
    views: Box<[View; VIEWS]>,
    /// How many are used.
    used: usize,
    /// The first view to try for each MiB of address space.
    hints: Box<[u8; GRANULES]>,
    /// What is known of each line of each view, see [`super::lines`].
    flags: Vec<u8>,
    guard: Guard,
    /// Flags that keep a load, or a store, from being plain.
    read_stops: u8,
    write_stops: u8,
    pub delays: Delays,
}

impl Cells {
    pub(super) fn new(bytes: Vec<u8>, list: &[View]) -> Self {
        let mut views = Box::new([View::default(); VIEWS]);
        let mut hints = Box::new([0; GRANULES]);
        let mut count = 0;
        let used = list.len().min(VIEWS - 1);
        for (number, view) in list.iter().enumerate().take(used).rev() {
            let first = view.base >> LINE_BITS;
            let mut view = *view;
            view.lines = (count as u32).wrapping_sub(first);
            views[number] = view;
            let last = view.base.saturating_add(view.length.saturating_sub(1));
            count += (last >> LINE_BITS) as usize - first as usize + 1;
            for granule in view.base >> GRANULE_BITS..=last >> GRANULE_BITS {
                hints[granule as usize] = number as u8;
            }
        }
        let mut cells = Self {
            bytes,
            views,
            used,
            hints,
            flags: vec![0; count],
            guard: Guard::Off,
            read_stops: 0,
            write_stops: 0,
            delays: Delays::new(super::MemoryTiming::default()),
        };
        cells.set_guard(Guard::Off);
        cells
    }

    #[inline(always)]
    fn hinted(&self, address: u32) -> &View {
        &self.views[usize::from(self.hints[(address >> GRANULE_BITS) as usize])]
    }

    #[inline(always)]
    pub(super) fn view(&self, address: u32, length: u32) -> Option<&View> {
        let hinted = self.hinted(address);
        if fits(hinted, address, length) {
            return Some(hinted);
        }
        self.search(address, length)
    }

    #[cold]
    fn search(&self, address: u32, length: u32) -> Option<&View> {
        self.views.iter().find(|view| fits(view, address, length))
    }

    /// Index of the bytes `address .. address + length`, when memory holds them all.
    #[inline(always)]
    pub fn find(&self, address: u32, length: u32) -> Option<usize> {
        Some(self.view(address, length)?.at(address))
    }

    /// As [`Cells::find`], with all that is known of the place.
    #[inline(always)]
    pub fn place(&self, address: u32, length: u32) -> Option<Place> {
        let view = self.view(address, length)?;
        Some(Place {
            index: view.at(address),
            line: view.line(address),
            writable: view.writable,
        })
    }

    #[inline(always)]
    pub fn get<const N: usize>(&self, index: usize) -> [u8; N] {
        let mut bytes = [0; N];
        bytes.copy_from_slice(&self.bytes[index..index + N]);
        bytes
    }

    /// The `N` bytes at `address`, if it is aligned, readable and the hint is right. What a cache does is done.
    #[inline(always)]
    pub fn load<const N: usize>(&mut self, address: u32) -> Option<[u8; N]> {
        let view = self.hinted(address);
        if !fits_aligned(view, address, N as u32) {
            return None;
        }
        let (index, line) = (view.at(address), view.line(address));
        if self.flags.get(line)? & self.read_stops != 0 && !self.reads(line, address) {
            return None;
        }
        self.bytes.get(index..)?.first_chunk().copied()
    }

    /// Two words at `address`, a multiple of 4, if they lie in one line and a load of it is plain.
    #[inline(always)]
    pub fn load_in_line(&self, address: u32) -> Option<[u8; 8]> {
        let view = self.hinted(address);
        let offset = address.wrapping_sub(view.base);
        let in_line = address & ((1 << LINE_BITS) - 1) <= (1 << LINE_BITS) - 8;
        if !in_line || offset >= view.aligned.saturating_sub(7) {
            return None;
        }
        if self.flags.get(view.line(address))? & self.read_stops != 0 {
            return None;
        }
        self.bytes.get(view.at(address)..)?.first_chunk().copied()
    }

    /// Store at `address`, under the conditions of [`Cells::load`], into RAM that holds no decoded code. Returns
    /// whether that was so; nothing is written otherwise.
    #[inline(always)]
    pub fn store<const N: usize>(&mut self, address: u32, bytes: [u8; N]) -> bool {
        let view = self.hinted(address);
        if !(view.writable && fits_aligned(view, address, N as u32)) {
            return false;
        }
        let (index, line) = (view.at(address), view.line(address));
        let Some(flags) = self.flags.get(line) else {
            return false;
        };
        if flags & self.write_stops != 0 && !self.writes(line, address) {
            return false;
        }
        let Some(cells) = self
            .bytes
            .get_mut(index..)
            .and_then(<[u8]>::first_chunk_mut)
        else {
            return false;
        };
        *cells = bytes;
        true
    }

    /// Whether a load that is not plain may go on; the caches have been asked then.
    #[cold]
    #[inline(never)]
    fn reads(&mut self, line: usize, address: u32) -> bool {
        let delays = &self.delays;
        let allowed = self.readable(line) && !delays.takes_code_away(&self.flags, line, address);
        if allowed {
            self.touch(line, address, false);
        }
        allowed
    }

    #[cold]
    #[inline(never)]
    fn writes(&mut self, line: usize, address: u32) -> bool {
        let allowed = self.may_write(line)
            && self.flags[line] & CODE == 0
            && !(self.delays).takes_code_away(&self.flags, line, address);
        if allowed {
            self.touch(line, address, true);
        }
        allowed
    }

    /// Whether protection lets loads from this line through.
    #[inline(always)]
    pub fn readable(&self, line: usize) -> bool {
        self.flags[line] & self.guard.no_read() == 0
    }

    /// Whether protection lets stores to this line through.
    #[inline(always)]
    pub fn may_write(&self, line: usize) -> bool {
        self.flags[line] & self.guard.no_write() == 0
    }

    /// Let a data access wait as long as it must.
    #[inline(always)]
    pub fn touch(&mut self, line: usize, address: u32, write: bool) {
        if self.flags[line] & SLOW_DATA != 0 {
            self.delays.data(&mut self.flags, line, address, write);
        }
    }

    /// Let the fetch of `length` bytes of code wait as long as it must.
    #[inline(always)]
    pub fn touch_code(&mut self, address: u32, length: u32) {
        let last = address.wrapping_add(length - 1);
        self.touch_code_line(address);
        if (address ^ last) >> LINE_BITS != 0 {
            self.touch_code_line(last);
        }
    }

    #[inline(always)]
    fn touch_code_line(&mut self, address: u32) {
        if let Some(view) = self.view(address, 1) {
            let line = view.line(address);
            if self.flags[line] & SLOW_FETCH != 0 {
                self.delays.fetch(&mut self.flags, line, address);
            }
        }
    }

    /// Let the fetches of a stretch of code wait as long as they must.
    #[cold]
    #[inline(never)]
    pub fn touch_stretch(&mut self, address: u32, length: u32) {
        let first = address >> LINE_BITS << LINE_BITS;
        for line in (first..address.wrapping_add(length)).step_by(1 << LINE_BITS) {
            self.touch_code_line(line.max(address));
        }
    }

    /// Where data goes through a cache of instructions, this code must not be pushed out of it by what it does.
    #[inline(always)]
    pub fn keep_at_hand(&mut self, address: u32, length: u32) {
        if self.delays.shared
            && let Some(view) = self.view(address, length)
        {
            self.delays.running = (
                view.line(address),
                view.line(address.wrapping_add(length - 1)),
            );
        }
    }

    /// Whether code at these addresses can be fetched without waiting. They lie in one view.
    pub fn fetches_at_once(&self, address: u32, length: u32) -> bool {
        self.view(address, length).is_some_and(|view| {
            let lines = view.line(address)..=view.line(address.wrapping_add(length - 1));
            self.flags[lines]
                .iter()
                .all(|flags| flags & SLOW_FETCH == 0)
        })
    }

    /// Whether a store of `length` bytes at `place` may touch decoded code.
    #[inline(always)]
    pub fn holds_code(&self, place: Place, length: usize) -> bool {
        // The next line too: it costs nothing to be careful where stores are not aligned.
        let next = self.flags.get(place.line + usize::from(length > 1));
        (self.flags[place.line] | next.unwrap_or(&0)) & CODE != 0
    }

    /// Note that the four bytes at `index` are cached in decoded form, at all addresses at which they appear.
    pub fn mark_code(&mut self, index: usize) {
        for view in &self.views[..self.used] {
            for index in [index, index + 3] {
                let offset = index.wrapping_sub(view.index);
                if offset < view.length as usize {
                    let line = view.line(view.base.wrapping_add(offset as u32));
                    self.flags[line] |= CODE;
                }
            }
        }
    }

    /// Choose which of the protecting flags count.
    pub fn set_guard(&mut self, guard: Guard) {
        self.guard = guard;
        self.read_stops = SLOW_DATA | guard.no_read();
        self.write_stops = CODE | SLOW_DATA | guard.no_write();
    }

    /// Which of the protecting flags count.
    #[inline(always)]
    pub fn guard(&self) -> Guard {
        self.guard
    }

    /// Set the protecting flags: `rule` gives those that hold from an address on, and the last such address.
    pub fn protect(&mut self, rule: impl Fn(u32) -> (u8, u32)) {
        for view in &self.views[..self.used] {
            if view.length == 0 {
                continue;
            }
            let end = view.base + (view.length - 1);
            let mut from = view.base;
            loop {
                let (flags, last) = rule(from);
                let to = last.min(end);
                for flag in &mut self.flags[view.line(from)..=view.line(to)] {
                    *flag = *flag & !PROTECTION | flags & PROTECTION;
                }
                if to == end {
                    break;
                }
                from = to + 1;
            }
        }
    }

    /// Memory with this timing, all caches empty.
    pub fn set_timing(&mut self, timing: super::MemoryTiming) {
        self.delays = Delays::new(timing);
        for view in &self.views[..self.used] {
            if view.length == 0 {
                continue;
            }
            for address in view.lines() {
                let flag = &mut self.flags[view.line(address)];
                let slow = self.delays.flags(address.max(view.base));
                *flag = *flag & !(SLOW_DATA | SLOW_FETCH) | slow;
            }
        }
    }

    /// See [`Delays::set_core_bits`].
    pub fn set_core_bits(&mut self, bits: u32) {
        self.delays.set_core_bits(&mut self.flags, bits);
    }

    /// See [`Delays::note_register`].
    pub fn note_register(&mut self, address: u32, value: u32) {
        self.delays.note_register(&mut self.flags, address, value);
    }

    /// See [`Delays::reset`].
    pub fn reset_caches(&mut self) {
        self.delays.reset(&mut self.flags);
    }

    /// See [`Delays::maintain`].
    pub fn maintain_caches(&mut self, offset: u32, value: u32) {
        let line = self.view(value, 1).map(|view| view.line(value));
        self.delays.maintain(&mut self.flags, offset, value, line);
    }
}

#[inline(always)]
fn fits(view: &View, address: u32, length: u32) -> bool {
    let offset = address.wrapping_sub(view.base);
    offset < view.length && view.length - offset >= length
}

/// Whether an aligned access of up to a word lies in the view. Lengths are whole words, so its first byte decides.
#[inline(always)]
fn fits_aligned(view: &View, address: u32, length: u32) -> bool {
    address & (length - 1) == 0 && address.wrapping_sub(view.base) < view.aligned
}
