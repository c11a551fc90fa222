//! The mnemonics of DNS: record types, response codes, operations (IANA's registry "Domain Name
//! System (DNS) Parameters").

use std::borrow::Cow;

use super::DnsFlavour;
use crate::contact::RESPONSE_CODES;

/// OPT (RFC 6891).
pub(super) const OPT: u16 = 41;

/// A record type's mnemonic, or `TYPE65000` (RFC 3597 section 5).
pub(super) fn type_name(record_type: u16, flavour: DnsFlavour) -> Cow<'static, str> {
    Cow::Borrowed(match record_type {
        1 => "A",
        2 => "NS",
        5 => "CNAME",
        6 => "SOA",
        12 => "PTR",
        15 => "MX",
        16 => "TXT",
        28 => "AAAA",
        // RFC 1002 section 4.2.1.2.
        32 if flavour == DnsFlavour::NetBios => "NB",
        33 if flavour == DnsFlavour::NetBios => "NBSTAT",
        33 => "SRV",
        41 => "OPT",
        64 => "SVCB",
        65 => "HTTPS",
        255 => "ANY",
        _ => return rare_type_name(record_type),
    })
}

fn rare_type_name(record_type: u16) -> Cow<'static, str> {
    Cow::Borrowed(match record_type {
        3 => "MD",
        4 => "MF",
        7 => "MB",
        8 => "MG",
        9 => "MR",
        10 => "NULL",
        11 => "WKS",
        13 => "HINFO",
        14 => "MINFO",
        17 => "RP",
        18 => "AFSDB",
        19 => "X25",
        20 => "ISDN",
        21 => "RT",
        22 => "NSAP",
        23 => "NSAP-PTR",
        24 => "SIG",
        25 => "KEY",
        26 => "PX",
        27 => "GPOS",
        29 => "LOC",
        30 => "NXT",
        31 => "EID",
        32 => "NIMLOC",
        34 => "ATMA",
        35 => "NAPTR",
        36 => "KX",
        37 => "CERT",
        38 => "A6",
        39 => "DNAME",
        40 => "SINK",
        42 => "APL",
        43 => "DS",
        44 => "SSHFP",
        45 => "IPSECKEY",
        46 => "RRSIG",
        47 => "NSEC",
        48 => "DNSKEY",
        49 => "DHCID",
        50 => "NSEC3",
        51 => "NSEC3PARAM",
        52 => "TLSA",
        53 => "SMIMEA",
        55 => "HIP",
        56 => "NINFO",
        57 => "RKEY",
        58 => "TALINK",
        59 => "CDS",
        60 => "CDNSKEY",
        61 => "OPENPGPKEY",
        62 => "CSYNC",
        63 => "ZONEMD",
        99 => "SPF",
        100 => "UINFO",
        101 => "UID",
        102 => "GID",
        103 => "UNSPEC",
        104 => "NID",
        105 => "L32",
        106 => "L64",
        107 => "LP",
        108 => "EUI48",
        109 => "EUI64",
        249 => "TKEY",
        250 => "TSIG",
        251 => "IXFR",
        252 => "AXFR",
        253 => "MAILB",
        254 => "MAILA",
        256 => "URI",
        257 => "CAA",
        258 => "AVC",
        259 => "DOA",
        260 => "AMTRELAY",
        32768 => "TA",
        32769 => "DLV",
        other => return Cow::Owned(format!("TYPE{other}")),
    })
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
