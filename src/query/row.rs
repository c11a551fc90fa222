//! What the rows of the views hold in each field.

use std::net::IpAddr;
use std::time::Duration;

use super::field::Field;
use crate::contact::{
    Contact, ContactKind, Evidence, FlowKey, FlowRecord, Host, Lookup, PacketLine, Party, Process,
    Request,
};
use crate::packet::Timestamp;

/// One value of a row.
#[derive(Debug, Clone, Copy)]
pub(super) enum Datum<'a> {
    Host(&'a Host),
    Address(IpAddr),
    Whole(u64),
    /// From a first to a last moment; the same twice for a single one.
    Span(Timestamp, Timestamp),
    Length(Duration),
    Text(&'a str),
    Flag(bool),
}

/// Whether one of a row's values is what is sought.
pub(super) type Holds<'h> = &'h mut dyn FnMut(Datum<'_>) -> bool;

/// Something that an expression can speak of.
pub trait Row: sealed::Values {}

impl<T: sealed::Values> Row for T {}

pub(super) mod sealed {
    use super::{Field, Holds};

    /// Kept from implementation elsewhere: a field that is missing here would never hold.
    pub trait Values {
        /// Whether any of the row's values in the field is what is sought.
        #[expect(private_interfaces, reason = "callable within this module alone")]
        fn any(&self, field: Field, holds: Holds<'_>) -> bool;
    }
}

#[expect(private_interfaces, reason = "callable within this module alone")]
impl sealed::Values for Contact {
    fn any(&self, field: Field, holds: Holds<'_>) -> bool {
        match field {
            Field::Host => holds(Datum::Host(&self.host)),
            Field::Name => names(&self.host, &self.evidence, holds),
            Field::Address => self.address.is_some_and(|it| holds(Datum::Address(it))),
            Field::Port => self.port.is_some_and(|port| holds(Datum::Whole(port.into()))),
            Field::Transport => holds(Datum::Text(self.transport.name())),
            Field::Protocol => self.protocol.is_some_and(|it| holds(Datum::Text(it.name()))),
            Field::Process => process(self.process.as_ref(), holds),
            Field::Phase => holds(Datum::Text(self.phase.name())),
            Field::Class => holds(Datum::Text(self.class.name())),
            Field::Kind => holds(Datum::Text(match self.kind {
                ContactKind::Traffic => "traffic",
                ContactKind::Lookup => "lookup",
            })),
            Field::Time => holds(Datum::Span(self.first, self.last)),
            Field::First => holds(Datum::Span(self.first, self.first)),
            Field::Last => holds(Datum::Span(self.last, self.last)),
            Field::Lasted => holds(Datum::Length(self.last.since(self.first))),
            Field::Packets => holds(Datum::Whole(self.packets)),
            Field::Flows => holds(Datum::Whole(self.flows)),
            Field::Bytes => holds(Datum::Whole(self.bytes_out.saturating_add(self.bytes_in))),
            Field::BytesOut => holds(Datum::Whole(self.bytes_out)),
            Field::BytesIn => holds(Datum::Whole(self.bytes_in)),
            Field::Guessed => holds(Datum::Flag(self.guessed)),
            Field::Expected => self.expected.is_some_and(|it| holds(Datum::Flag(it))),
            Field::Evidence => evidence(&self.evidence, holds),
            other => requests(&self.requests, other, holds),
        }
    }
}

#[expect(private_interfaces, reason = "callable within this module alone")]
impl sealed::Values for FlowRecord {
    fn any(&self, field: Field, holds: Holds<'_>) -> bool {
        match field {
            Field::Host => holds(Datum::Host(&self.host)),
            Field::Name => names(&self.host, &self.evidence, holds),
            Field::Client => holds(Datum::Address(self.key.client.ip())),
            Field::Server => holds(Datum::Address(self.key.server.ip())),
            Field::Address => both_addresses(&self.key, holds),
            Field::Port => holds(Datum::Whole(self.key.server.port().into())),
            Field::Transport => holds(Datum::Text(self.key.transport.name())),
            Field::Protocol => self.protocol.is_some_and(|it| holds(Datum::Text(it.name()))),
            Field::Process => process(self.process.as_ref(), holds),
            Field::Class => holds(Datum::Text(self.class.name())),
            Field::Time => holds(Datum::Span(self.first, self.last)),
            Field::First => holds(Datum::Span(self.first, self.first)),
            Field::Last => holds(Datum::Span(self.last, self.last)),
            Field::Lasted => holds(Datum::Length(self.last.since(self.first))),
            Field::Packets => holds(Datum::Whole(self.packets_out.saturating_add(self.packets_in))),
            Field::Bytes => holds(Datum::Whole(self.bytes_out.saturating_add(self.bytes_in))),
            Field::BytesOut => holds(Datum::Whole(self.bytes_out)),
            Field::BytesIn => holds(Datum::Whole(self.bytes_in)),
            Field::Guessed => holds(Datum::Flag(self.guessed)),
            Field::Evidence => evidence(&self.evidence, holds),
            Field::Mark => self.marks.keys().any(|mark| holds(Datum::Text(mark))),
            other => requests(&self.requests, other, holds),
        }
    }
}

#[expect(private_interfaces, reason = "callable within this module alone")]
impl sealed::Values for PacketLine {
    fn any(&self, field: Field, holds: Holds<'_>) -> bool {
        let ends = [&self.source, &self.destination];
        match field {
            Field::Host => {
                self.host.as_ref().is_some_and(|host| holds(Datum::Host(host)))
                    || ends.iter().any(|end| party(end, holds))
            }
            Field::Source => party(&self.source, holds),
            Field::Destination => party(&self.destination, holds),
            Field::Client => self.flow.is_some_and(|it| holds(Datum::Address(it.client.ip()))),
            Field::Server => self.flow.is_some_and(|it| holds(Datum::Address(it.server.ip()))),
            Field::Address => ends
                .iter()
                .filter_map(|end| end.address.parse().ok())
                .any(|address| holds(Datum::Address(address))),
            Field::Port => {
                ends.iter().filter_map(|end| end.port).any(|it| holds(Datum::Whole(it.into())))
            }
            Field::Transport => self.flow.is_some_and(|it| holds(Datum::Text(it.transport.name()))),
            Field::Protocol => self.protocol.is_some_and(|it| holds(Datum::Text(it.name()))),
            Field::Label => holds(Datum::Text(&self.label)),
            Field::Time => holds(Datum::Span(self.time, self.time)),
            Field::Bytes => holds(Datum::Whole(self.length.into())),
            Field::Number => holds(Datum::Whole(self.number)),
            Field::Info => holds(Datum::Text(&self.info)),
            Field::Comment => self.comments.iter().any(|it| holds(Datum::Text(it))),
            _ => false,
        }
    }
}

#[expect(private_interfaces, reason = "callable within this module alone")]
impl sealed::Values for Lookup {
    fn any(&self, field: Field, holds: Holds<'_>) -> bool {
        match field {
            Field::Host | Field::Name => holds(Datum::Host(&Host::from_text(&self.name))),
            Field::Server => holds(Datum::Address(self.server)),
            Field::Process => process(self.process.as_ref(), holds),
            Field::Phase => holds(Datum::Text(self.phase.name())),
            Field::Time => holds(Datum::Span(self.first, self.first)),
            Field::Queries => holds(Datum::Whole(self.queries)),
            Field::ResponseCode => self.status.as_ref().is_some_and(|it| holds(Datum::Text(it))),
            Field::Type => holds(Datum::Text(&self.record_type)),
            Field::Answer => {
                let records = self.records.iter().map(|record| &record.data);
                let answers = self.answers.iter().chain(records);
                answers.into_iter().any(|it| holds(Datum::Host(&Host::from_text(it))))
            }
            Field::Via => holds(Datum::Text(self.via.name())),
            _ => false,
        }
    }
}

/// The host's name and every other that evidence gives for it.
fn names(host: &Host, evidence: &[Evidence], holds: Holds<'_>) -> bool {
    matches!(host, Host::Name(_)) && holds(Datum::Host(host))
        || evidence.iter().any(|piece| holds(Datum::Host(&Host::from_text(&piece.name))))
}

fn evidence(evidence: &[Evidence], holds: Holds<'_>) -> bool {
    evidence.iter().any(|piece| holds(Datum::Text(piece.kind.name())))
}

fn process(process: Option<&Process>, holds: Holds<'_>) -> bool {
    process.is_some_and(|process| holds(Datum::Text(&process.name)))
}

fn both_addresses(key: &FlowKey, holds: Holds<'_>) -> bool {
    [key.client, key.server].iter().any(|end| holds(Datum::Address(end.ip())))
}

/// An end of a packet is a host by its name and by its address.
fn party(party: &Party, holds: Holds<'_>) -> bool {
    let texts = [party.name.as_deref(), Some(party.address.as_str())];
    texts
        .into_iter()
        .flatten()
        .filter(|text| !text.is_empty())
        .any(|text| holds(Datum::Host(&Host::from_text(text))))
}

fn requests(requests: &[Request], field: Field, holds: Holds<'_>) -> bool {
    requests.iter().any(|request| match field {
        Field::Method => holds(Datum::Text(&request.method)),
        Field::Target => holds(Datum::Text(&request.target)),
        Field::Status => request.status.is_some_and(|status| holds(Datum::Whole(status.into()))),
        _ => false,
    })
}
