//! Whole captures: every packet listed, everything followed, all put together.
#![no_main]

use apptrace::flow::{Setting, Surveyor};
use apptrace::packet::{LinkType, PacketView, Timestamp};
use apptrace_fuzz::parts;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let setting = Setting { flows: true, ..Setting::default() };
    let mut surveyor = Surveyor::new(&setting);
    let mut time = 0;
    for (later, data) in parts(data) {
        time += u64::from(later) * 1_000_000;
        let wire_len = data.len() as u32;
        let view = PacketView { time: Timestamp(time), link: LinkType::ETHERNET, wire_len, data };
        let line = surveyor.take_listed(&view);
        assert!(!line.info.contains(char::is_control), "{:?}", line.info);
    }
    surveyor.finish();
});
