//! Connections: held back until their counterpart on the machine's network stands, then joined
//! to it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use socket2::SockRef;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::dns;
use super::gate::fate_of;
use super::run::{DNS_PORT, Joined, Shared, lock};
use crate::contact::{Fate, FlowKey, Transport};
use crate::internet::serve::announce;

/// How long a connection that may pass is waited for: its packet is on its way.
const ARRIVAL: Duration = Duration::from_secs(30);

/// Takes care of a connection that is being begun.
pub(super) fn begin(shared: &Arc<Shared>, flow: FlowKey, number: u32) {
    // Sent again since no answer has come yet: the first is still held back.
    if !lock(&shared.opening).insert(flow) {
        return shared.decide(number, Fate::Drop);
    }
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        announce(&*shared.observer, flow).await;
        let fate = match open(&shared, &flow).await {
            Ok(joined) => {
                lock(&shared.opened).insert(flow, joined);
                Fate::Pass
            }
            Err(fate) => fate,
        };
        lock(&shared.opening).remove(&flow);
        shared.decide(number, fate);
        if fate == Fate::Pass {
            tokio::time::sleep(ARRIVAL).await;
            lock(&shared.opened).remove(&flow);
        }
    });
}

async fn open(shared: &Shared, flow: &FlowKey) -> Result<Joined, Fate> {
    if flow.server.port() == DNS_PORT && shared.answers_lookups(flow.server, flow.transport) {
        return Ok(Joined::Lookups);
    }
    if let Some(obstacle) = shared.obstacle(flow) {
        return Err(obstacle);
    }
    connect(shared, flow.server).await.map(Joined::Outside).map_err(|error| fate_of(&error))
}

/// A connection on the machine's network.
pub(super) async fn connect(shared: &Shared, server: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = shared.socket(Transport::Tcp, server)?;
    let stream = TcpSocket::from_std_stream(socket.into()).connect(server).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Accepts what passed, and joins it.
pub(super) async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        match listener.accept().await {
            Ok((stream, client)) => {
                let shared = Arc::clone(&shared);
                tokio::spawn(join(stream, client, shared));
            }
            // No descriptors left, or a connection that was reset in the queue: others go on.
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

async fn join(mut inner: TcpStream, client: SocketAddr, shared: Arc<Shared>) {
    let Ok(server) = inner.local_addr() else { return };
    let flow = FlowKey { transport: Transport::Tcp, client, server };
    let joined = lock(&shared.opened).remove(&flow);
    match joined {
        Some(Joined::Lookups) => {
            // A connection that breaks is the client's affair.
            let _ = dns::converse(&shared, &mut inner, server).await;
        }
        Some(Joined::Outside(mut outer)) => {
            let _ = inner.set_nodelay(true);
            if tokio::io::copy_bidirectional(&mut inner, &mut outer).await.is_err() {
                // One side was reset: so is the other.
                reset(&inner);
                reset(&outer);
            }
        }
        // What did not pass, sent to the listener's own port.
        None => reset(&inner),
    }
}

/// Has the stream reset when it is dropped (SO_LINGER, socket(7)).
fn reset(stream: &TcpStream) {
    let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
}
