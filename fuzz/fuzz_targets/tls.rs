//! TLS handshakes of either side, in pieces, with gaps.
#![no_main]

use apptrace::dissect::{TlsReader, looks_like_tls};
use apptrace_fuzz::pieces;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((client, pieces)) = pieces(data) else { return };
    let _ = looks_like_tls(&data[1..]);
    let mut reader = TlsReader::new(client);
    let mut messages = Vec::new();
    for piece in pieces {
        if reader.is_done() {
            break;
        }
        // What a capture lacks, as the content chooses.
        match piece {
            [0xff, 0x77, length, ..] => reader.lose(usize::from(*length), &mut messages),
            _ => reader.take(piece, &mut messages),
        }
    }
    reader.finish(&mut messages);
    for message in messages {
        assert!(!message.summary.contains(char::is_control), "{:?}", message.summary);
    }
});
