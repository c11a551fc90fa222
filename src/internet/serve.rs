//! The event loop: accepts, tells protocols apart by their first bytes, hands each to its
//! service.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use socket2::Socket;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use super::{AddressBook, InternetError, Script, dns, http, sip, tls, udp};
use crate::contact::{FlowKey, Testimony, Transport};

/// How long the first answer of a flow is held back at most, for its owner to be found.
const HOLD: Duration = Duration::from_millis(250);
/// What a connection reads at a time.
const CHUNK: usize = 16_384;
const DNS_PORT: u16 = 53;

/// Hears of each flow before it is answered.
pub trait Observer: Send + Sync {
    /// A flow was opened. Its first answer waits until the receiver resolves, a quarter of a
    /// second at most.
    fn opened(&self, flow: FlowKey) -> oneshot::Receiver<()>;

    /// Something was heard in a flow.
    fn heard(&self, testimony: Testimony);
}

/// What every service shares.
#[derive(Debug)]
pub(super) struct World {
    pub(super) script: Script,
    pub(super) book: Mutex<AddressBook>,
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

    pub(super) fn dns(&self, query: &[u8], over_udp: bool) -> Option<Vec<u8>> {
        dns::answer(query, over_udp, &self.script, &mut *self.book.lock().ok()?)
    }
}

/// Waits until the observer knows whose flow this is.
pub(super) async fn announce(observer: &dyn Observer, flow: FlowKey) {
    // Neither a timeout nor an observer that has gone changes what is answered.
    let _ = tokio::time::timeout(HOLD, observer.opened(flow)).await;
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
                tokio::spawn(async move {
                    // A connection that breaks is the client's affair.
                    let _ = converse(stream, client, &world, &*observer).await;
                });
            }
            // No descriptors left, or a connection that was reset in the queue: others go on.
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

async fn converse(
    mut stream: TcpStream,
    client: SocketAddr,
    world: &Arc<World>,
    observer: &dyn Observer,
) -> io::Result<()> {
    let server = stream.local_addr()?;
    announce(observer, FlowKey { transport: Transport::Tcp, client, server }).await;
    let mut first = [0; 512];
    let mut length = stream.peek(&mut first).await?;
    // One byte decides nothing yet, and TLS, HTTP and SIP all send more.
    if length < 3 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        length = stream.peek(&mut first).await?;
    }
    let first = &first[..length];
    if server.port() == DNS_PORT && !http::is_request(first) && !tls::is_client_hello(first) {
        resolve(&mut stream, world).await?;
    } else if tls::is_client_hello(first) {
        tls::refuse(&mut stream).await?;
    } else if sip::is_request(first) {
        register(&mut stream, client).await?;
    } else if http::is_request(first) {
        return http::serve(stream, server.ip(), world).await.map_err(io::Error::other);
    }
    drain(&mut stream).await
}

/// DNS over TCP: messages with their length in front (RFC 7766 section 8).
async fn resolve(stream: &mut TcpStream, world: &World) -> io::Result<()> {
    loop {
        let length = match stream.read_u16().await {
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        };
        let mut query = vec![0; usize::from(length)];
        stream.read_exact(&mut query).await?;
        let Some(reply) = world.dns(&query, false) else { return Ok(()) };
        let length = u16::try_from(reply.len()).map_err(io::Error::other)?;
        stream.write_all(&[&length.to_be_bytes(), reply.as_slice()].concat()).await?;
    }
}

/// SIP over TCP: messages told apart by their Content-Length (RFC 3261 section 18.3).
async fn register(stream: &mut TcpStream, client: SocketAddr) -> io::Result<()> {
    let mut buffer = Vec::new();
    loop {
        while buffer.starts_with(b"\r\n") {
            buffer.drain(..2);
        }
        match sip::message_length(&buffer) {
            Some(length) if length <= buffer.len() => {
                let request: Vec<u8> = buffer.drain(..length).collect();
                if let Some(reply) = sip::answer(&request, client) {
                    stream.write_all(reply.as_bytes()).await?;
                }
            }
            _ if buffer.len() > sip::MAX_LENGTH => return Ok(()),
            _ => {
                if stream.read_buf(&mut buffer).await? == 0 {
                    return Ok(());
                }
            }
        }
    }
}

/// Reads whatever comes until the client has said all. The capture keeps it.
async fn drain(stream: &mut TcpStream) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    while stream.read(&mut buffer).await? > 0 {}
    Ok(())
}
