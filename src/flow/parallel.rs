//! A survey on several processors: each shard reads the same blocks of packets on a thread of
//! its own and takes what falls to it, and what the shards tell is entered in order of the
//! packets, so that the result is that of a survey on one.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::ahead::{Coming, GROUP, bring_near};
use super::event::Event;
use super::lane::{Lane, Lanes};
use super::ledger::Ledger;
use super::shard::{Counts, Shard};
use super::{Attributed, Setting, Survey};
use crate::packet::PacketView;

/// So many pieces of the capture are on their way at once.
const MOST_PIECES: usize = 4;

/// Packets in order of time, a piece of a capture.
pub trait Packets: Send + Sync {
    /// The packets in as many runs as they lie in, and where each falls.
    fn runs(&self) -> impl Iterator<Item = impl Iterator<Item = (Lane, PacketView<'_>)>>;

    /// Takes what the packets themselves say of who sent their flows.
    fn take_attributed(&mut self) -> Vec<Attributed> {
        Vec::new()
    }
}

/// What a shard told while it read one block.
type Told = Vec<(u64, Event)>;

/// The ends of a worker's channels.
struct Worker<B> {
    blocks: SyncSender<Arc<B>>,
    told: Receiver<Told>,
    counts: Receiver<Counts>,
}

/// Surveys blocks of packets, each shard on a thread of its own. `next` gives one block after
/// another until it has no more, and `back` has those that were read, to be filled again.
///
/// # Errors
/// What `next` returns; the survey ends there.
pub fn survey_blocks<B: Packets, E>(
    setting: &Setting,
    lanes: Lanes,
    mut next: impl FnMut() -> Result<Option<B>, E>,
    mut back: impl FnMut(B),
) -> Result<Survey, E> {
    let threads = lanes.count();
    thread::scope(|scope| {
        let mut workers = Vec::new();
        for index in 0..threads {
            let (blocks, to_read) = sync_channel(MOST_PIECES);
            let (tell, told) = sync_channel(MOST_PIECES + 1);
            let (count, counts) = sync_channel(1);
            scope.spawn(move || work(setting, (index, threads), &to_read, &tell, &count));
            workers.push(Worker { blocks, told, counts });
        }
        let mut ledger = Ledger::new(setting);
        let mut on_their_way: VecDeque<Arc<B>> = VecDeque::new();
        while let Some(mut block) = next()? {
            // Before anything that happens at these packets is entered.
            block.take_attributed().into_iter().for_each(|said| ledger.learn(said));
            let block = Arc::new(block);
            for worker in &workers {
                // A worker ends before its channel only by a panic, which the scope passes on.
                let _ = worker.blocks.send(Arc::clone(&block));
            }
            on_their_way.push_back(block);
            if on_their_way.len() >= MOST_PIECES
                && let Some(read) = on_their_way.pop_front()
            {
                enter(&workers, &mut ledger);
                // Whoever told of a block has let go of it.
                if let Some(block) = Arc::into_inner(read) {
                    back(block);
                }
            }
        }
        for _ in on_their_way {
            enter(&workers, &mut ledger);
        }
        let workers: Vec<_> = workers
            .into_iter()
            .map(|Worker { blocks, told, counts }| {
                drop(blocks);
                (told, counts)
            })
            .collect();
        // What was left of the flows when the capture ended.
        in_order(workers.iter().map(|(told, _)| told), &mut ledger);
        let counts = workers.iter().filter_map(|(_, counts)| counts.recv().ok());
        Ok(ledger.finish(counts.collect::<Vec<_>>()))
    })
}

/// One shard, from its first block to its last.
fn work<B: Packets>(
    setting: &Setting,
    part: (usize, usize),
    blocks: &Receiver<Arc<B>>,
    tell: &SyncSender<Told>,
    count: &SyncSender<Counts>,
) {
    let mut shard = Shard::new(setting, part);
    let mut number = 0;
    while let Ok(block) = blocks.recv() {
        block.runs().for_each(|run| take(&mut shard, run, &mut number));
        drop(block);
        // The next piece will have about as many.
        let room = Vec::with_capacity(shard.events.len());
        if tell.send(std::mem::replace(&mut shard.events, room)).is_err() {
            return;
        }
    }
    shard.finish(number);
    let _ = tell.send(std::mem::take(&mut shard.events));
    let _ = count.send(std::mem::take(&mut shard.counts));
}

/// Takes the packets of a run that fall to a shard; `number` counts all that there are.
fn take<'a>(
    shard: &mut Shard<'_>,
    run: impl Iterator<Item = (Lane, PacketView<'a>)>,
    number: &mut u64,
) {
    let mut coming = run.map(|(lane, packet)| {
        *number += 1;
        (*number, lane, packet)
    });
    let mut group: Vec<Coming<'a>> = Vec::with_capacity(GROUP);
    loop {
        group.clear();
        let mine = coming.by_ref().filter(|(_, lane, _)| shard.is_given(*lane));
        group.extend(mine.take(GROUP));
        if group.is_empty() {
            return;
        }
        shard.look_ahead(&group);
        for (number, lane, packet) in &group {
            shard.take(*number, *lane, packet);
        }
    }
}

/// Enters what all workers told of the oldest block.
fn enter<B>(workers: &[Worker<B>], ledger: &mut Ledger<'_>) {
    in_order(workers.iter().map(|worker| &worker.told), ledger);
}

fn in_order<'a>(told: impl Iterator<Item = &'a Receiver<Told>>, ledger: &mut Ledger<'_>) {
    let mut events = Vec::new();
    for receiver in told {
        let told = receiver.recv().unwrap_or_default().into_iter();
        events.extend(told.map(|(number, event)| ((number, event.retired()), event)));
    }
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
