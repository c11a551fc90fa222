//! The way out to the machine's network: sockets. A socket belongs for good to the network
//! namespace that it was made in, so the harness, which never left the machine's, makes them
//! and hands them into the sandbox (SCM_RIGHTS, unix(7)). Nothing is set up on the machine for
//! it, hence nothing has to be undone, and an ordinary user may do it as well as root.

use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsRawFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockProtocol, SockType,
    recvmsg, sendmsg, socket, socketpair,
};

use super::{SandboxError, sys};

/// What kind of socket is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Asked {
    /// TCP over IPv4.
    TcpV4 = 1,
    /// TCP over IPv6.
    TcpV6 = 2,
    /// UDP over IPv4.
    UdpV4 = 3,
    /// UDP over IPv6.
    UdpV6 = 4,
}

impl Asked {
    fn from_byte(byte: u8) -> Option<Self> {
        [Self::TcpV4, Self::TcpV6, Self::UdpV4, Self::UdpV6]
            .into_iter()
            .find(|asked| *asked as u8 == byte)
    }

    fn make(self) -> nix::Result<OwnedFd> {
        let (family, kind, protocol) = match self {
            Self::TcpV4 => (AddressFamily::Inet, SockType::Stream, SockProtocol::Tcp),
            Self::TcpV6 => (AddressFamily::Inet6, SockType::Stream, SockProtocol::Tcp),
            Self::UdpV4 => (AddressFamily::Inet, SockType::Datagram, SockProtocol::Udp),
            Self::UdpV6 => (AddressFamily::Inet6, SockType::Datagram, SockProtocol::Udp),
        };
        socket(family, kind, SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK, protocol)
    }
}

/// The sandbox's end of the way out.
#[derive(Debug)]
pub struct Uplink(OwnedFd);

impl Uplink {
    /// Both ends: the sandbox's, to be handed in, and the machine's, for [`serve`].
    ///
    /// # Errors
    /// Where the kernel refuses a pair of sockets.
    pub fn pair() -> Result<(OwnedFd, OwnedFd), SandboxError> {
        let flags = SockFlag::SOCK_CLOEXEC;
        socketpair(AddressFamily::Unix, SockType::SeqPacket, None, flags).map_err(|errno| {
            SandboxError::Create { what: "the sandbox's way out to the machine's network", errno }
        })
    }

    /// The sandbox's end, inherited under this number.
    ///
    /// # Errors
    /// Where no such descriptor is open.
    pub fn inherited(number: i32) -> io::Result<Self> {
        Ok(Self(sys::inherited(number)?))
    }

    /// A socket of the machine's network, non-blocking.
    ///
    /// # Errors
    /// Where the machine refuses one, or the harness has gone.
    pub fn socket(&self, asked: Asked) -> io::Result<OwnedFd> {
        let raw = self.0.as_raw_fd();
        nix::sys::socket::send(raw, &[asked as u8], MsgFlags::MSG_NOSIGNAL)?;
        let mut code = [0; 4];
        let mut slices = [IoSliceMut::new(&mut code)];
        let mut control = nix::cmsg_space!([i32; 1]);
        let message =
            recvmsg::<()>(raw, &mut slices, Some(&mut control), MsgFlags::MSG_CMSG_CLOEXEC)?;
        let handed = message.cmsgs()?.find_map(|control| match control {
            ControlMessageOwned::ScmRights(numbers) => numbers.first().copied(),
            _ => None,
        });
        let is_answered = message.bytes == 4;
        match handed {
            Some(number) => Ok(sys::inherited(number)?),
            None if is_answered => Err(io::Error::from_raw_os_error(i32::from_ne_bytes(code))),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }
}

/// Makes sockets for whoever asks on the other end, until nobody is left there. The calling
/// thread's network namespace is theirs.
pub fn serve(end: &OwnedFd) {
    let raw = end.as_raw_fd();
    let mut byte = [0];
    loop {
        match nix::sys::socket::recv(raw, &mut byte, MsgFlags::empty()) {
            Ok(1..) => {}
            Err(Errno::EINTR) => continue,
            Ok(0) | Err(_) => return,
        }
        let made = Asked::from_byte(byte[0]).ok_or(Errno::EINVAL).and_then(Asked::make);
        let code = made.as_ref().err().map_or(0, |errno| *errno as i32).to_ne_bytes();
        let numbers = made.as_ref().map(|made| [made.as_raw_fd()]).ok();
        let rights: Vec<ControlMessage<'_>> =
            numbers.iter().map(|numbers| ControlMessage::ScmRights(numbers)).collect();
        let sent =
            sendmsg::<()>(raw, &[IoSlice::new(&code)], &rights, MsgFlags::MSG_NOSIGNAL, None);
        if sent.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_of_every_kind_are_handed_over() {
        let (inside, outside) = Uplink::pair().unwrap();
        let serving = std::thread::spawn(move || serve(&outside));
        let uplink = Uplink(inside);
        for asked in [Asked::TcpV4, Asked::UdpV4, Asked::TcpV6, Asked::UdpV6] {
            match uplink.socket(asked) {
                Ok(_) => {}
                // Booted with ipv6.disable=1.
                Err(error) => assert_eq!(error.raw_os_error(), Some(libc::EAFNOSUPPORT)),
            }
        }
        drop(uplink);
        serving.join().unwrap();
    }
}
