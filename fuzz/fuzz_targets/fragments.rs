//! Fragments of IPv4 and IPv6 in any order, overlapping, never ending.
#![no_main]

use apptrace::flow::{Setting, Surveyor};
use apptrace::packet::{LinkType, PacketView, Timestamp};
use apptrace_fuzz::parts;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let setting = Setting { flows: true, ..Setting::default() };
    let mut surveyor = Surveyor::new(&setting);
    let mut time = 0;
    for (said, part) in parts(data) {
        let Some((&[offset, identity], payload)) = part.split_first_chunk() else { continue };
        let (six, more) = (said & 1 == 1, said & 2 == 2);
        let protocol = if said & 4 == 4 { 6 } else { 17 };
        // Mostly within a second, sometimes a minute later.
        time += if said >> 3 == 31 { 60_000_000_000 } else { u64::from(said >> 3) * 1_000_000 };
        let field = (u16::from(offset) << 3 | u16::from(more)).to_be_bytes();
        let packet = if six {
            let length = (payload.len() as u16).saturating_add(8).to_be_bytes();
            let head = [&[0x60, 0, 0, 0][..], &length, &[44, 64], &[0xfd; 32]].concat();
            let fragment = [protocol, 0, field[0], field[1], 0, 0, 0, identity];
            [&head[..], &fragment, payload].concat()
        } else {
            // The flag "more" is at the top here, not at the bottom.
            let field = (u16::from(offset) | u16::from(more) << 13).to_be_bytes();
            let length = (payload.len() as u16).saturating_add(20).to_be_bytes();
            let head = [0x45, 0, length[0], length[1], 0, identity, field[0], field[1]];
            [&head[..], &[64, protocol, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2], payload].concat()
        };
        let wire_len = packet.len() as u32;
        let time = Timestamp(time);
        surveyor.take_listed(&PacketView { time, link: LinkType::RAW, wire_len, data: &packet });
    }
    surveyor.finish();
});
