//! DNS, mDNS, LLMNR and NetBIOS names, in datagrams and streams.
#![no_main]

use apptrace::contact::Protocol;
use apptrace::dissect::{DnsFlavour, Step, dns_message, dns_stream_message, dns_summary};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&flavour, bytes)) = data.split_first() else { return };
    let message = match flavour % 3 {
        0 => dns_message(bytes, DnsFlavour::Dns),
        1 => dns_message(bytes, DnsFlavour::NetBios),
        _ => match dns_stream_message(bytes) {
            Step::Read { value, length } => {
                assert!(length <= bytes.len() && length > 0);
                value
            }
            _ => None,
        },
    };
    if let Some(message) = message {
        let line = dns_summary(&message, Protocol::Dns);
        assert!(!line.contains(char::is_control), "{line:?}");
    }
});
