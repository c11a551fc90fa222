//! HTTP/2 without TLS, in pieces.
#![no_main]

use apptrace::dissect::Http2Reader;
use apptrace_fuzz::pieces;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((from_client, pieces)) = pieces(data) else { return };
    let mut reader = Http2Reader::new(from_client);
    let mut messages = Vec::new();
    for piece in pieces {
        if reader.is_done() {
            break;
        }
        reader.take(piece, &mut messages);
    }
    for message in messages {
        assert!(!message.summary.contains(char::is_control), "{:?}", message.summary);
    }
});
