//! What the analysis remembers of one direction of a connection.

use super::marks::Marks;

/// How a direction's window field is to be read (RFC 7323 section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Scale {
    /// The handshake was not seen.
    #[default]
    Unknown,
    /// It is the window itself: one side did not offer to scale.
    None,
    /// To be shifted by this much.
    By(u8),
}

/// One direction. Numbers that are zero before anything was seen are those whose being zero
/// says so: a connection that truly reaches zero there loses a mark, as it does elsewhere.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Side {
    /// The highest sequence number expected next.
    pub(super) next: u32,
    /// How far what was seen has no hole.
    pub(super) reach: u32,
    /// What it acknowledged last.
    pub(super) acknowledged: u32,
    /// The sequence number before its first byte.
    pub(super) base: Option<u32>,
    /// When `next` rose last, in nanoseconds.
    pub(super) next_time: u64,
    /// When its latest segment was seen, in nanoseconds.
    pub(super) latest: u64,
    /// The packet that first gave the latest acknowledgement.
    pub(super) first_to_acknowledge: u64,
    /// How often it has been repeated; the greatest number where an acknowledgement of what this
    /// side was never seen to send has been marked.
    pub(super) duplicates: u32,
    /// The marks of its latest segment.
    pub(super) last: Marks,
    /// The window field of its latest segment.
    pub(super) window: Option<u16>,
    pub(super) scale: Scale,
    /// Whether it sent its SYN and nothing since: that window is never scaled.
    pub(super) opening: bool,
    /// The kinds of Multipath TCP options that the connection had when this side last sent.
    pub(super) multipath: u8,
}

impl Side {
    /// The window that it offered last, in bytes, where the scale is known.
    pub(super) fn offered(&self) -> Option<u32> {
        let window = self.window.map(u32::from)?;
        match self.scale {
            Scale::Unknown => None,
            Scale::None => Some(window),
            Scale::By(_) if self.opening => Some(window),
            Scale::By(shift) => window.checked_shl(u32::from(shift)),
        }
    }
}
