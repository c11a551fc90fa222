//! All other protocols: what the first bytes are taken for, and every reader on them whatever
//! that was.
#![no_main]

use apptrace::contact::Protocol;
use apptrace::dissect::{Step, datagram_message, of_datagram, of_stream, stream_message};
use apptrace_fuzz::port;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((port, bytes)) = port(data) else { return };
    let _ = (of_datagram(bytes, port, 40_000), of_datagram(bytes, 40_000, port));
    let _ = (of_stream(bytes, port, true), of_stream(bytes, port, false));
    for protocol in Protocol::ALL {
        for (source, destination) in [(port, 40_000), (40_000, port)] {
            if let Some(message) = datagram_message(protocol, bytes, source, destination) {
                assert!(!message.summary.contains(char::is_control), "{:?}", message.summary);
            }
        }
        for (from_client, at_end) in [(true, false), (false, true)] {
            if let Step::Read { value, length } =
                stream_message(protocol, bytes, from_client, at_end)
            {
                assert!(length <= bytes.len() && length > 0, "{protocol:?}: {length}");
                assert!(!value.summary.contains(char::is_control), "{:?}", value.summary);
            }
        }
    }
});
