//! The fields of the rows, and what kind of value each holds.

use crate::contact::{
    AddressClass, EvidenceKind, LookupVia, Mark, NETBIOS_TYPES, Phase, Protocol, RECORD_TYPES,
    RESPONSE_CODES, Transport,
};

/// Whose rows an expression speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum View {
    /// [`Contact`](crate::contact::Contact).
    Contacts,
    /// [`FlowRecord`](crate::contact::FlowRecord).
    Flows,
    /// [`PacketLine`](crate::contact::PacketLine).
    Packets,
    /// [`Lookup`](crate::contact::Lookup).
    Lookups,
}

impl View {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Contacts, Self::Flows, Self::Packets, Self::Lookups];

    /// One of its rows, in a sentence.
    pub(super) fn row(self) -> &'static str {
        match self {
            Self::Contacts => "a contact",
            Self::Flows => "a flow",
            Self::Packets => "a packet",
            Self::Lookups => "a lookup",
        }
    }
}

/// A field of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Field {
    Host,
    Name,
    Source,
    Destination,
    Client,
    Server,
    Address,
    Port,
    Transport,
    Protocol,
    Label,
    Process,
    Phase,
    Class,
    Kind,
    Time,
    First,
    Last,
    Lasted,
    Packets,
    Flows,
    Queries,
    Bytes,
    BytesOut,
    BytesIn,
    Number,
    Method,
    Target,
    Status,
    ResponseCode,
    Type,
    Answer,
    Via,
    Evidence,
    Guessed,
    Expected,
    Mark,
    Info,
    Comment,
}

/// What kind of value a field holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// A host: compared with a pattern.
    Host,
    /// An address: compared with an address or a block.
    Address,
    /// A number up to a bound; `scaled` where `10k` makes sense.
    Whole { most: u64, scaled: bool },
    /// A moment, or the stretch from a first to a last one.
    Moment,
    /// A length of time.
    Length,
    /// Any text, compared without regard to case.
    Text,
    /// One of some words.
    Word(fn() -> Vec<&'static str>),
    /// A word that stands in a report, which may be looked into as text is: one of these, or where
    /// there is a prefix, that and a number.
    Code(fn() -> Vec<&'static str>, Option<&'static str>),
    /// True or false.
    Flag,
}

struct Entry {
    name: &'static str,
    field: Field,
    kind: Kind,
    views: &'static [View],
}

const C: View = View::Contacts;
const F: View = View::Flows;
const P: View = View::Packets;
const L: View = View::Lookups;
const COUNT: Kind = Kind::Whole { most: u64::MAX, scaled: true };
const PORT: Kind = Kind::Whole { most: 65_535, scaled: false };
const STATUS: Kind = Kind::Whole { most: 999, scaled: false };

const fn entry(name: &'static str, field: Field, kind: Kind, views: &'static [View]) -> Entry {
    Entry { name, field, kind, views }
}

