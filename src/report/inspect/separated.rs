//! Rows as comma-separated values (RFC 4180), a line each.

use std::io::{self, Write};

use crate::contact::{
    Contact, ContactKind, Evidence, FlowRecord, Lookup, PacketLine, Request, printable,
};
use crate::harness::Inspection;
use crate::query::View;

/// The names of the columns.
pub(super) fn heading(view: View) -> io::Result<Vec<u8>> {
    let names: &[&str] = match view {
        View::Contacts => &[
            "host",
            "guessed",
            "evidence",
            "address",
            "port",
            "transport",
            "protocol",
            "class",
            "kind",
            "phase",
            "expected",
            "first",
            "last",
            "packets",
            "bytes_out",
            "bytes_in",
            "flows",
            "requests",
        ],
        View::Flows => &[
            "host",
            "guessed",
            "evidence",
            "client",
            "client_port",
            "server",
            "server_port",
            "transport",
            "protocol",
            "class",
            "first",
            "last",
            "packets_out",
            "packets_in",
            "bytes_out",
            "bytes_in",
            "marks",
            "requests",
        ],
        View::Packets => &[
            "number",
            "time",
            "source",
            "source_name",
            "source_port",
            "destination",
            "destination_name",
            "destination_port",
            "label",
            "protocol",
            "length",
            "host",
            "info",
            "comments",
        ],
        View::Lookups => {
            &["name", "type", "answers", "status", "via", "server", "phase", "queries", "first"]
        }
    };
    record(names.iter().map(|name| (*name).to_owned()))
}

/// The rows of a view; packets were printed as they came.
pub(super) fn rows(view: View, inspection: &Inspection, out: &mut dyn Write) -> io::Result<()> {
    match view {
        View::Contacts => {
            inspection.contacts.iter().try_for_each(|row| out.write_all(&contact(row)?))
        }
        View::Flows => {
            let flows = inspection.flows.as_deref().unwrap_or_default();
            flows.iter().try_for_each(|row| out.write_all(&flow(row)?))
        }
        View::Lookups => inspection.lookups.iter().try_for_each(|row| out.write_all(&lookup(row)?)),
        View::Packets => Ok(()),
    }
}

/// A packet's line.
pub(super) fn packet(line: &PacketLine) -> io::Result<Vec<u8>> {
    record([
        line.number.to_string(),
        line.time.to_string(),
        line.source.address.clone(),
        line.source.name.clone().unwrap_or_default(),
        maybe(line.source.port),
        line.destination.address.clone(),
        line.destination.name.clone().unwrap_or_default(),
        maybe(line.destination.port),
        line.label.clone().into_owned(),
        maybe(line.protocol),
        line.length.to_string(),
        maybe(line.host.as_ref()),
        line.info.clone(),
        line.comments.join(" | "),
    ])
}

fn contact(contact: &Contact) -> io::Result<Vec<u8>> {
    let kind = match contact.kind {
        ContactKind::Traffic => "traffic",
        ContactKind::Lookup => "lookup",
    };
    record([
        contact.host.to_string(),
        contact.guessed.to_string(),
        evidence(&contact.evidence),
        maybe(contact.address),
        maybe(contact.port),
        contact.transport.to_string(),
        maybe(contact.protocol),
        contact.class.to_string(),
        kind.to_owned(),
        contact.phase.to_string(),
        maybe(contact.expected),
        contact.first.to_string(),
        contact.last.to_string(),
        contact.packets.to_string(),
        contact.bytes_out.to_string(),
        contact.bytes_in.to_string(),
        contact.flows.to_string(),
        requests(&contact.requests),
    ])
}

fn flow(flow: &FlowRecord) -> io::Result<Vec<u8>> {
    let marks = flow.marks.iter().map(|(mark, count)| format!("{mark}={count}"));
    record([
        flow.host.to_string(),
        flow.guessed.to_string(),
        evidence(&flow.evidence),
        flow.key.client.ip().to_string(),
        flow.key.client.port().to_string(),
        flow.key.server.ip().to_string(),
        flow.key.server.port().to_string(),
        flow.key.transport.to_string(),
        maybe(flow.protocol),
        flow.class.to_string(),
        flow.first.to_string(),
        flow.last.to_string(),
        flow.packets_out.to_string(),
        flow.packets_in.to_string(),
        flow.bytes_out.to_string(),
        flow.bytes_in.to_string(),
        marks.collect::<Vec<_>>().join(" "),
        requests(&flow.requests),
    ])
}

fn lookup(lookup: &Lookup) -> io::Result<Vec<u8>> {
    record([
        lookup.name.clone(),
        lookup.record_type.clone(),
        lookup.answers.join(" "),
        lookup.status.clone().unwrap_or_default(),
        lookup.via.name().to_owned(),
        lookup.server.to_string(),
        lookup.phase.to_string(),
        lookup.queries.to_string(),
        lookup.first.to_string(),
    ])
}

fn maybe(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// `dns=www.example.org tls-sni=www.example.org`.
fn evidence(evidence: &[Evidence]) -> String {
    let pieces = evidence.iter().map(|piece| format!("{}={}", piece.kind.name(), piece.name));
    pieces.collect::<Vec<_>>().join(" ")
}

fn requests(requests: &[Request]) -> String {
    let lines = requests.iter().map(|request| request.line());
    lines.collect::<Vec<_>>().join("; ")
}

/// One line; what a terminal might obey is escaped.
fn record(fields: impl IntoIterator<Item = String>) -> io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().buffer_capacity(512).from_writer(Vec::new());
    for field in fields {
        writer.write_field(printable(&field).as_bytes())?;
    }
    writer.write_record(None::<&[u8]>)?;
    writer.into_inner().map_err(|error| error.into_error())
}
