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
    flows: Vec<Option<Box<Flow>>>,
    free: Vec<u32>,
    /// The flow of the last packet, which the next one often belongs to.
    latest: Option<(Key, u32)>,
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
        Self { most, places, flows, free, latest: None }
    }

    /// Where the flow of a key is.
    pub(super) fn find(&mut self, key: Key) -> Option<u32> {
        if let Some((latest, place)) = self.latest
            && latest == key
        {
            return Some(place);
        }
        let place = self.places.get(&key).copied()?;
        self.latest = Some((key, place));
        Some(place)
    }

    /// The flow at a place.
    pub(super) fn at(&mut self, place: u32) -> Option<&mut Flow> {
        self.flows.get_mut(index(place)).and_then(Option::as_deref_mut)
    }

    /// Puts a flow into the table.
    pub(super) fn insert(&mut self, key: Key, flow: Flow) -> u32 {
        let flow = Some(Box::new(flow));
        let place = match self.free.pop() {
            Some(place) => {
                if let Some(slot) = self.flows.get_mut(index(place)) {
                    *slot = flow;
                }
                place
            }
            None => {
                self.flows.push(flow);
                u32::try_from(self.flows.len() - 1).unwrap_or(u32::MAX)
            }
        };
        self.places.insert(key, place);
        self.latest = Some((key, place));
        place
    }

    /// Takes a flow out.
    pub(super) fn remove(&mut self, key: Key) -> Option<Box<Flow>> {
        let place = self.places.remove(&key)?;
        self.latest = None;
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
            let mut times: Vec<_> = self.flows.iter().flatten().map(|flow| flow.last).collect();
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
        self.latest = None;
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
        left.flows.sort_by_key(|flow| (flow.first, flow.key));
        left
    }
}

fn index(place: u32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}
