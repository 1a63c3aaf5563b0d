//! The bytes of all regions in one array, and the addresses at which they appear.

/// One address range onto the byte array; a region has one for itself and one per alias.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct View {
    pub base: u32,
    pub length: u32,
    /// Index of the first byte.
    pub index: usize,
    pub writable: bool,
}

const GRANULE_BITS: u32 = 20;
const GRANULES: usize = 1 << (32 - GRANULE_BITS);
/// Stores look up whether a page of this many bytes (256) holds decoded code.
const PAGE_BITS: usize = 8;
const VIEWS: usize = 256;

/// Bytes and where to find them.
#[derive(Clone, Debug)]
pub(crate) struct Cells {
    pub bytes: Vec<u8>,
    /// Those that are not used have length 0.
    views: Box<[View; VIEWS]>,
    /// The first view to try for each MiB of address space.
    hints: Box<[u8; GRANULES]>,
    /// Pages with bytes that are cached in decoded form.
    code_pages: Vec<bool>,
}

impl Cells {
    pub(super) fn new(bytes: Vec<u8>, list: &[View]) -> Self {
        let mut views = Box::new([View::default(); VIEWS]);
        let mut hints = Box::new([0; GRANULES]);
        for (number, view) in list.iter().enumerate().take(VIEWS - 1).rev() {
            views[number] = *view;
            let last = view.base.saturating_add(view.length.saturating_sub(1));
            for granule in view.base >> GRANULE_BITS..=last >> GRANULE_BITS {
                hints[granule as usize] = number as u8;
            }
        }
        let code_pages = vec![false; (bytes.len() >> PAGE_BITS) + 1];
        Self {
            bytes,
            views,
            hints,
            code_pages,
        }
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
        let view = self.view(address, length)?;
        Some(view.index + address.wrapping_sub(view.base) as usize)
    }

    /// As [`Cells::find`], for RAM only.
    #[inline(always)]
    pub fn find_writable(&self, address: u32, length: u32) -> Option<usize> {
        let view = self.view(address, length)?;
        view.writable
            .then(|| view.index + address.wrapping_sub(view.base) as usize)
    }

    #[inline(always)]
    pub fn get<const N: usize>(&self, index: usize) -> [u8; N] {
        let mut bytes = [0; N];
        bytes.copy_from_slice(&self.bytes[index..index + N]);
        bytes
    }

    /// The `N` bytes at `address`, if it is aligned and the hint is right; others may have to be searched for.
    #[inline(always)]
    pub fn load<const N: usize>(&self, address: u32) -> Option<[u8; N]> {
        let view = self.hinted(address);
        if !fits_aligned(view, address, N as u32) {
            return None;
        }
        let index = view.index + address.wrapping_sub(view.base) as usize;
        self.bytes.get(index..)?.first_chunk().copied()
    }

    /// Store at `address`, under the conditions of [`Cells::load`], into RAM that holds no decoded code. Returns
    /// whether that was so; nothing is written otherwise.
    #[inline(always)]
    pub fn store<const N: usize>(&mut self, address: u32, bytes: [u8; N]) -> bool {
        let view = self.hinted(address);
        if !(view.writable && fits_aligned(view, address, N as u32)) {
            return false;
        }
        let index = view.index + address.wrapping_sub(view.base) as usize;
        if self.code_pages.get(index >> PAGE_BITS) != Some(&false) {
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

    /// Whether a store of `length` bytes at `index` may touch decoded code.
    #[inline(always)]
    pub fn holds_code(&self, index: usize, length: usize) -> bool {
        self.code_pages[index >> PAGE_BITS] || self.code_pages[(index + length - 1) >> PAGE_BITS]
    }

    /// Note that the four bytes at `index` are cached in decoded form.
    pub fn mark_code(&mut self, index: usize) {
        self.code_pages[index >> PAGE_BITS] = true;
        self.code_pages[(index + 3).min(self.bytes.len() - 1) >> PAGE_BITS] = true;
    }
}

#[inline(always)]
fn fits(view: &View, address: u32, length: u32) -> bool {
    let offset = address.wrapping_sub(view.base);
    offset < view.length && view.length - offset >= length
}

/// Whether an aligned access lies in the view. Lengths are whole words, so its first byte decides.
#[inline(always)]
fn fits_aligned(view: &View, address: u32, length: u32) -> bool {
    (address | view.base) & (length - 1) == 0 && address.wrapping_sub(view.base) < view.length
}
