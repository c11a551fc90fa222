//! TLS within the transport of Remote Desktop over UDP ([MS-RDPEUDP] section 2.2,
//! [MS-RDPEUDP2] section 2.2): its client's hello is found behind a header whose parts are all
//! optional.

use super::Message;
use super::tls_fields::Fields;
use super::tls_hello::ClientHello;
use crate::contact::{EvidenceKind, Protocol};

/// The header with all that it may have ends before this.
const LONGEST_HEADER: usize = 48;

/// The port that Remote Desktop listens on.
const PORT: u16 = 3389;

/// The ClientHello in a datagram from or to Remote Desktop's port. A hello that goes on in
/// another datagram is read as far as this one goes.
pub fn rdp_udp_hello(bytes: &[u8], source_port: u16, destination_port: u16) -> Option<Message> {
    if ![source_port, destination_port].contains(&PORT) {
        return None;
    }
    // Before the record there are four bytes at least, of which none is fixed.
    (4..LONGEST_HEADER.min(bytes.len())).find_map(|at| {
        let mut fields = Fields::new(bytes.get(at..)?);
        if fields.byte()? != 22 || !matches!(fields.short()?, 0x0301..=0x0303) {
            return None;
        }
        let length = usize::from(fields.short()?);
        let whole = fields.rest().len() == length;
        if fields.byte()? != 1 {
            return None;
        }
        let body = usize::try_from(fields.number(3)?).ok()?;
        if body + 4 != length || !(whole || fields.rest().len() < body) {
            return None;
        }
        let hello = ClientHello::read(fields.rest(), false)?;
        Some(hello.message(Protocol::Tls, EvidenceKind::TlsSni))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dissect::tls_samples::{hello, record};

    #[test]
    fn a_hello_is_found_behind_the_header() {
        let hello = record(22, &hello("a.example"));
        let datagram = |header: usize| [&vec![0x16; header][..], &hello].concat();
        for (datagram, port, name) in [
            (datagram(8), 3389, Some("a.example")),
            (datagram(11), 3389, Some("a.example")),
            (datagram(11)[..120].to_vec(), 3389, Some("a.example")),
            (datagram(11)[..110].to_vec(), 3389, None),
            (datagram(11), 443, None),
            (datagram(60), 3389, None),
            ([&datagram(8)[..], &[0]].concat(), 3389, None),
            (vec![0; 60], 3389, None),
            (vec![], 3389, None),
        ] {
            let message = rdp_udp_hello(&datagram, 50_000, port);
            let names = message.map(|message| message.names);
            let found = names.as_ref().and_then(|names| names.first());
            assert_eq!(found.map(|name| name.name.as_str()), name);
        }
    }
}
