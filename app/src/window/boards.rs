//! Probes that come and go, and the chips behind them.

use super::App;
use tinyscope_board::BoardsChange;
use tinyscope_board::session::Detection;

impl App {
    /// A chip was looked at: the plan is for it from now on, if it is known for certain; else the list of chips opens.
    pub fn take_detected(&mut self, result: Result<Detection, String>) {
        self.jobs.detecting = false;
        let found = match result {
            Ok(found) => found,
            Err(error) => {
                self.notice(true, error);
                return;
            }
        };
        let why = crate::format::visible(&found.why);
        self.log
            .push(format!("chip: {} ({why})", found.candidates.join(", ")));
        match found.candidates.first() {
            Some(chip) if found.certain => {
                self.notice(false, format!("{chip} is on the board: {why}"));
                self.set_chip(&chip.clone());
            }
            first => {
                let like = first.map_or_else(String::new, |chip| format!(", for example {chip}"));
                self.notice(
                    true,
                    format!(
                        "the board does not say exactly what it is ({why}); choose the chip{like}"
                    ),
                );
                self.state.boards_open = false;
                self.state.chips_open = true;
            }
        }
    }

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
