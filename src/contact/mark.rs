//! The marks that an analysis of TCP's sequence numbers gives a segment, as readers of packet
//! lists know them.

use std::fmt;

/// One mark of a segment. The sequence number analysis of RFC 9293 section 3.4 has no names for
/// these; the words are those that packet lists have made usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Mark {
    /// Its data was sent before. The fast and the spurious ones are marked so too.
    Retransmission,
    /// Sent again soon after duplicate acknowledgements asked for it (RFC 5681 section 3.2).
    FastRetransmission,
    /// Sent again although the other side had acknowledged it.
    SpuriousRetransmission,
    /// It belongs before a segment seen earlier, and came too soon after it to have been sent
    /// again.
    OutOfOrder,
    /// It acknowledges again what was acknowledged, and says nothing else (RFC 5681 section 2).
    DuplicateAck,
    /// It begins beyond what was seen: the segment before it is not in the capture, or not yet.
    LostSegment,
    /// It acknowledges what was never seen.
    AckLostSegment,
    /// It repeats the last byte to provoke an answer (RFC 9293 section 3.8.4).
    KeepAlive,
    /// The answer to a keep-alive.
    KeepAliveAck,
    /// It closes the window (RFC 9293 section 3.8.6).
    ZeroWindow,
    /// One byte sent into a closed window (RFC 9293 section 3.8.6.1).
    ZeroWindowProbe,
    /// The answer to such a probe.
    ZeroWindowProbeAck,
    /// It changes nothing but the window.
    WindowUpdate,
    /// It fills the other side's window to the last byte.
    WindowFull,
    /// It begins another connection between the same addresses and ports.
    ReusedPorts,
}

impl Mark {
    /// All marks, in the order of their bits.
    pub const ALL: [Self; 15] = [
        Self::Retransmission,
        Self::FastRetransmission,
        Self::SpuriousRetransmission,
        Self::OutOfOrder,
        Self::DuplicateAck,
        Self::LostSegment,
        Self::AckLostSegment,
        Self::KeepAlive,
        Self::KeepAliveAck,
        Self::ZeroWindow,
        Self::ZeroWindowProbe,
        Self::ZeroWindowProbeAck,
        Self::WindowUpdate,
        Self::WindowFull,
        Self::ReusedPorts,
    ];

    /// Its name for machines: that of the field `tcp.analysis.…` with hyphens.
    pub fn code(self) -> &'static str {
        match self {
            Self::Retransmission => "retransmission",
            Self::FastRetransmission => "fast-retransmission",
            Self::SpuriousRetransmission => "spurious-retransmission",
            Self::OutOfOrder => "out-of-order",
            Self::DuplicateAck => "duplicate-ack",
            Self::LostSegment => "lost-segment",
            Self::AckLostSegment => "ack-lost-segment",
            Self::KeepAlive => "keep-alive",
            Self::KeepAliveAck => "keep-alive-ack",
            Self::ZeroWindow => "zero-window",
            Self::ZeroWindowProbe => "zero-window-probe",
            Self::ZeroWindowProbeAck => "zero-window-probe-ack",
            Self::WindowUpdate => "window-update",
            Self::WindowFull => "window-full",
            Self::ReusedPorts => "reused-ports",
        }
    }
}

/// Its words for people.
impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Retransmission => "retransmission",
            Self::FastRetransmission => "fast retransmission",
            Self::SpuriousRetransmission => "spurious retransmission",
            Self::OutOfOrder => "out of order",
            Self::DuplicateAck => "dup ACK",
            Self::LostSegment => "previous segment lost",
            Self::AckLostSegment => "ACK of a lost segment",
            Self::KeepAlive => "keep-alive",
            Self::KeepAliveAck => "keep-alive ACK",
            Self::ZeroWindow => "zero window",
            Self::ZeroWindowProbe => "zero window probe",
            Self::ZeroWindowProbeAck => "zero window probe ACK",
            Self::WindowUpdate => "window update",
            Self::WindowFull => "window full",
            Self::ReusedPorts => "ports reused",
        })
    }
}
