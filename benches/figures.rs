//! Prints the figures that `docs/performance.md` quotes: what a run costs, whether a flood
//! loses packets, whether results repeat. Nothing here fails: it measures.
//!
//! `cargo bench --bench figures`, or one of them: `cargo bench --bench figures -- launch`
//! (`launch`, `flood`, `repeat`).
#![expect(clippy::print_stdout, reason = "a benchmark prints")]

use std::io;
use std::time::{Duration, Instant};

use serde_json::Value;

const APPTRACE: &str = env!("CARGO_BIN_EXE_apptrace");
const LAUNCHES: usize = 30;
const FLOODS: usize = 5;
const REPEATS: usize = 20;
/// As fast as one process can: datagrams to a host beyond the gateway.
const FLOOD: &str = "use IO::Socket::INET; \
    my $s = IO::Socket::INET->new(Proto => 'udp', PeerAddr => '203.0.113.7', PeerPort => 4000) \
    or die $!; send($s, 'x' x 64, 0) for 1..100000;";

fn main() -> io::Result<()> {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with('-')).collect();
    let asked = |name: &str| wanted.is_empty() || wanted.iter().any(|it| it == name);
    println!("{} processors", std::thread::available_parallelism()?);
    if asked("launch") {
        launch()?;
    }
    if asked("flood") {
        flood()?;
    }
    if asked("repeat") {
        repeat()?;
    }
    Ok(())
}

/// From the command to its exit, and the kernel's own share beside it.
fn launch() -> io::Result<()> {
    let trace = [APPTRACE, "trace", "--phases", "none", "--", "true"];
    let unshare = ["unshare", "-Urnm", "true"];
    let mut times = (Vec::new(), Vec::new());
    // In turn, so that both see the same machine.
    for _ in 0..LAUNCHES {
        times.0.push(timed(&trace)?);
        times.1.push(timed(&unshare)?);
    }
    println!("launch: {}  {}", summary(times.0), trace[1..].join(" "));
    println!("launch: {}  {}", summary(times.1), unshare.join(" "));
    Ok(())
}

fn timed(command: &[&str]) -> io::Result<Duration> {
    let begun = Instant::now();
    duct::cmd(command[0], &command[1..]).stdout_null().stderr_null().unchecked().run()?;
    Ok(begun.elapsed())
}

fn summary(mut times: Vec<Duration>) -> String {
    times.sort();
    let ms = |at: usize| times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e3);
    let (median, last) = (times.len() / 2, times.len().saturating_sub(1));
    format!("median {:.1} ms, min {:.1}, max {:.1} of {}", ms(median), ms(0), ms(last), times.len())
}

/// 100,000 datagrams as fast as they can be sent.
fn flood() -> io::Result<()> {
    for _ in 0..FLOODS {
        let trace = ["trace", "--phases", "none", "--format", "json", "--", "perl", "-e", FLOOD];
        let begun = Instant::now();
        let printed = duct::cmd(APPTRACE, trace).stderr_null().unchecked().read()?;
        let result: Value = serde_json::from_str(&printed)?;
        println!(
            "flood: {} packets captured, {} lost, verdict {} in {:.1} s",
            result["capture"]["packets"],
            result["capture"]["lost"],
            result["verdict"],
            begun.elapsed().as_secs_f64()
        );
    }
    Ok(())
}

/// The same application, the same snapshot: `--ci` fails where they differ.
fn repeat() -> io::Result<()> {
    for scenario in ["scenarios/curl-http.yaml", "scenarios/baresip.yaml", "scenarios/zoiper.yaml"]
    {
        let mut same = 0;
        for _ in 0..REPEATS {
            let run = duct::cmd(APPTRACE, ["run", "--ci", scenario]);
            let ended = run.stdout_null().stderr_null().unchecked().run()?;
            same += usize::from(ended.status.success());
        }
        println!("repeat: {same} of {REPEATS} runs of {scenario} gave the committed snapshot");
    }
    Ok(())
}
