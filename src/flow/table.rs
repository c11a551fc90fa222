//! The table of flows: keyed by 5-tuple, bounded.

use std::collections::HashMap;
use std::time::Duration;

use foldhash::fast::RandomState;

use super::entry::Flow;
use super::key::Key;
use crate::packet::Timestamp;

/// At most this many flows are followed at once. When the table is full, those leave it that
/// are closed or have been silent for long; where that is not enough, the half that has been
/// silent longest leaves as well and is counted. What they were seen to do stays.
pub(super) const MOST_FLOWS: usize = 1 << 16;

/// A flow as silent as this is over: routers forget theirs no later.
const SILENT: Duration = Duration::from_secs(300);

/// The flows that are followed.
#[derive(Debug)]
pub(super) struct FlowTable {
    most: usize,
    places: HashMap<Key, u32, RandomState>,
    /// Those that are free have none.
    flows: Vec<Option<Box<Flow>>>,
    free: Vec<u32>,
    /// By a key's hint, where its flow may be: the flow tells whether it is the one.
    hints: Vec<u32>,
}

/// Flows that left the table.
#[derive(Debug, Default)]
#[expect(clippy::vec_box, reason = "they were boxed in the table, and go on as they are")]
pub(super) struct Left {
    /// In order of their first packet.
    pub(super) flows: Vec<Box<Flow>>,
    /// How many of them may have gone on.
    pub(super) early: usize,
}

impl FlowTable {
    /// A table for at most so many flows.
    pub(super) fn new(most: usize) -> Self {
        let (places, flows, free) = Default::default();
        // A power of two, so that a place is found without a division.
        Self { most, places, flows, free, hints: vec![0; (most * 2).next_power_of_two()] }
    }

    /// Where the flow of a key is.
    pub(super) fn find(&mut self, key: Key) -> Option<u32> {
        let at = self.at_hint(key.hint());
        let hinted = self.hints.get(at).copied().unwrap_or_default();
        let flow = self.flows.get(index(hinted)).and_then(Option::as_ref);
        if flow.is_some_and(|flow| flow.key == key) {
            return Some(hinted);
        }
        let place = self.places.get(&key).copied()?;
        self.remember(at, place);
        Some(place)
    }

    /// The flow that the packets with this hint belong to, or another.
    pub(super) fn likely(&self, hint: u32) -> Option<&Flow> {
        let place = self.hints.get(self.at_hint(hint))?;
        self.flows.get(index(*place))?.as_deref()
    }

    fn at_hint(&self, hint: u32) -> usize {
        index(hint) & (self.hints.len() - 1)
    }

    fn remember(&mut self, at: usize, place: u32) {
        if let Some(hint) = self.hints.get_mut(at) {
            *hint = place;
        }
    }

    /// The flow at a place.
    pub(super) fn at(&mut self, place: u32) -> Option<&mut Flow> {
        self.flows.get_mut(index(place)).and_then(Option::as_deref_mut)
    }

    /// Puts a flow into the table.
    pub(super) fn insert(&mut self, flow: Flow) -> u32 {
        let key = flow.key;
        let slot = Some(Box::new(flow));
        let place = match self.free.pop() {
            Some(place) => {
                if let Some(free) = self.flows.get_mut(index(place)) {
                    *free = slot;
                }
                place
            }
            None => {
                self.flows.push(slot);
                u32::try_from(self.flows.len() - 1).unwrap_or(u32::MAX)
            }
        };
        self.places.insert(key, place);
        self.remember(self.at_hint(key.hint()), place);
        place
    }

    /// Takes a flow out.
    pub(super) fn remove(&mut self, key: Key) -> Option<Box<Flow>> {
        let place = self.places.remove(&key)?;
        self.free.push(place);
        self.flows.get_mut(index(place)).and_then(Option::take)
    }

    /// Whether there is no room for another flow.
    pub(super) fn is_full(&self) -> bool {
        self.places.len() >= self.most
    }

    /// Takes out those that are over, and as many of the most silent others as it takes to
    /// have room for half as many again.
    pub(super) fn make_room(&mut self, now: Timestamp) -> Left {
        let mut left = self.take(|flow| flow.closed || now.since(flow.last) > SILENT);
        if self.places.len() > self.most / 2 {
            let there = self.flows.iter().filter_map(Option::as_deref);
            let mut times: Vec<_> = there.map(|flow| flow.last).collect();
            let middle = times.len() / 2;
            let (_, &mut limit, _) = times.select_nth_unstable(middle);
            let early = self.take(|flow| flow.last <= limit);
            left.early = early.flows.len();
            left.flows.extend(early.flows);
        }
        left
    }

    /// Takes out all of them.
    #[expect(clippy::vec_box, reason = "they were boxed in the table, and go on as they are")]
    pub(super) fn take_all(&mut self) -> Vec<Box<Flow>> {
        self.take(|_| true).flows
    }

    fn take(&mut self, leaves: impl Fn(&Flow) -> bool) -> Left {
        let mut left = Left::default();
        let (flows, free) = (&mut self.flows, &mut self.free);
        self.places.retain(|_, &mut place| {
            let Some(slot) = flows.get_mut(index(place)) else { return false };
            if slot.as_deref().is_some_and(|flow| !leaves(flow)) {
                return true;
            }
            left.flows.extend(slot.take());
            free.push(place);
            false
        });
        // In order of their first packet, so that the same packets always give the same result.
        // Beside each its time, so that comparing them does not go through all memory.
        let mut timed: Vec<_> = left.flows.into_iter().map(|flow| (flow.first, flow)).collect();
        timed.sort_by(|(a, one), (b, other)| a.cmp(b).then_with(|| one.key().cmp(&other.key())));
        left.flows = timed.into_iter().map(|(_, flow)| flow).collect();
        left
    }
}

fn index(place: u32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}
