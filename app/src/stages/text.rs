//! Stages as the command line writes them: `A..B=METHOD`.

use tinyscope_core::schedule::{HandOver, Method, Stage};

/// Most rows, columns or patches along an axis that can be asked for; maps are no larger.
const MOST: usize = 32_767;
/// Steps are counted up to here; no network has as many.
const MOST_STEPS: usize = 1_000_000;

/// Reads `A..B=METHOD`: steps A to before B.
///
/// # Errors
/// What is wrong with it, in words.
pub fn stage(text: &str) -> Result<Stage, String> {
    let form = || {
        format!("`{text}` is no stage; write A..B=METHOD, for example 0..8=pixels for steps 0 to 7")
    };
    let (steps, way) = text.split_once('=').ok_or_else(form)?;
    let (start, end) = steps.split_once("..").ok_or_else(form)?;
    let number = |text: &str| {
        let number = text.trim().parse::<usize>().ok();
        number.filter(|&n| n <= MOST_STEPS).ok_or_else(form)
    };
    Ok(Stage {
        steps: number(start)?..number(end)?,
        method: method(way.trim())?,
    })
}

/// Reads a way of running: `layer`, `patch:RxC`, `strips:R`, `rows`, `pixels`, `tiles:RxC`.
///
/// # Errors
/// What is wrong with it, in words.
pub fn method(text: &str) -> Result<Method, String> {
    let (name, size) = match text.split_once(':') {
        Some((name, size)) => (name, Some(size)),
        None => (text, None),
    };
    let form = |form: &str| format!("`{text}` is no way to run a stage; write {form}");
    let one = |text: &str| {
        let number = text.trim().parse::<usize>().ok();
        number.filter(|n| (1..=MOST).contains(n))
    };
    let two = |size: &str| match size.split_once(['x', 'X', '×']) {
        Some((rows, columns)) => Some([one(rows)?, one(columns)?]),
        None => one(size).map(|n| [n, n]),
    };
    match (name, size) {
        ("layer", None) => Ok(Method::Layer),
        ("rows", None) => Ok(Method::ROWS),
        ("pixels", None) => Ok(Method::PIXELS),
        ("patch", size) => (size.and_then(two))
            .map(|grid| Method::Patch { grid })
            .ok_or_else(|| form("patch:RxC with the number of patches, for example patch:3x3")),
        ("strips", size) => (size.and_then(one))
            .map(|rows| Method::HorizontalCache { rows })
            .ok_or_else(|| form("strips:R with the rows of a strip, for example strips:4")),
        ("tiles", size) => (size.and_then(two))
            .map(|tile| Method::TileCache { tile })
            .ok_or_else(|| form("tiles:RxC with the pixels of a tile, for example tiles:4x8")),
        _ => Err(form(
            "layer, patch:RxC, strips:R, rows, pixels or tiles:RxC",
        )),
    }
}

/// A way of running as [`method`] reads it.
pub fn method_text(method: Method) -> String {
    match method {
        Method::Layer => "layer".into(),
        Method::Patch {
            grid: [rows, columns],
        } => format!("patch:{rows}x{columns}"),
        Method::HorizontalCache { rows } => format!("strips:{rows}"),
        Method::LineBuffers {
            hand_over: HandOver::Row,
        } => "rows".into(),
        Method::LineBuffers {
            hand_over: HandOver::Pixel,
        } => "pixels".into(),
        Method::TileCache {
            tile: [rows, columns],
        } => format!("tiles:{rows}x{columns}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_can_be_written() {
        for (text, expected) in [
            ("layer", Method::Layer),
            ("rows", Method::ROWS),
            ("pixels", Method::PIXELS),
            ("patch:3x2", Method::Patch { grid: [3, 2] }),
            ("patch:4", Method::Patch { grid: [4, 4] }),
            ("strips:5", Method::HorizontalCache { rows: 5 }),
            ("tiles:4x8", Method::TileCache { tile: [4, 8] }),
        ] {
            let stage = stage(&format!("2..9={text}")).expect(text);
            assert_eq!((stage.steps, stage.method), (2..9, expected), "{text}");
            assert_eq!(method(&method_text(expected)), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, why) in [
            ("", "A..B=METHOD"),
            ("0..8", "A..B=METHOD"),
            ("8=rows", "A..B=METHOD"),
            ("a..8=rows", "A..B=METHOD"),
            ("0..99999999999999999999=rows", "A..B=METHOD"),
            ("0..8=", "layer, patch"),
            ("0..8=column", "layer, patch"),
            ("0..8=rows:3", "layer, patch"),
            ("0..8=patch", "patch:RxC"),
            ("0..8=patch:0x3", "patch:RxC"),
            ("0..8=strips:2x2", "strips:R"),
            ("0..8=tiles:-1", "tiles:RxC"),
        ] {
            let problem = stage(text).expect_err(text);
            assert!(problem.contains(why), "{text}: {problem}");
        }
    }
}
