//! What the errors of ICMP quote: a lookup whose own packets the capture does not hold was made
//! all the same.

use std::net::SocketAddr;

use super::datagrams::{is_update, service};
use super::event::{Event, Passed};
use super::seen::phase_at;
use super::shard::Shard;
use crate::contact::{FlowKey, Transport};
use crate::dissect::{Body, Icmp, dns_message};
use crate::packet::PacketView;

impl Shard<'_> {
    /// An error that quotes a packet (RFC 792, RFC 4443 section 2.4).
    pub(super) fn quoted(&mut self, packet: &PacketView<'_>, error: &Icmp<'_>) {
        // Where the local side is known, its own packets are all there.
        if self.setting.knows_local() {
            return;
        }
        let Some(frame) = error.quoted() else { return };
        let (Some((from, to)), Body::Udp(datagram)) = (frame.addresses, frame.body) else { return };
        let (asks, answers) = (datagram.destination_port, datagram.source_port);
        let Some((via, flavour)) = service(asks).or_else(|| service(answers)) else { return };
        let Some(message) = dns_message(datagram.payload, flavour) else { return };
        if is_update(&message) || !self.is_first() {
            return;
        }
        let transport = Transport::Udp;
        let (source, destination) = (SocketAddr::new(from, answers), SocketAddr::new(to, asks));
        let (client, server) = match message.response {
            true => (destination, source),
            false => (source, destination),
        };
        self.tell(Event::Quoted(Box::new(Passed {
            via,
            server: server.ip(),
            message,
            key: FlowKey { transport, client, server },
            time: packet.time,
            phase: phase_at(packet.time, self.setting),
            bytes: 0,
            alone: true,
        })));
    }
}

#[cfg(test)]
mod tests {
    use crate::flow::Setting;
    use crate::flow::wire::{Wire, at, dns};
    use crate::packet::LinkType;

    /// An ICMP error of type 3, code 3 about the packet.
    fn error(about: &[u8]) -> Vec<u8> {
        let length = u16::try_from(28 + about.len()).unwrap().to_be_bytes();
        let header = [&[0x45, 0][..], &length, &[0, 0, 0, 0, 64, 1, 0, 0]].concat();
        let ends = [198, 18, 0, 9, 192, 0, 2, 2];
        [&header[..], &ends, &[3, 3, 0, 0, 0, 0, 0, 0], about].concat()
    }

    #[test]
    fn a_lookup_that_was_only_quoted_counts_once() {
        let mut wire = Wire::from(11);
        let (us, them) = (at("192.0.2.2:4000"), at("198.18.0.9:53"));
        wire.udp(us, them, &dns("quoted.example", 1, None));
        wire.udp(them, us, &dns("answer.example", 1, Some(&["198.18.0.7"])));
        let [query, answer] = [0, 1].map(|at: usize| wire.packets[at].data[14..].to_vec());
        let shown = |wire: &Wire| {
            let lookups = wire.survey(&Setting::default()).lookups;
            let shown = lookups.iter().map(|l| format!("{} {} {:?}", l.name, l.queries, l.answers));
            shown.collect::<Vec<_>>().join(", ")
        };
        let mut alone = Wire::from(11);
        alone.raw(LinkType::RAW, error(&query)).raw(LinkType::RAW, error(&answer));
        let expected = "quoted.example 1 [], answer.example 0 [\"198.18.0.7\"]";
        assert_eq!(shown(&alone), expected);
        wire.raw(LinkType::RAW, error(&query)).raw(LinkType::RAW, error(&answer));
        assert_eq!(shown(&wire), expected);
        // A cut quotation says what is left of it.
        let mut cut = Wire::from(11);
        cut.raw(LinkType::RAW, error(&query[..30]));
        assert_eq!(shown(&cut), "");
    }
}
