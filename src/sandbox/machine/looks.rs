//! One look at which sockets there are, and who holds those that are new.

use std::collections::{HashMap, HashSet};

use procfs::process::{FDTarget, Process as ProcEntry};

use super::ancestry::{Kin, kin};
use super::birth::at_tick;
use super::family::Family;
use super::socket_tables::{Socket, SocketTables};
use super::{HeldSocket, Holder, Holdings, MachineError};
use crate::contact::{Process, Transport};
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

/// Who holds a socket.
#[derive(Debug, Clone, Copy)]
struct Found {
    /// By place among the holders, where it is known which process.
    holder: Option<usize>,
    /// Whether it is one of the application's.
    is_application: bool,
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
                let (first, last, until) = (now, now, None);
                self.holdings.sockets.push(HeldSocket {
                    transport,
                    local,
                    remote,
                    first,
                    last,
                    since,
                    until,
                    holder: None,
                    is_application: false,
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
            let found = found.get(&socket.inode.into());
            let place = self.known.get(socket).map(|(place, _)| *place);
            if let (Some(found), Some(place)) = (found, place)
                && let Some(held) = self.holdings.sockets.get_mut(place)
            {
                held.holder = found.holder;
                held.is_application |= found.is_application;
            }
        }
    }

    /// Everything that was seen.
    pub(super) fn into_holdings(mut self) -> Holdings {
        self.family.look();
        Holdings { processes: self.family.into_records(), ..self.holdings }
    }

    /// Who holds these sockets. One that several processes hold is told as the oldest's, the
    /// application's before others'.
    fn find(&mut self, wanted: &HashSet<u64>) -> HashMap<u64, Found> {
        self.family.look();
        let mut ours: Vec<u32> = self.family.living().collect();
        ours.sort_unstable();
        let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let mut others: Vec<u32> = pids.filter(|pid| !self.family.holds(*pid)).collect();
        others.sort_unstable();
        let own = std::process::id();
        let mut found: HashMap<u64, Found> = HashMap::new();
        for pid in ours.into_iter().chain(others).filter(|pid| *pid != own) {
            if found.len() == wanted.len() {
                break;
            }
            // What is read by way of this is one process's, or fails.
            let Ok(entry) = ProcEntry::new(pid.cast_signed()) else { continue };
            for inode in descriptors(&entry).filter(|inode| wanted.contains(inode)) {
                if !found.contains_key(&inode)
                    && let Some(holder) = self.holder(pid, &entry)
                {
                    found.insert(inode, holder);
                }
            }
        }
        found
    }

    /// What a process is among the holders; none where it cannot be told whether it is the
    /// application's.
    fn holder(&mut self, pid: u32, entry: &ProcEntry) -> Option<Found> {
        let begun = entry.stat().ok()?.starttime;
        if !self.family.holds(pid) {
            // It may be one of the family that was born since that was looked at.
            match kin(pid, std::process::id())? {
                Kin::Stranger(process) => {
                    let holder = Some(self.place(begun, process, false)?);
                    return Some(Found { holder, is_application: false });
                }
                Kin::Ours => self.family.look(),
            }
        }
        // Until it executes its program, it has no name.
        let process = self.family.process(pid);
        let holder = process.and_then(|process| self.place(begun, process, true));
        Some(Found { holder, is_application: true })
    }

    /// Where a process stands among the holders. What it executes changes, and with it its name.
    fn place(&mut self, ticks: u64, process: Process, is_application: bool) -> Option<usize> {
        let known = self.holders.get(&(process.pid, ticks)).copied();
        let same = |place: &usize| {
            let known = self.holdings.holders.get(*place);
            known.is_some_and(|it| it.process == process && it.is_application == is_application)
        };
        if let Some(place) = known.filter(same) {
            return Some(place);
        }
        let place = self.holdings.holders.len();
        let begun = at_tick(ticks)?;
        self.holders.insert((process.pid, ticks), place);
        self.holdings.holders.push(Holder { process, begun, is_application });
        Some(place)
    }
}

/// The inodes of the sockets that a process holds; none of one that may not be looked at.
fn descriptors(entry: &ProcEntry) -> impl Iterator<Item = u64> {
    entry.fd().into_iter().flatten().flatten().filter_map(|fd| match fd.target {
        FDTarget::Socket(inode) => Some(inode),
        _ => None,
    })
}
