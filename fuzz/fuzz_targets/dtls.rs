//! DTLS handshakes of either side, their fragments in any order.
#![no_main]

use apptrace::dissect::{DtlsReader, is_dtls};
use apptrace_fuzz::parts;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut sides = [DtlsReader::new(true), DtlsReader::new(false)];
    let mut messages = Vec::new();
    for (side, datagram) in parts(data) {
        let _ = is_dtls(datagram);
        sides[usize::from(side & 1)].take(datagram, &mut messages);
    }
    for side in &mut sides {
        side.finish(&mut messages);
    }
    for message in messages {
        assert!(!message.summary.contains(char::is_control), "{:?}", message.summary);
    }
});
