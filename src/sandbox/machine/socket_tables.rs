//! The kernel's own list of sockets, by netlink (sock_diag(7)): who is at both ends of each, and
//! by which number /proc knows it.

use std::io::IoSlice;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsRawFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, recv, sendmsg, socket,
};

use super::MachineError;
use crate::contact::Transport;

const SOCK_DIAG_BY_FAMILY: u16 = 20;
const HEADER: usize = 16;
/// What is asked: struct inet_diag_req_v2.
const REQUEST: usize = 56;
const TABLES: [(u8, u8, Transport); 4] = [
    (libc::AF_INET as u8, 6, Transport::Tcp),
    (libc::AF_INET6 as u8, 6, Transport::Tcp),
    (libc::AF_INET as u8, 17, Transport::Udp),
    (libc::AF_INET6 as u8, 17, Transport::Udp),
];

/// A socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Socket {
    pub(super) transport: Transport,
    pub(super) local: SocketAddr,
    /// Port 0 where it is connected to nobody.
    pub(super) remote: SocketAddr,
    /// By which /proc knows it.
    pub(super) inode: u32,
}

/// Asks the kernel for its sockets.
pub(super) struct SocketTables {
    netlink: OwnedFd,
    buffer: Vec<u8>,
}

impl SocketTables {
    pub(super) fn open() -> Result<Self, MachineError> {
        let netlink = socket(
            AddressFamily::Netlink,
            SockType::Raw,
            SockFlag::SOCK_CLOEXEC,
            SockProtocol::NetlinkSockDiag,
        )
        .map_err(failed("open a socket"))?;
        Ok(Self { netlink, buffer: vec![0; 1 << 16] })
    }

    /// All sockets of TCP or UDP that somebody holds, in the calling thread's network namespace
    /// when this was opened.
    pub(super) fn read(&mut self, wanted: Transport) -> Result<Vec<Socket>, MachineError> {
        let mut all = Vec::new();
        let tables = TABLES.into_iter().filter(|(.., transport)| *transport == wanted);
        for (family, protocol, transport) in tables {
            match self.table(family, protocol, transport, &mut all) {
                // A kernel without IPv6, or without this protocol's module.
                Err(Errno::ENOENT | Errno::EAFNOSUPPORT | Errno::EPROTONOSUPPORT) => {}
                other => other.map_err(failed("read a table"))?,
            }
        }
        Ok(all)
    }

    fn table(
        &mut self,
        family: u8,
        protocol: u8,
        transport: Transport,
        all: &mut Vec<Socket>,
    ) -> Result<(), Errno> {
        let request = request(family, protocol);
        let kernel = NetlinkAddr::new(0, 0);
        let (fd, none) = (self.netlink.as_raw_fd(), MsgFlags::empty());
        sendmsg(fd, &[IoSlice::new(&request)], &[], none, Some(&kernel))?;
        loop {
            let length = recv(fd, &mut self.buffer, none)?;
            let answer = self.buffer.get(..length).unwrap_or_default();
            if read_answer(answer, transport, all)? {
                return Ok(());
            }
        }
    }
}

fn failed(step: &'static str) -> impl Fn(Errno) -> MachineError {
    move |errno| MachineError::SocketTables { step, errno }
}

/// Asks for every socket of a family and a protocol, in whatever state.
fn request(family: u8, protocol: u8) -> Vec<u8> {
    let length = HEADER + REQUEST;
    let flags = (libc::NLM_F_REQUEST | libc::NLM_F_DUMP) as u16;
    let mut bytes = (length as u32).to_ne_bytes().to_vec();
    bytes.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    bytes.extend(flags.to_ne_bytes());
    bytes.extend([0; 8]);
    bytes.extend([family, protocol, 0, 0]);
    bytes.extend(u32::MAX.to_ne_bytes());
    bytes.resize(length, 0);
    bytes
}

