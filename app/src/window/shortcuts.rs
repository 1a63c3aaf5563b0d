//! Keys to actions, by the one table.

use crate::command::{Action, Command};

pub fn collect(ui: &egui::Ui, commands: &mut Vec<Command>) {
    for action in Action::ALL {
        if let Some(shortcut) = action.info().shortcut
            && ui.input_mut(|i| i.consume_shortcut(&shortcut))
        {
            commands.push(Command::Run(action));
        }
    }
}
