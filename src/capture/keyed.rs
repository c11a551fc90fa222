//! A capture together with the TLS keys that decrypt it: pcapng with a decryption secrets block
//! (draft-ietf-opsawg-pcapng, sections 4.1 to 4.3 and 4.7), which Wireshark reads by itself.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::CaptureFile;
use crate::packet::{LinkType, Packet};

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const ENHANCED_PACKET: u32 = 6;
const DECRYPTION_SECRETS: u32 = 10;
const BYTE_ORDER: u32 = 0x1a2b_3c4d;
/// The secrets are a TLS key log.
const TLS_KEY_LOG: u32 = 0x544c_534b;
/// The option that tells the unit of time: here a negative power of ten.
const IF_TSRESOL: u16 = 9;

/// Writes the packets of the capture file `from` into `to`, with the key log before them.
///
/// # Errors
/// Where the one cannot be read or the other not be written; nothing is left of it then.
pub fn write_with_keys(from: &Path, to: &Path, keys: &str) -> io::Result<()> {
    write(from, to, keys).inspect_err(|_| {
        // Half a capture would mislead.
        let _ = std::fs::remove_file(to);
    })
}

fn write(from: &Path, to: &Path, keys: &str) -> io::Result<()> {
    let mut packets = CaptureFile::open(from).map_err(io::Error::other)?.peekable();
    let link = match packets.peek() {
        Some(Ok(packet)) => packet.link,
        _ => LinkType::ETHERNET,
    };
    let mut out = BufWriter::new(File::create(to)?);
    begin(&mut out, link, keys)?;
    for packet in packets {
        add(&mut out, &packet.map_err(io::Error::other)?)?;
    }
    out.flush()
}

fn begin(out: &mut impl Write, link: LinkType, keys: &str) -> io::Result<()> {
    let mut body = BYTE_ORDER.to_ne_bytes().to_vec();
    // Version 1.0, and a section whose length is not told.
    body.extend(1_u16.to_ne_bytes());
    body.extend(0_u16.to_ne_bytes());
    body.extend((-1_i64).to_ne_bytes());
    block(out, SECTION_HEADER, &body)?;
    // Before the packets, as readers want it that read once.
    let mut body = TLS_KEY_LOG.to_ne_bytes().to_vec();
    let length = u32::try_from(keys.len()).map_err(io::Error::other)?;
    body.extend(length.to_ne_bytes());
    body.extend(keys.as_bytes());
    block(out, DECRYPTION_SECRETS, &body)?;
    let number = u16::try_from(link.0).map_err(io::Error::other)?;
    let mut body = u32::from(number).to_ne_bytes().to_vec();
    // Packets of any length; then nanoseconds, padded, and the end of the options.
    body.extend(0_u32.to_ne_bytes());
    body.extend(IF_TSRESOL.to_ne_bytes());
    body.extend(1_u16.to_ne_bytes());
    body.extend([9, 0, 0, 0, 0, 0, 0, 0]);
    block(out, INTERFACE, &body)
}

fn add(out: &mut impl Write, packet: &Packet) -> io::Result<()> {
    let length = u32::try_from(packet.data.len()).map_err(io::Error::other)?;
    let time = packet.time.0;
    let mut body = Vec::with_capacity(packet.data.len() + 20);
    for word in [0, (time >> 32) as u32, time as u32, length, packet.wire_len] {
        body.extend(word.to_ne_bytes());
    }
    body.extend(&packet.data);
    block(out, ENHANCED_PACKET, &body)
}

/// A block: its type, its length before and behind, its body padded to four bytes.
fn block(out: &mut impl Write, kind: u32, body: &[u8]) -> io::Result<()> {
    let padded = body.len().next_multiple_of(4);
    let length = u32::try_from(padded + 12).map_err(io::Error::other)?;
    out.write_all(&kind.to_ne_bytes())?;
    out.write_all(&length.to_ne_bytes())?;
    out.write_all(body)?;
    out.write_all(&[0; 3][..padded - body.len()])?;
    out.write_all(&length.to_ne_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_the_same_and_the_keys_are_there() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("a.pcap"), folder.path().join("a.pcapng"));
        let mut bytes = Vec::new();
        for word in [0xa1b2_3c4d_u32, 0x0004_0002, 0, 0, 65_535, 1] {
            bytes.extend(word.to_le_bytes());
        }
        for length in [60_u32, 61, 62] {
            for word in [1_700_000_000, 123_456_789, length, length + 10] {
                bytes.extend(word.to_le_bytes());
            }
            bytes.extend(vec![0x45; length as usize]);
        }
        std::fs::write(&from, bytes).unwrap();
        let keys = "CLIENT_RANDOM 00 11\n";
        write_with_keys(&from, &to, keys).unwrap();
        let read = |path: &Path| -> Vec<Packet> {
            CaptureFile::open(path).unwrap().map(Result::unwrap).collect()
        };
        assert_eq!(read(&from), read(&to));
        assert_eq!(read(&to).len(), 3);
        let written = std::fs::read(&to).unwrap();
        assert!(written.windows(keys.len()).any(|window| window == keys.as_bytes()));
        assert!(write_with_keys(&folder.path().join("none"), &to, keys).is_err());
        assert!(!to.exists());
    }
}
