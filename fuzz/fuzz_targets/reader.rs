//! Capture files of every format, damaged or not: each gives packets or a clear error.
#![no_main]

use std::io::Cursor;

use apptrace::capture::{Block, Reader};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(mut reader) = Reader::from_read("input", Box::new(Cursor::new(data.to_vec()))) else {
        return;
    };
    let mut block = Block::new();
    let mut packets = 0;
    loop {
        let more = reader.next_block(&mut block);
        packets += block.packets().map(|packet| packet.data.len().min(1)).len();
        let _ = block.comments().count();
        match more {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                assert!(!error.to_string().is_empty());
                break;
            }
        }
    }
    // What was handed out is what the file says of itself.
    assert!(reader.facts().packets >= packets as u64);
});
