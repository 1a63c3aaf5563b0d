//! The window's icon: the name mark, drawn.

use crate::theme::{DARK, Tokens};
use egui::{Color32, IconData};

const SIDE: usize = 64;

/// Three bars on the ground of the dark theme.
pub fn mark() -> IconData {
    let Tokens {
        ground,
        patch,
        accent,
        stage,
        ..
    } = DARK;
    let bars = [patch, accent, stage];
    let mut rgba = Vec::with_capacity(SIDE * SIDE * 4);
    for y in 0..SIDE {
        for x in 0..SIDE {
            let inside = (10..54).contains(&y) && (8..56).contains(&x) && (x - 8) % 17 < 14;
            let color: Color32 = if inside { bars[(x - 8) / 17] } else { ground };
            rgba.extend_from_slice(&color.to_array());
        }
    }
    IconData {
        rgba,
        width: SIDE as u32,
        height: SIDE as u32,
    }
}
