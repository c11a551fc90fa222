//! The sandbox's network: two namespaces, the application's and the internet's, joined by a
//! virtual Ethernet pair. Every address but the application's own is local to the internet's
//! side ("AnyIP"), so that whatever is addressed has somebody to answer.

use std::fs::File;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use netlink_packet_route::AddressFamily;
use netlink_packet_route::address::AddressHeaderFlags;
use netlink_packet_route::link::{
    AfSpecInet6, AfSpecUnspec, In6AddrGenMode, InfoData, InfoVeth, LinkAttribute,
};
use netlink_packet_route::route::{RouteScope, RouteType};
use nix::sched::{CloneFlags, setns, unshare};
use rtnetlink::{
    AddressMessageBuilder, Handle, LinkMessageBuilder, LinkUnspec, LinkVeth, RouteMessageBuilder,
    new_connection,
};

use super::SandboxError;

/// The name of the application's interface, the one that is captured.
pub const INTERFACE: &str = "eth0";
const GATEWAY_INTERFACE: &str = "gw0";
const LOOPBACK_INDEX: u32 = 1;
/// The first index that a new namespace gives out after the loopback's.
pub(super) const LINK_INDEX: u32 = 2;
/// The application's MAC address: locally administered and fixed, so that nothing derived
/// from it differs between runs.
pub const APPLICATION_MAC: [u8; 6] = [0x02, 0, 0, 0, 0, 0x02];
const GATEWAY_MAC: [u8; 6] = [0x02, 0, 0, 0, 0, 0x01];

/// The addresses of the sandbox's link.
///
/// The IPv4 side is a /24 as on any home network, from the documentation block of RFC 5737:
/// the gateway answers ARP for every address in it. The IPv6 side is a /127 (RFC 6164), since
/// neighbour discovery is answered for an interface's own addresses alone.
pub mod addresses {
    use super::{Ipv4Addr, Ipv6Addr};

    /// The application's IPv4 address.
    pub const APPLICATION_V4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);
    /// The gateway's, which is the resolver's too.
    pub const GATEWAY_V4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
    /// The IPv4 prefix length.
    pub const PREFIX_V4: u8 = 24;
    /// The application's IPv6 address.
    pub const APPLICATION_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2);
    /// The gateway's.
    pub const GATEWAY_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 3);
    /// The IPv6 prefix length.
    pub const PREFIX_V6: u8 = 127;
    /// The application's link-local address, which its MAC address gives (RFC 4291,
    /// appendix A).
    pub const APPLICATION_LINK_LOCAL: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0xff, 0xfe00, 2);
    /// The gateway's link-local address.
    pub const GATEWAY_LINK_LOCAL: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0xff, 0xfe00, 1);
}

/// The on-link prefixes of the application.
pub fn subnets() -> Vec<IpNet> {
    [
        Ipv4Net::new(addresses::APPLICATION_V4, addresses::PREFIX_V4).map(IpNet::V4),
        Ipv6Net::new(addresses::APPLICATION_V6, addresses::PREFIX_V6).map(IpNet::V6),
    ]
    .into_iter()
    .flatten()
    .map(|net| net.trunc())
    .collect()
}

/// The two network namespaces.
#[derive(Debug)]
pub struct Networks {
    application: OwnedFd,
    internet: OwnedFd,
}

/// One of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Where the application runs and the capture is made.
    Application,
    /// Where whatever answers it runs.
    Internet,
}

impl Networks {
    /// Takes the current namespace for the application's, makes the internet's, and joins
    /// them. The calling thread is in the application's afterwards.
    ///
    /// # Errors
    /// Where the kernel refuses a namespace, a link, an address or a route.
    pub fn create() -> Result<Self, SandboxError> {
        let application = current()?;
        unshare(CloneFlags::CLONE_NEWNET)
            .map_err(|errno| SandboxError::NetworkNamespace { what: "create", errno })?;
        let internet = current()?;
        let networks = Self { application, internet };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()
            .map_err(|source| link_error("start netlink", source))?;
        runtime.block_on(networks.join())?;
        Ok(networks)
    }

    /// Puts the calling thread into one of the two; other threads stay where they are.
    ///
    /// # Errors
    /// Where setns(2) refuses.
    pub fn enter(&self, place: Place) -> Result<(), SandboxError> {
        let namespace = match place {
            Place::Application => &self.application,
            Place::Internet => &self.internet,
        };
        setns(namespace.as_fd(), CloneFlags::CLONE_NEWNET)
            .map_err(|errno| SandboxError::NetworkNamespace { what: "enter", errno })
    }

    async fn join(&self) -> Result<(), SandboxError> {
        let netlink = connect()?;
        let peer = LinkMessageBuilder::<LinkUnspec>::new()
            .name(INTERFACE)
            .index(LINK_INDEX)
            .address(APPLICATION_MAC.to_vec())
            .setns_by_fd(self.application.as_raw_fd())
            .build();
        let pair = LinkMessageBuilder::<LinkVeth>::new(GATEWAY_INTERFACE, INTERFACE)
            .index(LINK_INDEX)
            .address(GATEWAY_MAC.to_vec())
            .set_info_data(InfoData::Veth(InfoVeth::Peer(peer)))
            .build();
        let created = netlink.link().add(pair).execute().await;
        created.map_err(|error| link_error("create the pair of interfaces", error))?;
        End {
            netlink,
            // Alone: an on-link prefix would take its neighbours' addresses from those that
            // are local here, and ARP would be answered for none of them.
            v4: (addresses::GATEWAY_V4, 32),
            v6: (addresses::GATEWAY_V6, addresses::PREFIX_V6),
            link_local: addresses::GATEWAY_LINK_LOCAL,
        }
        .set_up()
        .await?
        .every_address_is_local()
        .await?;
        self.enter(Place::Application)?;
        End {
            netlink: connect()?,
            v4: (addresses::APPLICATION_V4, addresses::PREFIX_V4),
            v6: (addresses::APPLICATION_V6, addresses::PREFIX_V6),
            link_local: addresses::APPLICATION_LINK_LOCAL,
        }
        .set_up()
        .await?
        .route_to_the_gateway()
        .await
    }
}

