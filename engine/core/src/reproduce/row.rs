//! One figure.

use super::Figures;
use serde::Serialize;

/// What a figure is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Unit {
    /// Bytes.
    #[serde(rename = "B")]
    Bytes,
    /// 1024 bytes.
    #[serde(rename = "KiB")]
    Kibibytes,
    /// Millions of multiply-accumulates.
    #[serde(rename = "M MACs")]
    MegaMacs,
    /// More than the thing compared with.
    #[serde(rename = "%")]
    Percent,
    /// Times the thing compared with.
    #[serde(rename = "×")]
    Times,
    /// Pixels along an axis.
    #[serde(rename = "pixels")]
    Pixels,
    /// A count.
    #[serde(rename = "")]
    Count,
}

impl Unit {
    /// Its symbol; nothing for a count.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Bytes => "B",
            Self::Kibibytes => "KiB",
            Self::MegaMacs => "M MACs",
            Self::Percent => "%",
            Self::Times => "×",
            Self::Pixels => "pixels",
            Self::Count => "",
        }
    }
}

/// What ours has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Aim {
    /// The published figure.
    Same,
    /// The published figure or less.
    AtMost,
}

/// A published figure and ours.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Whose figures.
    pub group: &'static str,
    /// Which network, and what of it.
    pub what: String,
    /// As published.
    pub published: f64,
    /// As computed here.
    pub ours: f64,
    /// What both are in.
    pub unit: Unit,
    /// Digits behind the point that the figure was published with.
    pub digits: usize,
    /// What ours has to be.
    pub aim: Aim,
    /// How far ours may be away, or above, and still be that.
    pub tolerance: f64,
    /// How it is counted.
    pub accounting: &'static str,
}

impl Row {
    /// Whether ours is what it has to be, as far as the published figure was printed.
    pub fn agrees(&self) -> bool {
        let above = self.ours - self.published;
        above <= self.tolerance && (self.aim == Aim::AtMost || -above <= self.tolerance)
    }

    /// Ours over the published figure, less 1; 0 where both are 0.
    pub fn difference(&self) -> f64 {
        if self.published == 0.0 {
            self.ours
        } else {
            self.ours / self.published - 1.0
        }
    }
}

/// Whose figures, and how they are counted.
#[derive(Clone, Copy)]
pub(super) struct Group {
    pub name: &'static str,
    pub accounting: &'static str,
}

impl Figures {
    /// A figure printed with `digits` behind the point: ours may differ by half of its last digit.
    pub(super) fn push(&mut self, group: Group, what: String, figure: ([f64; 2], Unit, usize)) {
        let ([published, ours], unit, digits) = figure;
        // A hair more, for figures that lie on the half and are no binary fractions.
        let tolerance = 0.500_001 * 10_f64.powi(-(digits as i32));
        self.rows.push(Row {
            group: group.name,
            what,
            published,
            ours,
            unit,
            digits,
            aim: Aim::Same,
            tolerance,
            accounting: group.accounting,
        });
    }

    /// A size in bytes that ours has to reach or undercut; `slack` is the share that it may be above.
    pub fn at_most(
        &mut self,
        [group, accounting]: [&'static str; 2],
        what: String,
        [published, ours]: [usize; 2],
        slack: f64,
    ) {
        self.rows.push(Row {
            group,
            what,
            published: published as f64,
            ours: ours as f64,
            unit: Unit::Bytes,
            digits: 0,
            aim: Aim::AtMost,
            tolerance: published as f64 * slack,
            accounting,
        });
    }

    /// A size in bytes that has to be the same to the byte.
    pub(super) fn bytes(&mut self, group: Group, what: String, published: usize, ours: usize) {
        self.push(
            group,
            what,
            ([published as f64, ours as f64], Unit::Bytes, 0),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_agrees_within_half_of_its_last_digit_and_a_bound_from_below() {
        let group = Group {
            name: "",
            accounting: "",
        };
        let mut figures = Figures::default();
        for ours in [1.25, 1.15, 1.26, 1.14] {
            figures.push(group, String::new(), ([1.2, ours], Unit::Times, 1));
        }
        for ours in [0, 100, 101, 102] {
            figures.at_most(["", ""], String::new(), [100, ours], 0.01);
        }
        let agree: Vec<bool> = figures.rows.iter().map(Row::agrees).collect();
        assert_eq!(agree, [true, true, false, false, true, true, true, false]);
        assert!((figures.rows[7].difference() - 0.02).abs() < 1e-12);
    }
}
