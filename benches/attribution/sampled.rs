//! Host mode: of how many sockets of UDP that are soon closed again the process is seen, while
//! another process chatters. All of it is within a network of its own, from which no packet can leave.

use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::ops::RangeInclusive;
use std::thread;
use std::time::{Duration, Instant};

use procfs::process::Process;
use serde_json::Value;

use crate::{APPTRACE, me, median, result, unshared};

/// After how many milliseconds a socket is closed.
const DELAYS: [u8; 6] = [0, 1, 3, 5, 10, 20];
/// So many sockets for each of them, one after another.
const EACH: u16 = 400;
/// Each sends to a port of its own, from here on.
const SENDER_FROM: u16 = 10_000;
/// The same of the one that chatters.
const CHATTER_FROM: u16 = 20_000;
const SERVER: Ipv4Addr = Ipv4Addr::new(10, 9, 0, 14);

/// Whose the contacts of one process are said to be.
#[derive(Default)]
struct Count {
    right: usize,
    nobody: usize,
    wrong: usize,
}

/// What the sender says of itself.
struct Said {
    pid: u32,
    /// How many processes there were, to look for holders among.
    among: f64,
    /// How long its sockets really lasted, for each delay, in milliseconds at the median.
    lasted: Vec<f64>,
    /// How much of a core the process that looks took meanwhile, in per cent.
    looking: f64,
}

/// Who holds a socket is looked for among all processes, so it is measured among few and among
/// those of the machine.
pub(crate) fn print() -> io::Result<()> {
    let alone = ["-Urnmp", "--mount-proc", "--kill-child", &me()?, "within", "sampled"];
    duct::cmd("unshare", alone).run()?;
    unshared(&["sampled"])?.run().map(drop)
}

/// Runs it all in the network namespace that this process is alone in.
///
/// # Errors
/// Where a contact was taken for another process's, too.
pub(crate) fn within() -> io::Result<()> {
    lead_nowhere()?;
    let me = me()?;
    let chatter = duct::cmd(&me, ["sends", "chatter"]).start()?;
    let options = [
        "trace",
        "--sandbox",
        "none",
        "--interface",
        "up0",
        "--phases",
        "none",
        "--format",
        "json",
    ];
    let ran = duct::cmd(APPTRACE, options.into_iter().chain(["--", &me, "sends", "sampled"]))
        // Here is no other user to become.
        .env_remove("SUDO_UID")
        .stdout_capture()
        .stderr_capture()
        .unchecked()
        .run();
    let chatterer = chatter.pids();
    chatter.kill()?;
    let ran = ran?;
    let errors = String::from_utf8_lossy(&ran.stderr);
    let said = said(&errors).ok_or_else(|| io::Error::other(format!("nothing sent: {errors}")))?;
    let result = result(&String::from_utf8_lossy(&ran.stdout))?;
    if result["verdict"] != "pass" {
        return Err(io::Error::other(format!("not all was seen: {}", result["findings"])));
    }
    tell(&result, &said, *chatterer.first().unwrap_or(&0))
}

/// A pair of links, of which the far one is nobody's: what is sent there is dropped.
fn lead_nowhere() -> io::Result<()> {
    for words in [
        "link add up0 type veth peer name far0",
        // The kernel would announce addresses of its own.
        "link set up0 addrgenmode none",
        "link set far0 addrgenmode none",
        "link set far0 up",
        "link set up0 up",
        "addr add 10.9.0.100/24 dev up0",
        // Or else the first would wait for an answer to where it is.
        "neigh add 10.9.0.14 lladdr 02:00:00:00:00:02 dev up0 nud permanent",
    ] {
        duct::cmd("ip", words.split(' ')).run()?;
    }
    Ok(())
}

