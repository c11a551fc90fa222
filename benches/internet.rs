//! Prints how fast the simulated internet answers, beside nginx in a pair of namespaces of the
//! same kind, and what the interception adds to a connect. Nothing here fails: it measures.
//!
//! `cargo bench --bench internet`. It needs `nginx`, `wrk`, `openssl` and `unshare`, and an
//! ordinary user's right to make namespaces.
#![expect(clippy::print_stdout, reason = "a benchmark prints")]

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use apptrace::sandbox::{Networks, Place};

const APPTRACE: &str = env!("CARGO_BIN_EXE_apptrace");
/// An address that nobody has: each side has to take it for its own.
const SERVER: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 7);
const ROUNDS: usize = 3;
const CONNECTS: u32 = 2000;

/// What is measured: its name, wrk's words for it.
const LOADS: [(&str, &[&str]); 3] = [
    ("kept alive, plain", &["http://203.0.113.7/"]),
    ("kept alive, TLS", &["https://203.0.113.7/"]),
    ("a TLS connection each", &["-H", "Connection: close", "https://203.0.113.7/"]),
];

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with('-')).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["within", "nginx", load] => within_nginx(load),
        ["within", "connects"] => within_connects(),
        ["connects"] => connects(),
        _ => compare(),
    }
}

fn compare() -> io::Result<()> {
    println!("{} processors", thread::available_parallelism()?);
    let me = std::env::current_exe()?;
    let me = me.to_string_lossy();
    println!("{:<24}{:>14}{:>14}{:>9}", "requests a second", "apptrace", "nginx", "ratio");
    for (name, words) in LOADS {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        // In turn, so that both see the same machine.
        for _ in 0..ROUNDS {
            let wrk = wrk(words);
            let trace = ["trace", "--phases", "none", "--"].map(str::to_owned);
            ours.push(rate(&duct::cmd(APPTRACE, trace.into_iter().chain(wrk)))?);
            theirs.push(rate(&duct::cmd("unshare", ["-Urnm", &*me, "within", "nginx", name]))?);
        }
        let (ours, theirs) = (median(ours), median(theirs));
        println!("{name:<24}{ours:>14.0}{theirs:>14.0}{:>9.2}", ours / theirs);
    }
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let show = me.rsplit_once('/').map_or("/", |(folder, _)| folder);
        let trace = ["trace", "--phases", "none", "--show", show, "--", &me, "connects"];
        ours.push(rate(&duct::cmd(APPTRACE, trace))?);
        theirs.push(rate(&duct::cmd("unshare", ["-Urnm", &*me, "within", "connects"]))?);
    }
    let (ours, theirs) = (median(ours), median(theirs));
    println!("\nmedian of {CONNECTS} connects: {ours:.1} µs, without interception {theirs:.1} µs");
    Ok(())
}

fn wrk(words: &[&str]) -> Vec<String> {
    let wrk = ["wrk", "-t", "1", "-c", "32", "-d", "4s"];
    wrk.iter().chain(words).map(|&word| word.to_owned()).collect()
}

/// The number that a command prints after `Requests/sec:` or `median:`.
fn rate(command: &duct::Expression) -> io::Result<f64> {
    let output = command.stderr_to_stdout().stdout_capture().unchecked().run()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let number = text.lines().find_map(|line| {
        let line = line.trim();
        let rest = line.strip_prefix("Requests/sec:").or(line.strip_prefix("median:"))?;
        rest.trim().parse().ok()
    });
    number.ok_or_else(|| io::Error::other(format!("no figure in what {command:?} printed: {text}")))
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

/// A pair of namespaces like a sandbox's, without what diverts and answers.
fn pair() -> io::Result<Networks> {
    Networks::create().map_err(io::Error::other)
}

/// nginx on the internet's side, wrk on the application's.
fn within_nginx(load: &str) -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    write_configuration(folder.path())?;
    let networks = pair()?;
    networks.enter(Place::Internet).map_err(io::Error::other)?;
    let configuration = folder.path().join("nginx.conf");
    let nginx = |more: &[&str]| {
        let words = ["-p".as_ref(), folder.path(), "-c".as_ref(), configuration.as_path()];
        let more = more.iter().map(Path::new);
        duct::cmd("nginx", words.into_iter().chain(more)).stdout_null().stderr_null()
    };
    let serving = nginx(&[]).start()?;
    networks.enter(Place::Application).map_err(io::Error::other)?;
    wait_for(SocketAddr::from((SERVER, 443)))?;
    let words = LOADS.iter().find(|(name, _)| *name == load).map_or(&[][..], |(_, words)| words);
    let wrk = wrk(words);
    let ran = duct::cmd(&wrk[0], &wrk[1..]).run();
    // Its workers as well: a master that is killed leaves them.
    nginx(&["-s", "stop"]).run()?;
    serving.wait()?;
    ran.map(drop)
}

fn write_configuration(folder: &Path) -> io::Result<()> {
    let words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 7 \
                 -subj /CN=203.0.113.7 -keyout key.pem -out cert.pem";
    duct::cmd("openssl", words.split_whitespace()).dir(folder).stderr_null().run()?;
    fs::write(
        folder.join("nginx.conf"),
        "daemon off; worker_processes auto; pid nginx.pid; error_log /dev/null; user root;\n\
         events { worker_connections 4096; }\n\
         http { access_log off; keepalive_requests 100000000;\n\
         client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4;\n\
         scgi_temp_path t5; ssl_session_tickets off;\n\
         server { listen 80; listen 443 ssl; ssl_certificate cert.pem;\n\
         ssl_certificate_key key.pem; ssl_protocols TLSv1.2 TLSv1.3;\n\
         location / { return 200; } } }\n",
    )
}

fn wait_for(server: SocketAddr) -> io::Result<()> {
    let deadline = Instant::now() + Duration::from_secs(5);
    while TcpStream::connect_timeout(&server, Duration::from_millis(200)).is_err() {
        if Instant::now() > deadline {
            return Err(io::Error::other("nginx does not answer"));
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// A listener that does nothing but accept.
fn within_connects() -> io::Result<()> {
    let networks = pair()?;
    networks.enter(Place::Internet).map_err(io::Error::other)?;
    let listener = TcpListener::bind((IpAddr::from(Ipv4Addr::UNSPECIFIED), 80))?;
    thread::spawn(move || listener.incoming().for_each(drop));
    networks.enter(Place::Application).map_err(io::Error::other)?;
    connects()
}

/// How long a connect takes, in microseconds.
fn connects() -> io::Result<()> {
    let mut times = Vec::new();
    for _ in 0..CONNECTS {
        let begun = Instant::now();
        let stream = TcpStream::connect((SERVER, 80))?;
        times.push(begun.elapsed().as_secs_f64() * 1e6);
        drop(stream);
    }
    println!("median: {:.1}", median(times));
    Ok(())
}
