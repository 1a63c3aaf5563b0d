//! `serve` as a script uses it: start, read where it listens, connect, end.

use super::{failure, tinyscope};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Ends the server with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn serve_says_where_and_answers_there() {
    let started = Command::new(env!("CARGO_BIN_EXE_tinyscope"))
        .args(["serve", "--listen", "127.0.0.1:0", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut server = Server(started.unwrap());
    let mut text = String::new();
    let mut lines = BufReader::new(server.0.stdout.take().unwrap());
    while !text.ends_with("}\n") {
        assert_ne!(lines.read_line(&mut text).unwrap(), 0, "it ended: {text}");
    }
    let served: Value = serde_json::from_str(&text).unwrap();
    let address = served["address"].as_str().unwrap();
    assert_eq!(served["chip"], "STM32F746NGHx");
    assert_eq!(served["probe"], format!("20b7:9db1:tcp:{address}"));
    let command = served["command"].as_str().unwrap();
    assert!(command.starts_with("probe-rs run --probe 20b7:9db1:tcp:127.0.0.1:"));

    // "What are you?" to the first endpoint; the answer comes back framed.
    let mut stream = TcpStream::connect(address).unwrap();
    let limit = Some(Duration::from_secs(20));
    stream.set_read_timeout(limit).unwrap();
    stream.write_all(&[1, 1, 1, 0]).unwrap();
    let mut answer = [0; 15];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"\x01\x0dprobe-rs,v01\0");
}

#[test]
fn serve_refuses_what_it_does_not_have() {
    let (status, text) = failure(&["serve", "--listen", "127.0.0.1:0", "--chip", "ATtiny85"]);
    assert_eq!(status, Some(2), "{text}");
    assert!(text.contains("ATtiny85"), "{text}");
    let (status, text) = failure(&["serve", "--listen", "here"]);
    assert_eq!(status, Some(2), "{text}");
}

#[test]
fn doctor_answers_scripts_whether_anything_can_be_measured() {
    let here = |path: &str| {
        std::process::Command::new(env!("CARGO_BIN_EXE_tinyscope"))
            .env("PATH", path)
            .env_remove("TINYSCOPE_CC")
            .arg("doctor")
            .output()
            .unwrap()
    };
    let bare = tempfile::tempdir().unwrap();
    let output = here(bare.path().to_str().unwrap());
    assert_eq!(output.status.code(), Some(3));
    let why = String::from_utf8(output.stderr).unwrap();
    assert!(why.contains("apt install gcc-arm-none-eabi"), "{why}");
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.contains("virtual board"), "{table}");

    let output = here(&std::env::var("PATH").unwrap());
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        output.status.success(),
        text.contains("ready to measure on"),
        "{text}"
    );
}

#[test]
fn boards_say_when_no_chip_is_called_so() {
    let (status, why) = failure(&["boards", "--chips", "STM32F746NGX"]);
    assert_eq!(status, Some(1));
    assert!(why.contains("STM32F746NGX"), "{why}");
    let output = tinyscope(&["boards", "--chips", "STM32F746NGX", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["chips"], serde_json::json!([]));
}

#[test]
fn doctor_prints_the_rule_ready_to_install() {
    let output = tinyscope(&["doctor", "--udev-rule"]);
    assert!(output.status.success());
    let rule = include_bytes!("../../../dist/69-tinyscope-probes.rules");
    assert!(output.stdout == rule);
}