/// Reads the messages of one answer; whether they are the last.
fn read_answer(
    mut bytes: &[u8],
    transport: Transport,
    all: &mut Vec<Socket>,
) -> Result<bool, Errno> {
    while let Some(header) = bytes.first_chunk::<HEADER>() {
        let length = u32::from_ne_bytes([header[0], header[1], header[2], header[3]]) as usize;
        let kind = u16::from_ne_bytes([header[4], header[5]]);
        let Some(body) = bytes.get(HEADER..length) else { return Err(Errno::EBADMSG) };
        match i32::from(kind) {
            libc::NLMSG_DONE => return Ok(true),
            libc::NLMSG_ERROR => {
                let code = body.first_chunk().map_or(0, |code| i32::from_ne_bytes(*code));
                return Err(Errno::from_raw(code.saturating_neg()));
            }
            _ if kind == SOCK_DIAG_BY_FAMILY => all.extend(read_socket(body, transport)),
            _ => {}
        }
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    Ok(false)
}

/// A struct inet_diag_msg; none where nobody holds the socket any more.
fn read_socket(body: &[u8], transport: Transport) -> Option<Socket> {
    let &[family, ..] = body.first_chunk::<72>()?;
    let port = |at: usize| Some(u16::from_be_bytes(*body.get(at..)?.first_chunk()?));
    let address = |at: usize| -> Option<IpAddr> {
        let bytes = body.get(at..)?;
        if i32::from(family) == libc::AF_INET {
            Some(Ipv4Addr::from(*bytes.first_chunk::<4>()?).into())
        } else {
            Some(Ipv6Addr::from(*bytes.first_chunk::<16>()?).to_canonical())
        }
    };
    let inode = u32::from_ne_bytes(*body.get(68..)?.first_chunk()?);
    let socket = Socket {
        transport,
        local: SocketAddr::new(address(8)?, port(4)?),
        remote: SocketAddr::new(address(24)?, port(6)?),
        inode,
    };
    (inode != 0).then_some(socket)
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream, UdpSocket};
    use std::os::unix::fs::MetadataExt;

    use proptest::prelude::*;

    use super::*;

    fn inode(fd: &impl AsRawFd) -> u32 {
        let path = format!("/proc/self/fd/{}", fd.as_raw_fd());
        u32::try_from(std::fs::metadata(path).unwrap().ino()).unwrap()
    }

    #[test]
    fn the_kernel_tells_of_our_sockets() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let v6 = UdpSocket::bind("[::1]:0");
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut tables = SocketTables::open().unwrap();
        let all = [Transport::Tcp, Transport::Udp].map(|it| tables.read(it).unwrap()).concat();
        let found = |inode: u32| all.iter().find(|socket| socket.inode == inode).copied();
        let connected = found(inode(&stream)).unwrap();
        assert_eq!(connected.transport, Transport::Tcp);
        assert_eq!(connected.local, stream.local_addr().unwrap());
        assert_eq!(connected.remote, listener.local_addr().unwrap());
        let unconnected = found(inode(&udp)).unwrap();
        assert_eq!((unconnected.transport, unconnected.remote.port()), (Transport::Udp, 0));
        assert_eq!(unconnected.local, udp.local_addr().unwrap());
        if let Ok(v6) = v6 {
            assert_eq!(found(inode(&v6)).unwrap().local, v6.local_addr().unwrap());
        }
    }

    #[test]
    fn an_error_is_told() {
        let mut bytes = 20_u32.to_ne_bytes().to_vec();
        bytes.extend((libc::NLMSG_ERROR as u16).to_ne_bytes());
        bytes.extend([0; 10]);
        bytes.extend((-libc::ENOENT).to_ne_bytes());
        assert_eq!(read_answer(&bytes, Transport::Tcp, &mut Vec::new()), Err(Errno::ENOENT));
    }

    proptest! {
        #[test]
        fn no_answer_is_too_strange(mut bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = read_answer(&bytes, Transport::Udp, &mut Vec::new());
            // One whose lengths are right.
            let length = u32::try_from(bytes.len()).unwrap();
            if let Some(head) = bytes.first_chunk_mut::<6>() {
                head[..4].copy_from_slice(&length.to_ne_bytes());
                head[4..].copy_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
            }
            let _ = read_answer(&bytes, Transport::Udp, &mut Vec::new());
        }
    }
}
