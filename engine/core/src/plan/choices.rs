//! What the user can choose about a plan.

use crate::schedule::{InputMode, Method, Stage};
use serde::{Deserialize, Serialize};

/// How the user wants the network run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// One operator after the other, each over its whole map.
    #[default]
    Layer,
    /// The first `split` steps patch by patch, the rest layer by layer.
    Patch {
        /// Number of steps (of the lowered graph) in the patch stage; 0 means no stage.
        split: usize,
        /// Patches vertically and horizontally.
        grid: [usize; 2],
    },
    /// Stages in order, each in its own way; steps in none of them run layer by layer.
    Stages(Vec<Stage>),
}

impl Schedule {
    /// The stages that it asks for; what lies between them runs layer by layer.
    pub fn stages(&self) -> Vec<Stage> {
        match self {
            Self::Layer | Self::Patch { split: 0, .. } => Vec::new(),
            Self::Patch { split, grid } => vec![Stage {
                steps: 0..*split,
                method: Method::Patch { grid: *grid },
            }],
            Self::Stages(stages) => stages.clone(),
        }
    }

    /// Steps and grid of the patch stage that begins with the network, if there is one.
    pub fn first_patches(&self) -> Option<(usize, [usize; 2])> {
        match self.stages().first() {
            Some(&Stage {
                ref steps,
                method: Method::Patch { grid },
            }) if steps.start == 0 => Some((steps.end, grid)),
            _ => None,
        }
    }
}

/// Everything the user can choose about a plan.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Choices {
    /// How the steps are run.
    pub schedule: Schedule,
    /// Let depthwise convolutions, additions and other element-wise operators overwrite an input that nobody needs afterwards.
    pub in_place: bool,
    /// Use kernels that need scratch memory for speed.
    pub fast_kernels: bool,
    /// Let the output of a line-buffered stage lie over an input that it uses up (vMCU). Where both are tensors of equal
    /// size and no distance is needed, that is working in place, and `in_place` is enough.
    #[serde(default = "allowed")]
    pub overlap: bool,
    /// How the network's input comes.
    #[serde(default)]
    pub input: InputMode,
}

const fn allowed() -> bool {
    true
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            schedule: Schedule::Layer,
            in_place: true,
            fast_kernels: true,
            overlap: true,
            input: InputMode::Resident,
        }
    }
}
