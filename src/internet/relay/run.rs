//! The relay's event loop.

use std::collections::{HashMap, HashSet};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use socket2::{Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::gate::{Gate, Outside};
use super::permit::{BlockLog, Blocked, Permit, Permits};
use super::{packet, tcp, udp};
use crate::contact::{Fate, FlowKey, Transport};
use crate::internet::listen::{BACKLOG, both_families};
use crate::internet::{InternetError, Observer};

pub(super) const DNS_PORT: u16 = 53;
const DISCARD_PORT: u16 = 9;
/// How many packets may wait for the event loop; the rest waits in the kernel.
const WAITING: usize = 1024;
const MAX_PACKET: usize = (1 << 16) + 4096;

/// How far the relay reaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// The machine's resolvers; none where nothing is to be reached.
    pub resolvers: Vec<SocketAddr>,
    /// The address by which the application knows the resolver.
    pub resolver: IpAddr,
    /// The application's own networks: nobody else is there.
    pub neighbours: Vec<IpNet>,
    /// The baseline, where nobody else may be reached.
    pub enforced: Option<Vec<Permit>>,
}

/// A relay, listening and not yet relaying.
pub struct Relay {
    tcp: Vec<Socket>,
    port: u16,
    reach: Reach,
}

impl Relay {
    /// Makes the listeners in the calling thread's network namespace.
    ///
    /// # Errors
    /// Where a socket cannot be made transparent or bound.
    pub fn open(reach: Reach) -> Result<Self, InternetError> {
        let (tcp, port) = both_families(Type::STREAM)?;
        for socket in &tcp {
            socket.listen(BACKLOG).map_err(InternetError::at("listen"))?;
        }
        Ok(Self { tcp, port, reach })
    }

    /// The port that connections are to come to once they may pass.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Relays what is held back at the gate, on the calling thread, until the process ends.
    /// Without an outside all of it is refused.
    ///
    /// # Errors
    /// Where the event loop cannot be started.
    pub fn serve(
        self,
        gate: Arc<dyn Gate>,
        outside: Option<Box<dyn Outside>>,
        observer: Arc<dyn Observer>,
        log: BlockLog,
    ) -> Result<(), InternetError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()
            .map_err(InternetError::at("start the event loop"))?;
        runtime.block_on(async move {
            let permits = self.reach.enforced.clone().map(Permits::new).map(Mutex::new);
            let (tell, held) = mpsc::channel(WAITING);
            let watched = Arc::clone(&gate);
            std::thread::spawn(move || watch(&*watched, &tell));
            let shared = Arc::new(Shared {
                gate,
                reach: self.reach,
                permits,
                outside,
                observer,
                log,
                opening: Mutex::default(),
                opened: Mutex::default(),
                datagrams: Mutex::default(),
            });
            for socket in self.tcp {
                let listener = TcpListener::from_std(socket.into())
                    .map_err(InternetError::at("watch a TCP listener"))?;
                tokio::spawn(tcp::accept(listener, Arc::clone(&shared)));
            }
            look_at_packets(&shared, held).await;
            Ok(())
        })
    }
}

/// What a connection that passed is to be joined to.
pub(super) enum Joined {
    /// Its counterpart on the machine's network.
    Outside(TcpStream),
    /// The lookups' proxy.
    Lookups,
}

/// What every flow shares.
pub(super) struct Shared {
    gate: Arc<dyn Gate>,
    pub(super) reach: Reach,
    permits: Option<Mutex<Permits>>,
    outside: Option<Box<dyn Outside>>,
    pub(super) observer: Arc<dyn Observer>,
    log: BlockLog,
    pub(super) opening: Mutex<HashSet<FlowKey>>,
    pub(super) opened: Mutex<HashMap<FlowKey, Joined>>,
    pub(super) datagrams: Mutex<HashMap<FlowKey, udp::Inbox>>,
}

impl Shared {
    /// Tells a packet's fate.
    pub(super) fn decide(&self, number: u32, fate: Fate) {
        self.gate.decide(number, fate);
    }