fn tell(result: &Value, said: &Said, chatterer: u32) -> io::Result<()> {
    let mut counts = Vec::new();
    for (from, delay) in (SENDER_FROM..).step_by(EACH.into()).zip(DELAYS) {
        let count = Count::of(result, from..=from + EACH - 1, said.pid);
        if count.all() != usize::from(EACH) {
            let text = format!("of {EACH} closed after {delay} ms {} were captured", count.all());
            return Err(io::Error::other(text));
        }
        counts.push(count);
    }
    let chatter = Count::of(result, CHATTER_FROM..=u16::MAX, chatterer);
    let row = |name: &str, figures: &dyn Fn(usize) -> String| {
        let figures: String = (0..DELAYS.len()).map(|at| format!("{:>8}", figures(at))).collect();
        println!("{name:<40}{figures}");
    };
    let load = std::fs::read_to_string("/proc/loadavg")?;
    println!(
        "host mode, {EACH} sockets for each delay with one datagram from each; among {} \
         processes, load {}",
        said.among,
        load.split(' ').next().unwrap_or_default()
    );
    row("closed after", &|at| format!("{} ms", DELAYS[at]));
    row("lasted, median, ms", &|at| format!("{:.2}", said.lasted[at]));
    row("the right process", &|at| counts[at].right.to_string());
    row("no process", &|at| counts[at].nobody.to_string());
    row("a wrong process", &|at| counts[at].wrong.to_string());
    println!(
        "another process meanwhile: {} sockets, the right process {}, none {}, a wrong one {}",
        chatter.all(),
        chatter.right,
        chatter.nobody,
        chatter.wrong
    );
    println!("looking and capturing took {:.0} % of a core\n", said.looking);
    match counts.iter().map(|count| count.wrong).sum::<usize>() + chatter.wrong {
        0 => Ok(()),
        wrong => Err(io::Error::other(format!("{wrong} were taken for another process's"))),
    }
}

impl Count {
    /// Of the contacts at these ports, all of which are this process's.
    fn of(result: &Value, ports: RangeInclusive<u16>, pid: u32) -> Self {
        let rows = |key: &str| result[key].as_array().into_iter().flatten();
        let is_there = |contact: &&Value| {
            let port = contact["port"].as_u64().and_then(|port| u16::try_from(port).ok());
            contact["transport"] == "udp" && port.is_some_and(|port| ports.contains(&port))
        };
        let mut count = Self::default();
        for contact in rows("contacts").chain(rows("background")).filter(is_there) {
            match &contact["process"]["pid"] {
                Value::Null => count.nobody += 1,
                told if *told == pid => count.right += 1,
                told => {
                    println!("port {}: {told} in place of {pid}", contact["port"]);
                    count.wrong += 1;
                }
            }
        }
        count
    }

    fn all(&self) -> usize {
        self.right + self.nobody + self.wrong
    }
}

fn said(text: &str) -> Option<Said> {
    let numbers = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().map(|it| it.parse().ok()).collect::<Option<Vec<f64>>>()
    };
    let pid = text.lines().find_map(|line| line.strip_prefix("sender: ")?.parse().ok())?;
    let lasted = numbers("lasted: ").filter(|all| all.len() == DELAYS.len())?;
    let (among, looking) = (*numbers("among: ")?.first()?, *numbers("looking: ")?.first()?);
    Some(Said { pid, among, lasted, looking })
}

/// Sends from all sockets in turn, and says who it is and how it went.
pub(crate) fn send() -> io::Result<()> {
    println!("sender: {}", std::process::id());
    let all = procfs::process::all_processes().map_err(io::Error::other)?;
    println!("among: {}", all.count());
    // The process that launches the application is the one that looks.
    let looking = Process::new(nix::unistd::getppid().as_raw()).map_err(io::Error::other)?;
    let (begun, before) = (Instant::now(), processor_time(&looking)?);
    let mut lasted = Vec::new();
    for (from, delay) in (SENDER_FROM..).step_by(EACH.into()).zip(DELAYS) {
        let times = (from..from + EACH).map(|port| send_one(port, delay));
        lasted.push(median(times.collect::<io::Result<_>>()?).to_string());
    }
    let took = processor_time(&looking)? - before;
    println!("lasted: {}", lasted.join(" "));
    println!("looking: {}", took / begun.elapsed().as_secs_f64() * 100.0);
    Ok(())
}

/// Sends in the same way until it is ended, with one delay after another.
pub(crate) fn chatter() -> io::Result<()> {
    for (port, delay) in (CHATTER_FROM..=u16::MAX).zip(DELAYS.into_iter().cycle()) {
        send_one(port, delay)?;
    }
    Ok(())
}

/// One datagram from a socket of its own; how many milliseconds that lasted.
fn send_one(port: u16, delay: u8) -> io::Result<f64> {
    let begun = Instant::now();
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    socket.send_to(b"x", (SERVER, port))?;
    if delay > 0 {
        thread::sleep(Duration::from_millis(delay.into()));
    }
    drop(socket);
    Ok(begun.elapsed().as_secs_f64() * 1e3)
}

/// Seconds that all threads of a process took so far.
fn processor_time(process: &Process) -> io::Result<f64> {
    let stat = process.stat().map_err(io::Error::other)?;
    Ok((stat.utime + stat.stime) as f64 / procfs::ticks_per_second() as f64)
}
