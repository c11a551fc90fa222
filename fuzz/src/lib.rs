//! How the bytes of an input become what a target reads: kept here, so that the targets and the
//! program that makes their seeds say the same.

use apptrace::packet::LinkType;

/// The links that frames are read on, chosen by the first byte of an input.
pub const LINKS: [u32; 16] = [1, 101, 0, 113, 276, 9, 50, 51, 105, 127, 12, 104, 107, 119, 192, 228];

/// The ports that small protocols are told by, chosen by the first byte of an input.
pub const PORTS: [u16; 24] = [
    4000, 21, 22, 25, 53, 67, 80, 110, 123, 137, 138, 143, 443, 546, 587, 1080, 1883, 1900, 3478,
    5060, 5222, 5353, 6881, 51820,
];

/// A link by an input's first byte, and the rest.
pub fn link(data: &[u8]) -> Option<(LinkType, &[u8])> {
    let (&choice, rest) = data.split_first()?;
    Some((LinkType(LINKS[usize::from(choice) % LINKS.len()]), rest))
}

/// A port by an input's first byte, and the rest.
pub fn port(data: &[u8]) -> Option<(u16, &[u8])> {
    let (&choice, rest) = data.split_first()?;
    Some((PORTS[usize::from(choice) % PORTS.len()], rest))
}

/// The parts of an input: a byte that says something of it, two of its length, the part.
pub fn parts(mut data: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || {
        let (&[said, low, high], rest) = data.split_first_chunk()?;
        let length = usize::from(u16::from_le_bytes([low, high])).min(rest.len());
        let (part, after) = rest.split_at(length);
        data = after;
        Some((said, part))
    })
}

/// The other way round.
pub fn part(said: u8, bytes: &[u8]) -> Vec<u8> {
    let bytes = &bytes[..bytes.len().min(usize::from(u16::MAX))];
    [&[said][..], &(bytes.len() as u16).to_le_bytes(), bytes].concat()
}

/// A stream in pieces whose size the first byte says, and whether the client sent it.
pub fn pieces(data: &[u8]) -> Option<(bool, impl Iterator<Item = &[u8]>)> {
    let (&said, rest) = data.split_first()?;
    // Mostly large pieces, sometimes byte by byte.
    let size = [1460, 65536, 1, 7, 100, 536, 4096, 13][usize::from(said >> 1) % 8];
    Some((said & 1 == 0, rest.chunks(size)))
}
