//! One look at which sockets there are, and who holds those that are new.

use std::collections::{HashMap, HashSet};

use procfs::process::{FDTarget, Process as ProcEntry};

use super::family::{Family, stranger};
use super::socket_tables::{Socket, SocketTables};
use super::{HeldSocket, Holder, Holdings, MachineError};
use crate::contact::Transport;
use crate::packet::Timestamp;

/// At most this many sockets are kept.
const MOST: usize = 1 << 17;
/// A socket whose holder was not found is looked for this often again: it may have been between
/// two processes.
const TRIES: u8 = 3;

/// What was seen by all looks together.
pub(super) struct Looks {
    tables: SocketTables,
    family: Family,
    /// Where each socket stands among those seen, and how often its holder was looked for.
    known: HashMap<Socket, (usize, u8)>,
    /// Where each process stands among the holders, by its id and when it was begun.
    holders: HashMap<(u32, u64), usize>,
    /// The last look at each transport's tables.
    last: HashMap<Transport, LastLook>,
    holdings: Holdings,
}

/// A look that is over.
#[derive(Debug, Default)]
struct LastLook {
    /// When it was begun.
    begun: Timestamp,
    /// The sockets that were there, by place.
    present: Vec<usize>,
}

impl Looks {
    /// None yet; the application's processes are those that descend from this one.
    ///
    /// # Errors
    /// Where the kernel does not tell its sockets.
    pub(super) fn begin() -> Result<Self, MachineError> {
        let mut tables = SocketTables::open()?;
        tables.read(Transport::Tcp)?;
        tables.read(Transport::Udp)?;
        Ok(Self {
            tables,
            family: Family::below(std::process::id()),
            known: HashMap::new(),
            holders: HashMap::new(),
            last: HashMap::new(),
            holdings: Holdings::default(),
        })
    }

    /// Looks which processes there are; how many.
    pub(super) fn at_family(&mut self) -> usize {
        self.family.look();
        self.family.living().count()
    }

    /// Looks at a transport's sockets.
    pub(super) fn at(&mut self, transport: Transport) {
        let now = Timestamp::now();
        // What fails now may succeed the next time.
        let Ok(sockets) = self.tables.read(transport) else { return };
        let gone_by = Timestamp::now();
        let since = self.last.get(&transport).map_or(Timestamp(0), |last| last.begun);
        let mut present = Vec::with_capacity(sockets.len());
        let mut wanted: HashSet<u64> = HashSet::new();
        for socket in &sockets {
            if let Some((place, tries)) = self.known.get_mut(socket) {
                present.push(*place);
                if let Some(held) = self.holdings.sockets.get_mut(*place) {
                    held.last = now;
                    // A table that changes while it is read may lack one.
                    held.until = None;
                    if held.holder.is_none() && *tries < TRIES {
                        *tries += 1;
                        wanted.insert(socket.inode.into());
                    }
                }
            } else if self.known.len() < MOST {
                let Socket { transport, local, remote, .. } = *socket;
                let place = self.holdings.sockets.len();
                self.known.insert(*socket, (place, 0));
                present.push(place);
                let (first, last, until, holder) = (now, now, None, None);
                self.holdings.sockets.push(HeldSocket {
                    transport,
                    local,
                    remote,
                    first,
                    last,
                    since,
                    until,
                    holder,
                });
                wanted.insert(socket.inode.into());
            } else {
                self.holdings.beyond += 1;
            }
        }
        let last = self.last.insert(transport, LastLook { begun: now, present });
        for place in last.unwrap_or_default().present {
            let held = self.holdings.sockets.get_mut(place);
            if let Some(held) = held.filter(|held| held.last != now) {
                held.until = Some(gone_by);
            }
        }
        if !wanted.is_empty() {
            self.learn_holders(&sockets, &wanted);
        }
    }

    fn learn_holders(&mut self, sockets: &[Socket], wanted: &HashSet<u64>) {
        let found = self.find(wanted);
        for socket in sockets {
            let holder = found.get(&socket.inode.into());
            let place = self.known.get(socket).map(|(place, _)| *place);
            if let (Some(holder), Some(place)) = (holder, place)
                && let Some(held) = self.holdings.sockets.get_mut(place)
            {
                held.holder = Some(*holder);
            }
        }
    }

    /// Everything that was seen.
    pub(super) fn into_holdings(mut self) -> Holdings {
        self.family.look();
        Holdings { processes: self.family.into_records(), ..self.holdings }
    }

    /// Who holds these sockets, by place among the holders. One that several processes hold is
    /// told as the oldest's, the application's before others'.
    fn find(&mut self, wanted: &HashSet<u64>) -> HashMap<u64, usize> {
        self.family.look();
        let mut ours: Vec<u32> = self.family.living().collect();
        ours.sort_unstable();
        let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let mut others: Vec<u32> = pids.filter(|pid| !self.family.holds(*pid)).collect();
        others.sort_unstable();
        let own = std::process::id();
        let mut found: HashMap<u64, usize> = HashMap::new();
        for pid in ours.into_iter().chain(others).filter(|pid| *pid != own) {
            if found.len() == wanted.len() {
                break;
            }
            for inode in descriptors(pid).filter(|inode| wanted.contains(inode)) {
                if !found.contains_key(&inode)
                    && let Some(holder) = self.holder(pid)
                {
                    found.insert(inode, holder);
                }
            }
        }
        found
    }

    /// Where a process stands among the holders. What it executes changes, and with it its name.
    fn holder(&mut self, pid: u32) -> Option<usize> {
        let is_application = self.family.holds(pid);
        let process = if is_application { self.family.process(pid)? } else { stranger(pid)? };
        let begun = ProcEntry::new(pid.cast_signed()).and_then(|it| it.stat()).ok()?.starttime;
        let known = self.holders.get(&(pid, begun)).copied();
        let same = |place: &usize| {
            self.holdings.holders.get(*place).is_some_and(|it| it.process == process)
        };
        if let Some(place) = known.filter(same) {
            return Some(place);
        }
        let place = self.holdings.holders.len();
        self.holdings.holders.push(Holder { process, is_application });
        self.holders.insert((pid, begun), place);
        Some(place)
    }
}

/// The inodes of the sockets that a process holds; none of one that may not be looked at.
fn descriptors(pid: u32) -> impl Iterator<Item = u64> {
    let entries = ProcEntry::new(pid.cast_signed()).and_then(|process| process.fd());
    entries.into_iter().flatten().flatten().filter_map(|fd| match fd.target {
        FDTarget::Socket(inode) => Some(inode),
        _ => None,
    })
}
