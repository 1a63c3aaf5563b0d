//! The border to the probe library: a panic in it, as damaged answers of a probe can cause, becomes an error.

use crate::error::BoardError;
use crate::types::Stage;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Does `work`; a panic in it is an error of `stage`. What `work` changed may be half done: after such an error the
/// board has to be attached again.
pub(super) fn contained<T>(
    stage: Stage,
    work: impl FnOnce() -> Result<T, BoardError>,
) -> Result<T, BoardError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        let cause = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("no reason given");
        Err(BoardError::Probe {
            stage,
            message: format!("the probe library broke off ({cause})"),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::contained;
    use crate::error::BoardError;
    use crate::types::Stage;

    #[test]
    fn a_panic_becomes_an_error_with_its_stage() {
        let result = contained(Stage::Run, || -> Result<(), BoardError> { panic!("odd") });
        let message = result.expect_err("it panicked").to_string();
        assert!(message.contains("running") && message.contains("odd"));
        assert_eq!(contained(Stage::Run, || Ok(3)).expect("no panic"), 3);
    }
}
