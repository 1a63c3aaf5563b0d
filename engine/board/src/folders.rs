//! Folders of the user that the program keeps things in.

use std::path::PathBuf;

/// `tinyscope` in the folder that `variable` names, else in `beneath` the home folder (XDG Base Directory Specification
/// 0.8: a relative path in the variable is ignored). `None` where there is no home either.
pub(crate) fn of_user(variable: &str, beneath: &str) -> Option<PathBuf> {
    let named = |name: &str| {
        let path = PathBuf::from(std::env::var_os(name)?);
        path.is_absolute().then_some(path)
    };
    let base = named(variable).or_else(|| Some(named("HOME")?.join(beneath)))?;
    Some(base.join("tinyscope"))
}
