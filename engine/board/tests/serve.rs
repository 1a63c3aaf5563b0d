//! The virtual board over TCP. The client is probe-rs' own driver for this protocol: what it attaches to, flashes, runs
//! and debugs here, the `probe-rs` command does as well.

mod common;
mod support;

use common::{expected, input};
use probe_rs::flashing::DownloadOptions;
use probe_rs::probe::list::Lister;
use probe_rs::probe::{DebugProbeSelector, Probe};
use probe_rs::{CoreStatus, MemoryInterface as _, Permissions};
use std::error::Error;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::Duration;
use support::{COUNT, DONE, FAULT_HANDLER, FLASH, RESULTS};
use tinyscope_board::probe::VIRTUAL_CHIPS;
use tinyscope_board::serve::{ServeEvent, Server};
use tinyscope_board::session::{attach_probe, start};
use tinyscope_board::{BoardError, Cancel};
use tinyscope_core::plan::{MemoryKind, Target};

const LIMIT: Duration = Duration::from_secs(20);

/// A server on a thread of its own, which ends with this value.
struct Served {
    address: SocketAddr,
    selector: String,
    events: Receiver<ServeEvent>,
    cancel: Cancel,
    thread: Option<JoinHandle<Result<(), BoardError>>>,
}

fn serve() -> Served {
    serve_chip(None)
}

fn serve_chip(chip: Option<&str>) -> Served {
    let mut server = Server::bind(([127, 0, 0, 1], 0).into(), chip).expect("a free port");
    let (address, selector) = (server.address(), server.selector());
    let cancel = Cancel::default();
    let (send, events) = channel();
    let flag = cancel.clone();
    let thread = std::thread::spawn(move || {
        server.run(&flag, &mut |event| {
            let _ = send.send(event);
        })
    });
    Served {
        address,
        selector,
        events,
        cancel,
        thread: Some(thread),
    }
}

/// Whether probe-rs can look for probes: it lists serial ports first, and panics where the system has no list of them.
fn searchable() -> bool {
    let can = tinyscope_board::can_search();
    if !can {
        println!(
            "skipped: this system has no list of devices, without which probe-rs opens no probe"
        );
    }
    can
}

impl Served {
    fn open(&self) -> Result<Probe, Box<dyn Error>> {
        let selector: DebugProbeSelector = self.selector.parse()?;
        Ok(Lister::new().open(selector)?)
    }

