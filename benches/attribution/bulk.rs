//! One connection that sends as much as it can: over the same pair of namespaces without and with
//! what attribution does to its packets, and through a whole sandbox, where every packet is
//! captured and the simulated internet reads what comes.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::thread;
use std::time::{Duration, Instant};

use apptrace::sandbox::attribution::FlowLog;
use apptrace::sandbox::{Networks, Place};
use socket2::{Domain, Socket, Type};

use crate::{figure, median, result, trace, unshared};

const SERVER: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 7);
const PORT: u16 = 9999;
const DURATION: Duration = Duration::from_secs(3);
const ROUNDS: usize = 5;

pub(crate) fn print() -> io::Result<()> {
    let (mut plain, mut logged) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        plain.push(figure(&unshared(&["bulk", "plain"])?, "bulk")?.0);
        logged.push(figure(&unshared(&["bulk", "logged"])?, "bulk")?.0);
    }
    let (plain, logged) = (median(plain), median(logged));
    println!("bulk TCP over a pair of namespaces, MB/s, medians of {ROUNDS} rounds in turn");
    println!("without {plain:.0}, with attribution {logged:.0}: {:.1} %", logged / plain * 100.0);
    let (through, out) = figure(&trace(&["sends", "bulk"])?, "bulk")?;
    let lost = &result(&out)?["capture"]["lost"];
    println!(
        "through a whole sandbox, captured and read: {through:.0} MB/s, {lost} packets lost\n"
    );
    Ok(())
}

pub(crate) fn within_pair(how: &str) -> io::Result<()> {
    let networks = Networks::create().map_err(io::Error::other)?;
    networks.enter(Place::Internet).map_err(io::Error::other)?;
    let listener = TcpListener::bind((IpAddr::from(Ipv4Addr::UNSPECIFIED), PORT))?;
    thread::spawn(move || {
        let mut buffer = vec![0; 1 << 18];
        for mut stream in listener.incoming().flatten() {
            while stream.read(&mut buffer).is_ok_and(|length| length > 0) {}
        }
    });
    networks.enter(Place::Application).map_err(io::Error::other)?;
    if how == "plain" {
        return send_marked(0);
    }
    let log = FlowLog::open().map_err(io::Error::other)?;
    send_marked(1)?;
    let sightings = log.read();
    if sightings.iter().any(|sighting| sighting.flow.server.port() == PORT) {
        return Ok(());
    }
    Err(io::Error::other(format!("the connection was not logged: {sightings:?}")))
}

pub(crate) fn send() -> io::Result<()> {
    send_marked(0)
}

fn send_marked(mark: u32) -> io::Result<()> {
    let mut socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    if mark != 0 {
        socket.set_mark(mark)?;
    }
    socket.connect(&SocketAddr::from((SERVER, PORT)).into())?;
    let block = vec![7; 1 << 17];
    let (begun, mut sent) = (Instant::now(), 0);
    while begun.elapsed() < DURATION {
        sent += socket.write(&block)?;
    }
    println!("bulk: {}", sent as f64 / 1e6 / begun.elapsed().as_secs_f64());
    Ok(())
}
