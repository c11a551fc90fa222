//! 200,000 packets a second for five seconds, each of which must be in the capture.

use std::io;
use std::net::UdpSocket;
use std::time::{Duration, Instant};

use crate::{figure, result, trace};

const RATE: u32 = 200_000;
const SECONDS: u32 = 5;

pub(crate) fn print() -> io::Result<()> {
    let (rate, out) = figure(&trace(&["sends", "flood"])?, "rate")?;
    let result = result(&out)?;
    let captured: u64 = result["contacts"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|contact| contact["port"] == 9999)
        .filter_map(|contact| contact["packets"].as_u64())
        .sum();
    let sent = u64::from(RATE * SECONDS);
    println!(
        "flood: {rate:.0} packets a second, {sent} sent, {captured} captured, {} said to be lost; \
         verdict {}, by {}\n",
        result["capture"]["lost"], result["verdict"], result["contacts"][0]["process"]["name"],
    );
    Ok(())
}

/// Sends them, a millisecond's at a time.
pub(crate) fn send() -> io::Result<()> {
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    socket.connect("203.0.113.7:9999")?;
    let begun = Instant::now();
    let each = RATE / 1000;
    for millisecond in 0..SECONDS * 1000 {
        let due = begun + Duration::from_millis(millisecond.into());
        while Instant::now() < due {
            std::hint::spin_loop();
        }
        for _ in 0..each {
            // Full for a moment where nobody takes them off: then it is sent again.
            while let Err(error) = socket.send(b"flood") {
                if error.raw_os_error() != Some(nix::libc::ENOBUFS) {
                    return Err(error);
                }
            }
        }
    }
    println!("rate: {}", f64::from(RATE * SECONDS) / begun.elapsed().as_secs_f64());
    Ok(())
}
