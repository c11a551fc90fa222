//! The records by which a service is found: SRV (RFC 2782) and MX (RFC 5321 section 5.1) lead to
//! the name itself, so that a client goes on as it would without them.

use hickory_proto::rr::rdata::{MX, SRV};
use hickory_proto::rr::{Name, RData, RecordType};

/// Services whose clients ask for SRV records first, with their ports. What an ordinary domain
/// does not have, `_kerberos` above all, would lead clients where they never go.
const PORTS: [(&str, u16); 15] = [
    ("sip", 5060),
    ("stun", 3478),
    ("stuns", 5349),
    ("turn", 3478),
    ("turns", 5349),
    ("xmpp-client", 5222),
    ("xmpps-client", 5223),
    ("imap", 143),
    ("imaps", 993),
    ("pop3", 110),
    ("pop3s", 995),
    ("submission", 587),
    ("submissions", 465),
    ("mqtt", 1883),
    ("secure-mqtt", 8883),
];
const PREFERENCE: u16 = 10;

/// The record of this type that a name has, where it has one.
pub(super) fn record(name: &Name, kind: RecordType) -> Option<RData> {
    match kind {
        RecordType::SRV => service(name),
        RecordType::MX if !name.is_root() => Some(RData::MX(MX::new(PREFERENCE, name.clone()))),
        _ => None,
    }
}

/// `_sip._udp.example.org`: the port of SIP at `example.org`.
fn service(name: &Name) -> Option<RData> {
    let mut labels = name.iter().map(|label| String::from_utf8_lossy(label).to_ascii_lowercase());
    let (service, transport) = (labels.next()?, labels.next()?);
    let service = service.strip_prefix('_')?;
    // SIP is offered as its providers do, over UDP. A client that is offered it over TLS or TCP as
    // well prefers those, and one that wants nothing else uses the name's own port without a record
    // (RFC 3263 section 4.2).
    match (service, transport.as_str()) {
        (_, "_udp") => (),
        (other, "_tcp") if other != "sip" => (),
        _ => return None,
    }
    let (_, port) = PORTS.iter().find(|(known, _)| *known == service)?;
    let target = name.base_name().base_name();
    (!target.is_root()).then(|| RData::SRV(SRV::new(0, 0, *port, target)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_lead_to_the_name_itself() {
        for (name, kind, expected) in [
            ("_sip._udp.a.example.", RecordType::SRV, Some("0 0 5060 a.example.")),
            ("_sip._tcp.a.example.", RecordType::SRV, None),
            ("_sips._tcp.a.example.", RecordType::SRV, None),
            ("_sip._tls.a.example.", RecordType::SRV, None),
            ("_imaps._tcp.a.example.", RecordType::SRV, Some("0 0 993 a.example.")),
            ("_STUN._UDP.a.example.", RecordType::SRV, Some("0 0 3478 a.example.")),
            ("_kerberos._udp.a.example.", RecordType::SRV, None),
            ("_sip._sctp.a.example.", RecordType::SRV, None),
            ("_sip._udp.", RecordType::SRV, None),
            ("sip._udp.a.example.", RecordType::SRV, None),
            ("a.example.", RecordType::SRV, None),
            ("a.example.", RecordType::MX, Some("10 a.example.")),
            (".", RecordType::MX, None),
            ("a.example.", RecordType::TXT, None),
            ("_sip._udp.a.example.", RecordType::NAPTR, None),
        ] {
            let name = Name::from_ascii(name).expect("a name");
            let found = record(&name, kind).map(|data| data.to_string());
            assert_eq!(found.as_deref(), expected, "{name} {kind}");
        }
    }
}