    fn stop(mut self) -> Result<Vec<ServeEvent>, Box<dyn Error>> {
        self.cancel.cancel();
        let thread = self.thread.take().ok_or("it runs")?;
        thread.join().map_err(|_| "the server panicked")??;
        Ok(self.events.try_iter().collect())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

#[test]
fn probe_rs_driver_flashes_and_runs_an_image_over_the_network() -> Result<(), Box<dyn Error>> {
    if !searchable() {
        return Ok(());
    }
    let served = serve();
    let program = support::image(&COUNT, FAULT_HANDLER, 100_000, 1);
    {
        let mut session = support::attach_to(served.open()?);
        support::flash(&mut session, &program, false)?;
        let mut core = session.core(0)?;
        let mut back = vec![0; program.len()];
        core.read(FLASH, &mut back)?;
        assert!(back == program, "flash holds the image");
        core.reset()?;
        let mut looks = 0;
        while core.read_word_32(RESULTS + 8)? != DONE {
            looks += 1;
            assert!(looks < 10_000, "the program does not finish");
        }
        core.halt(LIMIT)?;
        assert!(matches!(core.status()?, CoreStatus::Halted(_)));
        // A refused access is an error, and the next ones work: both ends are still in step.
        assert!(core.read_word_32(0xA000_0000).is_err());
        let mut words = [0; 64];
        assert!(core.read_32(0x9FFF_FF80, &mut words).is_err());
        assert_eq!(core.read_word_32(RESULTS + 8)?, DONE);
        core.write_32(RESULTS + 0x100, &[1, 2, 3, 4])?;
        core.read_32(RESULTS + 0x100, &mut words[..4])?;
        assert_eq!(words[..4], [1, 2, 3, 4]);
    }
    // The next client finds the same board.
    let mut session = support::attach_to(served.open()?);
    let mut back = vec![0; program.len()];
    session.core(0)?.read(FLASH, &mut back)?;
    assert!(back == program, "flash keeps the image");
    drop(session);
    let events = served.stop()?;
    assert_eq!(events.len(), 4, "{events:?}");
    assert!(matches!(events[1], ServeEvent::Disconnected(_, None)));
    Ok(())
}

#[test]
fn every_virtual_chip_is_served() -> Result<(), Box<dyn Error>> {
    if !searchable() {
        return Ok(());
    }
    let contents: Vec<u8> = (0..5000u32).map(|i| (i * 41 % 251) as u8).collect();
    for chip in VIRTUAL_CHIPS {
        let served = serve_chip(Some(chip));
        let mut session = served.open()?.attach(chip, Permissions::default())?;
        let flash = tinyscope_board::target_for_chip(chip)?
            .regions
            .iter()
            .find(|region| region.kind == MemoryKind::Flash)
            .map_or(0, |region| region.base);
        let mut loader = session.target().flash_loader();
        loader.add_data(flash, &contents)?;
        let mut options = DownloadOptions::default();
        options.verify = true;
        loader.commit(&mut session, options)?;
        let mut back = vec![0; contents.len()];
        session.core(0)?.read(flash, &mut back)?;
        assert!(back == contents, "{chip}");
    }
    Ok(())
}

#[test]
fn the_measuring_firmware_runs_over_the_network() -> Result<(), Box<dyn Error>> {
    if !searchable() {
        return Ok(());
    }
    let (target, cancel) = (Target::stm32f746(), Cancel::default());
    let folder = tempfile::tempdir()?;
    let Some(build) = common::build(&common::project(""), &target, folder.path()) else {
        return Ok(());
    };
    let served = serve();
    let mut board = attach_probe(served.open()?, &served.selector, true, &target)?;
    common::flash_all(&mut board, &build.bytes)?;
    let layout = common::layout();
    let mut program = start(&mut board, &build.image, &layout, &cancel)?;
    let report = program.run(&input(), 0, LIMIT, &cancel)?;
    let bytes: Vec<u8> = expected(&input()).1.iter().map(|&v| v as u8).collect();
    assert_eq!(report.output, bytes);
    assert_eq!(report.guards, 3);
    assert!(report.cycles > 0);
    Ok(())
}

#[test]
fn a_peer_that_talks_nonsense_is_sent_away_and_the_next_one_served() -> Result<(), Box<dyn Error>> {
    if !searchable() {
        return Ok(());
    }
    let served = serve();
    for nonsense in [&b"GET / HTTP/1.1\r\n\r\n\0"[..], &[3, 9, 9, 0], &[5, 0]] {
        let mut stream = TcpStream::connect(served.address)?;
        stream.set_read_timeout(Some(LIMIT))?;
        stream.write_all(nonsense)?;
        // Closed, or reset because it did not read to the end.
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(answer.is_empty(), "{answer:?}");
        assert!(matches!(
            served.events.recv_timeout(LIMIT)?,
            ServeEvent::Connected(_)
        ));
        let ServeEvent::Disconnected(_, Some(why)) = served.events.recv_timeout(LIMIT)? else {
            panic!("it was its own will");
        };
        assert!(why.contains("probe-rs,v01"), "{why}");
    }
    // A silent client does not keep the server from stopping.
    let silent = TcpStream::connect(served.address)?;
    assert!(matches!(
        served.events.recv_timeout(LIMIT)?,
        ServeEvent::Connected(_)
    ));
    drop(support::attach_to({
        drop(silent);
        served.open()?
    }));
    let silent = TcpStream::connect(served.address)?;
    served.stop()?;
    drop(silent);
    Ok(())
}

/// Asks who is there: the packet for the root endpoint, framed.
const WHO: [u8; 4] = [1, 1, 1, 0];
const ANSWER: &[u8] = b"probe-rs,v01";

#[test]
fn a_second_client_waits_for_its_turn_and_finds_nothing_of_the_first() -> Result<(), Box<dyn Error>>
{
    let served = serve();
    let ask = |stream: &mut TcpStream| -> Result<Vec<u8>, Box<dyn Error>> {
        stream.set_read_timeout(Some(LIMIT))?;
        stream.write_all(&WHO)?;
        let mut answer = vec![0; ANSWER.len() + 3];
        stream.read_exact(&mut answer)?;
        Ok(answer)
    };
    // What a client can leave half done: a frame, a command, a packet whose transfer failed.
    for half in [
        &[9, 1][..],
        &[4, 1, 0x20, 7, 0],
        &[3, 1, 0x0E],
        &[6, 1, 0x0D, 9, 9, 9],
    ] {
        let mut first = TcpStream::connect(served.address)?;
        assert!(ask(&mut first)?.ends_with(b"v01\0"));
        let mut second = TcpStream::connect(served.address)?;
        second.write_all(&WHO)?;
        second.set_read_timeout(Some(Duration::from_millis(20)))?;
        assert!(second.read(&mut [0; 64]).is_err(), "it is not its turn");
        first.write_all(half)?;
        drop(first);
        second.set_read_timeout(Some(LIMIT))?;
        let mut answer = vec![0; ANSWER.len() + 3];
        second.read_exact(&mut answer)?;
        assert!(
            answer.windows(ANSWER.len()).any(|part| part == ANSWER),
            "{answer:?}"
        );
    }
    let events = served.stop()?;
    assert_eq!(events.len(), 16, "{events:?}");
    let unwilling = |event: &&ServeEvent| matches!(event, ServeEvent::Disconnected(_, Some(_)));
    assert_eq!(events.iter().filter(unwilling).count(), 0, "{events:?}");
    Ok(())
}

#[test]
fn a_chip_that_no_virtual_board_has_is_named() {
    let address = ([127, 0, 0, 1], 0).into();
    assert!(Server::bind(address, Some("stm32f746nghx")).is_ok());
    match Server::bind(address, Some("ATtiny85")) {
        Err(error @ BoardError::UnknownChip { .. }) => {
            assert!(error.to_string().contains("ATtiny85"), "{error}");
        }
        other => panic!("{other:?}"),
    }
    // Known, but not modelled.
    match Server::bind(address, Some("STM32F103C8")) {
        Err(error @ BoardError::NotSimulated { .. }) => {
            let text = error.to_string();
            for name in [
                "STM32F103C8",
                "STM32F746NGHx",
                "STM32H743ZI",
                "nRF52840_xxAA",
            ] {
                assert!(text.contains(name), "{text}");
            }
            assert!(!text.contains("plan"), "{text}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_address_in_use_is_named() {
    let served = serve();
    match Server::bind(served.address, None) {
        Err(error @ BoardError::Listen { .. }) => {
            assert!(
                error.to_string().contains(&served.address.to_string()),
                "{error}"
            );
        }
        other => panic!("{other:?}"),
    }
}
