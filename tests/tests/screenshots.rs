//! Pictures of the window for the README, made only on request: `make screenshots`.

use egui::vec2;
use egui_kittest::kittest::Queryable;
use tinyscope::command::{Action, Command};
use tinyscope::document::ModelSource;
use tinyscope::keeping::Folders;
use tinyscope_core::plan::Schedule;
use tinyscope_tests::window::{Look, PLAIN, open, open_example, root, settle, survey};

/// The example that the pictures show: its first blocks dominate.
const MODEL: &str = "scene";

/// The network that is streamed: line buffers take most from its first blocks.
const DESIGN: &str = "mcunet-vww1.ron";

/// A stage that the pictures show: it takes the first blocks' maps apart and recomputes little.
const STAGE: Schedule = Schedule::Patch {
    split: 6,
    grid: [3, 3],
};

#[test]
fn draw() {
    if std::env::var_os("TINYSCOPE_SCREENSHOTS").is_none() {
        println!("skipped: pictures are drawn by `make screenshots`");
        return;
    }
    let folder = root().join("screenshots");
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let mut drawn = 0;
    for (name, theme) in [("dark", egui::Theme::Dark), ("light", egui::Theme::Light)] {
        let look = Look {
            size: [1600.0, 1000.0],
            theme,
            ..PLAIN
        };
        let mut save = |h: &mut egui_kittest::Harness<'_, tinyscope::App>, what: &str| {
            let picture = h.render().expect("the window can be drawn");
            let path = folder.join(format!("{what}-{name}.png"));
            picture.save(path).expect("the picture can be written");
            drawn += 1;
        };
        let mut start = open(None, look);
        survey(&mut start);
        save(&mut start, "start");

        let mut h = open_example(MODEL, look);
        survey(&mut h);
        let ctx = h.ctx.clone();
        h.state_mut().apply(&ctx, Command::SetSchedule(STAGE));
        settle(&mut h);
        save(&mut h, "landscape");

        let edge = h.get_by_label("Patch stage edge").rect().center();
        h.drag_at(edge);
        h.step();
        h.hover_at(edge + vec2(70.0, 0.0));
        h.run();
        save(&mut h, "drag");
        h.key_press(egui::Key::Escape);
        h.run();
        h.drop_at(edge);
        h.remove_cursor();
        h.run();

        // Records of these runs only, and nothing in the user's folders.
        let kept = tempfile::tempdir().expect("a temporary folder");
        h.state_mut().keep_in(Folders {
            records: Some(kept.path().join("records")),
            builds: Some(kept.path().join("builds")),
        });
        h.state_mut().apply(&ctx, Command::Run(Action::Measure));
        settle(&mut h);
        save(&mut h, "measured");

        for schedule in [STAGE, Schedule::Layer] {
            h.state_mut().apply(&ctx, Command::SetSchedule(schedule));
            h.state_mut().apply(&ctx, Command::Run(Action::Measure));
            settle(&mut h);
        }
        h.state_mut().apply(&ctx, Command::Run(Action::ShowRecords));
        settle(&mut h);
        save(&mut h, "records");
        let ids: Vec<String> = (h.state().records.kept.listing.entries.iter())
            .skip(1)
            .map(|entry| entry.id.clone())
            .collect();
        for id in ids {
            h.state_mut().apply(&ctx, Command::Mark(Some(id)));
        }
        settle(&mut h);
        save(&mut h, "compared");

        let design = root().join("models").join(DESIGN);
        let mut h = open(Some(ModelSource::File(design)), look);
        survey(&mut h);
        let ctx = h.ctx.clone();
        h.state_mut().apply(&ctx, Command::Run(Action::Smallest));
        settle(&mut h);
        save(&mut h, "streamed");
    }
    assert_eq!(drawn, 14);
}
