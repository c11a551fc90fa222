//! DNS messages (RFC 1035), and what shares their form: multicast DNS (RFC 6762), LLMNR (RFC
//! 4795), the NetBIOS name service (RFC 1002). The good records of a bad message are kept.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use domain::base::iana::Rtype;
use domain::base::name::ParsedName;
use domain::base::rdata::UnknownRecordData;
use domain::base::{Message, ParsedRecord};
use domain::rdata::{AllRecordData, Cname};

use super::text::{domain_name, escape};

/// Which protocol's names and types a message uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DnsFlavour {
    /// DNS, multicast DNS, LLMNR.
    Dns,
    /// The NetBIOS name service, whose names are encoded once more.
    NetBios,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DnsMessage {
    /// What ties an answer to its query.
    pub id: u16,
    /// An answer, not a query.
    pub response: bool,
    /// The response code's mnemonic.
    pub status: String,
    /// What is asked.
    pub questions: Vec<DnsQuestion>,
    /// The answer section.
    pub answers: Vec<DnsRecord>,
    /// The additional section, without EDNS.
    pub additional: Vec<DnsRecord>,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DnsQuestion {
    /// The name, lower-cased and without the final dot; the root is `.`.
    pub name: String,
    /// The record type's mnemonic, or `TYPE65000`.
    pub record_type: String,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DnsRecord {
    /// Whose it is.
    pub owner: String,
    /// The record type's mnemonic, or `TYPE65000`.
    pub record_type: String,
    /// What it says.
    pub data: DnsData,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DnsData {
    /// An address (A, AAAA, NB).
    Address(IpAddr),
    /// Another name that stands for this one (CNAME).
    Alias(String),
    /// Anything else, in its presentation form.
    Text(String),
}

/// More records than this in one section are not read.
const MOST_RECORDS: usize = 1024;

/// Reads a message. None where the bytes are no message: too short for a header, an
/// operation that is not in use, or a first question that cannot be read.
pub fn dns_message(bytes: &[u8], flavour: DnsFlavour) -> Option<DnsMessage> {
    let message = Message::from_octets(bytes).ok()?;
    let header = message.header();
    // RFC 1002 uses operations up to 9, DNS none above 6.
    if header.opcode().to_int() > 9 {
        return None;
    }
    let mut questions = Vec::new();
    for question in message.question().take(MOST_RECORDS) {
        match question {
            Ok(question) => questions.push(DnsQuestion {
                name: name(question.qname(), flavour),
                record_type: type_name(question.qtype(), flavour),
            }),
            Err(_) if questions.is_empty() => return None,
            Err(_) => break,
        }
    }
    let response = header.qr();
    let (mut answers, mut additional) = (Vec::new(), Vec::new());
    if let Ok(section) = message.answer() {
        answers
            .extend(section.take(MOST_RECORDS).map_while(Result::ok).map(|r| record(&r, flavour)));
    }
    if let Ok(section) = message.additional() {
        additional.extend(
            section
                .take(MOST_RECORDS)
                .map_while(Result::ok)
                .filter(|record| record.rtype() != Rtype::OPT)
                .map(|r| record(&r, flavour)),
        );
    }
    if questions.is_empty() && answers.is_empty() && additional.is_empty() && !response {
        return None;
    }
    let status = header.rcode();
    let status = match status.to_mnemonic_str() {
        Some(mnemonic) => mnemonic.to_owned(),
        None => format!("RCODE{}", status.to_int()),
    };
    Some(DnsMessage { id: header.id(), response, status, questions, answers, additional })
}

fn record(record: &ParsedRecord<'_, &[u8]>, flavour: DnsFlavour) -> DnsRecord {
    DnsRecord {
        owner: name(&record.owner(), flavour),
        record_type: type_name(record.rtype(), flavour),
        data: data(record, flavour),
    }
}

fn data(record: &ParsedRecord<'_, &[u8]>, flavour: DnsFlavour) -> DnsData {
    let raw = record.to_record::<UnknownRecordData<_>>().ok().flatten();
    let raw = raw.as_ref().map_or(&[][..], |raw| raw.data().data());
    // NB: two bytes of flags before each address (RFC 1002 section 4.2.1.3).
    let address = match (record.rtype(), raw) {
        (Rtype::NIMLOC, [_, _, address @ ..]) if flavour == DnsFlavour::NetBios => {
            address.first_chunk().map(|&bytes| Ipv4Addr::from(bytes).into())
        }
        (Rtype::A, bytes) => <[u8; 4]>::try_from(bytes).ok().map(|b| Ipv4Addr::from(b).into()),
        (Rtype::AAAA, bytes) => <[u8; 16]>::try_from(bytes).ok().map(|b| Ipv6Addr::from(b).into()),
        _ => None,
    };
    if let Some(address) = address {
        return DnsData::Address(address);
    }
    if let Ok(Some(alias)) = record.to_record::<Cname<ParsedName<_>>>() {
        return DnsData::Alias(name(alias.data().cname(), flavour));
    }
    match record.to_record::<AllRecordData<_, ParsedName<_>>>() {
        Ok(Some(known)) => DnsData::Text(escape(known.data().to_string().as_bytes())),
        _ => DnsData::Text(format!("\\# {}", raw.len())),
    }
}

fn name<Octs: AsRef<[u8]>>(parsed: &ParsedName<Octs>, flavour: DnsFlavour) -> String {
    let first = parsed.first().as_slice();
    match flavour {
        DnsFlavour::NetBios => net_bios_name(first)
            .unwrap_or_else(|| domain_name(parsed.iter().map(|label| label.as_slice()))),
        DnsFlavour::Dns => domain_name(parsed.iter().map(|label| label.as_slice())),
    }
}

/// RFC 1001 section 14.1: each half byte of the 16-byte name is a letter from A. The last
/// byte is a suffix that says what kind of name it is; the rest is padded with spaces.
fn net_bios_name(label: &[u8]) -> Option<String> {
    let letters: &[u8; 32] = label.try_into().ok()?;
    let mut bytes = [0; 16];
    for (byte, pair) in bytes.iter_mut().zip(letters.chunks_exact(2)) {
        let half = |letter: u8| letter.checked_sub(b'A').filter(|&half| half < 16);
        *byte = half(pair[0])? << 4 | half(pair[1])?;
    }
    let text = bytes.get(..15)?;
    let end = text.iter().rposition(|&b| b != b' ' && b != 0).map_or(0, |last| last + 1);
    Some(escape(text.get(..end)?).to_ascii_lowercase())
}

fn type_name(record_type: Rtype, flavour: DnsFlavour) -> String {
    match (flavour, record_type.to_int()) {
        (DnsFlavour::NetBios, 32) => "NB".to_owned(),
        (DnsFlavour::NetBios, 33) => "NBSTAT".to_owned(),
        (_, 255) => "ANY".to_owned(),
        _ => record_type.to_string(),
    }
}
