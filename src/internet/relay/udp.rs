//! Datagrams: each flow has a task of its own, which has a socket on the machine's network and
//! one that answers in the server's name.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use socket2::{Socket, Type};
use tokio::net::UdpSocket;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::{Instant, sleep_until, timeout};

use super::dns;
use super::gate::fate_of;
use super::run::{DNS_PORT, Shared, lock};
use crate::contact::{Fate, FlowKey, Transport};
use crate::internet::listen::transparent;
use crate::internet::serve::announce;

/// How many datagrams of a flow may wait.
const INBOX: usize = 256;
/// How many flows there may be at a time: each has two descriptors.
const MAX_FLOWS: usize = 4096;
/// A flow in which nothing is said for this long has ended (RFC 4787 section 4.3 asks for two
/// minutes at least).
const IDLE: Duration = Duration::from_secs(150);
/// How long the first datagram is held for a refusal to come back from the network.
const REFUSAL: Duration = Duration::from_millis(1500);
const MAX_DATAGRAM: usize = 65_536;

/// Where a flow's datagrams go, each with the number it is held by.
pub(super) type Inbox = Sender<(u32, Vec<u8>)>;

/// Takes care of a datagram.
pub(super) fn take(shared: &Arc<Shared>, flow: FlowKey, number: u32, payload: Vec<u8>) {
    let mut flows = lock(&shared.datagrams);
    if let Some(inbox) = flows.get(&flow) {
        if inbox.try_send((number, payload)).is_err() {
            // Full: lost, as on any way that is too narrow.
            shared.decide(number, Fate::Drop);
        }
        return;
    }
    if flows.len() >= MAX_FLOWS {
        return shared.decide(number, Fate::Drop);
    }
    let (inbox, todo) = mpsc::channel(INBOX);
    // There is room for the first.
    let _ = inbox.try_send((number, payload));
    flows.insert(flow, inbox);
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        let mut carrier = Carrier { shared, flow, todo, outer: None };
        carrier.carry().await;
        carrier.end();
    });
}

/// A flow's task.
struct Carrier {
    shared: Arc<Shared>,
    flow: FlowKey,
    todo: Receiver<(u32, Vec<u8>)>,
    outer: Option<Outer>,
}

/// A flow's way out and back.
struct Outer {
    socket: UdpSocket,
    /// Sends in the server's name.
    inner: Socket,
    /// The first datagram, and until when it is held.
    held: Option<(u32, Instant)>,
}

enum Next {
    Datagram(u32, Vec<u8>),
    Received(io::Result<usize>),
    Release,
    End,
}

impl Carrier {
    async fn carry(&mut self) {
        announce(&*self.shared.observer, self.flow).await;
        let mut buffer = vec![0; MAX_DATAGRAM];
        loop {
            match self.next(&mut buffer).await {
                Next::Datagram(number, payload) => self.send(number, payload).await,
                Next::Received(Ok(length)) => self.receive(&buffer[..length]),
                Next::Received(Err(error)) => self.fail(&error),
                Next::Release => self.release(Fate::Drop),
                Next::End => return,
            }
        }
    }

    async fn next(&mut self, buffer: &mut [u8]) -> Next {
        let idle = Instant::now() + IDLE;
        let Some(outer) = &self.outer else {
            return match timeout(IDLE, self.todo.recv()).await {
                Ok(Some((number, payload))) => Next::Datagram(number, payload),
                Ok(None) | Err(_) => Next::End,
            };
        };
        let (until, at_end) = match outer.held {
            Some((_, until)) => (until, Next::Release),
            None => (idle, Next::End),
        };
        tokio::select! {
            datagram = self.todo.recv() => match datagram {
                Some((number, payload)) => Next::Datagram(number, payload),
                None => Next::End,
            },
            received = outer.socket.recv(buffer) => Next::Received(received),
            () = sleep_until(until) => at_end,
        }
    }

    async fn send(&mut self, number: u32, payload: Vec<u8>) {
        let server = self.flow.server;
        if is_group(server.ip()) || self.shared.is_discard(server) {
            return self.shared.decide(number, Fate::Drop);
        }
        if server.port() == DNS_PORT && self.shared.answers_lookups(server, Transport::Udp) {
            let (shared, flow) = (Arc::clone(&self.shared), self.flow);
            tokio::spawn(async move {
                if let Some(reply) = dns::answer(&shared, server, &payload, Transport::Udp).await
                    && let Ok(socket) = transparent(server, Type::DGRAM)
                {
                    // A client that has gone leaves nobody to tell.
                    let _ = socket.send_to(&reply, &flow.client.into());
                }
            });
            return self.shared.decide(number, Fate::Drop);
        }
        if self.outer.is_none() {
            if let Some(obstacle) = self.shared.obstacle(&self.flow) {
                return self.shared.decide(number, obstacle);
            }
            match self.open(number).await {
                Ok(outer) => self.outer = Some(outer),
                Err(error) => return self.shared.decide(number, fate_of(&error)),
            }
        } else {
            self.shared.decide(number, Fate::Drop);
        }
        let Some(outer) = &self.outer else { return };
        if let Err(error) = outer.socket.send(&payload).await {
            self.fail(&error);
        }
    }

    async fn open(&self, number: u32) -> io::Result<Outer> {
        let socket = self.shared.socket(Transport::Udp, self.flow.server)?;
        let socket = UdpSocket::from_std(socket.into())?;
        socket.connect(self.flow.server).await?;
        let inner = transparent(self.flow.server, Type::DGRAM)?;
        Ok(Outer { socket, inner, held: Some((number, Instant::now() + REFUSAL)) })
    }

    fn receive(&mut self, datagram: &[u8]) {
        self.release(Fate::Drop);
        if let Some(outer) = &self.outer {
            let _ = outer.inner.send_to(datagram, &self.flow.client.into());
        }
    }

    /// The network refused: so is the datagram that is held, if one is. The next begins anew.
    fn fail(&mut self, error: &io::Error) {
        let held = self.outer.take().and_then(|outer| outer.held);
        if let Some((number, _)) = held {
            self.shared.decide(number, fate_of(error));
        }
    }

    fn release(&mut self, fate: Fate) {
        if let Some((number, _)) = self.outer.as_mut().and_then(|outer| outer.held.take()) {
            self.shared.decide(number, fate);
        }
    }

    /// Nothing may stay held when nobody is left to tell its fate.
    fn end(&mut self) {
        self.release(Fate::Drop);
        lock(&self.shared.datagrams).remove(&self.flow);
        self.todo.close();
        while let Ok((number, _)) = self.todo.try_recv() {
            self.shared.decide(number, Fate::Drop);
        }
    }
}

/// Who answers a group would have to answer as a neighbour, and there are none.
fn is_group(address: IpAddr) -> bool {
    address.is_multicast() || address == IpAddr::V4(Ipv4Addr::BROADCAST)
}
