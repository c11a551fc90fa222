//! The event loop: accepts connections and hands each to what answers it.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use socket2::Socket;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};

use super::converse::converse;
use super::dns_script::{self, Scripted};
use super::rendezvous::Rendezvous;
use super::sip_script::Nonces;
use super::stream::Stream;
use super::talk::Talk;
use super::terminate::Terminator;
use super::turns::Progress;
use super::{AddressBook, InternetError, breaking, dns, udp};
use crate::contact::{FlowKey, Testimony, Transport};
use crate::script::Script;

/// How long the first answer of a flow is held back at most, for its owner to be found.
const HOLD: Duration = Duration::from_millis(250);

/// Hears of each flow before it is answered, and of what is said in it.
pub trait Observer: Send + Sync {
    /// A flow was opened. Where there is something to wait for, its first answer waits until
    /// the receiver resolves, a quarter of a second at most.
    fn opened(&self, flow: FlowKey) -> Option<oneshot::Receiver<()>>;

    /// A connection was accepted, or is over with all that was heard in it.
    fn connection(&self, is_open: bool);

    /// Becomes true once the application is being ended: what is half said is then to be told.
    fn ending(&self) -> watch::Receiver<bool>;

    /// Something was heard in a flow.
    fn heard(&self, testimony: Testimony);
}

/// What every service shares.
#[derive(Debug)]
pub(super) struct World {
    pub(super) script: Script,
    pub(super) book: Mutex<AddressBook>,
    pub(super) terminator: Terminator,
    pub(super) progress: Progress,
    pub(super) rendezvous: Rendezvous,
    pub(super) nonces: Nonces,
}

impl World {
    /// The name that was given this address.
    pub(super) fn name(&self, address: IpAddr) -> Option<String> {
        let scripted = self.script.records.iter().find(|(_, all)| all.contains(&address));
        match scripted {
            Some((name, _)) => Some(name.clone()),
            None => self.book.lock().ok()?.name(address).map(str::to_owned),
        }
    }

    /// The answer to a DNS query; none where it is not to be answered.
    pub(super) fn dns(&self, query: &[u8], over_udp: bool) -> Option<Vec<u8>> {
        match dns_script::answer(self, query, over_udp) {
            Some(Scripted::Reply(reply)) => Some(reply),
            Some(Scripted::Silence) => None,
            None => self.unscripted_dns(query, over_udp),
        }
    }

    /// The answer to a DNS query where no rule says otherwise.
    pub(super) fn unscripted_dns(&self, query: &[u8], over_udp: bool) -> Option<Vec<u8>> {
        dns::answer(query, over_udp, &self.script, &mut *self.book.lock().ok()?)
    }
}

/// Waits until the observer knows whose flow this is.
pub(super) async fn announce(observer: &dyn Observer, flow: FlowKey) {
    if let Some(waiting) = observer.opened(flow) {
        // Neither a timeout nor an observer that has gone changes what is answered.
        let _ = tokio::time::timeout(HOLD, waiting).await;
    }
}

pub(super) async fn run(
    tcp: Vec<Socket>,
    udp: Vec<Socket>,
    world: Arc<World>,
    observer: Arc<dyn Observer>,
) -> Result<(), InternetError> {
    let mut last = None;
    for socket in udp {
        let served = udp::serve(socket, Arc::clone(&world), Arc::clone(&observer))
            .map_err(InternetError::at("watch a UDP listener"))?;
        tokio::spawn(served);
    }
    for socket in tcp {
        let listener = TcpListener::from_std(socket.into())
            .map_err(InternetError::at("watch a TCP listener"))?;
        let accepting = accept(listener, Arc::clone(&world), Arc::clone(&observer));
        last = Some(tokio::spawn(accepting));
    }
    if let Some(task) = last {
        // The loops never end by themselves.
        let _ = task.await;
    }
    Ok(())
}

async fn accept(listener: TcpListener, world: Arc<World>, observer: Arc<dyn Observer>) {
    loop {
        match listener.accept().await {
            Ok((stream, client)) => {
                let (world, observer) = (Arc::clone(&world), Arc::clone(&observer));
                observer.connection(true);
                tokio::spawn(async move {
                    // A connection that breaks is the client's affair.
                    let _ = begin(stream, client, world, Arc::clone(&observer)).await;
                    observer.connection(false);
                });
            }
            // No descriptors left, or a connection that was reset in the queue: others go on.
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

async fn begin(
    stream: TcpStream,
    client: SocketAddr,
    world: Arc<World>,
    observer: Arc<dyn Observer>,
) -> io::Result<()> {
    let flow = FlowKey { transport: Transport::Tcp, client, server: stream.local_addr()? };
    announce(&*observer, flow).await;
    // Answers are short, and whoever asks waits for them.
    stream.set_nodelay(true)?;
    let talk = Talk { flow, world, observer, asked: None, sessions: 0 };
    match talk.world.scripted_reset(&flow) {
        Some(after) => breaking::until(stream, after, talk).await,
        None => converse(Stream::new(stream), talk).await,
    }
}
