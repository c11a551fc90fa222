//! Each contact of a set of programs beside who made it, as the program itself says.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::Value;

use crate::senders::{self, EACH, KINDS, old_ports};
use crate::{APPTRACE, polling, result};

/// What a contact goes by: transport and port, or the name that was asked for.
type Place = (String, String);

/// Who made it.
struct Sender {
    /// None where it cannot say.
    pid: Option<u32>,
    name: String,
    local: u16,
}

#[derive(Default)]
struct Count {
    contacts: usize,
    right: usize,
    wrong: usize,
    polled: usize,
    polled_wrong: usize,
}

pub(crate) fn print() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let script = senders::write(folder.path())?;
    let path = folder.path().to_string_lossy().into_owned();
    let shown = senders::shown()?;
    let words = [
        "trace",
        "--phases",
        "none",
        "--format",
        "json",
        "--show",
        &path,
        "--show",
        &shown,
        "--",
        "sh",
        "-c",
        &format!("cd {path}; {script}"),
    ];
    let stop = AtomicBool::new(false);
    let (ran, polled) = thread::scope(|scope| {
        let polling = scope.spawn(|| polling::poll(&stop));
        let ran = duct::cmd(APPTRACE, words).stdout_capture().stderr_capture().unchecked().run();
        stop.store(true, Ordering::Relaxed);
        (ran, polling.join())
    });
    let (ran, (polled, rounds)) = (ran?, polled.map_err(|_| io::Error::other("polling panicked"))?);
    let result = result(&String::from_utf8_lossy(&ran.stdout))?;
    let mut senders = said(&String::from_utf8_lossy(&ran.stderr));
    for port in old_ports() {
        let sender = Sender { pid: None, name: "old32".to_owned(), local: 0 };
        senders.insert(("udp".to_owned(), port.to_string()), sender);
    }
    let named = named(&result);
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    for (place, sender) in &senders {
        let count = counts.entry(kind(place)).or_default();
        count.contacts += 1;
        match named.get(place) {
            Some((pid, name)) if sender.is(*pid, name) => count.right += 1,
            Some((pid, name)) => {
                println!("{place:?}: {name} {pid} in place of {} {:?}", sender.name, sender.pid);
                count.wrong += 1;
            }
            None => println!("{place:?}: nobody in place of {} {:?}", sender.name, sender.pid),
        }
        let transport = if place.0 == "tcp" { "tcp" } else { "udp" };
        let holders = || polled.iter().filter(|it| it.0 == transport && it.1 == sender.local);
        if holders().any(|it| Some(it.2) == sender.pid) {
            count.polled += 1;
        } else if sender.pid.is_some() && holders().next().is_some() {
            count.polled_wrong += 1;
        }
    }
    println!("notes: {}", result["notes"]);
    println!(
        "{:<40}{:>9}{:>9}{:>7}{:>12}{:>9}",
        "contacts by", "number", "right", "wrong", "polling: it", "another"
    );
    let mut all = Count::default();
    for (kind, it) in &counts {
        println!(
            "{kind:<40}{:>9}{:>9}{:>7}{:>12}{:>9}",
            it.contacts, it.right, it.wrong, it.polled, it.polled_wrong
        );
        all.contacts += it.contacts;
        all.right += it.right;
        all.wrong += it.wrong;
        all.polled += it.polled;
        all.polled_wrong += it.polled_wrong;
    }
    println!(
        "{:<40}{:>9}{:>9}{:>7}{:>12}{:>9}",
        "all", all.contacts, all.right, all.wrong, all.polled, all.polled_wrong
    );
    println!(
        "/proc was polled {rounds} times; processes on record: {}\n",
        result["application"]["processes"].as_array().map_or(0, Vec::len)
    );
    Ok(())
}

impl Sender {
    fn is(&self, pid: u32, name: &str) -> bool {
        // python3 is python3.11.
        self.pid.is_none_or(|own| own == pid) && name.starts_with(&self.name)
    }
}

/// What the programs say.
fn said(text: &str) -> HashMap<Place, Sender> {
    let line = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let (place, pid, name, local) = match words.as_slice() {
            ["sent", transport, port, pid, name, local] => ((*transport, *port), pid, name, local),
            ["asked", asked, pid, name, local] => (("dns", *asked), pid, name, local),
            _ => return None,
        };
        let place = (place.0.to_owned(), place.1.to_owned());
        let (pid, local) = (pid.parse().ok(), local.parse().ok()?);
        Some((place, Sender { pid, name: (*name).to_owned(), local }))
    };
    text.lines().filter_map(line).collect()
}

/// Who made each contact, and asked for each name, by a run's result.
fn named(result: &Value) -> HashMap<Place, (u32, String)> {
    let mut all = HashMap::new();
    let mut add = |place: Place, process: &Value| {
        let pid = process["pid"].as_u64().and_then(|pid| u32::try_from(pid).ok());
        if let (Some(pid), Some(name)) = (pid, process["name"].as_str()) {
            all.insert(place, (pid, name.to_owned()));
        }
    };
    for contact in result["contacts"].as_array().into_iter().flatten() {
        if contact["kind"] != "lookup" {
            let transport = contact["transport"].as_str().unwrap_or_default().to_owned();
            add((transport, contact["port"].to_string()), &contact["process"]);
        }
    }
    for lookup in result["lookups"].as_array().into_iter().flatten() {
        let name = lookup["name"].as_str().unwrap_or_default().to_owned();
        add(("dns".to_owned(), name), &lookup["process"]);
    }
    all
}

fn kind(place: &Place) -> String {
    if place.0 == "dns" {
        return "lookups by children that live 1 ms".to_owned();
    }
    let port: u16 = place.1.parse().unwrap_or_default();
    let port = if port >= 16 * EACH { 15 * EACH } else { port };
    let at = usize::from(port / EACH).saturating_sub(1);
    KINDS.get(at).map_or_else(|| place.1.clone(), |kind| (*kind).to_owned())
}
