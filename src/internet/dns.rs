//! DNS (RFC 1035), over UDP and TCP: every name has an A and an AAAA record, and its addresses
//! lead back to it; every other type exists and is empty, with the SOA record that RFC 2308
//! section 2.2 asks for.

use std::io;
use std::net::IpAddr;

use hickory_proto::op::{Edns, Message, MessageType, OpCode, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, PTR, SOA};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};

use super::AddressBook;
use super::dns_service;
use super::stream::Stream;
use super::talk::Talk;
use crate::contact::{Heard, Host, LookupVia};
use crate::script::Script;

/// Short, so that an application asks again when it connects again.
pub(super) const TTL_SECONDS: u32 = 60;
/// What fits where the client does not say more (RFC 1035 section 4.2.1).
const PLAIN_UDP_SIZE: u16 = 512;

/// DNS over a stream, plain or within TLS: messages with their length in front (RFC 7766
/// section 8, RFC 7858 section 3.3).
pub(super) async fn serve(stream: &mut Stream, talk: &Talk) -> io::Result<()> {
    loop {
        let length = match stream.read_u16().await {
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        };
        let mut query = vec![0; usize::from(length)];
        stream.read_exact(&mut query).await?;
        let reply = talk.world.dns(&query, false);
        if talk.sessions > 0 {
            tell(talk, LookupVia::Dot, query);
            reply.iter().for_each(|reply| tell(talk, LookupVia::Dot, reply.clone()));
        }
        // Who is not answered waits until it gives up, or asks for another name.
        let Some(reply) = reply else { continue };
        let length = u16::try_from(reply.len()).map_err(io::Error::other)?;
        stream.write_all(&[&length.to_be_bytes(), reply.as_slice()].concat()).await?;
    }
}

/// Tells of a message that the capture holds only encrypted.
pub(super) fn tell(talk: &Talk, via: LookupVia, message: Vec<u8>) {
    talk.tell(Heard::Dns { via, message });
}

/// The answer to a query; none where it is no query at all. `over_udp` truncates what does
/// not fit.
pub(super) fn answer(
    query: &[u8],
    over_udp: bool,
    script: &Script,
    book: &mut AddressBook,
) -> Option<Vec<u8>> {
    let id = u16::from_be_bytes([*query.first()?, *query.get(1)?]);
    let Ok(query) = Message::from_vec(query) else {
        // A response that went astray must not be answered: two of them could go on forever.
        let is_query = query.len() >= 12 && query[2] & 0x80 == 0;
        let broken = || Message::error_msg(id, OpCode::Query, ResponseCode::FormErr);
        return is_query.then(broken)?.to_vec().ok();
    };
    if query.metadata.message_type != MessageType::Query {
        return None;
    }
    let mut reply = reply_to(&query);
    if query.metadata.op_code == OpCode::Query {
        reply.metadata.response_code = fill(&mut reply, script, book);
    } else {
        reply.metadata.response_code = ResponseCode::NotImp;
    }
    bytes_of(&reply, &query, over_udp)
}

/// A reply to a query, still without an answer.
pub(super) fn reply_to(query: &Message) -> Message {
    let mut reply = Message::response(query.metadata.id, query.metadata.op_code);
    reply.metadata.recursion_desired = query.metadata.recursion_desired;
    reply.metadata.recursion_available = true;
    reply.add_queries(query.queries.iter().cloned());
    if query.edns.is_some() {
        let mut edns = Edns::new();
        edns.set_max_payload(1232);
        reply.set_edns(edns);
    }
    reply
}

/// A reply as it is sent, cut where it does not fit into the datagram that the client takes.
pub(super) fn bytes_of(reply: &Message, query: &Message, over_udp: bool) -> Option<Vec<u8>> {
    let room =
        query.edns.as_ref().map_or(PLAIN_UDP_SIZE, |edns| edns.max_payload().max(PLAIN_UDP_SIZE));
    let bytes = reply.to_vec().ok()?;
    if over_udp && bytes.len() > usize::from(room) {
        return reply.truncate().to_vec().ok();
    }
    Some(bytes)
}

