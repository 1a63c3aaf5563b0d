//! The panes and where they lie at first.

use crate::theme::{embolden, size, tokens, ui_font};
use crate::views::topbar::elide;
use crate::views::{self, View};
use egui::{Align2, Color32, Id, Response, Role, Sense, Stroke, Ui, WidgetInfo, WidgetText, vec2};
use egui_tiles::{
    Behavior, Container, ResizeState, SimplificationOptions, TabState, Tabs, Tile, TileId, Tiles,
    Tree, UiResponse,
};
use std::sync::Arc;

/// A pane of the window. All can be moved.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub enum Pane {
    /// Table of steps.
    Steps,
    /// Memory per step, with the schedule's handles.
    Landscape,
    /// Address against step.
    Arena,
    /// The generated program.
    Code,
    /// Errors, warnings and notes.
    Diagnostics,
    /// What happened.
    Log,
    /// Patches on the input image.
    Field,
    /// Estimated beside measured.
    Measure,
    /// Measurements that were kept.
    Records,
    /// What quantising cost.
    Quantise,
    /// The selected step.
    Inspector,
}

impl Pane {
    /// All panes.
    pub const ALL: [Self; 11] = [
        Self::Steps,
        Self::Landscape,
        Self::Arena,
        Self::Code,
        Self::Diagnostics,
        Self::Log,
        Self::Field,
        Self::Measure,
        Self::Records,
        Self::Quantise,
        Self::Inspector,
    ];

    /// Title on the tab.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Steps => "Steps",
            Self::Landscape => "Memory landscape",
            Self::Arena => "Arena",
            Self::Code => "C",
            Self::Diagnostics => "Diagnostics",
            Self::Log => "Log",
            Self::Field => "Receptive field",
            Self::Measure => "Measure",
            Self::Records => "Records",
            Self::Quantise => "Quantise",
            Self::Inspector => "Inspector",
        }
    }

    /// Title where there is no room for all of it.
    pub const fn short(self) -> &'static str {
        match self {
            Self::Landscape => "Memory",
            Self::Field => "Field",
            pane => pane.title(),
        }
    }
}

/// Steps left, landscape above two groups of tabs, inspector right.
pub fn initial() -> Tree<Pane> {
    let mut tiles = Tiles::default();
    let mut group = |panes: &[Pane]| {
        let panes = panes.iter().map(|&p| tiles.insert_pane(p)).collect();
        tiles.insert_tab_tile(panes)
    };
    let steps = group(&[Pane::Steps]);
    let landscape = group(&[Pane::Landscape]);
    let left = group(&[Pane::Arena, Pane::Code, Pane::Diagnostics, Pane::Log]);
    let right = group(&[Pane::Field, Pane::Measure, Pane::Records, Pane::Quantise]);
    let inspector = group(&[Pane::Inspector]);
    let lower = tiles.insert_horizontal_tile(vec![left, right]);
    share(&mut tiles, lower, &[(left, 0.56), (right, 0.44)]);
    let centre = tiles.insert_vertical_tile(vec![landscape, lower]);
    share(&mut tiles, centre, &[(landscape, 0.55), (lower, 0.45)]);
    let root = tiles.insert_horizontal_tile(vec![steps, centre, inspector]);
    share(
        &mut tiles,
        root,
        &[(steps, 0.18), (centre, 0.62), (inspector, 0.20)],
    );
    Tree::new(Id::unique("panes"), root, tiles)
}

fn share(tiles: &mut Tiles<Pane>, parent: TileId, shares: &[(TileId, f32)]) {
    if let Some(Tile::Container(Container::Linear(linear))) = tiles.get_mut(parent) {
        for &(child, share) in shares {
            linear.shares.set_share(child, share);
        }
    }
}

/// Whether a stored layout still has every pane once.
pub fn is_whole(tree: &Tree<Pane>) -> bool {
    let mut panes: Vec<Pane> = tree
        .tiles
        .tiles()
        .filter_map(|tile| match tile {
            Tile::Pane(pane) => Some(*pane),
            Tile::Container(_) => None,
        })
        .collect();
    panes.sort();
    panes == Pane::ALL
}

/// How wide each of these may be to have room together: the short ones stay whole, only the longest are cut.
fn longest(widths: &[f32], room: f32) -> f32 {
    let mut sorted = widths.to_vec();
    sorted.sort_by(f32::total_cmp);
    let (mut left, mut rest) = (room, sorted.len());
    for width in sorted {
        let share = left / rest as f32;
        if width > share {
            return share;
        }
        left -= width;
        rest -= 1;
    }
    f32::INFINITY
}

/// Draws panes and their tabs.
pub struct Behaviour<'a, 'v> {
    /// What the panes show.
    pub view: &'a mut View<'v>,
    /// Whether the tabs being drawn are of one pane: then its tab is a title.
    alone: bool,
    /// Whether the titles of the tabs being drawn have no room in full.
    short: bool,
    /// Width that a title of the tabs being drawn may have, so that no tab is out of sight.
    longest: f32,
}

impl<'a, 'v> Behaviour<'a, 'v> {
    /// Panes that show `view`.
    pub fn new(view: &'a mut View<'v>) -> Self {
        Self {
            view,
            alone: false,
            short: false,
            longest: f32::INFINITY,
        }
    }
}

