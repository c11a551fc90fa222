//! Which host a flow is to, and how that is known.

use super::Setting;
use super::entry::Flow;
use super::names::AddressBook;
use super::owners::Asker;
use crate::contact::{AddressClass, Evidence, EvidenceKind, Host, Strength};

/// What is known of a flow's host.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) host: Host,
    /// The name is a guess.
    pub(super) guessed: bool,
    pub(super) evidence: Vec<Evidence>,
}

/// The host of a flow, and how it is known: the flow's claims go into that.
///
/// A name that the application asked for and got this address for is exact; one that the very
/// process asked for comes before another's. Without one:
/// in a simulated internet (`outward` is set) every name has been asked of apptrace itself, so
/// an address without an answer was written into the application, and whatever name is
/// claimed for it may be invented; in any other capture the answer may have been missed, and
/// the strongest claim is the best there is. Where nothing was claimed either, what the server
/// says of itself, what its address's reverse name says and the realm that it is of are guesses. A name outside an
/// encrypted ClientHello, and one that a proxy was asked for, are no host's. A group or
/// broadcast address is no host's either.
pub(super) fn host_of(
    flow: &mut Flow,
    asker: Asker,
    class: AddressClass,
    setting: &Setting,
    book: &AddressBook,
) -> Known {
    let address = flow.server().ip();
    let mut evidence = flow.take_claims();
    if let Some(name) = book.name_at(address, flow.number, asker)
        && !matches!(class, AddressClass::Multicast | AddressClass::Broadcast)
    {
        evidence.insert(0, Evidence::new(EvidenceKind::Dns, &**name));
        return Known { host: Host::from_text(name), guessed: false, evidence };
    }
    let mut known = Known { host: Host::Address(address), guessed: false, evidence };
    if matches!(class, AddressClass::Multicast | AddressClass::Broadcast)
        || !setting.outward.is_empty()
    {
        return known;
    }
    if let Some(name) = book.reverse(address) {
        known.evidence.push(Evidence::new(EvidenceKind::ReverseDns, &**name));
    }
    // What is said beyond a proxy is said of others.
    if flow.proxied {
        return known;
    }
    let best = known.evidence.iter().filter_map(rank).min_by_key(|(rank, _)| *rank);
    if let Some((rank, name)) = best {
        known.guessed = rank >= GUESSED;
        known.host = name;
    }
    known
}

/// Ranks from here on are guesses.
const GUESSED: u8 = 10;

/// How good a name a piece of evidence makes for the host; none where it makes none.
fn rank(piece: &Evidence) -> Option<(u8, Host)> {
    let claimed = piece.strength >= Strength::Claimed;
    let rank = match piece.kind {
        EvidenceKind::TlsSni | EvidenceKind::QuicSni | EvidenceKind::DtlsSni if claimed => 0,
        EvidenceKind::SipUri | EvidenceKind::XmppTo if claimed => 1,
        EvidenceKind::HttpHost if claimed => 2,
        // It names many hosts, and no single one.
        EvidenceKind::Certificate if piece.name.contains('*') => return None,
        EvidenceKind::Certificate => GUESSED,
        EvidenceKind::Banner => GUESSED + 1,
        EvidenceKind::ReverseDns => GUESSED + 2,
        // A domain, and seldom a host of its own.
        EvidenceKind::StunRealm => GUESSED + 3,
        _ => return None,
    };
    match Host::from_text(&piece.name) {
        host @ Host::Name(_) => Some((rank, host)),
        Host::Address(_) => None,
    }
}
