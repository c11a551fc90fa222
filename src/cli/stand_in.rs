//! `apptrace stand-in`: programs that stand in for applications which are not installed, so
//! that their scenarios run anywhere.

use std::io::Write;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs, UdpSocket};
use std::thread;
use std::time::Duration;

use super::error::{CliError, Kind};
use super::exit::ExitStatus;

/// Behave like an application that is not installed (for the scenarios that come with
/// apptrace; a scenario names it `apptrace` in its `stand-in`)
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    program: Program,
}

#[derive(Debug, clap::Subcommand)]
enum Program {
    /// The softphone Zoiper 2.14 as traced in 2008: it registers its one account, fetches its
    /// version counter once, and keeps its registration alive
    Zoiper(Zoiper),
}

#[derive(Debug, clap::Args)]
struct Zoiper {
    /// How often the registration is kept alive
    #[arg(long, default_value = "160s", value_parser = super::trace::duration)]
    keep_alive: Duration,
    /// Another host that it calls at start, as a release that phones home would
    #[arg(long, value_name = "HOST")]
    also: Vec<String>,
}

const REGISTRAR: &str = "sip.ca1.voip.ms";
const COUNTER: &str = "www.asteriskguru.com";
const COUNTER_TARGET: &str = "/counter/?version=2.14&dllversion=650&branch=zoiper";
const SIP_PORT: u16 = 5060;
const PATIENCE: Duration = Duration::from_secs(5);

/// Runs until it is ended.
pub(crate) fn run(args: &Args, out: &mut dyn Write) -> Result<ExitStatus, CliError> {
    match &args.program {
        Program::Zoiper(zoiper) => zoiper.run(out).map_err(|error| {
            CliError::new(Kind::Usage, format!("the stand-in for Zoiper failed: {error}"))
        }),
    }
}

impl Zoiper {
    fn run(&self, out: &mut dyn Write) -> std::io::Result<ExitStatus> {
        let registrar = lookup(REGISTRAR, SIP_PORT)?;
        get(COUNTER, COUNTER_TARGET)?;
        for host in &self.also {
            get(host, "/")?;
        }
        let socket = UdpSocket::bind(("0.0.0.0", SIP_PORT))?;
        socket.connect(registrar)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.send(register(&socket)?.as_bytes())?;
        let mut reply = [0; 2048];
        let length = socket.recv(&mut reply)?;
        let status = String::from_utf8_lossy(&reply[..length]);
        writeln!(out, "registered: {}", status.lines().next().unwrap_or_default())?;
        loop {
            thread::sleep(self.keep_alive);
            // RFC 5626 section 3.5.1, as softphones of the time did over UDP too.
            socket.send(b"\r\n\r\n")?;
        }
    }
}

/// Over IPv4 alone, as in 2008.
fn lookup(host: &str, port: u16) -> std::io::Result<SocketAddr> {
    let found = (host, port).to_socket_addrs()?.find(SocketAddr::is_ipv4);
    found.ok_or_else(|| std::io::Error::other(format!("{host} has no IPv4 address")))
}

fn get(host: &str, target: &str) -> std::io::Result<()> {
    let mut stream = TcpStream::connect_timeout(&lookup(host, 80)?, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
    std::io::copy(&mut stream, &mut std::io::sink()).map(drop)
}

fn register(socket: &UdpSocket) -> std::io::Result<String> {
    let own = socket.local_addr()?;
    Ok(format!(
        "REGISTER sip:{REGISTRAR};transport=UDP SIP/2.0\r\n\
         Via: SIP/2.0/UDP {own};branch=z9hG4bK-1;rport\r\n\
         Max-Forwards: 70\r\n\
         Contact: <sip:100000@{own};transport=UDP>\r\n\
         To: <sip:100000@{REGISTRAR};transport=UDP>\r\n\
         From: <sip:100000@{REGISTRAR};transport=UDP>;tag=1\r\n\
         Call-ID: 1@{}\r\n\
         CSeq: 1 REGISTER\r\n\
         Expires: 3600\r\n\
         User-Agent: Zoiper rev.650\r\n\
         Content-Length: 0\r\n\r\n",
        own.ip()
    ))
}
