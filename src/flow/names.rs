//! Which name an address was given for: the answers of DNS, remembered.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::owners::Asker;
use crate::dissect::{DnsData, DnsMessage};

/// At most this many addresses are remembered; what comes after is counted.
const MOST: usize = 1 << 17;

/// At most this many names are remembered of one address, the latest.
const MOST_NAMES: usize = 16;

/// The names that each address was given for, and since which packet.
#[derive(Debug, Default)]
pub(super) struct AddressBook {
    names: HashMap<IpAddr, Given, RandomState>,
    /// What reverse lookups said, which is no more than what the address's owner says.
    reverse: HashMap<IpAddr, Rc<str>, RandomState>,
    /// How many answers found no room.
    pub(super) refused: u64,
}

/// The names of one address.
#[derive(Debug)]
struct Given {
    latest: Name,
    /// Those before, oldest first.
    before: Vec<Name>,
}

/// A name, since which packet it stands for an address, and who asked for it.
#[derive(Debug)]
struct Name {
    since: u64,
    name: Rc<str>,
    asker: Asker,
}

impl AddressBook {
    /// The name an address stands for now.
    pub(super) fn name(&self, address: IpAddr) -> Option<&Rc<str>> {
        self.names.get(&address).map(|given| &given.latest.name)
    }

    /// The name that an address was last given for before a packet: to the process that sends to
    /// it, where that asked for one.
    pub(super) fn name_at(&self, address: IpAddr, number: u64, sender: Asker) -> Option<&Rc<str>> {
        let given = self.names.get(&address)?;
        let newest_first = std::iter::once(&given.latest).chain(given.before.iter().rev());
        let mut known = newest_first.filter(|it| it.since < number);
        let latest = known.next()?;
        let is_own = |it: &&Name| it.asker == sender;
        let own = Some(latest).filter(is_own).or_else(|| known.find(is_own));
        Some(&own.unwrap_or(latest).name)
    }

    /// The name that a reverse lookup gave for an address.
    pub(super) fn reverse(&self, address: IpAddr) -> Option<&Rc<str>> {
        self.reverse.get(&address)
    }

    /// Remembers the answer to a reverse lookup.
    pub(super) fn learn_reverse(&mut self, address: IpAddr, name: &str) {
        if self.reverse.len() >= MOST && !self.reverse.contains_key(&address) {
            self.refused += 1;
            return;
        }
        self.reverse.insert(address, name.into());
    }

    /// Remembers that a name was resolved to an address by a packet, for whoever asked.
    pub(super) fn learn(&mut self, address: IpAddr, name: &str, number: u64, asker: Asker) {
        let room = self.names.len() < MOST;
        match self.names.entry(address) {
            Entry::Occupied(mut entry) => {
                let given = entry.get_mut();
                if *given.latest.name == *name && given.latest.asker == asker {
                    return;
                }
                let name = Name { since: number, name: name.into(), asker };
                let before = std::mem::replace(&mut given.latest, name);
                if given.before.len() + 1 >= MOST_NAMES {
                    given.before.remove(0);
                }
                given.before.push(before);
            }
            Entry::Vacant(entry) if room => {
                let latest = Name { since: number, name: name.into(), asker };
                entry.insert(Given { latest, before: Vec::new() });
            }
            Entry::Vacant(_) => self.refused += 1,
        }
    }
}

/// What an answer resolves: the names that were asked for, with their addresses. Behind a
/// chain of aliases that is the name at its start. Addresses that come along unasked count
/// where the question is for services, whose targets they are; the glue of a referral does
/// not, since nobody asked for those names.
pub(super) fn resolved(message: &DnsMessage) -> Vec<(&Arc<str>, IpAddr)> {
    let question = message.questions.first();
    // The names that the asked one stands for, where it is an alias.
    let mut chain: HashSet<&str, RandomState> = HashSet::default();
    if let Some(question) = question {
        let aliases: HashMap<&str, &str, RandomState> = message
            .answers
            .iter()
            .filter_map(|record| match &record.data {
                DnsData::Alias(target) => Some((&*record.owner, &**target)),
                _ => None,
            })
            .collect();
        let mut name = &*question.name;
        // `insert` fails where the chain runs in a circle.
        while let Some(&target) = aliases.get(name)
            && chain.insert(target)
        {
            name = target;
        }
    }
    let is_asked = |name: &str| {
        question.is_some_and(|question| *question.name == *name) || chain.contains(name)
    };
    let services = question.is_none_or(|question| {
        matches!(&*question.record_type, "SRV" | "MX" | "NAPTR" | "SVCB" | "HTTPS" | "PTR")
    });
    let additional = message.additional.iter().filter(|_| services);
    let addresses = message.answers.iter().chain(additional).filter_map(|record| {
        let DnsData::Address(address) = record.data else { return None };
        let name = match question {
            Some(question) if is_asked(&record.owner) => &question.name,
            _ => &record.owner,
        };
        Some((name, address))
    });
    // A service binding says where the service is (RFC 9460 section 7.3), for whoever asked.
    let hints = message.answers.iter().flat_map(|record| {
        let DnsData::Binding(binding) = &record.data else { return Vec::new() };
        let name = match question {
            Some(question) if is_asked(&record.owner) => &question.name,
            _ => &record.owner,
        };
        binding.hints.iter().map(|&address| (name, address)).collect()
    });
    addresses.chain(hints).collect()
}
