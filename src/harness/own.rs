//! The harness's own packets, which are left out of every result: where they go.

use std::net::SocketAddr;

use crate::contact::{FlowKey, Transport};
use crate::sandbox::addresses;

/// The discard service (RFC 863).
pub(super) const DISCARD_PORT: u16 = 9;
/// What the packet carries that marks the end of the capture.
pub(super) const MARK_PAYLOAD: &[u8] = b"apptrace end of capture";

/// Where the harness's own packets go.
pub(super) fn discard() -> SocketAddr {
    SocketAddr::from((addresses::GATEWAY_V4, DISCARD_PORT))
}

/// The flow from a client there.
pub(super) fn flow_to_discard(client: SocketAddr) -> FlowKey {
    FlowKey { transport: Transport::Udp, client, server: discard() }
}
