//! What apptrace finds in a capture, in the words of the truth.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;

use apptrace::capture::{Block, Reader};
use apptrace::contact::{EvidenceKind, FlowRecord, Lookup, LookupVia, Protocol, Request};
use apptrace::flow::{Setting, Surveyor};

use super::odd_bytes::as_tshark;
use super::truth::normal;

/// Both ends of a flow, the lower one first.
pub(crate) type Ends = (String, SocketAddr, SocketAddr);

/// What was found.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) names: BTreeMap<&'static str, BTreeSet<String>>,
    /// Packets of each flow, both ways.
    pub(crate) flows: BTreeMap<Ends, u64>,
    pub(crate) marks: BTreeMap<String, u64>,
    /// Why the file could not be read to its end.
    pub(crate) failure: Option<String>,
}

/// Surveys a capture file.
pub(crate) fn survey(path: &Path) -> Found {
    let mut found = Found::default();
    let mut reader = match Reader::open(path) {
        Ok(reader) => reader,
        Err(error) => {
            found.failure = Some(error.to_string());
            return found;
        }
    };
    let setting = Setting { flows: true, ..Setting::default() };
    let mut surveyor = Surveyor::new(&setting);
    let mut block = Block::new();
    loop {
        let more = reader.next_block(&mut block);
        for packet in block.packets() {
            surveyor.take(&packet);
        }
        match more {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                found.failure = Some(error.to_string());
                break;
            }
        }
    }
    let survey = surveyor.finish();
    survey.lookups.iter().for_each(|lookup| found.lookup(lookup));
    survey.flows.iter().for_each(|flow| found.flow(flow));
    found
}

/// The ends of a flow, whichever way it goes.
pub(crate) fn ends(transport: &str, one: SocketAddr, other: SocketAddr) -> Ends {
    (transport.to_owned(), one.min(other), one.max(other))
}

impl Found {
    fn add(&mut self, kind: &'static str, name: &str) {
        let name = normal(kind, &as_tshark(kind, name));
        self.names.entry(kind).or_default().insert(name);
    }

    fn lookup(&mut self, lookup: &Lookup) {
        let Lookup { name, record_type, records, .. } = lookup;
        let (query, answer) = match lookup.via {
            LookupVia::Dns | LookupVia::DnsTcp | LookupVia::Dot | LookupVia::Doh => {
                ("dns-query", "dns-answer")
            }
            LookupVia::Mdns => ("mdns-query", "mdns-answer"),
            LookupVia::Llmnr => ("llmnr-query", "llmnr-answer"),
            LookupVia::Nbns => ("nbns-name", "nbns-answer"),
        };
        match lookup.via {
            LookupVia::Nbns => self.add(query, name),
            // What is announced was not asked for.
            LookupVia::Mdns if lookup.queries == 0 => {}
            _ => self.add(query, &format!("{name} {record_type}")),
        }
        for record in records {
            let pair = format!("{} -> {}", record.owner, record.data);
            match record.record_type.as_str() {
                "A" | "AAAA" => {
                    self.add(answer, &pair);
                    if answer == "dns-answer" {
                        self.add("dns-resolved", &format!("{name} -> {}", record.data));
                    }
                }
                "CNAME" if answer == "dns-answer" => self.add("dns-cname", &pair),
                _ => {}
            }
        }
    }

    fn flow(&mut self, flow: &FlowRecord) {
        for piece in &flow.evidence {
            match piece.kind {
                EvidenceKind::TlsSni => self.add("tls-sni", &piece.name),
                EvidenceKind::QuicSni if flow.protocol == Some(Protocol::Gquic) => {
                    self.add("gquic-sni", &piece.name);
                }
                EvidenceKind::QuicSni => self.add("quic-sni", &piece.name),
                _ => {}
            }
        }
        for Request { method, target, host, .. } in &flow.requests {
            let host = host.as_deref().unwrap_or_default();
            match flow.protocol {
                Some(Protocol::Sip) => self.add("sip", &format!("{method} {target}")),
                // What a proxy is asked for is not HTTP, and tshark has no word for it.
                Some(Protocol::Socks) if method == "CONNECT" => {}
                Some(Protocol::Ssdp) => self.add("ssdp", &format!("{method} {host} {target}")),
                Some(Protocol::Http2) => self.add("http2", &format!("{method} {host} {target}")),
                Some(Protocol::Dns) => self.add("dns-update", target),
                // A request to a proxy that does not speak HTTP.
                Some(Protocol::Socks) if method == "CONNECT" => {}
                _ => self.add("http", &format!("{method} {host} {target}")),
            }
        }
        let transport = flow.key.transport.to_string();
        if matches!(transport.as_str(), "tcp" | "udp") {
            let ends = ends(&transport, flow.key.client, flow.key.server);
            *self.flows.entry(ends).or_default() += flow.packets_out + flow.packets_in;
        }
        for (mark, count) in &flow.marks {
            *self.marks.entry(mark.replace('-', "_")).or_default() += count;
        }
    }
}
