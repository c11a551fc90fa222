//! Looking again and again at which sockets there are, and who holds them.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::looks::Looks;
use super::{Holdings, MachineError};
use crate::contact::Transport;

/// How often it is looked where nothing calls for it. Sockets of UDP may be gone as soon as an
/// answer has come, and their tables are small.
const INTERVAL: Duration = Duration::from_millis(2);
/// The table of TCP's connections has room for all that the machine could ever have, and all of
/// it is walked through: it is looked at, and the application's processes are, every so many looks.
const RARE: u32 = 4;
/// Where the application has many processes, they are looked at every so many looks where no
/// socket is new.
const RARER: u32 = 32;
/// So many are not many.
const FEW: usize = 32;
/// However long a look took, the next one comes before this.
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// The thread that looks, from outside.
#[derive(Debug)]
pub struct Watch {
    tasks: Sender<Task>,
    thread: JoinHandle<Holdings>,
}

enum Task {
    /// Something new was sent: look now.
    Look(Transport),
    End,
}

/// Asks for a look.
#[derive(Debug, Clone)]
pub struct Call(Sender<Task>);

impl Call {
    /// Something new was sent over this.
    pub fn look(&self, transport: Transport) {
        // It may have ended already.
        let _ = self.0.send(Task::Look(transport));
    }
}

impl Watch {
    /// Begins; the application's processes are those that descend from this one.
    ///
    /// # Errors
    /// Where the kernel does not tell its sockets.
    pub fn begin() -> Result<Self, MachineError> {
        let looks = Looks::begin()?;
        let (tasks, todo) = mpsc::channel();
        let thread = thread::spawn(move || work(looks, &todo));
        Ok(Self { tasks, thread })
    }

    /// With which others ask for a look.
    pub fn call(&self) -> Call {
        Call(self.tasks.clone())
    }

    /// Ends it, after a last look: everything that was seen; none where it broke off.
    pub fn end(self) -> Option<Holdings> {
        let _ = self.tasks.send(Task::End);
        self.thread.join().ok()
    }
}

fn work(mut looks: Looks, todo: &Receiver<Task>) -> Holdings {
    let (mut number, mut processes) = (0_u32, 0);
    let mut took = Duration::ZERO;
    loop {
        // Where there is much to look at, half of a processor is left to others at least, however
        // often somebody calls, and more where nobody does.
        thread::sleep(took);
        let mut task = match todo.recv_timeout(INTERVAL.max(took * 2)) {
            Ok(task) => Some(task),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Task::End),
        };
        let (mut is_over, mut tcp) = (false, number.is_multiple_of(RARE));
        while let Some(next) = task {
            is_over |= matches!(next, Task::End);
            tcp |= !matches!(next, Task::Look(Transport::Udp));
            task = todo.try_recv().ok();
        }
        let begun = Instant::now();
        if number.is_multiple_of(if processes <= FEW { RARE } else { RARER }) {
            processes = looks.at_family();
        }
        looks.at(Transport::Udp);
        if tcp {
            looks.at(Transport::Tcp);
        }
        number = number.wrapping_add(1);
        took = begun.elapsed().min(LONGEST_PAUSE);
        if is_over {
            return looks.into_holdings();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::net::UdpSocket;

    use super::*;
    use crate::contact::FlowKey;
    use crate::packet::Timestamp;
    use crate::sandbox::machine::{HoldingsIndex, Sender};

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
        watch.call().look(Transport::Udp);
        thread::sleep(Duration::from_millis(200));
        let holdings = watch.end().unwrap();
        let _ = reader.kill();
        let index = HoldingsIndex::of(&holdings);
        let holder = |port: u16| {
            let client = ([127, 0, 0, 1], port).into();
            let flow =
                FlowKey { transport: Transport::Udp, client, server: ([127, 0, 0, 1], 9).into() };
            match index.sender(&flow, Timestamp::now())? {
                Sender::Process(place) => Some(&holdings.holders[place]),
                Sender::Application => panic!("{flow:?}"),
            }
        };
        let child = holder(port).unwrap();
        assert!(child.is_application && child.process.name.starts_with("python3"), "{child:?}");
        assert!(holder(ours.local_addr().unwrap().port()).is_none());
    }
}
