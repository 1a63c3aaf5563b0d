//! A numeric handle: an ordinary widget of a given rectangle that can be dragged, nudged by arrow keys and set through
//! the accessibility tree. The views that use it decide what a drag means.

use egui::accesskit::{Action, ActionData};
use egui::{EventFilter, Id, Key, Rect, Response, Sense, Ui, WidgetInfo};

/// What a [`handle`] is called and where its value lies.
pub struct Spec<'a> {
    /// Name in the accessibility tree.
    pub name: &'a str,
    /// Value as it is.
    pub value: f64,
    /// Smallest and largest value.
    pub range: [f64; 2],
    /// The keys that lower and raise it.
    pub keys: [Key; 2],
}

/// What happened to a handle in this frame.
pub struct Input {
    /// Hover, focus, drags.
    pub response: Response,
    /// Steps asked for by keys or assistive tools.
    pub nudge: i64,
    /// A value asked for by assistive tools.
    pub set: Option<f64>,
}

/// Lay a handle over `rect`.
pub fn handle(ui: &Ui, id: Id, rect: Rect, spec: &Spec<'_>) -> Input {
    let response = ui.interact(rect, id, Sense::click_and_drag());
    if response.clicked() || response.drag_started() {
        response.request_focus();
    }
    let mut nudge = 0;
    if response.has_focus() {
        let filter = EventFilter {
            horizontal_arrows: true,
            vertical_arrows: true,
            escape: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|m| m.set_focus_lock_filter(id, filter));
        let [lower, raise] = spec.keys;
        nudge += ui.input(|i| i.num_presses(raise) as i64 - i.num_presses(lower) as i64);
    }
    let mut set = None;
    ui.input(|i| {
        nudge += i.num_accesskit_action_requests(id, Action::Increment) as i64
            - i.num_accesskit_action_requests(id, Action::Decrement) as i64;
        for request in i.accesskit_action_requests(id, Action::SetValue) {
            if let Some(ActionData::NumericValue(value)) = request.data {
                set = Some(value);
            }
        }
    });
    response.widget_info(|| WidgetInfo::slider(ui.is_enabled(), spec.value, spec.name));
    ui.ctx().accesskit_node_builder(id, |node| {
        node.set_min_numeric_value(spec.range[0]);
        node.set_max_numeric_value(spec.range[1]);
        node.set_numeric_value_step(1.0);
        for action in [Action::SetValue, Action::Increment, Action::Decrement] {
            node.add_action(action);
        }
    });
    Input {
        response,
        nudge,
        set,
    }
}
