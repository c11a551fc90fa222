//! Link and network layers, tunnels in tunnels, down to the transport.
#![no_main]

use apptrace::dissect::{Body, dissect, summary};
use apptrace_fuzz::link;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((link, bytes)) = link(data) else { return };
    let frame = dissect(link, bytes);
    let (_, line) = summary(&frame);
    assert!(!line.contains(char::is_control), "{line:?}");
    if let Body::IcmpError(message) = &frame.body {
        let _ = message.quoted();
    }
});
