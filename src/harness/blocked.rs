//! What the relay refused, told as findings: a contact that the baseline does not expect was
//! not only made then, it came to nothing.

use std::collections::BTreeSet;

use crate::contact::{Contact, ContactKind, Host, Lookup, printable};
use crate::diff::{Code, Finding};
use crate::internet::relay::Blocked;

/// Makes findings of what was refused: those that there are become `blocked-contact`, and what
/// no finding speaks of gets one of its own.
pub(super) fn tell(
    blocked: &[Blocked],
    contacts: &[Contact],
    lookups: &[Lookup],
    findings: &mut Vec<Finding>,
) {
    let mut told: BTreeSet<&Blocked> = BTreeSet::new();
    for finding in findings.iter_mut() {
        let is_departure = matches!(
            finding.code,
            Code::UnexpectedContact | Code::DeniedContact | Code::Outlived | Code::ExpiredRule
        );
        let Some(contact) = finding.contact.and_then(|index| contacts.get(index)) else { continue };
        if !is_departure {
            continue;
        }
        // A finding speaks of one host and service, over all phases and addresses.
        let same = contacts.iter().filter(|other| is_same(contact, other));
        let refused: Vec<&Blocked> = same
            .flat_map(|contact| blocked.iter().filter(|it| speaks_of(it, contact, lookups)))
            .collect();
        if !refused.is_empty() {
            if matches!(finding.code, Code::UnexpectedContact | Code::DeniedContact) {
                finding.code = Code::BlockedContact;
            }
            finding.message.push_str("; it was refused");
            told.extend(refused);
        }
    }
    for it in blocked.iter().filter(|it| !told.contains(it)) {
        let index = contacts.iter().position(|contact| speaks_of(it, contact, lookups));
        let name = match (it, index.and_then(|index| contacts.get(index))) {
            (Blocked::Server(transport, server), Some(contact)) => {
                let host = contact.host.to_string();
                format!("{} {}/{transport} at {}", printable(&host), server.port(), server.ip())
            }
            (Blocked::Server(transport, server), None) => {
                format!("{} {}/{transport}", server.ip(), server.port())
            }
            (Blocked::Name(name), _) => format!("{} (looked up)", printable(name)),
        };
        let hint = match it {
            Blocked::Server(..) => Some(
                "an address is reached only where a lookup of an expected name returned it, or \
                 where a rule names the address itself"
                    .to_owned(),
            ),
            Blocked::Name(_) => None,
        };
        let message = format!("{name}: it was refused, since no rule allows it");
        let finding = Finding::new(Code::BlockedContact, message, hint);
        findings.push(finding.of(index.into_iter().collect()));
    }
    findings.sort_by_key(|finding| finding.code);
}

fn is_same(one: &Contact, other: &Contact) -> bool {
    (&one.host, one.port, one.transport, one.kind)
        == (&other.host, other.port, other.transport, other.kind)
}

fn speaks_of(blocked: &Blocked, contact: &Contact, lookups: &[Lookup]) -> bool {
    match blocked {
        Blocked::Name(name) => {
            contact.kind == ContactKind::Lookup
                && matches!(&contact.host, Host::Name(host) if host == name)
        }
        Blocked::Server(transport, server) => {
            contact.kind == ContactKind::Traffic
                && contact.transport == *transport
                && contact.port == Some(server.port())
                && (contact.address == Some(server.ip())
                    // A host may have several addresses, and a contact tells the first.
                    || lookups.iter().any(|lookup| {
                        contact.host == Host::Name(lookup.name.clone())
                            && lookup.answers.contains(&server.ip().to_string())
                    }))
        }
    }
}