    /// Whether lookups that are sent to this server are answered here.
    pub(super) fn answers_lookups(&self, server: SocketAddr, transport: Transport) -> bool {
        if server.ip() == self.reach.resolver || self.outside.is_none() {
            return true;
        }
        // What another server says decides who may be reached as well, so it must be heard.
        let may =
            |permits: &Mutex<Permits>| lock(permits).may_reach(transport, server, Instant::now());
        self.permits.as_ref().is_some_and(may)
    }

    /// Whether this is the gateway's discard service (RFC 863), where nothing is refused.
    pub(super) fn is_discard(&self, server: SocketAddr) -> bool {
        server.ip() == self.reach.resolver && server.port() == DISCARD_PORT
    }

    /// The fate of what must not be sent on; none for what may.
    pub(super) fn obstacle(&self, flow: &FlowKey) -> Option<Fate> {
        let server = flow.server;
        if self.reach.neighbours.iter().any(|net| net.contains(&server.ip())) {
            // The sandbox's own network: the gateway, and nobody else.
            return Some(Fate::Refuse);
        }
        if self.outside.is_none() {
            return Some(Fate::Refuse);
        }
        let permits = self.permits.as_ref()?;
        if lock(permits).may_reach(flow.transport, server, Instant::now()) {
            return None;
        }
        self.log.add(Blocked::Server(flow.transport, server));
        Some(if flow.transport == Transport::Tcp { Fate::Refuse } else { Fate::Prohibit })
    }

    /// Whether a name may be looked up.
    pub(super) fn may_resolve(&self, name: &str) -> bool {
        if self.outside.is_none() {
            return false;
        }
        let Some(permits) = &self.permits else { return true };
        let may = lock(permits).may_resolve(name);
        if !may {
            self.log.add(Blocked::Name(name.to_owned()));
        }
        may
    }

    /// Remembers what a lookup returned, where that decides who may be reached.
    pub(super) fn learn(&self, name: &str, addresses: &[(IpAddr, u32)]) {
        if let Some(permits) = &self.permits {
            let mut permits = lock(permits);
            for (address, ttl) in addresses {
                permits.learn(name, *address, *ttl, Instant::now());
            }
        }
    }

    /// Whether only what the baseline allows may be reached.
    pub(super) fn is_enforced(&self) -> bool {
        self.permits.is_some()
    }

    /// A socket of the machine's network.
    pub(super) fn socket(&self, transport: Transport, server: SocketAddr) -> io::Result<OwnedFd> {
        let outside = self.outside.as_ref().ok_or(io::ErrorKind::NetworkUnreachable)?;
        outside.socket(transport, server.is_ipv6())
    }
}

/// A lock is held for a moment and never across a panic of ours; whatever it guards stays usable.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// A packet that is held back, with the number it is held by.
type Held = (u32, Vec<u8>);

/// Takes packets from the gate, on a thread of its own, until nobody looks at them any more.
fn watch(gate: &dyn Gate, tell: &mpsc::Sender<Held>) {
    let mut buffer = vec![0; MAX_PACKET];
    loop {
        match gate.receive(&mut buffer) {
            Ok(Some(held)) => {
                if tell.blocking_send(held).is_err() {
                    return;
                }
            }
            Ok(None) => {}
            // Packets that the queue had no room for are lost, as they are by any router.
            Err(error) if error.raw_os_error() == Some(nix::libc::ENOBUFS) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // Then nothing passes any more.
            Err(_) => return,
        }
    }
}

async fn look_at_packets(shared: &Arc<Shared>, mut held: mpsc::Receiver<Held>) {
    while let Some((number, bytes)) = held.recv().await {
        match packet::read(&bytes) {
            Some((flow, payload)) if flow.transport == Transport::Udp => {
                udp::take(shared, flow, number, payload.to_vec());
            }
            Some((flow, _)) => tcp::begin(shared, flow, number),
            None => shared.decide(number, Fate::Drop),
        }
    }
}
