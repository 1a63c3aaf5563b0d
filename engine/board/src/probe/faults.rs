//! Faults that a test can have the virtual probe commit.

use std::ops::Range;

/// What goes wrong at which transfer. Register transfers are counted from zero when the probe is opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// From this transfer on the probe is gone, as when its cable is pulled.
    pub vanish_at: Option<u64>,
    /// These transfers are answered with FAULT and not carried out.
    pub refuse: Range<u64>,
    /// These transfers, where they read an access port, return a value with one bit flipped.
    pub corrupt: Range<u64>,
}
