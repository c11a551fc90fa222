//! QUIC's Initial packets of every version, coalesced, their CRYPTO frames in any order.
#![no_main]

use apptrace::dissect::{QuicReader, is_quic, quic_protocol};
use apptrace_fuzz::parts;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut reader = QuicReader::new();
    let mut messages = Vec::new();
    for (side, datagram) in parts(data) {
        let _ = (is_quic(datagram), quic_protocol(datagram));
        reader.take(side & 1 == 0, datagram, &mut messages);
    }
    reader.finish(&mut messages);
    for message in messages {
        assert!(!message.summary.contains(char::is_control), "{:?}", message.summary);
    }
});
