//! What concerns more than one flow, entered in order of the packets: which name each address
//! was given for, what was looked up, and the contacts that the flows make.

use super::attributed::{Attributed, AttributedFlows};
use super::contacts::Contacts;
use super::datagrams::Announced;
use super::entry::Flow;
use super::event::{Event, Passed};
use super::gateways::Gateways;
use super::heard::{self, HeardAll};
use super::leases::Leases;
use super::lookups::Lookups;
use super::names::AddressBook;
use super::shard::Counts;
use super::{Setting, Survey};
use crate::contact::{FlowKey, Process, Protocol};
use crate::packet::Timestamp;

/// The ledger of a survey.
#[derive(Debug)]
pub(super) struct Ledger<'a> {
    setting: &'a Setting,
    pub(super) book: AddressBook,
    lookups: Lookups,
    contacts: Contacts,
    media: Announced,
    heard: HeardAll,
    leases: Leases,
    gateways: Gateways,
    attributed: AttributedFlows,
}

impl<'a> Ledger<'a> {
    /// An empty ledger.
    pub(super) fn new(setting: &'a Setting) -> Self {
        let mut ledger = Self {
            setting,
            book: AddressBook::default(),
            lookups: Lookups::default(),
            contacts: Contacts::default(),
            media: Announced::default(),
            leases: Leases::default(),
            gateways: Gateways::default(),
            attributed: AttributedFlows::default(),
            heard: HeardAll::of(&setting.testimony),
        };
        for passed in heard::lookups(setting) {
            // Who testifies gives each address to one name only, whenever it does.
            ledger.enter(0, Event::Lookup(Box::new(passed)));
        }
        ledger
    }

    /// Enters what happened at a packet.
    pub(super) fn enter(&mut self, number: u64, event: Event) {
        match event {
            Event::Media(place) => self.media.learn(place),
            Event::Leasing(leasing) => {
                self.gateways.leased(&leasing, self.setting);
                self.leases.take(*leasing);
            }
            Event::Router(router) => self.gateways.advertised(router, self.setting),
            Event::Retired(flow) => self.retire(flow),
            Event::Quoted(passed) => {
                let process = self.owner(&passed.key, passed.time);
                if !self.lookups.knows(&passed, process.as_ref()) {
                    self.look_up(number, &passed, process.as_ref());
                }
            }
            Event::Lookup(passed) => {
                let process = self.owner(&passed.key, passed.time);
                self.look_up(number, &passed, process.as_ref());
            }
        }
    }

    fn look_up(&mut self, number: u64, passed: &Passed, process: Option<&Process>) {
        if passed.message.response {
            self.lookups.answered(number, passed, process, &mut self.book);
        } else {
            self.lookups.asked(passed, process);
        }
    }

    /// Learns from the capture itself who sent a flow.
    pub(super) fn learn(&mut self, said: Attributed) {
        self.attributed.learn(said);
    }

    /// Who sent a flow that was there at this moment.
    fn owner(&mut self, flow: &FlowKey, time: Timestamp) -> Option<Process> {
        let known = self.setting.owners.get(flow, time).cloned();
        known.or_else(|| self.attributed.owner(flow, time))
    }

    fn retire(&mut self, mut flow: Box<Flow>) {
        // Bytes alone do not tell media from noise: it must have been announced.
        if flow.protocol.is_none()
            && flow.exchange.may_be_media()
            && (self.media.holds(flow.key().client) || self.media.holds(flow.server()))
        {
            flow.protocol = Some(Protocol::Rtp);
        }
        let tls = self.heard.add_to(&mut flow, self.setting);
        let process = self.owner(&flow.key(), flow.first);
        self.contacts.absorb(flow, process.as_ref(), tls, self.setting, &self.book);
    }

    /// Everything that was entered, with what the shards counted.
    pub(super) fn finish(mut self, shards: impl IntoIterator<Item = Counts>) -> Survey {
        let mut survey = Survey::default();
        for counts in shards {
            survey.packets += counts.packets;
            for (name, count) in counts.other {
                *survey.other.entry(name).or_default() += count;
            }
            for (name, count) in counts.overflow {
                *survey.overflow.entry(name).or_default() += count;
            }
            for (flow, count) in counts.probe_packets {
                *survey.probe_packets.entry(flow).or_default() += count;
            }
        }
        let contacted = self.contacts.contacted();
        let refused = [
            ("lookups", self.lookups.refused),
            ("names", self.book.refused),
            ("contacts", self.contacts.refused),
            ("requests", self.contacts.requests_beyond),
            ("dhcp-clients", self.leases.refused),
            ("processes", self.attributed.refused),
        ];
        let (lookups, alone) = self.lookups.finish(self.setting, &contacted);
        for (name, count) in refused.into_iter().filter(|&(_, count)| count > 0) {
            survey.overflow.insert(name, count);
        }
        survey.lookups = lookups;
        survey.dhcp = self.leases.into_list();
        survey.flows = std::mem::take(&mut self.contacts.flows);
        survey.flows.sort_by_key(|flow| (flow.first, flow.key));
        (survey.contacts, survey.noise) = self.contacts.finish(alone);
        let contacts = survey.contacts.iter_mut().chain(&mut survey.noise);
        self.gateways.apply(contacts, &mut survey.flows);
        survey.gateways = self.gateways.into_list();
        survey
    }
}