fn fill(reply: &mut Message, script: &Script, book: &mut AddressBook) -> ResponseCode {
    let [question] = reply.queries.as_slice() else { return ResponseCode::FormErr };
    let (name, kind, class) = (question.name.clone(), question.query_type, question.query_class);
    if !matches!(class, DNSClass::IN | DNSClass::ANY) {
        return ResponseCode::Refused;
    }
    let text = text_of(&name);
    let text = text.as_str();
    let known = script.records.iter().find(|(host, _)| host == text);
    let host = Host::Name(text.to_owned());
    if known.is_none() && script.unresolvable.iter().any(|pattern| pattern.matches(&host)) {
        reply.add_authority(soa());
        return ResponseCode::NXDomain;
    }
    if kind == RecordType::PTR && known.is_none() && text.ends_with(".arpa") {
        return reverse(reply, &name, script, book);
    }
    if !text.ends_with(".arpa")
        && let Some(data) = dns_service::record(&name, kind)
    {
        reply.add_answer(Record::from_rdata(name, TTL_SECONDS, data));
        return ResponseCode::NoError;
    }
    let wanted = |address: &IpAddr| match kind {
        RecordType::A => address.is_ipv4(),
        RecordType::AAAA => address.is_ipv6(),
        RecordType::ANY => true,
        _ => false,
    };
    let asks_for_address = matches!(kind, RecordType::A | RecordType::AAAA | RecordType::ANY);
    let addresses: Vec<IpAddr> = match known {
        Some((_, addresses)) => addresses.clone(),
        // The root and the reverse trees hold no hosts.
        None if !asks_for_address || text.is_empty() || text.ends_with(".arpa") => Vec::new(),
        None => match book.addresses(text) {
            Some((v4, v6)) => vec![v4.into(), v6.into()],
            None => return ResponseCode::ServFail,
        },
    };
    for address in addresses.into_iter().filter(wanted) {
        let data = match address {
            IpAddr::V4(v4) => RData::A(A(v4)),
            IpAddr::V6(v6) => RData::AAAA(AAAA(v6)),
        };
        reply.add_answer(Record::from_rdata(name.clone(), TTL_SECONDS, data));
    }
    if reply.answers.is_empty() {
        reply.add_authority(soa());
    }
    ResponseCode::NoError
}

/// A name as the address book and the script have it, lossless: other bytes than host names'
/// are escaped alike every time.
pub(super) fn text_of(name: &Name) -> String {
    let text = name.to_ascii().to_ascii_lowercase();
    text.strip_suffix('.').unwrap_or(&text).to_owned()
}

/// The name that an address was given (RFC 1035 section 3.5). Some programs, nmap among them,
/// contact nobody before they have heard it, or that there is none.
fn reverse(reply: &mut Message, asked: &Name, script: &Script, book: &AddressBook) -> ResponseCode {
    let address = asked.parse_arpa_name().ok().map(|net| net.addr());
    let scripted = |address| {
        let mut records = script.records.iter();
        records.find(|(_, all)| all.contains(&address)).map(|(name, _)| name.as_str())
    };
    let name = address.and_then(|address| scripted(address).or_else(|| book.name(address)));
    match name.and_then(|name| Name::from_ascii(format!("{name}.")).ok()) {
        Some(name) => {
            let data = RData::PTR(PTR(name));
            reply.add_answer(Record::from_rdata(asked.clone(), TTL_SECONDS, data));
            ResponseCode::NoError
        }
        None => {
            reply.add_authority(soa());
            ResponseCode::NXDomain
        }
    }
}

/// The authority for everything.
pub(super) fn soa() -> Record {
    let host = |text| Name::from_ascii(text).unwrap_or_else(|_| Name::root());
    let (main, mail) = (host("ns.apptrace.invalid."), host("hostmaster.apptrace.invalid."));
    let data = SOA::new(main, mail, 1, 3600, 600, 86_400, TTL_SECONDS);
    Record::from_rdata(Name::root(), TTL_SECONDS, RData::SOA(data))
}

