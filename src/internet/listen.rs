//! The listeners: one TCP and one UDP socket a family, to which the diverted traffic comes
//! with its original destination as the socket's own address (IP_TRANSPARENT, ip(7)).

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use nix::sys::socket::{setsockopt, sockopt};
use socket2::{Domain, Protocol, Socket, Type};

use super::book::OnNamed;
use super::rendezvous::Rendezvous;
use super::serve::{self, Observer, World};
use super::sip_script::Nonces;
use super::terminate::Terminator;
use super::turns::Progress;
use super::{Authority, KeyNotes};
use crate::script::Script;

pub(super) const BACKLOG: i32 = 4096;
/// Room for a burst of datagrams while the loop is busy.
const UDP_BUFFER: usize = 8 << 20;

/// Why the simulated internet could not be brought up.
#[derive(Debug, thiserror::Error)]
#[error("cannot {step} for the simulated internet: {source}")]
pub struct InternetError {
    step: &'static str,
    #[source]
    source: io::Error,
}

impl InternetError {
    pub(super) fn at(step: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self { step, source }
    }
}

/// The simulated internet, listening and not yet serving.
#[derive(Debug)]
pub struct Internet {
    pub(super) tcp: Vec<Socket>,
    pub(super) udp: Vec<Socket>,
    world: World,
    tcp_port: u16,
    udp_port: u16,
}

impl Internet {
    /// Makes the listeners in the calling thread's network namespace. Where `keys` are wanted,
    /// those of all TLS sessions are noted there.
    ///
    /// # Errors
    /// Where a socket cannot be made transparent or bound.
    pub fn open(
        script: Script,
        authority: &Authority,
        keys: Option<Arc<KeyNotes>>,
    ) -> Result<Self, InternetError> {
        let world = World::new(script, authority, keys)?;
        let (tcp, tcp_port) = both_families(Type::STREAM)?;
        let (udp, udp_port) = both_families(Type::DGRAM)?;
        for socket in &tcp {
            socket.listen(BACKLOG).map_err(InternetError::at("listen"))?;
        }
        for socket in &udp {
            // As much as the system allows; a simulated server may drop what a real one would.
            let _ = socket.set_recv_buffer_size(UDP_BUFFER);
        }
        Ok(Self { tcp, udp, world, tcp_port, udp_port })
    }

    /// The ports that TCP and UDP are to be diverted to.
    pub fn ports(&self) -> (u16, u16) {
        (self.tcp_port, self.udp_port)
    }

    /// Has somebody hear of each name that is given addresses, before anybody is told them.
    pub fn when_named(&mut self, hear: OnNamed) {
        if let Ok(book) = self.world.book.get_mut() {
            book.when_named(hear);
        }
    }

    /// The script it was opened with.
    pub fn script(&self) -> &Script {
        &self.world.script
    }

    /// Answers what comes, on the calling thread, until the process ends.
    ///
    /// # Errors
    /// Where the event loop cannot be started.
    pub fn serve(self, observer: Arc<dyn Observer>) -> Result<(), InternetError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()
            .map_err(InternetError::at("start the event loop"))?;
        runtime.block_on(serve::run(self.tcp, self.udp, Arc::new(self.world), observer))
    }
}

impl World {
    fn new(
        script: Script,
        authority: &Authority,
        keys: Option<Arc<KeyNotes>>,
    ) -> Result<Self, InternetError> {
        let terminator = Terminator::new(authority, keys)?;
        let (book, rendezvous) = (std::sync::Mutex::default(), Rendezvous::default());
        let progress = Progress::of(&script);
        let nonces = Nonces::new().ok_or_else(|| {
            InternetError::at("make a key")(io::Error::other("the machine gives no randomness"))
        })?;
        Ok(Self { script, book, terminator, rendezvous, progress, nonces })
    }
}

/// One socket for IPv4 and, where the kernel has it, one for IPv6, on the same port.
pub(super) fn both_families(kind: Type) -> Result<(Vec<Socket>, u16), InternetError> {
    let v4 = transparent(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)), kind)
        .map_err(InternetError::at("open an IPv4 listener"))?;
    let port = v4
        .local_addr()
        .map_err(InternetError::at("read a listener's port"))?
        .as_socket()
        .map_or(0, |address| address.port());
    let mut sockets = vec![v4];
    match transparent(SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)), kind) {
        Ok(v6) => sockets.push(v6),
        // Booted with ipv6.disable=1: there is no IPv6 to answer.
        Err(error) if error.raw_os_error() == Some(nix::libc::EAFNOSUPPORT) => {}
        Err(error) => return Err(InternetError::at("open an IPv6 listener")(error)),
    }
    Ok((sockets, port))
}

/// A socket that may have any address as its own, bound.
pub(super) fn transparent(address: SocketAddr, kind: Type) -> io::Result<Socket> {
    let protocol = if kind == Type::STREAM { Protocol::TCP } else { Protocol::UDP };
    let socket = Socket::new(Domain::for_address(address), kind.nonblocking(), Some(protocol))?;
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
        socket.set_ip_transparent_v6(true)?;
    } else {
        socket.set_ip_transparent_v4(true)?;
    }
    if kind == Type::DGRAM {
        if address.is_ipv6() {
            setsockopt(&socket, sockopt::Ipv6OrigDstAddr, &true)?;
        } else {
            setsockopt(&socket, sockopt::Ipv4OrigDstAddr, &true)?;
        }
    }
    socket.bind(&address.into())?;
    Ok(socket)
}
