//! What outlives the window: its own state and the panes. Damaged or foreign storage falls back to the defaults.

use super::Pane;
use crate::state::UiState;
use egui_tiles::Tree;

const STATE: &str = "state";
const PANES: &str = "panes-1";

pub fn load(storage: Option<&dyn eframe::Storage>) -> (UiState, Option<Tree<Pane>>) {
    let Some(storage) = storage else {
        return (UiState::default(), None);
    };
    let state = eframe::get_value(storage, STATE).unwrap_or_default();
    let panes: Option<Tree<Pane>> = eframe::get_value(storage, PANES);
    (state, panes.filter(super::layout::is_whole))
}

pub fn store(storage: &mut dyn eframe::Storage, state: &UiState, panes: &Tree<Pane>) {
    eframe::set_value(storage, STATE, state);
    eframe::set_value(storage, PANES, panes);
}
