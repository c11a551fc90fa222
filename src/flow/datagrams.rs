//! UDP datagrams: lookups among them, and the rest to their flows.

use super::lookups::Passing;
use super::reader::{Event, message_events};
use super::surveyor::{Seen, Side, Surveyor};
use crate::contact::{FlowKey, LookupVia, Protocol};
use crate::dissect::{Datagram, DnsFlavour, DnsMessage, dns_message, of_datagram, sip_datagram};

impl Surveyor<'_> {
    /// A UDP datagram.
    pub(super) fn datagram(&mut self, seen: Seen, datagram: Datagram<'_>) {
        let (asks, answers) = (seen.destination.port(), seen.source.port());
        let mut lookup = None;
        let mut begins = true;
        if let Some((via, flavour)) = service(asks).or_else(|| service(answers))
            && let Some(message) = dns_message(datagram.payload, flavour)
        {
            // Where the local side is not known, an answer cannot begin a flow.
            begins = !(message.response && seen.side == Side::Unknown);
            self.lookup(&seen, via, &message);
            lookup = Some(via);
        } else if seen.side == Side::Unknown {
            begins = answers >= 1024 || asks < 1024;
        }
        if lookup == Some(LookupVia::Dns) && self.with_resolver(&seen) {
            return self.count("dns");
        }
        let Some(flow) = self.flow(&seen, begins) else { return };
        let sent = seen.source == flow.key.client;
        if !flow.count(seen.counted(sent, sent)) {
            return self.count("udp-without-contact");
        }
        flow.spoke |= sent;
        if let Some(via) = lookup {
            flow.protocol = Some(protocol_of(via));
        } else if flow.protocol.is_none() {
            // At every datagram: a few strange ones must not hide what comes after them.
            flow.protocol = of_datagram(datagram.payload, answers, asks);
        }
        if sent
            && flow.protocol == Some(Protocol::Sip)
            && let Some(message) = sip_datagram(datagram.payload)
        {
            let mut events: Vec<Event> = Vec::new();
            message_events(message, &mut events);
            flow.note(events, seen.phase);
        }
    }

    /// A query of the local side, or an answer to it.
    fn lookup(&mut self, seen: &Seen, via: LookupVia, message: &DnsMessage) {
        let server = if message.response { seen.source } else { seen.destination };
        let passing = Passing {
            message,
            via,
            server: server.ip(),
            time: seen.time,
            phase: seen.phase,
            bytes: seen.bytes,
        };
        match (message.response, seen.side) {
            (false, Side::Sent | Side::Unknown) => {
                let (client, server) = (seen.source, seen.destination);
                let key = FlowKey { transport: seen.transport, client, server };
                self.lookups.asked(passing, self.setting.owners.get(&key));
            }
            (true, Side::Received | Side::Overheard | Side::Unknown) => {
                self.lookups.answered(passing, &mut self.book);
            }
            _ => {}
        }
    }

    /// Whether the other end is a resolver that the application was given.
    fn with_resolver(&self, seen: &Seen) -> bool {
        let resolvers = &self.setting.resolvers;
        match seen.side {
            Side::Sent => {
                seen.destination.port() == 53 && resolvers.contains(&seen.destination.ip())
            }
            Side::Received => seen.source.port() == 53 && resolvers.contains(&seen.source.ip()),
            _ => [seen.source, seen.destination]
                .iter()
                .any(|end| end.port() == 53 && resolvers.contains(&end.ip())),
        }
    }
}

/// What looks names up on a port.
fn service(port: u16) -> Option<(LookupVia, DnsFlavour)> {
    match port {
        53 => Some((LookupVia::Dns, DnsFlavour::Dns)),
        5353 => Some((LookupVia::Mdns, DnsFlavour::Dns)),
        5355 => Some((LookupVia::Llmnr, DnsFlavour::Dns)),
        137 => Some((LookupVia::Nbns, DnsFlavour::NetBios)),
        _ => None,
    }
}

fn protocol_of(via: LookupVia) -> Protocol {
    match via {
        LookupVia::Dns | LookupVia::DnsTcp => Protocol::Dns,
        LookupVia::Mdns => Protocol::Mdns,
        LookupVia::Llmnr => Protocol::Llmnr,
        LookupVia::Nbns => Protocol::Nbns,
    }
}
