//! What hosts tell of themselves when they ask for an address: their names, and their software.

use std::collections::HashMap;
use std::net::IpAddr;

use foldhash::fast::RandomState;

use super::event::Event;
use super::shard::Shard;
use crate::contact::DhcpClient;
use crate::dissect::{Datagram, Dhcp, Frame, dhcp_message, dhcpv6_message};
use crate::packet::{PacketView, Timestamp};

/// At most this many clients are kept; what comes after is counted.
const MOST: usize = 4096;

/// At most this many vendor classes are kept of one client.
const MOST_CLASSES: usize = 8;

/// Longer names are no host's and no software's.
const LONGEST: usize = 255;

/// A message of DHCP that passed.
#[derive(Debug)]
pub(super) struct Leasing {
    pub(super) dhcp: Dhcp,
    pub(super) time: Timestamp,
    /// Who sent it.
    pub(super) source: Option<IpAddr>,
}

/// The clients of DHCP, in order of their first message.
#[derive(Debug, Default)]
pub(super) struct Leases {
    list: Vec<DhcpClient>,
    places: HashMap<String, usize, RandomState>,
    /// How many messages were of clients that found no room.
    pub(super) refused: u64,
}

impl Shard<'_> {
    /// A message of DHCP, which one of the shards that have it reads; whether it makes no contact:
    /// where the local side is known, being given an address is none.
    pub(super) fn leasing(
        &mut self,
        packet: &PacketView<'_>,
        frame: &Frame<'_>,
        datagram: &Datagram<'_>,
    ) -> bool {
        let ports = [datagram.source_port, datagram.destination_port];
        let six = ports.iter().any(|port| matches!(port, 546 | 547));
        let read = if six { dhcpv6_message } else { dhcp_message };
        if self.is_first()
            && let Some(dhcp) = read(datagram.payload)
        {
            let source = frame.addresses.map(|(from, _)| from);
            self.tell(Event::Leasing(Box::new(Leasing { dhcp, time: packet.time, source })));
        }
        self.setting.knows_local()
    }
}

impl Leases {
    /// Takes a message.
    pub(super) fn take(&mut self, Leasing { dhcp, time, source }: Leasing) {
        let Some(id) = dhcp.client else { return };
        let place = self.places.get(&id).copied().filter(|at| *at < self.list.len());
        let place = match place {
            Some(place) => place,
            None if self.list.len() >= MOST => {
                self.refused += 1;
                return;
            }
            None => {
                self.places.insert(id.clone(), self.list.len());
                self.list.push(DhcpClient {
                    client: id,
                    host_name: None,
                    vendor_classes: Vec::new(),
                    address: None,
                    server: None,
                    first: time,
                    last: time,
                });
                self.list.len() - 1
            }
        };
        let Some(client) = self.list.get_mut(place) else { return };
        client.last = client.last.max(time);
        if dhcp.from_client {
            let fits = |text: &String| !text.is_empty() && text.len() <= LONGEST;
            client.host_name = dhcp.host.filter(fits).or(client.host_name.take());
            if let Some(class) = dhcp.vendor.filter(fits)
                && client.vendor_classes.len() < MOST_CLASSES
                && !client.vendor_classes.contains(&class)
            {
                client.vendor_classes.push(class);
            }
        } else if let Some(address) = dhcp.assigned {
            client.address = Some(address);
            client.server = dhcp.server.map(IpAddr::V4).or(source);
        }
    }

    /// The clients in order of their first message.
    pub(super) fn into_list(self) -> Vec<DhcpClient> {
        self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Setting;
    use crate::flow::wire::{LOCAL, Wire, at, foreign};

    /// A message of one client: who sends it, the address given, and the options.
    fn message(operation: u8, given: [u8; 4], options: &[u8]) -> Vec<u8> {
        let mut bytes = vec![operation, 1, 6, 0, 0, 0, 0x12, 0x34];
        bytes.extend([0; 8]);
        bytes.extend(given);
        bytes.extend([0; 8]);
        bytes.extend([2, 0, 0x5e, 0x10, 0, 9]);
        bytes.resize(236, 0);
        bytes.extend([99, 130, 83, 99]);
        bytes.extend(options);
        bytes.push(255);
        bytes
    }

    fn wire() -> Wire {
        let mut wire = Wire::from(11);
        let (client, all) = (at("0.0.0.0:68"), at("255.255.255.255:67"));
        let (server, back) = (at("192.0.2.1:67"), at("255.255.255.255:68"));
        wire.udp(client, all, &message(1, [0; 4], b"\x35\x01\x01\x3c\x09PXEClient"));
        wire.udp(server, back, &message(2, [192, 0, 2, 2], b"\x35\x01\x02\x0c\x06server"));
        let asked = b"\x35\x01\x03\x0c\x05Kiosk\x3c\x08MSFT 5.0";
        wire.udp(client, all, &message(1, [0; 4], asked));
        wire.udp(server, back, &message(2, [192, 0, 2, 2], b"\x35\x01\x05\x36\x04\xc0\0\x02\x01"));
        wire
    }

    #[test]
    fn hosts_tell_their_names_and_software() {
        for setting in [Setting::default(), foreign()] {
            let survey = wire().survey(&setting);
            let [client] = survey.dhcp.as_slice() else { panic!("{:?}", survey.dhcp) };
            assert_eq!(client.client, "02:00:5e:10:00:09");
            assert_eq!(client.host_name.as_deref(), Some("kiosk"));
            assert_eq!(client.vendor_classes, ["PXEClient", "MSFT 5.0"]);
            assert_eq!(client.address, Some(LOCAL.parse().unwrap()));
            assert_eq!(client.server, Some("192.0.2.1".parse().unwrap()));
        }
        assert_eq!(wire().survey(&foreign()).other["dhcp"], 4);
    }

    #[test]
    fn hosts_of_ipv6_tell_theirs() {
        let mut wire = Wire::from(11);
        let (client, all) = (at("[fe80::2]:546"), at("[ff02::1:2]:547"));
        let duid = b"\0\x01\0\x04\0\x03\0\x01";
        let named = b"\0\x27\0\x06\0\x04host\0\x10\0\x0b\0\0\x01\x37\0\x05clock";
        wire.udp(client, all, &[&b"\x03abc"[..], duid, named].concat());
        let address: std::net::Ipv6Addr = "fd00:1::2".parse().unwrap();
        let given = [&[0, 5, 0, 24][..], &address.octets(), &[0; 8]].concat();
        let lease = [&[0, 3, 0, 40][..], &[0; 12], &given].concat();
        wire.udp(at("[fe80::1]:547"), client, &[&b"\x07abc"[..], duid, &lease].concat());
        let survey = wire.survey(&Setting::default());
        let [client] = survey.dhcp.as_slice() else { panic!("{:?}", survey.dhcp) };
        assert_eq!(client.client, "00:03:00:01");
        assert_eq!(client.host_name.as_deref(), Some("host"));
        assert_eq!(client.vendor_classes, ["clock"]);
        assert_eq!(client.address, Some(address.into()));
        assert_eq!(client.server, Some("fe80::1".parse().unwrap()));
    }

    #[test]
    fn their_number_is_bounded() {
        let mut leases = Leases::default();
        let read = dhcp_message(&message(1, [0; 4], b"\x35\x01\x01")).unwrap();
        for number in 0..MOST + 3 {
            let dhcp = Dhcp { client: Some(number.to_string()), ..read.clone() };
            leases.take(Leasing { dhcp, time: Timestamp(1), source: None });
        }
        assert_eq!((leases.refused, leases.into_list().len()), (3, MOST));
    }
}
