//! A survey on several threads says what one on a single thread says.

use std::convert::Infallible;

use super::wire::{Wire, at, dns, hello};
use crate::contact::Process;
use crate::flow::{
    Attributed, Lane, Lanes, Packets, Setting, Survey, Surveyor, flow_of, survey_blocks,
};
use crate::packet::{Packet, PacketView};

struct Piece(Vec<(Lane, Packet)>, Vec<Attributed>);

impl Packets for Piece {
    fn runs(&self) -> impl Iterator<Item = impl Iterator<Item = (Lane, PacketView<'_>)>> {
        self.0.chunks(7).map(|run| run.iter().map(|(lane, packet)| (*lane, packet.view())))
    }

    fn take_attributed(&mut self) -> Vec<Attributed> {
        std::mem::take(&mut self.1)
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
                is_application: false,
            });
        }
        name => format!("p{name}"),
    };
    let process = Some(Process { name, ..Process::default() });
    Some(Attributed {
        flow,
        time: packet.time,
        process,
        is_background: false,
        is_application: false,
    })
}

fn parallel(packets: &[Packet], block: usize, threads: usize, setting: &Setting) -> Survey {
    let lanes = Lanes::new(threads);
    let placed = |packet: &Packet| (lanes.of(&packet.view()), packet.clone());
    let piece = |it: &[Packet]| {
        Piece(it.iter().map(placed).collect(), it.iter().filter_map(said).collect())
    };
    let mut blocks = packets.chunks(block).map(piece);
    let mut back = 0;
    let next = || Ok::<_, Infallible>(blocks.next());
    let survey = survey_blocks(setting, lanes, next, |_| back += 1).unwrap();
    assert!(back <= packets.len().div_ceil(block));
    survey
}

#[test]
fn the_result_is_that_of_one_thread() {
    let packets = busy();
    let setting = Setting { flows: true, ..Setting::default() };
    let mut surveyor = Surveyor::new(&setting);
    for packet in &packets {
        said(packet).into_iter().for_each(|said| surveyor.learn(said));
        surveyor.take(&packet.view());
    }
    let expected = surveyor.finish();
    assert!(expected.lookups.iter().any(|lookup| lookup.process.is_some()));
    assert!(expected.contacts.iter().any(|contact| contact.process.is_some()));
    let expected = format!("{expected:#?}");
    for (block, threads) in [(1, 2), (7, 2), (100, 3), (1000, 1), (100_000, 4)] {
        let found = format!("{:#?}", parallel(&packets, block, threads, &setting));
        assert!(found == expected, "blocks of {block} on {threads} threads");
    }
}

#[test]
fn an_error_ends_the_survey() {
    let setting = Setting::default();
    let mut left = 3;
    let next = || {
        left -= 1;
        if left == 0 { Err("enough") } else { Ok(Some(Piece(Vec::new(), Vec::new()))) }
    };
    assert_eq!(survey_blocks(&setting, Lanes::new(2), next, drop).unwrap_err(), "enough");
}
