//! `serve`: the virtual board as a network probe for `probe-rs`.

use super::{Failure, print, print_json};
use serde::Serialize;
use std::net::SocketAddr;
use tinyscope_board::Cancel;
use tinyscope_board::serve::{ServeEvent, Server};

#[derive(Serialize)]
struct Served {
    chip: String,
    address: SocketAddr,
    probe: String,
    command: String,
}

/// Serve until the process is ended.
pub fn serve(chip: Option<&str>, listen: SocketAddr, json: bool) -> Result<(), Failure> {
    let mut server = Server::bind(listen, chip)?;
    let served = Served {
        chip: server.chip().to_owned(),
        address: server.address(),
        probe: server.selector(),
        command: format!(
            "probe-rs run --probe {} --chip {} PROGRAM.elf",
            server.selector(),
            server.chip()
        ),
    };
    if json {
        print_json(&served)?;
    } else {
        print(&format!(
            "virtual {} at {}; until Ctrl-C, in another terminal:\n  {}\n",
            served.chip, served.address, served.command
        ))?;
    }
    if !served.address.ip().is_loopback() {
        eprintln!("whoever reaches {} can use this board", served.address);
    }
    server.run(&Cancel::default(), &mut |event| match event {
        ServeEvent::Connected(peer) => eprintln!("{peer} connected"),
        ServeEvent::Disconnected(peer, None) => eprintln!("{peer} left"),
        ServeEvent::Disconnected(peer, Some(why)) => eprintln!("{peer} disconnected: {why}"),
    })?;
    Ok(())
}
