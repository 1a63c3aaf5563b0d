//! Import takes memory in proportion to the file: at most 3 times the size of a real model, and 64 MiB more than 4
//! times for anything at all. Every allocation of this test's process is counted.

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use tinyscope_core::import;

/// The system's allocator, counting.
struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn grown(bytes: usize) {
    let live = LIVE.fetch_add(bytes, Ordering::Relaxed) + bytes;
    PEAK.fetch_max(live, Ordering::Relaxed);
}

// Counts and hands on; what `System` promises holds as it is.
#[allow(unsafe_code, reason = "an allocator can only be implemented so")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grown(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // While elements move, both places exist.
        grown(size);
        let moved = unsafe { System.realloc(at, layout, size) };
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        moved
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most memory that importing `bytes` takes at a time, and whether a graph came out.
fn peak_of(bytes: &[u8]) -> (usize, bool) {
    let before = LIVE.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let imported = import::import("x", bytes);
    let peak = PEAK.load(Ordering::Relaxed).saturating_sub(before);
    (peak, imported.graph.is_some())
}

// One test, since all threads of the process are counted together.
#[test]
fn memory_stays_in_proportion() {
    let general = |bytes: &[u8]| (64 << 20) + 4 * bytes.len();
    for (path, bytes) in support::shared_files("models") {
        let name = path.display();
        let (peak, is_graph) = peak_of(&bytes);
        assert!(is_graph, "{name}");
        let ratio = peak as f64 / bytes.len() as f64;
        println!("{name}: {ratio:.2} times the file");
        assert!(
            peak <= 3 * bytes.len(),
            "{name}: {peak} B for {} B",
            bytes.len()
        );
    }
    let mut most = (0, String::new());
    for (path, bytes) in support::shared_files("bad") {
        let name = path.display().to_string();
        let (peak, _) = peak_of(&bytes);
        if peak > most.0 {
            most = (peak, name.clone());
        }
        assert!(
            peak <= general(&bytes),
            "{name}: {peak} B for {} B",
            bytes.len()
        );
    }
    println!("bad files: at most {} KiB ({})", most.0 >> 10, most.1);
}
