//! The reference runtimes (tflite-micro, onnxruntime) in a process of their own, for tests and benches.
//!
//! `make setup-test` installs them into `$TINYSCOPE_ORACLE`, else `target/oracle`. Where they are missing, a test that
//! needs them prints one line and passes.

// Each test binary compiles this module and uses only a part of it.
#![allow(dead_code)]

use crate::support::workspace;
use serde_json::{Value as Json, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use tinyscope_core::quant::Value;

/// A running `oracle.py`.
pub struct Oracle {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

/// What to run and what to return.
#[derive(Default)]
pub struct Request<'a> {
    /// `tflm` or `onnx`.
    pub runtime: &'a str,
    /// The file.
    pub model: &'a [u8],
    /// In the order of the file's inputs.
    pub inputs: &'a [Value],
    /// Number of outputs of the file.
    pub outputs: usize,
    /// Further tensors to return, by their index in a TFLite file.
    pub tensors: &'a [u32],
    /// Runs to time after the first.
    pub repeat: usize,
}

/// The runtime's answer.
pub struct Answer {
    /// Outputs, then the tensors asked for: raw, little-endian.
    pub values: Vec<Vec<u8>>,
    /// Of every timed run.
    pub seconds: Vec<f64>,
}

fn interpreter() -> Option<PathBuf> {
    let oracle = std::env::var_os("TINYSCOPE_ORACLE")
        .map_or_else(|| workspace().join("target/oracle"), PathBuf::from);
    // Written when everything was installed.
    let ready = oracle.join("installed.txt").exists();
    ready.then(|| oracle.join("bin/python"))
}

impl Oracle {
    /// Starts it; `None`, after a `skipped:` line, where it is not installed.
    pub fn start(purpose: &str) -> Option<Self> {
        let Some(python) = interpreter() else {
            println!(
                "skipped: {purpose} (no tflite-micro in target/oracle; `make setup-test` installs it)"
            );
            return None;
        };
        let script = workspace().join("engine/core/tests/support/oracle.py");
        let mut child = Command::new(python)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the interpreter of the oracle starts");
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        Some(Self {
            child,
            stdin,
            stdout,
        })
    }

    /// Runs a model.
    ///
    /// # Errors
    /// What the runtime said, when it refused the file.
    pub fn run(&mut self, request: &Request<'_>) -> Result<Answer, String> {
        let inputs: Vec<Vec<u8>> = request.inputs.iter().map(Value::to_le_bytes).collect();
        let sizes: Vec<usize> = inputs.iter().map(Vec::len).collect();
        let header = json!({
            "runtime": request.runtime,
            "model": request.model.len(),
            "inputs": sizes,
            "outputs": request.outputs,
            "tensors": request.tensors,
            "repeat": request.repeat,
        });
        let mut bytes = format!("{header}\n").into_bytes();
        bytes.extend_from_slice(request.model);
        bytes.extend(inputs.into_iter().flatten());
        let stdin = self.stdin.as_mut().expect("open until dropped");
        stdin
            .write_all(&bytes)
            .and_then(|()| stdin.flush())
            .map_err(|error| format!("the oracle has died: {error}"))?;
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("readable");
        if line.is_empty() {
            return Err("the oracle died of this model".into());
        }
        let answer: Json = serde_json::from_str(&line).expect("a line of JSON");
        if let Some(error) = answer["error"].as_str() {
            return Err(error.to_owned());
        }
        let list = |key: &str| answer[key].as_array().cloned().unwrap_or_default();
        let values = list("values")
            .iter()
            .map(|size| {
                let mut value = vec![0; size.as_u64().expect("a size") as usize];
                self.stdout
                    .read_exact(&mut value)
                    .expect("all announced bytes");
                value
            })
            .collect();
        let seconds = list("seconds").iter().filter_map(Json::as_f64).collect();
        Ok(Answer { values, seconds })
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        // The end of its input ends it.
        drop(self.stdin.take());
        let _ = self.child.wait();
    }
}
