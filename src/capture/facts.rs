//! What a capture file says of itself.

use std::net::IpAddr;

use crate::packet::LinkType;

/// What is known of a capture file, as far as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// `pcap`, `pcap-ns`, `pcap-modified`, `pcapng` or `snoop`.
    pub format: &'static str,
    /// Whether it was compressed with gzip.
    pub compressed: bool,
    /// Its sections; all formats but pcapng have one.
    pub sections: u32,
    /// Its interfaces, in the order of the file; all formats but pcapng have one.
    pub interfaces: Vec<Interface>,
    /// What addresses were resolved to when it was captured (pcapng's name resolution blocks).
    /// Strangers may have written them: escape them before they are shown.
    pub names: Vec<(IpAddr, String)>,
    /// Comments on its sections (pcapng). Strangers may have written them: escape them before
    /// they are shown.
    pub remarks: Vec<String>,
    /// How many packets were read.
    pub packets: u64,
    /// How many bytes were read, after decompression.
    pub bytes: u64,
    /// Where it was cut off or ceases to make sense.
    pub truncated_at: Option<Cut>,
}

/// An interface that packets were captured on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// The section that it belongs to, from 1.
    pub section: u32,
    /// What the system calls it. Strangers may have written it: escape it.
    pub name: Option<String>,
    /// What a person calls it. Strangers may have written it: escape it.
    pub description: Option<String>,
    /// What its packets begin with.
    pub link: LinkType,
    /// The most bytes of a packet that were kept; zero where there was no limit.
    pub snaplen: u32,
    /// How many packets it received, where statistics say so.
    pub received: Option<u64>,
    /// How many packets were dropped for lack of resources, where statistics say so.
    pub dropped: Option<u64>,
}

impl Interface {
    pub(super) fn new(section: u32, link: LinkType, snaplen: u32) -> Self {
        let (name, description, received, dropped) = (None, None, None, None);
        Self { section, name, description, link, snaplen, received, dropped }
    }
}

/// Where a file was cut off or ceases to make sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// The first byte of the record that could not be read, after decompression.
    pub offset: u64,
    /// How many packets stand before it.
    pub packets: u64,
}