#[cfg(test)]
mod tests {
    use hickory_proto::op::Query;

    use super::*;

    fn ask(script: &Script, name: &str, kind: RecordType) -> Message {
        let mut query = Message::query();
        query.add_query(Query::query(Name::from_ascii(name).expect("name"), kind));
        let bytes = query.to_vec().expect("query");
        let mut book = AddressBook::default();
        let reply = answer(&bytes, true, script, &mut book).expect("an answer");
        let reply = Message::from_vec(&reply).expect("a message");
        assert_eq!(reply.metadata.id, query.metadata.id);
        reply
    }

    #[test]
    fn every_name_resolves_unless_the_script_says_otherwise() {
        let script = Script {
            records: vec![("fixed.example".to_owned(), vec!["203.0.113.9".parse().expect("ip")])],
            unresolvable: vec!["*.gone.example".parse().expect("pattern")],
            ..Script::default()
        };
        for (name, kind, code, answers) in [
            ("a.example.", RecordType::A, ResponseCode::NoError, vec!["198.18.0.1"]),
            ("A.Example.", RecordType::A, ResponseCode::NoError, vec!["198.18.0.1"]),
            ("a.example.", RecordType::AAAA, ResponseCode::NoError, vec!["2001:db8:198:18::1"]),
            ("a.example.", RecordType::TXT, ResponseCode::NoError, vec![]),
            ("a.example.", RecordType::HTTPS, ResponseCode::NoError, vec![]),
            ("fixed.example.", RecordType::A, ResponseCode::NoError, vec!["203.0.113.9"]),
            ("fixed.example.", RecordType::AAAA, ResponseCode::NoError, vec![]),
            ("x.gone.example.", RecordType::A, ResponseCode::NXDomain, vec![]),
            ("1.2.0.192.in-addr.arpa.", RecordType::PTR, ResponseCode::NXDomain, vec![]),
            (
                "9.113.0.203.in-addr.arpa.",
                RecordType::PTR,
                ResponseCode::NoError,
                vec!["fixed.example."],
            ),
            ("nonsense.arpa.", RecordType::PTR, ResponseCode::NXDomain, vec![]),
        ] {
            let reply = ask(&script, name, kind);
            assert_eq!(reply.metadata.response_code, code, "{name} {kind}");
            let found: Vec<String> =
                reply.answers.iter().map(|record| record.data.to_string()).collect();
            assert_eq!(found, answers, "{name} {kind}");
            let has_soa = reply.authorities.iter().any(|r| r.record_type() == RecordType::SOA);
            assert_eq!(has_soa, answers.is_empty(), "{name} {kind}");
        }
    }

    #[test]
    fn an_address_that_was_given_out_leads_back_to_its_name() {
        let mut book = AddressBook::default();
        let (_, v6) = book.addresses("a.example").expect("room");
        let mut query = Message::query();
        query.add_query(Query::query(Name::from(std::net::IpAddr::V6(v6)), RecordType::PTR));
        let bytes = query.to_vec().expect("query");
        let reply = answer(&bytes, true, &Script::default(), &mut book).expect("an answer");
        let reply = Message::from_vec(&reply).expect("a message");
        assert_eq!(reply.answers[0].data.to_string(), "a.example.");
    }

    #[test]
    fn what_is_no_query_is_not_answered() {
        let (script, mut book) = (Script::default(), AddressBook::default());
        let response = Message::response(7, OpCode::Query).to_vec().expect("bytes");
        for (bytes, answered) in [
            (&b""[..], false),
            (b"x", false),
            (&response, false),
            (b"\x00\x07\x81\x00\x00\x01\x00\x00\x00\x00\x00\x00\xff", false),
            (b"\x00\x07\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\xff", true),
        ] {
            let reply = answer(bytes, true, &script, &mut book);
            assert_eq!(reply.is_some(), answered, "{bytes:?}");
        }
    }
}
