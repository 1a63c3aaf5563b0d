//! Runs the compiler: several files at once, with a time limit, cancellable, everything it prints kept.

use super::{Kind, Toolchain, compile_flags, link_flags, target_flags};
use crate::error::BoardError;
use crate::types::{Cancel, Stage};
use std::ffi::OsString;
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tinyscope_core::plan::Core;

/// Time that one call of the compiler may take.
const TIME_LIMIT: Duration = Duration::from_mins(2);
/// Time that a program may take to tell its version.
const VERSION_LIMIT: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(5);

/// A running compiler. Dropping it ends the process.
struct Job {
    child: Child,
    log: std::path::PathBuf,
    started: Instant,
}

impl Drop for Job {
    fn drop(&mut self) {
        // Already ended, in the good case; then both do nothing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn io(path: &Path, source: std::io::Error) -> BoardError {
    BoardError::Io {
        path: path.to_path_buf(),
        source,
    }
}

fn start(program: &Path, args: &[OsString], folder: &Path, log: &Path) -> Result<Job, BoardError> {
    let out = File::create(log).map_err(|e| io(log, e))?;
    let err = out.try_clone().map_err(|e| io(log, e))?;
    let child = Command::new(program)
        .args(args)
        .current_dir(folder)
        // Messages that we parse, in the language that we parse.
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .spawn()
        .map_err(|e| io(program, e))?;
    Ok(Job {
        child,
        log: log.to_path_buf(),
        started: Instant::now(),
    })
}

/// The first error in a compiler's or linker's output; its last line if none is marked as one.
pub fn first_error(log: &str) -> String {
    log.lines()
        .find(|line| {
            let line = line.to_ascii_lowercase();
            line.contains("error:") || line.contains("undefined reference")
        })
        .or_else(|| log.lines().rev().find(|line| !line.trim().is_empty()))
        .unwrap_or("it printed nothing")
        .trim()
        .to_owned()
}

fn failed(toolchain: &Toolchain, first_error: String, log: String) -> BoardError {
    BoardError::CompileFailed {
        program: toolchain
            .program
            .file_name()
            .unwrap_or(toolchain.program.as_os_str())
            .to_string_lossy()
            .into_owned(),
        first_error,
        log,
    }
}

/// Compiles the `.c` files of `sources` (paths relative to `folder`, where `link.ld` lies) and links `firmware.elf`
/// there. Returns all that the compiler printed, in the order of the files: empty when there was no warning.
///
/// # Errors
/// [`BoardError::CompileFailed`], [`BoardError::Cancelled`], [`BoardError::Io`].
pub fn compile_project(
    toolchain: &Toolchain,
    core: Core,
    sources: &[String],
    defines: &[&str],
    folder: &Path,
    step: &mut dyn FnMut(usize, usize),
    cancel: &Cancel,
) -> Result<String, BoardError> {
    let Some(processor) = target_flags(toolchain.kind, core) else {
        return Err(BoardError::Model {
            message: format!("nothing is compiled for {}", core.name()),
        });
    };
    let mut common: Vec<OsString> = Vec::new();
    if toolchain.kind == Kind::Zig {
        common.push("cc".into());
    }
    common.extend(processor.iter().map(OsString::from));

    let objects: Vec<String> = sources.iter().map(|s| format!("{s}.o")).collect();
    let calls: Vec<Vec<OsString>> = sources
        .iter()
        .zip(&objects)
        .map(|(source, object)| {
            let mut args = common.clone();
            args.extend(compile_flags().iter().map(OsString::from));
            args.extend(defines.iter().map(OsString::from));
            args.extend(["-I.", "-c", source, "-o", object].map(OsString::from));
            args
        })
        .collect();
    let total = calls.len() + 1;
    let mut log = run_all(
        toolchain,
        &calls,
        folder,
        &mut |done| step(done, total),
        cancel,
    )?;

    let mut link = common;
    link.extend(objects.iter().map(OsString::from));
    link.extend(link_flags(toolchain.kind).iter().map(OsString::from));
    link.extend(["-o", "firmware.elf"].map(OsString::from));
    if toolchain.kind == Kind::Gcc {
        link.push("-lgcc".into());
    }
    log.push_str(&run_all(toolchain, &[link], folder, &mut |_| {}, cancel)?);
    step(total, total);
    Ok(log)
}

/// Runs the calls, as many at once as the machine has processors, and stops all at the first failure.
fn run_all(
    toolchain: &Toolchain,
    calls: &[Vec<OsString>],
    folder: &Path,
    done: &mut dyn FnMut(usize),
    cancel: &Cancel,
) -> Result<String, BoardError> {
    let width = std::thread::available_parallelism().map_or(1, usize::from);
    let mut logs = vec![String::new(); calls.len()];
    let mut running: Vec<(usize, Job)> = Vec::new();
    let mut next = 0;
    let mut finished = 0;
    while finished < calls.len() {
        if cancel.is_cancelled() {
            return Err(BoardError::Cancelled {
                stage: Stage::Compile,
            });
        }
        while next < calls.len() && running.len() < width {
            let log = folder.join(format!("compiler_{next}.log"));
            running.push((next, start(&toolchain.program, &calls[next], folder, &log)?));
            next += 1;
        }
        let mut i = 0;
        while i < running.len() {
            let (index, job) = &mut running[i];
            let ended = job
                .child
                .try_wait()
                .map_err(|e| io(&toolchain.program, e))?;
            if ended.is_none() && job.started.elapsed() > TIME_LIMIT {
                let message = format!("it did not finish within {} s", TIME_LIMIT.as_secs());
                return Err(failed(toolchain, message, String::new()));
            }
            let Some(status) = ended else {
                i += 1;
                continue;
            };
            let bytes = std::fs::read(&job.log).map_err(|e| io(&job.log, e))?;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            // The log is in the error or in the answer; the file has served.
            let _ = std::fs::remove_file(&job.log);
            if !status.success() {
                return Err(failed(toolchain, first_error(&text), text));
            }
            logs[*index] = text;
            running.swap_remove(i);
            finished += 1;
            done(finished);
        }
        if finished < calls.len() {
            std::thread::sleep(POLL);
        }
    }
    Ok(logs.concat())
}

/// What a program prints, if it ends well and soon.
pub(super) fn output_of(program: &Path, args: &[&str]) -> Option<String> {
    let folder = tempfile::tempdir().ok()?;
    let args: Vec<OsString> = args.iter().map(OsString::from).collect();
    let mut job = start(program, &args, folder.path(), &folder.path().join("log")).ok()?;
    loop {
        match job.child.try_wait().ok()? {
            Some(status) if status.success() => {
                let bytes = std::fs::read(&job.log).ok()?;
                return Some(String::from_utf8_lossy(&bytes).into_owned());
            }
            Some(_) => return None,
            None if job.started.elapsed() > VERSION_LIMIT => return None,
            None => std::thread::sleep(POLL),
        }
    }
}
