//! Requests as they come together: in order, without repetition, bounded.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::contact::Request;

/// At most this many distinct requests are kept of one flow in one phase, and of one contact.
pub(super) const MOST_REQUESTS: usize = 4096;

/// Distinct requests in the order in which they were first made.
#[derive(Debug, Default)]
pub(super) struct Requests {
    list: Vec<Request>,
    /// Where each is in the list; used only once there are more than a few.
    places: HashMap<Request, usize, RandomState>,
    /// How many were not kept for want of room.
    pub(super) beyond: u64,
}

/// A short list is searched faster than a map.
const FEW: usize = 16;

impl Requests {
    /// Keeps a request unless it is there already; one that is there learns its status.
    pub(super) fn keep(&mut self, request: Request) {
        if let Some(known) = self.find(&request) {
            known.status = known.status.or(request.status);
            return;
        }
        if self.list.len() >= MOST_REQUESTS {
            self.beyond += 1;
            return;
        }
        if self.list.is_empty() {
            // Most flows make one, and a vector that grows begins with four.
            self.list.reserve_exact(1);
        }
        if self.list.len() == FEW {
            let known = self.list.iter().cloned().zip(0..);
            self.places.extend(known);
        }
        if self.list.len() >= FEW {
            self.places.insert(request.clone(), self.list.len());
        }
        self.list.push(request);
    }

    /// Notes how a request was answered first.
    pub(super) fn answered(&mut self, request: &Request, status: u16) {
        if let Some(known) = self.find(request) {
            known.status.get_or_insert(status);
        }
    }

    /// Notes how the latest request of a method was answered, by the server or by the client: a
    /// provisional answer gives way to the final one.
    pub(super) fn answered_by_method(&mut self, method: &str, by_server: bool, status: u16) {
        let asked = |known: &&mut Request| known.method == method && known.received != by_server;
        let mut latest = self.list.iter_mut().rev().filter(asked);
        if let Some(known) = latest.next()
            && known.status.is_none_or(|known| known < 200)
        {
            known.status = Some(status);
        }
    }

    /// The requests in order.
    pub(super) fn into_list(self) -> Vec<Request> {
        self.list
    }

    /// The requests in order.
    pub(super) fn list(&self) -> &[Request] {
        &self.list
    }

    fn find(&mut self, request: &Request) -> Option<&mut Request> {
        let place = if self.list.len() <= FEW {
            self.list.iter().position(|known| known == request)?
        } else {
            *self.places.get(request)?
        };
        self.list.get_mut(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_kept_once_and_learn_their_status() {
        let mut requests = Requests::default();
        let request = |n: usize| Request::new("GET", format!("/{n}"));
        for n in (0..100).chain(0..100) {
            requests.keep(request(n));
        }
        requests.answered(&request(3), 200);
        requests.answered(&request(3), 404);
        requests.answered(&request(99), 301);
        requests.answered(&request(100), 500);
        assert_eq!(requests.list().len(), 100);
        assert_eq!(requests.beyond, 0);
        let list = requests.into_list();
        assert_eq!((list[3].status, list[99].status, list[4].status), (Some(200), Some(301), None));
    }

    #[test]
    fn their_number_is_bounded() {
        let mut requests = Requests::default();
        for n in 0..MOST_REQUESTS + 3 {
            requests.keep(Request::new("GET", format!("/{n}")));
        }
        assert_eq!((requests.list().len(), requests.beyond), (MOST_REQUESTS, 3));
    }
}
