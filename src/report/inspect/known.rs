//! How a host's name is known, in words.

use crate::contact::{
    Contact, Evidence, EvidenceKind, FlowRecord, Host, KnownBy, Process, Request, Strength,
    printable, printable_word,
};

/// How many names or requests are shown of each kind.
const MOST: usize = 3;

/// What contacts and flows know of their host.
pub(super) struct Known<'a> {
    pub(super) host: &'a Host,
    pub(super) guessed: bool,
    pub(super) evidence: &'a [Evidence],
    pub(super) requests: &'a [Request],
}

impl<'a> From<&'a Contact> for Known<'a> {
    fn from(contact: &'a Contact) -> Self {
        let Contact { host, guessed, evidence, requests, .. } = contact;
        Self { host, guessed: *guessed, evidence, requests }
    }
}

impl<'a> From<&'a FlowRecord> for Known<'a> {
    fn from(flow: &'a FlowRecord) -> Self {
        let FlowRecord { host, guessed, evidence, requests, .. } = flow;
        Self { host, guessed: *guessed, evidence, requests }
    }
}

impl Known<'_> {
    /// The host, with a question mark where its name is a guess.
    pub(super) fn host(&self) -> String {
        let host = printable_word(&self.host.to_string()).into_owned();
        if self.guessed { host + "?" } else { host }
    }

    fn is_host(&self, name: &str) -> bool {
        matches!(self.host, Host::Name(host) if host.eq_ignore_ascii_case(name))
    }

    /// What the name was read from.
    pub(super) fn kinds(&self) -> String {
        let mut kinds: Vec<&str> = Vec::new();
        for piece in self.evidence.iter().filter(|piece| self.is_host(&piece.name)) {
            if !kinds.contains(&piece.kind.name()) {
                kinds.push(piece.kind.name());
            }
        }
        if kinds.is_empty() { "address".to_owned() } else { kinds.join(" ") }
    }

    /// Names that evidence gives besides the host's, each with where it was read.
    pub(super) fn others(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let shown = self.host.to_string();
        let other = |piece: &&Evidence| {
            piece.kind != EvidenceKind::Address && !piece.name.eq_ignore_ascii_case(&shown)
        };
        for kind in EvidenceKind::ALL {
            for outer in [false, true] {
                let of_kind = self
                    .evidence
                    .iter()
                    .filter(other)
                    .filter(|piece| piece.kind == kind && is_outer(piece) == outer);
                let names: Vec<_> =
                    of_kind.map(|piece| printable_word(&piece.name).into_owned()).collect();
                if !names.is_empty() {
                    lines.push(told(kind, outer, &listed(&names)));
                }
            }
        }
        lines
    }

    /// The first requests, and how many there are besides.
    pub(super) fn requests(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .requests
            .iter()
            .take(MOST)
            .map(|request| {
                let elsewhere = request.host.as_deref().filter(|host| {
                    let name = host.rsplit_once(':').map_or(*host, |(name, _)| name);
                    !self.is_host(name) && !request.target.contains(*host)
                });
                let host = elsewhere.map(|it| format!(" (host {it})")).unwrap_or_default();
                let status = request.status.map(|it| format!(" → {it}")).unwrap_or_default();
                let (line, parties) = (request.line(), parties(request));
                printable(&format!("{line}{host}{status}{parties}")).into_owned()
            })
            .collect();
        match self.requests.len().saturating_sub(MOST) {
            0 => {}
            1 => lines.push("and 1 more request".to_owned()),
            more => lines.push(format!("and {more} more requests")),
        }
        lines
    }
}

/// Who made a contact, in words.
pub(super) fn maker(process: &Process) -> String {
    format!("made by {}", who(process))
}

/// Who asked, in words.
pub(super) fn asker(process: &Process) -> String {
    format!("asked by {}", who(process))
}

fn who(process: &Process) -> String {
    let chain: Vec<_> = process.chain.iter().map(|name| printable_word(name)).collect();
    let chain = if chain.len() > 1 { format!(", {}", chain.join(" > ")) } else { String::new() };
    let weak = match process.known_by {
        KnownBy::Call => "",
        KnownBy::SocketTable => ", by the socket table",
    };
    format!("{} (pid {}){chain}{weak}", printable_word(&process.name), process.pid)
}

/// Whom a request is from and to, where it says so and that is not what it asks for.
fn parties(request: &Request) -> String {
    let bare = |text: &Option<String>| text.clone().filter(|text| *text != request.target);
    let from = bare(&request.from);
    let to = bare(&request.to).filter(|to| Some(to) != from.as_ref());
    let from = from.map(|it| format!(", from {it}")).unwrap_or_default();
    let to = to.map(|it| format!("{}to {it}", if from.is_empty() { ", " } else { " " }));
    from + &to.unwrap_or_default()
}

/// A name outside an encrypted ClientHello: weak, though its kind is not.
fn is_outer(piece: &Evidence) -> bool {
    piece.strength == Strength::Weak && piece.kind.strength() != Strength::Weak
}

fn told(kind: EvidenceKind, outer: bool, names: &str) -> String {
    match kind {
        _ if outer => format!("perhaps {names}: named outside an encrypted ClientHello"),
        EvidenceKind::Certificate => format!("its certificate names {names}"),
        EvidenceKind::Banner => format!("it calls itself {names}"),
        EvidenceKind::StunRealm => format!("it asks for credentials of {names}"),
        EvidenceKind::NameBlock => format!("the capture file calls it {names}"),
        EvidenceKind::ReverseDns => format!("its address stands for {names}"),
        EvidenceKind::HttpProxied => format!("asked, as a proxy, for {names}"),
        EvidenceKind::Dns => format!("its address was given for {names}"),
        kind => format!("called {names} by {}", kind.name()),
    }
}

fn listed(names: &[String]) -> String {
    let shown = names.get(..MOST.min(names.len())).unwrap_or_default().join(", ");
    match names.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
