//! DNS answers that the script gives.

use hickory_proto::op::{Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, CNAME, MX, SRV, TXT};
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};

use super::dns;
use super::serve::World;
use crate::contact::Host;
use crate::script::{DnsAnswer, DnsData, DnsType};

/// The longest string of a TXT record (RFC 1035 section 3.3).
const LONGEST_STRING: usize = 255;

/// What a query is answered where the script has an answer to it.
pub(super) enum Scripted {
    Reply(Vec<u8>),
    Silence,
}

/// The script's answer to a query; none where it has none, or this is no query.
pub(super) fn answer(world: &World, query: &[u8], over_udp: bool) -> Option<Scripted> {
    if world.script.dns.is_empty() {
        return None;
    }
    let query = Message::from_vec(query).ok()?;
    let [question] = query.queries.as_slice() else { return None };
    let is_plain = query.metadata.message_type == MessageType::Query
        && query.metadata.op_code == OpCode::Query
        && matches!(question.query_class, DNSClass::IN | DNSClass::ANY);
    if !is_plain {
        return None;
    }
    let name = dns::text_of(&question.name);
    let rule = world.scripted_dns(&Host::Name(name), kind(question.query_type))?;
    let mut reply = dns::reply_to(&query);
    reply.metadata.response_code = match &rule.answer {
        DnsAnswer::Silence => return Some(Scripted::Silence),
        DnsAnswer::NoData => ResponseCode::NoError,
        DnsAnswer::NoName => ResponseCode::NXDomain,
        DnsAnswer::Failure => ResponseCode::ServFail,
        DnsAnswer::Refusal => ResponseCode::Refused,
        DnsAnswer::Records(records) => {
            for data in records {
                let record =
                    Record::from_rdata(question.name.clone(), dns::TTL_SECONDS, rdata(data)?);
                reply.add_answer(record);
            }
            if let [DnsData::Cname(target)] = records.as_slice() {
                follow(world, &mut reply, target, question.query_type);
            }
            ResponseCode::NoError
        }
    };
    if matches!(rule.answer, DnsAnswer::NoData | DnsAnswer::NoName) {
        reply.add_authority(dns::soa());
    }
    dns::bytes_of(&reply, &query, over_udp).map(Scripted::Reply)
}

/// What the name has that an alias leads to, as a resolver adds it.
fn follow(world: &World, reply: &mut Message, target: &str, kind: RecordType) {
    if kind == RecordType::CNAME {
        return;
    }
    let Some(target) = name_of(target) else { return };
    let mut query = Message::query();
    query.add_query(Query::query(target, kind));
    let answered = query.to_vec().ok().and_then(|bytes| world.unscripted_dns(&bytes, false));
    if let Some(answered) = answered.and_then(|bytes| Message::from_vec(&bytes).ok()) {
        reply.add_answers(answered.answers);
    }
}

fn kind(kind: RecordType) -> Option<DnsType> {
    Some(match kind {
        RecordType::A => DnsType::A,
        RecordType::AAAA => DnsType::Aaaa,
        RecordType::CNAME => DnsType::Cname,
        RecordType::MX => DnsType::Mx,
        RecordType::SRV => DnsType::Srv,
        RecordType::TXT => DnsType::Txt,
        _ => return None,
    })
}

fn name_of(text: &str) -> Option<Name> {
    Name::from_ascii(format!("{text}.")).ok()
}

fn rdata(data: &DnsData) -> Option<RData> {
    Some(match data {
        DnsData::A(address) => RData::A(A(*address)),
        DnsData::Aaaa(address) => RData::AAAA(AAAA(*address)),
        DnsData::Cname(target) => RData::CNAME(CNAME(name_of(target)?)),
        DnsData::Mx { preference, exchange } => RData::MX(MX::new(*preference, name_of(exchange)?)),
        DnsData::Srv { priority, weight, port, target } => {
            RData::SRV(SRV::new(*priority, *weight, *port, name_of(target)?))
        }
        DnsData::Txt(text) => {
            RData::TXT(TXT::from_bytes(text.as_bytes().chunks(LONGEST_STRING).collect()))
        }
    })
}
