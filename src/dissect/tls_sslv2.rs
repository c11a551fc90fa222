//! The ClientHello of SSL 2.0, which clients of later versions sent as their first for long
//! (RFC 5246 appendix E.2). It names no server.

use super::Message;
use super::tls_fields::Fields;
use super::tls_names::version_name;
use crate::contact::Protocol;

/// Whether bytes begin with one.
pub(super) fn is_sslv2_hello(bytes: &[u8]) -> bool {
    header(bytes).is_some()
}

/// The message, and how many bytes of the stream it takes.
pub(super) fn sslv2_message(bytes: &[u8]) -> Option<(Message, usize)> {
    let (version, length) = header(bytes)?;
    let summary = format!("ClientHello ({} in the form of SSL 2.0)", version_name(version));
    Some((Message::new(Protocol::Tls, summary), length))
}

/// The version, and the length with the two bytes that say it. The lengths within must add up.
fn header(bytes: &[u8]) -> Option<(u16, usize)> {
    let mut fields = Fields::new(bytes);
    let length = fields.short()?;
    let (kind, version) = (fields.byte()?, fields.short()?);
    let lengths = [fields.short()?, fields.short()?, fields.short()?].map(usize::from);
    let [ciphers, session, challenge] = lengths;
    let total = usize::from(length & 0x7fff);
    let fits = length & 0x8000 != 0
        && kind == 1
        && matches!(version, 0x0002 | 0x0300..=0x0304)
        && ciphers > 0
        && ciphers.is_multiple_of(3)
        && matches!(session, 0 | 16)
        && (16..=32).contains(&challenge)
        && total == 9 + ciphers + session + challenge;
    fits.then_some((version, total + 2))
}
