//! Where things lie in the landscape: steps to x, bytes to y, and back. Pure.

use egui::{Rangef, Rect, pos2};

/// Height of the band row.
pub const BAND: f32 = 26.0;
const AXIS_LEFT: f32 = 56.0;
const RIGHT: f32 = 16.0;
const ABOVE: f32 = 12.0;
const BELOW_BANDS: f32 = 28.0;
const AXIS_BOTTOM: f32 = 28.0;

/// The mapping of one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Geometry {
    /// The bars' rectangle.
    pub plot: Rect,
    /// The segments' row above it.
    pub bands: Rect,
    /// Number of steps.
    pub steps: usize,
    /// Bytes at the top of the plot.
    pub y_max_bytes: usize,
}

impl Geometry {
    /// Lay out `rect`.
    pub fn new(rect: Rect, steps: usize, y_max_bytes: usize) -> Self {
        let (left, right) = (rect.left() + AXIS_LEFT, rect.right() - RIGHT);
        let bands = Rect::from_min_max(
            pos2(left, rect.top() + ABOVE),
            pos2(right.max(left + 1.0), rect.top() + ABOVE + BAND),
        );
        let top = bands.bottom() + BELOW_BANDS;
        let plot = Rect::from_min_max(
            pos2(left, top),
            pos2(bands.right(), (rect.bottom() - AXIS_BOTTOM).max(top + 1.0)),
        );
        Self {
            plot,
            bands,
            steps: steps.max(1),
            y_max_bytes: y_max_bytes.max(1),
        }
    }

    /// Width of a step.
    pub fn pitch(&self) -> f32 {
        self.plot.width() / self.steps as f32
    }

    /// The boundary before step `boundary`; the last one is after the last step.
    pub fn x_of(&self, boundary: usize) -> f32 {
        self.plot.left() + self.pitch() * boundary as f32
    }

    /// The bar of a step.
    pub fn bar(&self, step: usize) -> Rangef {
        let gap = (self.pitch() * 0.08).clamp(0.5, 3.0);
        Rangef::new(self.x_of(step) + gap, self.x_of(step + 1) - gap)
    }

    /// The step at `x`, if any.
    pub fn step_at(&self, x: f32) -> Option<usize> {
        let step = (x - self.plot.left()) / self.pitch();
        (step >= 0.0 && step < self.steps as f32).then_some(step as usize)
    }

    /// The boundary nearest to `x`.
    pub fn boundary_at(&self, x: f32) -> usize {
        let boundary = ((x - self.plot.left()) / self.pitch()).round();
        boundary.clamp(0.0, self.steps as f32) as usize
    }

    /// The height of `bytes`.
    pub fn y_of(&self, bytes: usize) -> f32 {
        self.plot.bottom() - self.plot.height() * bytes as f32 / self.y_max_bytes as f32
    }

    /// Grid lines in bytes, from 0 to the top.
    pub fn ticks(&self) -> Vec<usize> {
        let step = tick_step(self.y_max_bytes);
        (0..=self.y_max_bytes / step).map(|i| i * step).collect()
    }

    /// Every how many steps a number fits below the axis.
    pub fn label_stride(&self) -> usize {
        [1, 2, 4, 5, 10, 20, 50]
            .into_iter()
            .find(|&n| self.pitch() * n as f32 >= 26.0)
            .unwrap_or(100)
    }
}

/// A round distance between grid lines, in bytes, for an axis that reaches to `bytes`.
pub fn tick_step(bytes: usize) -> usize {
    let target = bytes as f64 / 1024.0 / 4.5;
    let decade = 10f64.powf(target.log10().floor());
    let kib = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|m| m * decade)
        .find(|&step| step >= target)
        .unwrap_or(10.0 * decade);
    ((kib * 1024.0).round() as usize).max(1)
}

/// Top of the axis: the next grid line above `bytes` with some air.
pub fn round_up(bytes: usize) -> usize {
    let bytes = bytes.max(64);
    let step = tick_step(bytes);
    (bytes + bytes / 16).div_ceil(step) * step
}

#[cfg(test)]
mod tests {
    use super::*;

    fn geometry(steps: usize) -> Geometry {
        let rect = Rect::from_min_max(pos2(100.0, 50.0), pos2(900.0, 450.0));
        Geometry::new(rect, steps, 100 * 1024)
    }

    #[test]
    fn boundaries_and_steps_round_trip() {
        for steps in [1, 7, 60, 200] {
            let g = geometry(steps);
            for b in 0..=steps {
                assert_eq!(g.boundary_at(g.x_of(b)), b);
            }
            for s in 0..steps {
                assert_eq!(g.step_at(g.bar(s).center()), Some(s));
            }
            assert_eq!(g.step_at(g.plot.left() - 1.0), None);
            assert_eq!(g.step_at(g.plot.right() + 1.0), None);
            assert_eq!(g.boundary_at(f32::NEG_INFINITY), 0);
            assert_eq!(g.boundary_at(f32::INFINITY), steps);
        }
    }

    #[test]
    fn axes_are_round_and_hold_the_highest_bar() {
        for bytes in [1, 100, 5_000, 37_990, 89_600, 163_840, 900_000, 40_000_000] {
            let top = round_up(bytes);
            assert!(top >= bytes, "{bytes} → {top}");
            let lines = top / tick_step(top);
            assert!((2..=10).contains(&lines), "{bytes} → {top}: {lines} lines");
        }
        assert_eq!(geometry(3).ticks().len(), 5);
        assert_eq!(geometry(3).ticks()[1], 25 * 1024);
    }

    #[test]
    fn a_tiny_rectangle_does_not_turn_inside_out() {
        let g = Geometry::new(
            Rect::from_min_size(pos2(0.0, 0.0), egui::vec2(10.0, 10.0)),
            5,
            0,
        );
        assert!(g.plot.width() > 0.0 && g.plot.height() > 0.0);
        assert!(g.y_of(10).is_finite());
    }
}
