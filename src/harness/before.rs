//! Which lookup led to a contact.

use std::cmp::Reverse;

use super::Outcome;
use crate::contact::{Contact, ContactKind, Host, Lookup, Process};

impl Outcome {
    /// The lookups that a contact is, or that led to it. Of a name that was only looked up, those
    /// of the name by the same process, in their order. Otherwise those of its name up to its
    /// first packet, or those that returned its address where nobody asked for the name: those by
    /// the same process first, the latest before the earlier ones.
    pub fn lookups_of(&self, contact: &Contact) -> Vec<&Lookup> {
        let pid = |process: &Option<Process>| process.as_ref().map(|it| it.pid);
        let is_same = |lookup: &Lookup| pid(&lookup.process) == pid(&contact.process);
        let address = contact.address.map(|address| address.to_string());
        let is_name = |lookup: &&Lookup| contact.host == Host::Name(lookup.name.clone());
        let returned = |lookup: &&Lookup| {
            let records = lookup.records.iter().map(|record| &record.data);
            let mut answers = lookup.answers.iter().chain(records);
            address.as_ref().is_some_and(|address| answers.any(|answer| answer == address))
        };
        if contact.kind == ContactKind::Lookup {
            let own = self.lookups.iter().filter(is_name);
            return own.filter(|lookup| is_same(lookup)).collect();
        }
        let earlier = || self.lookups.iter().filter(|lookup| lookup.first <= contact.first);
        let mut found: Vec<&Lookup> = earlier().filter(is_name).collect();
        if found.is_empty() {
            found = earlier().filter(returned).collect();
        }
        found.sort_by_key(|lookup| (!is_same(lookup), Reverse(lookup.first)));
        found
    }
}
