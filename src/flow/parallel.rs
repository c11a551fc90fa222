//! A survey on several processors: each shard takes what falls to it of the same pieces of a
//! capture on a thread of its own, and what the shards tell is entered in order of the packets,
//! so that the result is that of a survey on one.

use std::panic::resume_unwind;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use super::ahead::{Coming, GROUP, bring_near};
use super::event::Event;
use super::lane::{Lanes, Place};
use super::ledger::Ledger;
use super::shard::{Counts, Shard};
use super::supply::{Supply, Taker};
use super::{Attributed, Setting, Survey};
use crate::packet::PacketView;

/// What the shards tell is handed on for so many pieces at once: nobody waits for it, and waking
/// the thread that enters it costs something.
const TOLD_TOGETHER: u64 = 8;

/// So many times a shard tells before it waits until somebody listens.
const MOST_TOLD: usize = 4;

/// Packets in order of time, a piece of a capture.
pub trait Packets: Send + Sync {
    /// The packets that a shard is given.
    fn given(&self, shard: usize) -> impl Iterator<Item = (Place, PacketView<'_>)>;

    /// How many packets are surveyed, by all shards together.
    fn surveyed(&self) -> u64;

    /// Takes what the packets themselves say of who sent their flows.
    fn take_attributed(&mut self) -> Vec<Attributed> {
        Vec::new()
    }
}

/// What a shard told while it read some pieces.
type Told = Vec<(u64, Event)>;

/// Surveys pieces of a capture, each shard on a thread of its own. `next` gives one after another
/// until it has no more; it is called on any of the threads, and has one that was surveyed, if
/// there is one, to be filled again.
///
/// # Errors
/// What `next` returns; the survey ends there.
pub fn survey_pieces<B: Packets, E: Send>(
    setting: &Setting,
    lanes: Lanes,
    next: impl FnMut(Option<B>) -> Result<Option<B>, E> + Send,
) -> Result<Survey, E> {
    let threads = lanes.count();
    let supply = Supply::new(next, threads);
    let survey = thread::scope(|scope| {
        let mut shards = Vec::new();
        for index in 0..threads {
            let (tell, told) = sync_channel(MOST_TOLD);
            let taker = supply.taker(index);
            let thread = scope.spawn(move || work(setting, (index, threads), &taker, &tell));
            shards.push((told, thread));
        }
        let mut ledger = Ledger::new(setting);
        // All shards tell as often.
        loop {
            let told: Vec<Told> = shards.iter().filter_map(|(told, _)| told.recv().ok()).collect();
            if told.is_empty() {
                break;
            }
            // Before anything that happens at the packets that say so is entered.
            supply.take_attributed().into_iter().for_each(|said| ledger.learn(said));
            in_order(told, &mut ledger);
        }
        let counts = shards.into_iter().map(|(_, thread)| match thread.join() {
            Ok(counts) => counts,
            Err(panic) => resume_unwind(panic),
        });
        ledger.finish(counts.collect::<Vec<_>>())
    });
    supply.failed().map_or(Ok(survey), Err)
}

/// One shard, from its first piece to its last.
fn work<B: Packets, N, E>(
    setting: &Setting,
    part: (usize, usize),
    taker: &Taker<'_, B, N, E>,
    tell: &SyncSender<Told>,
) -> Counts
where
    N: FnMut(Option<B>) -> Result<Option<B>, E>,
{
    let mut shard = Shard::new(setting, part);
    let (mut pieces, mut before) = (0, 0);
    while let Some(piece) = taker.next() {
        take(&mut shard, &*piece, before);
        before += piece.surveyed();
        taker.give_back(piece);
        pieces += 1;
        if pieces % TOLD_TOGETHER == 0 {
            // The next pieces will have about as many.
            let room = Vec::with_capacity(shard.events.len());
            let told = std::mem::replace(&mut shard.events, room);
            if tell.send(told).is_err() {
                break;
            }
        }
    }
    // What was left of the flows when the capture ended comes with it.
    shard.finish(before);
    let _ = tell.send(std::mem::take(&mut shard.events));
    std::mem::take(&mut shard.counts)
}

/// Takes the packets of a piece that fall to a shard; so many came before it.
fn take<B: Packets>(shard: &mut Shard<'_>, piece: &B, before: u64) {
    let mut coming = piece
        .given(shard.part.0)
        .map(|(place, packet)| (before + u64::from(place.nth) + 1, place.lane, packet));
    let mut group: Vec<Coming<'_>> = Vec::with_capacity(GROUP);
    loop {
        group.clear();
        group.extend(coming.by_ref().take(GROUP));
        if group.is_empty() {
            return;
        }
        shard.look_ahead(&group);
        for (number, lane, packet) in &group {
            shard.take(*number, *lane, packet);
        }
    }
}

/// Enters what all shards told of the same pieces.
fn in_order(told: Vec<Told>, ledger: &mut Ledger<'_>) {
    let mut events: Vec<_> = told
        .into_iter()
        .flatten()
        .map(|(number, event)| ((number, event.retired()), event))
        .collect();
    // Stable, so that what one shard tells of a packet stays in its order. At the end of the
    // capture all shards tell of many flows at once, and there the oldest comes first.
    events.sort_by(|(a, one), (b, other)| a.cmp(b).then_with(|| one.key().cmp(&other.key())));
    let mut events = events.into_iter();
    while !events.as_slice().is_empty() {
        bring_near(events.as_slice().iter().take(GROUP).filter_map(|(_, event)| event.flow()));
        for ((number, _), event) in events.by_ref().take(GROUP) {
            ledger.enter(number, event);
        }
    }
}
