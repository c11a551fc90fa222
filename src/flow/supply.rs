//! The pieces of a capture on their way to the shards. Whichever shard is ahead of the others
//! reads the next piece, and finds it in its processor's own cache afterwards; so all of them
//! have something to do until the end, however unequal their parts are.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::{Attributed, Packets};

/// A shard for which fewer pieces than these lie ready reads another, if nobody else does.
const READY: usize = 2;

/// So many pieces at most wait for the slowest shard.
const MOST_WAITING: usize = 16;

/// What gives the pieces.
pub(super) struct Supply<B, N, E> {
    state: Mutex<State<B, N, E>>,
    changed: Condvar,
}

struct State<B, N, E> {
    /// What reads the next piece; none while a shard does, and when there are no more.
    source: Option<N>,
    /// There are no more.
    ended: bool,
    failed: Option<E>,
    /// Those that not all shards have taken yet.
    pieces: VecDeque<Arc<B>>,
    /// How many there were before the first of them.
    gone: usize,
    /// How many each shard has taken.
    taken: Vec<usize>,
    /// Those that all shards have done with, to be filled again.
    spare: Vec<B>,
    /// What was said in those that were read.
    attributed: Vec<Attributed>,
}

/// A shard's part in it.
pub(super) struct Taker<'a, B, N, E> {
    supply: &'a Supply<B, N, E>,
    shard: usize,
}

impl<B, N, E> Supply<B, N, E>
where
    B: Packets,
    N: FnMut(Option<B>) -> Result<Option<B>, E>,
{
    /// A supply for so many shards.
    pub(super) fn new(source: N, shards: usize) -> Self {
        let state = State {
            source: Some(source),
            ended: false,
            failed: None,
            pieces: VecDeque::new(),
            gone: 0,
            taken: vec![0; shards],
            spare: Vec::new(),
            attributed: Vec::new(),
        };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// A shard's part in it.
    pub(super) fn taker(&self, shard: usize) -> Taker<'_, B, N, E> {
        Taker { supply: self, shard }
    }

    /// What the pieces that were read so far say of who sent their flows, each told once.
    pub(super) fn take_attributed(&self) -> Vec<Attributed> {
        std::mem::take(&mut self.lock().attributed)
    }

    /// Why there are no more, if that is not how it should be.
    pub(super) fn failed(self) -> Option<E> {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).failed
    }
}

impl<B, N, E> Supply<B, N, E> {
    /// Nothing is done under the lock that could leave it half done.
    fn lock(&self) -> MutexGuard<'_, State<B, N, E>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<B, N, E> Taker<'_, B, N, E>
where
    B: Packets,
    N: FnMut(Option<B>) -> Result<Option<B>, E>,
{
    /// The next piece for this shard; none where there are no more.
    pub(super) fn next(&self) -> Option<Arc<B>> {
        let Supply { changed, .. } = self.supply;
        let mut state = self.supply.lock();
        loop {
            if let Some(mut source) = state.source_for(self.shard) {
                let spare = state.spare.pop();
                drop(state);
                let read = source(spare);
                state = self.supply.lock();
                state.add(source, read);
                changed.notify_all();
            } else if let Some(piece) = state.take(self.shard) {
                changed.notify_all();
                return Some(piece);
            } else if state.ended {
                return None;
            } else {
                state = changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    /// A piece that this shard has done with.
    pub(super) fn give_back(&self, piece: Arc<B>) {
        if let Some(piece) = Arc::into_inner(piece) {
            self.supply.lock().spare.push(piece);
        }
    }
}

/// A shard that panics shall not leave the others waiting.
impl<B, N, E> Drop for Taker<'_, B, N, E> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.supply.lock().ended = true;
            self.supply.changed.notify_all();
        }
    }
}

impl<B: Packets, N, E> State<B, N, E> {
    /// What is to be read from, if it is this shard's turn to read.
    fn source_for(&mut self, shard: usize) -> Option<N> {
        let read = self.gone + self.pieces.len();
        let ready = read - self.taken.get(shard).copied().unwrap_or(read);
        let is_due = ready < READY && self.pieces.len() < MOST_WAITING && !self.ended;
        self.source.take_if(|_| is_due)
    }

    /// Adds what was read.
    fn add(&mut self, source: N, read: Result<Option<B>, E>) {
        match read {
            Ok(Some(mut piece)) => {
                self.attributed.extend(piece.take_attributed());
                self.pieces.push_back(Arc::new(piece));
                self.source = Some(source);
            }
            Ok(None) => self.ended = true,
            Err(error) => {
                self.failed = Some(error);
                self.ended = true;
            }
        }
    }

    /// The next piece of a shard, if it is there.
    fn take(&mut self, shard: usize) -> Option<Arc<B>> {
        let taken = self.taken.get_mut(shard)?;
        let piece = self.pieces.get(taken.checked_sub(self.gone)?)?;
        let piece = Arc::clone(piece);
        *taken += 1;
        let least = self.taken.iter().min().copied().unwrap_or_default();
        while self.gone < least && self.pieces.pop_front().is_some() {
            self.gone += 1;
        }
        Some(piece)
    }
}
