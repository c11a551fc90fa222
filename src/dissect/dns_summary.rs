//! A DNS message in one line, as Wireshark has it.

use std::fmt::Write as _;

use super::dns_kind::{failure, operation};
use super::{DnsData, DnsFlavour, DnsMessage, DnsQuestion, DnsRecord};
use crate::contact::Protocol;

/// A line ends after this many bytes, with `…`.
const LONGEST: usize = 1024;

/// One line for a packet list: `Standard query 0x1234 A www.example.org`. Multicast DNS says
/// of each question whether an answer by unicast is welcome.
pub fn dns_summary(message: &DnsMessage, protocol: Protocol) -> String {
    let mut line = operation(message.opcode, message.flavour).to_owned();
    let net_bios = message.flavour == DnsFlavour::NetBios;
    if message.response {
        line.push_str(" response");
    }
    // NetBIOS's identifiers tell nobody anything, and Wireshark leaves them out.
    if !net_bios {
        let _ = write!(line, " {:#06x}", message.id);
    }
    if message.response && message.status != "NOERROR" {
        line.push_str(if net_bios { ", " } else { " " });
        line.push_str(failure(&message.status));
    }
    for question in &message.questions {
        push_question(&mut line, question, protocol);
        if line.len() > LONGEST {
            break;
        }
    }
    let update = message.is_update();
    let sections = [&message.answers, &message.authority, &message.additional];
    for record in sections.into_iter().flatten() {
        if line.len() > LONGEST {
            break;
        }
        push_record(&mut line, record, message, update);
    }
    if message.edns {
        line.push_str(" OPT");
    }
    if line.len() > LONGEST {
        // Everything in it was escaped to ASCII, but for cuts that were marked before.
        let end = (0..=LONGEST).rev().find(|&at| line.is_char_boundary(at)).unwrap_or(0);
        line.truncate(end);
        line.push('…');
    }
    line
}

fn push_question(line: &mut String, question: &DnsQuestion, protocol: Protocol) {
    let _ = write!(line, " {} {}", question.record_type, question.name);
    if let Some(suffix) = question.suffix {
        let _ = write!(line, "<{suffix:02x}>");
    }
    if protocol == Protocol::Mdns {
        line.push_str(if question.unicast { ", \"QU\" question" } else { ", \"QM\" question" });
    }
}

fn push_record(line: &mut String, record: &DnsRecord, message: &DnsMessage, update: bool) {
    let asked = message.questions.first();
    let _ = write!(line, " {}", record.record_type);
    // In an update, or where nothing was asked, only the owner says whose it is.
    if update || asked.is_none() {
        let _ = write!(line, " {}", record.owner);
    }
    match &record.data {
        DnsData::Zone { primary, .. } => {
            let _ = write!(line, " {primary}");
        }
        // Long texts say little in a line.
        DnsData::Text(_) if message.flavour == DnsFlavour::Dns => {}
        data => {
            let _ = write!(line, " {data}");
        }
    }
}
