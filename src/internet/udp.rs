//! Datagrams: DNS, SIP, NTP and STUN are answered from the address that was asked, QUIC is
//! refused, all else is read.

use std::collections::HashSet;
use std::io::{self, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::time::SystemTime;

use nix::libc::{sockaddr_in, sockaddr_in6};
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, SockaddrIn, SockaddrIn6, SockaddrStorage, recvmsg,
};
use socket2::{Socket, Type};
use tokio::io::Interest;
use tokio::net::UdpSocket;

use super::listen::transparent;
use super::serve::{Observer, World, announce};
use super::{ntp, quic, sip, sip_script, stun};
use crate::contact::{FlowKey, Transport};

const DNS_PORT: u16 = 53;
const NTP_PORT: u16 = 123;
/// How many flows are remembered as announced; past that they are announced anew.
const MAX_FLOWS: usize = 65_536;
const MAX_DATAGRAM: usize = 65_536;

/// A loop that answers the datagrams of one listener.
pub(super) fn serve(
    socket: Socket,
    world: Arc<World>,
    observer: Arc<dyn Observer>,
) -> io::Result<impl Future<Output = ()>> {
    let socket = UdpSocket::from_std(socket.into())?;
    Ok(async move {
        let mut known = HashSet::new();
        let mut buffer = vec![0; MAX_DATAGRAM];
        loop {
            let reading = socket.async_io(Interest::READABLE, || receive(&socket, &mut buffer));
            // An error concerns one datagram alone.
            let Ok(Some((length, client, server))) = reading.await else { continue };
            let flow = FlowKey { transport: Transport::Udp, client, server };
            if known.len() >= MAX_FLOWS {
                known.clear();
            }
            let is_new = known.insert(flow);
            let replies = answer(&buffer[..length], client, server, &world);
            if is_new {
                let observer = Arc::clone(&observer);
                tokio::spawn(async move {
                    announce(&*observer, flow).await;
                    deliver(replies, server, client);
                });
            } else {
                deliver(replies, server, client);
            }
        }
    })
}

fn answer(datagram: &[u8], client: SocketAddr, server: SocketAddr, world: &World) -> Vec<Vec<u8>> {
    // Who answers a group would have to answer as a neighbour, and there are none.
    if is_group(server.ip()) {
        return Vec::new();
    }
    let reply = match server.port() {
        DNS_PORT => world.dns(datagram, true),
        NTP_PORT => ntp::answer(datagram, SystemTime::now()).map(Vec::from),
        _ if sip::is_request(datagram) => {
            let host = sip_script::asked(world, server.ip());
            let way = sip::Way { client, server, host, transport: "UDP" };
            let replies = sip::answers(datagram, way, world);
            return replies.into_iter().map(String::into_bytes).collect();
        }
        _ => quic::refuse(datagram).or_else(|| stun::answer(datagram, client)),
    };
    Vec::from_iter(reply)
}

fn is_group(address: IpAddr) -> bool {
    address.is_multicast() || address == IpAddr::V4(Ipv4Addr::BROADCAST)
}

/// Sends from the address and port that were asked: a socket of its own for each time, since no
/// socket can have them all.
fn deliver(replies: Vec<Vec<u8>>, from: SocketAddr, to: SocketAddr) {
    if !replies.is_empty()
        && let Ok(socket) = transparent(from, Type::DGRAM)
    {
        for reply in replies {
            // A client that has gone leaves nobody to tell.
            let _ = socket.send_to(&reply, &to.into());
        }
    }
}

/// A datagram's length, sender and original destination; none where the kernel did not say.
fn receive(
    socket: &UdpSocket,
    buffer: &mut [u8],
) -> io::Result<Option<(usize, SocketAddr, SocketAddr)>> {
    let mut control = nix::cmsg_space!(sockaddr_in6, sockaddr_in);
    let mut slices = [IoSliceMut::new(buffer)];
    let message = recvmsg::<SockaddrStorage>(
        socket.as_raw_fd(),
        &mut slices,
        Some(&mut control),
        MsgFlags::MSG_DONTWAIT,
    )?;
    let server = message.cmsgs()?.find_map(|control| match control {
        ControlMessageOwned::Ipv4OrigDstAddr(address) => {
            Some(SocketAddr::from(std::net::SocketAddrV4::from(SockaddrIn::from(address))))
        }
        ControlMessageOwned::Ipv6OrigDstAddr(address) => {
            Some(SocketAddr::from(std::net::SocketAddrV6::from(SockaddrIn6::from(address))))
        }
        _ => None,
    });
    let client = message.address.and_then(|address| {
        let v4 =
            address.as_sockaddr_in().map(|v4| SocketAddr::from(std::net::SocketAddrV4::from(*v4)));
        let v6 = || {
            address.as_sockaddr_in6().map(|v6| SocketAddr::from(std::net::SocketAddrV6::from(*v6)))
        };
        v4.or_else(v6)
    });
    Ok(client.zip(server).map(|(client, server)| (message.bytes, client, server)))
}