fn connect() -> Result<Handle, SandboxError> {
    let (connection, netlink, _) =
        new_connection().map_err(|source| link_error("open netlink", source))?;
    tokio::spawn(connection);
    Ok(netlink)
}

fn current() -> Result<OwnedFd, SandboxError> {
    File::open("/proc/thread-self/ns/net").map(OwnedFd::from).map_err(|source| {
        let errno = nix::errno::Errno::from_raw(source.raw_os_error().unwrap_or(0));
        SandboxError::NetworkNamespace { what: "open", errno }
    })
}

fn link_error(step: &'static str, error: impl std::fmt::Display) -> SandboxError {
    SandboxError::Link { step, message: error.to_string() }
}

/// One end of the pair, in the namespace that its netlink socket was opened in.
struct End {
    netlink: Handle,
    v4: (Ipv4Addr, u8),
    v6: (Ipv6Addr, u8),
    link_local: Ipv6Addr,
}

impl End {
    /// Brings the end and the loopback up and gives it its addresses.
    async fn set_up(self) -> Result<Self, SandboxError> {
        // Addresses are ours to give: the kernel's own link-local one would be tentative for
        // a second or two (RFC 4862 section 5.4), and nothing could be sent meanwhile.
        let no_address = LinkUnspec::new_with_index(LINK_INDEX)
            .append_extra_attribute(LinkAttribute::AfSpecUnspec(vec![AfSpecUnspec::Inet6(vec![
                AfSpecInet6::AddrGenMode(In6AddrGenMode::None),
            ])]))
            .build();
        self.change(no_address).await?;
        for index in [LOOPBACK_INDEX, LINK_INDEX] {
            self.change(LinkUnspec::new_with_index(index).up().build()).await?;
        }
        let v4 = AddressMessageBuilder::<Ipv4Addr>::new()
            .index(LINK_INDEX)
            .address(self.v4.0, self.v4.1)
            .build();
        let mut messages = vec![v4];
        for (address, prefix) in [self.v6, (self.link_local, 64)] {
            let mut v6 = AddressMessageBuilder::<Ipv6Addr>::new()
                .index(LINK_INDEX)
                .address(address, prefix)
                .build();
            v6.header.flags |= AddressHeaderFlags::Nodad;
            messages.push(v6);
        }
        for message in messages {
            let mut request = self.netlink.address().add(LINK_INDEX, IpAddr::V4(self.v4.0), 0);
            *request.message_mut() = message;
            request.execute().await.map_err(|error| link_error("add an address", error))?;
        }
        Ok(self)
    }

    async fn change(
        &self,
        message: netlink_packet_route::link::LinkMessage,
    ) -> Result<(), SandboxError> {
        let changed = self.netlink.link().change(message).execute().await;
        changed.map_err(|error| link_error("bring an interface up", error))
    }

    /// In table *main*: in table *local* the IPv6 one would shadow the on-link route, and no
    /// reply would ever leave.
    async fn every_address_is_local(self) -> Result<(), SandboxError> {
        let v4 = RouteMessageBuilder::<Ipv4Addr>::new()
            .destination_prefix(Ipv4Addr::UNSPECIFIED, 0)
            .output_interface(LOOPBACK_INDEX)
            .kind(RouteType::Local)
            .scope(RouteScope::Host)
            .build();
        let v6 = RouteMessageBuilder::<Ipv6Addr>::new()
            .destination_prefix(Ipv6Addr::UNSPECIFIED, 0)
            .output_interface(LOOPBACK_INDEX)
            .kind(RouteType::Local)
            .scope(RouteScope::Host)
            .build();
        let application = RouteMessageBuilder::<Ipv4Addr>::new()
            .destination_prefix(addresses::APPLICATION_V4, 32)
            .output_interface(LINK_INDEX)
            .scope(RouteScope::Link)
            .build();
        self.add_routes([v4, v6, application], "make every address local").await
    }

    async fn route_to_the_gateway(self) -> Result<(), SandboxError> {
        let v4 = RouteMessageBuilder::<Ipv4Addr>::new()
            .destination_prefix(Ipv4Addr::UNSPECIFIED, 0)
            .gateway(addresses::GATEWAY_V4)
            .output_interface(LINK_INDEX)
            .build();
        let v6 = RouteMessageBuilder::<Ipv6Addr>::new()
            .destination_prefix(Ipv6Addr::UNSPECIFIED, 0)
            .gateway(addresses::GATEWAY_V6)
            .output_interface(LINK_INDEX)
            .build();
        self.add_routes([v4, v6], "route to the gateway").await
    }

    async fn add_routes(
        &self,
        routes: impl IntoIterator<Item = netlink_packet_route::route::RouteMessage>,
        step: &'static str,
    ) -> Result<(), SandboxError> {
        for route in routes {
            let v6 = route.header.address_family == AddressFamily::Inet6;
            let added = self.netlink.route().add(route).execute().await;
            match added {
                // A kernel booted with ipv6.disable=1 has no IPv6 to route.
                Err(_) if v6 && !std::path::Path::new("/proc/net/if_inet6").exists() => {}
                other => other.map_err(|error| link_error(step, error))?,
            }
        }
        Ok(())
    }
}