/// Every field by the name that users write. Two of them share a name where no view has both.
const ENTRIES: &[Entry] = &[
    entry("host", Field::Host, Kind::Host, &[C, F, P, L]),
    entry("name", Field::Name, Kind::Host, &[C, F, L]),
    entry("source", Field::Source, Kind::Host, &[P]),
    entry("destination", Field::Destination, Kind::Host, &[P]),
    entry("client", Field::Client, Kind::Address, &[F, P]),
    entry("server", Field::Server, Kind::Address, &[F, P, L]),
    entry("address", Field::Address, Kind::Address, &[C, F, P]),
    entry("port", Field::Port, PORT, &[C, F, P]),
    entry("transport", Field::Transport, Kind::Word(transports), &[C, F, P]),
    entry("protocol", Field::Protocol, Kind::Word(protocols), &[C, F, P]),
    entry("label", Field::Label, Kind::Text, &[P]),
    entry("process", Field::Process, Kind::Text, &[C, F, L]),
    entry("phase", Field::Phase, Kind::Word(phases), &[C, L]),
    entry("class", Field::Class, Kind::Word(classes), &[C, F]),
    entry("kind", Field::Kind, Kind::Word(kinds), &[C]),
    entry("time", Field::Time, Kind::Moment, &[C, F, P, L]),
    entry("first", Field::First, Kind::Moment, &[C, F]),
    entry("last", Field::Last, Kind::Moment, &[C, F]),
    entry("duration", Field::Lasted, Kind::Length, &[C, F]),
    entry("packets", Field::Packets, COUNT, &[C, F]),
    entry("flows", Field::Flows, COUNT, &[C]),
    entry("queries", Field::Queries, COUNT, &[L]),
    entry("bytes", Field::Bytes, COUNT, &[C, F, P]),
    entry("bytes_out", Field::BytesOut, COUNT, &[C, F]),
    entry("bytes_in", Field::BytesIn, COUNT, &[C, F]),
    entry("number", Field::Number, COUNT, &[P]),
    entry("method", Field::Method, Kind::Text, &[C, F]),
    entry("target", Field::Target, Kind::Text, &[C, F]),
    entry("status", Field::Status, STATUS, &[C, F]),
    entry("status", Field::ResponseCode, Kind::Code(response_codes, Some("RCODE")), &[L]),
    entry("type", Field::Type, Kind::Code(record_types, Some("TYPE")), &[L]),
    entry("answer", Field::Answer, Kind::Host, &[L]),
    entry("via", Field::Via, Kind::Word(vias), &[L]),
    entry("evidence", Field::Evidence, Kind::Word(evidence_kinds), &[C, F]),
    entry("guessed", Field::Guessed, Kind::Flag, &[C, F]),
    entry("expected", Field::Expected, Kind::Flag, &[C]),
    entry("mark", Field::Mark, Kind::Code(marks, None), &[F]),
    entry("info", Field::Info, Kind::Text, &[P]),
    entry("comment", Field::Comment, Kind::Text, &[P]),
];

/// Other names for fields, as people bring them along.
const ALIASES: &[(&str, &str)] = &[("url", "target"), ("src", "source"), ("dst", "destination")];

/// The names of a view's fields, in the order of the documentation.
pub fn fields(view: View) -> impl Iterator<Item = &'static str> {
    ENTRIES.iter().filter(move |entry| entry.views.contains(&view)).map(|entry| entry.name)
}

/// A field by its name in a view; otherwise whether another view has it.
pub(super) fn find(name: &str, view: View) -> Result<(Field, Kind), bool> {
    let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, name)| name);
    let mut named = ENTRIES.iter().filter(|entry| entry.name == name).peekable();
    let is_elsewhere = named.peek().is_some();
    named
        .find(|entry| entry.views.contains(&view))
        .map(|entry| (entry.field, entry.kind))
        .ok_or(is_elsewhere)
}

impl Field {
    /// The name that users write.
    pub(super) fn name(self) -> &'static str {
        ENTRIES.iter().find(|entry| entry.field == self).map_or("", |entry| entry.name)
    }
}

fn transports() -> Vec<&'static str> {
    use Transport::{Icmp, Ip, Sctp, Tcp, Udp};
    [Tcp, Udp, Icmp, Sctp, Ip].map(Transport::name).to_vec()
}

fn protocols() -> Vec<&'static str> {
    Protocol::ALL.map(Protocol::name).to_vec()
}

fn phases() -> Vec<&'static str> {
    Phase::ALL.map(Phase::name).to_vec()
}

fn classes() -> Vec<&'static str> {
    use AddressClass::{Broadcast, Gateway, LinkLocal, LocalNetwork, Loopback, Multicast, Outward};
    [Outward, Gateway, LocalNetwork, LinkLocal, Multicast, Broadcast, Loopback]
        .map(AddressClass::name)
        .to_vec()
}

fn kinds() -> Vec<&'static str> {
    vec!["traffic", "lookup"]
}

fn vias() -> Vec<&'static str> {
    LookupVia::ALL.map(LookupVia::name).to_vec()
}

fn evidence_kinds() -> Vec<&'static str> {
    EvidenceKind::ALL.map(EvidenceKind::name).to_vec()
}

fn marks() -> Vec<&'static str> {
    Mark::ALL.map(Mark::code).to_vec()
}

fn record_types() -> Vec<&'static str> {
    RECORD_TYPES.iter().chain(&NETBIOS_TYPES).map(|(_, name)| *name).collect()
}

fn response_codes() -> Vec<&'static str> {
    RESPONSE_CODES.map(|(_, name)| name).to_vec()
}
