//! Capture files of every format, damaged or not: each gives packets or a clear error.
#![no_main]

use std::io::Cursor;

use apptrace::capture::{Block, Reader};
use apptrace::contact::{Remark, RunRecord};
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
        for (_, text) in block.comments() {
            // What is read is written in the same way.
            let remark = Remark::parse(text);
            assert!(remark.is_none_or(|remark| remark.to_string() == text));
        }
        match more {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                assert!(!error.to_string().is_empty());
                break;
            }
        }
    }
    for text in &reader.facts().remarks {
        let _ = RunRecord::parse(text);
    }
    // What was handed out is what the file says of itself.
    assert!(reader.facts().packets >= packets as u64);
});
