//! The mnemonics of DNS: record types, response codes, operations (IANA's registry "Domain Name
//! System (DNS) Parameters").

use std::borrow::Cow;

use super::DnsFlavour;
use crate::contact::{NETBIOS_TYPES, RECORD_TYPES, RESPONSE_CODES};

/// OPT (RFC 6891).
pub(super) const OPT: u16 = 41;

/// A record type's mnemonic, or `TYPE65000` (RFC 3597 section 5).
pub(super) fn type_name(record_type: u16, flavour: DnsFlavour) -> Cow<'static, str> {
    let netbios = (flavour == DnsFlavour::NetBios)
        .then(|| NETBIOS_TYPES.iter().find(|(known, _)| *known == record_type))
        .flatten();
    let known = || {
        let place = RECORD_TYPES.binary_search_by_key(&record_type, |(known, _)| *known);
        place.ok().and_then(|place| RECORD_TYPES.get(place))
    };
    match netbios.or_else(known) {
        Some((_, name)) => Cow::Borrowed(name),
        None => Cow::Owned(format!("TYPE{record_type}")),
    }
}

/// A response code's mnemonic, or `RCODE4000`.
pub(super) fn status_name(code: u16) -> Cow<'static, str> {
    let named = RESPONSE_CODES.binary_search_by_key(&code, |(code, _)| *code);
    match named.ok().and_then(|at| RESPONSE_CODES.get(at)) {
        Some((_, name)) => Cow::Borrowed(name),
        None => Cow::Owned(format!("RCODE{code}")),
    }
}

/// What a packet list calls a response code that is no success.
pub(super) fn failure(status: &str) -> &str {
    match status {
        "FORMERR" => "Format error",
        "SERVFAIL" => "Server failure",
        "NXDOMAIN" => "No such name",
        "NOTIMP" => "Not implemented",
        "REFUSED" => "Refused",
        "YXDOMAIN" => "Name exists",
        "YXRRSET" => "RRset exists",
        "NXRRSET" => "RRset does not exist",
        "NOTAUTH" => "Not authoritative",
        "NOTZONE" => "Name out of zone",
        other => other,
    }
}

/// What a packet list calls an operation (RFC 1035, 1996, 2136, 8490), or NetBIOS's (RFC 1002
/// section 4.2.1.1).
pub(super) fn operation(opcode: u8, flavour: DnsFlavour) -> &'static str {
    match (flavour, opcode) {
        (DnsFlavour::Dns, 0) => "Standard query",
        (DnsFlavour::Dns, 1) => "Inverse query",
        (DnsFlavour::Dns, 2) => "Server status request",
        (DnsFlavour::Dns, 4) => "Zone change notification",
        (DnsFlavour::Dns, 5) => "Dynamic update",
        (DnsFlavour::Dns, 6) => "DNS Stateful operations",
        (DnsFlavour::NetBios, 0) => "Name query",
        (DnsFlavour::NetBios, 5) => "Registration",
        (DnsFlavour::NetBios, 6) => "Release",
        (DnsFlavour::NetBios, 7) => "WACK",
        (DnsFlavour::NetBios, 8 | 9) => "Refresh",
        _ => "Unknown operation",
    }
}
