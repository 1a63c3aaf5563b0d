//! `tinyscope [FILE]` opens the window.

fn main() -> anyhow::Result<()> {
    let model = std::env::args_os()
        .nth(1)
        .map(|file| tinyscope::document::ModelSource::File(file.into()));
    tinyscope::run(model)
}
