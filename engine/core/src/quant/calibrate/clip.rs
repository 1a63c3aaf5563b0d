//! Ranges from distributions. Every range lies within the smallest and largest value seen, zero added.

use super::histogram::Histogram;

/// Candidates for each end of a range in the search for the least squared error.
const CANDIDATES: u32 = 64;
/// Times that the ends are searched in turn.
const ROUNDS: usize = 3;
/// Steps of int8.
const STEPS: f64 = 255.0;

/// The range that leaves `100 − percent` per cent of the values outside at either end.
pub fn percentile(histogram: &Histogram, percent: f32) -> [f32; 2] {
    let [low, high] = histogram.ends.map(f64::from);
    let mut counts = histogram.counts.clone();
    let width = histogram.width();
    if width > 0.0 {
        // Zeros lie in the bin of zero, or beyond the end next to it.
        let bin = ((-low / width).max(0.0) as usize).min(counts.len() - 1);
        counts[bin] += histogram.zeros;
    }
    let total: u64 = counts.iter().sum();
    let outside = total as f64 * (1.0 - f64::from(percent) / 100.0);
    // Bins that can go whole from an end.
    let cut = |counts: &mut dyn Iterator<Item = &u64>| {
        let mut sum = 0;
        counts
            .take_while(|&&count| {
                sum += count;
                sum as f64 <= outside
            })
            .count()
    };
    let below = cut(&mut counts.iter()) as f64;
    let above = cut(&mut counts.iter().rev()) as f64;
    [
        ((low + below * width) as f32).min(0.0),
        ((high - above * width) as f32).max(0.0),
    ]
}

/// The range with the least squared error: values outside are off by their distance to the range, values inside by
/// `scale² / 12` on average, zeros by nothing. The ends are searched in turn.
pub fn least_squared_error(histogram: &Histogram) -> [f32; 2] {
    let bins: Vec<(f64, u64)> = histogram.bins().collect();
    let full = [
        f64::from(histogram.ends[0]).min(0.0),
        f64::from(histogram.ends[1]).max(0.0),
    ];
    let mut range = full;
    for _ in 0..ROUNDS {
        for end in [1, 0] {
            let mut best = (f64::INFINITY, range[end]);
            // From the whole range down, so that equal errors keep what is wider.
            for step in (1..=CANDIDATES).rev() {
                let mut candidate = range;
                candidate[end] = full[end] * f64::from(step) / f64::from(CANDIDATES);
                let error = squared_error(&bins, candidate);
                if error < best.0 {
                    best = (error, candidate[end]);
                }
            }
            range[end] = best.1;
        }
    }
    range.map(|end| end as f32)
}

fn squared_error(bins: &[(f64, u64)], [low, high]: [f64; 2]) -> f64 {
    let scale = (high - low) / STEPS;
    let inside = scale * scale / 12.0;
    bins.iter()
        .map(|&(x, count)| {
            let beyond = (low - x).max(x - high).max(0.0);
            let error = if beyond > 0.0 {
                beyond * beyond
            } else {
                inside
            };
            error * count as f64
        })
        .sum()
}
