//! One connection as its services see it: whose it is, and what is told of it.

use std::sync::Arc;

use super::serve::{Observer, World};
use crate::contact::{FlowKey, Heard, Host, Protocol, Request, Testimony};
use crate::packet::Timestamp;

/// A connection under way, or a session within it.
#[derive(Clone)]
pub(super) struct Talk {
    pub(super) flow: FlowKey,
    pub(super) world: Arc<World>,
    pub(super) observer: Arc<dyn Observer>,
    /// Whom the client asked for within: by TLS's server name, or of a proxy.
    pub(super) asked: Option<String>,
    /// How many TLS sessions the bytes come out of.
    pub(super) sessions: u8,
}

impl Talk {
    /// Waits until the application is being ended.
    pub(super) async fn ends(&self) {
        if self.observer.ending().wait_for(|is_ending| *is_ending).await.is_err() {
            // Whoever would say so has gone, and with it who would be told.
            std::future::pending::<()>().await;
        }
    }

    /// Tells what was heard.
    pub(super) fn tell(&self, heard: Heard) {
        self.observer.heard(Testimony { flow: self.flow, time: Timestamp::now(), heard });
    }

    /// Tells of a request and how it was answered.
    pub(super) fn tell_request(&self, protocol: Protocol, request: Request) {
        self.tell(Heard::Request { protocol, request });
    }

    /// Whom the client meant: what it asked for within, or the name that it resolved.
    pub(super) fn host(&self) -> Host {
        let address = self.flow.server.ip();
        let name = self.asked.clone().or_else(|| self.world.name(address));
        name.map_or(Host::Address(address), |name| Host::from_text(&name))
    }
}
