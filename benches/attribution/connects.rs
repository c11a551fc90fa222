//! What attribution adds to a connect: the call alone, which for UDP sends nothing, and a whole
//! connection's.

use std::io;
use std::net::{IpAddr, Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::Instant;

use apptrace::sandbox::{Networks, Place};

use crate::{median, trace, unshared};

/// An address that nobody has: each side has to take it for its own.
const SERVER: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 7);
const CONNECTS: u32 = 20_000;
const ROUNDS: usize = 5;

pub(crate) fn print() -> io::Result<()> {
    println!("a connect of {CONNECTS}, in µs; medians of {ROUNDS} rounds in turn");
    println!("{:<44}{:>9}{:>9}{:>9}", "", "with", "without", "added");
    let names = ["UDP, mean", "UDP, median", "TCP, mean", "TCP, median"];
    let mut figures = vec![(Vec::new(), Vec::new()); names.len()];
    for _ in 0..ROUNDS {
        let (with, without) =
            (all(&trace(&["sends", "connects"])?)?, all(&unshared(&["connects"])?)?);
        for ((at, with), without) in figures.iter_mut().zip(with).zip(without) {
            at.0.push(with);
            at.1.push(without);
        }
    }
    for (name, (with, without)) in names.iter().zip(figures) {
        let (with, without) = (median(with), median(without));
        println!("{name:<44}{with:>9.2}{without:>9.2}{:>9.2}", with - without);
    }
    println!();
    Ok(())
}

fn all(command: &duct::Expression) -> io::Result<Vec<f64>> {
    let output = command.stderr_to_stdout().stdout_capture().unchecked().run()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix("connects:"));
    let line = line.ok_or_else(|| io::Error::other(format!("no figures in: {text}")))?;
    line.split_whitespace().map(|it| it.parse().map_err(io::Error::other)).collect()
}

/// A pair of namespaces like a sandbox's, with a listener that does nothing but accept.
pub(crate) fn within_pair() -> io::Result<()> {
    let networks = Networks::create().map_err(io::Error::other)?;
    networks.enter(Place::Internet).map_err(io::Error::other)?;
    let listener = TcpListener::bind((IpAddr::from(Ipv4Addr::UNSPECIFIED), 80))?;
    thread::spawn(move || listener.incoming().for_each(drop));
    networks.enter(Place::Application).map_err(io::Error::other)?;
    send()
}

/// Connects, and says how long it took.
pub(crate) fn send() -> io::Result<()> {
    let (mut udp, mut tcp) = (Vec::new(), Vec::new());
    for _ in 0..CONNECTS {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        let begun = Instant::now();
        socket.connect((SERVER, 80))?;
        udp.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    for _ in 0..CONNECTS {
        let begun = Instant::now();
        let stream = TcpStream::connect((SERVER, 80))?;
        tcp.push(begun.elapsed().as_secs_f64() * 1e6);
        // With a reset: ports shall not run out.
        socket2::SockRef::from(&stream).set_linger(Some(std::time::Duration::ZERO))?;
    }
    let mean = |times: &[f64]| times.iter().sum::<f64>() / times.len() as f64;
    let (udp_mean, tcp_mean) = (mean(&udp), mean(&tcp));
    println!("connects: {udp_mean} {} {tcp_mean} {}", median(udp), median(tcp));
    Ok(())
}
