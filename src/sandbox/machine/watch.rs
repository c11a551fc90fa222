//! Looking again and again at which sockets there are, and who holds them.

use std::collections::{HashMap, HashSet};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use procfs::process::{FDTarget, Process as ProcEntry};

use super::family::{Family, stranger};
use super::socket_tables::{Socket, SocketTables};
use super::{HeldSocket, Holder, Holdings, MachineError};
use crate::packet::Timestamp;

/// How often it is looked where nothing calls for it.
const INTERVAL: Duration = Duration::from_millis(5);
/// Where the application has many processes they are looked at every so many looks, where no
/// socket is new; few are looked at every time, since a parent may be gone soon.
const FAMILY_INTERVAL: u32 = 10;
/// So many are few.
const FEW: usize = 32;
/// However long a look took, the next one comes before this.
const LONGEST_PAUSE: Duration = Duration::from_millis(100);
/// At most this many sockets are kept.
const MOST: usize = 1 << 17;
/// A socket whose holder was not found is looked for this often again: it may have been between
/// two processes.
const TRIES: u8 = 3;

/// The thread that looks, from outside.
#[derive(Debug)]
pub struct Watch {
    tasks: Sender<Task>,
    thread: JoinHandle<Holdings>,
}

enum Task {
    /// Something new was sent: look now.
    Look,
    End,
}

/// Asks for a look.
#[derive(Debug, Clone)]
pub struct Call(Sender<Task>);

impl Call {
    /// Something new was sent.
    pub fn look(&self) {
        // It may have ended already.
        let _ = self.0.send(Task::Look);
    }
}

impl Watch {
    /// Begins; the application's processes are those that descend from this one.
    ///
    /// # Errors
    /// Where the kernel does not tell its sockets.
    pub fn begin() -> Result<Self, MachineError> {
        let mut tables = SocketTables::open()?;
        tables.read()?;
        let (tasks, todo) = mpsc::channel();
        let family = Family::below(std::process::id());
        let watcher = Watcher {
            tables,
            family,
            known: HashMap::new(),
            holders: HashMap::new(),
            present: Vec::new(),
            looked: Timestamp(0),
            holdings: Holdings::default(),
        };
        let thread = thread::spawn(move || watcher.work(&todo));
        Ok(Self { tasks, thread })
    }

    /// With which others ask for a look.
    pub fn call(&self) -> Call {
        Call(self.tasks.clone())
    }

    /// Ends it, after a last look: everything that was seen.
    pub fn end(self) -> Holdings {
        let _ = self.tasks.send(Task::End);
        self.thread.join().unwrap_or_default()
    }
}

struct Watcher {
    tables: SocketTables,
    family: Family,
    /// Where each socket stands among those seen, and how often its holder was looked for.
    known: HashMap<Socket, (usize, u8)>,
    /// Where each process stands among the holders, by its id and when it was begun.
    holders: HashMap<(u32, u64), usize>,
    /// Those that were there at the last look, by place.
    present: Vec<usize>,
    /// When that was begun.
    looked: Timestamp,
    holdings: Holdings,
}

impl Watcher {
    fn work(mut self, todo: &Receiver<Task>) -> Holdings {
        let mut looks = 0_u32;
        let mut took = Duration::ZERO;
        loop {
            // Where there is much to look at, half of a processor is left to others at least,
            // however often somebody calls, and more where nobody does.
            thread::sleep(took);
            let mut task = match todo.recv_timeout(INTERVAL.max(took * 2)) {
                Ok(task) => Some(task),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => Some(Task::End),
            };
            let mut is_over = false;
            while let Some(next) = task {
                is_over |= matches!(next, Task::End);
                task = todo.try_recv().ok();
            }
            let begun = Instant::now();
            if self.family.living().count() <= FEW || looks.is_multiple_of(FAMILY_INTERVAL) {
                self.family.look();
            }
            looks = looks.wrapping_add(1);
            self.look();
            took = begun.elapsed().min(LONGEST_PAUSE);
            if is_over {
                self.family.look();
                self.holdings.processes = self.family.into_records();
                return self.holdings;
            }
        }
    }

    fn look(&mut self) {
        let now = Timestamp::now();
        // What fails now may succeed the next time.
        let Ok(sockets) = self.tables.read() else { return };
        let since = std::mem::replace(&mut self.looked, now);
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
        self.note_gone(present, now);
        if wanted.is_empty() {
            return;
        }
        let found = self.find(&wanted);
        for socket in sockets {
            let holder = found.get(&socket.inode.into());
            let place = self.known.get(&socket).map(|(place, _)| *place);
            if let (Some(holder), Some(place)) = (holder, place)
                && let Some(held) = self.holdings.sockets.get_mut(place)
            {
                held.holder = Some(*holder);
            }
        }
    }

    /// Says of those that were there before when they were not there any more.
    fn note_gone(&mut self, present: Vec<usize>, now: Timestamp) {
        let gone_by = Timestamp::now();
        for place in std::mem::replace(&mut self.present, present) {
            let held = self.holdings.sockets.get_mut(place);
            if let Some(held) = held.filter(|held| held.last != now) {
                held.until = Some(gone_by);
            }
        }
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

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::net::UdpSocket;

    use super::*;
    use crate::contact::{FlowKey, Transport};
    use crate::sandbox::machine::HoldingsIndex;

    /// A child that holds a socket is the application's; a socket of our own is not.
    #[test]
    fn holders_are_found() {
        let script = "import socket\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\n\
                      s.bind(('127.0.0.1',0));print(s.getsockname()[1],flush=True)\n\
                      import time;time.sleep(60)";
        let handle = duct::cmd!("python3", "-c", script);
        let watch = Watch::begin().unwrap();
        let reader = handle.reader().unwrap();
        let mut line = String::new();
        BufReader::new(&reader).read_line(&mut line).unwrap();
        let port: u16 = line.trim().parse().unwrap();
        let ours = UdpSocket::bind("127.0.0.1:0").unwrap();
        watch.call().look();
        thread::sleep(Duration::from_millis(200));
        let holdings = watch.end();
        let _ = reader.kill();
        let index = HoldingsIndex::of(&holdings);
        let holder = |port: u16| {
            let client = ([127, 0, 0, 1], port).into();
            let flow =
                FlowKey { transport: Transport::Udp, client, server: ([127, 0, 0, 1], 9).into() };
            index.holder(&flow, Timestamp::now()).map(|place| &holdings.holders[place])
        };
        let child = holder(port).unwrap();
        assert!(child.is_application && child.process.name.starts_with("python3"), "{child:?}");
        assert!(holder(ours.local_addr().unwrap().port()).is_none());
    }
}
