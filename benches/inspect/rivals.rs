//! Who is compared, and the table.

use std::io;
use std::path::Path;

use crate::measure::{self, Cost};

const ROUNDS: usize = 5;

/// A program that reads the capture.
struct Rival {
    name: &'static str,
    command: Vec<String>,
    rounds: usize,
    costs: Vec<Cost>,
    failed: Option<String>,
}

impl Rival {
    fn new(name: &'static str, command: &[&str], rounds: usize) -> Self {
        let command = command.iter().map(|&word| word.to_owned()).collect();
        Self { name, command, rounds, costs: Vec::new(), failed: None }
    }

    fn seconds(&self) -> Option<[f64; 3]> {
        let mut seconds: Vec<f64> = self.costs.iter().map(|cost| cost.seconds).collect();
        seconds.sort_by(f64::total_cmp);
        let middle = *seconds.get(seconds.len() / 2)?;
        Some([middle, *seconds.first()?, *seconds.last()?])
    }

    fn memory(&self) -> f64 {
        self.costs.iter().map(|cost| cost.memory).fold(0.0, f64::max)
    }
}

const INSPECT: &str = "apptrace inspect";
const TSHARK: &str = "tshark -n -q -z conv,ip";
const ARGUS: &str = "argus";
const LOOP: &str = "bare libpcap loop";

fn rivals(file: &str, own: &str) -> Vec<Rival> {
    vec![
        Rival::new(INSPECT, &[env!("CARGO_BIN_EXE_apptrace"), "inspect", file], ROUNDS),
        Rival::new(LOOP, &[own, "loop", file], ROUNDS),
        Rival::new("tcpdump -w /dev/null", &["tcpdump", "-r", file, "-w", "/dev/null"], ROUNDS),
        Rival::new(ARGUS, &["argus", "-X", "-F", "/dev/null", "-r", file, "-w", "-"], ROUNDS),
        Rival::new("ndpiReader -q", &["ndpiReader", "-q", "-i", file], ROUNDS),
        // It takes a minute.
        Rival::new(TSHARK, &["tshark", "-n", "-q", "-z", "conv,ip", "-r", file], 1),
    ]
}

/// Runs all in turn, so that each sees the same machine, and prints what came of it.
pub(crate) fn compare(file: &Path) -> io::Result<()> {
    // Reads the file once, so that it is in memory for the first as for the last.
    let (packets, bytes) = match measure::bare_loop(file) {
        Ok(counted) => counted,
        Err(error) => {
            println!("{}: {error} (make it with `-- make`)", file.display());
            return Ok(());
        }
    };
    let size = std::fs::metadata(file)?.len() as f64 / 1e6;
    let processors = std::thread::available_parallelism()?;
    println!("{packets} packets, {bytes} bytes captured, a file of {size:.0} MB");
    println!("{processors} processors, load before: {}", load());
    let own = std::env::current_exe()?.to_string_lossy().into_owned();
    let mut rivals = rivals(&file.to_string_lossy(), &own);
    for round in 0..ROUNDS {
        for rival in &mut rivals {
            if round >= rival.rounds || rival.failed.is_some() {
                continue;
            }
            match measure::run(&rival.command) {
                Ok(cost) => rival.costs.push(cost),
                Err(why) => rival.failed = Some(why),
            }
        }
    }
    println!("load after: {}\n", load());
    table(&rivals, packets as f64);
    goals(&rivals);
    Ok(())
}

fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

fn table(rivals: &[Rival], packets: f64) {
    println!("| program | median s | min | max | runs | busy s | peak MB | packets/s |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    for rival in rivals {
        let Some([median, least, most]) = rival.seconds() else {
            let why = rival.failed.as_deref().unwrap_or("not run");
            println!("| {} | {} | | | | | | |", rival.name, why.replace('|', "/"));
            continue;
        };
        let runs = rival.costs.len();
        let busy = rival.costs.iter().map(|cost| cost.busy).sum::<f64>() / runs as f64;
        let name = rival.name;
        let memory = rival.memory();
        println!(
            "| {name} | {median:.2} | {least:.2} | {most:.2} | {runs} | {busy:.2} | {memory:.0} | {:.0} |",
            packets / median
        );
    }
}

/// The goals of issue 3, by the medians.
fn goals(rivals: &[Rival]) {
    let of = |name: &str| rivals.iter().find(|rival| rival.name == name);
    let median = |name: &str| of(name).and_then(Rival::seconds).map(|[median, ..]| median);
    println!("\n| goal | measured | |\n| --- | --- | --- |");
    let ratio = |goal: &str, above: &str, below: &str, holds: fn(f64) -> bool| match median(above)
        .zip(median(below))
    {
        Some((above, below)) => {
            let ratio = above / below;
            let met = if holds(ratio) { "met" } else { "missed" };
            println!("| {goal} | {ratio:.2} | {met} |");
        }
        None => println!("| {goal} | not measured | |"),
    };
    ratio("argus takes at least 2 times as long", ARGUS, INSPECT, |ratio| ratio >= 2.0);
    ratio("tshark takes at least 50 times as long", TSHARK, INSPECT, |ratio| ratio >= 50.0);
    ratio("at most 3 times the bare loop", INSPECT, LOOP, |ratio| ratio <= 3.0);
    match of(INSPECT).filter(|rival| !rival.costs.is_empty()) {
        Some(rival) => {
            let memory = rival.memory();
            let met = if memory < 100.0 { "met" } else { "missed" };
            println!("| less than 100 MB of memory | {memory:.0} MB | {met} |");
        }
        None => println!("| less than 100 MB of memory | not measured | |"),
    }
}
