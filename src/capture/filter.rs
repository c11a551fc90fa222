//! Filter expressions of libpcap (pcap-filter(7)).

use std::ops::Range;

use pcap::{BpfProgram, Capture, Linktype};

use crate::packet::{LinkType, PacketView};

/// A filter for packets of one link type.
pub struct Filter(BpfProgram);

/// Why an expression is no filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct FilterError {
    /// The bytes of the expression that are wrong; all of it where libpcap does not say.
    pub span: Range<usize>,
    /// What libpcap says.
    pub reason: String,
}

impl Filter {
    /// Compiles an expression.
    ///
    /// # Errors
    /// Where libpcap does not understand it, or cannot apply it to this link type.
    pub fn new(expression: &str, link: LinkType) -> Result<Self, FilterError> {
        let whole = |error: pcap::Error| FilterError {
            span: 0..expression.len(),
            reason: match error {
                pcap::Error::PcapError(reason) => reason,
                other => other.to_string(),
            },
        };
        let number = i32::try_from(link.0).unwrap_or(i32::MAX);
        let dead = Capture::dead(Linktype(number)).map_err(whole)?;
        dead.compile(expression, true).map(Self).map_err(whole)
    }

    /// Whether it lets a packet through.
    pub fn matches(&self, packet: &PacketView<'_>) -> bool {
        self.0.filter(packet.data)
    }
}
