//! A captured packet: when it was seen, on which kind of link, and its bytes.

use std::fmt;
use std::ops::Sub;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment in nanoseconds since the Unix epoch, UTC, as capture files hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// The moment now, by the realtime clock that the kernel stamps packets with.
    pub fn now() -> Self {
        let since_epoch =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(since_epoch.as_nanos()).unwrap_or(u64::MAX))
    }

    /// From the seconds and nanoseconds of a capture file's record.
    pub fn from_parts(seconds: u64, nanoseconds: u32) -> Self {
        Self(seconds.saturating_mul(1_000_000_000).saturating_add(u64::from(nanoseconds)))
    }

    /// The day it falls on in UTC; the last one there is where it lies beyond.
    pub fn day(self) -> jiff::civil::Date {
        let moment = jiff::Timestamp::from_nanosecond(i128::from(self.0));
        moment.map_or(jiff::civil::Date::MAX, |it| jiff::tz::TimeZone::UTC.to_datetime(it).date())
    }

    /// How long after `earlier` this is; zero where it is before.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl Sub for Timestamp {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.since(earlier)
    }
}

/// RFC 3339 in UTC with nanoseconds.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_nanosecond(i128::from(self.0)) {
            Ok(moment) => write!(f, "{moment:.9}"),
            Err(_) => write!(f, "{} ns", self.0),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let moment = jiff::Timestamp::deserialize(deserializer)?;
        u64::try_from(moment.as_nanosecond()).map(Self).map_err(serde::de::Error::custom)
    }
}

/// The kind of link a packet was captured on: a `LINKTYPE_` number of
/// <https://www.tcpdump.org/linktypes.html>, as capture files hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LinkType(pub u32);

impl LinkType {
    /// BSD loopback: a four-byte address family, then the packet.
    pub const NULL: Self = Self(0);
    /// Ethernet II or 802.3 frames.
    pub const ETHERNET: Self = Self(1);
    /// A bare IPv4 or IPv6 packet.
    pub const RAW: Self = Self(101);
    /// Linux cooked capture, version 1.
    pub const LINUX_SLL: Self = Self(113);
    /// Linux cooked capture, version 2.
    pub const LINUX_SLL2: Self = Self(276);
}

/// One captured packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// When the kernel saw it.
    pub time: Timestamp,
    /// What the bytes begin with.
    pub link: LinkType,
    /// Its length on the wire in bytes; more than `data.len()` where the snaplen cut it.
    pub wire_len: u32,
    /// The captured bytes.
    pub data: Vec<u8>,
}

impl Packet {
    /// The packet without its bytes' ownership.
    pub fn view(&self) -> PacketView<'_> {
        PacketView { time: self.time, link: self.link, wire_len: self.wire_len, data: &self.data }
    }
}

/// One captured packet, its bytes borrowed from whoever read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PacketView<'a> {
    /// When it was seen.
    pub time: Timestamp,
    /// What the bytes begin with.
    pub link: LinkType,
    /// Its length on the wire in bytes; more than `data.len()` where the snaplen cut it.
    pub wire_len: u32,
    /// The captured bytes.
    pub data: &'a [u8],
}

impl PacketView<'_> {
    /// The packet with bytes of its own.
    pub fn to_owned(&self) -> Packet {
        let Self { time, link, wire_len, data } = *self;
        Packet { time, link, wire_len, data: data.to_vec() }
    }
}
