//! What concerns more than one flow, entered in order of the packets: which name each address
//! was given for, what was looked up, and the contacts that the flows make.

use std::collections::HashSet;
use std::sync::Arc;

use super::attributed::{Attributed, AttributedFlows};
use super::background::{OthersBefore, Sender};
use super::contacts::Contacts;
use super::datagrams::Announced;
use super::entry::Flow;
use super::event::{Event, Passed};
use super::gateways::Gateways;
use super::heard::{self, HeardAll};
use super::leases::Leases;
use super::lookups::Lookups;
use super::names::AddressBook;
use super::seen::phase_at;
use super::shard::Counts;
use super::{Setting, Survey};
use crate::contact::{FlowKey, Lookup, Phase, Process, Protocol};
use crate::packet::Timestamp;

/// The ledger of a survey.
#[derive(Debug)]
pub(super) struct Ledger<'a> {
    setting: &'a Setting,
    pub(super) book: AddressBook,
    lookups: Lookups,
    contacts: Contacts,
    /// What others did, and what they looked up.
    background: Contacts,
    background_lookups: Lookups,
    media: Announced,
    heard: HeardAll,
    leases: Leases,
    gateways: Gateways,
    attributed: AttributedFlows,
    /// Names that the application looked up, by whichever of its processes.
    asked_by_application: HashSet<Arc<str>>,
}

/// So many of those names are kept.
const MOST_NAMES: usize = 1 << 16;

impl<'a> Ledger<'a> {
    /// An empty ledger.
    pub(super) fn new(setting: &'a Setting) -> Self {
        let mut ledger = Self {
            setting,
            book: AddressBook::default(),
            lookups: Lookups::default(),
            contacts: Contacts::default(),
            background: Contacts::default(),
            background_lookups: Lookups::default(),
            media: Announced::default(),
            leases: Leases::default(),
            gateways: Gateways::default(),
            attributed: AttributedFlows::default(),
            asked_by_application: HashSet::new(),
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
                let is_known = self.lookups.knows(&passed, process.as_ref());
                if !is_known && !self.background_lookups.knows(&passed, process.as_ref()) {
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
        if self.is_application(&passed.key, passed.time) {
            let names = passed.message.questions.iter().map(|question| question.name.clone());
            let room = MOST_NAMES.saturating_sub(self.asked_by_application.len());
            self.asked_by_application.extend(names.take(room));
        }
        let lookups = match self.is_background(&passed.key, passed.time) {
            true => &mut self.background_lookups,
            false => &mut self.lookups,
        };
        if passed.message.response {
            lookups.answered(number, passed, process, &mut self.book);
        } else {
            lookups.asked(passed, process);
        }
    }

    /// Learns from the capture itself who sent a flow.
    pub(super) fn learn(&mut self, said: Attributed) {
        self.attributed.learn(said);
    }

    /// Who sent a flow that was there at this moment.
    fn owner(&mut self, flow: &FlowKey, time: Timestamp) -> Option<Process> {
        if let Some(owner) = self.setting.owners.whose(flow, time) {
            return owner.process.clone();
        }
        let other = self.setting.others.as_ref().and_then(|others| others.get(flow, time));
        other.cloned().or_else(|| self.attributed.owner(flow, time))
    }

    /// Whether a flow is known to be another's than the application's: by its owner, or since it
    /// was there before the launch.
    fn is_background(&self, flow: &FlowKey, time: Timestamp) -> bool {
        let Some(others) = &self.setting.others else { return false };
        others.get(flow, time).is_some()
            || self.attributed.is_background(flow, time)
            || phase_at(time, self.setting) == Phase::Before
    }

    /// Whether a flow is known to be the application's, though not by which of its processes.
    fn is_application(&self, flow: &FlowKey, time: Timestamp) -> bool {
        let owner = self.setting.owners.whose(flow, time);
        owner.is_some_and(|owner| owner.process.is_none())
            || self.attributed.is_application(flow, time)
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
        let is_application = self.is_application(&flow.key(), flow.first);
        let contacts = match self.is_background(&flow.key(), flow.first) {
            true => &mut self.background,
            false => &mut self.contacts,
        };
        let sender = Sender { process: process.as_ref(), is_application };
        contacts.absorb(flow, sender, tls, self.setting, &self.book);
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
        survey.flows = std::mem::take(&mut self.contacts.flows);
        survey.flows.append(&mut self.background.flows);
        survey.flows.sort_by_key(|flow| (flow.first, flow.key));
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
        let others = self.setting.others.is_some();
        let contacted = self.background.contacted();
        let (looked_up, background_alone) =
            self.background_lookups.finish(self.setting, &contacted);
        // None of these is anything but background.
        let (mut background, more) = self.background.finish(background_alone, None);
        background.extend(more);
        let before = others.then(|| OthersBefore::of(&background, &self.asked_by_application));
        (survey.contacts, survey.noise) = self.contacts.finish(alone, before.as_ref());
        survey.noise.append(&mut background);
        survey.noise.sort_by_key(|contact| contact.first);
        let before = looked_up.iter().filter(|lookup| lookup.phase == Phase::Before);
        let before: HashSet<&str> = before.map(|lookup| lookup.name.as_str()).collect();
        let is_ours = |it: &Lookup| {
            it.process.is_some()
                || self.asked_by_application.contains(it.name.as_str())
                || !before.contains(it.name.as_str())
        };
        survey.lookups.retain(is_ours);
        let contacts = survey.contacts.iter_mut().chain(&mut survey.noise);
        self.gateways.apply(contacts, &mut survey.flows);
        survey.gateways = self.gateways.into_list();
        survey
    }
}
