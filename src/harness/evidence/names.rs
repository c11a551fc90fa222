//! The names of addresses as a run came to know them, for a saved capture.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::contact::{Host, printable_word};
use crate::harness::Outcome;

/// At most this many names are saved,
const MOST: usize = 65_536;
/// and of one address.
const MOST_OF_ADDRESS: usize = 16;

/// The names of each address, the one that was asked for first at the beginning: lookups, and
/// hosts that are known by what was said to them.
pub(super) fn of(outcome: &Outcome) -> BTreeMap<IpAddr, Vec<String>> {
    let looked_up = outcome.lookups.iter().flat_map(|lookup| {
        let addresses = lookup.answers.iter().filter_map(|answer| answer.parse().ok());
        addresses.map(|address: IpAddr| (address, lookup.name.as_str()))
    });
    let contacted = outcome.contacts.iter().filter(|contact| !contact.guessed);
    let contacted = contacted.filter_map(|contact| match (&contact.host, contact.address) {
        (Host::Name(name), Some(address)) => Some((address, name.as_str())),
        _ => None,
    });
    let mut names: BTreeMap<IpAddr, Vec<String>> = BTreeMap::new();
    let mut room = MOST;
    for (address, name) in looked_up.chain(contacted) {
        let is_plain = !name.is_empty() && printable_word(name) == name;
        let known = names.entry(address).or_default();
        let is_new = known.len() < MOST_OF_ADDRESS && !known.iter().any(|it| it == name);
        if is_plain && is_new && room > 0 {
            room -= 1;
            known.push(name.to_owned());
        }
    }
    names.retain(|_, names| !names.is_empty());
    names
}
