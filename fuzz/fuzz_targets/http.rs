//! HTTP/1 heads of either side, and bodies in chunks.
#![no_main]

use apptrace::dissect::{ChunkStep, Chunks, Step, http_head};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&said, bytes)) = data.split_first() else { return };
    let at_end = said & 1 == 1;
    if said & 2 == 2 {
        let mut chunks = Chunks::new();
        for piece in bytes.chunks(usize::from(said >> 2) + 1) {
            if !matches!(chunks.take(piece), ChunkStep::More) {
                break;
            }
        }
        return;
    }
    if let Step::Read { value, length } = http_head(bytes, at_end) {
        assert!(length <= bytes.len() && length > 0);
        let line = value.message.summary;
        assert!(!line.contains(char::is_control), "{line:?}");
    }
});
