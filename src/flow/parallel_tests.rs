//! A survey on several threads says what one on a single thread says.

use std::convert::Infallible;

use super::gateways_tests::lease;
use super::wire::{Wire, at, dns, hello};
use crate::contact::Process;
use crate::flow::{
    Attributed, Lanes, Packets, Place, Places, Setting, Survey, Surveyor, flow_of, survey_pieces,
};
use crate::packet::{Packet, PacketView};

#[derive(Default)]
struct Piece {
    packets: Vec<Packet>,
    places: Places,
    said: Vec<Attributed>,
}

impl Packets for Piece {
    fn given(&self, shard: usize) -> impl Iterator<Item = (Place, PacketView<'_>)> {
        self.places.of(shard).iter().map(|place| (*place, self.packets[place.at as usize].view()))
    }

    fn surveyed(&self) -> u64 {
        self.places.surveyed()
    }

    fn take_attributed(&mut self) -> Vec<Attributed> {
        std::mem::take(&mut self.said)
    }
}

/// Many clients and servers: lookups whose answers others use, names that change, connections
/// that outlive a block, fragments of nothing, what belongs to no flow.
fn busy() -> Vec<Packet> {
    let mut wire = Wire::from(1);
    for round in 0..40_u16 {
        for host in 1..12_u16 {
            let us = at(&format!("192.0.2.{host}:{}", 4000 + round));
            let name = format!("h{}.example", (host + round / 7) % 9);
            let server = format!("198.18.0.{}", (host + round / 7) % 9 + 1);
            let resolver = at("192.0.2.200:53");
            wire.udp(us, resolver, &dns(&name, 1, None));
            wire.udp(resolver, us, &dns(&name, 1, Some(&[&server])));
            let get = format!("GET /{round} HTTP/1.1\r\nHost: {name}\r\n\r\n");
            wire.connection(us, at(&format!("{server}:80")), &[get.as_bytes()]);
            wire.connection(us, at(&format!("{server}:443")), &[&hello(&name, round % 3 == 0)]);
            wire.udp(us, at(&format!("{server}:9")), b"x");
            let mut leased = lease(5, [255, 255, 255, 0], [192, 0, 2, 254]);
            leased[33] = host as u8;
            wire.udp(at(&format!("{server}:67")), at(&format!("192.0.2.{host}:68")), &leased);
            let mut arp = vec![0xff; 12];
            arp.extend([8, 6, 0, 1, 8, 0, 6, 4, 0, 1]);
            arp.extend([0; 20]);
            wire.raw(crate::packet::LinkType::ETHERNET, arp);
        }
    }
    wire.packets
}

/// What a comment on a packet says of its flow: who sends it changes now and then.
fn said(packet: &Packet) -> Option<Attributed> {
    let flow = flow_of(&packet.view())?;
    let name = match packet.time.0 / 5000 % 4 {
        0 => return None,
        1 => {
            return Some(Attributed {
                flow,
                time: packet.time,
                process: None,
                is_background: false,
            });
        }
        name => format!("p{name}"),
    };
    let process = Some(Process { name, ..Process::default() });
    Some(Attributed { flow, time: packet.time, process, is_background: false })
}

/// Every third packet is read and left out.
fn is_left_out(at: usize) -> bool {
    at % 3 == 2
}

fn parallel(packets: &[Packet], block: usize, threads: usize, setting: &Setting) -> Survey {
    let lanes = Lanes::new(threads);
    let (mut first, mut again) = (0, 0);
    let next = |spare: Option<Piece>| {
        again += usize::from(spare.is_some());
        let mut piece = spare.unwrap_or_default();
        piece.packets = packets.iter().skip(first).take(block).cloned().collect();
        piece.places.begin(lanes);
        for (at, packet) in piece.packets.iter().enumerate() {
            if !is_left_out(first + at) {
                piece.places.add(lanes, u32::try_from(at).unwrap(), &packet.view());
                piece.said.extend(said(packet));
            }
        }
        first += block;
        Ok::<_, Infallible>((!piece.packets.is_empty()).then_some(piece))
    };
    let survey = survey_pieces(setting, lanes, next).unwrap();
    let pieces = packets.len().div_ceil(block);
    assert!(again <= pieces && (again > 0 || pieces < 20), "{again} of {pieces}");
    survey
}

#[test]
fn the_result_is_that_of_one_thread() {
    let packets = busy();
    let setting = Setting { flows: true, ..Setting::default() };
    let mut surveyor = Surveyor::new(&setting);
    for (at, packet) in packets.iter().enumerate() {
        if is_left_out(at) {
            continue;
        }
        said(packet).into_iter().for_each(|said| surveyor.learn(said));
        surveyor.take(&packet.view());
    }
    let expected = surveyor.finish();
    assert!(expected.lookups.iter().any(|lookup| lookup.process.is_some()));
    assert!(expected.contacts.iter().any(|contact| contact.process.is_some()));
    assert_eq!(expected.dhcp.len(), 11);
    let expected = format!("{expected:#?}");
    for (block, threads) in [(1, 2), (7, 2), (100, 3), (1000, 1), (100_000, 4)] {
        let found = format!("{:#?}", parallel(&packets, block, threads, &setting));
        assert!(found == expected, "blocks of {block} on {threads} threads");
    }
}

#[test]
fn an_error_ends_the_survey() {
    let setting = Setting::default();
    for threads in [1, 2, 5] {
        let mut left = 30;
        let next = |spare: Option<Piece>| {
            left -= 1;
            if left == 0 { Err("enough") } else { Ok(Some(spare.unwrap_or_default())) }
        };
        assert_eq!(survey_pieces(&setting, Lanes::new(threads), next).unwrap_err(), "enough");
    }
}

#[test]
fn a_panic_ends_the_survey() {
    let setting = Setting::default();
    for threads in [1, 2, 5] {
        let mut left = 30;
        let next = move |_: Option<Piece>| {
            left -= 1;
            assert!(left > 0, "no more");
            Ok::<_, Infallible>(Some(Piece::default()))
        };
        let survey = || survey_pieces(&setting, Lanes::new(threads), next);
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(survey)).is_err());
    }
}
