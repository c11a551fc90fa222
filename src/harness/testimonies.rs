//! What was heard in the flows, kept until the harness is told: bounded, and a request that is
//! made over and over told by its first and its last time.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::contact::{FlowKey, Testimony};

/// So many are kept in a run, of so many bytes together; what comes after is counted.
const MOST: u64 = 1 << 17;
const MOST_BYTES: usize = 64 << 20;
/// So many requests of a flow are remembered, with which later ones are compared.
const MOST_REMEMBERED: usize = 8;
/// What is the same is told twice in so long at most: often enough that phases part it.
const INTERVAL: Duration = Duration::from_secs(1);

/// What was heard.
#[derive(Debug, Default)]
pub(super) struct Testimonies {
    fresh: Vec<Testimony>,
    remembered: HashMap<FlowKey, Vec<Remembered>>,
    taken: Option<Instant>,
    count: u64,
    bytes: usize,
    beyond: u64,
}

/// Where in the fresh ones a request is, by its first time and by its last.
#[derive(Debug, Clone, Copy)]
struct Remembered {
    first: usize,
    last: Option<usize>,
}

impl Testimonies {
    /// Keeps one, where there is room.
    pub(super) fn keep(&mut self, testimony: Testimony) {
        if let Some(last) = self.repeated(&testimony) {
            if let Some(place) = last.and_then(|last| self.fresh.get_mut(last)) {
                place.time = testimony.time;
                return;
            }
        } else if testimony.is_request() {
            let of_flow = self.remembered.entry(testimony.flow).or_default();
            if of_flow.len() < MOST_REMEMBERED {
                of_flow.push(Remembered { first: self.fresh.len(), last: None });
            }
        }
        let bytes = self.bytes.saturating_add(testimony.size());
        if self.count < MOST && bytes <= MOST_BYTES {
            self.count += 1;
            self.bytes = bytes;
            self.fresh.push(testimony);
        } else {
            self.beyond += 1;
        }
    }

    /// Where the last of those is that say the same, none inside where there was one alone: the
    /// next is then the last. None where there was none.
    fn repeated(&mut self, testimony: &Testimony) -> Option<Option<usize>> {
        let of_flow = self.remembered.get_mut(&testimony.flow)?;
        let fresh = &self.fresh;
        let says_so = |it: &&mut Remembered| {
            fresh.get(it.first).is_some_and(|first| first.repeats(testimony))
        };
        let known = of_flow.iter_mut().find(says_so)?;
        let last = known.last;
        known.last = last.or(Some(fresh.len()));
        Some(last)
    }

    /// What was heard since this was last asked, in order; nothing where that is not long ago.
    pub(super) fn take(&mut self, at_once: bool) -> Vec<Testimony> {
        if !at_once && self.taken.is_some_and(|taken| taken.elapsed() < INTERVAL) {
            return Vec::new();
        }
        self.taken = Some(Instant::now());
        self.remembered.clear();
        let mut taken = std::mem::take(&mut self.fresh);
        taken.sort_by_key(|testimony| testimony.time);
        taken
    }

    /// How much was heard that found no room.
    pub(super) fn beyond(&self) -> u64 {
        self.beyond
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::{Body, Heard, LookupVia, Protocol, Request, Transport};
    use crate::packet::Timestamp;

    fn testimony(port: u16, time: u64, heard: Heard) -> Testimony {
        let client = ([192, 0, 2, 2], port).into();
        let server = ([198, 18, 0, 1], 443).into();
        let flow = FlowKey { transport: Transport::Tcp, client, server };
        Testimony { flow, time: Timestamp(time), heard }
    }

    fn request(port: u16, time: u64, target: &str) -> Testimony {
        let request = Request::new("GET", target);
        testimony(port, time, Heard::Request { protocol: Protocol::Http, request })
    }

    fn shown(testimonies: &[Testimony]) -> Vec<String> {
        let shown = testimonies.iter().map(|it| {
            let what = match &it.heard {
                Heard::Request { request, .. } => request.target.clone(),
                other => format!("{other:?}"),
            };
            format!("{} {} {what}", it.flow.client.port(), it.time.0)
        });
        shown.collect()
    }

    #[test]
    fn a_repeated_request_is_told_by_its_first_and_last_time() {
        let mut kept = Testimonies::default();
        for time in 1..=9 {
            kept.keep(request(1, time, "/a"));
        }
        kept.keep(request(1, 10, "/b"));
        kept.keep(request(2, 11, "/a"));
        kept.keep(request(1, 12, "/a"));
        let told = ["1 1 /a", "1 10 /b", "2 11 /a", "1 12 /a"];
        assert_eq!(shown(&kept.take(false)), told);
        // Anew after it was told, and not at once.
        kept.keep(request(1, 13, "/a"));
        assert_eq!(shown(&kept.take(false)), [""; 0]);
        assert_eq!(shown(&kept.take(true)), ["1 13 /a"]);
    }

    #[test]
    fn what_differs_in_anything_is_no_repetition() {
        let mut kept = Testimonies::default();
        let with = |change: &dyn Fn(&mut Request)| {
            let mut request = Request::new("POST", "/");
            change(&mut request);
            testimony(1, 1, Heard::Request { protocol: Protocol::Http, request })
        };
        kept.keep(with(&|_| {}));
        kept.keep(with(&|request| request.status = Some(503)));
        kept.keep(with(&|request| request.body = Some(Body { bytes: 1, content_type: None })));
        kept.keep(with(&|request| request.body = Some(Body { bytes: 2, content_type: None })));
        // How often a name is asked for is counted, so each query is told.
        for _ in 0..3 {
            let message = vec![0; 12];
            kept.keep(testimony(1, 1, Heard::Dns { via: LookupVia::Doh, message }));
        }
        assert_eq!(kept.take(true).len(), 7);
    }

    #[test]
    fn more_than_there_is_room_for_is_counted() {
        let mut kept = Testimonies::default();
        for time in 0..MOST + 100 {
            kept.keep(request(1, time, "/a"));
        }
        assert_eq!((kept.take(true).len(), kept.beyond()), (2, 0));
        for time in 0..MOST + 100 {
            kept.keep(request(1, time, &format!("/{time}")));
        }
        assert_eq!(kept.beyond(), 102);
    }
}
