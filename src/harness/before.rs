//! Which lookup led to a contact.

use std::cmp::Reverse;

use super::Outcome;
use crate::contact::{Contact, Host, Lookup, Process};

impl Outcome {
    /// The lookups of a contact's name up to its first packet, or those that returned its address
    /// where nobody asked for the name: those by the same process first, the latest before the
    /// earlier ones.
    pub fn lookups_before(&self, contact: &Contact) -> Vec<&Lookup> {
        let address = contact.address.map(|address| address.to_string());
        let is_name = |lookup: &&Lookup| contact.host == Host::Name(lookup.name.clone());
        let returned = |lookup: &&Lookup| {
            let records = lookup.records.iter().map(|record| &record.data);
            let mut answers = lookup.answers.iter().chain(records);
            address.as_ref().is_some_and(|address| answers.any(|answer| answer == address))
        };
        let earlier = || self.lookups.iter().filter(|lookup| lookup.first <= contact.first);
        let mut found: Vec<&Lookup> = earlier().filter(is_name).collect();
        if found.is_empty() {
            found = earlier().filter(returned).collect();
        }
        let pid = |process: &Option<Process>| process.as_ref().map(|it| it.pid);
        found.sort_by_key(|lookup| {
            (pid(&lookup.process) != pid(&contact.process), Reverse(lookup.first))
        });
        found
    }
}
