//! The colours and sizes of the window, and nothing else. No view names a colour of its own.

use egui::Color32;

/// Every colour that the window uses, by role. One value per theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// Behind charts and between panels.
    pub ground: Color32,
    /// Panels and bars.
    pub panel: Color32,
    /// Fields, buttons, tooltips: what lies on a panel.
    pub raised: Color32,
    /// Lines between panels and grid lines.
    pub hairline: Color32,
    /// Headings and values.
    pub text: Color32,
    /// Labels.
    pub text_soft: Color32,
    /// Units, axis figures, hints.
    pub text_faint: Color32,
    /// Selection, focus, the main action.
    pub accent: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// Activations that a step reads.
    pub input: Color32,
    /// Activations that it writes.
    pub output: Color32,
    /// Activations held for later.
    pub residual: Color32,
    /// Memory that a patch stage or a line buffer holds.
    pub stage: Color32,
    /// Kernel scratch.
    pub scratch: Color32,
    /// Patch segments.
    pub patch: Color32,
    /// Layer segments.
    pub layer: Color32,
    /// Over a budget; errors.
    pub over: Color32,
    /// Worse than before, warnings: the text beside [`Self::patch`]'s fills.
    pub warn: Color32,
    /// Better than before; proven equal.
    pub good: Color32,
    /// Text drawn on filled data colours.
    pub on_data: Color32,
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

/// The dark theme.
pub const DARK: Tokens = Tokens {
    ground: rgb(0x0012_151a),
    panel: rgb(0x0019_1d24),
    raised: rgb(0x0022_2833),
    hairline: rgb(0x002c_3340),
    text: rgb(0x00e8_ebf0),
    text_soft: rgb(0x00a3_adbb),
    text_faint: rgb(0x008b_96a8),
    accent: rgb(0x006a_a9ff),
    on_accent: rgb(0x000c_1420),
    input: rgb(0x003f_7fd0),
    output: rgb(0x0086_bdf5),
    residual: rgb(0x00b5_8be0),
    stage: rgb(0x002c_b3a1),
    scratch: rgb(0x007d_8796),
    patch: rgb(0x00e0_a13a),
    layer: rgb(0x005d_6b80),
    over: rgb(0x00f0_616d),
    warn: rgb(0x00e0_a13a),
    good: rgb(0x0058_c48a),
    on_data: rgb(0x000c_1420),
};

/// The light theme: the same roles.
pub const LIGHT: Tokens = Tokens {
    ground: rgb(0x00f3_f5f8),
    panel: rgb(0x00ff_ffff),
    raised: rgb(0x00e9_edf2),
    hairline: rgb(0x00d3_d9e2),
    text: rgb(0x0016_1b22),
    text_soft: rgb(0x0047_5262),
    text_faint: rgb(0x005d_6878),
    accent: rgb(0x001f_66d0),
    on_accent: rgb(0x00ff_ffff),
    input: rgb(0x002f_6bbd),
    output: rgb(0x007f_b4ec),
    residual: rgb(0x009a_6acb),
    stage: rgb(0x001f_9a89),
    scratch: rgb(0x0080_8a99),
    patch: rgb(0x00b7_7410),
    layer: rgb(0x007d_8a9e),
    over: rgb(0x00c4_2434),
    warn: rgb(0x008f_5a08),
    good: rgb(0x0016_763f),
    on_data: rgb(0x000c_1420),
};

/// Sizes in points. Distances are multiples of [`size::GRID`] or its half.
pub mod size {
    /// The grid.
    pub const GRID: f32 = 8.0;
    /// Margin inside panels.
    pub const MARGIN: f32 = 16.0;
    /// Height of a table row.
    pub const ROW: f32 = 24.0;
    /// Height of the top bar.
    pub const TOP_BAR: f32 = 60.0;
    /// Height of the status bar.
    pub const STATUS_BAR: f32 = 28.0;
    /// Height of a pane's tabs.
    pub const TAB_BAR: f32 = 36.0;
    /// Height of buttons and fields in the top bar.
    pub const CONTROL: f32 = 32.0;
    /// Small text: axis figures, units.
    pub const SMALL: f32 = 11.0;
    /// Labels.
    pub const LABEL: f32 = 12.0;
    /// Body text.
    pub const BODY: f32 = 13.0;
    /// Pane titles, section heads, key figures.
    pub const TITLE: f32 = 14.0;
    /// The name mark, the selected step, the verdict on a run.
    pub const MARK: f32 = 16.0;
    /// Corner of chips and bars.
    pub const CORNER: u8 = 4;
}
