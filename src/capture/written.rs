//! Capture files for the tests, written byte by byte as their formats say.

/// Numbers in a file's byte order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Writer {
    pub(super) big_endian: bool,
}

pub(super) const LITTLE: Writer = Writer { big_endian: false };
pub(super) const BIG: Writer = Writer { big_endian: true };

impl Writer {
    pub(super) fn half(self, number: u16) -> [u8; 2] {
        if self.big_endian { number.to_be_bytes() } else { number.to_le_bytes() }
    }

    pub(super) fn word(self, number: u32) -> [u8; 4] {
        if self.big_endian { number.to_be_bytes() } else { number.to_le_bytes() }
    }

    pub(super) fn long(self, number: u64) -> [u8; 8] {
        if self.big_endian { number.to_be_bytes() } else { number.to_le_bytes() }
    }

    pub(super) fn words(self, numbers: &[u32]) -> Vec<u8> {
        numbers.iter().flat_map(|&number| self.word(number)).collect()
    }

    /// A classic file's header: its magic number, snaplen and link type.
    pub(super) fn pcap(self, magic: u32, snaplen: u32, link: u32) -> Vec<u8> {
        let mut bytes = self.word(magic).to_vec();
        bytes.extend([self.half(2), self.half(4)].concat());
        bytes.extend(self.words(&[0, 0, snaplen, link]));
        bytes
    }

    /// A record of a classic file; on the wire it was a byte longer.
    pub(super) fn record(self, seconds: u32, fraction: u32, data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len()).unwrap();
        [&self.words(&[seconds, fraction, length, length + 1]), data].concat()
    }

    /// A block of pcapng.
    pub(super) fn block(self, kind: u32, body: &[u8]) -> Vec<u8> {
        let mut body = body.to_vec();
        body.resize(body.len().next_multiple_of(4), 0);
        let length = u32::try_from(body.len() + 12).unwrap();
        [&self.words(&[kind, length]), &body[..], &self.word(length)].concat()
    }

    pub(super) fn section(self) -> Vec<u8> {
        let version = [self.half(1), self.half(0)].concat();
        let body = [&self.word(0x1a2b_3c4d)[..], &version, &self.long(u64::MAX)].concat();
        self.block(0x0a0d_0d0a, &body)
    }

    pub(super) fn option(self, code: u16, value: &[u8]) -> Vec<u8> {
        let length = u16::try_from(value.len()).unwrap();
        let mut bytes = [&self.half(code)[..], &self.half(length), value].concat();
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    pub(super) fn interface(self, link: u16, snaplen: u32, options: &[u8]) -> Vec<u8> {
        let body = [&self.half(link)[..], &[0, 0], &self.word(snaplen), options].concat();
        self.block(1, &body)
    }

    /// An enhanced packet block; on the wire the packet was a byte longer.
    pub(super) fn packet(self, interface: u32, time: u64, data: &[u8], options: &[u8]) -> Vec<u8> {
        let (high, low) = ((time >> 32) as u32, time as u32);
        let length = u32::try_from(data.len()).unwrap();
        let mut body = self.words(&[interface, high, low, length, length + 1]);
        body.extend(data);
        body.resize(body.len().next_multiple_of(4), 0);
        body.extend(options);
        self.block(6, &body)
    }
}