impl Behavior<Pane> for Behaviour<'_, '_> {
    fn pane_ui(&mut self, ui: &mut Ui, _tile: TileId, pane: &mut Pane) -> UiResponse {
        let t = tokens(ui);
        let fill = match pane {
            Pane::Steps | Pane::Inspector => t.panel,
            _ => t.ground,
        };
        ui.painter().rect_filled(ui.max_rect(), 0.0, fill);
        views::pane(ui, self.view, *pane);
        UiResponse::None
    }

    fn tab_title_for_pane(&mut self, pane: &Pane) -> WidgetText {
        pane.title().into()
    }

    fn tab_ui(
        &mut self,
        tiles: &mut Tiles<Pane>,
        ui: &mut Ui,
        id: Id,
        tile: TileId,
        state: &TabState,
    ) -> Response {
        let t = tokens(ui);
        let title = match tiles.get(tile) {
            Some(Tile::Pane(pane)) => pane.title(),
            _ => "Group",
        };
        let color = if state.active { t.text } else { t.text_soft };
        let shown = match tiles.get(tile) {
            Some(Tile::Pane(pane)) if self.short => pane.short(),
            _ => title,
        };
        let shown = elide(ui, shown, size::TITLE, self.longest);
        let cut = shown != title;
        let galley = ui
            .painter()
            .layout_no_wrap(shown, ui_font(size::TITLE), color);
        let (_, rect) = ui.allocate_space(vec2(
            galley.size().x + 2.0 * size::GRID,
            ui.available_height(),
        ));
        let response = ui.interact(rect, id, Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::selected(Role::Tab, true, state.active, title));
        if state.is_being_dragged {
            return response;
        }
        let color = if response.hovered() { t.text } else { color };
        let at = Align2::CENTER_CENTER.align_size_within_rect(galley.size(), rect);
        ui.painter()
            .galley_with_override_text_color(at.min, Arc::clone(&galley), color);
        if state.active {
            embolden(ui.painter(), at.min, galley, color);
        }
        if state.active && !self.alone {
            let line = at.x_range();
            ui.painter()
                .hline(line, rect.bottom() - 4.0, Stroke::new(2.0, t.accent));
        }
        if response.has_focus() {
            let frame = Stroke::new(1.0, t.accent);
            ui.painter().rect_stroke(
                rect.shrink(4.0),
                size::CORNER,
                frame,
                egui::StrokeKind::Inside,
            );
        }
        if cut {
            return response.on_hover_text(title);
        }
        response
    }

    fn top_bar_right_ui(
        &mut self,
        tiles: &Tiles<Pane>,
        ui: &mut Ui,
        _tile: TileId,
        tabs: &Tabs,
        _scroll: &mut f32,
    ) {
        if let Some(active) = tabs.active
            && let Some(pane) = tiles.get_pane(&active)
        {
            views::pane_header(ui, self.view, *pane);
        }
    }

    fn tab_bar_left_ui(&mut self, tiles: &Tiles<Pane>, ui: &mut Ui, _: TileId, tabs: &Tabs) {
        self.alone = tabs.children.len() == 1;
        ui.add_space(size::GRID);
        let font = ui_font(size::TITLE);
        let panes: Vec<Pane> = (tabs.children.iter())
            .filter_map(|child| tiles.get_pane(child).copied())
            .collect();
        let room = ui.available_width() - panes.len() as f32 * 2.0 * size::GRID;
        let widths = |title: fn(Pane) -> &'static str| -> Vec<f32> {
            let wide = |pane: &Pane| {
                let text = title(*pane).to_owned();
                let galley = ui
                    .painter()
                    .layout_no_wrap(text, font.clone(), Color32::PLACEHOLDER);
                galley.size().x
            };
            panes.iter().map(wide).collect()
        };
        self.short = longest(&widths(Pane::title), room).is_finite();
        self.longest = if self.short {
            longest(&widths(Pane::short), room)
        } else {
            f32::INFINITY
        };
    }

    fn tab_bar_height(&self, _style: &egui::Style) -> f32 {
        size::TAB_BAR
    }

    fn tab_bar_color(&self, visuals: &egui::Visuals) -> Color32 {
        visuals.panel_fill
    }

    fn tab_bar_hline_stroke(&self, _visuals: &egui::Visuals) -> Stroke {
        Stroke::NONE
    }

    fn gap_width(&self, _style: &egui::Style) -> f32 {
        1.0
    }

    fn min_size(&self) -> f32 {
        120.0
    }

    fn resize_stroke(&self, style: &egui::Style, state: ResizeState) -> Stroke {
        match state {
            ResizeState::Idle => {
                Stroke::new(1.0, style.visuals.widgets.noninteractive.bg_stroke.color)
            }
            _ => Stroke::new(2.0, style.visuals.selection.stroke.color),
        }
    }

    fn simplification_options(&self) -> SimplificationOptions {
        SimplificationOptions {
            all_panes_must_have_tabs: true,
            ..SimplificationOptions::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_longest_titles_are_cut() {
        let whole = |widths: &[f32], room| longest(widths, room).is_infinite();
        assert!(whole(&[30.0, 50.0, 90.0], 170.0) && whole(&[], 0.0));
        for (widths, room, share) in [
            ([30.0, 50.0, 90.0], 140.0, 60.0),
            ([90.0, 30.0, 90.0], 130.0, 50.0),
        ] {
            assert!((longest(&widths, room) - share).abs() < 1e-3);
        }
    }

    #[test]
    fn the_first_layout_has_every_pane() {
        assert!(is_whole(&initial()));
        assert!(!is_whole(&Tree::empty(Id::unique("none"))));
    }
}
