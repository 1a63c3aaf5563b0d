//! Probes that come and go.

use super::App;
use tinyscope_board::BoardsChange;

impl App {
    /// The list of boards has changed. What was chosen stays chosen, there or not.
    pub fn take_boards(&mut self, change: BoardsChange) {
        // The first look tells what is there: no news.
        let first = self.surroundings.boards.is_empty();
        self.surroundings.boards = change.boards;
        if first {
            return;
        }
        for board in change.added.iter().filter(|board| !board.is_virtual) {
            let name = crate::format::visible(&board.name);
            self.notice(
                false,
                format!("{name} was plugged in; choose it beside Flash & measure"),
            );
            self.log.push(format!("plugged in: {name} ({})", board.id));
        }
        for board in change.removed.iter().filter(|board| !board.is_virtual) {
            let name = crate::format::visible(&board.name);
            let chosen = board.id == self.state.board();
            self.notice(chosen, format!("{name} was unplugged"));
            self.log.push(format!("unplugged: {name} ({})", board.id));
        }
    }
}
