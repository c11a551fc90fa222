//! SIP over datagrams and streams, with the media that its bodies announce.
#![no_main]

use apptrace::dissect::{Step, sip_datagram, sip_datagram_head, sip_head};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&said, bytes)) = data.split_first() else { return };
    if let Some(message) = sip_datagram(bytes) {
        assert!(!message.summary.contains(char::is_control), "{:?}", message.summary);
    }
    let _ = sip_datagram_head(bytes);
    if let Step::Read { value, length } = sip_head(bytes, said & 1 == 1) {
        assert!(length <= bytes.len() && length > 0);
        let line = value.message.summary;
        assert!(!line.contains(char::is_control), "{line:?}");
    }
});
