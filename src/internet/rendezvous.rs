//! Connections that another one announced: FTP's for data go to whoever waits for them.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Mutex;

use tokio::sync::oneshot;

use super::stream::Stream;
use super::talk::Talk;
use crate::contact::FlowKey;

/// So many are awaited at a time.
const MOST: usize = 1024;
/// The ports that are given out, one after the other.
const FIRST_PORT: u16 = 50_000;
const PORTS: u16 = 10_000;

/// Who is awaited: from this client, at this address and port.
type Awaited = (IpAddr, SocketAddr);
/// An awaited connection.
pub(super) type Arrival = (Stream, Talk);

/// Who waits for whom.
#[derive(Default)]
pub(super) struct Rendezvous(Mutex<(u16, HashMap<Awaited, oneshot::Sender<Arrival>>)>);

impl std::fmt::Debug for Rendezvous {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rendezvous").finish_non_exhaustive()
    }
}

impl Rendezvous {
    /// Awaits a connection from this client to this server: to which port, and where it will
    /// come; none where too many are awaited.
    pub(super) fn expect(
        &self,
        client: IpAddr,
        server: IpAddr,
    ) -> Option<(u16, oneshot::Receiver<Arrival>)> {
        let mut all = self.0.lock().ok()?;
        if all.1.len() >= MOST {
            // Those that nobody waits for any more.
            all.1.retain(|_, teller| !teller.is_closed());
        }
        if all.1.len() >= MOST {
            return None;
        }
        let port = FIRST_PORT + all.0;
        all.0 = (all.0 + 1) % PORTS;
        let (tell, arrival) = oneshot::channel();
        all.1.insert((client, SocketAddr::new(server, port)), tell);
        Some((port, arrival))
    }

    /// Who waits for the connection of this flow.
    pub(super) fn take(&self, flow: &FlowKey) -> Option<oneshot::Sender<Arrival>> {
        self.0.lock().ok()?.1.remove(&(flow.client.ip(), flow.server))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::Transport;

    #[test]
    fn an_announced_connection_finds_who_waits() {
        let rendezvous = Rendezvous::default();
        let (client, server) = (IpAddr::from([192, 0, 2, 2]), IpAddr::from([198, 18, 0, 1]));
        let (port, _arrival) = rendezvous.expect(client, server).expect("room");
        let flow = |port| FlowKey {
            transport: Transport::Tcp,
            client: SocketAddr::new(client, 7),
            server: SocketAddr::new(server, port),
        };
        assert!(rendezvous.take(&flow(port + 1)).is_none());
        assert!(rendezvous.take(&flow(port)).is_some());
        assert!(rendezvous.take(&flow(port)).is_none());
    }

    #[test]
    fn those_that_nobody_waits_for_make_room() {
        let rendezvous = Rendezvous::default();
        let address = IpAddr::from([192, 0, 2, 2]);
        let held: Vec<_> = (0..MOST).map(|_| rendezvous.expect(address, address)).collect();
        assert!(held.iter().all(Option::is_some));
        assert!(rendezvous.expect(address, address).is_none());
        drop(held);
        assert!(rendezvous.expect(address, address).is_some());
    }
}
