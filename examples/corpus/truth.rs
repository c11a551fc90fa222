//! What is known of the captures.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::Path;

use serde::Deserialize;

use super::Excused;

#[derive(Deserialize)]
struct Index {
    captures: Vec<Capture>,
}

/// One capture with what tshark and its own project say of it.
#[derive(Deserialize)]
pub(crate) struct Capture {
    pub(crate) file: String,
    pub(crate) names: Vec<Name>,
    pub(crate) flows: Vec<Flow>,
    pub(crate) tcp_analysis: BTreeMap<String, u64>,
    tags: BTreeSet<String>,
    /// What the project that the capture comes from expects of it.
    #[serde(default)]
    peers: Vec<Peer>,
}

/// What one program makes of a capture.
#[derive(Deserialize)]
struct Peer {
    names: Vec<Expected>,
}

#[derive(Deserialize)]
struct Expected {
    kind: String,
    name: String,
}

/// A name that was seen in it.
#[derive(Deserialize)]
pub(crate) struct Name {
    pub(crate) kind: String,
    pub(crate) name: String,
    /// Which runs saw it.
    seen_by: Vec<String>,
}

#[allow(dead_code, reason = "the bytes are not compared: they differ by what a link adds")]
/// Transport, first sender, its port, the other end, its port, packets and bytes that way,
/// packets and bytes back, names.
#[derive(Deserialize)]
pub(crate) struct Flow(
    pub(crate) String,
    pub(crate) String,
    pub(crate) u16,
    pub(crate) String,
    pub(crate) u16,
    pub(crate) u64,
    pub(crate) u64,
    pub(crate) u64,
    pub(crate) u64,
    #[allow(dead_code, reason = "the names are compared by capture")]
    pub(crate)  Vec<(String, String)>,
);

/// GTP, Teredo, GRE, VXLAN, AYIYA, Geneve.
const TUNNEL_PORTS: [u16; 7] = [2152, 3544, 4754, 4789, 4790, 5072, 6081];

/// Reads the index of a folder of captures.
pub(crate) fn read(folder: &Path) -> Result<Vec<Capture>, String> {
    let path = folder.join("index.json");
    let text = std::fs::read_to_string(&path)
        .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let index: Index = serde_json::from_str(&text)
        .map_err(|error| format!("{} is no index of captures: {error}", path.display()))?;
    Ok(index.captures)
}

/// The disagreements that are the truth's fault: capture, kind, name, reason, separated by
/// tabs.
pub(crate) fn excused() -> Result<Excused, String> {
    let mut excused = Excused::new();
    let text = include_str!("disagreements.tsv");
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [file, kind, name, reason] = fields[..] else {
            return Err(format!("disagreements.tsv: not four fields: {line}"));
        };
        excused.insert((file.to_owned(), kind.to_owned(), name.to_owned()), reason.to_owned());
    }
    Ok(excused)
}

impl Capture {
    /// The names by kind, as they are compared.
    pub(crate) fn names(&self) -> BTreeMap<&str, BTreeSet<String>> {
        let mut names: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for known in self.names.iter().filter(|known| !self.is_misread(known)) {
            let name = normal(&known.kind, &known.name);
            names.entry(&known.kind).or_default().insert(name);
        }
        names
    }

    /// How many names are not asked for, since tshark misread them.
    pub(crate) fn misread(&self) -> usize {
        self.names.iter().filter(|known| self.is_misread(known)).count()
    }

    /// Whether a flow is none: of a packet in a tunnel over UDP, tshark's fields give the inner
    /// addresses and every port, so that the truth pairs the tunnel's ports with them.
    pub(crate) fn is_patchwork(&self, flow: &Flow) -> bool {
        let Flow(transport, _, source, _, destination, ..) = flow;
        let tunnels = |port| TUNNEL_PORTS.contains(port);
        transport == "udp"
            && self.tags.contains("tunnel")
            && (tunnels(source) || tunnels(destination))
    }

    /// Whether tshark's payload-first run alone took another protocol's name for one of DNS:
    /// one that the run by port has under its own protocol, or the 32 letters that encode a
    /// NetBIOS name (RFC 1001 section 14.1).
    fn is_misread(&self, known: &Name) -> bool {
        let alone = known.seen_by.iter().all(|run| run == "tshark-heuristics-first");
        let Some(what) = known.kind.strip_prefix("dns-").filter(|_| alone) else { return false };
        let what = if what == "resolved" { "answer" } else { what };
        let name = normal(&known.kind, &known.name);
        let owner = known.name.split([' ', '.']).next().unwrap_or_default();
        let encoded = owner.len() == 32 && owner.bytes().all(|b| matches!(b | 32, b'a'..=b'p'));
        encoded
            || self.names.iter().any(|other| {
                let kind = other.kind.strip_suffix(what).and_then(|kind| kind.strip_suffix('-'));
                matches!(kind, Some("mdns" | "llmnr")) && normal(&other.kind, &other.name) == name
            })
    }

    /// Whether the capture's own project expects a name that tshark does not see. Such a name
    /// is no mistake; it is not asked for either, since few projects list all that is there.
    pub(crate) fn vouches(&self, kind: &str, name: &str) -> bool {
        let expected = self.peers.iter().flat_map(|peer| &peer.names);
        expected.into_iter().any(|expected| match (kind, &*expected.kind) {
            ("http", "http-url") => {
                let words: Vec<&str> = name.split(' ').collect();
                matches!(words[..], [_, host, target]
                    if expected.name.to_lowercase() == format!("{host}{target}"))
            }
            ("tls-sni" | "quic-sni", "tls-or-quic-sni") => normal(kind, &expected.name) == name,
            (_, other) => kind == other && normal(kind, &expected.name) == name,
        })
    }
}

/// A name as it is compared: lower case, without final dots, addresses by value.
pub(crate) fn normal(kind: &str, name: &str) -> String {
    let name = name.to_lowercase();
    match name.split_once(" -> ") {
        Some((owner, target)) => format!("{} -> {}", bare(owner), bare(target)),
        None if kind.ends_with("-query") => match name.rsplit_once(' ') {
            Some((owner, kind)) => format!("{} {}", bare(owner), record_type(kind)),
            None => bare(&name),
        },
        None if matches!(kind, "http" | "http2" | "sip") => name.trim().to_owned(),
        None => bare(&name),
    }
}

fn bare(name: &str) -> String {
    // tshark does not tell a dot within a label from the one after it.
    let name = name.replace("\\.", ".");
    let name = name.trim().trim_end_matches('.');
    match name.parse::<IpAddr>() {
        Ok(address) => address.to_string(),
        Err(_) if name == "<root>" || name.is_empty() => "<root>".to_owned(),
        Err(_) => name.to_owned(),
    }
}

/// tshark prints the numbers of record types that it has no short name for.
fn record_type(number: &str) -> &str {
    match number {
        "type44" => "sshfp",
        "type99" => "spf",
        "type249" => "tkey",
        "type257" => "caa",
        other => other,
    }
}
